"""Portfolios and what is in them: made, read, changed against a version, deleted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from coinfrs_pipelines.core import database as core_database
from tests.integration.auth.books import CODES, People, if_match, made, with_key
from tests.integration.auth.test_every_request import problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.auth.books import Books
    from tests.integration.auth.conftest import Door, Serve


@pytest.fixture(scope="module")
def door(serve: Serve) -> Door:
    """Return a service of this module's own, whose database the tests look into."""
    return serve()


@pytest.fixture(scope="module")
def people(door: Door) -> Iterator[People]:
    with People(door) as everybody:
        yield everybody


@pytest.fixture(scope="module")
def books(people: People) -> Books:
    return people.books()


def test_who_makes_a_portfolio_is_its_owner(people: People, books: Books) -> None:
    shown = books.owner.http.get(books.path).json()
    assert (shown["kind"], shown["name"], shown["role"]) == ("group", "Aurelia", "owner")
    assert shown["created_by"] == shown["updated_by"] == books.owner.id
    [member] = books.owner.http.get(f"{books.path}/members").json()["items"]
    assert (member["user_id"], member["email"]) == (books.owner.id, books.owner.email)
    assert people


def test_a_location_group_has_one_entity_one_cost_pool_and_one_chart_type(books: Books) -> None:
    shown = books.owner.http.get(f"/location-groups/{books.group['id']}").json()
    assert shown["entity_id"] == books.entity["id"]
    assert shown["cost_pool_id"] == books.pool["id"]
    assert shown["chart_of_accounts_id"] == books.chart["id"]
    assert shown["approved_by"] is None
    chart = books.owner.http.get(f"/chart-of-accounts/{books.chart['id']}").json()
    assert (chart["type"], chart["codes"]) == ("digital_assets", CODES)
    for missing in ("entity_id", "cost_pool_id", "chart_of_accounts_id"):
        body = {name: shown[name] for name in ("portfolio_id", "entity_id", "cost_pool_id")}
        body |= {"name": "Other", "chart_of_accounts_id": shown["chart_of_accounts_id"]}
        del body[missing]
        problem(books.owner.http.post("/location-groups", json=body), 422, "VALIDATION_ERROR")


def test_what_a_location_group_names_is_of_its_portfolio(people: People, books: Books) -> None:
    """Another portfolio's is as unknown as one that is not there, also to an owner of both."""
    other = people.books(books.owner)
    right = {
        "portfolio_id": books.portfolio["id"],
        "name": "Crossed",
        "entity_id": books.entity["id"],
        "cost_pool_id": books.pool["id"],
        "chart_of_accounts_id": books.chart["id"],
    }
    for wrong in (
        {"entity_id": other.entity["id"]},
        {"cost_pool_id": other.pool["id"]},
        {"chart_of_accounts_id": other.chart["id"]},
        {"entity_id": str(uuid4())},
        {"portfolio_id": other.portfolio["id"]},
    ):
        refused = books.owner.http.post("/location-groups", json=right | wrong)
        problem(refused, 404, "NOT_FOUND")


def test_each_is_changed_against_the_version_that_was_read(people: People) -> None:
    books = people.books()
    http = books.owner.http
    for path, body in books.paths().values():
        read = http.get(path)
        assert read.headers["etag"] == f'"{read.json()["version"]}"'
        missing = http.put(path, json=body)
        problem(missing, 428, "VALIDATION_ERROR")
        for stale in ('"999"', 'W/"1"', "1", '"x"', '"0"'):
            problem(http.put(path, json=body, headers={"If-Match": stale}), 412, "CONFLICT")
        changed = http.put(path, json=body, headers={"If-Match": read.headers["etag"]})
        assert changed.status_code == 200, changed.text
        assert changed.json()["name"] == body["name"]
        assert changed.headers["etag"] != read.headers["etag"]
        assert http.get(path).json() == changed.json()
        again = http.put(path, json=body, headers={"If-Match": read.headers["etag"]})
        problem(again, 412, "CONFLICT")
        assert http.put(path, json=body, headers={"If-Match": "*"}).status_code == 200


