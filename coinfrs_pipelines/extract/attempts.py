"""One data source's share of a step: its client, its connection, and what it landed.

An attempt reads, and lands what it read; whatever the venue refuses, the requests and answers land
too. Which data sources there are, and how many are read at once, stands in `sources.py`.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

import psycopg

from coinfrs_pipelines.connectors.errors import NotEnabled, Permanent, VenueError
from coinfrs_pipelines.connectors.http import VenueClient
from coinfrs_pipelines.connectors.streams import Stream
from coinfrs_pipelines.connectors.walks import Page, walk
from coinfrs_pipelines.core.data_sources import DataSource
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.coverage import READ, Outcome, Subject
from coinfrs_pipelines.extract.evidence import Evidence, Phase, Proven, Provenance
from coinfrs_pipelines.extract.landing import (
    Landed,
    ReadingOf,
    land_readings,
    land_requests,
    land_walk,
)

T = TypeVar("T")

# An outcome's detail is read by people; the requests are all in coverage.requests.
SCOPES_NAMED_MAX = 10


@dataclass(frozen=True)
class Run:
    """What a step knows of its run: the days it closes, in order, and the only source it is for."""

    run_id: str
    days: tuple[date, ...]
    only_data_source: str | None = None

    @property
    def first_day(self) -> date:
        """The first day being closed."""
        return self.days[0]

    @property
    def last_day(self) -> date:
        """The last day being closed: the one that captures are taken for."""
        return self.days[-1]


@dataclass
class Attempt:
    """What reading one data source in one phase of a run takes, and what it has landed so far."""

    run: Run
    phase: Phase
    data_source: DataSource
    connection: psycopg.Connection
    client: VenueClient
    evidence: Evidence
    landed: Landed = field(default_factory=Landed)
    # What was asked once for all subjects of the source in this step; see `once`.
    known: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, what: Hashable, ask: Callable[[], T]) -> T:
        """Return what was answered when it was asked first in this step; nothing changes it."""
        if what not in self.known:
            self.known[what] = ask()
        answer: T = self.known[what]
        return answer

    def provenance(self, stream: str, scope: str = "") -> Provenance:
        """Return where rows of a stream come from when this attempt lands them."""
        return Provenance(
            run_id=self.run.run_id,
            phase=self.phase,
            data_source_id=self.data_source.id,
            account_ref=self.data_source.account_ref,
            resolution=self.client.resolution,
            stream=stream,
            scope=scope,
        )

    @contextmanager
    def keeping_evidence(self, stream: str, scope: str = "") -> Iterator[None]:
        """Land the requests and answers of the block if the venue refuses in it."""
        try:
            yield
        except VenueError:
            self.land_requests(stream, scope)
            raise

    def land_requests(self, stream: str, scope: str = "") -> None:
        """Land what was answered and has not landed. Raises LandingError."""
        provenance = self.provenance(stream, scope)
        self.landed.add(land_requests(self.connection, provenance, self.evidence.take()))

    def read(
        self,
        stream: Stream,
        scope: str = "",
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        from_id: int | None = None,
    ) -> None:
        """Walk a stream to its proven end and land it; the arguments are those of `walk`.

        Raises:
            VenueError: the venue refuses, or the walk is not proven. What it answered has landed.
            LandingError: the database refuses.

        """
        with self.keeping_evidence(stream.name, scope):
            walked = walk(self.client, stream, scope=scope, start=start, end=end, from_id=from_id)
        proven = Proven(walked.proven_from, walked.proven_to)
        self.land(stream, scope, walked.pages, proven)

    def land(self, stream: Stream, scope: str, pages: Sequence[Page], proven: Proven) -> None:
        """Land pages that prove an interval. Raises as `land_walk`."""
        provenance = self.provenance(stream.name, scope)
        exchanges = self.evidence.take()
        self.landed.add(land_walk(self.connection, provenance, stream, exchanges, pages, proven))

    def land_readings(self, name: str, readings: Sequence[ReadingOf]) -> Landed:
        """Land readings of positions in the table `raw_<name>`. Raises LandingError."""
        provenance = self.provenance(name)
        exchanges = self.evidence.take()
        landed = land_readings(
            self.connection, provenance, self.data_source.venue, exchanges, readings
        )
        self.landed.add(landed)
        return landed

    def read_spans(
        self,
        stream: Stream,
        scope: str,
        *,
        again_from: datetime,
        reach_back_to: datetime | None,
        now: datetime,
    ) -> list[coverage.Span]:
        """Read what coverage lacks of a stream and scope, and again what may have changed.

        What the venue no longer serves is not asked for: an empty answer would prove it exhausted.
        """
        spans = coverage.to_read(
            self.connection,
            self.data_source,
            stream.name,
            scope,
            again_from=again_from,
            reach_back_to=reach_back_to,
            now=now,
        )
        oldest = None if stream.retention is None else now - stream.retention
        for span in spans:
            start = span.start if oldest is None else max(span.start, oldest)
            if start < span.end:
                self.read(stream, scope, start=start, end=span.end)
        return spans

    def record(self, subject: Subject, day: date, outcome: Outcome) -> None:
        """Write what became of a subject on a day."""
        coverage.record_outcome(
            self.connection, self.run.run_id, self.data_source, subject, day, outcome
        )

    def read_again_from(
        self, stream: Stream, now: datetime, first_day: date | None = None
    ) -> datetime:
        """Return from where records of the stream are read again for the days being closed.

        Those from `first_day` on; without it, the days of the run. What only a master may ask may
        tell of its sub-accounts, whose chains may stand further back than its own.
        """
        on, of_family = first_day or self.run.first_day, stream.account_kind == "master"
        opening = self.once(
            ("opening", on, of_family),
            lambda: coverage.opening(self.connection, self.data_source, on, of_family=of_family),
        )
        return coverage.read_again_from(opening, now, stream.trailing)


def of_each_scope(scopes: Sequence[str], read: Callable[[str], object]) -> Outcome:
    """Read every scope although one is refused; an error that concerns them all goes through."""
    refused: dict[str, VenueError] = {}
    for scope in scopes:
        try:
            read(scope)
        except (NotEnabled, Permanent) as error:
            if len(scopes) == 1:
                raise
            refused[scope] = error
    return outcome_of_refused(refused, len(scopes))


def outcome_of_refused(refused: dict[str, VenueError], scope_count: int) -> Outcome:
    """Return the outcome of a stream of which some scopes were refused: the gravest counts."""
    if not refused:
        return READ
    gravest = next(
        (error for error in refused.values() if not isinstance(error, NotEnabled)),
        next(iter(refused.values())),
    )
    outcome = outcome_of(gravest)
    detail = f"{len(refused)} of {scope_count} scopes ({named(list(refused))}): {outcome.detail}"
    scopes = tuple(refused) if len(refused) < scope_count else None
    return Outcome(outcome.result, outcome.reason, detail, scopes)


def outcome_of(error: VenueError) -> Outcome:
    """Return what an error of the venue makes of an attempt."""
    result: coverage.Result = "not_enabled" if isinstance(error, NotEnabled) else "failed"
    return Outcome(result, error.reason, str(error))


def named(scopes: Sequence[str]) -> str:
    """Return the first scopes by name, and how many more there are."""
    more = len(scopes) - SCOPES_NAMED_MAX
    names = ", ".join(scope or "the account's own" for scope in scopes[:SCOPES_NAMED_MAX])
    return names + (f" and {more} more" if more > 0 else "")


Work = Callable[[Attempt, Subject], Outcome | None]


def attempt_subject(attempt: Attempt, subject: Subject, work: Work) -> Outcome | None:
    """Do the work for one subject; what the venue refuses becomes the outcome.

    Raises:
        LandingError, psycopg.Error: the database refuses; that is not the venue's doing.

    """
    try:
        with attempt.keeping_evidence(subject.name):
            attempt.client.keep_clock_fresh()
            outcome = work(attempt, subject)
    except VenueError as error:
        return outcome_of(error)
    attempt.land_requests(subject.name)
    return outcome
