"""What of some days is not complete, for the status pages: the cells that differ, and why not.

Read as `standing` reads. Left out: the words (`explanations.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

from auth_service.web.lists import ROWS_SHOWN_MAX, First
from auth_service.web.standing import VISIBLE, Span, Whose, parameters

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


def reasons(
    reader: Connection, whose: Whose, span: Span, source_id: UUID | None = None
) -> First[Unproven]:
    """Return why days are unproven, what concerns most of them first."""
    known = {**parameters(whose, span, source_id), "limit": ROWS_SHOWN_MAX + 1}
    found = reader.execute(_REASONS, known).mappings()
    return First([Unproven(**row) for row in found])


def cells(
    reader: Connection,
    whose: Whose,
    span: Span,
    source_id: UUID | None = None,
    verdicts: Sequence[str] = ("broken",),
) -> First[Cell]:
    """Return the cells with one of some verdicts, the newest day first."""
    known = {
        **parameters(whose, span, source_id),
        "verdicts": list(verdicts),
        "limit": ROWS_SHOWN_MAX + 1,
    }
    return First([Cell(**row) for row in reader.execute(_CELLS, known).mappings()])
