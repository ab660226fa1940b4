"""How accounts are booked: a portfolio's cost pools, chart of accounts and location groups."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from auth_service.errors import ApiError
from auth_service.registry import (
    account_mappings,
    chart_of_accounts,
    cost_pools,
    entities,
    location_groups,
    members,
    portfolios,
)
from auth_service.registry.chart_of_accounts import ChartTypeGiven, Codes
from auth_service.registry.cost_pools import CostPoolGiven
from auth_service.registry.location_groups import LocationGroupGiven
from auth_service.registry.pages import PageAsked
from auth_service.services import Services, ServicesOf
from auth_service.users import User
from auth_service.web.browser import PageUser
from auth_service.web.forms import Form, FormOf
from auth_service.web.rendering import filled_in, page, redirect, refused

router = APIRouter(prefix="/portfolios/{portfolio_id}/booking")

ALL = PageAsked(limit=200)
Noun = Literal["cost-pools", "chart", "groups"]
_DELETE: dict[str, Callable[[Connection, User, UUID], None]] = {
    "cost-pools": cost_pools.delete,
    "chart": chart_of_accounts.delete,
    "groups": location_groups.delete,
}


@router.get("")
def show(request: Request, services: ServicesOf, user: PageUser, portfolio_id: UUID) -> Response:
    """Show how a portfolio's accounts are booked."""
    return _page(request, services, user, portfolio_id)


@router.post("/{noun}")
def add(
    request: Request,
    services: ServicesOf,
    user: PageUser,
    form: FormOf,
    portfolio_id: UUID,
    noun: Noun,
) -> Response:
    """Add a cost pool, a type of the chart of accounts, or a location group."""

    def create(connection: Connection) -> object:
        if noun == "cost-pools":
            return cost_pools.create(
                connection, user, form.given(CostPoolGiven, portfolio_id=portfolio_id)
            )
        if noun == "chart":
            codes = Form({name: form[name] for name in Codes.model_fields if name in form})
            rest = Form({name: value for name, value in form.items() if name not in codes})
            given = rest.given(ChartTypeGiven, portfolio_id=portfolio_id, codes=codes.given(Codes))
            return chart_of_accounts.create(connection, user, given)
        return location_groups.create(
            connection, user, form.given(LocationGroupGiven, portfolio_id=portfolio_id)
        )

    return _done(request, services, user, portfolio_id, create, form, noun)


@router.post("/{noun}/{row_id}/delete")
def delete(
    request: Request,
    services: ServicesOf,
    user: PageUser,
    form: FormOf,
    portfolio_id: UUID,
    noun: Noun,
    row_id: UUID,
) -> Response:
    """Delete what nothing uses."""
    return _done(
        request,
        services,
        user,
        portfolio_id,
        lambda connection: _DELETE[noun](connection, user, row_id),
        form,
        noun,
    )


@router.post("/groups/{group_id}/approve")
def approve(
    request: Request,
    services: ServicesOf,
    user: PageUser,
    form: FormOf,
    portfolio_id: UUID,
    group_id: UUID,
) -> Response:
    """Approve a location group as the second person, in the version that was shown."""
    shown = form.get("version", "")
    version = int(shown) if shown.isascii() and shown.isdecimal() else 0
    return _done(
        request,
        services,
        user,
        portfolio_id,
        lambda connection: location_groups.approve(connection, user, group_id, version),
        form,
        "groups",
    )


def _done(
    request: Request,
    services: Services,
    user: User,
    portfolio_id: UUID,
    change: Callable[[Connection], object],
    form: Form,
    concerns: str,
) -> Response:
    try:
        with services.registry.begin() as connection:
            change(connection)
    except ApiError as error:
        return _page(request, services, user, portfolio_id, form, error, concerns)
    return redirect(request, f"/portfolios/{portfolio_id}/booking")


def _page(
    request: Request,
    services: Services,
    user: User,
    portfolio_id: UUID,
    form: Form | None = None,
    error: ApiError | None = None,
    concerns: str = "",
) -> Response:
    with services.registry.connect() as connection:
        portfolio = portfolios.KEPT.find(connection, user, portfolio_id)
        of_it: dict[str, Any] = {"portfolio_id": portfolio_id}
        groups = location_groups.KEPT.page(connection, user, ALL, **of_it).items
        shown: dict[str, Any] = {
            "portfolio": portfolio,
            "entities": entities.list_entities(connection, user, portfolio_id, ALL).items,
            "pools": cost_pools.KEPT.page(connection, user, ALL, **of_it).items,
            "chart": chart_of_accounts.KEPT.page(connection, user, ALL, **of_it).items,
            "groups": groups,
            "accounts": {
                group.id: account_mappings.list_accounts(
                    connection, user, group.id, PageAsked(limit=5)
                )
                for group in groups
            },
            "people": {
                member.user_id: member.email
                for member in members.list_members(connection, user, portfolio_id, ALL).items
            },
        }
    return page(
        request,
        "booking",
        status=HTTPStatus.OK if error is None else error.status,
        values=filled_in(form),
        refused=None if error is None else refused(error),
        concerns=concerns,
        **shown,
    )
