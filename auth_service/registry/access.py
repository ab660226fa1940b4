"""Who may do what in a portfolio: an owner changes, an approver is the second person, all read."""

from enum import StrEnum
from uuid import UUID

import structlog
from sqlalchemy import Connection, ScalarSelect, Select, select

from auth_service.registry.refusals import not_allowed, not_found
from auth_service.registry.tables import MEMBERS, PORTFOLIOS
from auth_service.users import User


def note(event: str, user: User, portfolio_id: UUID, **fields: UUID | str) -> None:
    """Log who changed who may see or do what; each takes effect when its transaction ends."""
    values = {name: str(value) for name, value in fields.items()}
    structlog.get_logger().info(
        event, user_id=str(user.id), portfolio_id=str(portfolio_id), **values
    )


class Role(StrEnum):
    """What a member is in a portfolio."""

    OWNER = "owner"
    APPROVER = "approver"
    VIEWER = "viewer"


_NEEDED = {
    frozenset({Role.OWNER}): "only an owner changes it",
    frozenset({Role.OWNER, Role.APPROVER}): "only an owner or an approver approves",
}
MAY_CHANGE = frozenset({Role.OWNER})
MAY_APPROVE = frozenset({Role.OWNER, Role.APPROVER})


def portfolios_of(user: User) -> Select[tuple[UUID]]:
    """Return the query of the portfolios that a user is a member of."""
    return select(MEMBERS.c.portfolio_id).where(
        MEMBERS.c.user_id == user.id, MEMBERS.c.deleted_at.is_(None)
    )


def my_role(user: User) -> ScalarSelect[str]:
    """Return the query of a user's role in the portfolio of the enclosing query."""
    return (
        select(MEMBERS.c.role)
        .where(
            MEMBERS.c.portfolio_id == PORTFOLIOS.c.id,
            MEMBERS.c.user_id == user.id,
            MEMBERS.c.deleted_at.is_(None),
        )
        .correlate(PORTFOLIOS)
        .scalar_subquery()
    )


def require(
    connection: Connection, user: User, portfolio_id: UUID, roles: frozenset[Role] = MAY_CHANGE
) -> None:
    """Return if the user may; the role cannot be taken away before the transaction ends.

    Raises:
        ApiError: 404 where the user is no member, 403 where the role is not among those.

    """
    role = connection.execute(
        select(MEMBERS.c.role)
        .join(PORTFOLIOS, PORTFOLIOS.c.id == MEMBERS.c.portfolio_id)
        .where(
            MEMBERS.c.portfolio_id == portfolio_id,
            MEMBERS.c.user_id == user.id,
            MEMBERS.c.deleted_at.is_(None),
            PORTFOLIOS.c.deleted_at.is_(None),
        )
        .with_for_update(read=True, of=MEMBERS)
    ).scalar_one_or_none()
    if role is None:
        raise not_found()
    if Role(role) not in roles:
        raise not_allowed(_NEEDED[roles])


def lock(connection: Connection, portfolio_id: UUID) -> None:
    """Let changes of one portfolio and of its members come one after the other.

    Before `require`, which locks a membership: two who lock the same in another order wait for each
    other for ever.
    """
    connection.execute(
        select(PORTFOLIOS.c.id)
        .where(PORTFOLIOS.c.id == portfolio_id)
        .with_for_update(key_share=True)
    )


def require_member(connection: Connection, user: User, portfolio_id: UUID) -> None:
    """Return if the user is a member, whatever the role.

    Raises:
        ApiError: 404 where the user is none.

    """
    found = connection.execute(
        select(PORTFOLIOS.c.id).where(
            PORTFOLIOS.c.id == portfolio_id,
            PORTFOLIOS.c.deleted_at.is_(None),
            PORTFOLIOS.c.id.in_(portfolios_of(user)),
        )
    ).scalar_one_or_none()
    if found is None:
        raise not_found()
