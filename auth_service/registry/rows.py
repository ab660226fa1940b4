"""How one kind of row is listed, found, made, changed and deleted by the members of its portfolio.

What is the same for entities, cost pools, the chart of accounts, location groups and portfolios:
visible to members, changed by owners, each change against the version that was read, deletion by a
date. What differs stands in the module of each noun.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import psycopg
from pydantic import AfterValidator, AwareDatetime, BaseModel, StringConstraints
from sqlalchemy import ColumnElement, Connection, Row, Select, Table, func, select
from sqlalchemy.exc import IntegrityError

from auth_service.registry.access import portfolios_of, require
from auth_service.registry.pages import Page, PageAsked, page, shown_as
from auth_service.registry.refusals import conflict, not_found, stale
from auth_service.users import User

T = TypeVar("T", bound="Versioned")


def _one_line(name: str) -> str:
    if not name.isprintable() or not name.strip():
        raise ValueError("must be printable characters on one line")
    return name.strip()


Name = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_one_line)]
"""What people call a thing: one line, shown in pages, reports and mails."""


def constraint_of(error: IntegrityError) -> str:
    """Return the name of the constraint that a statement would have broken."""
    return error.orig.diag.constraint_name or "" if isinstance(error.orig, psycopg.Error) else ""


class Versioned(BaseModel):
    """Who made and changed a row, and how often: `version` is what ETag and If-Match carry."""

    version: int
    created_at: AwareDatetime
    created_by: UUID | None
    updated_at: AwareDatetime
    updated_by: UUID | None


class Kept(Generic[T]):
    """One kind of row.

    `conflicts` tells what the breach of a unique constraint means, `in_use` why a row cannot be
    deleted; `also` are columns that depend on who asks.
    """

    def __init__(
        self,
        table: Table,
        shown: type[T],
        *,
        conflicts: Mapping[str, str],
        in_use: str,
        also: Callable[[User], Sequence[ColumnElement[Any]]] = lambda _: (),
    ) -> None:
        self._table = table
        self._shown = shown
        self._conflicts = conflicts
        self._in_use = in_use
        self._also = also
        self._portfolio_id = table.c["portfolio_id" if "portfolio_id" in table.c else "id"]
        # What a second person approved is not what it will be.
        self._unapproved: dict[str, None] = (
            {"approved_at": None, "approved_by": None} if "approved_by" in table.c else {}
        )

    def page(
        self, connection: Connection, user: User, asked: PageAsked, **equal: UUID | None
    ) -> Page[T]:
        """Return a page of the rows that the user may see; `equal` narrows by columns.

        Raises:
            ApiError: 422, the cursor is none of ours.

        """
        statement = self._visible(user)
        for name, value in equal.items():
            if value is not None:
                statement = statement.where(self._table.c[name] == value)
        at = (self._table.c.created_at, self._table.c.id)
        return page(connection, statement, asked, at, self._show)

    def find(self, connection: Connection, user: User, row_id: UUID, **equal: UUID) -> T:
        """Return one row.

        Raises:
            ApiError: 404, there is none that the user may see.

        """
        statement = self._visible(user).where(self._table.c.id == row_id)
        for name, value in equal.items():
            statement = statement.where(self._table.c[name] == value)
        row = connection.execute(statement).one_or_none()
        if row is None:
            raise not_found()
        return self._show(row)

    def insert(self, connection: Connection, user: User, values: Mapping[str, Any]) -> UUID:
        """Make a row and return its id; whether the user may is the caller's to check.

        Raises:
            ApiError: 404 where the values name something of another portfolio, 409.

        """
        by = {"created_by": user.id, "updated_by": user.id}
        statement = self._table.insert().values(**values, **by).returning(self._table.c.id)
        row_id: UUID = self._guarded(connection, statement).scalar_one()
        return row_id

    def replace(
        self,
        connection: Connection,
        user: User,
        row_id: UUID,
        values: Mapping[str, Any],
        version: int | None,
    ) -> T:
        """Change a row of a portfolio that the user owns; `version` None takes any.

        Raises:
            ApiError: 403, 404, 409, or 412 where the row has another version.

        """
        self._require_owner(connection, user, row_id)
        statement = (
            self._table.update()
            .where(self._table.c.id == row_id, self._table.c.deleted_at.is_(None))
            .values(
                **values,
                **self._unapproved,
                version=self._table.c.version + 1,
                updated_at=func.clock_timestamp(),
                updated_by=user.id,
            )
        )
        if version is not None:
            statement = statement.where(self._table.c.version == version)
        if self._guarded(connection, statement).rowcount == 0:
            raise stale()
        return self.find(connection, user, row_id)

    def delete(self, connection: Connection, user: User, row_id: UUID) -> None:
        """Date a row's end; it stays for the audit.

        Raises:
            ApiError: 403, 404, or 409 where something still uses it.

        """
        self._require_owner(connection, user, row_id)
        now = func.clock_timestamp()
        statement = (
            self._table.update()
            .where(self._table.c.id == row_id, self._table.c.deleted_at.is_(None))
            .values(deleted_at=now, updated_at=now, updated_by=user.id, **self._unapproved)
        )
        try:
            connection.execute(statement)
        except IntegrityError as error:
            if isinstance(error.orig, psycopg.errors.ForeignKeyViolation):
                raise conflict(self._in_use) from None
            raise

    def _require_owner(self, connection: Connection, user: User, row_id: UUID) -> None:
        portfolio_id = connection.execute(
            select(self._portfolio_id).where(
                self._table.c.id == row_id, self._table.c.deleted_at.is_(None)
            )
        ).scalar_one_or_none()
        if portfolio_id is None:
            raise not_found()
        require(connection, user, portfolio_id)

    def _visible(self, user: User) -> Select[Any]:
        columns = [
            self._table.c[name] for name in self._shown.model_fields if name in self._table.c
        ]
        return select(*columns, *self._also(user)).where(
            self._table.c.deleted_at.is_(None), self._portfolio_id.in_(portfolios_of(user))
        )

    def _guarded(self, connection: Connection, statement: Any) -> Any:
        try:
            return connection.execute(statement)
        except IntegrityError as error:
            if isinstance(error.orig, psycopg.errors.ForeignKeyViolation):
                raise not_found() from None
            if constraint_of(error) in self._conflicts:
                raise conflict(self._conflicts[constraint_of(error)]) from None
            raise

    def _show(self, row: Row[Any]) -> T:
        return shown_as(self._shown)(row)
