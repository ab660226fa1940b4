"""How a run is carried out, and how a killed one is told from a living one.

Every run holds an advisory lock in the database for as long as its process lives, whoever started
it and on whatever host: PostgreSQL drops the lock with the connection, so a `kill -9` needs no
clean-up and no process ids. A started run whose lock is free is dead, and is marked failed at the
next start.

Steps run in the process of the run: a process each would import everything again and cost more than
most steps do. What is run, and when, stands in definitions.py and automation.py.
"""

import contextlib
import logging
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import stamina
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.in_process import InProcessExecutor
from dagster._core.instance.config import is_dagster_home_set
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)

from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.redaction import scrub
from coinfrs_pipelines.core.settings import settings

# Backfill policies are beta and partitioned checks a preview in this minor version, which is pinned
# for that reason; every process would say so again and again.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
warnings.filterwarnings("ignore", category=dg.PreviewWarning)

# Where structlog is installed stamina prints each retry to standard output, which is for `--json`;
# its hook for logging names neither the cause nor the wait. The requests themselves are evidence.
stamina.instrumentation.set_on_retry_hooks(
    [
        lambda retry: logging.getLogger("coinfrs_pipelines").info(
            "Tried again in %.1f s: %s", retry.wait_for, retry.caused_by
        )
    ]
)

INSTANCE_CONFIG = Path(__file__).resolve().parents[1] / "dagster.yaml"
SOURCE_TAG = "coinfrs/source"
STAGE_TAG = "coinfrs/stage"
LOCK_ROLE: database.Role = "coinfrs_verify"
# The first of the two keys of the advisory lock; the second is the hash of the run's id.
_LOCK_CLASS = 0x636F696E
# Between the event "run started" and the lock lie milliseconds, as between the lock and the end.
_SETTLED_AFTER_SECONDS = 3.0
_IN_PROGRESS = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
# A launched run that never started, because its code server died, has no lock to lose.
_NEVER_STARTED_AFTER_SECONDS = 600.0


def days(first: date, last: date) -> dict[str, str]:
    """Return the tags of one run over all days from `first` to `last`, both included."""
    return {
        ASSET_PARTITION_RANGE_START_TAG: first.isoformat(),
        ASSET_PARTITION_RANGE_END_TAG: last.isoformat(),
    }


def days_of(tags: Mapping[str, str]) -> tuple[date, date]:
    """Return the first and the last day that a run with these tags is about.

    Raises KeyError for a run without partitions.
    """
    single = tags.get("dagster/partition")
    first, last = (
        (single, single)
        if single
        else (
            tags[ASSET_PARTITION_RANGE_START_TAG],
            tags[ASSET_PARTITION_RANGE_END_TAG],
        )
    )
    return date.fromisoformat(first), date.fromisoformat(last)


@contextlib.contextmanager
def open_instance() -> Iterator[dg.DagsterInstance]:
    """Open Dagster's instance: that of `DAGSTER_HOME`, or the project's under `COINFRS_HOME`."""
    if is_dagster_home_set():
        with dg.DagsterInstance.get() as instance:
            yield instance
    else:
        home = settings().home / "dagster"
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        reference = InstanceRef.from_dir(str(home), config_dir=str(INSTANCE_CONFIG.parent))
        with dg.DagsterInstance.from_ref(reference) as instance:
            yield instance


@contextlib.contextmanager
def alive(run_id: str) -> Iterator[None]:
    """Show that this process carries out the run, until the block or the process ends."""
    with database.connect(LOCK_ROLE, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s, hashtext(%s))", [_LOCK_CLASS, run_id])
        yield


class LivingExecutor(InProcessExecutor):
    """Dagster's in-process executor, which holds the run's lock while it works."""

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        """Carry out the plan as the parent does."""
        with alive(plan_context.run_id):
            yield from super().execute(plan_context, execution_plan)


@dg.executor(name="in_process")
def living_executor(_context: dg.InitExecutorContext) -> LivingExecutor:
    """Carry out every step in the process of the run; nothing is retried here."""
    return LivingExecutor(retries=RetryMode.DISABLED)


