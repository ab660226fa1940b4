"""What becomes of a registered key: its accounts, proofs again, replacing it, ending it.

P..: see test_sign_in.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import pytest

from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.emulator.app import serve as serve_emulator
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.extract import permissions
from coinfrs_pipelines.resources import Installation
from tests.integration.auth.books import People, if_match, made, with_key
from tests.integration.auth.test_data_sources import given
from tests.integration.auth.test_every_request import problem
from tests.integration.auth.test_forms import Person

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from coinfrs_pipelines.emulator.world import World
    from tests.integration.auth.conftest import Serve

START = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def emulated() -> Iterator[tuple[str, World]]:
    """Return the URL of an emulator with a held clock, and its world."""
    emulation = Emulation(VenueClock(START.replace(minute=5), held=True))
    world = emulation.add_world(11, START, 2)
    with serve_emulator(emulation, host="127.0.0.1", port=0) as running:
        yield running.url, world


@pytest.fixture(scope="module")
def world(emulated: tuple[str, World]) -> World:
    return emulated[1]


@pytest.fixture(scope="module")
def people(serve: Serve, emulated: tuple[str, World]) -> Iterator[People]:
    url = emulated[0]
    door = serve(COINFRS_BINANCE_SPOT_URL=url, COINFRS_FIREBLOCKS_URL=url)
    with People(door) as everybody:
        yield everybody


def another_key(world: World, **permissions: bool) -> dict[str, str]:
    """Return a key of its own of the master."""
    master = world.binance.credentials()[0]
    return world.binance.add_key({"account_ref": master["account_ref"], "permissions": permissions})


def permissions_of(world: World, credential: Mapping[str, str]) -> dict[str, bool]:
    """Return what a key may do, to be changed behind its owner's back."""
    key = world.binance.key(credential["api_key"])
    assert key is not None
    return cast("dict[str, bool]", key.permissions)


def stored(source_id: str) -> tuple[int, list[bool], str | None]:
    """Return how many credentials are stored, what the proofs said, and why it was disabled."""
    with core_database.connect("coinfrs_registry") as connection:
        [row] = connection.execute(
            "select (select count(*) from registry.credentials where data_source_id = id),"
            " array(select is_read_only from registry.permission_proofs"
            "       where data_source_id = data_sources.id order by permission_proofs.id),"
            " disabled_reason from registry.data_sources where id = %s",
            [source_id],
        ).fetchall()
    return cast("tuple[int, list[bool], str | None]", row)


def logged_of(people: People, source_id: str) -> list[tuple[str, str, str | None]]:
    """Return what was logged of a data source, once that says that it has ended."""
    for _ in range(1000):
        told = [
            (event["event"], event["user_id"], event.get("reason"))
            for event in map(json.loads, list(people.door.logs))
            if event.get("data_source_id") == source_id
        ]
        if any(event == "data_source_ended" for event, _, _ in told):
            return told
        time.sleep(0.01)
    raise AssertionError(f"{source_id} has not ended: {told}")


def test_a_master_shows_its_sub_accounts_and_a_workspace_its_vaults(
    people: People, world: World
) -> None:
    http = people.somebody().http
    master, *subs = world.binance.credentials()

    def accounts(credential: Mapping[str, str]) -> list[dict[str, Any]]:
        source = made(http.post("/datasources", json=given(credential)))
        shown: list[dict[str, Any]] = http.get(f"/datasources/{source['id']}/accounts").json()[
            "items"
        ]
        return shown

    shown = {account["external_id"]: account for account in accounts(master)}
    assert set(shown) == {credential["account_ref"] for credential in (master, *subs)}
    own = shown[master["account_ref"]]
    assert (own["kind"], own["name"], own["parent_account_id"]) == ("master", master["name"], None)
    for sub in subs:
        account = shown[sub["account_ref"]]
        assert (account["kind"], account["parent_account_id"]) == ("sub_account", own["account_id"])
        assert account["name"]
    # A key of the sub's own shows the same account, under the same id.
    [of_sub] = accounts(subs[0])
    assert of_sub["account_id"] == shown[subs[0]["account_ref"]]["account_id"]
    vaults = accounts(world.fireblocks.credentials()[0])
    assert len(vaults) > 1
    workspace = world.fireblocks.credentials()[0]["account_ref"]
    assert all(vault["external_id"].startswith(f"{workspace}/") for vault in vaults)
    assert {vault["kind"] for vault in vaults} == {"vault_account"}


