"""Income that the live endpoint has forgotten is asked for as a file: once, and where wanted."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from coinfrs_pipelines.connectors.binance.downloads import LINK_LASTS
from coinfrs_pipelines.emulator.binance.downloads import income_file
from coinfrs_pipelines.emulator.binance.faces import downloads as faces
from coinfrs_pipelines.extract import binance
from coinfrs_pipelines.extract.evidence import packed

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.downloads import Downloads
    from tests.integration.extract.conftest import OpenPipeline, Pipeline, Tables

pytestmark = pytest.mark.long

# The last day of the world is the first that the live endpoint still tells.
LATER = 91
HISTORY_START = date(2026, 1, 4)
FUTURES = next(asset for asset in binance.raw_streams if "binance_futures" in asset.node_def.name)
PORTFOLIO = next(a for a in binance.raw_streams if "binance_portfolio" in a.node_def.name)
ASSETS = [FUTURES, binance.raw_income_files]
OUTCOMES = (
    "select subject, result, reason from coverage.outcomes"
    " where subject in ('um_income_files', 'cm_income_files') order by id"
)
# Of futures; what is asked of portfolio margin beside them, one test is about.
PROVEN = (
    "select stream, lower(proven), upper(proven) from coverage.intervals"
    " where method = 'file' and stream = 'um_income'"
)
ASKED = "select count(*) from coverage.requests where path = '/fapi/v1/income/asyn'"
FETCHED = ASKED.replace("/asyn", "/asyn/file")
NEVER_MADE = 99
MINUTE = timedelta(minutes=1)


@pytest.fixture
def pipeline(open_pipeline: OpenPipeline) -> Pipeline:
    """Return venues in which there is income on every day."""
    return open_pipeline(options={"binance": {"busier": 4}})


@pytest.fixture
def downloads(pipeline: Pipeline) -> Downloads:
    return pipeline.world.binance.downloads


def test_history_before_the_retention_is_fetched_once_and_proves_its_days(
    pipeline: Pipeline, tables: Tables
) -> None:
    pipeline.register("master", history_start=HISTORY_START)
    pipeline.close(LATER, assets=ASSETS)
    assert tables.rows(OUTCOMES) == [("um_income_files", "read", None)]
    # From three days before the history, for late rows, to some days after what is forgotten.
    [(stream, start, end)] = tables.rows(PROVEN)
    assert (stream, start) == ("um_income", datetime(2026, 1, 1, tzinfo=UTC))
    forgotten = pipeline.closing(LATER) - timedelta(days=89)
    assert timedelta(days=3) < end - forgotten < timedelta(days=4)
    both = "select max(occurred_at) from staging_binance.raw_um_income"
    assert forgotten < tables.one(both) == tables.one(both + "_files")
    world = pipeline.world.binance
    movements = [m for m in world.history.of_kind("um_futures_income") if m.uid == world.master.uid]
    rows = tables.one("select count(*) from staging_binance.raw_um_income_files")
    assert rows >= sum(len(movement.fields["rows"]) for movement in movements) > 0
    # The link is a key to the file: only the answer that told it may hold it.
    links = "select count(*) from coverage.requests where path || query like '%downloads/%'"
    assert tables.one(links) == 0
    assert tables.one(ASKED) == 1

    pipeline.close(LATER + 1, assets=ASSETS)
    assert tables.one(ASKED) == 1
    assert tables.rows(PROVEN) == [(stream, start, end)]


def test_portfolio_margin_has_files_of_its_own(pipeline: Pipeline, tables: Tables) -> None:
    pipeline.register("master", history_start=HISTORY_START)
    pipeline.close(LATER, assets=[PORTFOLIO, binance.raw_income_files])
    told = "select max(occurred_at), count(*) from staging_binance.raw_pm_um_income"
    [(newest, _)] = tables.rows(told)
    [(filed, count)] = tables.rows(told + "_files")
    assert newest == filed
    world = pipeline.world.binance
    movements = [m for m in world.history.of_kind("pm_um_income") if m.uid == world.master.uid]
    assert count >= sum(len(movement.fields["rows"]) for movement in movements) > 0
    outcomes = "select result from coverage.outcomes where subject = 'pm_um_income_files'"
    assert tables.one(outcomes) == "read"
    proven = (
        "select lower(proven) from coverage.intervals"
        " where method = 'file' and stream = 'pm_um_income'"
    )
    assert tables.one(proven) == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_file_whose_ids_are_not_those_of_the_endpoint_is_not_booked_beside_it(
    pipeline: Pipeline, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_other_ids(rows: list[dict[str, Any]]) -> bytes:
        return income_file([row | {"tranId": row["tranId"] + 1} for row in rows])

    monkeypatch.setattr(faces, "income_file", with_other_ids)
    pipeline.register("master", history_start=HISTORY_START)
    pipeline.close(LATER, assets=ASSETS)
    assert tables.rows(OUTCOMES) == [("um_income_files", "failed", "permanent")]
    assert "another account" in tables.one(
        "select detail from coverage.outcomes where subject = 'um_income_files'"
    )
    assert tables.one("select count(*) from staging_binance.raw_um_income_files") == 0
    assert tables.rows(PROVEN) == []


def test_without_a_wish_for_history_nothing_is_asked_for(
    pipeline: Pipeline, tables: Tables
) -> None:
    pipeline.register("master")
    pipeline.close(LATER, assets=ASSETS)
    assert tables.one(ASKED) == 0
    assert tables.rows(OUTCOMES) == []


def test_a_file_that_is_not_made_yet_is_fetched_by_the_next_run_and_not_asked_for_again(
    pipeline: Pipeline, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = "coinfrs_pipelines.emulator.binance.downloads.POLLS_BEFORE_IT_IS_MADE"
    monkeypatch.setattr("coinfrs_pipelines.extract.binance.downloads.WAITS_SECONDS", (0, 0))
    monkeypatch.setattr(made, NEVER_MADE)
    pipeline.register("master", history_start=HISTORY_START)
    pipeline.close(LATER, assets=ASSETS)
    assert tables.rows(OUTCOMES) == [("um_income_files", "failed", "file_not_made_yet")]
    assert tables.rows(PROVEN) == []
    monkeypatch.setattr(made, 1)
    pipeline.run(LATER, assets=ASSETS)
    assert tables.one(ASKED) == 1
    assert len(tables.rows(PROVEN)) == 1


def test_a_file_that_got_no_number_is_asked_for_again_when_it_would_be_gone(
    pipeline: Pipeline, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coinfrs_pipelines.extract.binance.downloads.WAITS_SECONDS", (0, 0))
    monkeypatch.setattr(
        "coinfrs_pipelines.emulator.binance.downloads.POLLS_BEFORE_IT_IS_MADE", NEVER_MADE
    )
    pipeline.register("master", history_start=HISTORY_START)
    pipeline.close(LATER, assets=ASSETS)
    tables.connection.execute(
        "update coverage.responses set body_gzip = %s where request_id in"
        " (select id from coverage.requests where path like '%%/income/asyn')",
        [packed(b"{}")],
    )
    pipeline.run(LATER, assets=ASSETS)
    assert tables.rows(OUTCOMES)[-1] == ("um_income_files", "failed", "permanent")
    assert tables.one(ASKED) == 1
    pipeline.emulation.clock.advance_to(pipeline.closing(LATER) + LINK_LASTS + MINUTE)
    pipeline.run(LATER, assets=ASSETS)
    assert tables.rows(OUTCOMES)[-1] == ("um_income_files", "failed", "file_not_made_yet")
    assert tables.one(ASKED) == 2


def test_a_file_that_cannot_be_read_is_kept_and_not_asked_for_again(
    pipeline: Pipeline, tables: Tables, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next version of the program may read what is in the evidence."""
    monkeypatch.setattr(downloads, "fetch", lambda *_: b"Something,else\r\n")
    pipeline.register("master", history_start=HISTORY_START)
    for _ in range(2):
        pipeline.close(LATER, assets=ASSETS)
    assert {row[1:] for row in tables.rows(OUTCOMES)} == {("failed", "permanent")}
    assert tables.rows(PROVEN) == []
    assert tables.one(FETCHED) == 1
    assert tables.one(ASKED) == 1


