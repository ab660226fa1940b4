"""What is somebody's is nobody else's: every address of the description, attacked with foreign ids.

P..: see test_sign_in. P102: an address that is not covered here fails the first test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from coinfrs_pipelines.core import database as core_database
from tests.integration.auth.books import Books, People, made
from tests.integration.auth.test_every_request import problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.auth.conftest import Door, Serve

LISTS = (
    "/portfolios",
    "/cost-pools",
    "/chart-of-accounts",
    "/location-groups",
    "/datasources",
    "/invitations",
    "/reconciliation/history",
)


def add_source(owner_id: str, name: str = "main") -> tuple[str, str]:
    """Register a data source without a key, which shows one account; return both ids."""
    account_id = str(uuid4())
    with core_database.connect("coinfrs_registry") as connection:
        [(source_id,)] = connection.execute(
            "insert into registry.data_sources"
            " (owner_id, venue, environment, name, account_ref, account_kind)"
            " values (%s, 'binance', 'production', %s, %s, 'master') returning id",
            [owner_id, name, account_id[:8]],
        ).fetchall()
        connection.execute(
            "insert into registry.data_source_accounts"
            " (data_source_id, account_id, external_id, name, kind)"
            " values (%s, %s, %s, 'main', 'master')",
            [source_id, account_id, account_id[:8]],
        )
    return str(source_id), account_id


def decide(owner_id: str, account_id: str, day: str, verdict: str) -> None:
    """Have the verdict of one cell decided."""
    with core_database.connect("coinfrs_verify") as connection:
        connection.execute(
            "insert into completeness.verdict_versions (account_id, wallet, asset, component, day,"
            " owner_id, verdict, reasons, expected_amount, observed_amount, difference, run_id)"
            " values (%s, 'spot', 'BTC', 'balance', %s, %s, %s, '{}', 1.00000000000000000001,"
            " 1, -0.00000000000000000001, 'run')",
            [account_id, day, owner_id, verdict],
        )


@dataclass
class Victim:
    """Somebody with one of everything, and the ids of it by the names of the parameters."""

    books: Books
    ids: dict[str, str]


@pytest.fixture(scope="module")
def door(serve: Serve) -> Door:
    """Return a service of this module's own, whose database the tests look into."""
    return serve()


@pytest.fixture(scope="module")
def people(door: Door) -> Iterator[People]:
    with People(door) as everybody:
        yield everybody


@pytest.fixture(scope="module")
def victim(people: People) -> Victim:
    books = people.books()
    source_id, account_id = add_source(books.owner.id)
    group = f"/location-groups/{books.group['id']}"
    made(books.owner.http.post(f"{group}/accounts", json={"account_id": account_id}))
    body = {"email": "invited@example.com", "role": "viewer"}
    invitation = made(books.owner.http.post(f"{books.path}/invitations", json=body))
    decide(books.owner.id, account_id, "2026-01-05", "broken")
    return Victim(
        books,
        {
            "portfolio_id": books.portfolio["id"],
            "entity_id": books.entity["id"],
            "cost_pool_id": books.pool["id"],
            "chart_type_id": books.chart["id"],
            "location_group_id": books.group["id"],
            "account_id": account_id,
            "user_id": books.owner.id,
            "invitation_id": invitation["id"],
            "data_source_id": source_id,
        },
    )


