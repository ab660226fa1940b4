"""What the status pages read: verdicts by data source and day, and why.

Read in the role of readers of reports, of the accounts that a user owns or was shown. Everything is
counted by Postgres and bounded, so that a workspace of thousands of vault accounts is one row.
Left out: the words (`explanations.py`), and what no verdict is
given of (`limits.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

DAYS_SHOWN = 14
DAYS_SHOWN_MAX = 31
ROWS_SHOWN_MAX = 200

# A sub-account without a key of its own stands with its master's data source; a data source that
# was replaced stands with the newer one.
VISIBLE = """
with visible as (
    select
        accounts.account_id,
        accounts.venue,
        accounts.environment,
        accounts.external_id,
        coalesce(accounts.name, accounts.external_id) as account,
        coalesce(source.data_source_id, accounts.account_id) as source_id,
        coalesce(source.name, accounts.name, accounts.external_id) as source
    from canonical.accounts as accounts
    left join canonical.accounts as parents on parents.account_id = accounts.parent_account_id
    left join lateral (
        select data_sources.data_source_id, data_sources.name
        from canonical.data_sources
        where
            data_sources.owner_id = accounts.owner_id
            and data_sources.venue = accounts.venue
            and data_sources.environment = accounts.environment
            and data_sources.account_ref in (
                accounts.external_id, split_part(accounts.external_id, '/', 1), parents.external_id
            )
        order by
            data_sources.account_ref <> split_part(accounts.external_id, '/', 1),
            data_sources.disabled_at desc nulls first,
            data_sources.created_at desc
        limit 1
    ) as source on true
    where accounts.owner_id = :owner or accounts.account_id = any(:shared)
)
"""
_WORST = """
    case
        when bool_or(wallet_days.verdict = 'broken') then 'broken'
        when bool_or(wallet_days.verdict = 'unproven') then 'unproven'
        else 'complete'
    end as verdict,
    sum(complete_count)::bigint as complete,
    sum(broken_count)::bigint as broken,
    sum(unproven_count)::bigint as unproven
"""
_IS_BUILT = text("""
select
    to_regclass('completeness.wallet_days') is not null
    and to_regclass('completeness.retention') is not null
""")
_LAST_DAY = text(
    VISIBLE
    + """
select max(wallet_days.day) from completeness.wallet_days join visible using (account_id)
"""
)
_SOURCE_DAYS = text(
    VISIBLE
    + f"""
select source_id as id, source as name, visible.venue, '' as within, wallet_days.day, {_WORST}
from completeness.wallet_days
join visible using (account_id)
where wallet_days.day between :first and :last
group by source_id, source, visible.venue, wallet_days.day
order by visible.venue, source, source_id, wallet_days.day
"""  # noqa: S608 -- of constants.
)
# The wallets that are not complete come first, so that a cut at the end cuts off what is.
_WALLET_DAYS = text(
    f"""{VISIBLE}
, shown as (
    select visible.account_id, wallet_days.wallet, bool_and(verdict = 'complete') as is_complete
    from completeness.wallet_days
    join visible using (account_id)
    where wallet_days.day between :first and :last and source_id = :source
    group by visible.account_id, wallet_days.wallet
    order by is_complete, visible.account_id, wallet_days.wallet
    limit :limit
)
select
    visible.account_id as id, account as name, visible.venue, wallet_days.wallet as within,
    wallet_days.day, {_WORST}
from completeness.wallet_days
join shown using (account_id, wallet)
join visible using (account_id)
where wallet_days.day between :first and :last
group by visible.account_id, account, visible.venue, wallet_days.wallet, wallet_days.day
order by account, visible.account_id, wallet_days.wallet, wallet_days.day
"""  # noqa: S608 -- of constants.
)
_REASONS = text(
    VISIBLE
    + """
select
    source_id, source, visible.venue, reason,
    count(distinct account_id)::integer as accounts,
    count(distinct (account_id, wallet_days.wallet))::integer as wallets,
    min(account) as an_account, min(wallet_days.wallet) as a_wallet,
    min(wallet_days.day) as first_day, max(wallet_days.day) as last_day,
    count(distinct wallet_days.day)::integer as days
from completeness.wallet_days
join visible using (account_id)
cross join lateral unnest(wallet_days.reasons) as reason
where
    wallet_days.day between :first and :last
    and (cast(:source as uuid) is null or source_id = :source)
group by source_id, source, visible.venue, reason
order by days desc, wallets desc, source, reason
limit :limit
"""
)
_CELLS = text(
    VISIBLE
    + """
select
    source_id, source, account, visible.venue, verdicts.day, verdicts.wallet, verdicts.asset,
    verdicts.component, verdicts.verdict, verdicts.reasons, verdicts.opening_amount,
    verdicts.movement_amount, verdicts.expected_amount, verdicts.observed_amount,
    verdicts.difference