def test_of_parallel_changes_of_one_version_one_succeeds(people: People) -> None:
    books = people.books()

    def change(number: int) -> int:
        body = {"name": f"Name {number}", "method": "fifo"}
        path = f"/cost-pools/{books.pool['id']}"
        return books.owner.http.put(path, json=body, headers=if_match(1)).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(change, range(8)))
    assert sorted(statuses) == [200] + [412] * 7


def test_what_is_in_use_is_not_deleted_and_what_is_deleted_is_gone(people: People) -> None:
    books = people.books()
    http = books.owner.http
    paths = {name: path for name, (path, _) in books.paths().items()}
    for name in (books.path, "entity", "pool", "chart"):
        problem(http.delete(paths[name]), 409, "CONFLICT")
    for name in ("group", "chart", "pool", "entity", books.path):
        assert http.delete(paths[name]).status_code == 204
        for answer in (http.get(paths[name]), http.delete(paths[name])):
            problem(answer, 404, "NOT_FOUND")
    assert http.get("/portfolios").json()["items"] == []
    with core_database.connect("coinfrs_registry") as connection:
        [row] = connection.execute(
            "select deleted_at is not null, updated_by from registry.portfolios where id = %s",
            [books.portfolio["id"]],
        ).fetchall()
    assert (row[0], str(row[1])) == (True, books.owner.id)


def test_nothing_is_made_in_a_deleted_portfolio(people: People) -> None:
    owner = people.somebody()
    portfolio = made(owner.http.post("/portfolios", json={"kind": "personal", "name": "Mine"}))
    assert owner.http.delete(f"/portfolios/{portfolio['id']}").status_code == 204
    pool = {"portfolio_id": portfolio["id"], "name": "Late", "method": "fifo"}
    problem(owner.http.post("/cost-pools", json=pool), 404, "NOT_FOUND")
    path = f"/portfolios/{portfolio['id']}"
    for answer in (
        owner.http.post(f"{path}/entities", json={"kind": "personal", "name": "Me"}),
        owner.http.get(f"{path}/members"),
        owner.http.get(f"{path}/entities"),
        owner.http.delete(f"{path}/members/{owner.id}"),
    ):
        problem(answer, 404, "NOT_FOUND")


def test_a_name_is_free_again_once_its_bearer_is_deleted(people: People) -> None:
    books = people.books()
    body = {"portfolio_id": books.portfolio["id"], "name": "Second", "method": "lifo"}
    post = books.owner.http.post
    second = made(post("/cost-pools", json=body))
    problem(post("/cost-pools", json=body), 409, "CONFLICT")
    assert books.owner.http.delete(f"/cost-pools/{second['id']}").status_code == 204
    made(post("/cost-pools", json=body))
    chart = {**body, "type": "digital_assets", "codes": CODES}
    del chart["method"]
    problem(post("/chart-of-accounts", json=chart), 409, "CONFLICT")
    entity = {"kind": "company", "name": "AG"}
    problem(post(f"{books.path}/entities", json=entity), 409, "CONFLICT")


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\x00b", "\u202eevil", "x" * 101, 7, None])
def test_a_name_is_one_printable_line(books: Books, name: object) -> None:
    post = books.owner.http.post
    for path, body in (
        ("/portfolios", {"kind": "group", "name": name}),
        (f"{books.path}/entities", {"kind": "company", "name": name}),
        (
            "/cost-pools",
            {"portfolio_id": books.portfolio["id"], "name": name, "method": "fifo"},
        ),
    ):
        problem(post(path, json=body), 422, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "Digital Assets"},
        {"codes": {"balance": ""}},
        {"codes": {}},
        {"codes": {"balance": "12 10"}},
        {"codes": {"balance": "1", "other": "2"}},
    ],
    ids=str,
)
def test_a_chart_type_has_codes_of_components(books: Books, wrong: dict[str, object]) -> None:
    body = {
        "portfolio_id": books.portfolio["id"],
        "type": "t",
        "name": "n",
        "codes": CODES,
        **wrong,
    }
    problem(books.owner.http.post("/chart-of-accounts", json=body), 422, "VALIDATION_ERROR")


