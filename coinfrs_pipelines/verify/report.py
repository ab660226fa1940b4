"""The report of a span of days: counts, every cell that is not complete, and a page for people.

SQL does the arithmetic; pandas carries the tables as objects, so that an amount stays the decimal
it is and is never a float. The page is one file, without scripts and without anything from
elsewhere.
"""

from collections.abc import Hashable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
import psycopg

from coinfrs_pipelines.console import amount, plain
from coinfrs_pipelines.core import database
from coinfrs_pipelines.verify import verdicts

ROLE: database.Role = "bi_reader"
TEMPLATE = Path(__file__).with_name("report.html.jinja")
# A page of more rows, or of those that judge nothing, is no longer read by anybody; the table and
# the CSV hold all of them.
ROLLFORWARD_ROWS_SHOWN_MAX = 5000

SPAN = """
select coalesce(%(first)s, min(day)), coalesce(%(last)s, max(day)) from completeness.wallet_days
"""

# Names are the owner's and need not be unique; the venue's reference tells alike ones apart.
NAMED = """
with named as (
    select
        account_id, venue, external_id,
        venue || ' ' || coalesce(name, external_id)
        || case
            when count(*) over (partition by venue, coalesce(name, external_id)) > 1
                then ' (' || external_id || ')'
            else ''
        end as account
    from canonical.accounts
)
"""

# Counts and reasons apart: a wallet of three reasons counts its cells once.
ACCOUNT_DAYS = (
    NAMED  # noqa: S608 -- a constant.
    + """,
counted as (
    select
        account_id, day,
        case
            when bool_or(verdict = 'broken') then 'broken'
            when bool_or(verdict = 'unproven') then 'unproven'
            else 'complete'
        end as verdict,
        sum(complete_count)::bigint as complete,
        sum(broken_count)::bigint as broken,
        sum(unproven_count)::bigint as unproven
    from completeness.wallet_days
    where day between %(first)s and %(last)s
    group by account_id, day
),
told as (
    select account_id, day, string_agg(distinct reason, ', ' order by reason) as reasons
    from completeness.wallet_days
    cross join lateral unnest(wallet_days.reasons) as reason
    where day between %(first)s and %(last)s
    group by account_id, day
)
select
    account_id, named.account, day, counted.verdict, counted.complete, counted.broken,
    counted.unproven, told.reasons
from counted
join named using (account_id)
left join told using (account_id, day)
order by named.venue, named.external_id, account_id, day
"""
)

ROLLFORWARD = (
    NAMED
    + """
select
    rollforward.account_id, named.account,
    rollforward.wallet, rollforward.asset, rollforward.component, rollforward.kind,
    rollforward.first_day, rollforward.last_day, rollforward.opening_taken_at,
    rollforward.closing_taken_at, rollforward.opening_amount, rollforward.deposit_amount,
    rollforward.withdrawal_amount, rollforward.trade_amount, rollforward.transfer_amount,
    rollforward.fee_amount, rollforward.other_amount, rollforward.expected_amount,
    rollforward.observed_amount, rollforward.difference, rollforward.judges, rollforward.verdict,
    array_to_string(rollforward.reasons, ', ') as reasons
from completeness.position_rollforward as rollforward
join named using (account_id)
where
    rollforward.first_day <= %(last)s
    and coalesce(rollforward.last_day, rollforward.first_day) >= %(first)s
order by
    named.venue, named.external_id, rollforward.account_id, rollforward.wallet, rollforward.asset,
    rollforward.component, rollforward.first_day, rollforward.kind
"""
)

OUTSIDE = """
select
    accounts.venue || ' ' || coalesce(accounts.name, accounts.external_id) as account,
    accounts.kind, accounts.external_id, accounts.outside_reason as reason
from canonical.accounts
where not accounts.is_in_proof
order by accounts.venue, accounts.external_id
"""

# Keys that are registered and have not one day of one wallet: no capture of theirs opened a chain
# that another one closed. A workspace's accounts are named after it.
NEVER_PROVEN = """
select sources.name, sources.venue, sources.environment, sources.account_ref
from canonical.data_sources as sources
where
    sources.disabled_at is null
    and not exists (
        select from completeness.wallet_days
        join canonical.accounts using (account_id)
        where
            accounts.owner_id = sources.owner_id
            and accounts.venue = sources.venue
            and accounts.environment = sources.environment
            and (
                accounts.external_id = sources.account_ref
                or starts_with(accounts.external_id, sources.account_ref || '/')
            )
    )
order by sources.name, sources.venue, sources.account_ref
"""


class NothingToReportError(Exception):
    """No day that was asked for has a verdict; the message says what to run or to ask."""


@dataclass(frozen=True)
class OutsideAccount:
    """An account that the venue's records name and that cannot be proven from them, and why."""

    account: str
    kind: str
    external_id: str
    reason: str


@dataclass(frozen=True)
class NeverProven:
    """A registered data source of which no wallet ever had a day, as of the last build."""

    name: str
    venue: str
    environment: str
    account_ref: str