def test_a_file_that_came_damaged_is_fetched_again_and_asked_for_again_once_its_link_is_over(
    pipeline: Pipeline, tables: Tables, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = bytearray(gzip.compress(b"Date(UTC),type,Amount,Asset,Symbol,Transaction ID"))
    packed[-20] ^= 0xFF
    pipeline.register("master", history_start=HISTORY_START)
    with monkeypatch.context() as damaging:
        damaging.setattr(downloads, "fetch", lambda *_: bytes(packed))
        pipeline.close(LATER, assets=ASSETS)
        pipeline.run(LATER, assets=ASSETS)
        assert [row[1:] for row in tables.rows(OUTCOMES)] == [("failed", "permanent")] * 2
        assert tables.one(FETCHED) == 2
        assert tables.one(ASKED) == 1
    pipeline.close(LATER + 2, assets=ASSETS)
    assert tables.one(ASKED) == 2
    assert len(tables.rows(PROVEN)) == 1


@pytest.mark.parametrize(
    "link", ["https://elsewhere.invalid/file", "http://127.0.0.1:1/file", "www.binance.com"]
)
def test_a_link_to_another_host_is_not_followed(
    pipeline: Pipeline, tables: Tables, monkeypatch: pytest.MonkeyPatch, link: str
) -> None:
    def elsewhere(*_: Any) -> str:
        return link

    monkeypatch.setattr("coinfrs_pipelines.connectors.binance.downloads.poll", elsewhere)
    pipeline.register("master", history_start=HISTORY_START)
    pipeline.close(LATER, assets=ASSETS)
    [(_, result, reason)] = tables.rows(OUTCOMES)
    assert (result, reason) == ("failed", "permanent")
    assert tables.one("select detail from coverage.outcomes where subject = 'um_income_files'")
    assert tables.rows(PROVEN) == []
