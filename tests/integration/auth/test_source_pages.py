"""The pages of a data source: a refusal says what became of which key."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.integration.auth.books import People, made
from tests.integration.auth.test_data_sources import given
from tests.integration.auth.test_forms import Person
from tests.integration.auth.test_source_accounts import (
    another_key,
    emulated,
    people,
    permissions_of,
    world,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coinfrs_pipelines.emulator.world import World

__all__ = ["emulated", "people", "world"]

FILL_IN_AGAIN = "fill in its secret again"


class Owner(Person):
    """Somebody with a registered key, at the pages."""

    def __init__(self, people: People, world: World) -> None:
        super().__init__(people.door)
        http = people.somebody(self.sign_in()).http
        self.credential = another_key(world)
        self.source = made(http.post("/datasources", json=given(self.credential)))["id"]

    def told(self, action: str, status: int, **fields: str) -> str:
        """Send a form of the source's page, and return the page that it was refused with."""
        path = f"/sources/{self.source}"
        answer = self.post(f"{path}/{action}", token=self.token("/portfolios"), **fields)
        assert answer.status_code == status, answer.text
        return html.unescape(answer.text)


@pytest.fixture
def owner(people: People, world: World) -> Iterator[Owner]:
    somebody = Owner(people, world)
    yield somebody
    somebody.http.close()


def test_a_source_that_is_not_there_is_not_said_to_have_grown_a_permission(owner: Owner) -> None:
    owner.source = str(uuid4())
    for action, fields in (
        ("validate", {}),
        ("key", {"api_key": "k", "api_secret": "s"}),
        ("disable", {}),
        ("disable", {"sure": "yes"}),
    ):
        page = owner.told(action, 404, **fields)
        assert "not yours to see" in page
        assert "disabled" not in page
        assert "permission" not in page


def test_a_stored_key_that_cannot_be_proven_now_is_said_to_be_kept(
    owner: Owner, world: World
) -> None:
    permissions_of(world, owner.credential)["enableReading"] = False
    page = owner.told("validate", 422)
    assert "The stored key was not proven" in page
    assert "The data source keeps its key." in page
    assert "Nothing was stored" not in page
    assert FILL_IN_AGAIN not in page


def test_a_key_that_was_destroyed_is_not_to_be_tried_again(owner: Owner, world: World) -> None:
    permissions_of(world, owner.credential)["enableWithdrawals"] = True
    page = owner.told("validate", 422)
    assert "The data source is disabled" in page
    assert "Enable Withdrawals" in page
    assert "try again" not in page
    assert FILL_IN_AGAIN not in page
    assert "keeps its key" not in page


def test_a_key_that_does_not_replace_the_stored_one_says_that_the_old_one_stays(
    owner: Owner, world: World
) -> None:
    def told(credential: dict[str, str], status: int) -> str:
        secret = {name: credential[name] for name in ("api_key", "api_secret")}
        return owner.told("key", status, **secret)

    page = told(another_key(world, enableWithdrawals=True), 422)
    assert "This key was refused: it may do more than read" in page
    assert "The key that is stored stays in use." in page
    assert FILL_IN_AGAIN in page
    page = told(world.binance.credentials()[1], 409)
    assert "The key was not replaced" in page
    assert "The key that is stored stays in use." in page


def test_ending_without_the_tick_says_nothing_of_a_key(owner: Owner) -> None:
    page = owner.told("disable", 422)
    assert "Nothing was changed" in page
    assert "Tick the box" in page
    assert "stored stays" not in page
