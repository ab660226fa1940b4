"""Lists in pages: oldest first, each page beginning behind a cursor, so that none is skipped.

A cursor is the place of the last row (when it was made, and its id), opaque to clients. It opens
nothing: whose rows are listed is decided by the query around it.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Connection, Row, Select, tuple_

from auth_service.registry.refusals import invalid

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
LIMIT_MAX = 200


class PageAsked(BaseModel):
    """Which page is asked for, as query parameters."""

    limit: int = Field(default=50, ge=1, le=LIMIT_MAX, description="Rows of the page at most.")
    cursor: str | None = Field(
        default=None, max_length=200, description="`next_cursor` of the page before this one."
    )


Paged = Annotated[PageAsked, Query()]


class Page(BaseModel, Generic[T]):
    """One page; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


def shown_as(model: type[M]) -> Callable[[Any], M]:
    """Return what makes a model of a row whose columns are named as its fields."""

    def show(row: Row[Any]) -> M:
        return model.model_validate(dict(row._mapping))  # noqa: SLF001 -- its public name.

    return show


def page(
    connection: Connection,
    statement: Select[Any],
    asked: PageAsked,
    at: tuple[ColumnElement[datetime], ColumnElement[UUID]],
    shown: Callable[[Row[Any]], T],
) -> Page[T]:
    """Run a query for one page, ordered by the two columns that say where a row is.

    Raises:
        ApiError: 422, the cursor is none of ours.

    """
    if asked.cursor is not None:
        statement = statement.where(tuple_(*at) > tuple_(*_place(asked.cursor)))
    # Added last, so that they can be told from what is shown.
    rows = connection.execute(
        statement.add_columns(at[0].label("page_at"), at[1].label("page_id"))
        .order_by(*at)
        .limit(asked.limit + 1)
    ).all()
    following = None
    if len(rows) > asked.limit:
        rows = rows[: asked.limit]
        following = _cursor(rows[-1].page_at, rows[-1].page_id)
    return Page(items=[shown(row) for row in rows], next_cursor=following)


def _cursor(created_at: datetime, row_id: UUID) -> str:
    text = f"{created_at.isoformat()} {row_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, UUID]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        created_at, _, row_id = text.rpartition(" ")
        found = datetime.fromisoformat(created_at).astimezone(UTC), UUID(row_id)
    except (binascii.Error, ValueError, OverflowError):
        raise invalid("query.cursor", "is not a cursor of this service") from None
    return found
