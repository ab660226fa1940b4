"""What ends by itself, on a service whose codes and tokens live seconds. P..: see test_sign_in."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from tests.integration.auth.conftest import Serve


@dataclass(frozen=True)
class Aged:
    """How a service answered to what was made at one instant, later and later."""

    young_access: httpx.Response
    lost_race: httpx.Response
    after_lost_race: httpx.Response
    old_code: httpx.Response
    old_access: httpx.Response
    old_refresh: httpx.Response
    reuse_after_grace: httpx.Response
    after_reuse: httpx.Response
    renewed_in_time: httpx.Response
    past_absolute_age: httpx.Response


@pytest.fixture(scope="module")
def aged(serve: Serve) -> Aged:
    """Let everything age at once: nothing is waited for twice."""
    door = serve(
        OTP_TTL_S="3",
        ACCESS_TTL_S="3",
        REFRESH_TTL_S="4",
        REFRESH_ABSOLUTE_S="5",
        REFRESH_GRACE_S="2",
    )
    late = door.somebody()
    code = door.code(late)
    idle, raced, renewed = door.session(), door.session(), door.session()
    used = raced.refresh_token
    assert raced.refresh().status_code == 200
    young_access, lost_race, after_lost_race = idle.me(), raced.refresh(used), raced.me()
    time.sleep(2)
    renewed_in_time = renewed.refresh()
    time.sleep(2.2)
    old = (door.verify(late, code), idle.me(), idle.refresh(), raced.refresh(used), raced.refresh())
    time.sleep(1)
    return Aged(young_access, lost_race, after_lost_race, *old, renewed_in_time, renewed.refresh())


def test_p07_a_code_expires(aged: Aged) -> None:
    assert aged.old_code.status_code == 401


def test_p43_an_access_token_expires(aged: Aged) -> None:
    assert (aged.young_access.status_code, aged.old_access.status_code) == (200, 401)


def test_p43_a_refresh_token_expires(aged: Aged) -> None:
    assert aged.old_refresh.status_code == 401


def test_p93_a_session_ends_at_its_absolute_age_however_often_it_is_renewed(aged: Aged) -> None:
    assert aged.renewed_in_time.status_code == 200
    # Of the five seconds that the session has, the cookie outlives none.
    assert re.search("Max-Age=[123];", aged.renewed_in_time.headers["set-cookie"])
    assert aged.past_absolute_age.status_code == 401


def test_p94_a_lost_race_costs_one_answer_and_no_session(aged: Aged) -> None:
    """Two tabs renew at once: the loser is told so, and both go on with the winner's cookie."""
    assert (aged.lost_race.status_code, aged.lost_race.json()["reason"]) == (401, "lost_race")
    assert "set-cookie" not in aged.lost_race.headers
    assert aged.after_lost_race.status_code == 200


def test_p94_after_the_grace_a_used_token_ends_the_session(aged: Aged) -> None:
    assert aged.reuse_after_grace.json()["reason"] == "ended"
    assert aged.after_reuse.status_code == 401
