"""The pages of portfolios over HTTP: what stands in an address counts, and what is cut is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coinfrs_pipelines.core import database as core_database
from tests.integration.auth.books import Books, People, made
from tests.integration.auth.test_forms import Person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.auth.conftest import Door, Serve

ADD = "insert into registry.cost_pools (portfolio_id, name, method, created_by, updated_by) "


@pytest.fixture(scope="module")
def door(serve: Serve) -> Door:
    """Return a service of this module's own, whose database the tests look into."""
    return serve()


class Owner(Person):
    """Somebody with books, at the pages."""

    def __init__(self, door: Door, people: People) -> None:
        super().__init__(door)
        self.people = people
        self.email = self.sign_in()
        self.books: Books = people.books(people.somebody(self.email))


@pytest.fixture
def owner(door: Door) -> Iterator[Owner]:
    with People(door) as people:
        somebody = Owner(door, people)
        yield somebody
        somebody.http.close()


def test_what_is_of_another_portfolio_is_not_changed_at_this_ones_address(owner: Owner) -> None:
    other = made(owner.books.owner.http.post("/portfolios", json={"kind": "group", "name": "B"}))
    token = owner.token("/portfolios")
    group = owner.books.group
    for action, fields in (
        (f"cost-pools/{owner.books.pool['id']}/delete", {}),
        (f"chart/{owner.books.chart['id']}/delete", {}),
        (f"groups/{group['id']}/delete", {}),
        (f"groups/{group['id']}/approve", {"version": str(group["version"])}),
    ):
        answer = owner.post(f"/portfolios/{other['id']}/booking/{action}", token=token, **fields)
        assert answer.status_code == 404, action
    page = owner.send("GET", f"{owner.books.path}/booking").text
    assert f"groups/{group['id']}/delete" in page
    # At its own address the same is done.
    own = f"{owner.books.path}/booking/groups/{group['id']}/delete"
    assert owner.post(own, token=token).status_code == 303
    assert (
        f"groups/{group['id']}/delete" not in owner.send("GET", f"{owner.books.path}/booking").text
    )


def test_who_is_invited_at_the_page_is_mailed(owner: Owner) -> None:
    email = owner.door.somebody()
    path = f"{owner.books.path}/invitations"
    sent = owner.post(path, token=owner.token("/portfolios"), email=email, role="viewer")
    assert sent.status_code == 303
    assert owner.door.line(f"Invitation for {email}:")
    again = owner.post(path, token=owner.token("/portfolios"), email=email, role="viewer")
    assert again.status_code == 409
    # A mail follows its answer; once the next one is there, so would be a second one of this.
    owner.door.code(owner.door.somebody())
    mails = [line for line in owner.door.mailbox if line.startswith(f"Invitation for {email}:")]
    assert len(mails) == 1


@pytest.mark.parametrize(("others", "is_cut"), [(198, False), (199, True)])
def test_a_list_that_is_cut_says_so_and_still_names_what_is_beyond_it(
    owner: Owner, others: int, *, is_cut: bool
) -> None:
    with core_database.connect("coinfrs_registry") as connection:
        connection.execute(
            ADD + "select %s, 'Pool ' || number, 'fifo', %s, %s from generate_series(1, %s) number",
            [owner.books.portfolio["id"], owner.books.owner.id, owner.books.owner.id, others],
        )
    last = owner.books.owner.http.post(
        "/cost-pools",
        json={"portfolio_id": owner.books.portfolio["id"], "name": "The last", "method": "lifo"},
    )
    group = {name: owner.books.group[name] for name in ("entity_id", "chart_of_accounts_id")}
    made(
        owner.books.owner.http.post(
            "/location-groups",
            json={
                **group,
                "portfolio_id": owner.books.portfolio["id"],
                "name": "Far",
                "cost_pool_id": made(last)["id"],
            },
        )
    )
    page = owner.send("GET", f"{owner.books.path}/booking").text
    assert "<dt>Cost pool</dt><dd>The last</dd>" in page
    assert ("The first 200 are shown, of more." in page) is is_cut
