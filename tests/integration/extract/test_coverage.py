"""What is still to read, from where, and what is on record of each attempt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from coinfrs_pipelines.connectors.binance.auth import VENUE
from coinfrs_pipelines.connectors.binance.streams import STREAMS
from coinfrs_pipelines.connectors.binance.streams.capital import DEPOSITS
from coinfrs_pipelines.connectors.positions import Reading
from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core.database import connect
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.coverage import Outcome, Span, Subject
from coinfrs_pipelines.extract.evidence import Phase, Proven, Provenance
from coinfrs_pipelines.extract.landing import ReadingOf, land_readings, land_walk

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from coinfrs_pipelines.core.data_sources import DataSource
    from tests.integration.extract.conftest import Tables

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
D = date(2026, 2, 28)


def at(days: float) -> datetime:
    return MIDNIGHT + days * DAY


class Ground:
    """One data source, and what is already known of it."""

    def __init__(
        self, connection: psycopg.Connection, source: DataSource, page: Any, exchange: Any
    ) -> None:
        self.connection, self.source = connection, source
        self._page, self._exchange = page, exchange

    def provenance(self, stream: str, scope: str = "") -> Provenance:
        return Provenance(
            run_id="run",
            phase=Phase.AFTER_CAPTURES,
            data_source_id=self.source.id,
            account_ref=self.source.account_ref,
            resolution=timedelta(milliseconds=1),
            stream=stream,
            scope=scope,
        )

    def prove(self, start: float | None, end: float, scope: str = "") -> None:
        page = self._page()
        proven = Proven(None if start is None else at(start), at(end))
        provenance = self.provenance("deposits", scope)
        land_walk(self.connection, provenance, DEPOSITS, [page.exchange], [page], proven)

    def capture(
        self,
        wallet: str,
        taken: float,
        *,
        is_whole: bool = True,
        account_ref: str | None = None,
        stream: str = "live_captures",
    ) -> None:
        answer = self._exchange()
        taken_at = at(taken)
        reading = Reading("T", wallet, taken_at, taken_at, is_whole, "{}", [answer])
        of = ReadingOf(
            reading,
            account_ref or self.source.account_ref,
            taken_at.date() - DAY,
            f"{wallet} {taken} {is_whole}",
        )
        venue = self.source.venue
        land_readings(self.connection, self.provenance(stream), venue, [answer], [of])

    def to_read(
        self, again: float, now: float, scope: str = "", back: float | None = None
    ) -> list[tuple[float, float]]:
        """Return the spans still to read, in days."""
        spans = coverage.to_read(
            self.connection,
            self.source,
            "deposits",
            scope,
            again_from=at(again),
            reach_back_to=None if back is None else at(back),
            now=at(now),
        )
        return [((s.start - MIDNIGHT) / DAY, (s.end - MIDNIGHT) / DAY) for s in spans]

    def opening(self, first_day: date = D, *, of_family: bool = False) -> datetime | None:
        return coverage.opening(self.connection, self.source, first_day, of_family=of_family)


@pytest.fixture
def make_ground(
    extract: psycopg.Connection, register: Any, page: Any, exchange: Any
) -> Callable[..., Ground]:
    return lambda **given: Ground(extract, register(**given), page, exchange)


@pytest.fixture
def ground(make_ground: Callable[..., Ground]) -> Ground:
    return make_ground()


def test_a_stream_never_read_is_read_over_its_trailing_window(ground: Ground) -> None:
    assert ground.to_read(-3, 0.5) == [(-3, 0.5)]


def test_the_owners_history_only_reaches_further_back(ground: Ground) -> None:
    assert ground.to_read(-3, 0.5, back=-30) == [(-30, 0.5)]
    assert ground.to_read(-3, 0.5, back=-1) == [(-3, 0.5)]


def test_what_is_proven_is_not_read_again_but_for_the_trailing_window(ground: Ground) -> None:
    ground.prove(-30, 0)
    assert ground.to_read(-3, 0.5, back=-30) == [(-3, 0.5)]
    assert ground.to_read(-3, 0.5, back=-40) == [(-40, -30), (-3, 0.5)]


def test_holes_are_read_whatever_the_trailing_window(ground: Ground) -> None:
    """A run that failed, weeks ago, is made up for."""
    ground.prove(-30, -20)
    ground.prove(-15, -10)
    assert ground.to_read(-3, 0.5) == [(-20, -15), (-10, 0.5)]


def test_a_new_scope_is_read_from_where_the_stream_begins(ground: Ground) -> None:
    """A sub-account that appears later may have had transfers since the master's first day."""
    ground.prove(-30, 0, scope="old@example.com")
    assert ground.to_read(-3, 0.5, scope="new@example.com") == [(-30, 0.5)]


