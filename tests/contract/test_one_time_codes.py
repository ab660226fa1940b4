"""What every store of one-time codes owes, over Redis and over Postgres, both real."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from subprocess import Popen

import pytest
import redis
import sqlalchemy

from auth_service.one_time_codes import Limits, OneTimeCodes, Outcome, StoreUnavailable
from auth_service.postgres_codes import PostgresCodes
from auth_service.redis_codes import RedisCodes
from coinfrs_pipelines.core import database as core_database

LIMITS = Limits(ttl_seconds=60, attempts_max=3, requests_per_hour=5, failures_per_day=20)
RIGHT, WRONG = "ab" * 32, "cd" * 32
ALICE, BOB = "a1" * 32, "b2" * 32

Open = Callable[[Limits], OneTimeCodes]
StartRedis = Callable[[], tuple[str, "Popen[bytes]"]]


@pytest.fixture(scope="module")
def redis_url(start_redis: StartRedis) -> str:
    return start_redis()[0]


def in_redis(request: pytest.FixtureRequest) -> Iterator[Open]:
    url: str = request.getfixturevalue("redis_url")
    with redis.Redis.from_url(url) as client:
        client.flushall()
    opened = []

    def make(limits: Limits) -> OneTimeCodes:
        opened.append(RedisCodes(url, limits))
        return opened[-1]

    yield make
    for codes in opened:
        codes.close()


def in_postgres(request: pytest.FixtureRequest) -> Iterator[Open]:
    request.getfixturevalue("database")
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: core_database.connect("coinfrs_auth"), pool_size=20
    )
    yield lambda limits: PostgresCodes(engine, limits)
    engine.dispose()


@pytest.fixture(params=[in_redis, in_postgres], ids=["redis", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Open]:
    yield from request.param(request)


class TestOneTimeCodes:
    def test_the_right_code_is_accepted_once(self, store: Open) -> None:
        codes = store(LIMITS)
        assert codes.issue(ALICE, "c1", RIGHT) == 0
        assert codes.redeem(ALICE, "c1", RIGHT) is Outcome.ACCEPTED
        assert codes.redeem(ALICE, "c1", RIGHT) is Outcome.REFUSED

    def test_without_a_challenge_the_newest_code_is_meant_and_no_older_one(
        self, store: Open
    ) -> None:
        codes = store(LIMITS)
        codes.issue(ALICE, "c1", WRONG)
        codes.issue(ALICE, "c2", RIGHT)
        assert codes.redeem(ALICE, None, WRONG) is Outcome.REFUSED
        assert codes.redeem(ALICE, None, RIGHT) is Outcome.ACCEPTED
        # Also once the newest is used, the older one does not become it.
        assert codes.redeem(ALICE, None, WRONG) is Outcome.REFUSED

    def test_a_challenge_outlives_a_later_one(self, store: Open) -> None:
        """Whoever asks for another code of somebody's does not take away the one they hold."""
        codes = store(LIMITS)
        codes.issue(ALICE, "mine", RIGHT)
        codes.issue(ALICE, "theirs", WRONG)
        for _ in range(3):
            codes.redeem(ALICE, "theirs", RIGHT)
        assert codes.redeem(ALICE, "mine", RIGHT) is Outcome.ACCEPTED

    def test_after_the_last_attempt_the_right_code_is_refused(self, store: Open) -> None:
        codes = store(LIMITS)
        codes.issue(ALICE, "c1", RIGHT)
        for _ in range(3):
            assert codes.redeem(ALICE, "c1", WRONG) is Outcome.REFUSED
        assert codes.redeem(ALICE, "c1", RIGHT) is Outcome.REFUSED

    def test_the_last_attempt_may_be_the_right_one(self, store: Open) -> None:
        codes = store(LIMITS)
        codes.issue(ALICE, "c1", RIGHT)
        for _ in range(2):
            codes.redeem(ALICE, "c1", WRONG)
        assert codes.redeem(ALICE, "c1", RIGHT) is Outcome.ACCEPTED

    def test_of_parallel_guesses_only_the_allowed_ones_are_compared(self, store: Open) -> None:
        """Sixty guesses at once, the right one among the last: the cap holds."""
        codes = store(LIMITS)
        codes.issue(ALICE, "c1", RIGHT)
        guesses = [WRONG] * 40 + [RIGHT] + [WRONG] * 19
        with ThreadPoolExecutor(16) as threads:
            outcomes = list(threads.map(lambda guess: codes.redeem(ALICE, "c1", guess), guesses))
        assert outcomes.count(Outcome.ACCEPTED) == 0
        # Exactly three were compared, and so counted as failures.
        codes.issue(ALICE, "c2", RIGHT)
        three, four = (store(replace(LIMITS, failures_per_day=allowed)) for allowed in (3, 4))
        assert three.redeem(ALICE, "c2", RIGHT) is Outcome.LOCKED
        assert four.redeem(ALICE, "c2", RIGHT) is Outcome.ACCEPTED

    def test_one_code_has_one_success(self, store: Open) -> None:
        codes = store(LIMITS)
        for turn in range(4):
            codes.issue(ALICE, f"c{turn}", RIGHT)
            with ThreadPoolExecutor(16) as threads:
                outcomes = list(
                    threads.map(
                        lambda _, challenge: codes.redeem(ALICE, challenge, RIGHT),
                        range(20),
                        [f"c{turn}"] * 20,
                    )
                )
            assert outcomes.count(Outcome.ACCEPTED) == 1

    def test_a_code_expires(self, store: Open) -> None:
        codes = store(replace(LIMITS, ttl_seconds=1))
        codes.issue(ALICE, "c1", RIGHT)
        time.sleep(1.1)
        assert codes.redeem(ALICE, "c1", RIGHT) is Outcome.REFUSED
        assert codes.redeem(ALICE, None, RIGHT) is Outcome.REFUSED

    def test_a_later_code_does_not_prolong_an_earlier_one(self, store: Open) -> None:
        codes = store(replace(LIMITS, ttl_seconds=1))
        codes.issue(ALICE, "c1", RIGHT)
        time.sleep(0.7)
        codes.issue(ALICE, "c2", RIGHT)
        time.sleep(0.5)
        assert codes.redeem(ALICE, "c1", RIGHT) is Outcome.REFUSED

    def test_a_limit_that_was_lowered_holds_for_living_codes(self, store: Open) -> None:
        store(replace(LIMITS, attempts_max=5)).issue(ALICE, "c1", RIGHT)
        for _ in range(3):
            store(replace(LIMITS, attempts_max=5)).redeem(ALICE, "c1", WRONG)
        assert store(LIMITS).redeem(ALICE, "c1", RIGHT) is Outcome.REFUSED

    def test_a_code_belongs_to_its_subject(self, store: Open) -> None:
        codes = store(LIMITS)
        codes.issue(ALICE, "c1", RIGHT)
        assert codes.redeem(BOB, "c1", RIGHT) is Outcome.REFUSED
        assert codes.redeem(BOB, None, RIGHT) is Outcome.REFUSED
        assert codes.redeem(ALICE, "c1", RIGHT) is Outcome.ACCEPTED

    def test_the_sixth_request_of_an_hour_waits(self, store: Open) -> None:
        codes = store(LIMITS)
        for turn in range(5):
            assert codes.issue(ALICE, f"c{turn}", RIGHT) == 0
        assert 3590 <= codes.issue(ALICE, "c5", RIGHT) <= 3600
        assert codes.redeem(ALICE, "c5", RIGHT) is Outcome.REFUSED
        assert codes.issue(BOB, "c6", RIGHT) == 0

    def test_parallel_requests_do_not_pass_the_limit(self, store: Open) -> None:
        codes = store(LIMITS)
        with ThreadPoolExecutor(16) as threads:
            waits = list(threads.map(lambda turn: codes.issue(ALICE, f"c{turn}", RIGHT), range(40)))
        assert waits.count(0) == 5

    def test_a_days_failures_lock_the_right_code_too(self, store: Open) -> None:
        codes = store(replace(LIMITS, failures_per_day=4))
        codes.issue(ALICE, "c1", RIGHT)
        codes.issue(ALICE, "c2", RIGHT)
        codes.issue(ALICE, "c3", RIGHT)
        for challenge in ("c1", "c1", "c1", "c2"):
            assert codes.redeem(ALICE, challenge, WRONG) is Outcome.REFUSED
        assert codes.redeem(ALICE, "c3", RIGHT) is Outcome.LOCKED
        assert codes.redeem(BOB, "c3", RIGHT) is Outcome.REFUSED

    def test_what_no_code_stands_behind_is_not_counted(self, store: Open) -> None:
        """Guessing where there is nothing to guess cannot lock anybody out."""
        codes = store(replace(LIMITS, failures_per_day=2))
        for _ in range(5):
            assert codes.redeem(ALICE, "no such", WRONG) is Outcome.REFUSED
        codes.issue(ALICE, "c1", RIGHT)
        assert codes.redeem(ALICE, "c1", RIGHT) is Outcome.ACCEPTED

    def test_it_answers_a_ping(self, store: Open) -> None:
        store(LIMITS).ping()


