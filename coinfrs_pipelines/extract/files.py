"""Import a file that the venue made: what its endpoints have forgotten, through the same landing.

The file is the evidence, byte for byte, like an answer. What it does not say is stated by whoever
imports it and kept with it: the period that was asked for and the day on which it was made. Only a
file that tells a stream's records by their ids proves that period, by the method `file`, and only
if it agrees with every record that the endpoint has told of it. Which kinds there are, and how a
line becomes a record, stands in `connectors/binance/files.py`; how a file's record is tied to that
of the endpoint, in dbt.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from uuid import uuid4

import psycopg
from psycopg import sql

from coinfrs_pipelines.connectors.binance.auth import VENUE
from coinfrs_pipelines.connectors.binance.files import (
    FileRefusedError,
    Kind,
    Row,
    Stated,
    read_rows,
)
from coinfrs_pipelines.connectors.http import Exchange
from coinfrs_pipelines.connectors.reader import Page
from coinfrs_pipelines.connectors.streams import MILLISECOND, Stream
from coinfrs_pipelines.core.data_sources import DataSource
from coinfrs_pipelines.extract.coverage import SAME_ACCOUNT, Span
from coinfrs_pipelines.extract.evidence import Phase, Proven, Provenance
from coinfrs_pipelines.extract.landing import Landed, land_file
from coinfrs_pipelines.partitions import midnight

METHOD = "FILE"

SAME_FILE = """
select exists (
    select from coverage.requests
    join coverage.responses on responses.request_id = requests.id
    where requests.data_source_id = %s and requests.stream = %s and requests.method = %s
        and requests.query = %s and responses.body_sha256 = %s
)
"""

# Late records are still to come for a while: only what was read after that is all there is.
SETTLED = sql.SQL("""
with settled as (
    select range_agg(proven * tstzrange(%(start)s, least(as_of - %(trailing)s, %(end)s))) as spans
    from coverage.intervals
    where data_source_id in ({same_account}) and account_ref = %(account_ref)s
        and stream = %(stream)s and scope = '' and method = 'api'
        and as_of - %(trailing)s > %(start)s
)
select lower(span), upper(span) from settled, unnest(spans) as span
""")
TOLD = sql.SQL("""
select distinct on (source_raw_id) concat_ws(':', {tied_by}) as name, occurred_at
from {raw}
where data_source_id in ({same_account}) and account_ref = %(account_ref)s
    and occurred_at >= %(start)s and occurred_at < %(end)s
