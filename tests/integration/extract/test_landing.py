"""What lands in the raw tables, what does not, and that it is one transaction."""

from __future__ import annotations

import gzip
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from coinfrs_pipelines.connectors.binance.streams.capital import DEPOSITS
from coinfrs_pipelines.connectors.positions import Reading
from coinfrs_pipelines.core.database import connect
from coinfrs_pipelines.extract.evidence import Phase, Proven, Provenance
from coinfrs_pipelines.extract.landing import (
    Landed,
    LandingError,
    ReadingOf,
    land_readings,
    land_requests,
    land_walk,
)

if TYPE_CHECKING:
    import psycopg

    from coinfrs_pipelines.connectors.walks import Page
    from coinfrs_pipelines.core.data_sources import DataSource
    from tests.integration.extract.conftest import Tables

NOW = datetime(2026, 1, 6, 0, 5, tzinfo=UTC)
A, B = '{"id":"7","amount":"1.10"}', '{"id":"7","amount":"1.1"}'
NUL = '{"id":"8","note":"a\\u0000b"}'
WEEK = Proven(NOW - timedelta(days=7), NOW)
VERSIONS = "select raw_payload ->> 'amount' from staging_binance.raw_deposits order by id"


class Lander:
    """Lands walks of deposits for one data source."""

    def __init__(self, connection: psycopg.Connection, source: DataSource) -> None:
        self.connection = connection
        self.provenance = Provenance(
            run_id="run 1",
            phase=Phase.AFTER_CAPTURES,
            data_source_id=source.id,
            account_ref=source.account_ref,
            resolution=timedelta(milliseconds=1),
            stream="deposits",
        )

    def land(self, *pages: Page, proven: Proven = WEEK) -> Landed:
        exchanges = [page.exchange for page in pages]
        return land_walk(self.connection, self.provenance, DEPOSITS, exchanges, list(pages), proven)


@pytest.fixture
def lander(extract: psycopg.Connection, register: Any) -> Lander:
    return Lander(extract, register())


def test_a_record_that_comes_back_to_what_it_was_is_three_rows(
    lander: Lander, tables: Tables, page: Any
) -> None:
    """A→B→A: newest is what counts, not whether the content was ever seen. Spelling is content."""
    for version in (A, A, B, B, A):
        lander.land(page(("7", version)))
    assert tables.rows(VERSIONS) == [("1.10",), ("1.1",), ("1.10",)]


def test_two_versions_in_one_walk_are_two_rows_in_order(
    lander: Lander, tables: Tables, page: Any
) -> None:
    assert lander.land(page(("7", A)), page(("7", B))).new_rows == 2
    assert tables.rows(VERSIONS) == [("1.10",), ("1.1",)]
    assert lander.land(page(("7", B))).new_rows == 0


def test_a_row_says_in_which_answer_it_came_and_where_there(
    lander: Lander, tables: Tables, page: Any
) -> None:
    lander.land(page(("1", '{"id":"1"}')), page(("2", '{"id":"2"}'), ("3", '{"id":"3"}')))
    body = tables.one(
        "select body_gzip from coverage.responses"
        " where request_id = (select request_id from staging_binance.raw_deposits"
        "  where source_raw_id = '3' and ordinal = 1)"
    )
    assert gzip.decompress(body) == b'[{"id":"2"},{"id":"3"}]'


def test_answers_are_kept_byte_for_byte_with_their_hash(
    lander: Lander, tables: Tables, exchange: Any
) -> None:
    body = '[ {"a" : 1.50, "é":"\\u00e9"} ]\n'
    land_requests(lander.connection, lander.provenance, [exchange(body), exchange("", status=503)])
    stored = tables.rows(
        "select body_gzip, body_sha256, body_bytes, status from coverage.responses"
        " join coverage.requests on requests.id = request_id order by request_id"
    )
    assert gzip.decompress(stored[0][0]) == body.encode()
    assert stored[0][1] == hashlib.sha256(body.encode()).digest()
    assert [row[2:] for row in stored] == [(len(body.encode()), 200), (0, 503)]


