"""A file lands like an answer, and only if it agrees with what the endpoint has told."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from coinfrs_pipelines.connectors.binance.files import (
    TRANSACTION_HISTORY_FILES,
    UM_INCOME_FILES,
    FileRefusedError,
)
from coinfrs_pipelines.connectors.binance.streams.futures import UM_INCOME
from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core.database import connect
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.evidence import Phase, Proven, Provenance
from coinfrs_pipelines.extract.files import Imported, Statement, import_file
from coinfrs_pipelines.extract.landing import land_walk

if TYPE_CHECKING:
    import psycopg

    from coinfrs_pipelines.core.data_sources import DataSource
    from tests.integration.extract.conftest import Tables

HEADER = "Date(UTC),type,Amount,Asset,Symbol,Transaction ID"
JANUARY = Statement(date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 10))
RAW = "select source_raw_id from staging_binance.raw_um_income_files order by id"
INTERVALS = (
    "select stream, scope, lower(proven), upper(proven), as_of, method from coverage.intervals"
)


def at(day: int) -> datetime:
    return datetime(2026, 1, day, 12, tzinfo=UTC)


def line(number: int, day: int, amount: str = "-0.5") -> str:
    return f"{at(day):%Y-%m-%d %H:%M:%S},FUNDING_FEE,{amount},USDT,BTCUSDT,{number}"


class Importer:
    """Imports files for one data source, and lets the endpoint tell of the same time."""

    def __init__(self, connection: psycopg.Connection, source: DataSource) -> None:
        self.connection = connection
        self.source = source

    def file(self, *lines: str, statement: Statement = JANUARY, **how: Any) -> Imported:
        kind = how.get("kind", UM_INCOME_FILES)
        body = "\n".join((how.get("header", HEADER), *lines)).encode()
        return import_file(self.connection, self.source, kind, "income.csv", body, statement)

    def told(
        self, page: Any, records: dict[int, int], *, since: int, until: int, as_of: datetime
    ) -> None:
        """Land what the endpoint told of some days: ids and their days."""
        given = {"incomeType": "FUNDING_FEE", "asset": "USDT", "symbol": "BTCUSDT"}
        provenance = Provenance(
            run_id="run",
            phase=Phase.CAPTURES,
            data_source_id=self.source.id,
            account_ref=self.source.account_ref,
            resolution=timedelta(milliseconds=1),
            stream="um_income",
        )
        pages = [
            page(
                (f"FUNDING_FEE:{number}:USDT:BTCUSDT:", json.dumps(given | {"tranId": number})),
                at=at(day),
            )
            for number, day in records.items()
        ] or [page()]
        exchanges = [one.exchange for one in pages]
        land_walk(
            self.connection,
            provenance,
            UM_INCOME,
            exchanges,
            pages,
            Proven(at(since), at(until)),
        )
        with connect("LOGIN", autocommit=True) as owner:
            owner.execute("update coverage.intervals set as_of = %s", [as_of])


@pytest.fixture
def importer(extract: psycopg.Connection, register: Any) -> Importer:
    return Importer(extract, register())


def test_a_file_is_evidence_rows_and_an_interval_by_its_own_method(
    importer: Importer, tables: Tables
) -> None:
    done = importer.file(line(1, 5), line(2, 6))
    assert (done.rows, done.landed.new_rows, done.compared) == (2, 2, 0)
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    made = datetime(2026, 2, 10, tzinfo=UTC)
    assert tables.rows(INTERVALS) == [("um_income", "", start, end, made, "file")]
    [(stream, phase, method, path, query, body)] = tables.rows(
        "select stream, phase, method, path, query, body_gzip from coverage.requests"
        " join coverage.responses on request_id = requests.id"
    )
    assert (stream, phase, method, path) == ("um_income_files", "import", "FILE", "income.csv")
    assert query == "from=2026-01-01&to=2026-01-31&made=2026-02-10"
    assert gzip.decompress(body).decode() == "\n".join((HEADER, line(1, 5), line(2, 6)))
    assert tables.rows(RAW) == [
        ("FUNDING_FEE:1:USDT:BTCUSDT",),
        ("FUNDING_FEE:2:USDT:BTCUSDT",),
    ]


def test_the_same_file_again_changes_nothing_and_one_that_overlaps_adds_what_is_new(
    importer: Importer, tables: Tables
) -> None:
    importer.file(line(1, 5), line(2, 6))
    stored = tables.raw_counts(), tables.rows(INTERVALS)
    again = importer.file(line(1, 5), line(2, 6))
    assert (again.is_known, again.landed.new_rows) == (True, 0)
    assert (tables.raw_counts(), tables.rows(INTERVALS)) == stored
    more = importer.file(line(2, 6), line(3, 7))
    assert (more.is_known, more.landed.new_rows) == (False, 1)


def test_what_the_endpoint_has_told_must_be_in_the_file(
    importer: Importer, tables: Tables, page: Any
) -> None:
    """Also what it told of a time that is not settled yet."""
    importer.told(page, {1: 5, 2: 6}, since=4, until=7, as_of=at(7))
    before = tables.raw_counts()
    with pytest.raises(FileRefusedError, match=r"1 records .* FUNDING_FEE 2 USDT BTCUSDT"):
        importer.file(line(1, 5))
    assert tables.raw_counts() == before
    assert importer.file(line(1, 5), line(2, 6)).compared == 2


def test_what_the_file_adds_to_a_time_that_the_endpoint_has_told_whole_is_refused(
    importer: Importer, page: Any
) -> None:
    importer.told(page, {1: 5}, since=4, until=10, as_of=at(10))
    with pytest.raises(FileRefusedError, match=r"line 3, FUNDING_FEE 9 .* another account"):
        importer.file(line(1, 5), line(9, 6))
    # Records of the last three days may have come late, and others are before the walk.
    assert importer.file(line(1, 5), line(9, 8), line(8, 3)).landed.new_rows == 3


def test_a_file_cannot_prove_what_was_still_to_come_when_it_was_made(importer: Importer) -> None:
    early = Statement(date(2026, 1, 1), date(2026, 1, 31), date(2026, 1, 31))
    with pytest.raises(FileRefusedError, match="made on 2026-01-31"):
        importer.file(line(1, 5), statement=early)
    with pytest.raises(FileRefusedError, match="after its end"):
        importer.file(statement=Statement(date(2026, 2, 1), date(2026, 1, 1), date(2026, 2, 9)))


def test_the_days_of_a_period_are_those_of_the_clock_of_the_file(
    importer: Importer, tables: Tables
) -> None:
    ahead = Statement(JANUARY.first, JANUARY.last, JANUARY.made_on, utc_offset=timedelta(hours=3))
    header = HEADER.replace("Date(UTC),type", "Time,Type")
    importer.file(line(1, 5), statement=ahead, header=header)
    [(_, _, start, end, _, _)] = tables.rows(INTERVALS)
    assert start == datetime(2025, 12, 31, 21, tzinfo=UTC)
    assert end == datetime(2026, 1, 31, 21, tzinfo=UTC)
    assert tables.one("select occurred_at from staging_binance.raw_um_income_files") == at(
        5
    ) - timedelta(hours=3)


def test_a_file_without_ids_proves_nothing(importer: Importer, tables: Tables) -> None:
    header = "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark"
    row = f"{importer.source.account_ref},2026-01-05 08:00:00,Spot,Deposit,BTC,0.1,"
    done = importer.file(row, row, kind=TRANSACTION_HISTORY_FILES, header=header)
    assert (done.landed.new_rows, done.proven) == (2, None)
    assert tables.rows(INTERVALS) == []


def test_a_file_of_a_key_that_is_gone_can_be_imported(importer: Importer, tables: Tables) -> None:
    with connect("coinfrs_registry", autocommit=True) as registry:
        data_sources.disable(registry, importer.source.id, "revoked")
    assert importer.file(line(1, 5)).landed.new_rows == 1
    assert len(tables.rows(INTERVALS)) == 1


def test_what_a_file_proves_is_asked_of_the_endpoint_all_the_same(
    importer: Importer, extract: psycopg.Connection
) -> None:
    importer.file(line(1, 5))
    now = datetime(2026, 2, 12, tzinfo=UTC)
    [span] = coverage.to_read(
        extract, importer.source, "um_income", "", again_from=at(20), reach_back_to=None, now=now
    )
    assert (span.start, span.end) == (at(20), now)


def test_another_venue_has_no_such_files(extract: psycopg.Connection, register: Any) -> None:
    workspace = register(venue="fireblocks", account_ref="w", account_kind="workspace")
    with pytest.raises(FileRefusedError, match="of fireblocks"):
        Importer(extract, workspace).file(line(1, 5))
