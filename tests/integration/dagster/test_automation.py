"""When things run: which days a tick asks for, and when it asks for nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import dagster as dg
import pytest

from coinfrs_pipelines import automation, runs
from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.core.encryption import Keyring
from coinfrs_pipelines.partitions import day

MIDNIGHT = datetime(2026, 1, 10, 0, 2, tzinfo=UTC)
YESTERDAY = date(2026, 1, 9)


@dg.asset(partitions_def=day)
def extracted() -> None:
    """Stand for stage 1."""


@dg.asset(deps=[extracted], partitions_def=day)
def closed() -> None:
    """Stand for stages 2 and 3."""


SCHEDULES, SENSORS = automation.automate(
    dg.define_asset_job("extract", selection=[extracted]),
    dg.define_asset_job("close", selection=[closed]),
)
NAMED: dict[str, dg.ScheduleDefinition | dg.SensorDefinition] = {
    **{schedule.name: schedule for schedule in SCHEDULES},
    **{sensor.name: sensor for sensor in SENSORS},
}


@pytest.fixture
def instance(database: Mapping[str, str]) -> Iterator[dg.DagsterInstance]:  # noqa: ARG001 -- its storage.
    with runs.open_instance() as opened:
        yield opened


@pytest.fixture
def register(database: Mapping[str, str]) -> Callable[[str], UUID]:  # noqa: ARG001 -- it fills that one.
    """Return a function that registers a data source by name and returns its id."""

    def add(name: str) -> UUID:
        with core_database.connect("coinfrs_registry") as connection:
            return data_sources.register(
                connection,
                Keyring.from_settings(),
                owner_id=data_sources.operator_id(connection),
                venue="binance",
                environment="emulator",
                name=name,
                credential=data_sources.Credential("a-key", "a-secret"),
                account_ref=name,
                account_kind="master",
                evidence={},
            ).id

    return add


Judge = Callable[..., None]


@pytest.fixture
def judge(database: Mapping[str, str]) -> Judge:  # noqa: ARG001 -- it fills that one.
    """Return a function that gives the spot wallet of the account 354 a verdict some days ago."""
    tables = """
        create table completeness.wallet_days (
            owner_id uuid, account_id uuid, wallet text, day date, verdict text, reasons text[]
        );
        create table canonical.accounts (
            account_id uuid, venue text, environment text, external_id text
        );
        insert into canonical.accounts values (%(account)s, 'binance', 'emulator', '354');
        create view canonical.data_sources as
        select id as data_source_id, owner_id, venue, environment from registry.data_sources;
    """
    account = UUID(int=2)
    with core_database.connect("coinfrs_transform", autocommit=True) as connection:
        for statement in tables.replace("%(account)s", f"'{account}'").split(";")[:-1]:
            connection.execute(statement.encode())

    def give(ago: int, verdict: str, reasons: Sequence[str] = ()) -> None:
        with core_database.connect("coinfrs_registry") as connection:
            owner = data_sources.operator_id(connection)
        with core_database.connect("coinfrs_transform", autocommit=True) as connection:
            connection.execute(
                "insert into completeness.wallet_days values (%s, %s, 'spot', %s, %s, %s)",
                [owner, account, YESTERDAY - timedelta(days=ago), verdict, list(reasons)],
            )

    return give


def attempt(data_source_id: UUID, on: date) -> None:
    with core_database.connect("coinfrs_extract") as connection:
        connection.execute(
            "insert into coverage.outcomes "
            "(run_id, data_source_id, account_ref, subject, subject_kind, day, result) "
            "values ('run', %s, '354', 'spot', 'capture', %s, 'read')",
            [data_source_id, on],
        )


def tick(name: str, instance: dg.DagsterInstance, at: datetime = MIDNIGHT) -> Any:
    """Return what a schedule's tick asks for."""
    schedule = NAMED[name]
    assert isinstance(schedule, dg.ScheduleDefinition)
    context = dg.build_schedule_context(instance=instance, scheduled_execution_time=at)
    return schedule.evaluate_tick(context)


