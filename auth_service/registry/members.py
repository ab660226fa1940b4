"""Who is in a portfolio, as what. At least one owner remains: Postgres sees to it."""

from uuid import UUID

import psycopg
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import IntegrityError

from auth_service.registry.access import Role, lock, note, require, require_member
from auth_service.registry.pages import Page, PageAsked, page, shown_as
from auth_service.registry.refusals import conflict, not_found, stale
from auth_service.registry.rows import Versioned
from auth_service.registry.tables import MEMBERS, USERS
from auth_service.users import User

_CHECK_OWNERS = text("set constraints registry.portfolio_has_an_owner immediate")


class RoleGiven(BaseModel):
    """What a member is to be."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"role": "viewer"}]})

    role: Role


class Member(Versioned):
    """A person in a portfolio."""

    portfolio_id: UUID
    user_id: UUID
    email: str
    role: Role


_COLUMNS = [MEMBERS.c[name] for name in Member.model_fields if name in MEMBERS.c]
_MEMBERS = (
    select(*_COLUMNS, USERS.c.email)
    .join(USERS, USERS.c.id == MEMBERS.c.user_id)
    .where(MEMBERS.c.deleted_at.is_(None))
)


def list_members(
    connection: Connection, user: User, portfolio_id: UUID, asked: PageAsked
) -> Page[Member]:
    """Return a page of a portfolio's members, to any of them.

    Raises:
        ApiError: 404.

    """
    require_member(connection, user, portfolio_id)
    at = (MEMBERS.c.created_at, MEMBERS.c.id)
    statement = _MEMBERS.where(MEMBERS.c.portfolio_id == portfolio_id)
    return page(connection, statement, asked, at, shown_as(Member))


def find(connection: Connection, user: User, portfolio_id: UUID, user_id: UUID) -> Member:
    """Return one member, to any of them.

    Raises:
        ApiError: 404.

    """
    require_member(connection, user, portfolio_id)
    return _find(connection, portfolio_id, user_id)


def replace_role(
    connection: Connection,
    user: User,
    portfolio_id: UUID,
    user_id: UUID,
    given: RoleGiven,
    version: int | None,
) -> Member:
    """Make a member something else.

    Raises:
        ApiError: 403, 404, 409 where no owner would remain, 412.

    """
    lock(connection, portfolio_id)
    require(connection, user, portfolio_id)
    member = _find(connection, portfolio_id, user_id)
    if version is not None and member.version != version:
        raise stale()
    _change(connection, user, portfolio_id, user_id, {"role": given.role})
    note("member_role_changed", user, portfolio_id, member_id=user_id, role=given.role)
    return _find(connection, portfolio_id, user_id)


def remove(connection: Connection, user: User, portfolio_id: UUID, user_id: UUID) -> None:
    """End a membership: an owner any, everybody their own.

    Raises:
        ApiError: 403, 404, 409 where no owner would remain.

    """
    lock(connection, portfolio_id)
    if user_id == user.id:
        require_member(connection, user, portfolio_id)
    else:
        require(connection, user, portfolio_id)
    _find(connection, portfolio_id, user_id)
    _change(connection, user, portfolio_id, user_id, {"deleted_at": func.clock_timestamp()})
    note("member_removed", user, portfolio_id, member_id=user_id)


def _find(connection: Connection, portfolio_id: UUID, user_id: UUID) -> Member:
    row = connection.execute(
        _MEMBERS.where(MEMBERS.c.portfolio_id == portfolio_id, MEMBERS.c.user_id == user_id)
    ).one_or_none()
    if row is None:
        raise not_found()
    return shown_as(Member)(row)


def _change(
    connection: Connection, user: User, portfolio_id: UUID, user_id: UUID, values: dict[str, object]
) -> None:
    try:
        connection.execute(
            MEMBERS.update()
            .where(
                MEMBERS.c.portfolio_id == portfolio_id,
                MEMBERS.c.user_id == user_id,
                MEMBERS.c.deleted_at.is_(None),
            )
            .values(
                **values,
                version=MEMBERS.c.version + 1,
                updated_at=func.clock_timestamp(),
                updated_by=user.id,
            )
        )
        connection.execute(_CHECK_OWNERS)
    except IntegrityError as error:
        if isinstance(error.orig, psycopg.errors.CheckViolation):
            raise conflict(
                "A portfolio keeps at least one owner. Make somebody else one first."
            ) from None
        raise
