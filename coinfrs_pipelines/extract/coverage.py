"""What is proven, what is still to read, and what became of each attempt.

PostgreSQL's multiranges do the interval algebra. Everything here is venue time; a stream's declared
trailing window decides how far back records are read again. Intervals are written by the landing
that earned them, see `evidence.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import psycopg
from psycopg import sql

from coinfrs_pipelines.connectors.streams import Stream
from coinfrs_pipelines.core.data_sources import DataSource
from coinfrs_pipelines.partitions import day_of, midnight

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

REGISTER = """
insert into coverage.streams (
    venue, stream, wallets, scope_rule, scopes, alternative_group, trailing_days, is_read,
    account_kind, product, retention_days
)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (venue, stream) do update set
    wallets = excluded.wallets, scope_rule = excluded.scope_rule, scopes = excluded.scopes,
    alternative_group = excluded.alternative_group, trailing_days = excluded.trailing_days,
    is_read = excluded.is_read, account_kind = excluded.account_kind, product = excluded.product,
    retention_days = excluded.retention_days
"""

# What was once begun has no holes, so that a run that failed is made up for by the next. A scope
# that is new is read from where the stream as a whole begins. What a file proves is asked all the
# same, as far as the venue still tells it: the two have to agree.
TO_READ = """
select lower(piece), upper(piece)
from unnest(
    (
        tstzmultirange(tstzrange(
            least(
                %(reach_back_to)s, %(read_again_from)s,
                (
                    select min(lower(proven)) from coverage.intervals
                    where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
                        and stream = %(stream)s and method = 'api'
                )
            ),
            %(now)s
        ))
        - coalesce(
            (
                select range_agg(proven) from coverage.intervals
                where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
                    and stream = %(stream)s and scope = %(scope)s and method = 'api'
            ),
            '{}'
        )
    )
    + tstzmultirange(tstzrange(%(read_again_from)s, %(now)s))
) as piece
order by piece
"""

# A disabled data source and the one that replaced it see the same account and continue its chains.
SAME_ACCOUNT = sql.SQL("""
    select id from registry.data_sources
    where owner_id = %(owner_id)s and venue = %(venue)s and environment = %(environment)s
        and account_ref = %(account_ref)s
""")
# A master's key also reads sub-accounts that have none: by it, they are told by their reference.
OF_ACCOUNT = sql.SQL("""
    (data_source_id = %(data_source_id)s or data_source_id in ({same_account}))
    and split_part(account_ref, '/', 1) = %(account_ref)s
""").format(same_account=SAME_ACCOUNT)

# Of everything that the owner's keys see at the venue: a master's lists tell of its sub-accounts.
OF_FAMILY = sql.SQL("""
    data_source_id in (
        select id from registry.data_sources
        where owner_id = %(owner_id)s and venue = %(venue)s and environment = %(environment)s
    )
""")

# The earliest of the positions that the chains stand at. A wallet that is gone holds nobody back:
# its kind was read without it, up to the run itself. Of a kind that was not read nothing is known,
# so its wallets are waited for, but not for ever: what comes back later is read anew from its last
# position on by the run that captures it. So is an account that was not read at all.
OPENING = sql.SQL("""
with readings as (
    select account_ref, wallet, taken_at, closes_day, is_whole, true as is_live
    from {captures}
    where {of_accounts}
    {snapshots}
),
newest as (
    select max(closes_day) as day from readings where is_live and closes_day < %(day)s
),
stands as (
    select
        max(closes_day) as wallet_read_to,
        max(max(closes_day)) over (partition by account_ref, split_part(wallet, ':', 1))
            as kind_read_to,
        max(max(closes_day)) over (partition by account_ref) as account_read_to,
        max(taken_at) filter (where is_live and is_whole and closes_day < %(day)s) as captured_at,
        max(taken_at) filter (where not is_live and closes_day < %(day)s) as snapshot_at
    from readings
    group by account_ref, wallet
)
select min(least(stands.captured_at, stands.snapshot_at))
from stands
cross join newest
where stands.account_read_to >= newest.day
    and (
        stands.wallet_read_to >= newest.day
        or (
            stands.wallet_read_to = stands.kind_read_to
            and stands.wallet_read_to >= newest.day - %(waited_days)s
        )
    )
""")
SNAPSHOT_READINGS = sql.SQL("""
    union all
    select account_ref, wallet, taken_at, closes_day, is_whole, false as is_live
    from {snapshots}
    where {of_accounts}
