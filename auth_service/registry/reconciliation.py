"""The history of verdicts, read only: what was known when, of one's own accounts and shared ones.

Rows are read in the role of readers of reports (`bi_reader`), who may change nothing. Which
accounts are shared with the user is asked of the registry before. Left out: today's truth, which is
in `completeness.verdicts`.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    DateTime,
    MetaData,
    Numeric,
    String,
    Table,
    Uuid,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from auth_service.registry.pages import LIMIT_MAX, Page, shown_as
from auth_service.registry.refusals import invalid
from auth_service.users import User

Verdict = Literal["complete", "broken", "unproven"]
_CURSOR_MAX = 2**63 - 1

_VERSIONS = Table(
    "verdict_versions",
    MetaData(schema="completeness"),
    Column("id", BigInteger),
    Column("account_id", Uuid),
    Column("wallet", String),
    Column("asset", String),
    Column("component", String),
    Column("day", Date),
    Column("owner_id", Uuid),
    Column("verdict", String),
    Column("reasons", ARRAY(String)),
    Column("kind", String),
    Column("opening_amount", Numeric),
    Column("movement_amount", Numeric),
    Column("expected_amount", Numeric),
    Column("observed_amount", Numeric),
    Column("difference", Numeric),
    Column("decided_at", DateTime(timezone=True)),
)


class HistoryAsked(BaseModel):
    """Which verdicts are asked for, as query parameters; days are UTC days, both included."""

    account_id: UUID | None = Field(default=None, description="One account.")
    location_group_id: UUID | None = Field(default=None, description="The accounts of a group.")
    first_day: date | None = Field(default=None, description="From this UTC day on.")
    last_day: date | None = Field(default=None, description="Up to this UTC day.")
    verdict: Verdict | None = Field(default=None, description="Only this verdict.")
    limit: int = Field(default=50, ge=1, le=LIMIT_MAX, description="Rows of the page at most.")
    cursor: str | None = Field(
        default=None, max_length=200, description="`next_cursor` of the page before this one."
    )


Asked = Annotated[HistoryAsked, Query()]


class VerdictVersion(BaseModel):
    """What was decided of a cell and UTC day, and when; amounts are decimal text in its asset."""

    account_id: UUID
    wallet: str
    asset: str
    component: str
    day: date
    verdict: Verdict
    reasons: list[str]
    kind: str | None
    opening_amount: Decimal | None
    movement_amount: Decimal | None
    expected_amount: Decimal | None
    observed_amount: Decimal | None
    difference: Decimal | None
    decided_at: AwareDatetime


def history(
    reader: Connection, user: User, asked: HistoryAsked, shared: list[UUID]
) -> Page[VerdictVersion]:
    """Return a page, newest decision first.

    `reader` is a connection of `services.reader`; `shared` is what `account_mappings.shared_with`
    returned for the user and the group that is asked for, if any.

    Raises:
        ApiError: 422, the cursor is none of ours.

    """
    columns = [_VERSIONS.c[name] for name in VerdictVersion.model_fields]
    is_shared = _VERSIONS.c.account_id.in_(shared)
    statement = select(_VERSIONS.c.id, *columns).where(
        is_shared
        if asked.location_group_id is not None
        else or_(_VERSIONS.c.owner_id == user.id, is_shared)
    )
    if asked.account_id is not None:
        statement = statement.where(_VERSIONS.c.account_id == asked.account_id)
    if asked.first_day is not None:
        statement = statement.where(_VERSIONS.c.day >= asked.first_day)
    if asked.last_day is not None:
        statement = statement.where(_VERSIONS.c.day <= asked.last_day)
    if asked.verdict is not None:
        statement = statement.where(_VERSIONS.c.verdict == asked.verdict)
    if asked.cursor is not None:
        statement = statement.where(_VERSIONS.c.id < _place(asked.cursor))
    rows = reader.execute(statement.order_by(_VERSIONS.c.id.desc()).limit(asked.limit + 1)).all()
    following = str(rows[asked.limit - 1].id) if len(rows) > asked.limit else None
    return Page(
        items=[shown_as(VerdictVersion)(row) for row in rows[: asked.limit]],
        next_cursor=following,
    )


def _place(cursor: str) -> int:
    place = int(cursor) if cursor.isascii() and cursor.isdecimal() else 0
    if not 0 < place <= _CURSOR_MAX:
        raise invalid("query.cursor", "is not a cursor of this service")
    return place
