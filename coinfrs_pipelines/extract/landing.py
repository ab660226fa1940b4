"""The only writer of raw tables: what was read and what proves it, in one transaction.

A walk lands whole or not at all: its requests and answers, the records that are new or changed, and
the interval it proved. A walk that failed lands its requests and answers alone. What jsonb refuses
goes to the schema's quarantine, so that one bad record never loses the others.

What is still to read, and what became of an attempt, stands in `coverage.py`. Nothing here logs,
and a database error leaves without its detail, which would quote a record.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg import sql

from coinfrs_pipelines.connectors.http import Exchange
from coinfrs_pipelines.connectors.positions import Reading
from coinfrs_pipelines.connectors.streams import Stream
from coinfrs_pipelines.connectors.walks import Page
from coinfrs_pipelines.extract.evidence import (
    Interval,
    Proven,
    Provenance,
    RequestIds,
    write_evidence,
)

# Two runs that read the same stream at once would both find the same record new.
ALONE = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"

# The newest version of a record, which may have been refused: both tables share one sequence.
NEWEST = sql.SQL("""
    select newest.payload_sha256 from (
        (
            select id, payload_sha256 from {raw}
            where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
                and source_raw_id = {record}
            order by id desc limit 1
        )
        union all
        (
            select id, payload_sha256 from {quarantine}
            where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
                and source_raw_id = {record} and stream = %(stream)s
            order by id desc limit 1
        )
    ) as newest
    order by newest.id desc limit 1
""")

# A record is new where it differs from its version before: in this walk, or else in the tables.
LAND_RECORDS = sql.SQL("""
with read as (
    select
        told.*,
        lag(payload_sha256) over (partition by source_raw_id order by position) as before
    from unnest(
        %(request_ids)s::int8[], %(ordinals)s::int4[], %(names)b::text[], %(payloads)b::text[],
        %(sums)b::bytea[], %(instants)s::timestamptz[]
    ) with ordinality as told (
        request_id, ordinal, source_raw_id, payload, payload_sha256, occurred_at, position
    )
),
changed as (
    select read.* from read
    where read.payload_sha256 is distinct from coalesce(read.before, ({newest}))
    order by read.position
),
numbered as materialized (
    select
        nextval('coverage.raw_row_ids') as id,
        pg_input_is_valid(changed.payload, 'jsonb') as is_json,
        changed.*
    from changed
),
landed as (
    insert into {raw} (
        id, data_source_id, account_ref, source_raw_id, raw_payload, occurred_at, payload_sha256,
        request_id, ordinal, run_id
    )
    select
        id, %(data_source_id)s, %(account_ref)s, source_raw_id, payload::jsonb, occurred_at,
        payload_sha256, request_id, ordinal, %(run_id)s
    from numbered where is_json
    returning 1
),
refused as (
    insert into {quarantine} (
        id, data_source_id, account_ref, source_raw_id, stream, raw_text, occurred_at, error,
        payload_sha256, request_id, ordinal, run_id
    )
    select
        id, %(data_source_id)s, %(account_ref)s, source_raw_id, %(stream)s, payload, occurred_at,
        (pg_input_error_info(payload, 'jsonb')).message, payload_sha256, request_id, ordinal,
        %(run_id)s
    from numbered where not is_json
    returning 1
)
select (select count(*) from landed), (select count(*) from refused)
""")

# `offset 0` keeps the text from the planner, which would cast it before its validity is known.
LAND_READING = sql.SQL("""
insert into {raw} (
    data_source_id, account_ref, source_raw_id, account_type, wallet, taken_at, reading_ended_at,
    closes_day, is_whole, balances, payload_sha256, request_id, ordinal, run_id
)
select
    %(data_source_id)s, %(account_ref)s, %(source_raw_id)s, %(account_type)s, %(wallet)s,
    %(taken_at)s, %(reading_ended_at)s, %(closes_day)s, %(is_whole)s, told.balances::jsonb,
    %(payload_sha256)s, %(request_id)s, %(ordinal)s, %(run_id)s