def test_another_accounts_coverage_proves_nothing(make_ground: Callable[..., Ground]) -> None:
    make_ground().prove(-30, 0)
    assert make_ground().to_read(-3, 0.5) == [(-3, 0.5)]


def test_proven_from_the_beginning_leaves_no_hole(ground: Ground) -> None:
    ground.prove(None, 0)
    assert ground.to_read(-3, 0.5, back=-4000) == [(-3, 0.5)]


def test_the_end_of_the_newest_interval_is_known(ground: Ground) -> None:
    assert coverage.proven_to(ground.connection, ground.source, "deposits") is None
    ground.prove(-30, 0)
    ground.prove(-3, -1)
    assert coverage.proven_to(ground.connection, ground.source, "deposits") == MIDNIGHT


def test_reading_again_begins_at_the_midnight_before_the_opening() -> None:
    """The venue's own snapshot opens its chain there, some minutes before our capture."""
    three = timedelta(days=3)
    assert coverage.read_again_from(at(-1.9), at(0.1), three) == at(-5)
    assert coverage.read_again_from(None, at(0.1), three) == at(-3)
    assert coverage.read_again_from(at(2), at(0.1), three) == at(-3)


def test_before_any_capture_there_is_no_opening(ground: Ground) -> None:
    assert ground.opening() is None


def test_the_opening_is_the_earliest_of_the_wallets_last_whole_captures(ground: Ground) -> None:
    for wallet, taken in (("spot", -5), ("spot", -1), ("funding", -2)):
        ground.capture(wallet, taken)
    ground.capture("funding", -1, is_whole=False)
    ground.capture("spot", 0.2)  # Of the first day of the run itself, or later.
    assert ground.opening(at(-1).date()) == at(-2)


def test_a_venue_snapshot_that_is_missing_lets_the_opening_reach_back(ground: Ground) -> None:
    ground.capture("spot", -0.9)
    ground.capture("spot", -4, stream="account_snapshots")
    assert ground.opening() == at(-4)


def test_a_sub_accounts_missing_snapshot_lets_what_its_master_reads_reach_back(
    make_ground: Callable[..., Ground],
) -> None:
    master = make_ground(account_ref="77")
    master.capture("spot", -0.9)
    sub = make_ground(account_ref="78", account_kind="sub_account")
    sub.capture("spot", -0.9)
    sub.capture("spot", -4, stream="account_snapshots")
    assert master.opening() == at(-0.9)
    assert master.opening(of_family=True) == at(-4)


def test_a_pair_that_is_gone_holds_nobody_back(ground: Ground) -> None:
    """Its kind was read without it."""
    ground.capture("isolated_margin:AUSDT", -9)
    for wallet in ("isolated_margin:BUSDT", "spot"):
        ground.capture(wallet, -1)
    assert ground.opening() == at(-1)
    ground.capture("isolated_margin:AUSDT", 0.1)
    assert ground.opening() == at(-9)


def test_a_wallet_whose_kind_was_not_read_keeps_its_older_opening(ground: Ground) -> None:
    """Nothing tells whether it is gone: it may be captured by this run or by the next."""
    for wallet in ("isolated_margin:AUSDT", "funding"):
        ground.capture(wallet, -3)
        ground.capture("spot", -1)
        assert ground.opening() == at(-3)


def test_a_product_that_was_given_up_holds_nobody_back_for_ever(ground: Ground) -> None:
    ground.capture("cross_margin", -40)
    ground.capture("cross_margin", -40, stream="account_snapshots")
    ground.capture("spot", -1)
    assert ground.opening() == at(-1)
    ground.capture("cross_margin", 0.1)
    assert ground.opening() == at(-40)


def test_a_sub_account_that_was_not_read_and_is_back_lets_what_its_master_reads_reach_back(
    make_ground: Callable[..., Ground],
) -> None:
    master = make_ground(account_ref="77")
    sub = make_ground(account_ref="78", account_kind="sub_account")
    for taken in (-3, -1):
        master.capture("spot", taken)
    sub.capture("spot", -3)
    assert master.opening(of_family=True) == at(-1)
    sub.capture("spot", 0.1)  # By the run itself, whose captures precede its streams.
    assert master.opening(of_family=True) == at(-3)


