"""Portfolios, of which one is a member."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from auth_service.description import refusals
from auth_service.registry import portfolios
from auth_service.registry.kept_answers import Answer, Retry, once
from auth_service.registry.pages import Page, Paged
from auth_service.registry.portfolios import Portfolio, PortfolioGiven
from auth_service.routes.preconditions import IfMatch, etag, tag
from auth_service.services import ServicesOf, SignedIn

router = APIRouter(prefix="/portfolios", tags=["portfolios"])


@router.get("")
def list_portfolios(user: SignedIn, services: ServicesOf, asked: Paged) -> Page[Portfolio]:
    """List the portfolios of one's portfolios, oldest first."""
    with services.registry.connect() as connection:
        return portfolios.KEPT.page(connection, user, asked)


@router.post("", status_code=HTTPStatus.CREATED, response_model=Portfolio, responses=refusals(409))
def create_portfolio(
    given: PortfolioGiven, user: SignedIn, services: ServicesOf, retry: Retry
) -> Response:
    """Make a portfolio; one is its owner."""

    def act(connection: Connection) -> Answer:
        made = portfolios.create(connection, user, given)
        where = {"Location": f"/api/v1/portfolios/{made.id}"}
        return Answer(made, headers=etag(made) | where)

    return once(services, user, retry, act)


@router.get("/{portfolio_id}", responses=refusals(404))
def show_portfolio(
    portfolio_id: UUID, user: SignedIn, services: ServicesOf, response: Response
) -> Portfolio:
    """Show one, with its ETag."""
    with services.registry.connect() as connection:
        found = portfolios.KEPT.find(connection, user, portfolio_id)
    tag(response, found)
    return found


@router.put("/{portfolio_id}", responses=refusals(403, 404, 409, 412, 428))
def replace_portfolio(
    portfolio_id: UUID,
    given: PortfolioGiven,
    user: SignedIn,
    version: IfMatch,
    services: ServicesOf,
    response: Response,
) -> Portfolio:
    """Change one, against the ETag that was read."""
    with services.registry.begin() as connection:
        changed = portfolios.replace(connection, user, portfolio_id, given, version)
    tag(response, changed)
    return changed


@router.delete(
    "/{portfolio_id}", status_code=HTTPStatus.NO_CONTENT, responses=refusals(403, 404, 409)
)
def delete_portfolio(portfolio_id: UUID, user: SignedIn, services: ServicesOf) -> None:
    """Delete one that nothing uses; its row stays, dated, for the audit."""
    with services.registry.begin() as connection:
        portfolios.delete(connection, user, portfolio_id)