""")
# How long a wallet is waited for whose kind is not read: it may be a product that was given up.
WAITED_DAYS = 30
FIRST_CAPTURE = sql.SQL("""
select min(taken_at) from {captures}
where {of_account} and is_whole and split_part(wallet, ':', 1) = %(wallet)s
""")
# One account of a workspace may have moved during the reading, so each has to have a whole one.
IS_CAPTURED = sql.SQL("""
select coalesce(bool_and(each.is_whole), false) from (
    select bool_or(is_whole) as is_whole from {captures}
    where {of_account} and split_part(wallet, ':', 1) = %(wallet)s
        and closes_day = %(day)s
    group by account_ref, wallet
) as each
""")
HAS_SNAPSHOTS = frozenset({"binance"})

PROVEN_TO = """
select max(upper(proven)) from coverage.intervals
where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
    and stream = %(stream)s and scope = %(scope)s
"""

PROVEN_TO_BY_SCOPE = """
select scope, max(upper(proven)) from coverage.intervals
where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
    and stream = %(stream)s
group by scope
"""

RECORD_OUTCOME = """
insert into coverage.outcomes (
    run_id, data_source_id, account_ref, subject, subject_kind, day, result, reason, detail, scopes
)
select
    %(run_id)s, %(data_source_id)s, %(account_ref)s, %(subject)s, %(subject_kind)s, %(day)s,
    %(result)s, %(reason)s, %(detail)s, %(scopes)s::text[]
where not exists (
    select from coverage.outcomes
    where run_id = %(run_id)s and data_source_id = %(data_source_id)s
        and account_ref = %(account_ref)s and subject = %(subject)s and day = %(day)s
)
"""

ATTEMPTED_DAYS = """
select distinct day from coverage.outcomes
where data_source_id = %s and account_ref = %s and subject = %s and day = any(%s)
"""

Result = Literal["read", "not_enabled", "not_taken", "failed"]
SubjectKind = Literal["stream", "capture"]


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt. `reason` is a code, `detail` a sentence for people.

    `scopes` are those of the stream that it is about, where the others were read.
    """

    result: Result
    reason: str | None = None
    detail: str | None = None
    scopes: tuple[str, ...] | None = None


READ = Outcome("read")


@dataclass(frozen=True)
class Subject:
    """What was attempted: a stream, or the capture of a wallet."""

    name: str
    kind: SubjectKind = "stream"


@dataclass(frozen=True)
class Span:
    """A span [start, end) of venue time that is still to read."""

    start: datetime
    end: datetime


def register_streams(connection: psycopg.Connection, streams: Iterable[Stream]) -> int:
    """Write the declared streams, read or not, for dbt to judge by; return how many."""
    rows = [
        (
            *(stream.venue, stream.name, list(stream.wallets), stream.scope_rule),
            *(list(stream.scopes), stream.alternative_group, stream.trailing.days, stream.is_read),
            *(stream.account_kind, stream.product, stream.retention and stream.retention.days),
        )
        for stream in streams
    ]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(REGISTER, rows)
    return len(rows)


def read_again_from(opening: datetime | None, now: datetime, trailing: timedelta) -> datetime:
    """Return from where a stream's records are read again.

    `opening` is the earliest position that the days being closed are proven from. The day of it
    begins the span: the venue's own snapshot stands at that midnight, before our capture.
    """
    return midnight(day_of(min(opening or now, now))) - trailing


def history_from(data_source: DataSource, trailing: timedelta) -> datetime | None:
    """Return how far back the owner wants a stream read, or None for no further than needed."""
    if data_source.history_start is None:
        return None
    return midnight(data_source.history_start) - trailing


def to_read(
    connection: psycopg.Connection,
    data_source: DataSource,
    stream: str,
    scope: str,
    *,
    again_from: datetime,
    reach_back_to: datetime | None,
    now: datetime,
) -> list[Span]:
    """Return what of a stream is to be read now: what coverage lacks, and the trailing window.

    Nothing between the first proven instant of the stream and now is left out.
    """
    rows = connection.execute(
        TO_READ,
        _key(data_source, stream, scope)
        | {"read_again_from": again_from, "reach_back_to": reach_back_to, "now": now},
    ).fetchall()
    return [Span(start, end) for start, end in rows]


def proven_to(
    connection: psycopg.Connection, data_source: DataSource, stream: str, scope: str = ""
) -> datetime | None:
    """Return the end of the newest proven interval, or None where there is none."""
    row = connection.execute(PROVEN_TO, _key(data_source, stream, scope)).fetchone()
    return row[0] if row else None


