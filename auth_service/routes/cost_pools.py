"""Cost pools: lots that disposals take their cost from."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from auth_service.description import refusals
from auth_service.registry import cost_pools
from auth_service.registry.cost_pools import CostPool, CostPoolChanged, CostPoolGiven
from auth_service.registry.kept_answers import Answer, Retry, once
from auth_service.registry.pages import Page, Paged
from auth_service.routes.preconditions import IfMatch, etag, tag
from auth_service.services import ServicesOf, SignedIn

router = APIRouter(prefix="/cost-pools", tags=["cost pools"])


@router.get("")
def list_cost_pools(
    user: SignedIn, services: ServicesOf, asked: Paged, portfolio_id: UUID | None = None
) -> Page[CostPool]:
    """List the cost pools of one's portfolios, or of one of them, oldest first."""
    with services.registry.connect() as connection:
        return cost_pools.KEPT.page(connection, user, asked, portfolio_id=portfolio_id)


@router.post(
    "", status_code=HTTPStatus.CREATED, response_model=CostPool, responses=refusals(403, 404, 409)
)
def create_cost_pool(
    given: CostPoolGiven, user: SignedIn, services: ServicesOf, retry: Retry
) -> Response:
    """Make a cost pool in a portfolio that one owns."""

    def act(connection: Connection) -> Answer:
        made = cost_pools.create(connection, user, given)
        where = {"Location": f"/api/v1/cost-pools/{made.id}"}
        return Answer(made, headers=etag(made) | where)

    return once(services, user, retry, act)


@router.get("/{cost_pool_id}", responses=refusals(404))
def show_cost_pool(
    cost_pool_id: UUID, user: SignedIn, services: ServicesOf, response: Response
) -> CostPool:
    """Show one, with its ETag."""
    with services.registry.connect() as connection:
        found = cost_pools.KEPT.find(connection, user, cost_pool_id)
    tag(response, found)
    return found


@router.put("/{cost_pool_id}", responses=refusals(403, 404, 409, 412, 428))
def replace_cost_pool(
    cost_pool_id: UUID,
    given: CostPoolChanged,
    user: SignedIn,
    version: IfMatch,
    services: ServicesOf,
    response: Response,
) -> CostPool:
    """Change one, against the ETag that was read."""
    with services.registry.begin() as connection:
        changed = cost_pools.replace(connection, user, cost_pool_id, given, version)
    tag(response, changed)
    return changed


@router.delete(
    "/{cost_pool_id}", status_code=HTTPStatus.NO_CONTENT, responses=refusals(403, 404, 409)
)
def delete_cost_pool(cost_pool_id: UUID, user: SignedIn, services: ServicesOf) -> None:
    """Delete one that nothing uses; its row stays, dated, for the audit."""
    with services.registry.begin() as connection:
        cost_pools.delete(connection, user, cost_pool_id)
