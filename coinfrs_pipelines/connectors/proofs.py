"""What a proof that a key may only read consists of, how it fails, and which accounts a key shows.

And how long it may take, and what it may spend at the venue. The probes themselves are each venue's
(`permissions.py`).
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.connectors.errors import Banned, Throttled, Transient, VenueError
from coinfrs_pipelines.connectors.http import Bucket, Exchange, LocalBudget

# Somebody waits for the answer; a venue slower than this is asked again another time.
SECONDS_MAX = 60.0
FAILURES_MAX = 3
_TOO_MANY = 429
_SERVER_FAILURE = 500


@dataclass(frozen=True)
class Proof:
    """A key was shown to be read-only.

    `account_ref` is what it sees: a Binance uid, a Fireblocks workspace id. `account_kind` is
    master, sub_account or workspace; `evidence` is what was probed and answered, as JSON.
    """

    account_ref: str
    account_kind: str
    evidence: dict[str, Any]


@dataclass(frozen=True)
class SeenAccount:
    """An account that a key shows.

    `external_id` is the venue's own reference: a Binance uid; a Fireblocks workspace id, a slash
    and the id of the vault account. `kind` is master, sub_account or vault_account; `name` is what
    the venue calls it; `parent_ref` is a sub-account's master where the master's key shows it.
    """

    external_id: str
    name: str | None
    kind: str
    parent_ref: str | None = None


class NotReadOnly(Exception):  # noqa: N818 -- the name states the refusal.
    """A key may do more than read, or it could not be shown that it may not.

    `reason` is a stable code: may_write, unclear, or the reason of the venue's error, which is
    `venue_error` then. The text says what to do next and names no secret. `evidence` is what was
    probed and answered by then, as JSON.
    """

    def __init__(
        self,
        reason: str,
        detail: str,
        *,
        venue_error: VenueError | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> None:
        self.reason = reason
        self.detail = detail
        self.venue_error = venue_error
        self.evidence = dict(evidence or {})
        super().__init__(detail)

    @property
    def retry_later(self) -> bool:
        """Whether the same key may pass later: the venue was busy or did not answer."""
        return isinstance(self.venue_error, Transient | Throttled | Banned)


def refused(error: VenueError, evidence: Mapping[str, Any] | None = None) -> NotReadOnly:
    """Return the refusal of a key whose probe the venue did not answer as expected."""
    return NotReadOnly(
        error.reason,
        f"The key could not be proven read-only. The venue said: {error}",
        venue_error=error,
        evidence=evidence,
    )


class Patience:
    """Ends a proof that the venue slows down: whoever registers a key is told to come back."""

    def __init__(self, venue: str) -> None:
        self._venue = venue
        self._ends = time.monotonic() + SECONDS_MAX
        self._failures = 0

    def check(self, exchange: Exchange) -> None:
        """Take each answer of the venue, and refuse instead of waiting for another try."""
        if exchange.status == _TOO_MANY:
            raise self._refusal(Throttled, "asks for fewer requests")
        self._failures += exchange.status >= _SERVER_FAILURE
        if self._failures >= FAILURES_MAX:
            raise self._refusal(Transient, "fails to answer")
        if time.monotonic() > self._ends:
            raise self._refusal(Transient, "answers too slowly")

    def _refusal(self, kind: type[VenueError], what: str) -> NotReadOnly:
        return NotReadOnly(
            kind.reason,
            f"{self._venue} {what}. Try again in some minutes.",
            venue_error=kind(self._venue, what),
        )


class ProbeBudget:
    """What the proofs of this process spend at one venue: by address together, by account apart.

    A proof has no data source yet and may not write to the budgets that the extraction shares.
    `factor` scales the venue's limits.
    """

    _lock = threading.Lock()
    _by_address: dict[tuple[str, str], LocalBudget] = {}  # noqa: RUF012 -- shared by all on purpose.

    def __init__(self, venue: str, environment: str, factor: Decimal) -> None:
        with self._lock:
            self._shared = self._by_address.setdefault((venue, environment), LocalBudget())
        self._own = LocalBudget()
        self._factor = factor

    def acquire(self, bucket: Bucket, weight: int, venue_now: datetime) -> float:
        """Take the weight and return 0, or nothing and return the seconds to the window's end."""
        scaled = replace(bucket, limit=int(bucket.limit * self._factor))
        return self._of(bucket).acquire(scaled, weight, venue_now)

    def report(self, bucket: Bucket, used: int, venue_now: datetime) -> None:
        """Raise what is known to be spent in the window to what the venue itself has counted."""
        self._of(bucket).report(bucket, used, venue_now)

    def _of(self, bucket: Bucket) -> LocalBudget:
        return self._own if bucket.per_account else self._shared
