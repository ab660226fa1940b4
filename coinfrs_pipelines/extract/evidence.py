"""The evidence of a reading: requests, answers byte for byte, and the interval they prove.

Everything here is written in the transaction that lands the rows, see `landing.py`. It also says
which venue instant an answer stands for, which is what brackets and `as_of` are made of.
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

# One statement for all of it: most walks have one answer and no rows, and round trips cost most.
WRITE_EVIDENCE = """
with answered as (
    select nextval('coverage.request_ids') as id, told.*
    from unnest(
        %(methods)s::text[], %(paths)s::text[], %(queries)s::text[], %(statuses)s::int4[],
        %(weights)s::int4[], %(observed)s::timestamptz[], %(sent)s::timestamptz[],
        %(durations)s::int4[], %(bodies)b::bytea[], %(sums)b::bytea[], %(sizes)s::int4[]
    ) with ordinality as told (
        method, path, query, status, weight, observed_at, sent_at, duration_ms, body, sha256, size,
        place
    )
),
requests as (
    insert into coverage.requests (
        id, data_source_id, run_id, stream, scope, phase, method, path, query, status, weight,
        observed_at, sent_at, duration_ms
    )
    select
        id, %(data_source_id)s, %(run_id)s, %(stream)s, %(scope)s, %(phase)s, method, path, query,
        status, weight, observed_at, sent_at, duration_ms
    from answered
),
responses as (
    insert into coverage.responses (request_id, body_gzip, body_sha256, body_bytes)
    select id, body, sha256, size from answered
),
intervals as (
    insert into coverage.intervals
        (data_source_id, account_ref, stream, scope, proven, as_of, method, run_id)
    select
        %(data_source_id)s, %(account_ref)s, %(proven_stream)s, %(scope)s,
        tstzrange(%(proven_from)s, %(proven_to)s), %(as_of)s, %(proven_by)s, %(run_id)s
    where %(proven_to)s::timestamptz is not null
)
select id from answered order by place
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


@dataclass(frozen=True)
class Interval:
    """What a walk or a file proves of a stream; `first` is its first answer, which dates it."""

    proven: Proven
    stream: str
    first: Exchange


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


def write_evidence(
    connection: psycopg.Connection,
    provenance: Provenance,
    exchanges: Sequence[Exchange],
    interval: Interval | None = None,
) -> RequestIds:
    """Write requests and answers, and what they prove, in one statement; return the requests' ids.

    What spans nothing is proven by nothing, and not written.
    """
    proves = interval is not None and not interval.proven.is_empty
    proven = interval.proven if interval is not None and proves else None
    parameters = {
        "methods": [exchange.method for exchange in exchanges],
        "paths": [exchange.path for exchange in exchanges],
        "queries": [exchange.query for exchange in exchanges],
        "statuses": [exchange.status for exchange in exchanges],
        "weights": [exchange.weight for exchange in exchanges],
        "observed": [provenance.observed_at(exchange) for exchange in exchanges],
        "sent": [exchange.sent_at for exchange in exchanges],
        "durations": [exchange.duration_ms for exchange in exchanges],
        "bodies": [packed(exchange.body) for exchange in exchanges],
        "sums": [hashlib.sha256(exchange.body).digest() for exchange in exchanges],
        "sizes": [len(exchange.body) for exchange in exchanges],
        "data_source_id": provenance.data_source_id,
        "account_ref": provenance.account_ref,
        "run_id": provenance.run_id,
        "stream": provenance.stream,
        "scope": provenance.scope,
        "phase": provenance.phase.value,
        "proven_stream": interval.stream if interval else provenance.stream,
        "proven_from": proven.start if proven else None,
        "proven_to": proven.end if proven else None,
        "proven_by": proven.method if proven else "api",
        "as_of": provenance.observed_at(interval.first) if interval else None,
    }
    ids = connection.execute(WRITE_EVIDENCE, parameters).fetchall()
    return RequestIds(exchanges, [row[0] for row in ids])


def packed(body: bytes) -> bytes:
    """Return a body as it is stored; without a time stamp, so that equal bodies stay equal."""
    return gzip.compress(body, compresslevel=6, mtime=0)
