"""What the status pages read: verdicts by data source and day, and of which source there are none.

Read in the role of readers of reports, of the accounts that a user owns or was shown. Everything is
counted by Postgres and bounded, so that a workspace of thousands of vault accounts is one row.
Left out: which cells and why (`incomplete.py`), and what no verdict is given of (`limits.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from auth_service.web.lists import ROWS_SHOWN_MAX

DAYS_SHOWN = 14

# A sub-account without a key of its own stands with its master's data source; a data source that
# was replaced stands with the newer one.
VISIBLE = """
with visible as (
    select
        accounts.account_id,
        accounts.venue,
        accounts.environment,
        accounts.external_id,
        accounts.is_in_proof,
        accounts.owner_id = :owner as is_own,
        coalesce(accounts.name, accounts.external_id) as account,
        source.data_source_id is not null and source.disabled_at is null as is_living,
        coalesce(source.data_source_id, accounts.account_id) as source_id,
        coalesce(source.name, accounts.name, accounts.external_id) as source
    from canonical.accounts as accounts
    left join canonical.accounts as parents on parents.account_id = accounts.parent_account_id
    left join lateral (
        select data_sources.data_source_id, data_sources.name, data_sources.disabled_at
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
_KNOWN_DAYS = text(
    VISIBLE
    + """
select min(wallet_days.day) as first, max(wallet_days.day) as last
from completeness.wallet_days
join visible using (account_id)
where cast(:source as uuid) is null or source_id = :source
"""
)
# The registry says which of one's own have ended; of what is shared, the last build knows.
_SOURCES = text(
    VISIBLE
    + """
select
    source_id as id, source as name, venue,
    bool_or(is_in_proof and is_living and not is_own) as is_living
from visible
group by source_id, source, venue
"""
)
_SOURCE_DAYS = text(
    VISIBLE
    + f"""
select source_id as id, wallet_days.day, {_WORST}
from completeness.wallet_days
join visible using (account_id)
where wallet_days.day between :first and :last
group by source_id, wallet_days.day
"""  # noqa: S608 -- of constants.
)
# The wallets that are not complete come first, so that a cut at the end cuts off what is.
_WALLET_DAYS = text(
    f"""{VISIBLE}
, shown as (
    select
        visible.account_id, wallet_days.wallet, bool_and(verdict = 'complete') as is_complete,
        count(*) over () as wallets
    from completeness.wallet_days
    join visible using (account_id)
    where wallet_days.day between :first and :last and source_id = :source
    group by visible.account_id, wallet_days.wallet
    order by is_complete, visible.account_id, wallet_days.wallet
    limit :limit
)
select
    visible.account_id as id, account as name, visible.venue, wallet_days.wallet as within,
    wallet_days.day, max(shown.wallets) as wallets, {_WORST}
from completeness.wallet_days
join shown using (account_id, wallet)
join visible using (account_id)
where wallet_days.day between :first and :last
group by visible.account_id, account, visible.venue, wallet_days.wallet, wallet_days.day
order by account, visible.account_id, wallet_days.wallet, wallet_days.day
"""  # noqa: S608 -- of constants.
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
    """A row of the heat map: a data source, or a wallet (`within`) of an account.

    Of a data source that `has_ended` no further day is expected.
    """

    id: UUID
    name: str
    venue: str
    within: str = ""
    has_ended: bool = False
    days: dict[date, Told] = field(default_factory=dict)


@dataclass(frozen=True)
class Registered:
    """A data source of the user's own that has not ended, whatever is known of it."""

    id: UUID
    name: str
    venue: str


@dataclass(frozen=True)
class Whose:
    """Whose accounts are shown: the user's own, and those mapped in portfolios they are in.

    `sources` are the user's own that have not ended, by the registry: the tables of reports know
    them from the next build on.
    """

    owner_id: UUID
    shared: Sequence[UUID]
    sources: Sequence[Registered] = ()


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
    def earlier(self) -> date:
        """The last of the days before these."""
        return self.first - timedelta(days=1)

    @property
    def later(self) -> date:
        """The last of as many days after these."""
        return self.last + (self.last - self.first) + timedelta(days=1)


@dataclass(frozen=True)
class Wallets:
    """The wallets of a data source that a page shows, and how many it has on these days."""

    shown: list[HeatRow]
    count: int


def known_days(reader: Connection, whose: Whose, source_id: UUID | None = None) -> Span | None:
    """Return the first and the last day of which anything is known, or None before there is one."""
    if not _is_built(reader):
        return None
    found = reader.execute(_KNOWN_DAYS, parameters(whose, source_id=source_id)).one()
    return None if found.last is None else Span(found.first, found.last)


def find_source(reader: Connection, whose: Whose, source_id: UUID) -> HeatRow | None:
    """Return a data source that the user may see, without days, or None."""
    return _sources(reader, whose).get(source_id)


def source_days(reader: Connection, whose: Whose, span: Span) -> list[HeatRow]:
    """Return a row for each data source, also for one of which nothing is known on these days."""
    found = _sources(reader, whose)
    for row in reader.execute(_SOURCE_DAYS, parameters(whose, span)):
        found[row.id].days[row.day] = _told(row)
    shown = [row for row in found.values() if row.days or not row.has_ended]
    return sorted(shown, key=lambda row: (row.venue, row.name.casefold(), row.id))


def wallet_days(reader: Connection, whose: Whose, span: Span, source_id: UUID) -> Wallets:
    """Return a row for each wallet of each account of a data source, the doubtful ones first."""
    asked = {**parameters(whose, span, source_id), "limit": ROWS_SHOWN_MAX}
    found: dict[tuple[UUID, str], HeatRow] = {}
    count = 0
    for row in reader.execute(_WALLET_DAYS, asked):
        shown = found.setdefault(
            (row.id, row.within), HeatRow(row.id, row.name, row.venue, row.within)
        )
        shown.days[row.day] = _told(row)
        count = row.wallets
    return Wallets(list(found.values()), count)


def parameters(
    whose: Whose, span: Span | None = None, source_id: UUID | None = None
) -> dict[str, Any]:
    """Return what a statement on top of `VISIBLE` is asked with."""
    days = {} if span is None else {"first": span.first, "last": span.last}
    return {"owner": whose.owner_id, "shared": list(whose.shared), "source": source_id, **days}


def _sources(reader: Connection, whose: Whose) -> dict[UUID, HeatRow]:
    found: dict[UUID, HeatRow] = {}
    if _is_built(reader):
        for row in reader.execute(_SOURCES, parameters(whose)):
            found[row.id] = HeatRow(row.id, row.name, row.venue, has_ended=not row.is_living)
    return found | {own.id: HeatRow(own.id, own.name, own.venue) for own in whose.sources}


def _is_built(reader: Connection) -> bool:
    return bool(reader.execute(_IS_BUILT).scalar_one())


def _told(row: Row[Any]) -> Told:
    return Told(row.verdict, row.complete, row.broken, row.unproven)