def test_a_sub_account_is_mapped_into_a_location_group(people: People, world: World) -> None:
    books = people.books()
    http = books.owner.http
    source = made(http.post("/datasources", json=given(another_key(world))))
    path = f"/datasources/{source['id']}/accounts"
    sub = next(a for a in http.get(path).json()["items"] if a["kind"] == "sub_account")
    group = f"/location-groups/{books.group['id']}/accounts"
    mapped = made(http.post(group, json={"account_id": sub["account_id"]}))
    assert (mapped["external_id"], mapped["venue"]) == (sub["external_id"], "binance")
    groups = {a["account_id"]: a["location_group_id"] for a in http.get(path).json()["items"]}
    assert groups.pop(sub["account_id"]) == books.group["id"]
    assert set(groups.values()) == {None}


def test_a_key_is_proven_again_and_its_evidence_kept(people: People, world: World) -> None:
    http = people.somebody().http
    source = made(http.post("/datasources", json=given(another_key(world))))
    again = made(http.post(f"/datasources/{source['id']}/validate"), 200)
    assert again["proven_at"] > source["proven_at"]
    assert stored(source["id"]) == (1, [True, True], None)


def test_p63_a_key_that_grew_a_permission_is_disabled(people: People, world: World) -> None:
    owner = people.somebody()
    http = owner.http
    credential = another_key(world)
    source = made(http.post("/datasources", json=given(credential)))
    permissions_of(world, credential)["enableWithdrawals"] = True
    refused = problem(http.post(f"/datasources/{source['id']}/validate"), 422, "VALIDATION_ERROR")
    assert refused["reason"] == "may_write"
    assert "enableWithdrawals" in str(refused["detail"])
    credentials, proofs, reason = stored(source["id"])
    assert (credentials, proofs) == (0, [True, False])
    assert "enableWithdrawals" in (reason or "")
    assert ("data_source_ended", owner.id, "may_write") in logged_of(people, source["id"])
    for answer in (
        http.get(f"/datasources/{source['id']}"),
        http.post(f"/datasources/{source['id']}/validate"),
    ):
        problem(answer, 404, "NOT_FOUND")