def look(name: str, instance: dg.DagsterInstance) -> Any:
    """Return what a sensor asks for."""
    sensor = NAMED[name]
    assert isinstance(sensor, dg.SensorDefinition)
    return sensor.evaluate_tick(dg.build_sensor_context(instance=instance))


def days_asked(evaluated: Any) -> tuple[date, date]:
    [request] = evaluated.run_requests
    assert request.run_config == {}
    return runs.days_of(request.tags)


def test_everything_runs_where_the_daemon_runs() -> None:
    for schedule in SCHEDULES:
        assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
        assert schedule.execution_timezone == "UTC"
    for sensor in SENSORS:
        assert sensor.default_status == dg.DefaultSensorStatus.RUNNING


def test_after_midnight_yesterday_is_extracted(instance: dg.DagsterInstance) -> None:
    assert days_asked(tick("extract_after_midnight", instance)) == (YESTERDAY, YESTERDAY)


def test_days_missed_while_nothing_ran_are_in_the_same_run(
    instance: dg.DagsterInstance, register: Callable[[str], UUID]
) -> None:
    attempt(register("treasury"), YESTERDAY - timedelta(days=4))
    assert days_asked(tick("extract_after_midnight", instance)) == (
        YESTERDAY - timedelta(days=3),
        YESTERDAY,
    )


def test_a_day_that_was_attempted_early_is_extracted_again(
    instance: dg.DagsterInstance, register: Callable[[str], UUID]
) -> None:
    """A source registered just after midnight has been read; the others have not."""
    attempt(register("treasury"), YESTERDAY)
    assert days_asked(tick("extract_after_midnight", instance)) == (YESTERDAY, YESTERDAY)


def test_nothing_is_retried_before_the_first_build(instance: dg.DagsterInstance) -> None:
    assert tick("retry_unproven", instance).skip_message


def test_what_is_unproven_is_retried_from_its_oldest_day_of_the_week(
    instance: dg.DagsterInstance, judge: Judge
) -> None:
    for ago, verdict in ((30, "unproven"), (3, "unproven"), (0, "complete")):
        judge(ago, verdict, ["stream_not_covered: deposits"])
    asked = days_asked(tick("retry_unproven", instance))
    assert asked == (YESTERDAY - timedelta(days=3), YESTERDAY)


def test_a_day_that_the_run_after_midnight_never_got_to_is_retried(
    instance: dg.DagsterInstance, register: Callable[[str], UUID], judge: Judge
) -> None:
    """It died before it had an outcome for all, so no wallet of the others has a row of the day."""
    judge(1, "complete")
    treasury, arbitrage = register("treasury"), register("arbitrage")
    for source in (treasury, arbitrage):
        attempt(source, YESTERDAY - timedelta(days=1))
    assert days_asked(tick("retry_unproven", instance)) == (YESTERDAY, YESTERDAY)
    attempt(treasury, YESTERDAY)
    assert days_asked(tick("retry_unproven", instance)) == (YESTERDAY, YESTERDAY)
    attempt(arbitrage, YESTERDAY)
    assert tick("retry_unproven", instance).skip_message


def test_days_missed_for_longer_than_a_week_are_not_asked_for_one_by_one(
    instance: dg.DagsterInstance, register: Callable[[str], UUID]
) -> None:
    """Their captures cannot be taken any more, and what moved since is read with the first day."""
    attempt(register("treasury"), YESTERDAY - timedelta(days=40))
    asked = days_asked(tick("retry_unproven", instance))
    assert asked == (YESTERDAY - timedelta(days=6), YESTERDAY)


@pytest.mark.parametrize(
    "reason",
    [
        "sub_account_without_key",
        "stream_not_read: loans",
        "trades_by_residual",
        "closing_missing: not_enabled",
    ],
)
def test_what_no_reading_heals_is_not_read_all_night(
    instance: dg.DagsterInstance, judge: Judge, reason: str
) -> None:
    judge(0, "unproven", [reason])
    assert tick("retry_unproven", instance).skip_message
    judge(0, "unproven", [reason, "closing_missing: transient"])
    assert days_asked(tick("retry_unproven", instance)) == (YESTERDAY, YESTERDAY)


