"""When things run: captures right after midnight UTC, the close after every extraction, retries.

Ticks only decide which days to ask for and why; what is still to read for a day is a question to
coverage, so asking once too often costs almost nothing. A tick's run is told from any other by its
tags and never by run config, which Dagster keeps and shows. Everything here is switched on where
the daemon runs. Dagster retries nothing by itself: a venue's errors are retried by
connectors/http.py, and what is still unproven by the schedule below.
"""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import LiteralString

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from coinfrs_pipelines import runs
from coinfrs_pipelines.core import database

# A day's closing is captured as soon after it as possible, but not while clocks still disagree.
AFTER_MIDNIGHT = "2 0 * * *"
# Venue snapshots of a day appear within hours, and a venue that was down at midnight is up again.
EVERY_HOUR_FROM_TWO = "0 2-8 * * *"
# Older days are left to a person: their captures cannot be taken any more.
RETRIED_DAYS = 7

Job = dg.JobDefinition | UnresolvedAssetJobDefinition

LAST_ATTEMPTED_DAY = """
select max(day) from coverage.outcomes where subject_kind = 'capture'
"""
# The last day that no data source missed which was ever read: a run that died early has read some
# of them, and a new one may have been read alone.
ATTEMPTED_BY_ALL_TO = """
select min(attempted.day)
from registry.data_sources
cross join lateral (
    select max(outcomes.day) as day
    from coverage.outcomes
    where outcomes.data_source_id = data_sources.id and outcomes.subject_kind = 'capture'
) as attempted
where data_sources.disabled_at is null
"""
# What stays as it is however often it is read: the venue shows no more by this key, a newer version
# has to come first, or the weekly sweep.
NOT_HEALED_BY_READING = (
    "sub_account_without_key",
    "stream_not_read",
    "trades_by_residual",
    "closing_missing: not_enabled",
)
# A wallet without a closing whose kind was read whole that day is gone: its reading showed none.
OLDEST_UNPROVEN_DAY = """
select min(wallet_days.day)
from completeness.wallet_days
cross join lateral unnest(wallet_days.reasons) as reason
where
    wallet_days.verdict = 'unproven'
    and wallet_days.day between %(first)s and %(last)s
    and reason <> all(%(not_healed)s)
    and split_part(reason, ': ', 1) <> all(%(not_healed)s)
    and not (
        reason = 'closing_missing'
        and exists (
            select
            from coverage.outcomes
            join canonical.data_sources using (data_source_id)
            join canonical.accounts on accounts.account_id = wallet_days.account_id
            where
                outcomes.day = wallet_days.day
                and outcomes.subject = split_part(wallet_days.wallet, ':', 1)
                and outcomes.subject_kind = 'capture'
                and outcomes.result = 'read'
                and outcomes.account_ref
                in (accounts.external_id, split_part(accounts.external_id, '/', 1))
                and data_sources.owner_id = wallet_days.owner_id
                and data_sources.venue = accounts.venue
                and data_sources.environment = accounts.environment
        )
    )
"""
# What a run may be before it has ended. One that never came into the queue is none of them.
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
NEVER_ATTEMPTED = """
select data_sources.id
from registry.data_sources
where
    data_sources.disabled_at is null
    and not exists (
        select from coverage.outcomes where outcomes.data_source_id = data_sources.id
    )
order by data_sources.created_at, data_sources.id
"""


def yesterday(now: datetime) -> date:
    """Return the UTC day that can be closed at this instant."""
    return now.astimezone(UTC).date() - timedelta(days=1)


def _day(query: LiteralString) -> date | None:
    """Return the day that coverage answers."""
    with database.connect("coinfrs_extract") as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def oldest_unproven_day(first: date, last: date) -> date | None:
    """Return the oldest day of the span that may be proven by reading again, or None."""
    span = {"first": first, "last": last, "not_healed": list(NOT_HEALED_BY_READING)}
    with database.connect("coinfrs_verify") as connection:
        [is_built] = connection.execute(
            "select to_regclass('completeness.wallet_days') is not null"
        ).fetchone() or (False,)
        row = connection.execute(OLDEST_UNPROVEN_DAY, span).fetchone() if is_built else None
    return row[0] if row else None


