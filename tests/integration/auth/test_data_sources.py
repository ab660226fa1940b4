"""Keys at the emulated venues: what is let in, what is kept of it. P..: see test_sign_in."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from coinfrs_pipelines import registration
from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.core.encryption import Keyring
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.emulator.app import serve as serve_emulator
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.registration import RegistrationRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from coinfrs_pipelines.emulator.world import World
    from tests.integration.auth.conftest import Door, Serve

START = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def venues() -> Iterator[tuple[str, World]]:
    """Return the URL of an emulator with a held clock, and its world."""
    emulation = Emulation(VenueClock(START.replace(minute=5), held=True))
    world = emulation.add_world(7, START, 2)
    with serve_emulator(emulation, host="127.0.0.1", port=0) as running:
        yield running.url, world


@pytest.fixture(scope="module")
def door(serve: Serve, venues: tuple[str, World]) -> Door:
    return serve(COINFRS_BINANCE_SPOT_URL=venues[0], COINFRS_FIREBLOCKS_URL=venues[0])


def given(credential: Mapping[str, str], **other: Any) -> dict[str, Any]:
    """Return the body that registers a credential of the emulator."""
    secret = "private_key_pem" if "private_key_pem" in credential else "api_secret"
    return {
        "venue": credential["venue"],
        "environment": "emulator",
        "name": credential["name"],
        "credential": {name: credential[name] for name in ("api_key", secret)},
        **other,
    }


def credentials(world: World) -> list[dict[str, str]]:
    return [*world.binance.credentials(), *world.fireblocks.credentials()]


def rows(query: str) -> list[tuple[Any, ...]]:
    with core_database.connect("LOGIN") as connection:
        return connection.execute(query).fetchall()


def test_p60_read_only_keys_of_both_venues_are_accepted(
    door: Door, venues: tuple[str, World]
) -> None:
    world = venues[1]
    with door.signed_in() as http:
        for credential in credentials(world):
            answer = http.post("/datasources", json=given(credential, history_start="2026-01-01"))
            assert answer.status_code == 201, answer.text
            shown = answer.json()
            assert shown["account_ref"] == credential["account_ref"]
            assert shown["account_kind"] == credential["kind"]
            assert shown["history_start"] == "2026-01-01"
            assert set(shown) == {
                "id", "venue", "environment", "name", "account_ref", "account_kind",
                "history_start", "created_at", "updated_at", "proven_at", "version",
            }  # fmt: skip
        listed = http.get("/datasources").json()["items"]
        assert [each["name"] for each in listed] == [c["name"] for c in credentials(world)]


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_p60_binance_keys_with_a_private_key_are_proven_as_those_with_a_secret(
    door: Door, venues: tuple[str, World], kind: str
) -> None:
    """P60, P61 and P62: the good one is let in, the one that may write and the forged one not."""
    world = venues[1]
    uid = world.binance.credentials()[0]["account_ref"]
    key = world.binance.add_key({"account_ref": uid, "kind": kind})
    more = {"account_ref": uid, "kind": kind, "permissions": {"enableWithdrawals": True}}
    with door.signed_in() as http:
        refused = http.post("/datasources", json=given(world.binance.add_key(more)))
        assert refused.status_code == 422
        assert "enableWithdrawals" in refused.json()["detail"]
        another = world.binance.add_key({"account_ref": uid, "kind": kind})
        refused = http.post("/datasources", json=given({**key, "api_key": another["api_key"]}))
        assert refused.status_code == 422
        assert key["private_key_pem"].splitlines()[1] not in refused.text
        registered = http.post("/datasources", json=given(key))
        assert registered.status_code == 201, registered.text
        assert registered.json()["account_ref"] == uid


def test_a_registered_credential_opens_and_its_proof_is_kept(
    door: Door, venues: tuple[str, World]
) -> None:
    credential = venues[1].binance.credentials()[0]
    with door.signed_in() as http:
        source_id = http.post("/datasources", json=given(credential)).json()["id"]
    with core_database.connect("coinfrs_extract") as connection:
        [registered] = [s for s in data_sources.active(connection) if str(s.id) == source_id]
        opened = data_sources.credential(connection, Keyring.from_settings(), registered)
    assert (opened.api_key, opened.secret) == (credential["api_key"], credential["api_secret"])
    [(evidence,)] = rows(
        f"select evidence from registry.permission_proofs where data_source_id = '{source_id}'"
    )
    assert evidence["api_restrictions"]["enableReading"] is True


def test_p61_a_key_that_may_do_more_is_refused_by_name(
    door: Door, venues: tuple[str, World]
) -> None:
    world = venues[1]
    before = rows("select count(*) from registry.data_sources")
    uid = world.binance.credentials()[0]["account_ref"]
    with door.signed_in() as http:
        for flag in ("enableWithdrawals", "enableSpotAndMarginTrading", "enableFutures"):
            key = world.binance.add_key({"account_ref": uid, "permissions": {flag: True}})
            refused = http.post("/datasources", json=given(key))
            assert refused.status_code == 422
            assert refused.json()["reason"] == "may_write"
            assert flag in refused.json()["detail"]
        for role in ("EDITOR", "SIGNER", "ADMIN", "NON_SIGNING_ADMIN"):
            user = world.fireblocks.add_key({"role": role})
            refused = http.post("/datasources", json=given(user))
            assert refused.status_code == 422
            assert refused.json()["reason"] == "may_write", refused.text
        assert http.get("/datasources").json()["items"] == []
    assert rows("select count(*) from registry.data_sources") == before


@pytest.mark.parametrize("day", ["0001-01-01", "1900-01-01", "2016-12-31", "9999-12-31"])
def test_history_begins_in_the_lifetime_of_the_venues(
    door: Door, venues: tuple[str, World], day: str
) -> None:
    """One person's year 1 would stop everybody's extraction, and 1900 ask for decades."""
    with door.signed_in() as http:
        good = http.post("/datasources", json=given(venues[1].binance.credentials()[0])).json()
        path, changed = f"/datasources/{good['id']}", {"name": "Desk", "history_start": day}
        for refused in (
            http.post("/datasources", json=given(venues[1].binance.credentials()[1], **changed)),
            http.put(path, json=changed, headers={"If-Match": "*"}),
        ):
            assert refused.status_code == 422, refused.text
            [error] = refused.json()["errors"]
            assert "history_start" in error["field"]
            assert "from 2017-01-01 to today" in error["message"]


def test_p62_the_right_key_with_a_wrong_secret_is_refused(
    door: Door, venues: tuple[str, World]
) -> None:
    master, sub, *_ = venues[1].binance.credentials()
    mixed = {**master, "api_secret": sub["api_secret"]}
    viewer = venues[1].fireblocks.credentials()[0]
    other = venues[1].fireblocks.add_key({"role": "VIEWER"})
    crossed = {**viewer, "private_key_pem": other["private_key_pem"]}
    with door.signed_in() as http:
        for credential in (mixed, crossed):
            refused = http.post("/datasources", json=given(credential))
            assert (refused.status_code, refused.json()["reason"]) == (422, "unauthorised")
            assert refused.json()["retry_later"] is False


def test_an_account_is_registered_once_by_one_owner(door: Door, venues: tuple[str, World]) -> None:
    master, sub, *_ = venues[1].binance.credentials()
    with door.signed_in() as http, door.signed_in() as other:
        assert http.post("/datasources", json=given(master)).status_code == 201
        for body in (given(master, name="again"), given(sub, name=master["name"])):
            conflict = http.post("/datasources", json=body)
            assert (conflict.status_code, conflict.json()["code"]) == (409, "CONFLICT")
        assert other.post("/datasources", json=given(master)).status_code == 201


def test_p54_a_list_shows_ones_own_only(door: Door, venues: tuple[str, World]) -> None:
    with door.signed_in() as mine, door.signed_in() as theirs:
        mine.post("/datasources", json=given(venues[1].binance.credentials()[0]))
        assert len(mine.get("/datasources").json()["items"]) == 1
        assert theirs.get("/datasources").json()["items"] == []


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"api_key": "k"},
        {"api_key": "k", "api_secret": ""},
        {"api_key": "", "api_secret": "s"},
        {"api_key": "k", "private_key_pem": "p"},
        {"api_key": "k", "api_secret": "s", "private_key_pem": "p"},
        {"api_key": "k\r\nX-Evil: 1", "api_secret": "s"},
        {"api_key": "k k", "api_secret": "s"},
        {"api_key": "ключ", "api_secret": "s"},
        {"api_key": "k" * 600, "api_secret": "s"},
    ],
    ids=repr,
)
def test_a_credential_of_the_wrong_form_is_refused(door: Door, credential: dict[str, str]) -> None:
    body = {"venue": "binance", "environment": "emulator", "name": "n", "credential": credential}
    with door.signed_in() as http:
        answer = http.post("/datasources", json=body)
    assert answer.status_code == 422
    assert answer.json().get("reason", "wrong_credential") == "wrong_credential"


@pytest.mark.parametrize(
    "pem",
    [
        "not a key at all",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----",
    ],
    ids=["text", "certificate", "damaged"],
)
def test_p98_a_private_key_that_cannot_sign_is_refused(door: Door, pem: str) -> None:
    body = {
        "venue": "fireblocks",
        "environment": "emulator",
        "name": "n",
        "credential": {"api_key": "k", "private_key_pem": pem},
    }
    with door.signed_in() as http:
        refused = http.post("/datasources", json=body)
    assert (refused.status_code, refused.json()["reason"]) == (422, "wrong_credential")
    assert pem not in refused.text


@pytest.mark.parametrize(
    ("venue", "environment"), [("binance", "eu"), ("binance", "sandbox"), ("kraken", "production")]
)
def test_p64_a_data_source_names_an_environment_of_its_venue(
    door: Door, venue: str, environment: str
) -> None:
    """There is no address to give, so there is none to misuse."""
    body = {
        "venue": venue,
        "environment": environment,
        "name": "n",
        "credential": {"api_key": "k", "api_secret": "s"},
    }
    with door.signed_in() as http:
        assert http.post("/datasources", json=body).status_code == 422
        with_url = {**body, "venue": "binance", "base_url": "http://169.254.169.254"}
        assert http.post("/datasources", json=with_url).status_code == 422


def test_p66_p68_p69_a_secret_comes_in_and_is_seen_nowhere(
    door: Door, venues: tuple[str, World], module_database: Mapping[str, str], tmp_path: Path
) -> None:
    """Not in an answer, not in a log, not in a file of the database server."""
    world = venues[1]
    answers = []
    email = door.somebody()
    token = door.sign_in(email)
    with door.with_token(token) as http:
        for credential in credentials(world):
            answers.append(http.post("/datasources", json=given(credential)).text)
            # Once more, refused by the database, whose errors like to show rows.
            answers.append(http.post("/datasources", json=given(credential)).text)
        answers.append(http.get("/datasources").text)
    secrets = [token, *door.codes(email)]
    for credential in credentials(world):
        pem = credential.get("private_key_pem", "")
        secrets += [credential["api_key"], credential.get("api_secret", pem)]
        secrets += [line for line in pem.splitlines() if not line.startswith("-----")]
    seen = "\n".join(answers)
    logged = "\n".join(door.logs)
    assert not [secret for secret in secrets if secret in seen]
    assert not [secret for secret in secrets if secret in logged]
    stored = _files_of_the_server(tmp_path)
    assert world.binance.credentials()[0]["account_ref"].encode() in stored, "searched too little"
    at_rest = [secret.encode() for secret in secrets if len(secret) > 6]
    assert not [secret for secret in at_rest if secret in stored]
    assert module_database


def _files_of_the_server(directory: Path) -> bytes:
    """Return every table and all write-ahead log, as bytes, from a copy of the running server."""
    with core_database.connect("LOGIN", autocommit=True) as connection:
        connection.execute("checkpoint")
        row = connection.execute("show data_directory").fetchone()
    assert row is not None
    copy = directory / "data"
    subprocess.run(["cp", "-r", row[0], str(copy)], check=False, capture_output=True)
    content = b"".join(
        path.read_bytes()
        for part in ("base", "pg_wal", "global")
        for path in sorted((copy / part).rglob("*"))
        if path.is_file()
    )
    shutil.rmtree(copy)
    return content


def test_the_owner_of_a_row_is_part_of_its_seal(door: Door, venues: tuple[str, World]) -> None:
    """P70: a sealed key copied into another's row does not open there."""
    credential = venues[1].binance.credentials()[1]
    with door.signed_in() as mine, door.signed_in() as theirs:
        source = mine.post("/datasources", json=given(credential)).json()["id"]
        target = theirs.post("/datasources", json=given(credential)).json()["id"]
    with core_database.connect("coinfrs_registry") as connection:
        connection.execute(
            "update registry.credentials as theirs set secret_sealed = mine.secret_sealed"
            " from registry.credentials as mine"
            " where theirs.data_source_id = %s and mine.data_source_id = %s",
            [target, source],
        )
        [copied] = [s for s in data_sources.active(connection) if str(s.id) == target]
        with pytest.raises(Exception, match="another row"):
            data_sources.credential(connection, Keyring.from_settings(), copied)
        connection.rollback()