def test_a_dead_redis_is_closed() -> None:
    """Not one call answers as if nothing had been counted."""
    codes = RedisCodes("redis://127.0.0.1:1/0", LIMITS)
    for call in (
        lambda: codes.issue(ALICE, "c1", RIGHT),
        lambda: codes.redeem(ALICE, "c1", RIGHT),
        codes.ping,
    ):
        with pytest.raises(StoreUnavailable) as caught:
            call()
        assert caught.value.__context__ is None
    codes.close()


def test_a_dead_postgres_is_closed() -> None:
    engine = sqlalchemy.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    codes = PostgresCodes(engine, LIMITS)
    for call in (
        lambda: codes.issue(ALICE, "c1", RIGHT),
        lambda: codes.redeem(ALICE, "c1", RIGHT),
        codes.ping,
    ):
        with pytest.raises(StoreUnavailable):
            call()


@pytest.mark.usefixtures("database")
def test_the_limits_survive_a_crash_and_the_codes_do_not() -> None:
    """PostgreSQL empties unlogged tables after a crash: that must not give a guesser a new day."""
    with core_database.connect("LOGIN") as connection:
        kinds: dict[str, str] = dict(
            connection.execute(
                "select relname, relpersistence from pg_class"
                " where oid in ('auth.one_time_codes'::regclass, 'auth.code_events'::regclass)"
            ).fetchall()
        )
    assert kinds == {"one_time_codes": "u", "code_events": "p"}