order by source_raw_id, id desc
""")


@dataclass(frozen=True)
class Statement:
    """What is stated of a file: the first and last day asked for, and the UTC day it was made on.

    The days are those of the clock that the file is told in: UTC, or `utc_offset` ahead of it.
    """

    first: date
    last: date
    made_on: date
    utc_offset: timedelta | None = None

    @property
    def start(self) -> datetime:
        """The begin of the period, aware UTC."""
        return midnight(self.first) - (self.utc_offset or timedelta(0))

    @property
    def end(self) -> datetime:
        """The end of the period, aware UTC."""
        return midnight(self.last + timedelta(days=1)) - (self.utc_offset or timedelta(0))

    @property
    def query(self) -> str:
        """The statement as it is kept with the evidence."""
        stated: dict[str, object] = {"from": self.first, "to": self.last, "made": self.made_on}
        if self.utc_offset is not None:
            stated["utc_offset_minutes"] = self.utc_offset // timedelta(minutes=1)
        return urlencode(stated)


@dataclass(frozen=True)
class Imported:
    """What became of a file: `proven` is none where its kind proves nothing.

    `compared` is how many records of the endpoint it was found to agree with.
    """

    rows: int
    landed: Landed
    proven: Span | None
    compared: int
    is_known: bool = False


def import_file(
    connection: psycopg.Connection,
    data_source: DataSource,
    kind: Kind,
    name: str,
    body: bytes,
    statement: Statement,
) -> Imported:
    """Land a file of one kind for a data source, whole or not at all; known ones change nothing.

    Raises:
        FileRefusedError: it is not what it is said to be, or contradicts what the endpoint told.
        LandingError: the database refused; nothing landed.

    """
    made_at = midnight(statement.made_on)
    _check(data_source, statement, made_at)
    stated = Stated(
        statement.start, statement.end, statement.utc_offset, account_ref=data_source.account_ref
    )
    rows = read_rows(kind, body, stated)
    compared = _compare(connection, data_source, kind, rows, statement)
    span = Span(statement.start, statement.end) if kind.replaces else None
    if _is_known(connection, data_source, kind, body, statement):
        return Imported(len(rows), Landed(), span, compared, is_known=True)
    provenance = Provenance(
        run_id=f"import {uuid4()}",
        phase=Phase.IMPORT,
        data_source_id=data_source.id,
        account_ref=data_source.account_ref,
        resolution=MILLISECOND,
        stream=kind.stream.name,
    )
    evidence = Exchange(
        method=METHOD,
        path=name,
        query=statement.query,
        status=200,
        body=body,
        weight=0,
        venue_time=made_at,
        sent_at=datetime.now(UTC),
        duration_ms=0,
    )
    page = Page(evidence, tuple(row.record for row in rows))
    proven = Proven(statement.start, statement.end, "file") if kind.replaces else None
    replaces = kind.replaces.name if kind.replaces else ""
    landed = land_file(connection, provenance, kind.stream, [evidence], page, proven, replaces)
    return Imported(len(rows), landed, span, compared)


def _check(data_source: DataSource, statement: Statement, made_at: datetime) -> None:
    if data_source.venue != VENUE:
        raise FileRefusedError(f"{data_source.name} is of {data_source.venue}, not of {VENUE}")
    if statement.first > statement.last:
        raise FileRefusedError(f"its period begins on {statement.first}, after its end")
    if statement.end > made_at:
        raise FileRefusedError(
            f"it was made on {statement.made_on}, so it cannot hold all of {statement.last}: "
            "state a period that ended before the file was made"
        )


def _is_known(
    connection: psycopg.Connection,
    data_source: DataSource,
    kind: Kind,
    body: bytes,
    statement: Statement,
) -> bool:
    """Return whether the same bytes were imported before, with the same statement."""
    key = (data_source.id, kind.stream.name, METHOD, statement.query)
    row = connection.execute(SAME_FILE, (*key, hashlib.sha256(body).digest())).fetchone()
    return bool(row and row[0])


def _compare(
    connection: psycopg.Connection,
    data_source: DataSource,
    kind: Kind,
    rows: Sequence[Row],
    statement: Statement,
) -> int:
    """Compare with what the endpoint has told of the period, and return how many records agree.

    Most files do not say whose they are, and none whether it is whole. Where both have told, each
    record must be in both. Whether they say the same of it is judged with every build.
    """
    stream = kind.replaces
    if stream is None:
        return 0
    parameters = {
        "owner_id": data_source.owner_id,
        "venue": data_source.venue,
        "environment": data_source.environment,
        "account_ref": data_source.account_ref,
        "stream": stream.name,
        "trailing": stream.trailing,
        "start": statement.start,
        "end": statement.end,
    }
    period = [Span(statement.start, statement.end)]
    settled = SETTLED.format(same_account=SAME_ACCOUNT)
    spans = [Span(*row) for row in connection.execute(settled, parameters).fetchall()]
    told = _told(connection, kind, stream, parameters)
    in_file = {row.record.source_raw_id for row in rows}
    for row in rows:
        name = row.record.source_raw_id
        if name not in told and _lies_in(row.at, spans, stream):
            raise FileRefusedError(
                f"line {row.line}, {_spelled(name)}: the venue has told all of that time before, "
                "and not this; it may be the file of another account"
            )
    missing = sorted(
        name for name, at in told.items() if name not in in_file and _lies_in(at, period, stream)
    )
    if missing:
        raise FileRefusedError(
            f"{len(missing)} records that the venue has told of the period are not in it, like "
            f"{_spelled(missing[0])}: it is not whole, or the file of another account"
        )
    return len(told.keys() & in_file)


def _told(
    connection: psycopg.Connection, kind: Kind, stream: Stream, parameters: dict[str, object]
) -> dict[str, datetime]:
    """Return the records of the endpoint in the period, by the name that the file gives them."""
    statement = TOLD.format(
        tied_by=sql.SQL(", ").join(
            sql.SQL("coalesce(raw_payload ->> {}, '')").format(sql.Literal(field))
            for field in kind.tied_by
        ),
        raw=sql.Identifier(f"staging_{stream.venue}", stream.raw_table),
        same_account=SAME_ACCOUNT,
    )
    return dict(connection.execute(statement, parameters).fetchall())


def _lies_in(at: datetime, spans: Sequence[Span], stream: Stream) -> bool:
    """Return whether an instant lies in a span, whatever part of its step it means."""
    step = stream.time_resolution
    return any(span.start + step <= at < span.end - step for span in spans)


def _spelled(name: str) -> str:
    return " ".join(part for part in name.split(":") if part)