@dataclass(frozen=True)
class Report:
    """What is known about the days from `first` to `last`; amounts are in units of their asset."""

    first: date
    last: date
    days: list[verdicts.DaySummary]
    cells: list[verdicts.CellVerdict]
    wallets: list[verdicts.WalletDay]
    account_days: pd.DataFrame
    rollforward: pd.DataFrame
    # Accounts that are known and that nothing is proven of, whatever the day.
    outside: list[OutsideAccount]
    # Data sources that are registered and that nothing was ever proven of, whatever the day.
    never_proven: list[NeverProven]

    @property
    def counts(self) -> dict[str, int]:
        """How many cell-days bear each verdict."""
        return {
            "complete": sum(day.complete_cells for day in self.days),
            "broken": sum(day.broken_cells for day in self.days),
            "unproven": sum(day.unproven_cells for day in self.days),
        }

    @property
    def unread_wallets(self) -> list[verdicts.WalletDay]:
        """Wallets of a day that are unproven although none of their cells has a row."""
        return [
            wallet
            for wallet in self.wallets
            if wallet.verdict == "unproven" and not wallet.unproven_count
        ]

    @property
    def unread_days(self) -> list[date]:
        """Days on which no wallet of anybody was read, so that nothing was judged."""
        return [day.day for day in self.days if not day.wallets]

    @property
    def is_all_complete(self) -> bool:
        """Whether every cell of every day was judged, and is complete."""
        doubts = (self.cells, self.unread_wallets, self.unread_days, self.never_proven)
        return bool(self.days) and not any(doubts)


def read(
    connection: psycopg.Connection, first: date | None = None, last: date | None = None
) -> Report:
    """Read the report; without a bound it begins or ends with the days that have verdicts.

    Where both bounds are given, the first is not after the last.

    Raises NothingToReportError when there are none, also none on that side of a bound. The
    connection is in the role `bi_reader`.
    """
    span = (
        connection.execute(SPAN, {"first": first, "last": last}).fetchone()
        if verdicts.is_built(connection)
        else None
    )
    if span is None or span[0] is None or span[1] is None:
        raise NothingToReportError(
            "No day has a verdict yet: the first capture only opens the chains, and the next "
            "day's closes them (coinfrs sources add, then coinfrs run --from DAY --to DAY)."
        )
    begin, end = span
    if begin > end:
        where = f"from {begin} on: the last" if last is None else f"until {end}: the first"
        has = end if last is None else begin
        raise NothingToReportError(f"No day has a verdict {where} that has is {has}.")
    days = [stamp.date() for stamp in pd.date_range(begin, end)]
    return Report(
        first=begin,
        last=end,
        days=verdicts.summarise(connection, days),
        cells=verdicts.cells(connection, begin, end, verdicts=("broken", "unproven")),
        wallets=verdicts.wallet_days(connection, begin, end),
        account_days=_frame(connection, ACCOUNT_DAYS, begin, end),
        rollforward=_frame(connection, ROLLFORWARD, begin, end),
        outside=[OutsideAccount(*row) for row in connection.execute(OUTSIDE).fetchall()],
        never_proven=[NeverProven(*row) for row in connection.execute(NEVER_PROVEN).fetchall()],
    )


def _frame(connection: psycopg.Connection, statement: str, first: date, last: date) -> pd.DataFrame:
    cursor = connection.execute(statement, {"first": first, "last": last})
    columns = [column.name for column in cursor.description or []]
    return pd.DataFrame(cursor.fetchall(), columns=columns, dtype=object)


def as_json(report: Report) -> dict[str, Any]:
    """Return the report for machines: amounts as decimal text, days as ISO dates."""
    return {
        "from": report.first.isoformat(),
        "to": report.last.isoformat(),
        "counts": report.counts,
        "days": [_plain(asdict(day)) for day in report.days],
        "cells": [_plain(asdict(cell)) for cell in report.cells],
        "unread_wallets": [_plain(asdict(wallet)) for wallet in report.unread_wallets],
        "unread_days": [day.isoformat() for day in report.unread_days],
        "never_proven": [asdict(source) for source in report.never_proven],
        "outside_the_proof": [asdict(account) for account in report.outside],
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def write_csv(report: Report, path: Path) -> None:
    """Write the whole roll-forward as CSV, one row per cell, kind and interval.

    Those that judge no day are among them: they are `false` in the column `judges`.
    """
    report.rollforward.map(plain).to_csv(path, index=False)


def as_html(report: Report, *, title: str = "Completeness") -> str:
    """Return the page: counts, the heat map of account and day, what is wrong, the roll-forward."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["amount"] = amount
    judging = report.rollforward[report.rollforward["judges"].astype(bool)]
    shown = judging.head(ROLLFORWARD_ROWS_SHOWN_MAX)
    return environment.get_template(TEMPLATE.name).render(
        title=title,
        report=report,
        made_at=datetime.now(UTC),
        heat=_heat(report),
        cells=[asdict(cell) for cell in report.cells],
        accounts=[(named, rows.to_dict("records")) for named, rows in _by_account(shown)],
        rows_shown=len(shown),
        rows_total=len(judging),
    )


def _heat(report: Report) -> list[tuple[str, dict[date, dict[Hashable, Any]]]]:
    """Return, per account, what the heat map says for each day on which the account was known."""
    return [
        (named, {row["day"]: row for row in rows.to_dict("records")})
        for named, rows in _by_account(report.account_days)
    ]


def _by_account(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of each account, in their order, with how it is called."""
    return [
        (str(group["account"].iloc[0]), group)
        for _, group in rows.groupby("account_id", sort=False)
    ]
