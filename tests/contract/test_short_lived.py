"""What every store of short-lived values owes, over Redis and over Postgres, both real."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from auth_service.one_time_codes import StoreUnavailable
from auth_service.short_lived import Kind, PostgresShortLived, RedisShortLived, ShortLived
from coinfrs_pipelines.core import database as core_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from subprocess import Popen


def in_redis(request: pytest.FixtureRequest) -> Iterator[ShortLived]:
    start: Callable[[], tuple[str, Popen[bytes]]] = request.getfixturevalue("start_redis")
    store = RedisShortLived(start()[0])
    yield store
    store.close()


def in_postgres(request: pytest.FixtureRequest) -> Iterator[ShortLived]:
    request.getfixturevalue("database")
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: core_database.connect("coinfrs_auth"), pool_size=20
    )
    yield PostgresShortLived(engine)
    engine.dispose()


@pytest.fixture(params=[in_redis, in_postgres], ids=["redis", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[ShortLived]:
    yield from request.param(request)


class TestShortLived:
    def test_a_value_is_taken_once(self, store: ShortLived) -> None:
        store.put(Kind.STATE, "a", "value", seconds=60)
        assert store.take(Kind.STATE, "a") == "value"
        assert store.take(Kind.STATE, "a") is None

    def test_of_parallel_takers_one_gets_it(self, store: ShortLived) -> None:
        store.put(Kind.STATE, "a", "value", seconds=60)
        with ThreadPoolExecutor(10) as threads:
            taken = list(threads.map(lambda _: store.take(Kind.STATE, "a"), range(20)))
        assert sorted(taken, key=str) == [None] * 19 + ["value"]

    def test_kinds_share_no_keys(self, store: ShortLived) -> None:
        store.put(Kind.ENDED_SESSION, "a", "value", seconds=60)
        assert store.take(Kind.STATE, "a") is None
        assert store.has(Kind.ENDED_SESSION, "a")
        assert not store.has(Kind.ENDED_SESSION, "b")

    def test_asking_takes_nothing(self, store: ShortLived) -> None:
        store.put(Kind.ENDED_SESSION, "a", "value", seconds=60)
        assert [store.has(Kind.ENDED_SESSION, "a") for _ in range(2)] == [True, True]

    def test_a_newer_value_replaces_an_older_one(self, store: ShortLived) -> None:
        store.put(Kind.STATE, "a", "old", seconds=1)
        store.put(Kind.STATE, "a", "new", seconds=60)
        time.sleep(1.1)
        assert store.take(Kind.STATE, "a") == "new"

    def test_a_value_expires(self, store: ShortLived) -> None:
        for key in ("a", "b"):
            store.put(Kind.STATE, key, "value", seconds=1)
        time.sleep(1.1)
        assert not store.has(Kind.STATE, "a")
        assert store.take(Kind.STATE, "a") is None
        store.put(Kind.STATE, "c", "value", seconds=60)
        assert store.take(Kind.STATE, "b") is None


def test_a_redis_that_is_down_tells_nothing(
    start_redis: Callable[[], tuple[str, Popen[bytes]]],
) -> None:
    url, server = start_redis()
    store = RedisShortLived(url)
    server.kill()
    server.wait(10)
    for ask in (store.take, store.has):
        with pytest.raises(StoreUnavailable):
            ask(Kind.STATE, "a")
    with pytest.raises(StoreUnavailable):
        store.put(Kind.STATE, "a", "value", seconds=60)
    store.close()
