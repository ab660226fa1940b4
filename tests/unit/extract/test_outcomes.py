"""What a venue's refusal makes of an attempt, and when the rest of it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coinfrs_pipelines.connectors.errors import (
    NotEnabled,
    Permanent,
    Throttled,
    Unauthorised,
    VenueError,
    WalkNotProven,
)
from coinfrs_pipelines.extract.attempts import named, of_each_scope, outcome_of
from coinfrs_pipelines.extract.coverage import READ, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable


def refusing(refusals: dict[str, VenueError], read: list[str]) -> Callable[[str], None]:
    def read_scope(scope: str) -> None:
        read.append(scope)
        if scope in refusals:
            raise refusals[scope]

    return read_scope


def test_a_refusal_is_an_outcome_with_its_reason() -> None:
    assert outcome_of(Unauthorised("binance", "Invalid key.", status=401, code="-2015")) == Outcome(
        "failed", "unauthorised", "binance: unauthorised (HTTP 401, code -2015): Invalid key."
    )
    assert outcome_of(NotEnabled("binance", "no")).result == "not_enabled"
    assert outcome_of(WalkNotProven("binance", "no")).reason == "walk_not_proven"


def test_a_scope_that_is_refused_does_not_stop_the_others() -> None:
    read: list[str] = []
    refusals = {"b": NotEnabled("binance", "no"), "c": Permanent("binance", "bad")}
    outcome = of_each_scope(("a", "b", "c", "d"), refusing(refusals, read))
    assert read == ["a", "b", "c", "d"]
    assert (outcome.result, outcome.reason) == ("failed", "permanent")
    assert outcome.detail == "2 of 4 scopes (b, c): binance: permanent: bad"
    assert outcome.scopes == ("b", "c")


def test_what_is_refused_of_some_scopes_is_not_told_of_the_stream() -> None:
    refused = NotEnabled("binance", "no")
    some = of_each_scope(("a", "b"), refusing({"b": refused}, []))
    assert (some.result, some.scopes) == ("not_enabled", ("b",))
    every = of_each_scope(("a", "b"), refusing({"a": refused, "b": refused}, []))
    assert (every.result, every.scopes) == ("not_enabled", None)


def test_an_error_that_concerns_the_key_or_the_host_stops_the_stream() -> None:
    for error in (Throttled("binance", "slow"), Unauthorised("binance", "no")):
        read: list[str] = []
        with pytest.raises(type(error)):
            of_each_scope(("a", "b"), refusing({"a": error}, read))
        assert read == ["a"]


def test_the_only_scope_speaks_for_itself() -> None:
    with pytest.raises(NotEnabled):
        of_each_scope(("",), refusing({"": NotEnabled("binance", "no")}, []))
    assert of_each_scope(("",), refusing({}, [])) is READ


def test_many_scopes_are_named_in_short() -> None:
    assert named([""]) == "the account's own"
    assert named([str(n) for n in range(12)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