def test_a_data_source_that_was_replaced_left_an_opening(
    make_ground: Callable[..., Ground],
) -> None:
    """Its successor sees the same account, whose chain goes on."""
    old = make_ground(account_ref="77")
    old.capture("spot", -9)
    with connect("coinfrs_registry", autocommit=True) as registry:
        data_sources.disable(registry, old.source.id, "lost")
    assert make_ground(account_ref="77").opening() == at(-9)
    assert make_ground(account_ref="78").opening() is None


def test_a_vault_account_that_is_gone_holds_nobody_back(
    make_ground: Callable[..., Ground],
) -> None:
    ground = make_ground(venue="fireblocks", account_ref="w", account_kind="workspace")
    ground.capture("vault", -90, account_ref="w/0")
    ground.capture("vault", -2, account_ref="w/1")
    assert ground.opening() == at(-2)


def test_a_vault_account_that_moved_during_its_reading_keeps_its_older_opening(
    make_ground: Callable[..., Ground],
) -> None:
    ground = make_ground(venue="fireblocks", account_ref="w", account_kind="workspace")
    for account, taken, is_whole in (("w/0", -3, True), ("w/0", -2, False), ("w/1", -2, True)):
        ground.capture("vault", taken, account_ref=account, is_whole=is_whole)
    assert ground.opening() == at(-3)


def test_a_workspace_is_captured_when_every_account_has_a_whole_reading(
    make_ground: Callable[..., Ground],
) -> None:
    ground = make_ground(venue="fireblocks", account_ref="w", account_kind="workspace")

    def is_captured() -> bool:
        return coverage.is_captured(ground.connection, ground.source, "vault", D)

    assert not is_captured()
    ground.capture("vault", 0.1, account_ref="w/0")
    ground.capture("vault", 0.1, account_ref="w/1", is_whole=False)
    assert not is_captured()
    ground.capture("vault", 0.2, account_ref="w/1")
    assert is_captured()


def test_the_first_capture_is_the_first_whole_one_of_the_wallet(ground: Ground) -> None:
    ground.capture("spot", -9, is_whole=False)
    ground.capture("funding", -8)
    ground.capture("spot", -7)
    assert coverage.first_capture(ground.connection, ground.source, "spot") == at(-7)


def test_an_attempt_has_one_outcome_in_a_run(ground: Ground, tables: Tables) -> None:
    failed, read = Outcome("failed", "transient", "503"), Outcome("read")
    deposits = Subject("deposits")
    for run, outcome in (("one", failed), ("one", read), ("two", read)):
        coverage.record_outcome(ground.connection, run, ground.source, deposits, D, outcome)
    assert tables.rows("select run_id, result, reason from coverage.outcomes order by id") == [
        ("one", "failed", "transient"),
        ("two", "read", None),
    ]


def test_days_without_an_outcome_are_told(ground: Ground) -> None:
    spot = Subject("spot", "capture")
    coverage.record_outcome(ground.connection, "one", ground.source, spot, D, Outcome("read"))
    days = [D - DAY, D, D + DAY]
    assert coverage.never_attempted(ground.connection, ground.source, spot, days) == [
        D - DAY,
        D + DAY,
    ]


def test_every_declared_stream_is_registered_and_again_as_it_is_declared_now(
    extract: psycopg.Connection, tables: Tables
) -> None:
    coverage.register_streams(extract, STREAMS)
    coverage.register_streams(extract, [replace(DEPOSITS, trailing=timedelta(days=120))])
    assert tables.one("select count(*) from coverage.streams where venue = %s", VENUE) == len(
        STREAMS
    )
    assert tables.rows(
        "select wallets, scope_rule, trailing_days, is_read from coverage.streams"
        " where stream in ('deposits', 'prevented_matches') order by stream"
    ) == [(["spot", "funding"], "none", 120, True), (["spot"], "orders", 0, True)]


def test_spans_are_spans_of_venue_time(ground: Ground) -> None:
    spans = coverage.to_read(
        ground.connection,
        ground.source,
        "deposits",
        "",
        again_from=at(-1),
        reach_back_to=None,
        now=at(0),
    )
    assert spans == [Span(at(-1), at(0))]
    assert spans[0].start.tzinfo is not None