def operations(door: Door) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    """Yield method, path with its parameters, and the example of the body, of each operation."""
    document = httpx.get(f"{door.url}/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = None
            if "requestBody" in operation and operation.get("security"):
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                name = schema["$ref"].rsplit("/", 1)[1]
                [body] = document["components"]["schemas"][name]["examples"]
            yield method.upper(), path.removeprefix("/api/v1"), body


def asked(
    http: httpx.Client, method: str, path: str, body: dict[str, Any] | None
) -> tuple[int, dict[str, Any]]:
    answer = http.request(method, path, json=body, headers={"If-Match": "*"})
    return answer.status_code, {**answer.json(), "request_id": "any"}


def test_p52_a_foreign_id_is_answered_as_a_random_one(people: People, victim: Victim) -> None:
    stranger = people.somebody()
    attacked = 0
    for method, template, body in operations(people.door):
        names = re.findall(r"{(\w+)}", template)
        if not names:
            continue
        foreign = template.format(**victim.ids)
        random = template.format(**{name: uuid4() for name in names})
        told = asked(stranger.http, method, foreign, body)
        assert told == asked(stranger.http, method, random, body), (method, template)
        assert (told[0], told[1]["code"]) == (404, "NOT_FOUND"), (method, template)
        attacked += 1
    assert attacked > 30


def test_p55_a_foreign_child_is_not_reached_through_ones_own_parent(
    people: People, victim: Victim
) -> None:
    attacker = people.books()
    http = attacker.owner.http
    own = {"portfolio_id": attacker.portfolio["id"], "location_group_id": attacker.group["id"]}
    attacked = 0
    for method, template, body in operations(people.door):
        names = re.findall(r"{(\w+)}", template)
        if len(names) > 1:
            told = asked(http, method, template.format(**{**victim.ids, **own}), body)
            assert (told[0], told[1]["code"]) == (404, "NOT_FOUND"), (method, template)
            attacked += 1
    assert attacked >= 8


def test_p55_a_foreign_child_is_reached_through_its_own_portfolio_alone(people: People) -> None:
    """Not even by an owner of both: an address that lies is no address."""
    books = people.books()
    other = people.books(books.owner)
    path = f"{books.path}/entities/{other.entity['id']}"
    for method, body in (
        ("GET", None),
        ("PUT", {"kind": "company", "name": "n"}),
        ("DELETE", None),
    ):
        told = asked(books.owner.http, method, path, body)
        assert (told[0], told[1]["code"]) == (404, "NOT_FOUND"), method


def test_p55_a_body_that_names_what_is_foreign_is_answered_as_a_random_one(
    people: People, victim: Victim
) -> None:
    attacker = people.books()
    group = {
        "portfolio_id": attacker.portfolio["id"],
        "name": "Crossed",
        "entity_id": attacker.entity["id"],
        "cost_pool_id": attacker.pool["id"],
        "chart_of_accounts_id": attacker.chart["id"],
    }
    chart = {"type": "t", "name": "n", "codes": {"balance": "1"}}
    ids, path = victim.ids, f"/location-groups/{attacker.group['id']}"
    changed = {name: value for name, value in group.items() if name != "portfolio_id"}
    attempts: list[tuple[str, str, dict[str, Any], str, str]] = [
        ("POST", "/location-groups", group, "portfolio_id", ids["portfolio_id"]),
        ("POST", "/location-groups", group, "entity_id", ids["entity_id"]),
        ("POST", "/location-groups", group, "cost_pool_id", ids["cost_pool_id"]),
        ("POST", "/location-groups", group, "chart_of_accounts_id", ids["chart_type_id"]),
        ("PUT", path, changed, "entity_id", ids["entity_id"]),
        ("PUT", path, changed, "cost_pool_id", ids["cost_pool_id"]),
        (
            "POST",
            "/cost-pools",
            {"name": "n", "method": "fifo"},
            "portfolio_id",
            ids["portfolio_id"],
        ),
        ("POST", "/chart-of-accounts", chart, "portfolio_id", ids["portfolio_id"]),
        ("POST", f"{path}/accounts", {}, "account_id", ids["account_id"]),
    ]
    for method, where, body, field, foreign in attempts:
        told = asked(attacker.owner.http, method, where, {**body, field: foreign})
        random = asked(attacker.owner.http, method, where, {**body, field: str(uuid4())})
        assert told == random, (where, field)
        assert told[0] == 404, (where, field)


def test_p54_lists_show_nothing_of_anybody_else(people: People, victim: Victim) -> None:
    stranger = people.somebody()
    listed = {
        path for _, path, _ in operations(people.door)
        if httpx.get(f"{people.door.url}/api/v1{path}").status_code == 401 and "{" not in path
    }  # fmt: skip
    assert listed == {*LISTS, "/users/me"}
    for path in LISTS:
        assert stranger.http.get(path).json()["items"] == [], path
    for path in ("/cost-pools", "/chart-of-accounts", "/location-groups"):
        narrowed = stranger.http.get(path, params={"portfolio_id": victim.ids["portfolio_id"]})
        assert narrowed.json()["items"] == []
    params = {"account_id": victim.ids["account_id"]}
    assert stranger.http.get("/reconciliation/history", params=params).json()["items"] == []
    params = {"location_group_id": victim.ids["location_group_id"]}
    refused = stranger.http.get("/reconciliation/history", params=params)
    problem(refused, 404, "NOT_FOUND")


def test_a_foreign_cursor_opens_nothing(people: People, victim: Victim) -> None:
    for number in range(3):
        made(
            victim.books.owner.http.post(
                "/portfolios", json={"kind": "group", "name": f"More {number}"}
            )
        )
    cursor = victim.books.owner.http.get("/portfolios", params={"limit": 1}).json()["next_cursor"]
    stranger = people.somebody()
    assert stranger.http.get("/portfolios", params={"cursor": cursor}).json()["items"] == []


def test_mapping_an_account_shows_its_verdicts_to_the_portfolio(people: People) -> None:
    books = people.books()
    auditor = people.member(books, "viewer")
    source_id, account_id = add_source(books.owner.id)
    _, kept_apart = add_source(books.owner.id, "private")
    for account in (account_id, kept_apart):
        decide(books.owner.id, account, "2026-01-05", "unproven")
        decide(books.owner.id, account, "2026-01-05", "broken")
        decide(books.owner.id, account, "2026-01-06", "complete")
    history = "/reconciliation/history"
    assert auditor.http.get(history).json()["items"] == []
    path = f"/location-groups/{books.group['id']}"
    mapped = made(books.owner.http.post(f"{path}/accounts", json={"account_id": account_id}))
    assert mapped["data_source_id"] == source_id
    again = books.owner.http.post(f"{path}/accounts", json={"account_id": account_id})
    problem(again, 409, "CONFLICT")

    def told(**params: str | int) -> list[tuple[str, str]]:
        items = auditor.http.get(history, params=params).json()["items"]
        assert all(item["account_id"] == account_id for item in items)
        return [(item["day"], item["verdict"]) for item in items]

    everything = [
        ("2026-01-06", "complete"),
        ("2026-01-05", "broken"),
        ("2026-01-05", "unproven"),
    ]
    assert told() == everything
    assert told(location_group_id=books.group["id"]) == everything
    assert told(last_day="2026-01-05") == everything[1:]
    assert told(first_day="2026-01-06") == everything[:1]
    assert told(verdict="broken") == everything[1:2]
    first = auditor.http.get(history, params={"limit": 2}).json()
    assert told(cursor=first["next_cursor"]) == everything[2:]
    # An amount is text, to its last digit.
    assert first["items"][0]["expected_amount"] == "1.00000000000000000001"
    assert len(books.owner.http.get(history).json()["items"]) == 6
    problem(auditor.http.get(f"/datasources/{source_id}"), 404, "NOT_FOUND")
    [in_group] = auditor.http.get(f"{path}/accounts").json()["items"]
    assert in_group == mapped
    assert books.owner.http.delete(f"{path}/accounts/{account_id}").status_code == 204
    assert told() == []
    problem(books.owner.http.delete(f"{path}/accounts/{account_id}"), 404, "NOT_FOUND")


def test_mapping_takes_owning_both_the_source_and_the_portfolio(people: People) -> None:
    books = people.books()
    other = people.member(books, "owner")
    _, account_id = add_source(books.owner.id)
    path = f"/location-groups/{books.group['id']}/accounts"
    problem(other.http.post(path, json={"account_id": account_id}), 404, "NOT_FOUND")
    made(books.owner.http.post(path, json={"account_id": account_id}))
    # Two groups would count it twice, also in another portfolio of the same owner.
    elsewhere = people.books(books.owner)
    refused = books.owner.http.post(
        f"/location-groups/{elsewhere.group['id']}/accounts", json={"account_id": account_id}
    )
    problem(refused, 409, "CONFLICT")
    problem(books.owner.http.delete(f"/location-groups/{books.group['id']}"), 409, "CONFLICT")
    assert other.http.delete(f"{path}/{account_id}").status_code == 204


def test_mapping_an_account_takes_the_approval_away(people: People) -> None:
    books = people.books()
    approver = people.member(books, "approver")
    _, account_id = add_source(books.owner.id)
    path = f"/location-groups/{books.group['id']}"

    def approve() -> None:
        version = books.owner.http.get(path).headers["etag"]
        approved = approver.http.post(f"{path}/approval", headers={"If-Match": version})
        assert approved.json()["approved_by"] == approver.id, approved.text

    approve()
    made(books.owner.http.post(f"{path}/accounts", json={"account_id": account_id}))
    assert books.owner.http.get(path).json()["approved_by"] is None
    approve()
    assert books.owner.http.delete(f"{path}/accounts/{account_id}").status_code == 204
    assert books.owner.http.get(path).json()["approved_by"] is None


def test_p54_a_reader_of_verdicts_may_write_nothing(people: People) -> None:
    assert people
    with core_database.connect("bi_reader") as connection:
        row = connection.execute(
            "select has_table_privilege('completeness.verdict_versions', 'insert, update, delete')"
        ).fetchone()
    assert row == (False,)