def test_one_record_that_jsonb_refuses_loses_no_other(
    lander: Lander, tables: Tables, page: Any
) -> None:
    landed = lander.land(page(("7", A), ("8", NUL), ("9", '{"id":"9","n":1e200000}')))
    assert (landed.new_rows, landed.quarantined) == (1, 2)
    refused = tables.rows(
        "select source_raw_id, stream, raw_text, error from staging_binance.quarantine order by id"
    )
    assert [row[:3] for row in refused] == [
        ("8", "deposits", NUL),
        ("9", "deposits", '{"id":"9","n":1e200000}'),
    ]
    assert all(row[3] for row in refused)
    assert tables.one("select count(*) from coverage.intervals") == 1


def test_a_refused_record_seen_again_is_nothing_new(
    lander: Lander, tables: Tables, page: Any
) -> None:
    """The newest version may lie in the quarantine, and one may come back out of it."""
    good = '{"id":"8","note":"ab"}'
    for version in (good, good, NUL, NUL, good):
        lander.land(page(("8", version)))
    counts = tables.raw_counts()
    assert counts["staging_binance.raw_deposits"] == 2
    assert counts["staging_binance.quarantine"] == 1


def test_an_id_that_postgres_cannot_store_lands_in_quarantine(
    lander: Lander, tables: Tables, page: Any
) -> None:
    bad = '{"id":"a\\u0000\\ud800"}'
    landed = lander.land(page(("a\x00\ud800", bad), ("7", A)))
    assert (landed.new_rows, landed.quarantined) == (1, 1)
    assert tables.one("select source_raw_id from staging_binance.quarantine") == "a\\u0000\\ud800"


def test_a_failed_walk_leaves_its_requests_and_no_interval(
    lander: Lander, tables: Tables, exchange: Any
) -> None:
    land_requests(lander.connection, lander.provenance, [exchange(), exchange("{}", status=418)])
    assert tables.rows("select status from coverage.requests order by id") == [(200,), (418,)]
    assert tables.one("select count(*) from coverage.responses") == 2
    assert tables.one("select count(*) from coverage.intervals") == 0


def test_a_walk_that_the_database_refuses_leaves_nothing_and_quotes_no_record(
    lander: Lander, tables: Tables, page: Any
) -> None:
    """The data source does not exist, so the last statements fail after the first were sent."""
    lander.provenance = replace(lander.provenance, data_source_id=uuid4())
    with pytest.raises(LandingError) as refusal:
        lander.land(page(("7", '{"id":"7","amount":"314159"}')))
    assert "314159" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__
    assert set(tables.raw_counts().values()) == {0}
    assert tables.one("select count(*) from coverage.requests") == 0


def test_of_two_runs_that_read_the_same_at_once_one_stores_it(
    lander: Lander, tables: Tables, page: Any
) -> None:
    rows = [(str(n), f'{{"id":"{n}","amount":"{n}"}}') for n in range(300)]

    def land(run: int) -> int:
        with connect("coinfrs_extract", autocommit=True) as connection:
            other = Lander.__new__(Lander)
            other.connection = connection
            other.provenance = replace(lander.provenance, run_id=f"run {run}")
            return other.land(page(*rows)).new_rows

    with ThreadPoolExecutor(4) as threads:
        landed = list(threads.map(land, range(4)))
    assert sorted(landed) == [0, 0, 0, 300]
    assert tables.one("select count(*) from staging_binance.raw_deposits") == 300


