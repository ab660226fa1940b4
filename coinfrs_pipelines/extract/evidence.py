"""The evidence of a reading: requests, answers byte for byte, and the interval they prove.

Everything here is written inside the transaction that lands the rows, see `landing.py`. It also
says which venue instant an answer stands for, which is what brackets and `as_of` are made of.
"""

import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

import psycopg

from coinfrs_pipelines.connectors.http import Exchange

_MICROSECOND = timedelta(microseconds=1)

RESERVE_REQUESTS = """
select nextval('coverage.request_ids') from generate_series(1, %s)
"""
COPY_REQUESTS = """
copy coverage.requests (
    id, data_source_id, run_id, stream, scope, phase, method, path, query, status, weight,
    observed_at, sent_at, duration_ms
) from stdin (format binary)
"""
REQUEST_TYPES = (
    *("int8", "uuid", "text", "text", "text", "text", "text", "text", "text", "int4", "int4"),
    *("timestamptz", "timestamptz", "int4"),
)
COPY_RESPONSES = """
copy coverage.responses (request_id, body_gzip, body_sha256, body_bytes)
from stdin (format binary)
"""
RESPONSE_TYPES = ("int8", "bytea", "bytea", "int4")
INSERT_INTERVAL = """
insert into coverage.intervals
    (data_source_id, account_ref, stream, scope, proven, as_of, method, run_id)
values (%s, %s, %s, %s, tstzrange(%s, %s), %s, %s, %s)
"""


Method = Literal["api", "file"]


class Phase(StrEnum):
    """When in a run something was read: its captures are what everything is ordered against.

    A file is imported in no run: its answer stands for the instant at which the venue made it.
    """

    BEFORE_CAPTURES = "before_captures"
    CAPTURES = "captures"
    AFTER_CAPTURES = "after_captures"
    IMPORT = "import"


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where rows come from: the run, its phase, the data source, the stream and its scope.

    `resolution` is the smallest step of the venue's clock.
    """

    run_id: str
    phase: Phase
    data_source_id: UUID
    account_ref: str
    resolution: timedelta
    stream: str
    scope: str = ""

    def observed_at(self, exchange: Exchange) -> datetime:
        """Return the venue instant that an answer stands for.

        On a held clock a whole run happens at one venue time, and on any clock within a step of
        it. So what was read before the captures is dated just before that time, and what was read
        after them one step later: it sorts as it happened.
        """
        match self.phase:
            case Phase.BEFORE_CAPTURES:
                return exchange.venue_time - _MICROSECOND
            case Phase.CAPTURES | Phase.IMPORT:
                return exchange.venue_time
            case Phase.AFTER_CAPTURES:
                return exchange.venue_time + self.resolution


@dataclass(frozen=True)
class Proven:
    """A span [start, end) of venue time that was read to its end; `start` None is the beginning."""

    start: datetime | None
    end: datetime
    method: Method = "api"

    @property
    def is_empty(self) -> bool:
        """Whether it spans nothing."""
        return self.start is not None and self.start >= self.end


@dataclass
class Evidence:
    """The answers of one client that have not landed yet; its `append` is handed to the client."""

    _exchanges: list[Exchange] = field(default_factory=list, repr=False)

    def append(self, exchange: Exchange) -> None:
        """Keep an answer until it lands."""
        self._exchanges.append(exchange)

    def take(self) -> list[Exchange]:
        """Return the answers in the order they came, and forget them."""
        taken, self._exchanges = self._exchanges, []
        return taken


class RequestIds:
    """The ids under which answers were written, by the answer itself."""

    def __init__(self, exchanges: Sequence[Exchange], ids: Sequence[int]) -> None:
        # By identity: two answers may be equal in every field, and both are evidence.
        self._ids = {id(exchange): at for exchange, at in zip(exchanges, ids, strict=True)}

    def of(self, exchange: Exchange) -> int:
        """Return the id of an answer's request.

        Raises:
            KeyError: the answer was not among those written.

        """
        return self._ids[id(exchange)]


def write_exchanges(
    connection: psycopg.Connection, provenance: Provenance, exchanges: Sequence[Exchange]
) -> RequestIds:
    """Write requests and answers in the open transaction, and return their ids."""
    rows = connection.execute(RESERVE_REQUESTS, [len(exchanges)]).fetchall()
    ids = [row[0] for row in rows]
    with connection.cursor() as cursor, cursor.copy(COPY_REQUESTS) as copy:
        copy.set_types(REQUEST_TYPES)
        for at, exchange in zip(ids, exchanges, strict=True):
            copy.write_row((at, *_request_row(provenance, exchange)))
    with connection.cursor() as cursor, cursor.copy(COPY_RESPONSES) as copy:
        copy.set_types(RESPONSE_TYPES)
        for at, exchange in zip(ids, exchanges, strict=True):
            body = exchange.body
            copy.write_row((at, packed(body), hashlib.sha256(body).digest(), len(body)))
    return RequestIds(exchanges, ids)


def _request_row(provenance: Provenance, exchange: Exchange) -> tuple[object, ...]:
    return (
        provenance.data_source_id,
        provenance.run_id,
        provenance.stream,
        provenance.scope,
        provenance.phase.value,
        exchange.method,
        exchange.path,
        exchange.query,
        exchange.status,
        exchange.weight,
        provenance.observed_at(exchange),
        exchange.sent_at,
        exchange.duration_ms,
    )


def write_interval(
    connection: psycopg.Connection, provenance: Provenance, proven: Proven, first: Exchange
) -> None:
    """Write a proven interval in the open transaction; `first` is the walk's first answer."""
    if proven.is_empty:
        return
    connection.execute(
        INSERT_INTERVAL,
        (
            *(provenance.data_source_id, provenance.account_ref),
            *(provenance.stream, provenance.scope, proven.start, proven.end),
            *(provenance.observed_at(first), proven.method, provenance.run_id),
        ),
    )


def packed(body: bytes) -> bytes:
    """Return a body as it is stored; without a time stamp, so that equal bodies stay equal."""
    return gzip.compress(body, compresslevel=6, mtime=0)