def test_p56_what_is_not_given_cannot_be_set(books: Books) -> None:
    post = books.owner.http.post
    pool = {"portfolio_id": books.portfolio["id"], "name": "n", "method": "fifo"}
    for extra in (
        {"id": str(uuid4())},
        {"created_by": str(uuid4())},
        {"version": 7},
        {"deleted_at": None},
        {"is_admin": True},
    ):
        problem(post("/cost-pools", json=pool | extra), 422, "VALIDATION_ERROR")
        portfolio = {"kind": "group", "name": "n", **extra}
        problem(post("/portfolios", json=portfolio), 422, "VALIDATION_ERROR")


def test_a_list_is_walked_by_its_cursor_and_skips_nothing(people: People) -> None:
    books = people.books()
    path = f"{books.path}/entities"
    names = ["AG", *(f"Entity {number}" for number in range(7))]
    for name in names[1:]:
        made(books.owner.http.post(path, json={"kind": "company", "name": name}))
    walked, cursor = [], None
    for _ in range(10):
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = books.owner.http.get(path, params=params).json()
        walked += [entity["name"] for entity in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert walked == names
    for wrong in ({"cursor": "nonsense"}, {"cursor": "MjAyNg"}, {"limit": 0}, {"limit": 201}):
        problem(books.owner.http.get(path, params=wrong), 422, "VALIDATION_ERROR")


def test_a_list_is_narrowed_to_one_portfolio(people: People) -> None:
    books = people.books()
    other = people.books(books.owner)
    for path in ("/cost-pools", "/chart-of-accounts", "/location-groups"):
        assert len(books.owner.http.get(path).json()["items"]) == 2
        narrowed = books.owner.http.get(path, params={"portfolio_id": other.portfolio["id"]})
        [item] = narrowed.json()["items"]
        assert item["portfolio_id"] == other.portfolio["id"]


def test_a_retry_under_its_key_makes_nothing_twice(people: People) -> None:
    owner, key = people.somebody(), with_key()
    body = {"kind": "group", "name": "Once"}
    first = owner.http.post("/portfolios", json=body, headers=key)
    again = owner.http.post("/portfolios", json=body, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    for name in ("etag", "location", "content-type"):
        assert first.headers[name] == again.headers[name]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert first.headers["location"] == f"/api/v1/portfolios/{first.json()['id']}"
    assert len(owner.http.get("/portfolios").json()["items"]) == 1
    other = owner.http.post("/portfolios", json={**body, "name": "Other"}, headers=key)
    problem(other, 422, "VALIDATION_ERROR")
    # Whose key it is counts, too.
    made(people.somebody().http.post("/portfolios", json=body, headers=key))


def test_of_parallel_retries_one_makes_it_and_all_get_its_answer(people: People) -> None:
    owner, key = people.somebody(), with_key()
    body = {"kind": "group", "name": "At once"}

    def post(_: int) -> str:
        answer = owner.http.post("/portfolios", json=body, headers=key)
        return str(made(answer)["id"])

    with ThreadPoolExecutor(10) as threads:
        assert len(set(threads.map(post, range(10)))) == 1
    assert len(owner.http.get("/portfolios").json()["items"]) == 1


def test_a_refused_request_leaves_its_key_free(people: People) -> None:
    owner, key = people.somebody(), with_key()
    unknown = {"portfolio_id": str(uuid4()), "name": "n", "method": "fifo"}
    problem(owner.http.post("/cost-pools", json=unknown, headers=key), 404, "NOT_FOUND")
    made(owner.http.post("/portfolios", json={"kind": "group", "name": "n"}, headers=key))


def test_a_kept_answer_is_forgotten_after_a_day(people: People) -> None:
    owner, key = people.somebody(), with_key()
    body = {"kind": "group", "name": "Daily"}
    first = made(owner.http.post("/portfolios", json=body, headers=key))
    with core_database.connect("coinfrs_registry") as connection:
        connection.execute(
            "update registry.kept_answers set created_at = created_at - interval '25 hours'"
            " where user_id = %s",
            [owner.id],
        )
    assert made(owner.http.post("/portfolios", json=body, headers=key))["id"] != first["id"]


@pytest.mark.parametrize("key", [b"", b"a b", b"x" * 256, "ключ".encode()])
def test_a_key_is_printable_and_short(people: People, key: bytes) -> None:
    body = {"kind": "group", "name": "n"}
    refused = people.somebody().http.post(
        "/portfolios", json=body, headers={b"Idempotency-Key": key}
    )
    problem(refused, 422, "VALIDATION_ERROR")
