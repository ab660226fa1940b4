"""The verdicts as rows: what they are, what changed since they were last recorded, what is wrong.

SQL finds and counts, Python only carries the rows. The verdicts themselves are decided by dbt
(`completeness.verdicts`); this module writes nothing but `completeness.verdict_versions`, and there
it only inserts.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import psycopg
from psycopg.rows import class_row

VERDICTS = ("complete", "broken", "unproven")
# Two writers at once would both find a change unrecorded and record it twice.
VERSIONS_LOCK = "coinfrs verdict versions"
# dbt makes both in one build, which may have ended between them.
IS_BUILT = """
select
    to_regclass('completeness.verdicts') is not null
    and to_regclass('completeness.wallet_days') is not null
"""

# A cell that had a verdict for a day and has no row any more (its only leg turned out to be void)
# is a change like any other. Nothing judges it, and what nothing judges is unproven.
APPEND_VERSIONS = """
with newest as (
    select distinct on (account_id, wallet, asset, component, day) *
    from completeness.verdict_versions
    order by account_id, wallet, asset, component, day, id desc
),
today as (
    select
        owner_id, account_id, wallet, asset, component, day, verdict, reasons, kind,
        opening_amount, movement_amount, expected_amount, observed_amount, difference
    from completeness.verdicts
),
changed as (
    select today.*
    from today
    left join newest using (account_id, wallet, asset, component, day)
    where
        newest.id is null
        or (
            today.verdict, today.reasons, today.kind, today.opening_amount, today.movement_amount,
            today.expected_amount, today.observed_amount, today.difference
        ) is distinct from (
            newest.verdict, newest.reasons, newest.kind, newest.opening_amount,
            newest.movement_amount, newest.expected_amount, newest.observed_amount,
            newest.difference
        )
    union all
    select
        newest.owner_id, account_id, wallet, asset, component, day, 'unproven',
        array['no_longer_a_cell'], null, null, null, null, null, null
    from newest
    left join today using (account_id, wallet, asset, component, day)
    where today.verdict is null and newest.reasons <> array['no_longer_a_cell']
)
insert into completeness.verdict_versions (
    owner_id, account_id, wallet, asset, component, day, verdict, reasons, kind,
    opening_amount, movement_amount, expected_amount, observed_amount, difference, run_id
)
select changed.*, %(run_id)s from changed order by day, account_id, wallet, asset, component
returning day
"""

# Wallet days speak for wallets without a single cell, which would otherwise not show at all.
SUMMARISE = """
select
    asked.day,
    count(verdicts.day) filter (where verdicts.verdict = 'complete') as complete_cells,
    count(verdicts.day) filter (where verdicts.verdict = 'broken') as broken_cells,
    count(verdicts.day) filter (where verdicts.verdict = 'unproven') as unproven_cells,
    (select count(*) from completeness.wallet_days where day = asked.day) as wallets,
    (
        select count(*) from completeness.wallet_days
        where day = asked.day and verdict = 'unproven'
    ) as unproven_wallets
from unnest(%(days)s::date[]) as asked (day)
left join completeness.verdicts on verdicts.day = asked.day
group by asked.day
order by asked.day
"""

CELLS = """
select
    verdicts.day, accounts.venue, accounts.external_id as account,
    coalesce(accounts.name, accounts.external_id) as account_name, verdicts.wallet, verdicts.asset,
    verdicts.component, verdicts.verdict, verdicts.reasons, verdicts.kind,
    verdicts.opening_amount, verdicts.movement_amount, verdicts.expected_amount,
    verdicts.observed_amount, verdicts.difference
from completeness.verdicts
join canonical.accounts using (account_id)
where verdicts.day between %(first)s and %(last)s and verdicts.verdict = any(%(verdicts)s)
order by
    verdicts.day, verdicts.verdict, accounts.venue, accounts.external_id, verdicts.wallet,
    verdicts.asset, verdicts.component
limit %(limit)s
"""

WALLETS = """
select
    wallet_days.day, wallet_days.venue, accounts.external_id as account,
    coalesce(accounts.name, accounts.external_id) as account_name, wallet_days.wallet,
    wallet_days.verdict, wallet_days.reasons, wallet_days.cell_count, wallet_days.complete_count,
    wallet_days.broken_count, wallet_days.unproven_count