from completeness.verdicts
join visible using (account_id)
where
    verdicts.day between :first and :last
    and (cast(:source as uuid) is null or source_id = :source)
    and verdicts.verdict = any(:verdicts)
order by
    verdicts.day desc, verdicts.verdict, source, account, verdicts.wallet, verdicts.asset,
    verdicts.component
limit :limit
"""
)


@dataclass(frozen=True)
class Told:
    """What is said of a row of the heat map on a day; the counts are cells."""

    verdict: str
    complete: int
    broken: int
    unproven: int


@dataclass
class HeatRow:
    """A row of the heat map: a data source, or a wallet (`within`) of an account."""

    id: UUID
    name: str
    venue: str
    within: str
    days: dict[date, Told] = field(default_factory=dict)


@dataclass(frozen=True)
class Whose:
    """Whose accounts are shown: the user's own, and those mapped in portfolios they are in."""

    owner_id: UUID
    shared: Sequence[UUID]


@dataclass(frozen=True)
class Span:
    """The UTC days that are shown, both included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Every day, oldest first."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> "Span":
        """As many days before these."""
        length = self.last - self.first + timedelta(days=1)
        return Span(self.first - length, self.last - length)

    @property
    def after(self) -> "Span":
        """As many days after these."""
        length = self.last - self.first + timedelta(days=1)
        return Span(self.first + length, self.last + length)


@dataclass(frozen=True)
class Cell:
    """A cell of a day that is not complete; amounts are in units of the asset."""

    source_id: UUID
    source: str
    account: str
    venue: str
    day: date
    wallet: str
    asset: str
    component: str
    verdict: str
    reasons: list[str]
    opening_amount: Decimal | None
    movement_amount: Decimal | None
    expected_amount: Decimal | None
    observed_amount: Decimal | None
    difference: Decimal | None


@dataclass(frozen=True)
class Unproven:
    """A reason that keeps wallets of a data source unproven, and on how many days."""

    source_id: UUID
    source: str
    venue: str
    reason: str
    accounts: int
    wallets: int
    an_account: str
    a_wallet: str
    first_day: date
    last_day: date
    days: int


def last_day(reader: Connection, whose: Whose) -> date | None:
    """Return the last day of which anything is known, or None before there is one."""
    if not reader.execute(_IS_BUILT).scalar_one():
        return None
    found: date | None = reader.execute(_LAST_DAY, parameters(whose)).scalar_one()
    return found


def source_days(reader: Connection, whose: Whose, span: Span) -> list[HeatRow]:
    """Return a row for each data source."""
    return _heat(reader.execute(_SOURCE_DAYS, parameters(whose, span)).all())


def wallet_days(reader: Connection, whose: Whose, span: Span, source_id: UUID) -> list[HeatRow]:
    """Return a row for each wallet of each account of a data source, the doubtful ones first."""
    known = {**parameters(whose, span, source_id), "limit": ROWS_SHOWN_MAX}
    return _heat(reader.execute(_WALLET_DAYS, known).all())


def reasons(
    reader: Connection, whose: Whose, span: Span, source_id: UUID | None = None
) -> list[Unproven]:
    """Return why days are unproven, what concerns most of them first."""
    known = {**parameters(whose, span, source_id), "limit": ROWS_SHOWN_MAX}
    return [Unproven(**row._mapping) for row in reader.execute(_REASONS, known)]  # noqa: SLF001 -- its public name.


def cells(
    reader: Connection,
    whose: Whose,
    span: Span,
    source_id: UUID | None = None,
    verdicts: Sequence[str] = ("broken",),
) -> list[Cell]:
    """Return the cells with one of some verdicts, the newest day first."""
    known = {
        **parameters(whose, span, source_id),
        "verdicts": list(verdicts),
        "limit": ROWS_SHOWN_MAX,
    }
    return [Cell(**row._mapping) for row in reader.execute(_CELLS, known)]  # noqa: SLF001 -- its public name.


def parameters(
    whose: Whose, span: Span | None = None, source_id: UUID | None = None
) -> dict[str, Any]:
    """Return what a statement on top of `VISIBLE` is asked with."""
    days = {} if span is None else {"first": span.first, "last": span.last}
    return {"owner": whose.owner_id, "shared": list(whose.shared), "source": source_id, **days}


def _heat(rows: Sequence[Row[Any]]) -> list[HeatRow]:
    found: dict[tuple[UUID, str], HeatRow] = {}
    for row in rows:
        key = (row.id, row.within)
        if key not in found:
            found[key] = HeatRow(row.id, row.name, row.venue, row.within)
        found[key].days[row.day] = Told(row.verdict, row.complete, row.broken, row.unproven)
    return list(found.values())
