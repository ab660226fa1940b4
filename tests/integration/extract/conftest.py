"""An emulated pair of venues, registered data sources, and runs of the real assets over HTTP."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from types import MappingProxyType
from typing import Any
from uuid import UUID

import dagster as dg
import httpx
import psycopg
import pytest

from coinfrs_pipelines.connectors.http import Exchange
from coinfrs_pipelines.connectors.walks import Page, Record
from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core.data_sources import Credential, DataSource
from coinfrs_pipelines.core.database import connect
from coinfrs_pipelines.core.encryption import Keyring
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.emulator.world import World
from coinfrs_pipelines.extract import binance, fireblocks
from coinfrs_pipelines.resources import INSTALLATION
from coinfrs_pipelines.runs import days
from tests.venues import serving

FIRST_DAY = date(2026, 1, 5)
VENUE_TIME = datetime(2026, 1, 6, 0, 5, tzinfo=UTC)
LIMITS_FACTOR = 1000
Rows = list[tuple[Any, ...]]


class Tables:
    """The database as its owner sees it."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def rows(self, query: str, *parameters: Any) -> Rows:
        return self.connection.execute(query.encode(), parameters or None).fetchall()

    def one(self, query: str, *parameters: Any) -> Any:
        [(value,)] = self.rows(query, *parameters)
        return value

    def raw_tables(self) -> list[str]:
        """Return every raw table and quarantine, by qualified name."""
        return [
            row[0]
            for row in self.rows(
                "select table_schema || '.' || table_name from information_schema.tables"
                " where table_schema like 'staging%' and table_type = 'BASE TABLE' order by 1"
            )
        ]

    def raw_counts(self) -> dict[str, int]:
        return {table: self.one(f"select count(*) from {table}") for table in self.raw_tables()}

    def contents(self) -> dict[str, set[tuple[Any, ...]]]:
        """Return what is stored, without what tells when and under which number it was."""
        key = "data_source_id, account_ref, source_raw_id, encode(payload_sha256, 'hex')"
        reading = ", wallet, taken_at, reading_ended_at, closes_day, is_whole"
        found: dict[str, set[tuple[Any, ...]]] = {}
        for table in self.raw_tables():
            more = reading if table.endswith(("captures", "snapshots")) else ""
            rows = self.rows(f"select {key}{more} from {table}")
            found[table] = set(rows)
            assert len(found[table]) == len(rows), table
        return found

    def forget_all_runs(self) -> None:
        """Return to the registered database, with no run ever made."""
        written = ("requests", "responses", "intervals", "outcomes", "budgets", "streams")
        tables = ", ".join([*self.raw_tables(), *(f"coverage.{name}" for name in written)])
        self.connection.execute(f"truncate {tables} restart identity cascade".encode())


@pytest.fixture
def tables(database: Mapping[str, str]) -> Iterator[Tables]:  # noqa: ARG001 -- it reads that one.
    with connect("LOGIN", autocommit=True) as opened:
        yield Tables(opened)


@pytest.fixture(scope="module")
def module_tables(module_database: Mapping[str, str]) -> Iterator[Tables]:  # noqa: ARG001 -- as above.
    with connect("LOGIN", autocommit=True) as opened:
        yield Tables(opened)


@pytest.fixture
def extract(database: Mapping[str, str]) -> Iterator[psycopg.Connection]:  # noqa: ARG001 -- as above.
    """Return a connection as the stage has it."""
    with connect("coinfrs_extract", autocommit=True) as opened:
        yield opened


Register = Callable[..., DataSource]


@pytest.fixture
def register(database: Mapping[str, str]) -> Register:  # noqa: ARG001 -- as above.
    """Return a function that registers a data source without asking any venue."""
    return registering()


def registering() -> Register:
    """Return a function that registers a data source, with what is not given made up."""
    numbers = count(1)

    def add(**changed: Any) -> DataSource:
        number = next(numbers)
        given: dict[str, Any] = {
            "venue": "binance",
            "environment": "emulator",
            "name": f"source {number}",
            "credential": Credential("k" * 64, "s" * 64),
            "account_ref": str(1000 + number),
            "account_kind": "master",
            "evidence": {},
        }
        with connect("coinfrs_registry", autocommit=True) as connection:
            owner: UUID = data_sources.operator_id(connection)
            keyring = Keyring.from_settings()
            return data_sources.register(
                connection, keyring, **{"owner_id": owner, **given, **changed}
            )

    return add


def exchange(body: str = "[]", **changed: Any) -> Exchange:
    """Return an answered request."""
    given: dict[str, Any] = {
        "method": "GET",
        "path": "/sapi/v1/capital/deposit/hisrec",
        "query": "limit=1000",
        "status": 200,
        "body": body.encode(),
        "weight": 1,
        "venue_time": VENUE_TIME,
        "sent_at": datetime(2026, 11, 24, tzinfo=UTC),
        "duration_ms": 12,
    }
    return Exchange(**given | changed)


