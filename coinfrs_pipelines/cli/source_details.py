"""What is known about one data source: accounts, wallets, coverage, losses and what is missing.

Read from the registry, the coverage and, once dbt has built them, the canonical tables. It says
what was proven and what was attempted; what that means for a day is the verdicts' to say.
"""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.data_sources import DataSource

# The wallets of a data source are the subjects of its captures; the last attempt says how it is.
WALLETS = """
select distinct on (subject)
    subject as wallet,
    result,
    reason,
    day as last_attempted_day
from coverage.outcomes
where data_source_id = %(id)s and account_ref = %(account_ref)s and subject_kind = 'capture'
order by subject, id desc
"""

# A scope is a symbol, a type or an e-mail; the holes of a stream are those of all its scopes.
COVERAGE = """
with proven as (
    select stream, scope, range_agg(proven) as spans
    from coverage.intervals
    where data_source_id = %(id)s and not (stream = 'transactions' and scope <> '')
    group by stream, scope
),
proven_streams as (
    select
        stream,
        count(*) as scopes,
        max(lower(spans)) as proven_from,
        min(upper(spans)) as proven_to,
        sum((select count(*) from unnest(spans)) - 1)::bigint as holes
    from proven
    group by stream
),
attempts as (
    select distinct on (subject)
        subject as stream, result, reason, day as last_attempted_day
    from coverage.outcomes
    where data_source_id = %(id)s and subject_kind = 'stream'
    order by subject, id desc
)
select
    coalesce(proven_streams.stream, attempts.stream) as stream,
    coalesce(proven_streams.scopes, 0) as scopes,
    proven_streams.proven_from,
    proven_streams.proven_to,
    coalesce(proven_streams.holes, 0) as holes,
    attempts.result as last_result,
    attempts.reason as last_reason,
    attempts.last_attempted_day
from proven_streams
full join attempts using (stream)
order by 1
"""

# The day a chain begins, and the days after it that no capture closed: their positions are lost,
# and the next interval spans them.
CAPTURED_DAYS = """
with days as (
    select day, bool_or(result = 'read') as is_captured
    from coverage.outcomes
    where data_source_id = %(id)s and account_ref = %(account_ref)s and subject_kind = 'capture'
    group by day
),
chain as (
    select min(day) as first_day from days where is_captured
)
select
    (select first_day from chain) as first_day,
    (select max(day) from days where is_captured) as last_day,
    count(*) filter (where not is_captured and day > (select first_day from chain)) as lost_days,
    array_agg(day order by day) filter (
        where not is_captured and day > (select first_day from chain)
    ) as lost
from days
"""

NOT_READ_STREAMS = """
select array_agg(stream order by stream) as streams
from coverage.streams
where venue = %(venue)s and not is_read
"""

# A workspace's accounts are named after it; a master's sub-accounts name it as their parent.
ACCOUNTS = """
with own as (
    select account_id
    from canonical.accounts
    where
        owner_id = %(owner_id)s and venue = %(venue)s and environment = %(environment)s
        and (external_id = %(account_ref)s or starts_with(external_id, %(account_ref)s || '/'))
)
select accounts.external_id as account, accounts.name, accounts.kind
from canonical.accounts
where
    accounts.account_id in (select account_id from own)
    or accounts.parent_account_id in (select account_id from own)
order by accounts.parent_account_id nulls first, accounts.external_id
"""


@dataclass(frozen=True)
class SourceDetails:
    """What `coinfrs sources show` shows; times are UTC."""

    accounts: list[dict[str, Any]]
    wallets: list[dict[str, Any]]
    streams: list[dict[str, Any]]
    captured: dict[str, Any]
    never_read_streams: list[str]

    @property
    def still_to_fetch(self) -> list[dict[str, Any]]:
        """The streams whose last attempt did not read all, or that have holes."""
        return [
            stream
            for stream in self.streams
            if stream["holes"] or stream["last_result"] not in ("read", "not_enabled", None)
        ]


def read(data_source: DataSource) -> SourceDetails:
    """Read what is known about a data source."""
    known = {
        "id": data_source.id,
        "owner_id": data_source.owner_id,
        "venue": data_source.venue,
        "environment": data_source.environment,
        "account_ref": data_source.account_ref,
    }
    with closing(database.connect("coinfrs_registry")) as connection:
        wallets = _rows(connection, WALLETS, known)
        streams = _rows(connection, COVERAGE, known)
        captured = _rows(connection, CAPTURED_DAYS, known)
        unread = _rows(connection, NOT_READ_STREAMS, known)
    return SourceDetails(
        accounts=_accounts(known),
        wallets=wallets,
        streams=streams,
        captured=captured[0],
        never_read_streams=unread[0]["streams"] or [],
    )


def _accounts(known: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the accounts that dbt has found under the key, or none before its first build."""
    with closing(database.connect("bi_reader")) as connection:
        is_built = connection.execute(
            "select to_regclass('canonical.accounts') is not null"
        ).fetchone()
        return _rows(connection, ACCOUNTS, known) if is_built and is_built[0] else []


def _rows(
    connection: psycopg.Connection, statement: str, known: dict[str, Any]
) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, known).fetchall()
