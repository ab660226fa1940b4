"""The key-encryption key is rotated while clients validate and extract; damaged rows are told."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from coinfrs_pipelines import registration
from coinfrs_pipelines.connectors.binance.streams import capital
from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core.database import connect
from coinfrs_pipelines.core.encryption import Keyring, needs_rewrapping
from coinfrs_pipelines.core.key_rotation import rotate
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.extract import binance

if TYPE_CHECKING:
    from coinfrs_pipelines.core.data_sources import DataSource
    from tests.integration.extract.conftest import Pipeline, Register, Tables

FIRST, SECOND, THIRD = (secrets.token_bytes(32) for _ in range(3))
SECONDS_MAX = 60


class Client:
    """Does the same again and again in a thread of its own, and keeps what went wrong."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._stop = threading.Event()
        self._turn = threading.Condition()
        self.turns = 0
        self.failures: list[BaseException] = []
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._work()
            except BaseException as error:  # noqa: BLE001 -- whatever it is, the test fails.
                self.failures.append(error)
            with self._turn:
                self.turns += 1
                self._turn.notify_all()

    def wait_for_a_whole_turn(self) -> None:
        """Wait until a turn that began after now has ended."""
        with self._turn:
            wanted = self.turns + 2
            assert self._turn.wait_for(lambda: self.turns >= wanted, SECONDS_MAX)

    def stop(self) -> None:
        self._stop.set()
        self.thread.join(SECONDS_MAX)


@contextmanager
def working(*work: Callable[[], object]) -> Iterator[list[Client]]:
    clients = [Client(each) for each in work]
    try:
        yield clients
    finally:
        for client in clients:
            client.stop()


def validate(source: DataSource) -> None:
    """Open the stored credential and prove it read-only at its venue, as validating a key does."""
    with connect("coinfrs_registry", autocommit=True) as connection:
        opened = data_sources.credential(connection, Keyring.from_settings(), source)
    proof, _ = registration.inspect(source.venue, source.environment, opened)
    assert proof.account_ref == source.account_ref


def extract(pipeline: Pipeline, expected: list[UUID]) -> None:
    """Read deposits and withdrawals of every key; what was damaged is an outcome, no failure."""
    deposits = binance.table_of(capital.DEPOSITS)
    [asset] = [asset for asset in binance.raw_streams if deposits in asset.keys]
    assert pipeline.run(0, assets=[asset]).success
    with connect("coinfrs_extract", autocommit=True) as connection:
        read = connection.execute(
            "select distinct on (data_source_id) data_source_id, result, reason"
            " from coverage.outcomes where subject = 'deposits' order by data_source_id, id desc"
        ).fetchall()
    assert {row[0] for row in read if row[1] == "read"} == set(expected)
    assert {row[1:] for row in read if row[0] not in expected} == {("failed", "unauthorised")}


def damage(tables: Tables, source: DataSource, column: str) -> bytes:
    """Flip one bit in the last byte of a sealed column; return what it is then."""
    old: bytes = tables.one(
        f"select {column} from registry.credentials where data_source_id = %s", source.id
    )
    new = old[:-1] + bytes([old[-1] ^ 1])
    tables.connection.execute(
        f"update registry.credentials set {column} = %s where data_source_id = %s".encode(),
        [new, source.id],
    )
    return new


def test_p73_a_rotation_disturbs_nobody_and_reports_what_does_not_open(
    pipeline: Pipeline, tables: Tables, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two rotations, with two damaged rows among the sound ones, while three clients work."""
    use_keys(monkeypatch, FIRST)
    sound = pipeline.register()
    damaged = [register(venue="binance", environment="production") for _ in range(2)]
    broken = {
        (damaged[0].id, "secret_sealed"): damage(tables, damaged[0], "secret_sealed"),
        (damaged[1].id, "api_key_sealed"): damage(tables, damaged[1], "api_key_sealed"),
    }
    # Every process knows all keys before the newest is used.
    use_keys(monkeypatch, THIRD, SECOND, FIRST)
    binance_source = next(source for source in sound if source.venue == "binance")
    fireblocks_source = next(source for source in sound if source.venue == "fireblocks")
    with (
        working(
            lambda: validate(binance_source),
            lambda: validate(fireblocks_source),
            lambda: extract(pipeline, [source.id for source in sound if source.venue == "binance"]),
        ) as clients,
        connect("coinfrs_registry", autocommit=True) as connection,
    ):
        for keys in ((SECOND, FIRST), (THIRD, SECOND, FIRST)):
            rotation = rotate(connection, Keyring(keys))
            assert rotation.newest_key_id == Keyring(keys).newest_key_id
            assert {(each.data_source.id, each.column) for each in rotation.unopened} == set(broken)
            assert rotation.rewrapped == 2 * len(sound) + len(damaged)
            for client in clients:
                client.wait_for_a_whole_turn()
    assert [client.failures for client in clients] == [[], [], []]

    newest = Keyring((THIRD,))
    with connect("coinfrs_registry", autocommit=True) as connection:
        for source in sound:
            assert data_sources.credential(connection, newest, source)
        again = rotate(connection, newest)
    assert (again.rewrapped, again.up_to_date) == (0, 2 * len(sound) + len(damaged))
    for (source_id, column), left in broken.items():
        stored: Any = tables.one(
            f"select {column} from registry.credentials where data_source_id = %s", source_id
        )
        assert stored == left
        assert needs_rewrapping(newest, stored)


def use_keys(monkeypatch: pytest.MonkeyPatch, *keys: bytes) -> None:
    monkeypatch.delenv("ENCRYPTION_KEY", raising=False)
    monkeypatch.setenv("ENCRYPTION_KEYS", ",".join(key.hex() for key in keys))
    settings.cache_clear()
