"""Entities: the companies and persons whose books a portfolio holds."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from auth_service.description import refusals
from auth_service.registry import entities
from auth_service.registry.entities import Entity, EntityGiven
from auth_service.registry.kept_answers import Answer, Retry, once
from auth_service.registry.pages import Page, Paged
from auth_service.routes.preconditions import IfMatch, etag, tag
from auth_service.services import ServicesOf, SignedIn

router = APIRouter(prefix="/portfolios/{portfolio_id}/entities", tags=["entities"])


@router.get("", responses=refusals(404))
def list_entities(
    portfolio_id: UUID, user: SignedIn, services: ServicesOf, asked: Paged
) -> Page[Entity]:
    """List the entities of a portfolio, oldest first."""
    with services.registry.connect() as connection:
        return entities.list_entities(connection, user, portfolio_id, asked)


@router.post(
    "", status_code=HTTPStatus.CREATED, response_model=Entity, responses=refusals(403, 404, 409)
)
def create_entity(
    portfolio_id: UUID, given: EntityGiven, user: SignedIn, services: ServicesOf, retry: Retry
) -> Response:
    """Make an entity in a portfolio that one owns."""

    def act(connection: Connection) -> Answer:
        made = entities.create(connection, user, portfolio_id, given)
        where = {"Location": f"/api/v1/portfolios/{portfolio_id}/entities/{made.id}"}
        return Answer(made, headers=etag(made) | where)

    return once(services, user, retry, act)


@router.get("/{entity_id}", responses=refusals(404))
def show_entity(
    portfolio_id: UUID,
    entity_id: UUID,
    user: SignedIn,
    services: ServicesOf,
    response: Response,
) -> Entity:
    """Show one, with its ETag."""
    with services.registry.connect() as connection:
        found = entities.find(connection, user, portfolio_id, entity_id)
    tag(response, found)
    return found


@router.put("/{entity_id}", responses=refusals(403, 404, 409, 412, 428))
def replace_entity(
    portfolio_id: UUID,
    entity_id: UUID,
    given: EntityGiven,
    user: SignedIn,
    version: IfMatch,
    services: ServicesOf,
    response: Response,
) -> Entity:
    """Change one, against the ETag that was read."""
    with services.registry.begin() as connection:
        changed = entities.replace(connection, user, portfolio_id, entity_id, given, version)
    tag(response, changed)
    return changed


@router.delete("/{entity_id}", status_code=HTTPStatus.NO_CONTENT, responses=refusals(403, 404, 409))
def delete_entity(
    portfolio_id: UUID, entity_id: UUID, user: SignedIn, services: ServicesOf
) -> None:
    """Delete one that nothing uses; its row stays, dated, for the audit."""
    with services.registry.begin() as connection:
        entities.delete(connection, user, portfolio_id, entity_id)
