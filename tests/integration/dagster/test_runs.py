"""Runs: a killed one is told from a living one, and one failing step does not hide the others."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import date

import dagster as dg
import pytest

from coinfrs_pipelines import runs
from coinfrs_pipelines.core import database as core_database

# A process that dies in the middle of a step, as from kill -9 or a lost host.
KILLED = """
import os, signal
import dagster as dg
from coinfrs_pipelines import runs

@dg.asset
def fatal():
    os.kill(os.getpid(), signal.SIGKILL)

job = dg.Definitions(
    assets=[fatal],
    jobs=[dg.define_asset_job("fatal_job", selection=[fatal])],
    loggers={"console": runs.console},
).resolve_job_def("fatal_job")
with runs.open_instance() as instance:
    runs.carry_out(job, instance, {}, listener=lambda event: None)
"""


@dg.asset
def fine() -> None:
    """Succeed."""


@dg.asset
def faulty() -> None:
    """Fail with a cause of its own."""
    try:
        {"outer": 0}["inner"]
    except KeyError as error:
        raise ValueError("outer") from error


@dg.asset(deps=[faulty])
def after_faulty() -> None:
    """Never run."""


JOB = dg.Definitions(
    assets=[fine, faulty, after_faulty],
    jobs=[dg.define_asset_job("mixed", selection=[fine, faulty, after_faulty])],
    loggers={"console": runs.console},
).resolve_job_def("mixed")


def test_a_killed_run_is_marked_failed_once(database: Mapping[str, str]) -> None:  # noqa: ARG001 -- the storages are there.
    died = subprocess.run([sys.executable, "-W", "ignore", "-c", KILLED], check=False)
    assert died.returncode == -9
    with runs.open_instance() as instance:
        [run] = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.STARTED
        assert runs.mark_dead_runs_failed(instance) == [run.run_id]
        assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE  # type: ignore[union-attr]  # It is there.
        assert runs.mark_dead_runs_failed(instance) == []


def test_a_run_whose_process_lives_is_left_alone(database: Mapping[str, str]) -> None:  # noqa: ARG001 -- the storages are there.
    with runs.open_instance() as instance:
        run = instance.create_run_for_job(JOB)
        tell(instance, run, dg.DagsterEventType.RUN_START)
        with runs.alive(run.run_id):
            assert runs.mark_dead_runs_failed(instance) == []
        assert runs.mark_dead_runs_failed(instance) == [run.run_id]


def test_a_run_that_ends_while_it_is_looked_at_keeps_its_success(
    database: Mapping[str, str],  # noqa: ARG001 -- the storages are there.
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its lock is free as soon as its last step is done, and its success is told after that."""
    with runs.open_instance() as instance:
        run = instance.create_run_for_job(JOB)
        tell(instance, run, dg.DagsterEventType.RUN_START)
        monkeypatch.setattr(
            "time.sleep",
            lambda _seconds: tell(instance, run, dg.DagsterEventType.RUN_SUCCESS),
        )
        assert runs.mark_dead_runs_failed(instance) == []
        assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.SUCCESS  # type: ignore[union-attr]  # It is there.


def test_a_run_that_begins_while_it_is_looked_at_goes_on(
    database: Mapping[str, str],  # noqa: ARG001 -- the storages are there.
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with runs.open_instance() as instance:
        run = instance.create_run_for_job(JOB)
        tell(instance, run, dg.DagsterEventType.RUN_STARTING)
        monkeypatch.setattr(runs, "_NEVER_STARTED_AFTER_SECONDS", 0.0)
        monkeypatch.setattr(
            "time.sleep", lambda _seconds: tell(instance, run, dg.DagsterEventType.RUN_START)
        )
        assert runs.mark_dead_runs_failed(instance) == []


def test_the_time_that_a_run_waited_in_the_queue_does_not_age_it(
    database: Mapping[str, str],  # noqa: ARG001 -- the storages are there.
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One stage runs at a time: a run may be queued for longer than any takes to start."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    with runs.open_instance() as instance:
        run = instance.create_run_for_job(JOB)
        age(run, "create_timestamp")
        tell(instance, run, dg.DagsterEventType.RUN_STARTING)
        assert runs.mark_dead_runs_failed(instance) == []
        age(run, "update_timestamp")
        assert runs.mark_dead_runs_failed(instance) == [run.run_id]


def tell(instance: dg.DagsterInstance, run: dg.DagsterRun, what: dg.DagsterEventType) -> None:
    instance.report_dagster_event(
        dg.DagsterEvent(what.value, job_name=run.job_name), run_id=run.run_id
    )


def age(run: dg.DagsterRun, column: str) -> None:
    """Let a column of a run's record say an hour ago."""
    with core_database.connect("LOGIN", autocommit=True) as connection:
        connection.execute(
            f"update dagster.runs set {column} = {column} - interval '1 hour' where run_id = %s",
            [run.run_id],
        )


def test_a_failed_step_stops_only_what_depends_on_it(database: Mapping[str, str]) -> None:  # noqa: ARG001 -- the storages are there.
    seen: list[str] = []
    with runs.open_instance() as instance:
        carried = runs.carry_out(
            JOB,
            instance,
            {},
            listener=lambda event: seen.append(f"{event.event_type_value} {event.step_key}"),
        )
    assert not carried.is_success
    assert carried.failures == ("faulty: KeyError: 'inner'",)
    assert "STEP_SUCCESS fine" in seen
    assert "STEP_SUCCESS after_faulty" not in seen


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"dagster/partition": "2026-01-05"}, (date(2026, 1, 5), date(2026, 1, 5))),
        (
            runs.days(date(2026, 1, 5), date(2026, 1, 7)),
            (date(2026, 1, 5), date(2026, 1, 7)),
        ),
    ],
)
def test_the_days_of_a_run_are_read_from_its_tags(
    tags: dict[str, str], expected: tuple[date, date]
) -> None:
    assert runs.days_of(tags) == expected


def test_a_run_about_no_day_has_none() -> None:
    with pytest.raises(KeyError):
        runs.days_of({})