from (select %(balances)s::text as balances offset 0) as told
where pg_input_is_valid(told.balances, 'jsonb')
    and %(payload_sha256)s is distinct from ({newest})
""")
REFUSE_READING = sql.SQL("""
insert into {quarantine} (
    data_source_id, account_ref, source_raw_id, stream, raw_text, occurred_at, error,
    payload_sha256, request_id, ordinal, run_id
)
select
    %(data_source_id)s, %(account_ref)s, %(source_raw_id)s, %(stream)s, told.balances,
    %(taken_at)s, (pg_input_error_info(told.balances, 'jsonb')).message, %(payload_sha256)s,
    %(request_id)s, %(ordinal)s, %(run_id)s
from (select %(balances)s::text as balances offset 0) as told
where not pg_input_is_valid(told.balances, 'jsonb')
    and %(payload_sha256)s is distinct from ({newest})
""")


class LandingError(Exception):
    """The database did not take what was read; nothing of it landed."""


@dataclass
class Landed:
    """How much landed."""

    requests: int = 0
    new_rows: int = 0
    quarantined: int = 0

    def add(self, other: "Landed") -> None:
        """Count another landing too."""
        self.requests += other.requests
        self.new_rows += other.new_rows
        self.quarantined += other.quarantined


@dataclass(frozen=True)
class ReadingOf:
    """A reading with what the venue does not say: whose it is, which day it closes, its name."""

    reading: Reading
    account_ref: str
    closes_day: date
    source_raw_id: str


def land_walk(
    connection: psycopg.Connection,
    provenance: Provenance,
    stream: Stream,
    exchanges: Sequence[Exchange],
    pages: Sequence[Page],
    proven: Proven,
) -> Landed:
    """Land a walk that reached its proven end; `exchanges` are all its answers, in order.

    Raises:
        LandingError: the database refused; nothing landed.

    """
    interval = Interval(proven, stream.name, pages[0].exchange)
    if not any(page.records for page in pages):
        with _typed(stream.raw_table):
            write_evidence(connection, provenance, exchanges, interval)
        return Landed(len(exchanges))
    with _transaction(connection, stream.raw_table):
        ids = write_evidence(connection, provenance, exchanges, interval)
        landed = _land_records(connection, provenance, stream, ids, pages)
    landed.requests = len(exchanges)
    return landed


def land_file(
    connection: psycopg.Connection,
    provenance: Provenance,
    stream: Stream,
    exchanges: Sequence[Exchange],
    page: Page,
    proven: Proven | None,
    replaces: str,
) -> Landed:
    """Land a file as a walk lands; what it proves is an interval of the stream that it replaces.

    Raises:
        LandingError: the database refused; nothing landed.

    """
    interval = None if proven is None else Interval(proven, replaces, exchanges[0])
    with _transaction(connection, stream.raw_table):
        ids = write_evidence(connection, provenance, exchanges, interval)
        landed = _land_records(connection, provenance, stream, ids, [page])
    landed.requests = len(exchanges)
    return landed


def land_requests(
    connection: psycopg.Connection, provenance: Provenance, exchanges: Sequence[Exchange]
) -> Landed:
    """Land requests and answers alone: of what did not reach its end, or had no rows to bring.

    Raises:
        LandingError: the database refused; nothing landed.

    """
    if exchanges:
        with _typed("coverage.requests"):
            write_evidence(connection, provenance, exchanges)
    return Landed(requests=len(exchanges))


def land_readings(
    connection: psycopg.Connection,
    provenance: Provenance,
    venue: str,
    exchanges: Sequence[Exchange],
    readings: Sequence[ReadingOf],
) -> Landed:
    """Land readings of positions, a header row each also where everything is zero.

    Those that were seen before under the same name with the same content are nothing new.

    Raises:
        LandingError: the database refused; nothing landed.

    """
    table = f"raw_{provenance.stream}"
    names = _names(venue, table) | {"record": sql.SQL("%(source_raw_id)s")}
    names["newest"] = NEWEST.format(**names)
    with _transaction(connection, table), connection.cursor() as cursor:
        ids = write_evidence(connection, provenance, exchanges)
        connection.execute(ALONE, [_lock_name(provenance, table)])
        rows = [_reading_row(provenance, ids, one, n) for n, one in enumerate(readings)]
        counts = []
        for statement in (LAND_READING, REFUSE_READING):
            cursor.executemany(statement.format(**names), rows)
            counts.append(max(cursor.rowcount, 0))
    return Landed(len(exchanges), *counts)


@contextmanager
def _transaction(connection: psycopg.Connection, table: str) -> Iterator[None]:
    """Open a transaction; a refusal is a LandingError."""
    with _typed(table), connection.transaction():
        yield


@contextmanager
def _typed(table: str) -> Iterator[None]:
    """Let a refusal leave without the row that PostgreSQL quotes in its detail."""
    try:
        yield
    except psycopg.Error as error:
        cause = error.diag.message_primary or type(error).__name__
        raise LandingError(f"{table} did not take what was read: {cause}") from None


def _names(venue: str, table: str) -> dict[str, sql.Composable]:
    schema = f"staging_{venue}"
    return {
        "raw": sql.Identifier(schema, table),
        "quarantine": sql.Identifier(schema, "quarantine"),
    }


def _lock_name(provenance: Provenance, table: str) -> str:
    return f"{provenance.data_source_id} {table}"


def _parameters(provenance: Provenance) -> dict[str, object]:
    return {
        "data_source_id": provenance.data_source_id,
        "account_ref": provenance.account_ref,
        "stream": provenance.stream,
        "run_id": provenance.run_id,
    }


def _land_records(
    connection: psycopg.Connection,
    provenance: Provenance,
    stream: Stream,
    ids: RequestIds,
    pages: Sequence[Page],
) -> Landed:
    rows = [(ids.of(page.exchange), record) for page in pages for record in page.records]
    if not rows:
        return Landed()
    connection.execute(ALONE, [_lock_name(provenance, stream.raw_table)])
    payloads = [record.payload for _, record in rows]
    read = {
        "request_ids": [request_id for request_id, _ in rows],
        "ordinals": [record.ordinal for _, record in rows],
        "names": [_storable(record.source_raw_id) for _, record in rows],
        "payloads": payloads,
        "sums": [hashlib.sha256(payload.encode()).digest() for payload in payloads],
        "instants": [record.occurred_at for _, record in rows],
    }
    names = _names(stream.venue, stream.raw_table)
    newest = NEWEST.format(**names, record=sql.SQL("read.source_raw_id"))
    statement = LAND_RECORDS.format(**names, newest=newest)
    counted = connection.execute(statement, _parameters(provenance) | read).fetchone()
    return Landed(0, *(counted or (0, 0)))


def _storable(text: str) -> str:
    """Return an id as text that PostgreSQL takes: a record with such an id ends in quarantine."""
    return text.encode(errors="backslashreplace").decode().replace("\x00", "\\u0000")


def _reading_row(
    provenance: Provenance, ids: RequestIds, one: ReadingOf, ordinal: int
) -> dict[str, object]:
    reading = one.reading
    return _parameters(provenance) | {
        "account_ref": one.account_ref,
        "source_raw_id": one.source_raw_id,
        "account_type": reading.account_type,
        "wallet": reading.wallet,
        "taken_at": reading.taken_at,
        "reading_ended_at": reading.reading_ended_at,
        "closes_day": one.closes_day,
        "is_whole": reading.is_whole,
        "balances": reading.balances,
        "payload_sha256": hashlib.sha256(reading.balances.encode()).digest(),
        # The balances are those of the last pass, whose last answer is the latest.
        "request_id": ids.of(reading.exchanges[-1]),
        "ordinal": ordinal,
    }
