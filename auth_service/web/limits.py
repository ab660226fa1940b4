"""The limits of the proof on the status pages: what a venue forgets, and what is outside of it.

Read as `standing` reads. Left out: why a single day is unproven, which its verdict says.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from auth_service.web.lists import ROWS_SHOWN_MAX, First
from auth_service.web.standing import VISIBLE, Whose, parameters

_RETENTION = text(
    VISIBLE
    + """
select
    source_id, source, visible.venue, retention.stream, retention.state,
    min(retention.retention_days) as retention_days,
    count(*)::integer as accounts, min(account) as an_account,
    min(retention.unread_from) as unread_from, min(retention.forgotten_at) as forgotten_at,
    min(retention.days_left) as days_left,
    min(retention.lost_from) as lost_from, max(retention.lost_to) as lost_to
from completeness.retention
join visible using (account_id)
where cast(:source as uuid) is null or source_id = :source
group by source_id, source, visible.venue, retention.stream, retention.state
order by
    case retention.state when 'lost' then 1 when 'at_risk' then 2 else 3 end,
    min(retention.forgotten_at), source, retention.stream
limit :limit
"""
)
_OUTSIDE = text(
    VISIBLE
    + """
select source_id, source, visible.venue, account, accounts.kind, accounts.outside_reason as reason
from visible
join canonical.accounts using (account_id)
where not visible.is_in_proof and (cast(:source as uuid) is null or source_id = :source)
order by source, accounts.kind, account
limit :limit
"""
)


@dataclass(frozen=True)
class Lost:
    """History of a stream that was never read, and when the venue forgets or forgot it."""

    source_id: UUID
    source: str
    venue: str
    stream: str
    state: str
    retention_days: int
    accounts: int
    an_account: str
    unread_from: datetime | None
    forgotten_at: datetime
    days_left: int
    lost_from: datetime | None
    lost_to: datetime | None


@dataclass(frozen=True)
class Outside:
    """An account that the venue's records name and that cannot be proven from them, and why."""

    source_id: UUID
    source: str
    venue: str
    account: str
    kind: str
    reason: str


def retention(reader: Connection, whose: Whose, source_id: UUID | None = None) -> First[Lost]:
    """Return what a venue forgets, the lost and the urgent first."""
    known = {**parameters(whose, source_id=source_id), "limit": ROWS_SHOWN_MAX + 1}
    return First([Lost(**row) for row in reader.execute(_RETENTION, known).mappings()])


def outside(reader: Connection, whose: Whose, source_id: UUID | None = None) -> First[Outside]:
    """Return the accounts that nothing is proven of, on any day."""
    known = {**parameters(whose, source_id=source_id), "limit": ROWS_SHOWN_MAX + 1}
    return First([Outside(**row) for row in reader.execute(_OUTSIDE, known).mappings()])