def test_p63_the_owner_of_a_key_that_the_daily_proof_disables_is_told_by_mail(
    people: People, world: World, emulated: tuple[str, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = people.somebody()
    credential = another_key(world)
    source = made(owner.http.post("/datasources", json=given(credential, name="Market making")))
    permissions_of(world, credential)["enableWithdrawals"] = True
    monkeypatch.setenv("COINFRS_BINANCE_SPOT_URL", emulated[0])
    settings.cache_clear()
    with core_database.connect("coinfrs_registry") as connection:
        due = data_sources.by_id(connection, UUID(source["id"]))
    [refused] = permissions.prove([due], Installation())
    assert refused.reason == "may_write"
    told = people.door.line(f"Notice for {owner.email}: ")
    for said in ("Market making is disabled", "enableWithdrawals", "http://localhost:"):
        assert said in told
    assert credential["api_key"] not in told


def test_nobody_is_told_of_a_data_source_that_they_end_themselves(
    people: People, world: World
) -> None:
    http = people.somebody().http
    source = made(http.post("/datasources", json=given(another_key(world))))
    assert http.delete(f"/datasources/{source['id']}").status_code == 204
    with core_database.connect("coinfrs_registry") as connection:
        [row] = connection.execute(
            "select count(*) from registry.notices where data_source_id = %s", [source["id"]]
        ).fetchall()
    assert row == (0,)


def test_a_key_that_cannot_be_proven_now_stays(people: People, world: World) -> None:
    http = people.somebody().http
    credential = another_key(world)
    source = made(http.post("/datasources", json=given(credential)))
    permissions = permissions_of(world, credential)
    permissions["enableReading"] = False
    refused = http.post(f"/datasources/{source['id']}/validate")
    problem(refused, 422, "VALIDATION_ERROR")
    assert refused.json()["reason"] == "unauthorised"
    assert stored(source["id"]) == (1, [True, False], None)
    permissions["enableReading"] = True
    made(http.post(f"/datasources/{source['id']}/validate"), 200)


def test_a_key_is_replaced_by_one_of_the_same_account(people: People, world: World) -> None:
    http = people.somebody().http
    source = made(http.post("/datasources", json=given(another_key(world))))
    path = f"/datasources/{source['id']}/credential"

    def credential(document: Mapping[str, str]) -> dict[str, str]:
        return {name: document[name] for name in ("api_key", "api_secret")}

    replaced = made(http.put(path, json=credential(another_key(world))), 200)
    assert replaced["version"] == 2
    assert replaced["updated_at"] > source["updated_at"]
    powerful = another_key(world, enableWithdrawals=True)
    refused = problem(http.put(path, json=credential(powerful)), 422, "VALIDATION_ERROR")
    assert refused["reason"] == "may_write"
    other = world.binance.credentials()[1]
    problem(http.put(path, json=credential(other)), 409, "CONFLICT")
    wrong = http.put(path, json={"api_key": "k", "private_key_pem": "p"})
    problem(wrong, 422, "VALIDATION_ERROR")
    assert stored(source["id"]) == (1, [True, True], None)


def test_a_data_source_is_renamed_and_ended(people: People, world: World) -> None:
    http = people.somebody().http
    master, sub, *_ = world.binance.credentials()
    source = made(http.post("/datasources", json=given(master)))
    other = made(http.post("/datasources", json=given(sub)))
    path = f"/datasources/{source['id']}"
    body = {"name": "Renamed", "history_start": "2025-01-01"}
    problem(http.put(path, json=body), 428, "VALIDATION_ERROR")
    problem(http.put(path, json=body, headers=if_match(2)), 412, "CONFLICT")
    taken = http.put(path, json={**body, "name": other["name"]}, headers=if_match(1))
    problem(taken, 409, "CONFLICT")
    changed = made(http.put(path, json=body, headers=if_match(1)), 200)
    assert (changed["name"], changed["history_start"], changed["version"]) == (*body.values(), 2)
    assert http.delete(path).status_code == 204
    for answer in (http.get(path), http.delete(path), http.get(f"{path}/accounts")):
        problem(answer, 404, "NOT_FOUND")
    assert stored(source["id"])[0] == 0
    # Its account and its name are free again.
    made(http.post("/datasources", json=given(master, name="Renamed")))


def test_what_becomes_of_a_key_is_logged_by_the_api_and_by_the_pages(
    people: People, world: World
) -> None:
    browser = Person(people.door)
    owner = people.somebody(browser.sign_in())
    token = browser.token("/portfolios")
    new, fresh, powerful = (another_key(world), another_key(world), another_key(world))
    permissions_of(world, powerful)["enableWithdrawals"] = True

    def key(document: Mapping[str, str]) -> dict[str, str]:
        return {name: document[name] for name in ("api_key", "api_secret")}

    def by_the_api() -> str:
        source_id = str(made(owner.http.post("/datasources", json=given(new)))["id"])
        path = f"/datasources/{source_id}"
        made(owner.http.put(f"{path}/credential", json=key(fresh)), 200)
        owner.http.put(f"{path}/credential", json=key(powerful))
        assert owner.http.delete(path).status_code == 204
        return source_id

    def by_the_pages() -> str:
        named = {"name": "n", "environment": "emulator"}
        added = browser.post("/sources/add/binance", token=token, **named, **key(new))
        path = added.headers["location"].partition("?")[0]
        browser.post(f"{path}/key", token=token, **key(fresh))
        browser.post(f"{path}/key", token=token, **key(powerful))
        browser.post(f"{path}/disable", token=token, sure="yes")
        return str(path.rpartition("/")[2])

    for act in (by_the_api, by_the_pages):
        assert logged_of(people, act()) == [
            ("data_source_registered", owner.id, None),
            ("data_source_key_replaced", owner.id, None),
            ("data_source_refused", owner.id, "may_write"),
            ("data_source_ended", owner.id, "by_owner"),
        ]
    browser.http.close()


def test_what_cannot_be_answered_again_was_not_registered(people: People, world: World) -> None:
    """The data source and the answer kept for a retry are one transaction."""
    owner, key, credential = people.somebody(), with_key(), another_key(world)
    with people.door.administration() as administration:
        administration.execute(
            "create function registry.no_room() returns trigger language plpgsql"
            " as $$ begin raise exception 'no room'; end $$;"
            "create trigger no_room before update on registry.kept_answers"
            " for each row execute function registry.no_room()"
        )
        failed = owner.http.post("/datasources", json=given(credential), headers=key)
        administration.execute("drop function registry.no_room cascade")
    assert failed.status_code == 500
    assert owner.http.get("/datasources").json()["items"] == []
    made(owner.http.post("/datasources", json=given(credential), headers=key))


def test_registering_again_under_its_key_registers_once_and_keeps_no_secret(
    people: People, world: World
) -> None:
    owner, key, credential = people.somebody(), with_key(), another_key(world)
    first = owner.http.post("/datasources", json=given(credential), headers=key)
    # A retry does not ask the venue, which would refuse by now.
    permissions_of(world, credential)["enableReading"] = False
    again = owner.http.post("/datasources", json=given(credential), headers=key)
    assert made(first) == made(again)
    assert again.headers["idempotency-replayed"] == "true"
    with core_database.connect("coinfrs_registry") as connection:
        [(kept,)] = connection.execute(
            "select kept_answers::text from registry.kept_answers where user_id = %s", [owner.id]
        ).fetchall()
    assert first.json()["id"] in kept
    assert credential["api_secret"] not in kept
    assert credential["api_key"] not in kept
