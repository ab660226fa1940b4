"""Portfolios: the books of a group, a company or a person. Who makes one is its first owner."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict
from sqlalchemy import Connection, func

from auth_service.registry.access import Role, lock, my_role, require
from auth_service.registry.rows import Kept, Name, Versioned
from auth_service.registry.tables import INVITATIONS, MEMBERS, PORTFOLIOS
from auth_service.users import User

EXAMPLE: JsonDict = {"kind": "group", "name": "Aurelia Holding"}


class PortfolioGiven(BaseModel):
    """What a portfolio is to be."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    kind: Literal["group", "company", "personal"]
    name: Name


class Portfolio(Versioned):
    """A portfolio that the user is a member of; `role` is the user's own in it."""

    id: UUID
    kind: Literal["group", "company", "personal"]
    name: str
    role: Role


KEPT = Kept(
    PORTFOLIOS,
    Portfolio,
    conflicts={},
    in_use="It still has entities, cost pools or chart-of-accounts types. Delete them first.",
    also=lambda user: [my_role(user).label("role")],
)


def create(connection: Connection, user: User, given: PortfolioGiven) -> Portfolio:
    """Make a portfolio, with the user as its owner."""
    portfolio_id = KEPT.insert(connection, user, given.model_dump())
    connection.execute(
        MEMBERS.insert().values(
            portfolio_id=portfolio_id,
            user_id=user.id,
            role=Role.OWNER,
            created_by=user.id,
            updated_by=user.id,
        )
    )
    return KEPT.find(connection, user, portfolio_id)


def replace(
    connection: Connection,
    user: User,
    portfolio_id: UUID,
    given: PortfolioGiven,
    version: int | None,
) -> Portfolio:
    """Change a portfolio; see `Kept.replace`."""
    lock(connection, portfolio_id)
    return KEPT.replace(connection, user, portfolio_id, given.model_dump(), version)


def delete(connection: Connection, user: User, portfolio_id: UUID) -> None:
    """Delete an empty portfolio; open invitations to it are taken back.

    Raises:
        ApiError: 403, 404, or 409 where something is still in it.

    """
    lock(connection, portfolio_id)
    require(connection, user, portfolio_id)
    now = func.clock_timestamp()
    connection.execute(
        INVITATIONS.update()
        .where(
            INVITATIONS.c.portfolio_id == portfolio_id,
            INVITATIONS.c.accepted_at.is_(None),
            INVITATIONS.c.declined_at.is_(None),
            INVITATIONS.c.deleted_at.is_(None),
        )
        .values(deleted_at=now, updated_at=now, updated_by=user.id)
    )
    KEPT.delete(connection, user, portfolio_id)
