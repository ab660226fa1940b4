"""The page that maps accounts into location groups: what nobody touched stays as it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from coinfrs_pipelines.core import database as core_database
from tests.integration.auth.books import Books, People, made
from tests.integration.auth.test_forms import Person
from tests.integration.auth.test_isolation import add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.integration.auth.conftest import Door, Serve

SELECT = re.compile(r'<select name="(group-[^"]+)".*?</select>', re.DOTALL)
OPTION = re.compile(r'<option value="([^"]+)"( selected)?>([^<]*)</option>')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]+)">')
MANY = 201
ADD_GROUPS = """
insert into registry.location_groups (portfolio_id, entity_id, name, cost_pool_id,
    chart_of_accounts_id, created_by, updated_by)
select portfolio_id, entity_id, 'Group ' || number, cost_pool_id, chart_of_accounts_id, created_by,
    updated_by
from registry.location_groups cross join generate_series(1, %s) as number
where id = %s
returning id
"""


@pytest.fixture(scope="module")
def door(serve: Serve) -> Door:
    """Return a service of this module's own, whose database the tests look into."""
    return serve()


class Owner(Person):
    """Somebody with books and a data source, at the page of its accounts."""

    def __init__(self, door: Door, people: People) -> None:
        super().__init__(door)
        self.people = people
        self.email = self.sign_in()
        self.books: Books = people.books(people.somebody(self.email))
        self.source, self.account = add_source(self.books.owner.id)
        self.path = f"/sources/{self.source}/accounts"

    def map_into(self, group_id: str) -> None:
        given = {"account_id": self.account}
        made(self.books.owner.http.post(f"/location-groups/{group_id}/accounts", json=given))

    def mapped(self) -> str | None:
        """Return the location group that the account is in."""
        answer = self.books.owner.http.get(f"/datasources/{self.source}/accounts")
        [account] = answer.json()["items"]
        found: str | None = account["location_group_id"]
        return found

    def look(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return what a browser sends of the form as it is, and the names of the offered groups."""
        page = self.send("GET", self.path).text
        fields: dict[str, str] = dict(HIDDEN.findall(page))
        offered: dict[str, str] = {}
        for name, options in ((found[1], found[0]) for found in SELECT.finditer(page)):
            values = OPTION.findall(options)
            chosen = [value for value, selected, _ in values if selected] or [values[0][0]]
            fields[name] = chosen[0]
            offered |= {value: text for value, _, text in values}
        return fields, offered

    def save(self, fields: dict[str, str]) -> httpx.Response:
        return self.send("POST", self.path, data=fields, headers={"Origin": self.origin})


@pytest.fixture
def owner(door: Door) -> Iterator[Owner]:
    with People(door) as people:
        somebody = Owner(door, people)
        yield somebody
        somebody.http.close()


def test_a_group_that_is_not_offered_stays_when_the_page_is_saved(owner: Owner) -> None:
    with core_database.connect("coinfrs_registry") as connection:
        added = connection.execute(ADD_GROUPS, [MANY, owner.books.group["id"]]).fetchall()
    with core_database.connect("coinfrs_registry") as connection:
        [(last,)] = connection.execute(
            "select id from registry.location_groups where id = any(%s)"
            " order by created_at desc, id desc limit 1",
            [[row[0] for row in added]],
        ).fetchall()
    owner.map_into(str(last))
    fields, offered = owner.look()
    # All that can be chosen, the one that the account is in, and none.
    assert len(offered) == 202
    assert owner.save(fields).status_code == 303
    assert owner.mapped() == str(last)
    # And it can still be taken out, by choosing so.
    fields[f"group-{owner.account}"] = "none"
    assert owner.save(fields).status_code == 303
    assert owner.mapped() is None


def test_an_account_in_a_portfolio_that_one_has_left_does_not_refuse_the_page(
    owner: Owner,
) -> None:
    group = owner.books.group["id"]
    owner.map_into(group)
    other = owner.people.member(owner.books, "owner")
    left = other.http.delete(f"{owner.books.path}/members/{owner.books.owner.id}")
    assert left.status_code == 204
    own = owner.people.books(owner.books.owner)
    fields, offered = owner.look()
    assert offered[group] == "a group of another portfolio"
    assert own.group["id"] in offered
    assert owner.save(fields).status_code == 303
    assert owner.mapped() == group


def test_only_groups_of_portfolios_that_one_owns_are_offered(owner: Owner) -> None:
    theirs = owner.people.books()
    invited = theirs.owner.http.post(
        f"{theirs.path}/invitations", json={"email": owner.email, "role": "approver"}
    )
    made(owner.books.owner.http.post(f"/invitations/{made(invited)['id']}/acceptance"), 200)
    _, offered = owner.look()
    assert owner.books.group["id"] in offered
    assert theirs.group["id"] not in offered


def test_who_saves_an_old_page_does_not_undo_what_came_after_it(owner: Owner) -> None:
    first = owner.books.group["id"]
    with core_database.connect("coinfrs_registry") as connection:
        [(second,)] = connection.execute(ADD_GROUPS, [1, first]).fetchall()
    old, _ = owner.look()
    owner.map_into(first)
    # As it was shown, it was none: nothing was chosen, so nothing is done.
    assert owner.save(old).status_code == 303
    assert owner.mapped() == first
    old[f"group-{owner.account}"] = str(second)
    refused = owner.save(old)
    assert refused.status_code == 409
    assert "was mapped otherwise since this page was opened" in refused.text
    assert owner.mapped() == first
    # The page that told so knows better.
    now, _ = owner.look()
    now[f"group-{owner.account}"] = str(second)
    assert owner.save(now).status_code == 303
    assert owner.mapped() == str(second)