from completeness.wallet_days
join canonical.accounts using (account_id)
where wallet_days.day between %(first)s and %(last)s
order by wallet_days.venue, accounts.external_id, wallet_days.wallet, wallet_days.day
"""

# A chain is the rows of one cell and kind in order. Two neighbours must meet in one instant and in
# adjacent days; only between two observed zeros may there be days without a row.
UNTILED = """
with chain as (
    select
        *,
        lag(closing_taken_at) over one_chain as previous_closing,
        lag(last_day) over one_chain as previous_last_day,
        lag(observed_amount) over one_chain as previous_observed,
        lag(rollforward_id) over one_chain as previous_id
    from completeness.position_rollforward
    window one_chain as (
        partition by account_id, wallet, asset, component, kind
        order by first_day, opening_taken_at
    )
)
select
    greatest(chain.first_day, %(first)s::date) as day, accounts.venue,
    accounts.external_id as account, chain.wallet, chain.asset, chain.component, chain.kind,
    case
        when chain.first_day <= chain.previous_last_day
            or chain.opening_taken_at < chain.previous_closing
            then 'overlap'
        else 'gap'
    end as fault,
    chain.previous_last_day, chain.first_day, chain.previous_closing, chain.opening_taken_at
from chain
join canonical.accounts using (account_id)
where
    chain.previous_id is not null
    and chain.first_day <= %(last)s
    and coalesce(chain.last_day, chain.first_day) >= %(first)s
    and (
        chain.first_day <= chain.previous_last_day
        or chain.opening_taken_at < chain.previous_closing
        or (
            (
                chain.opening_taken_at is distinct from chain.previous_closing
                or chain.first_day <> chain.previous_last_day + 1
            )
            and not (
                coalesce(chain.previous_observed, 1) = 0 and coalesce(chain.opening_amount, 1) = 0
            )
        )
    )
order by 1, accounts.venue, accounts.external_id, chain.wallet, chain.asset
"""


@dataclass(frozen=True)
class DaySummary:
    """How many cells of one day bear each verdict, and how many wallets there are."""

    day: date
    complete_cells: int
    broken_cells: int
    unproven_cells: int
    wallets: int
    unproven_wallets: int


@dataclass(frozen=True)
class CellVerdict:
    """The verdict of one cell and day, with its numbers in units of the asset; null is unknown."""

    day: date
    venue: str
    account: str
    account_name: str
    wallet: str
    asset: str
    component: str
    verdict: str
    reasons: list[str]
    kind: str | None
    opening_amount: Decimal | None
    movement_amount: Decimal | None
    expected_amount: Decimal | None
    observed_amount: Decimal | None
    difference: Decimal | None


@dataclass(frozen=True)
class WalletDay:
    """One wallet on one day, also when nothing lies in it or nobody could read it."""

    day: date
    venue: str
    account: str
    account_name: str
    wallet: str
    verdict: str
    reasons: list[str]
    cell_count: int
    complete_count: int
    broken_count: int
    unproven_count: int


@dataclass(frozen=True)
class UntiledRow:
    """A row of a chain that does not meet the one before it."""

    day: date
    venue: str
    account: str
    wallet: str
    asset: str
    component: str
    kind: str
    fault: str
    previous_last_day: date | None
    first_day: date
    previous_closing: object
    opening_taken_at: object


def is_built(connection: psycopg.Connection) -> bool:
    """Return whether a build has made the tables that this module reads."""
    row = connection.execute(IS_BUILT).fetchone()
    return bool(row and row[0])


def append_versions(connection: psycopg.Connection, run_id: str) -> list[date]:
    """Record every verdict that is not as last recorded, of any day; return the days, ascending.

    The connection is in the role `coinfrs_verify` and the caller commits.
    """
    connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [VERSIONS_LOCK])
    changed = connection.execute(APPEND_VERSIONS, {"run_id": run_id}).fetchall()
    return sorted({row[0] for row in changed})


def summarise(connection: psycopg.Connection, days: list[date]) -> list[DaySummary]:
    """Return one summary for each of the days, in order, also for days without any verdict."""
    with connection.cursor(row_factory=class_row(DaySummary)) as cursor:
        return cursor.execute(SUMMARISE, {"days": days}).fetchall()


def cells(
    connection: psycopg.Connection,
    first: date,
    last: date,
    *,
    verdicts: tuple[str, ...] = VERDICTS,
    limit: int | None = None,
) -> list[CellVerdict]:
    """Return the cells that bear one of the verdicts on a day from `first` to `last`."""
    with connection.cursor(row_factory=class_row(CellVerdict)) as cursor:
        return cursor.execute(
            CELLS,
            {"first": first, "last": last, "verdicts": list(verdicts), "limit": limit},
        ).fetchall()


def wallet_days(connection: psycopg.Connection, first: date, last: date) -> list[WalletDay]:
    """Return every wallet of every day from `first` to `last`."""
    with connection.cursor(row_factory=class_row(WalletDay)) as cursor:
        return cursor.execute(WALLETS, {"first": first, "last": last}).fetchall()


def untiled(connection: psycopg.Connection, first: date, last: date) -> list[UntiledRow]:
    """Return the rows that judge a day from `first` to `last` and overlap or leave a gap."""
    with connection.cursor(row_factory=class_row(UntiledRow)) as cursor:
        return cursor.execute(UNTILED, {"first": first, "last": last}).fetchall()