def page(*records: tuple[str, str], at: datetime | None = VENUE_TIME) -> Page:
    """Return a page of records, each an id and its exact text."""
    body = f"[{','.join(payload for _, payload in records)}]"
    return Page(
        exchange(body),
        tuple(
            Record(source_raw_id, at, payload, ordinal)
            for ordinal, (source_raw_id, payload) in enumerate(records)
        ),
    )


class Pipeline:
    """The emulated venues, and the extraction that runs against them."""

    def __init__(self, url: str, emulation: Emulation, register: Register) -> None:
        self.emulation = emulation
        self.http = httpx.Client(base_url=url)
        self._register = register

    @property
    def world(self) -> World:
        return next(iter(self.emulation.worlds.values()))

    def register(self, *kinds: str, **changed: Any) -> list[DataSource]:
        """Register the world's data sources of these kinds, or all of them, without a proof."""
        return [
            self._register(
                venue=given["venue"],
                name=given["name"],
                credential=Credential(
                    given["api_key"], given.get("api_secret") or given["private_key_pem"]
                ),
                account_ref=given["account_ref"],
                account_kind=given["kind"],
                **changed,
            )
            for given in self.world.credentials()
            if not kinds or given["kind"] in kinds
        ]

    def day(self, number: int) -> date:
        """Return a day of the world; the first is 0."""
        return FIRST_DAY + timedelta(days=number)

    def closing(self, number: int) -> datetime:
        """Return when a day is captured: five minutes after it has ended."""
        opens = datetime.combine(self.day(number + 1), datetime.min.time(), UTC)
        return opens + timedelta(minutes=5)

    def at_closing(self, number: int) -> None:
        """Move the venues' clock to the closing of a day."""
        self.emulation.clock.advance_to(self.closing(number))

    def close(self, number: int, **how: Any) -> dg.ExecuteInProcessResult:
        """Move the clock to the closing of a day and extract the day."""
        self.at_closing(number)
        return self.run(number, **how)

    def run(
        self,
        first: int,
        last: int | None = None,
        *,
        assets: list[dg.AssetsDefinition] | None = None,
        raise_on_error: bool = True,
        tags: Mapping[str, str] | None = None,
    ) -> dg.ExecuteInProcessResult:
        """Materialise assets (all of both venues) for a day, or for several days in one run."""
        span = days(self.day(first), self.day(last)) if last is not None else {}
        with dg.DagsterInstance.ephemeral() as instance:
            return dg.materialize(
                assets or [*binance.assets, *fireblocks.assets],
                instance=instance,
                resources=INSTALLATION,
                raise_on_error=raise_on_error,
                partition_key=self.day(first).isoformat() if last is None else None,
                tags={**span, **(tags or {})},
            )

    def fault(self, **fault: Any) -> None:
        """Inject a fault through the admin API."""
        answer = self.http.post(f"/emulator/worlds/{self.world.name}/faults", json=fault)
        assert answer.status_code == 201, answer.text


OpenPipeline = Callable[..., Pipeline]


@pytest.fixture
def open_pipeline(
    database: Mapping[str, str],  # noqa: ARG001 -- the pipeline lands there.
    monkeypatch: pytest.MonkeyPatch,
    register: Register,
) -> Iterator[OpenPipeline]:
    """Return a function that opens venues held at an instant (default: the first closing)."""
    with ExitStack() as opened:

        def open_at(
            *, seed: int = 7, days_count: int = 4, options: Mapping[str, Any] | None = None
        ) -> Pipeline:
            venues = emulated(monkeypatch, register, seed, days_count, options or {})
            return opened.enter_context(venues)

        yield open_at


@contextmanager
def emulated(
    patch: pytest.MonkeyPatch,
    register: Register,
    seed: int = 7,
    days_count: int = 4,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[Pipeline]:
    """Run venues with one world, held at the closing of its first day, and let them be found."""
    clock = VenueClock(VENUE_TIME, held=True)
    emulation = Emulation(clock, limits_factor=Decimal(LIMITS_FACTOR))
    start = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    emulation.add_world(seed, start, days_count, options)
    with serving(emulation) as running:
        patch.setenv("COINFRS_BINANCE_SPOT_URL", running.url)
        patch.setenv("COINFRS_FIREBLOCKS_URL", running.url)
        patch.setenv("COINFRS_LIMITS_FACTOR", str(LIMITS_FACTOR))
        settings.cache_clear()
        pipeline = Pipeline(running.url, emulation, register)
        with pipeline.http:
            yield pipeline


@pytest.fixture
def pipeline(open_pipeline: OpenPipeline) -> Pipeline:
    """Return venues held at the closing of the world's first day."""
    return open_pipeline()


@pytest.fixture(scope="module")
def module_pipeline(module_database: Mapping[str, str]) -> Iterator[Pipeline]:  # noqa: ARG001 -- as above.
    """Return such venues for a whole module, whose tests ask about runs that are made once."""
    with pytest.MonkeyPatch.context() as patch, emulated(patch, registering()) as opened:
        yield opened


@pytest.fixture(name="page")
def make_page() -> Callable[..., Page]:
    """Return the function that makes a page of records."""
    return page


@pytest.fixture(name="exchange")
def make_exchange() -> Callable[..., Exchange]:
    """Return the function that makes an answered request."""
    return exchange
