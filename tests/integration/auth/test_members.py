"""Who may do what in a portfolio, and how one comes into it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from coinfrs_pipelines.core import database as core_database
from tests.integration.auth.books import People, if_match, made, with_key
from tests.integration.auth.test_every_request import problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.auth.conftest import Door, Serve


@pytest.fixture(scope="module")
def door(serve: Serve) -> Door:
    """Return a service of this module's own, whose database the tests look into."""
    return serve()


@pytest.fixture(scope="module")
def people(door: Door) -> Iterator[People]:
    with People(door) as everybody:
        yield everybody


def test_an_invited_person_accepts_after_signing_in_with_that_address(people: People) -> None:
    books = people.books()
    email = people.door.somebody()
    invited = made(
        books.owner.http.post(f"{books.path}/invitations", json={"email": email, "role": "viewer"})
    )
    [open_one] = books.owner.http.get(f"{books.path}/invitations").json()["items"]
    assert open_one == invited
    stranger, guest = people.somebody(), people.somebody(email)
    assert stranger.http.get("/invitations").json()["items"] == []
    path = f"/invitations/{invited['id']}"
    for answer in (
        stranger.http.post(f"{path}/acceptance"),
        stranger.http.delete(path),
        books.owner.http.post(f"{path}/acceptance"),
    ):
        problem(answer, 404, "NOT_FOUND")
    [mine] = guest.http.get("/invitations").json()["items"]
    assert (mine["portfolio_name"], mine["role"]) == ("Aurelia", "viewer")
    assert mine["invited_by"] == books.owner.email
    problem(guest.http.get(books.path), 404, "NOT_FOUND")
    assert made(guest.http.post(f"{path}/acceptance"), 200)["role"] == "viewer"
    assert guest.http.get(books.path).json()["name"] == "Aurelia"
    problem(guest.http.post(f"{path}/acceptance"), 404, "NOT_FOUND")
    assert guest.http.get("/invitations").json()["items"] == []
    assert books.owner.http.get(f"{books.path}/invitations").json()["items"] == []


def test_an_invitation_is_mailed_once_and_holds_no_secret(people: People) -> None:
    books, email, key = people.books(), people.door.somebody(), with_key()
    body = {"email": email, "role": "approver"}
    for _ in range(2):
        made(books.owner.http.post(f"{books.path}/invitations", json=body, headers=key))
    # The mail follows the answer; once the next code is there, so is it.
    people.door.code(email)
    mails = [line for line in people.door.mailbox if line.startswith(f"Invitation for {email}:")]
    assert len(mails) == 1
    assert books.owner.email in mails[0]
    assert "Aurelia as approver" in mails[0]


def test_an_invitation_is_declined_taken_back_or_expires(people: People) -> None:
    books = people.books()
    guest = people.somebody()
    path = f"{books.path}/invitations"
    body = {"email": guest.email, "role": "viewer"}

    def invite() -> str:
        return str(made(books.owner.http.post(path, json=body))["id"])

    declined = invite()
    problem(books.owner.http.post(path, json=body), 409, "CONFLICT")
    assert guest.http.delete(f"/invitations/{declined}").status_code == 204
    revoked = invite()
    assert books.owner.http.delete(f"{path}/{revoked}").status_code == 204
    expired = invite()
    with core_database.connect("coinfrs_registry") as connection:
        connection.execute(
            "update registry.invitations set expires_at = now() where id = %s", [expired]
        )
    for ended in (declined, revoked, expired):
        problem(guest.http.post(f"/invitations/{ended}/acceptance"), 404, "NOT_FOUND")
        problem(books.owner.http.delete(f"{path}/{ended}"), 404, "NOT_FOUND")
    accepted = invite()
    made(guest.http.post(f"/invitations/{accepted}/acceptance"), 200)
    problem(books.owner.http.post(path, json=body), 409, "CONFLICT")


