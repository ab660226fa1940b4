"""One injected fault: the kinds there are, and how each is read from the admin API's JSON.

A counted fault knows how often it may still strike, each how often it did: one that never did has
shown nothing. What the faces ask, and which of several faults answers, is not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

REFUSED_STATUSES = range(500, 600)

# How an answer that is not given looks: as the venue's own errors, as a page of what stands before
# it, without anything, or not even whole, because the connection is cut in the middle of it.
Body = Literal["json", "html", "empty", "cut"]
SENT_BODIES: tuple[Body, ...] = ("json", "html", "empty")
HTML = "<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\n"


class UnknownFaultError(ValueError):
    """The fault is not one that an emulated venue has, or a parameter of it is missing or wrong."""


@dataclass(kw_only=True)
class Fault:
    """One injected fault: as it was asked for, how often it may still strike, how often it did.

    `requests` is None where it strikes until it is cleared.
    """

    told: Mapping[str, Any]
    requests: int | None = None
    struck: int = 0

    def strikes(self) -> bool:
        """Use up one request of the fault; False where none is left."""
        if self.requests == 0:
            return False
        if self.requests is not None:
            self.requests -= 1
        self.struck += 1
        return True


@dataclass(kw_only=True)
class Hidden(Fault):
    """An event that no face ever shows."""

    event_id: str


@dataclass(kw_only=True)
class Late(Fault):
    """An event that no face shows before a venue instant."""

    event_id: str
    shown_from: datetime


@dataclass(kw_only=True)
class Dropped(Fault):
    """A row that the next answers of one path leave out although it has happened."""

    event_id: str
    path: str


@dataclass(kw_only=True)
class Failure(Fault):
    """An answer that is not given: the next calls of paths that begin with `path`."""

    status: int
    path: str
    body: Body = "json"
    retry_after_seconds: int | None = None


@dataclass(kw_only=True)
class Repeat(Fault):
    """Pages after the first that begin `rows` rows early (None: a whole page)."""

    path: str
    rows: int | None


@dataclass(kw_only=True)
class Skew(Fault):
    """Times told that are off."""

    offset: timedelta


@dataclass(kw_only=True)
class MissingSnapshot(Fault):
    """A daily snapshot that was never made."""

    account_ref: str
    day: date


@dataclass(kw_only=True)
class Revoked(Fault):
    """A key that no longer opens anything."""

    api_key: str


@dataclass(kw_only=True)
class HiddenWallet(Fault):
    """A wallet that the venue lists no more, nor counts in a total."""

    account_ref: str
    asset: str


@dataclass(kw_only=True)
class StaleWallet(Fault):
    """A wallet that the next answers tell as it was at `at`."""

    account_ref: str
    asset: str
    at: datetime


def read(told: Mapping[str, Any]) -> Fault:
    """Read a fault from JSON: `kind`, and the parameters listed in `_INJECTIONS`.

    Raises:
        UnknownFaultError: the kind or a parameter is unknown, or a parameter is missing or has a
            wrong form.

    """
    kind = str(told.get("kind"))
    if kind not in _INJECTIONS:
        raise UnknownFaultError(f"No fault {kind!r}; choose one of {', '.join(_INJECTIONS)}.")
    make, names = _INJECTIONS[kind]
    if strange := sorted(set(told) - {"kind", *names}):
        raise UnknownFaultError(
            f"The fault {kind} has no {', '.join(strange)}; it has {', '.join(names)}."
        )
    try:
        return make(told)
    except KeyError as missing:
        raise UnknownFaultError(f"The fault {kind} needs {missing.args[0]!r}.") from None
    except (TypeError, ValueError) as wrong:
        raise UnknownFaultError(f"The fault {kind}: {wrong}") from None


def _hide_record(told: Mapping[str, Any]) -> Fault:
    """No face ever shows the event."""
    return Hidden(told=told, event_id=str(told["event_id"]))


def _late_row(told: Mapping[str, Any]) -> Fault:
    """No face shows the event before the venue instant `from`."""
    return Late(told=told, event_id=str(told["event_id"]), shown_from=instant(told["from"]))


def _drop_row(told: Mapping[str, Any]) -> Fault:
    """One face leaves the event out of so many answers (`requests`, 1) that would hold it."""
    event_id, path = str(told["event_id"]), str(told["path"])
    return Dropped(told=told, requests=_requests(told), event_id=event_id, path=path)


def _repeat_page(told: Mapping[str, Any]) -> Fault:
    """Pages after the first begin early: by `rows` (a whole page), `requests` (1) times."""
    rows = None if told.get("rows") is None else int(told["rows"])
    return Repeat(told=told, requests=_requests(told), path=str(told["path"]), rows=rows)


def _http_429(told: Mapping[str, Any]) -> Fault:
    """Too many requests: `requests` (1), `path` (all), `retry_after` (seconds)."""
    after = None if told.get("retry_after") is None else int(told["retry_after"])
    return Failure(
        told=told,
        requests=_requests(told),
        status=429,
        path=str(told.get("path", "/")),
        retry_after_seconds=after,
    )


def _http_5xx(told: Mapping[str, Any]) -> Fault:
    """Fail as a venue does: `requests` (1), `path` (all), `status` (503), `body` (json)."""
    status = int(told.get("status", 503))
    if status not in REFUSED_STATUSES:
        raise ValueError(f"status {status} is not between 500 and 599.")
    return _failure(told, status, "json", str(told.get("path", "/")))


def _http_403(told: Mapping[str, Any]) -> Fault:
    """Refuse as a firewall before the venue does: `requests` (1), `path` (all), `body` (html)."""
    return _failure(told, 403, "html", str(told.get("path", "/")))


def _gone(told: Mapping[str, Any]) -> Fault:
    """There is no such endpoint (any more): `path`, `requests` (1), `body` (json)."""
    return _failure(told, 404, "json", str(told["path"]))


def _refused(told: Mapping[str, Any]) -> Fault:
    """Say that who asks has no part in what the endpoint tells: `path`, `requests` (1)."""
    return Failure(told=told, requests=_requests(told), status=400, path=str(told["path"]))


def _cut(told: Mapping[str, Any]) -> Fault:
    """Cut the connection in the middle of the answer: `requests` (1), `path` (all)."""
    path = str(told.get("path", "/"))
    return Failure(told=told, requests=_requests(told), status=200, path=path, body="cut")


def _failure(told: Mapping[str, Any], status: int, usual: Body, path: str) -> Fault:
    body = told.get("body", usual)
    if body not in SENT_BODIES:
        raise ValueError(f"body is one of {', '.join(SENT_BODIES)}, not {body!r}.")
    return Failure(told=told, requests=_requests(told), status=status, path=path, body=body)


def _clock_skew(told: Mapping[str, Any]) -> Fault:
    """Tell the next times (`requests`, 1) off by so many `milliseconds` (signed)."""
    offset = timedelta(milliseconds=int(told["milliseconds"]))
    return Skew(told=told, requests=_requests(told), offset=offset)


def _missing_snapshot(told: Mapping[str, Any]) -> Fault:
    """Never make the daily snapshot of `account_ref` and `day` (date)."""
    day = date.fromisoformat(str(told["day"]))
    return MissingSnapshot(told=told, account_ref=str(told["account_ref"]), day=day)


def _revoke_key(told: Mapping[str, Any]) -> Fault:
    """Let the key open nothing any more."""
    return Revoked(told=told, api_key=str(told["api_key"]))


def _hide_wallet(told: Mapping[str, Any]) -> Fault:
    """List that wallet no more, nor count it in a total."""
    account_ref, asset = str(told["account_ref"]), str(told["asset"])
    return HiddenWallet(told=told, account_ref=account_ref, asset=asset)


def _stale_wallet(told: Mapping[str, Any]) -> Fault:
    """Tell the wallet in lists as of the instant `at`: `requests` (1)."""
    return StaleWallet(
        told=told,
        requests=_requests(told),
        account_ref=str(told["account_ref"]),
        asset=str(told["asset"]),
        at=instant(told["at"]),
    )


def _requests(told: Mapping[str, Any]) -> int:
    requests = int(told.get("requests", 1))
    if requests < 1:
        raise ValueError(f"requests is at least 1, not {requests}.")
    return requests


_INJECTIONS = {
    "hide_record": (_hide_record, ("event_id",)),
    "late_row": (_late_row, ("event_id", "from")),
    "drop_row": (_drop_row, ("event_id", "path", "requests")),
    "repeat_page": (_repeat_page, ("path", "rows", "requests")),
    "http_429": (_http_429, ("path", "requests", "retry_after")),
    "http_5xx": (_http_5xx, ("path", "requests", "status", "body")),
    "http_403": (_http_403, ("path", "requests", "body")),
    "gone": (_gone, ("path", "requests", "body")),
    "refused": (_refused, ("path", "requests")),
    "cut_connection": (_cut, ("path", "requests")),
    "clock_skew": (_clock_skew, ("milliseconds", "requests")),
    "missing_snapshot": (_missing_snapshot, ("account_ref", "day")),
    "revoke_key": (_revoke_key, ("api_key",)),
    "hide_wallet": (_hide_wallet, ("account_ref", "asset")),
    "stale_wallet": (_stale_wallet, ("account_ref", "asset", "at", "requests")),
}


def instant(text: object) -> datetime:
    """Read an ISO 8601 instant; without a zone it is UTC.

    Raises:
        ValueError: the text is not an instant.

    """
    read = datetime.fromisoformat(str(text))
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
