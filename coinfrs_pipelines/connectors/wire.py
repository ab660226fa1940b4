"""What is known about one request to a venue: its endpoint, its budget, its clock, its evidence.

Plain values and the venue's clock; nothing here talks to the network, which is `http.py`'s part.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from coinfrs_pipelines.connectors.errors import VenueError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Bucket:
    """What the venue counts weight in, reset at each multiple of the window on the venue's clock.

    `per_account` says that the venue counts by account (or workspace) and not by IP address. The
    name tells neither account nor environment: whoever shares a budget sets them apart.
    """

    name: str
    limit: int
    window_seconds: int = 60
    per_account: bool = False

    def window_start(self, venue_now: datetime) -> datetime:
        """Return the beginning of the calendar window that holds the instant."""
        window = timedelta(seconds=self.window_seconds)
        return EPOCH + (venue_now - EPOCH) // window * window


class Budget(Protocol):
    """The weight left in a venue's current window, shared by whoever shares the limit."""

    def acquire(self, bucket: Bucket, weight: int, venue_now: datetime) -> float:
        """Take the weight and return 0, or nothing and return the seconds to the window's end."""

    def report(self, bucket: Bucket, used: int, venue_now: datetime) -> None:
        """Raise what is known to be spent in the window to what the venue itself has counted."""


class LocalBudget:
    """A budget of this process alone; for probes, which may not write to the shared one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[str, tuple[datetime, int]] = {}

    def acquire(self, bucket: Bucket, weight: int, venue_now: datetime) -> float:
        """Take the weight and return 0, or nothing and return the seconds to the window's end."""
        start = bucket.window_start(venue_now)
        with self._lock:
            used = self._spent(bucket, start)
            if used + weight <= bucket.limit:
                self._used[bucket.name] = (start, used + weight)
                return 0
        return (start + timedelta(seconds=bucket.window_seconds) - venue_now).total_seconds()

    def report(self, bucket: Bucket, used: int, venue_now: datetime) -> None:
        """Raise what is known to be spent in the window to what the venue itself has counted."""
        start = bucket.window_start(venue_now)
        with self._lock:
            self._used[bucket.name] = (start, max(used, self._spent(bucket, start)))

    def _spent(self, bucket: Bucket, start: datetime) -> int:
        known_start, used = self._used.get(bucket.name, (start, 0))
        return used if known_start == start else 0


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of a venue: what a request to it costs, and where.

    `api` names the host where a venue has several; empty is the one that tells the time.
    """

    path: str
    weight: int
    bucket: Bucket
    method: str = "GET"
    signed: bool = True
    api: str = ""


@dataclass(frozen=True)
class Exchange:
    """One answered request: the evidence.

    `query` is as sent, without timestamp, receive window and signature. `venue_time` is the last
    venue time received before the request; only a request that was the first to hear from the venue
    bears the time it brought (or real time, if it brought none). `sent_at` is real time.
    """

    method: str
    path: str
    query: str
    status: int
    body: bytes = field(repr=False)
    weight: int
    venue_time: datetime
    sent_at: datetime
    duration_ms: int
    # The cursor that some venues put in a header and not in the body; empty otherwise.
    next_cursor: str = ""


class VenueClock:
    """The last time received from a venue, and how long ago in real time that was.

    What a run claims about venue time is something the venue said, and never extrapolated.
    """

    def __init__(self) -> None:
        self._now: datetime | None = None
        self._received = 0.0
        self._readings = 0

    @property
    def readings(self) -> int:
        """How often the venue's time was received."""
        return self._readings

    @property
    def now(self) -> datetime | None:
        """The last venue time received, aware UTC; None before the first."""
        return self._now

    @property
    def age_seconds(self) -> float:
        """Real seconds since the venue's time was received."""
        return time.monotonic() - self._received

    @property
    def likely_now(self) -> datetime | None:
        """What the venue's clock shows now if it ran on: to count by, never to claim."""
        return None if self._now is None else self._now + timedelta(seconds=self.age_seconds)

    def receive(self, venue_time: datetime) -> None:
        """Take what the venue says, also where it goes back: an earlier answer was skewed then."""
        self._now = venue_time
        self._received = time.monotonic()
        self._readings += 1


@dataclass(frozen=True, kw_only=True)
class Wire:
    """How a venue speaks, as far as its client must understand it to ask again.

    `told_time(path, headers, body)` reads the venue time out of an answer that brings one,
    `counted(bucket, headers)` what the venue says is spent, `cursor(headers)` the next page's
    cursor. `clock_age_seconds_max` is how old a received time may be when it signs,
    `clock_tick_seconds` how long a running clock surely needs to show another time.
    """

    venue: str
    resolution: timedelta
    clock: Endpoint
    clock_age_seconds_max: float
    clock_tick_seconds: float
    clock_codes: frozenset[str]
    told_time: Callable[[str, Mapping[str, str], bytes], datetime | None]
    counted: Callable[[Bucket, Mapping[str, str]], int | None]
    classify: Callable[[int, Mapping[str, str], bytes], VenueError | None]
    cursor: Callable[[Mapping[str, str]], str] = lambda _headers: ""