def test_who_accepts_while_the_portfolio_is_deleted_waits_and_is_too_late(people: People) -> None:
    """Both lock the portfolio first; in another order each would wait for the other."""
    books, guest = people.books(), people.somebody()
    body = {"email": guest.email, "role": "viewer"}
    invited = made(books.owner.http.post(f"{books.path}/invitations", json=body))["id"]
    door = people.door
    with ThreadPoolExecutor(1) as thread, door.administration() as administration:
        with administration.transaction():
            administration.execute(
                "select from registry.portfolios where id = %s for no key update",
                [books.portfolio["id"]],
            )
            accepted = thread.submit(guest.http.post, f"/invitations/{invited}/acceptance")
            door.wait_until_somebody_waits(administration)
            administration.execute(
                "update registry.invitations set deleted_at = now() where id = %s", [invited]
            )
        problem(accepted.result(), 404, "NOT_FOUND")


def test_who_invites_too_many_has_to_wait(people: People) -> None:
    books = people.books()
    with core_database.connect("coinfrs_registry") as connection:
        connection.execute(
            "insert into registry.invitations (portfolio_id, email, role, expires_at, created_by,"
            " updated_by) select %s, 'n' || n || '@example.com', 'viewer', now(), %s, %s"
            " from generate_series(1, 50) as n",
            [books.portfolio["id"], books.owner.id, books.owner.id],
        )
    body = {"email": people.door.somebody(), "role": "viewer"}
    refused = books.owner.http.post(f"{books.path}/invitations", json=body)
    problem(refused, 429, "RATE_LIMIT_ERROR")
    assert int(refused.headers["retry-after"]) > 0


@pytest.mark.parametrize("role", ["viewer", "approver"])
def test_who_does_not_own_reads_and_changes_nothing(people: People, role: str) -> None:
    books = people.books()
    member = people.member(books, role)
    paths = books.paths()
    for path, _ in paths.values():
        assert member.http.get(path).status_code == 200
    for path in (f"{books.path}/members", f"{books.path}/invitations", f"{books.path}/entities"):
        assert member.http.get(path).status_code == 200
    of = {"portfolio_id": books.portfolio["id"]}
    group = paths["group"][1] | of
    account = {"account_id": str(uuid4())}
    changes = [
        *(("PUT", path, body) for path, body in paths.values()),
        *(("DELETE", path, None) for path, _ in paths.values()),
        ("POST", f"{books.path}/entities", {"kind": "company", "name": "n"}),
        ("POST", f"{books.path}/invitations", {"email": "a@example.com", "role": "owner"}),
        ("PUT", f"{books.path}/members/{member.id}", {"role": "owner"}),
        ("DELETE", f"{books.path}/members/{books.owner.id}", None),
        ("POST", "/cost-pools", {**of, "name": "n", "method": "fifo"}),
        ("POST", "/chart-of-accounts", {**paths["chart"][1], **of}),
        ("POST", "/location-groups", group),
        ("POST", f"{paths['group'][0]}/accounts", account),
        ("DELETE", f"{paths['group'][0]}/accounts/{account['account_id']}", None),
    ]
    if role == "viewer":
        changes.append(("POST", f"{paths['group'][0]}/approval", None))
    before = {path: member.http.get(path).json() for path, _ in paths.values()}
    for method, path, body in changes:
        headers = {"If-Match": "*"}
        answer = member.http.request(method, path, json=body, headers=headers)
        problem(answer, 403, "AUTHORIZATION_ERROR")
    assert {path: member.http.get(path).json() for path, _ in paths.values()} == before


def test_a_second_person_approves_and_a_change_takes_it_away(people: People) -> None:
    books = people.books()
    approver = people.member(books, "approver")
    path = f"/location-groups/{books.group['id']}"

    def approve(http: object = None) -> tuple[int, str | None]:
        version = if_match(books.owner.http.get(path).json()["version"])
        client = approver.http if http is None else books.owner.http
        answer = client.post(f"{path}/approval", headers=version)
        return answer.status_code, answer.json().get("approved_by")

    assert approve(books.owner) == (409, None), "who changed it last approved it"
    assert approve() == (200, approver.id)
    problem(approver.http.post(f"{path}/approval", headers=if_match(1)), 412, "CONFLICT")
    problem(approver.http.post(f"{path}/approval"), 428, "VALIDATION_ERROR")
    for what in ("group", "entity", "pool", "chart"):
        assert approve() == (200, approver.id)
        changed, body = books.paths()[what]
        assert (
            books.owner.http.put(changed, json=body, headers={"If-Match": "*"}).status_code == 200
        )
        assert books.owner.http.get(path).json()["approved_by"] is None, what
    with core_database.connect("coinfrs_registry") as connection:
        statement = (
            "update registry.location_groups set approved_by = updated_by, approved_at = now()"
        )
        with pytest.raises(psycopg.errors.CheckViolation, match="second_person"):
            connection.execute(statement)
        connection.rollback()


