"""One step over every data source of a venue: at once, each by itself, with an outcome for each.

The sources are read from the registry when the step begins. What the venue refuses to one of them
is its outcome and stops nothing; a bug or a database error fails the step, after the others have
landed what is theirs. A credential is opened, handed to the client and not kept. What the assets of
a step are, and what they show, stands in `steps.py`.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import dagster as dg
import psycopg

from coinfrs_pipelines.connectors.errors import (
    Banned,
    Throttled,
    Transient,
    Unauthorised,
    VenueError,
)
from coinfrs_pipelines.connectors.http import Budget, Exchange, VenueClient
from coinfrs_pipelines.connectors.private_keys import UnusableKeyError
from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core.data_sources import DataSource
from coinfrs_pipelines.core.encryption import EncryptionError
from coinfrs_pipelines.core.redaction import scrub
from coinfrs_pipelines.core.settings import SettingsError, settings
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.attempts import (
    Attempt,
    Run,
    Work,
    attempt_subject,
    outcome_of,
)
from coinfrs_pipelines.extract.budgets import SharedBudgets
from coinfrs_pipelines.extract.coverage import Outcome, Subject
from coinfrs_pipelines.extract.evidence import Evidence, Phase
from coinfrs_pipelines.extract.landing import Landed
from coinfrs_pipelines.partitions import days_closed
from coinfrs_pipelines.resources import Installation
from coinfrs_pipelines.runs import SOURCE_TAG

Concerns = Callable[[DataSource, Subject], bool]
# Takes an API key and its secret.
Connect = Callable[[str, str, Mapping[str, str], Budget, Callable[[Exchange], None]], VenueClient]
Alike = Callable[[DataSource], Hashable]

# What every key of the venue would be answered by now; what else is refused may be the key's doing.
OF_THE_VENUE = frozenset(error.reason for error in (Transient, Throttled, Banned))
OTHER_ACCOUNT = Outcome(
    "failed",
    data_sources.OTHER_ACCOUNT,
    "The key sees another account than the one it was registered for: rekey the data source.",
)


@dataclass(frozen=True)
class Step:
    """What a step does: for which sources, in which phase of the run, to which subjects.

    `concerns` tells which subjects there are for a data source. Of those that are `alike` one is
    enough: the oldest that the venue does not refuse. Without `is_recorded` there is no outcome:
    the subject is read again later in the run, and that is its outcome.
    """

    venue: str
    connect: Connect
    phase: Phase
    subjects: tuple[Subject, ...]
    work: Work
    alike: Alike = lambda data_source: data_source.id
    concerns: Concerns = lambda _data_source, _subject: True
    is_recorded: bool = True


@dataclass(frozen=True)
class Report:
    """What became of one data source in a step."""

    data_source: DataSource
    outcomes: tuple[tuple[Subject, Outcome | None, Landed], ...]

    @property
    def is_refused(self) -> bool:
        """Whether something was refused that another key may be allowed."""
        told = [outcome for _, outcome, _ in self.outcomes if outcome is not None]
        return any(one.result != "read" and one.reason not in OF_THE_VENUE for one in told)


@dataclass(frozen=True)
class Failure:
    """What went wrong in a data source that is neither the venue's nor the owner's doing."""

    data_source: DataSource
    error: Exception


def perform(
    context: dg.AssetExecutionContext, installation: Installation, step: Step
) -> list[Report]:
    """Carry out a step for every data source it is for, and return what became of each.

    Raises:
        Exception: what failed first that is neither the venue's nor the owner's doing; what failed
            in which data source is logged.

    """
    run = Run(
        context.run.run_id,
        tuple(days_closed(list(context.partition_keys))),
        context.run.tags.get(SOURCE_TAG),
    )
    with installation.connection() as connection:
        sources = _sources(data_sources.active(connection, venue=step.venue), run)
    reports, failures = _all(installation, step, run, sources)
    for report in reports:
        for subject, outcome, _ in report.outcomes:
            if outcome is not None and outcome.result != "read":
                # What an account does not have is no news on any day but the first.
                log = context.log.info if outcome.result == "not_enabled" else context.log.warning
                log(
                    "%s of %s: %s (%s)",
                    *(subject.name, report.data_source.name, outcome.result, outcome.reason),
                )
    for failure in failures:
        kind = type(failure.error).__name__
        context.log.error("%s: %s: %s", failure.data_source.name, kind, scrub(str(failure.error)))
    if failures:
        raise failures[0].error
    return reports


def _sources(active: list[DataSource], run: Run) -> list[DataSource]:
    """Return the data sources the run is for: all that are active, or the one of its tag.

    An id names one data source; a name those of every owner that uses it.
    """
    only = run.only_data_source
    return [source for source in active if only in (None, str(source.id), source.name)]


def _all(
    installation: Installation, step: Step, run: Run, sources: Sequence[DataSource]
) -> tuple[list[Report], list[Failure]]:
    """Read all sources, some at once; return the reports, in order, and what failed otherwise."""
    if not sources:
        return [], []
    alike: dict[Hashable, list[DataSource]] = {}
    for source in sources:
        alike.setdefault(step.alike(source), []).append(source)
    with (
        installation.connection() as connection,
        SharedBudgets(connection) as budgets,
        ThreadPoolExecutor(settings().sources_at_once) as threads,
    ):
        futures = [
            threads.submit(_one_of, installation, step, run, group, budgets)
            for group in alike.values()
        ]
    results = [result for future in futures for result in future.result()]
    reports = [result for result in results if isinstance(result, Report)]
    return reports, [result for result in results if isinstance(result, Failure)]


def _one_of(
    installation: Installation,
    step: Step,
    run: Run,
    sources: Sequence[DataSource],
    budgets: SharedBudgets,
) -> list[Report | Failure]:
    """Read one of these data sources, and the next if the venue refuses it; tell of all asked."""
    results: list[Report | Failure] = []
    for source in sources:
        try:
            report = _one(installation, step, run, source, budgets)
        except Exception as error:  # noqa: BLE001 -- raised again when the others have landed.
            return [*results, Failure(source, error)]
        if report is not None:
            results.append(report)
            if not report.is_refused:
                break
    return results


def _one(
    installation: Installation,
    step: Step,
    run: Run,
    data_source: DataSource,
    budgets: SharedBudgets,
) -> Report | None:
    """Read one data source with a connection and a client of its own; None if it has just ended."""
    evidence = Evidence()
    subjects = [subject for subject in step.subjects if step.concerns(data_source, subject)]
    outcomes: list[tuple[Subject, Outcome | None, Landed]] = []
    if not subjects:
        return None
    with installation.connection() as connection:
        client = _client(installation, step, data_source, connection, budgets, evidence)
        if client is None:
            return None
        if isinstance(client, Outcome):
            outcomes += [(subject, client, Landed()) for subject in subjects]
            _record(connection, step, run, data_source, outcomes)
            return Report(data_source, tuple(outcomes))
        known: dict[Hashable, Any] = {}
        with client:
            for subject in subjects:
                attempt = Attempt(
                    run,
                    step.phase,
                    data_source,
                    connection,
                    client,
                    evidence,
                    known=known,
                )
                outcome = attempt_subject(attempt, subject, step.work)
                outcomes.append((subject, outcome, attempt.landed))
                _record(connection, step, run, data_source, outcomes[-1:])
    return Report(data_source, tuple(outcomes))


def _client(
    installation: Installation,
    step: Step,
    data_source: DataSource,
    connection: psycopg.Connection,
    budgets: SharedBudgets,
    evidence: Evidence,
) -> VenueClient | Outcome | None:
    """Return the client of a data source, or why there is none; None if it has just ended.

    Raises:
        SettingsError: this installation has no keys; that concerns all sources.

    """
    environment = data_source.environment
    try:
        urls = installation.venue_urls(step.venue, environment)
        budget = budgets.of(data_source, installation.limits_factor(environment))
    except SettingsError as error:
        # Such as one of the emulator, left over where none is allowed.
        return Outcome("failed", "wrong_environment", str(error))
    if data_sources.sees_other_account(connection, data_source):
        return OTHER_ACCOUNT
    keyring = installation.keyring()
    try:
        credential = data_sources.credential(connection, keyring, data_source)
        return step.connect(credential.api_key, credential.secret, urls, budget, evidence.append)
    except data_sources.NotRegistered:
        return None
    except (EncryptionError, UnusableKeyError) as error:
        # A credential that does not open is as good as a revoked one: the others are read.
        return outcome_of(Unauthorised(step.venue, str(error)))
    except VenueError as error:
        return outcome_of(error)


def _record(
    connection: psycopg.Connection,
    step: Step,
    run: Run,
    data_source: DataSource,
    outcomes: Sequence[tuple[Subject, Outcome | None, Landed]],
) -> None:
    """Write the outcomes for the day that the run closes."""
    for subject, outcome, _ in outcomes:
        if outcome is not None and step.is_recorded:
            coverage.record_outcome(
                connection, run.run_id, data_source, subject, run.last_day, outcome
            )
