"""Runs: a killed one is told from a living one, and one failing step does not hide the others."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import date

import dagster as dg
import pytest

from coinfrs_pipelines import runs

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
        started = dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, job_name="mixed")
        instance.report_dagster_event(started, run_id=run.run_id)
        with runs.alive(run.run_id):
            assert runs.mark_dead_runs_failed(instance) == []
        assert runs.mark_dead_runs_failed(instance) == [run.run_id]


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
