"""The daily close: what the three checks find, and that every day of a run is visible."""

from datetime import date
from typing import Any

import dagster as dg
import pytest

from coinfrs_pipelines import runs
from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.verify import checks
from coinfrs_pipelines.verify.completeness import KEY, daily_close, judge

MONDAY, TUESDAY, WEDNESDAY = date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7)


def passed(days: list[date]) -> dict[tuple[str, date], bool]:
    with core_database.connect("coinfrs_verify") as connection:
        return {(found.check, found.day): found.is_passed for found in judge(connection, days)}


def metadata(check: str, day: date) -> dict[str, Any]:
    with core_database.connect("coinfrs_verify") as connection:
        [found] = [f for f in judge(connection, [day]) if f.check == check]
        return dict(found.metadata)


def close(*days: date) -> dg.DagsterInstance:
    """Run the close for the days, and return the instance that shows it."""
    definitions = dg.Definitions(
        assets=[daily_close],
        jobs=[dg.define_asset_job("close", selection=[daily_close])],
        loggers={"console": runs.console},
        executor=runs.living_executor,
    )
    with runs.open_instance() as instance:
        carried = runs.carry_out(
            definitions.resolve_job_def("close"),
            instance,
            runs.days(days[0], days[-1]),
            listener=lambda _event: None,
        )
        assert carried.failures == ()
        return instance


def latest(instance: dg.DagsterInstance, check: str, day: date) -> dg.AssetCheckEvaluation:
    """Return what the UI shows of a check on a day."""
    history = instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(KEY, check), limit=100
    )
    newest = next(record for record in history if record.partition == day.isoformat())
    assert newest.event is not None
    assert newest.event.dagster_event is not None
    evaluation = newest.event.dagster_event.event_specific_data
    assert isinstance(evaluation, dg.AssetCheckEvaluation)
    return evaluation


def test_a_day_of_complete_cells_passes_every_check(verdicts: Any) -> None:
    verdicts.judge("BTC", MONDAY)
    assert set(passed([MONDAY]).values()) == {True}


@pytest.mark.parametrize(
    ("verdict", "failing"),
    [("broken", checks.NO_BROKEN_CELL), ("unproven", checks.NO_UNPROVEN_CELL)],
)
def test_a_broken_or_unproven_cell_fails_its_check_on_its_day_only(
    verdicts: Any, verdict: str, failing: str
) -> None:
    verdicts.judge("BTC", MONDAY)
    verdicts.judge("BTC", TUESDAY, verdict, opening="3", movement="0", observed="2")
    found = passed([MONDAY, TUESDAY])
    assert [key for key, is_passed in found.items() if not is_passed] == [(failing, TUESDAY)]
    table = next(
        v for v in metadata(failing, TUESDAY).values() if isinstance(v, dg.TableMetadataValue)
    )
    assert table.records[0].data["difference"] == "-1"
    assert table.records[0].data["account"] == "binance treasury"


def test_a_wallet_that_nobody_could_read_is_unproven_without_a_cell(verdicts: Any) -> None:
    verdicts.summarise(MONDAY, verdict="unproven", reasons=("closing_missing: unauthorised",))
    assert not passed([MONDAY])[checks.NO_UNPROVEN_CELL, MONDAY]
    [table] = [
        value
        for value in metadata(checks.NO_UNPROVEN_CELL, MONDAY).values()
        if isinstance(value, dg.TableMetadataValue)
    ]
    assert table.records[0].data["reasons"] == "closing_missing: unauthorised"


def test_a_day_that_was_never_read_is_not_passed_as_empty(verdicts: Any) -> None:
    verdicts.judge("BTC", MONDAY)
    assert not passed([WEDNESDAY])[checks.NO_UNPROVEN_CELL, WEDNESDAY]


def test_a_gap_and_an_overlap_in_a_chain_are_found(verdicts: Any) -> None:
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        verdicts.judge("BTC", day)
        verdicts.judge("ETH", day)
    verdicts.execute(
        "delete from completeness.position_rollforward where asset = 'BTC' and first_day = %s",
        [TUESDAY],
    )
    verdicts.execute(
        "update completeness.position_rollforward set last_day = %s "
        "where asset = 'ETH' and first_day = %s",
        [TUESDAY, MONDAY],
    )
    found = passed([MONDAY, TUESDAY, WEDNESDAY])
    assert found[checks.CHAINS_TILE, MONDAY]
    assert not found[checks.CHAINS_TILE, TUESDAY]
    assert not found[checks.CHAINS_TILE, WEDNESDAY]


def test_days_without_a_row_between_two_zeros_are_no_gap(verdicts: Any) -> None:
    """A sold-out cell has no row until something comes in again."""
    verdicts.judge("BTC", MONDAY, opening="1", movement="-1", observed="0")
    verdicts.judge("BTC", WEDNESDAY, opening="0", movement="1", observed="1")
    assert passed([MONDAY, TUESDAY, WEDNESDAY])[checks.CHAINS_TILE, WEDNESDAY]


def test_a_range_run_shows_a_result_for_each_of_its_days(verdicts: Any) -> None:
    verdicts.judge("BTC", MONDAY)
    verdicts.judge("BTC", TUESDAY, "broken", observed="2")
    instance = close(MONDAY, TUESDAY)
    assert latest(instance, checks.NO_BROKEN_CELL, MONDAY).passed
    broken = latest(instance, checks.NO_BROKEN_CELL, TUESDAY)
    assert not broken.passed
    assert broken.metadata["broken_cells"].value == 1
    materialized = instance.fetch_materializations(KEY, limit=10).records
    assert {
        (record.partition_key, record.asset_materialization.metadata["broken_cells"].value)
        for record in materialized
        if record.asset_materialization
    } == {(MONDAY.isoformat(), 0), (TUESDAY.isoformat(), 1)}


def test_a_day_is_closed_again_and_again(verdicts: Any) -> None:
    """Dagster keeps one evaluation per run and partition, so each run must bring its own."""
    verdicts.judge("BTC", MONDAY, "broken", observed="2")
    close(MONDAY)
    verdicts.judge("BTC", MONDAY)
    instance = close(MONDAY)
    assert latest(instance, checks.NO_BROKEN_CELL, MONDAY).passed


def test_an_older_day_that_a_late_row_changed_is_shown_too(verdicts: Any) -> None:
    verdicts.judge("BTC", MONDAY)
    verdicts.judge("BTC", TUESDAY)
    close(MONDAY, TUESDAY)
    verdicts.judge("BTC", MONDAY, "broken", observed="2")
    instance = close(TUESDAY)
    assert not latest(instance, checks.NO_BROKEN_CELL, MONDAY).passed
    assert latest(instance, checks.NO_BROKEN_CELL, TUESDAY).passed