def test_who_gave_whom_which_role_is_logged(people: People) -> None:
    books = people.books()
    member = people.member(books, "viewer")
    path = f"{books.path}/members/{member.id}"
    assert books.owner.http.put(path, json={"role": "owner"}, headers=if_match(1)).is_success
    assert books.owner.http.delete(path).is_success
    told = [
        (event["event"], event["user_id"], event["member_id"], event.get("role"))
        for name in ("member_joined", "member_role_changed", "member_removed")
        for event in people.door.events(name)
        if event["portfolio_id"] == books.portfolio["id"]
    ]
    assert told == [
        ("member_joined", member.id, member.id, "viewer"),
        ("member_role_changed", books.owner.id, member.id, "owner"),
        ("member_removed", books.owner.id, member.id, None),
    ]


def test_at_least_one_owner_remains(people: People) -> None:
    books = people.books()
    path = f"{books.path}/members/{books.owner.id}"
    problem(books.owner.http.delete(path), 409, "CONFLICT")
    demotion = books.owner.http.put(path, json={"role": "viewer"}, headers=if_match(1))
    problem(demotion, 409, "CONFLICT")
    second = people.member(books, "viewer")
    problem(books.owner.http.delete(path), 409, "CONFLICT")
    promoted = books.owner.http.put(
        f"{books.path}/members/{second.id}", json={"role": "owner"}, headers=if_match(1)
    )
    assert promoted.status_code == 200, promoted.text
    assert promoted.headers["etag"] == '"2"'
    assert books.owner.http.delete(path).status_code == 204
    problem(books.owner.http.get(books.path), 404, "NOT_FOUND")
    problem(second.http.delete(f"{books.path}/members/{second.id}"), 409, "CONFLICT")
    with core_database.connect("coinfrs_registry") as connection:
        connection.execute("update registry.portfolio_members set role = 'viewer'")
        with pytest.raises(psycopg.errors.CheckViolation, match="has no owner"):
            connection.commit()


def test_of_owners_who_leave_at_once_one_remains(people: People) -> None:
    books = people.books()
    owners = [books.owner, *(people.member(books, "owner") for _ in range(3))]

    def leave(number: int) -> int:
        return owners[number].http.delete(f"{books.path}/members/{owners[number].id}").status_code

    with ThreadPoolExecutor(len(owners)) as threads:
        statuses = sorted(threads.map(leave, range(len(owners))))
    assert statuses == [204, 204, 204, 409]


def test_owners_who_remove_each_other_at_once_do_not_both_succeed(people: People) -> None:
    books = people.books()
    other = people.member(books, "owner")

    def remove(pair: tuple[int, int]) -> int:
        both = (books.owner, other)
        return both[pair[0]].http.delete(f"{books.path}/members/{both[pair[1]].id}").status_code

    with ThreadPoolExecutor(2) as threads:
        statuses = sorted(threads.map(remove, [(0, 1), (1, 0)]))
    assert statuses == [204, 404]


def test_who_leaves_sees_nothing_any_more_and_may_be_invited_again(people: People) -> None:
    books = people.books()
    viewer = people.member(books, "viewer")
    assert viewer.http.delete(f"{books.path}/members/{viewer.id}").status_code == 204
    for path, _ in books.paths().values():
        problem(viewer.http.get(path), 404, "NOT_FOUND")
    assert viewer.http.get("/portfolios").json()["items"] == []
    invited = books.owner.http.post(
        f"{books.path}/invitations", json={"email": viewer.email, "role": "approver"}
    )
    made(viewer.http.post(f"/invitations/{made(invited)['id']}/acceptance"), 200)
    assert viewer.http.get(books.path).json()["role"] == "approver"
