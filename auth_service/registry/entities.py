"""Entities: the companies and persons whose books a portfolio holds."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict
from sqlalchemy import Connection

from auth_service.registry import location_groups
from auth_service.registry.access import require, require_member
from auth_service.registry.pages import Page, PageAsked
from auth_service.registry.rows import Kept, Name, Versioned
from auth_service.registry.tables import ENTITIES, LOCATION_GROUPS
from auth_service.users import User

EXAMPLE: JsonDict = {"kind": "company", "name": "Aurelia Trading GmbH"}


class EntityGiven(BaseModel):
    """What an entity is to be."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    kind: Literal["company", "personal"]
    name: Name


class Entity(Versioned):
    """A legal entity or a person."""

    id: UUID
    portfolio_id: UUID
    kind: Literal["company", "personal"]
    name: str


KEPT = Kept(
    ENTITIES,
    Entity,
    conflicts={"entities_name": "The portfolio has an entity of this name."},
    in_use="It still has location groups. Delete them first.",
)


def list_entities(
    connection: Connection, user: User, portfolio_id: UUID, asked: PageAsked
) -> Page[Entity]:
    """Return a page of a portfolio's entities, to any member.

    Raises:
        ApiError: 404.

    """
    require_member(connection, user, portfolio_id)
    return KEPT.page(connection, user, asked, portfolio_id=portfolio_id)


def create(connection: Connection, user: User, portfolio_id: UUID, given: EntityGiven) -> Entity:
    """Make an entity in a portfolio that the user owns.

    Raises:
        ApiError: 403, 404, or 409 where there is one of this name.

    """
    require(connection, user, portfolio_id)
    values = {"portfolio_id": portfolio_id, **given.model_dump()}
    return KEPT.find(connection, user, KEPT.insert(connection, user, values))


def find(connection: Connection, user: User, portfolio_id: UUID, entity_id: UUID) -> Entity:
    """Return an entity of a portfolio.

    Raises:
        ApiError: 404, also where it is another portfolio's.

    """
    return KEPT.find(connection, user, entity_id, portfolio_id=portfolio_id)


def replace(
    connection: Connection,
    user: User,
    portfolio_id: UUID,
    entity_id: UUID,
    given: EntityGiven,
    version: int | None,
) -> Entity:
    """Change an entity; the approval of its location groups is gone. See `find`, `Kept.replace`."""
    find(connection, user, portfolio_id, entity_id)
    changed = KEPT.replace(connection, user, entity_id, given.model_dump(), version)
    location_groups.changed(connection, user, LOCATION_GROUPS.c.entity_id == entity_id)
    return changed


def delete(connection: Connection, user: User, portfolio_id: UUID, entity_id: UUID) -> None:
    """Delete an entity without location groups; see `find` and `Kept.delete`."""
    find(connection, user, portfolio_id, entity_id)
    KEPT.delete(connection, user, entity_id)
