"""Weight budgets that all runs of one egress address share, counted in `coverage.budgets`.

One upsert per request, in a window aligned to the venue's own calendar, raised to what the response
headers report. The connectors see only their `Budget` protocol; which endpoint costs what, and the
waiting for the next window, is theirs.
"""

import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import TracebackType
from typing import Self

import psycopg

from coinfrs_pipelines.connectors.http import Bucket
from coinfrs_pipelines.core.data_sources import DataSource

# A window this much older than its bucket's current one can serve nobody any more.
KEPT = timedelta(hours=1)

# The budget is a working table: after a crash of the server the venue's headers correct it.
RELAXED = "set synchronous_commit = off"
STRICT = "reset synchronous_commit"

# Nothing comes back where the window has not enough left.
ACQUIRE = """
insert into coverage.budgets as budget (bucket, window_start, used)
select %(bucket)s, %(window_start)s, %(weight)s::bigint
where %(weight)s::bigint <= %(limit)s
on conflict (bucket, window_start) do update set used = budget.used + excluded.used
where budget.used + excluded.used <= %(limit)s
returning used
"""

# Another run may have taken more since the venue counted, so the larger of the two is the truth.
REPORT = """
insert into coverage.budgets as budget (bucket, window_start, used)
values (%(bucket)s, %(window_start)s, %(used)s)
on conflict (bucket, window_start) do update set used = excluded.used
where budget.used < excluded.used
"""

FORGET = "delete from coverage.budgets where bucket = %(bucket)s and window_start < %(before)s"


class SharedBudgets:
    """The budgets of every data source of a step, over one autocommit connection of their own.

    Safe for many threads. At the end of the block the connection is as it was given.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._current: dict[str, datetime] = {}
        # What a bucket's window holds at the least, by the last time that something was taken.
        self._taken: dict[str, tuple[datetime, int]] = {}
        connection.execute(RELAXED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # A lost connection has already been reported by the statement that found it.
        with suppress(psycopg.Error):
            self._connection.execute(STRICT)

    def of(self, data_source: DataSource, factor: Decimal) -> "SharedBudget":
        """Return the connectors' `Budget` of a data source; `factor` scales every limit."""
        return SharedBudget(self, data_source, factor)

    def take(self, bucket: str, window_start: datetime, weight: int, limit: int) -> bool:
        """Take the weight if the window has it left; return whether it had."""
        with self._lock:
            self._forget_before(bucket, window_start)
            row = self._connection.execute(
                ACQUIRE,
                {"bucket": bucket, "window_start": window_start, "weight": weight, "limit": limit},
            ).fetchone()
            if row is not None:
                self._taken[bucket] = window_start, row[0]
        return row is not None

    def raise_to(self, bucket: str, window_start: datetime, used: int) -> None:
        """Raise what is known to be spent in a window; never lower it."""
        with self._lock:
            taken_in, taken = self._taken.get(bucket, (None, 0))
            if taken_in == window_start and used <= taken:
                return
            self._connection.execute(
                REPORT, {"bucket": bucket, "window_start": window_start, "used": used}
            )

    def _forget_before(self, bucket: str, window_start: datetime) -> None:
        """Delete a bucket's past windows, once for each new one."""
        if self._current.get(bucket) == window_start:
            return
        self._current[bucket] = window_start
        self._connection.execute(FORGET, {"bucket": bucket, "before": window_start - KEPT})


@dataclass(frozen=True)
class SharedBudget:
    """One data source's view of the shared budgets: what the connectors ask."""

    shared: SharedBudgets
    data_source: DataSource
    factor: Decimal

    def acquire(self, bucket: Bucket, weight: int, venue_now: datetime) -> float:
        """Take the weight and return 0, or nothing and return the seconds to the window's end."""
        limit = int(bucket.limit * self.factor)
        start = bucket.window_start(venue_now)
        if self.shared.take(self._name(bucket), start, weight, limit):
            return 0
        return (start + timedelta(seconds=bucket.window_seconds) - venue_now).total_seconds()

    def report(self, bucket: Bucket, used: int, venue_now: datetime) -> None:
        """Raise what is known to be spent in the window to what the venue itself has counted."""
        self.shared.raise_to(self._name(bucket), bucket.window_start(venue_now), used)

    def _name(self, bucket: Bucket) -> str:
        """Set apart what the venue counts apart: its environments, and accounts where it does."""
        parts = [self.data_source.venue, self.data_source.environment]
        if bucket.per_account:
            parts.append(self.data_source.account_ref)
        return "/".join([*parts, bucket.name])
