"""The ways a venue can misbehave towards one world, injected by the admin API.

Without an injected fault a world behaves as documented. A fault never touches the ledger: balances
move all the same, only what a face tells changes. The faces of both venues ask the questions below
and know nothing of who injected what.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

REFUSED_STATUSES = range(500, 600)


class UnknownFaultError(ValueError):
    """The fault is not one that an emulated venue has, or a parameter of it is missing or wrong."""


@dataclass
class Failure:
    """An answer that is not given: the next `requests` calls of paths that begin with `path`."""

    status: int
    path: str
    requests: int
    retry_after_seconds: int | None = None


@dataclass
class Repeat:
    """Pages after the first that begin `rows` rows early (None: a whole page), so many times."""

    path: str
    rows: int | None
    requests: int


@dataclass
class Dropped:
    """A row that the next `requests` answers of one path leave out although it has happened."""

    event_id: str
    path: str
    requests: int


@dataclass
class StaleWallet:
    """A wallet that the next `requests` answers tell as it was at `at`."""

    account_ref: str
    asset: str
    at: datetime
    requests: int


@dataclass
class Faults:
    """All faults of one world. Every `takes_…` question uses up one request of a counted fault."""

    hidden: set[str] = field(default_factory=set)
    late: dict[str, datetime] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    repeats: list[Repeat] = field(default_factory=list)
    skews: list[tuple[timedelta, int]] = field(default_factory=list)
    missing_snapshots: set[tuple[str, date]] = field(default_factory=set)
    revoked_keys: set[str] = field(default_factory=set)
    hidden_wallets: set[tuple[str, str]] = field(default_factory=set)
    stale_wallets: list[StaleWallet] = field(default_factory=list)

    def shows(self, event_id: str, path: str, now: datetime) -> bool:
        """Return whether a face may show the event at the venue instant `now`.

        Ask only for an event that has happened and that the answer would hold: a dropped row's
        count goes down with each such answer.
        """
        if event_id in self.hidden:
            return False
        if event_id in self.late and now < self.late[event_id]:
            return False
        for drop in self.dropped:
            if drop.event_id == event_id and path.startswith(drop.path) and drop.requests > 0:
                drop.requests -= 1
                return False
        return True

    def takes_failure(self, path: str) -> Failure | None:
        """Return the failure that this request must answer with, or None."""
        for failure in self.failures:
            if path.startswith(failure.path) and failure.requests > 0:
                failure.requests -= 1
                return failure
        return None

    def takes_skew(self) -> timedelta:
        """Return how far the time that the venue tells (never the one it checks by) is off."""
        for position, (offset, requests) in enumerate(self.skews):
            if requests > 0:
                self.skews[position] = (offset, requests - 1)
                return offset
        return timedelta(0)

    def takes_repeat(self, path: str, page_size: int) -> int:
        """Return by how many rows a page early begins; ask only for pages after the first.

        A page that comes again hides what stands in its place. The same shift for all pages of a
        walk, as after a new row on top of a newest-first list, brings rows twice and loses none.
        """
        for repeat in self.repeats:
            if path.startswith(repeat.path) and repeat.requests > 0:
                repeat.requests -= 1
                return page_size if repeat.rows is None else repeat.rows
        return 0

    def snapshot_is_missing(self, account_ref: str, day: date) -> bool:
        """Return whether the daily snapshot of the account was never made."""
        return (account_ref, day) in self.missing_snapshots

    def shows_wallet(self, account_ref: str, asset: str) -> bool:
        """Return whether the venue still lists the wallet of an asset."""
        return (account_ref, asset) not in self.hidden_wallets

    def takes_stale_wallet(self, account_ref: str, asset: str) -> datetime | None:
        """Return the instant as of which this answer must tell the wallet, or None for now."""
        for stale in self.stale_wallets:
            is_meant = (stale.account_ref, stale.asset) == (account_ref, asset)
            if is_meant and stale.requests > 0:
                stale.requests -= 1
                return stale.at
        return None

    def is_revoked(self, api_key: str) -> bool:
        """Return whether the key no longer opens anything."""
        return api_key in self.revoked_keys

    def clear(self) -> None:
        """Return to the fault-free default."""
        self.__init__()  # type: ignore[misc]  # A dataclass's own way to its defaults.

    def inject(self, fault: Mapping[str, Any]) -> None:
        """Add one fault given as JSON: `kind` and the parameters listed in `_INJECTIONS`.

        Raises:
            UnknownFaultError: the kind is unknown, or a parameter is missing or has a wrong form.

        """
        kind = str(fault.get("kind"))
        if kind not in _INJECTIONS:
            raise UnknownFaultError(f"No fault {kind!r}; choose one of {', '.join(_INJECTIONS)}.")
        try:
            _INJECTIONS[kind](self, fault)
        except KeyError as missing:
            raise UnknownFaultError(f"The fault {kind} needs {missing.args[0]!r}.") from None
        except (TypeError, ValueError) as wrong:
            raise UnknownFaultError(f"The fault {kind}: {wrong}") from None


def _hide_record(faults: Faults, fault: Mapping[str, Any]) -> None:
    """`event_id`: no face ever shows the event."""
    faults.hidden.add(str(fault["event_id"]))


def _late_row(faults: Faults, fault: Mapping[str, Any]) -> None:
    """`event_id`, `from` (instant): no face shows the event before that venue instant."""
    faults.late[str(fault["event_id"])] = instant(fault["from"])


def _drop_row(faults: Faults, fault: Mapping[str, Any]) -> None:
    """`event_id`, `path`, `requests` (1): one face leaves the event out for so many answers."""
    faults.dropped.append(
        Dropped(str(fault["event_id"]), str(fault["path"]), int(fault.get("requests", 1)))
    )


def _repeat_page(faults: Faults, fault: Mapping[str, Any]) -> None:
    """`path`, `rows` (a whole page), `requests` (1): pages after the first begin early."""
    rows = fault.get("rows")
    faults.repeats.append(
        Repeat(
            str(fault["path"]),
            None if rows is None else int(rows),
            int(fault.get("requests", 1)),
        )
    )


def _http_429(faults: Faults, fault: Mapping[str, Any]) -> None:
    """Too many requests: `requests` (1), `path` (all), `retry_after` (seconds)."""
    after = fault.get("retry_after")
    faults.failures.append(
        Failure(
            429,
            str(fault.get("path", "/")),
            int(fault.get("requests", 1)),
            None if after is None else int(after),
        )
    )


def _http_5xx(faults: Faults, fault: Mapping[str, Any]) -> None:
    """Fail as a venue does: `requests` (1), `path` (all), `status` (503)."""
    status = int(fault.get("status", 503))
    if status not in REFUSED_STATUSES:
        raise ValueError(f"status {status} is not between 500 and 599.")
    faults.failures.append(
        Failure(status, str(fault.get("path", "/")), int(fault.get("requests", 1)))
    )


def _gone(faults: Faults, fault: Mapping[str, Any]) -> None:
    """`path`, `requests` (1): there is no such endpoint (any more)."""
    faults.failures.append(Failure(404, str(fault["path"]), int(fault.get("requests", 1))))


def _refused(faults: Faults, fault: Mapping[str, Any]) -> None:
    """`path`, `requests` (1): who asks has no part in what the endpoint tells."""
    faults.failures.append(Failure(400, str(fault["path"]), int(fault.get("requests", 1))))


def _clock_skew(faults: Faults, fault: Mapping[str, Any]) -> None:
    """`milliseconds` (signed), `requests` (1): the next times told are off by so much."""
    offset = timedelta(milliseconds=int(fault["milliseconds"]))
    faults.skews.append((offset, int(fault.get("requests", 1))))


def _missing_snapshot(faults: Faults, fault: Mapping[str, Any]) -> None:
    """`account_ref`, `day` (date): that daily snapshot was never made."""
    day = date.fromisoformat(str(fault["day"]))
    faults.missing_snapshots.add((str(fault["account_ref"]), day))


def _revoke_key(faults: Faults, fault: Mapping[str, Any]) -> None:
    """`api_key`: the key no longer opens anything."""
    faults.revoked_keys.add(str(fault["api_key"]))


def _hide_wallet(faults: Faults, fault: Mapping[str, Any]) -> None:
    """`account_ref`, `asset`: the venue lists that wallet no more, nor counts it in a total."""
    faults.hidden_wallets.add((str(fault["account_ref"]), str(fault["asset"])))


def _stale_wallet(faults: Faults, fault: Mapping[str, Any]) -> None:
    """`account_ref`, `asset`, `at` (instant), `requests` (1): lists tell the wallet as of then."""
    faults.stale_wallets.append(
        StaleWallet(
            str(fault["account_ref"]),
            str(fault["asset"]),
            instant(fault["at"]),
            int(fault.get("requests", 1)),
        )
    )


_INJECTIONS = {
    "hide_record": _hide_record,
    "late_row": _late_row,
    "drop_row": _drop_row,
    "repeat_page": _repeat_page,
    "http_429": _http_429,
    "http_5xx": _http_5xx,
    "gone": _gone,
    "refused": _refused,
    "clock_skew": _clock_skew,
    "missing_snapshot": _missing_snapshot,
    "revoke_key": _revoke_key,
    "hide_wallet": _hide_wallet,
    "stale_wallet": _stale_wallet,
}


def instant(text: object) -> datetime:
    """Read an ISO 8601 instant; without a zone it is UTC.

    Raises:
        ValueError: the text is not an instant.

    """
    read = datetime.fromisoformat(str(text))
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