def test_the_interval_is_as_of_the_walks_first_page(
    lander: Lander, tables: Tables, page: Any, exchange: Any
) -> None:
    """Not of the clock that was read before it, nor of its last page."""
    early = exchange("{}", venue_time=NOW - timedelta(seconds=9))
    first, last = page(("1", '{"id":"1"}')), page(("2", '{"id":"2"}'))
    last = replace(last, exchange=replace(last.exchange, venue_time=NOW + timedelta(seconds=9)))
    exchanges = [early, first.exchange, last.exchange]
    land_walk(lander.connection, lander.provenance, DEPOSITS, exchanges, [first, last], WEEK)
    [(proven, as_of)] = tables.rows("select proven, as_of from coverage.intervals")
    assert (proven.lower, proven.upper, proven.bounds) == (WEEK.start, NOW, "[)")
    assert as_of == NOW + timedelta(milliseconds=1)


def test_an_interval_from_the_beginning_has_no_lower_bound_and_an_empty_one_is_none(
    lander: Lander, tables: Tables, page: Any
) -> None:
    lander.land(page(), proven=Proven(None, NOW))
    lander.land(page(), proven=Proven(NOW, NOW))
    assert tables.rows("select lower_inf(proven), upper(proven) from coverage.intervals") == [
        (True, NOW)
    ]


def test_the_phases_sort_around_the_captures_at_one_venue_time(
    lander: Lander, tables: Tables, exchange: Any
) -> None:
    for phase in (Phase.AFTER_CAPTURES, Phase.CAPTURES, Phase.BEFORE_CAPTURES):
        land_requests(lander.connection, replace(lander.provenance, phase=phase), [exchange()])
    assert tables.rows("select phase, observed_at from coverage.requests order by 2") == [
        ("before_captures", NOW - timedelta(microseconds=1)),
        ("captures", NOW),
        ("after_captures", NOW + timedelta(milliseconds=1)),
    ]


class TestReadings:
    """Positions land with a header each, whatever is in them."""

    @staticmethod
    def land(lander: Lander, exchange: Any, *readings: tuple[str, str, bool]) -> Landed:
        answer = exchange()
        provenance = replace(lander.provenance, stream="live_captures", phase=Phase.CAPTURES)
        return land_readings(
            lander.connection,
            provenance,
            "binance",
            [answer],
            [
                ReadingOf(
                    Reading("SPOT", "spot", NOW, NOW, is_whole, balances, [answer]),
                    provenance.account_ref,
                    date(2026, 1, 5),
                    name,
                )
                for name, balances, is_whole in readings
            ],
        )

    def test_a_reading_of_nothing_is_a_row(
        self, lander: Lander, tables: Tables, exchange: Any
    ) -> None:
        assert self.land(lander, exchange, ("spot:1", '{"account":{}}', True)).new_rows == 1
        [row] = tables.rows(
            "select wallet, taken_at, closes_day, is_whole, balances::text"
            " from staging_binance.raw_live_captures"
        )
        assert row == ("spot", NOW, date(2026, 1, 5), True, '{"account": {}}')

    def test_a_reading_seen_again_is_nothing_new_and_a_corrected_one_is(
        self, lander: Lander, tables: Tables, exchange: Any
    ) -> None:
        for balances in ("{}", "{}", '{"a":1}'):
            self.land(lander, exchange, ("SPOT:2026-01-06", balances, True))
        assert tables.one("select count(*) from staging_binance.raw_live_captures") == 2

    def test_no_readings_leave_their_requests(
        self, lander: Lander, tables: Tables, exchange: Any
    ) -> None:
        assert self.land(lander, exchange) == Landed(requests=1)
        assert tables.one("select count(*) from coverage.requests") == 1

    def test_a_reading_that_jsonb_refuses_is_kept_as_text(
        self, lander: Lander, tables: Tables, exchange: Any
    ) -> None:
        landed = self.land(lander, exchange, ("a", '{"x":"\\u0000"}', True), ("b", "{}", True))
        assert (landed.new_rows, landed.quarantined) == (1, 1)
        assert tables.one("select stream from staging_binance.quarantine") == "live_captures"
