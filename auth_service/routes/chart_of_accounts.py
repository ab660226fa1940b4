"""The chart of accounts: types of holdings and their ledger codes."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from auth_service.description import refusals
from auth_service.registry import chart_of_accounts
from auth_service.registry.chart_of_accounts import ChartType, ChartTypeChanged, ChartTypeGiven
from auth_service.registry.kept_answers import Answer, Retry, once
from auth_service.registry.pages import Page, Paged
from auth_service.routes.preconditions import IfMatch, etag, tag
from auth_service.services import ServicesOf, SignedIn

router = APIRouter(prefix="/chart-of-accounts", tags=["chart of accounts"])


@router.get("")
def list_chart_types(
    user: SignedIn, services: ServicesOf, asked: Paged, portfolio_id: UUID | None = None
) -> Page[ChartType]:
    """List the chart types of one's portfolios, or of one of them, oldest first."""
    with services.registry.connect() as connection:
        return chart_of_accounts.KEPT.page(connection, user, asked, portfolio_id=portfolio_id)


@router.post(
    "", status_code=HTTPStatus.CREATED, response_model=ChartType, responses=refusals(403, 404, 409)
)
def create_chart_type(
    given: ChartTypeGiven, user: SignedIn, services: ServicesOf, retry: Retry
) -> Response:
    """Make a chart type in a portfolio that one owns."""

    def act(connection: Connection) -> Answer:
        made = chart_of_accounts.create(connection, user, given)
        where = {"Location": f"/api/v1/chart-of-accounts/{made.id}"}
        return Answer(made, headers=etag(made) | where)

    return once(services, user, retry, act)


@router.get("/{chart_type_id}", responses=refusals(404))
def show_chart_type(
    chart_type_id: UUID, user: SignedIn, services: ServicesOf, response: Response
) -> ChartType:
    """Show one, with its ETag."""
    with services.registry.connect() as connection:
        found = chart_of_accounts.KEPT.find(connection, user, chart_type_id)
    tag(response, found)
    return found


@router.put("/{chart_type_id}", responses=refusals(403, 404, 409, 412, 428))
def replace_chart_type(
    chart_type_id: UUID,
    given: ChartTypeChanged,
    user: SignedIn,
    version: IfMatch,
    services: ServicesOf,
    response: Response,
) -> ChartType:
    """Change one, against the ETag that was read."""
    with services.registry.begin() as connection:
        changed = chart_of_accounts.replace(connection, user, chart_type_id, given, version)
    tag(response, changed)
    return changed


@router.delete(
    "/{chart_type_id}", status_code=HTTPStatus.NO_CONTENT, responses=refusals(403, 404, 409)
)
def delete_chart_type(chart_type_id: UUID, user: SignedIn, services: ServicesOf) -> None:
    """Delete one that nothing uses; its row stays, dated, for the audit."""
    with services.registry.begin() as connection:
        chart_of_accounts.delete(connection, user, chart_type_id)
