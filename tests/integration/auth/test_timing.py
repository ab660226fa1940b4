"""P11: how long an answer takes tells nobody who has an account. The best of three medians."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.auth.conftest import Door

pytestmark = pytest.mark.timing

PAIRS = 12
ROUNDS = 3
APART_SECONDS_MAX = 0.025


def apart(known: Callable[[], object], unknown: Callable[[], object]) -> float:
    """Return how far apart the medians of interleaved pairs are, at best of the rounds."""

    def seconds(action: Callable[[], object]) -> float:
        started = time.perf_counter()
        action()
        return time.perf_counter() - started

    differences: list[float] = []
    for _ in range(ROUNDS):
        pairs = [(seconds(known), seconds(unknown)) for _ in range(PAIRS)]
        medians = [statistics.median(pair[side] for pair in pairs) for side in (0, 1)]
        differences.append(abs(medians[0] - medians[1]))
        if differences[-1] < APART_SECONDS_MAX:
            break
    return min(differences)


def test_p11_asking_for_a_code_takes_as_long_with_an_account_as_without(door: Door) -> None:
    # An address is asked for at most four times more: five an hour are allowed.
    addresses = [door.somebody() for _ in range(PAIRS * ROUNDS // 4)]
    for email in addresses:
        door.session(email)
    known = iter(addresses * 4)

    def ask(email: str) -> None:
        assert door.request(email).status_code == 202

    assert apart(lambda: ask(next(known)), lambda: ask(door.somebody())) < APART_SECONDS_MAX


def test_p11_a_wrong_password_takes_as_long_with_an_account_as_without(door: Door) -> None:
    addresses = [door.somebody() for _ in range(4)]
    for email in addresses:
        body = {"email": email, "password": "a password that is long enough"}
        challenge = door.http.post("/auth/register", json=body).json()["challenge_id"]
        assert door.verify(email, door.mailed(email, 1), challenge).status_code == 200
    known = iter(addresses * 9)

    def try_one(email: str) -> None:
        answer = door.http.post("/auth/login", json={"email": email, "password": "wrong"})
        assert answer.status_code == 401

    assert apart(lambda: try_one(next(known)), lambda: try_one(door.somebody())) < APART_SECONDS_MAX