def test_a_wallet_that_is_gone_is_not_read_all_night(
    instance: dg.DagsterInstance, register: Callable[[str], UUID], judge: Judge
) -> None:
    """Its closing is missing because the reading of the day showed no such wallet."""
    source = register("354")
    judge(0, "unproven", ["closing_missing"])
    assert days_asked(tick("retry_unproven", instance)) == (YESTERDAY, YESTERDAY)
    attempt(source, YESTERDAY)
    assert tick("retry_unproven", instance).skip_message


def test_a_new_data_source_is_read_at_once_and_once(
    instance: dg.DagsterInstance, register: Callable[[str], UUID]
) -> None:
    assert look("extract_newly_registered", instance).skip_message
    new = register("treasury")
    evaluated = look("extract_newly_registered", instance)
    [request] = evaluated.run_requests
    yesterday = automation.yesterday(datetime.now(UTC))
    assert days_asked(evaluated) == (yesterday, yesterday)
    assert request.tags[runs.SOURCE_TAG] == str(new)
    assert request.run_key == look("extract_newly_registered", instance).run_requests[0].run_key
    attempt(new, yesterday)
    assert look("extract_newly_registered", instance).skip_message


def test_new_data_sources_wait_for_an_extraction_that_may_be_reading_them(
    instance: dg.DagsterInstance, register: Callable[[str], UUID]
) -> None:
    """While it reads one after the other, those still to come are others at every tick."""
    register("treasury")
    job = dg.Definitions(
        assets=[extracted, closed], jobs=[dg.define_asset_job("extract", selection=[extracted])]
    ).resolve_job_def("extract")
    run = instance.create_run_for_job(job, tags=runs.days(YESTERDAY, YESTERDAY))
    for state in (dg.DagsterEventType.RUN_STARTING, dg.DagsterEventType.RUN_START):
        tell(instance, run, state)
        assert look("extract_newly_registered", instance).skip_message
    tell(instance, run, dg.DagsterEventType.RUN_FAILURE)
    assert look("extract_newly_registered", instance).run_requests


def tell(instance: dg.DagsterInstance, run: dg.DagsterRun, what: dg.DagsterEventType) -> None:
    instance.report_dagster_event(
        dg.DagsterEvent(what.value, job_name=run.job_name), run_id=run.run_id
    )


def test_several_new_data_sources_are_read_in_one_run(
    instance: dg.DagsterInstance, register: Callable[[str], UUID]
) -> None:
    register("treasury")
    register("arbitrage")
    [request] = look("extract_newly_registered", instance).run_requests
    assert runs.SOURCE_TAG not in request.tags


@pytest.mark.parametrize("is_failed", [False, True])
def test_the_days_of_every_extraction_are_closed(
    instance: dg.DagsterInstance, is_failed: bool
) -> None:
    """A failed extraction landed the rest of what it read, and that is judged."""
    name = "close_after_failed_extraction" if is_failed else "close_after_extraction"
    sensor = NAMED[name]
    assert isinstance(sensor, dg.RunStatusSensorDefinition)
    job = dg.Definitions(
        assets=[extracted, closed], jobs=[dg.define_asset_job("extract", selection=[extracted])]
    ).resolve_job_def("extract")
    tags = runs.days(YESTERDAY, YESTERDAY) | {runs.SOURCE_TAG: "one"}
    run = instance.create_run_for_job(job, tags=tags)
    event = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, job_name="extract")
    context = dg.build_run_status_sensor_context(
        sensor_name=name, dagster_event=event, dagster_instance=instance, dagster_run=run
    )
    request = sensor(context)
    assert isinstance(request, dg.RunRequest)
    assert runs.days_of(request.tags) == (YESTERDAY, YESTERDAY)
    assert runs.SOURCE_TAG not in request.tags