def mark_dead_runs_failed(instance: dg.DagsterInstance) -> list[str]:
    """Mark every run failed whose process has ended without saying so, and return their ids.

    A free lock alone tells of no death: a run that has just begun does not hold it yet, and one
    that has just ended no more. So what looks dead is looked at again a little later.
    """
    in_progress = dg.RunsFilter(statuses=_IN_PROGRESS)
    suspects = [
        record.dagster_run.run_id
        for record in instance.get_run_records(in_progress)
        if (_has_started(record) or _is_overdue(record)) and _is_free(record.dagster_run.run_id)
    ]
    if not suspects:
        return []
    time.sleep(_SETTLED_AFTER_SECONDS)
    marked = []
    for run_id in suspects:
        record = instance.get_run_record_by_id(run_id)
        if record is None or record.dagster_run.status not in _IN_PROGRESS:
            continue
        is_settled = _is_settled(record) if _has_started(record) else _is_overdue(record)
        if is_settled and _is_free(run_id):
            instance.report_run_failed(
                record.dagster_run,
                "The process of this run ended without a word (killed, or its host went down). "
                "What it had committed stays; the next run fetches what is missing.",
            )
            marked.append(run_id)
    return marked


def _has_started(record: dg.RunRecord) -> bool:
    return record.start_time is not None


def _is_settled(record: dg.RunRecord) -> bool:
    return time.time() - (record.start_time or 0) >= _SETTLED_AFTER_SECONDS


def _is_overdue(record: dg.RunRecord) -> bool:
    """Whether a run was launched long ago; its record was made when it was queued, before that."""
    return time.time() - record.update_timestamp.timestamp() >= _NEVER_STARTED_AFTER_SECONDS


def _is_free(run_id: str) -> bool:
    """Whether no process holds the lock of a run."""
    with database.connect(LOCK_ROLE, autocommit=True) as connection:
        row = connection.execute(
            "select pg_try_advisory_lock(%s, hashtext(%s))", [_LOCK_CLASS, run_id]
        ).fetchone()
        return bool(row and row[0])


Listener = Callable[[dg.DagsterEvent], None]
_listener: Listener | None = None


class _ToListener(logging.Handler):
    """Hand Dagster's events to the listener; what is printed is the listener's affair."""

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self._listener = listener

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on the event that the record carries, if it carries one."""
        event = getattr(record, "dagster_event", None)
        if event is not None:
            self._listener(event)


@dg.logger
def console(_context: dg.InitLoggerContext) -> logging.Logger:
    """Feed the listener of `carry_out`; chosen by its run config, never by a run of the daemon."""
    logger = logging.getLogger("coinfrs.run")
    logger.handlers = [_ToListener(_listener)] if _listener else []
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    return logger


@dataclass(frozen=True)
class Carried:
    """What came of a run in this process."""

    run_id: str
    is_success: bool
    failures: tuple[str, ...]


def carry_out(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    tags: Mapping[str, str],
    *,
    listener: Listener,
) -> Carried:
    """Carry out a job in this process against the instance, and say what failed.

    The run, its events and its checks are in the UI like those of any other run.
    """
    global _listener  # noqa: PLW0603 -- Dagster makes the logger itself; there is no way to pass it.
    run_id = str(uuid.uuid4())
    _listener = listener
    try:
        with alive(run_id):
            result = job.execute_in_process(
                instance=instance,
                tags=dict(tags),
                run_id=run_id,
                run_config={"loggers": {"console": {}}},
                raise_on_error=False,
            )
    finally:
        _listener = None
    return Carried(
        run_id=run_id,
        is_success=result.success,
        failures=tuple(_failure(event) for event in result.all_events if event.is_step_failure),
    )


def _failure(event: dg.DagsterEvent) -> str:
    """Return one redacted line: which step, and the innermost message of what it raised."""
    error: Any = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    message = error.message.strip() if error is not None else "no message"
    return scrub(f"{event.step_key}: {message}")