def automate(
    extract: Job,
    close: Job,
) -> tuple[list[dg.ScheduleDefinition], list[dg.SensorDefinition]]:
    """Return the schedules and sensors that run the two jobs."""

    @dg.schedule(
        job=extract,
        cron_schedule=AFTER_MIDNIGHT,
        description="Capture every position and read every stream for the day that has just ended.",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def extract_after_midnight(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        """Ask for the days since the last attempt, in one run; a missed tick leaves no hole."""
        last = yesterday(context.scheduled_execution_time)
        attempted = _day(LAST_ATTEMPTED_DAY)
        first = min(last, attempted + timedelta(days=1)) if attempted else last
        return dg.RunRequest(run_key=f"close {last}", tags=runs.days(first, last))

    @dg.schedule(
        job=extract,
        cron_schedule=EVERY_HOUR_FROM_TWO,
        description="Read again what is missing of days that are still unproven.",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def retry_unproven(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        """Ask for the days since the oldest of the last week that reading can still prove.

        And for those that the run after midnight did not get to.
        """
        last = yesterday(context.scheduled_execution_time)
        since = last - timedelta(days=RETRIED_DAYS - 1)
        attempted, unproven = _day(ATTEMPTED_BY_ALL_TO), oldest_unproven_day(since, last)
        wanted = [unproven] if unproven is not None else []
        if attempted is not None and attempted < last:
            wanted.append(max(since, attempted + timedelta(days=1)))
        first = min(wanted, default=None)
        if first is None:
            return dg.SkipReason(f"Reading again would prove no more from {since} to {last}.")
        return dg.RunRequest(
            run_key=f"retry {context.scheduled_execution_time.isoformat()}",
            tags=runs.days(first, last),
        )

    schedules = [extract_after_midnight, retry_unproven]
    return schedules, [*_following(extract, close), _newly_registered(extract), _dead_runs()]


def _following(
    extract: Job,
    close: Job,
) -> list[dg.SensorDefinition]:
    """Close the days of every extraction; of a failed one too, because the rest of it landed."""

    def request(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        try:
            first, last = runs.days_of(run.tags)
        except KeyError:
            return dg.SkipReason(f"Run {run.run_id} is about no day.")
        return dg.RunRequest(run_key=f"after {run.run_id}", tags=runs.days(first, last))

    sensors: list[dg.SensorDefinition] = []
    for name, status in (
        ("close_after_extraction", dg.DagsterRunStatus.SUCCESS),
        ("close_after_failed_extraction", dg.DagsterRunStatus.FAILURE),
    ):
        decorate = dg.run_status_sensor(
            name=name,
            run_status=status,
            monitored_jobs=[extract],
            request_job=close,
            default_status=dg.DefaultSensorStatus.RUNNING,
            minimum_interval_seconds=10,
            description="Transform and verify the days that an extraction was about.",
        )
        sensors.append(decorate(request))
    return sensors


def _newly_registered(
    extract: Job,
) -> dg.SensorDefinition:
    @dg.sensor(
        name="extract_newly_registered",
        job=extract,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=30,
        description="Take the opening capture of a new data source at once, and read its history.",
    )
    def extract_newly_registered(
        context: dg.SensorEvaluationContext,
    ) -> dg.RunRequest | dg.SkipReason:
        with database.connect("coinfrs_extract") as connection:
            new = [str(row[0]) for row in connection.execute(NEVER_ATTEMPTED).fetchall()]
        if not new:
            return dg.SkipReason("Every registered data source has been read before.")
        unfinished = dg.RunsFilter(job_name=extract.name, statuses=UNFINISHED)
        if context.instance.get_runs_count(unfinished):
            # It may be reading them just now; asked for again, each tick would queue another run.
            return dg.SkipReason("New data sources are read when the extraction has ended.")
        last = yesterday(datetime.now(UTC))
        # One new source is read alone; with several, one run over all of them is the cheaper one.
        alone = {runs.SOURCE_TAG: new[0]} if len(new) == 1 else {}
        key = hashlib.sha256(" ".join(new).encode()).hexdigest()[:16]
        return dg.RunRequest(run_key=f"registered {last} {key}", tags=runs.days(last, last) | alone)

    return extract_newly_registered


def _dead_runs() -> dg.SensorDefinition:
    @dg.sensor(
        name="mark_dead_runs_failed",
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=60,
        description="Mark runs failed whose process was killed, so that nothing waits for them.",
    )
    def mark_dead_runs_failed(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        marked = runs.mark_dead_runs_failed(context.instance)
        return dg.SkipReason(f"Marked failed: {', '.join(marked) or 'none'}.")

    return mark_dead_runs_failed