def proven_to_by_scope(
    connection: psycopg.Connection, data_source: DataSource, stream: str
) -> dict[str, datetime]:
    """Return the end of the newest proven interval of each scope that has one."""
    key = _key(data_source, stream, "")
    return dict(connection.execute(PROVEN_TO_BY_SCOPE, key).fetchall())


def opening(
    connection: psycopg.Connection,
    data_source: DataSource,
    first_day: date,
    *,
    of_family: bool = False,
) -> datetime | None:
    """Return the earliest position from which a chain of the account leads into `first_day`.

    Of each wallet's last whole capture, and last venue snapshot, before that day; None before the
    first capture. With `of_family`, of each account that the owner has at the venue.
    """
    tables = _tables(data_source) | {"of_accounts": OF_FAMILY if of_family else OF_ACCOUNT}
    has_snapshots = data_source.venue in HAS_SNAPSHOTS
    snapshots = SNAPSHOT_READINGS.format(**tables) if has_snapshots else sql.SQL("")
    statement = OPENING.format(**tables | {"snapshots": snapshots})
    parameters = {"day": first_day, "waited_days": WAITED_DAYS}
    return _instant(connection, statement, _account(data_source) | parameters)


def first_capture(
    connection: psycopg.Connection, data_source: DataSource, wallet: str
) -> datetime | None:
    """Return when the first whole capture of a wallet was taken, or None before it."""
    statement = FIRST_CAPTURE.format(**_tables(data_source))
    return _instant(connection, statement, _account(data_source) | {"wallet": wallet})


def is_captured(
    connection: psycopg.Connection,
    data_source: DataSource,
    wallet: str,
    day: date,
    readings: str = "live_captures",
) -> bool:
    """Whether the wallet has a whole capture that closes the day, in every account read then."""
    table = sql.Identifier(f"staging_{data_source.venue}", f"raw_{readings}")
    statement = IS_CAPTURED.format(**_tables(data_source) | {"captures": table})
    parameters = _account(data_source) | {"wallet": wallet, "day": day}
    row = connection.execute(statement, parameters).fetchone()
    return bool(row and row[0])


def record_outcome(
    connection: psycopg.Connection,
    run_id: str,
    data_source: DataSource,
    subject: Subject,
    day: date,
    outcome: Outcome,
) -> None:
    """Write what became of an attempt; a second one of the same run for the same day is ignored."""
    connection.execute(
        RECORD_OUTCOME,
        {
            "run_id": run_id,
            "data_source_id": data_source.id,
            "account_ref": data_source.account_ref,
            "subject": subject.name,
            "subject_kind": subject.kind,
            "day": day,
            "result": outcome.result,
            "reason": outcome.reason,
            "detail": outcome.detail,
            "scopes": outcome.scopes and list(outcome.scopes),
        },
    )


def never_attempted(
    connection: psycopg.Connection, data_source: DataSource, subject: Subject, days: Sequence[date]
) -> list[date]:
    """Return the days on which no outcome of the subject is on record."""
    parameters = (data_source.id, data_source.account_ref, subject.name, list(days))
    rows = connection.execute(ATTEMPTED_DAYS, parameters).fetchall()
    attempted = {row[0] for row in rows}
    return [day for day in days if day not in attempted]


def _instant(
    connection: psycopg.Connection, statement: sql.Composed, parameters: dict[str, object]
) -> datetime | None:
    row = connection.execute(statement, parameters).fetchone()
    return row[0] if row else None


def _tables(data_source: DataSource) -> dict[str, sql.Composable]:
    schema = f"staging_{data_source.venue}"
    return {
        "captures": sql.Identifier(schema, "raw_live_captures"),
        "snapshots": sql.Identifier(schema, "raw_account_snapshots"),
        "of_account": OF_ACCOUNT,
    }


def _account(data_source: DataSource) -> dict[str, object]:
    return {
        "data_source_id": data_source.id,
        "owner_id": data_source.owner_id,
        "venue": data_source.venue,
        "environment": data_source.environment,
        "account_ref": data_source.account_ref,
    }


def _key(data_source: DataSource, stream: str, scope: str) -> dict[str, object]:
    return {
        "data_source_id": data_source.id,
        "account_ref": data_source.account_ref,
        "stream": stream,
        "scope": scope,
    }