def test_what_signs_in_may_not_touch_what_is_sealed(door: Door) -> None:
    """The role of the sign-in tables cannot read a credential, nor write a data source."""
    assert door.url
    with core_database.connect("coinfrs_auth", autocommit=True) as connection:
        for statement in (
            "select * from registry.credentials",
            "delete from registry.data_sources",
            "select * from registry.permission_proofs",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_a_new_key_is_proven_to_see_the_same_account_before_it_is_swapped(
    door: Door, venues: tuple[str, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The flow of `coinfrs sources rekey`, which shares the proof."""
    monkeypatch.setenv("COINFRS_BINANCE_SPOT_URL", venues[0])
    settings.cache_clear()
    world, keyring = venues[1], Keyring.from_settings()
    master, sub, *_ = world.binance.credentials()
    with door.signed_in() as http:
        source_id = http.post("/datasources", json=given(master)).json()["id"]
    fresh = world.binance.add_key({"account_ref": master["account_ref"]})
    powerful = world.binance.add_key(
        {"account_ref": master["account_ref"], "permissions": {"enableWithdrawals": True}}
    )

    def connect() -> psycopg.Connection:
        return core_database.connect("coinfrs_registry")

    with connect() as connection:
        [source] = [s for s in data_sources.active(connection) if str(s.id) == source_id]

    def opened() -> str:
        with connect() as connection:
            return data_sources.credential(connection, keyring, source).api_key

    for document, error in ((powerful, RegistrationRefused), (sub, data_sources.OtherAccount)):
        with pytest.raises(error):
            registration.rekey(connect, keyring, source, credential_of(document))
        assert opened() == master["api_key"]
    registration.rekey(connect, keyring, source, credential_of(fresh))
    assert opened() == fresh["api_key"]


def credential_of(document: Mapping[str, str]) -> data_sources.Credential:
    fields = {name: document[name] for name in ("api_key", "api_secret")}
    return registration.credential_of("binance", fields)
