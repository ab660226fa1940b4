"""How accounts are booked: a portfolio's cost pools, chart of accounts and location groups."""

from collections.abc import Callable
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Connection

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
from auth_service.registry.pages import Page, PageAsked
from auth_service.registry.rows import Kept
from auth_service.users import User
from auth_service.web.forms import Form
from auth_service.web.lists import First, every, first
from auth_service.web.within import LooksAt, SendsForm, Visit

router = APIRouter(prefix="/portfolios/{portfolio_id}/booking")

ACCOUNTS_SHOWN_MAX = 5
Noun = Literal["cost-pools", "chart", "groups"]
_KEPT: dict[Noun, Kept[Any]] = {
    "cost-pools": cost_pools.KEPT,
    "chart": chart_of_accounts.KEPT,
    "groups": location_groups.KEPT,
}
_DELETE: dict[Noun, Callable[[Connection, User, UUID], None]] = {
    "cost-pools": cost_pools.delete,
    "chart": chart_of_accounts.delete,
    "groups": location_groups.delete,
}


@router.get("")
def show(visit: LooksAt) -> Response:
    """Show how a portfolio's accounts are booked."""
    return _page(visit)


@router.post("/{noun}")
def add(visit: SendsForm, noun: Noun) -> Response:
    """Add a cost pool, a type of the chart of accounts, or a location group."""
    user, form, of_it = visit.user, visit.form, {"portfolio_id": visit.portfolio_id}

    def create(connection: Connection) -> object:
        if noun == "cost-pools":
            return cost_pools.create(connection, user, form.given(CostPoolGiven, **of_it))
        if noun == "chart":
            codes = Form({name: form[name] for name in Codes.model_fields if name in form})
            rest = Form({name: value for name, value in form.items() if name not in codes})
            given = rest.given(ChartTypeGiven, codes=codes.given(Codes), **of_it)
            return chart_of_accounts.create(connection, user, given)
        return location_groups.create(connection, user, form.given(LocationGroupGiven, **of_it))

    return _changed(visit, noun, create)


@router.post("/{noun}/{row_id}/delete")
def delete(visit: SendsForm, noun: Noun, row_id: UUID) -> Response:
    """Delete what nothing uses."""

    def make(connection: Connection) -> None:
        _KEPT[noun].find(connection, visit.user, row_id, portfolio_id=visit.portfolio_id)
        _DELETE[noun](connection, visit.user, row_id)

    return _changed(visit, noun, make)


@router.post("/groups/{group_id}/approve")
def approve(visit: SendsForm, group_id: UUID) -> Response:
    """Approve a location group as the second person, in the version that was shown."""
    shown = visit.form.get("version", "")
    version = int(shown) if shown.isascii() and shown.isdecimal() else 0

    def make(connection: Connection) -> None:
        _KEPT["groups"].find(connection, visit.user, group_id, portfolio_id=visit.portfolio_id)
        location_groups.approve(connection, visit.user, group_id, version)

    return _changed(visit, "groups", make)


def _changed(visit: Visit, noun: Noun, make: Callable[[Connection], object]) -> Response:
    return visit.change(noun, make, again=_page, then=f"{visit.path}/booking")


def _page(visit: Visit) -> Response:
    user, portfolio_id = visit.user, visit.portfolio_id
    few = PageAsked(limit=ACCOUNTS_SHOWN_MAX)
    with visit.services.registry.connect() as connection:

        def kept(noun: Noun) -> Callable[[PageAsked], Page[Any]]:
            return lambda asked: _KEPT[noun].page(
                connection, user, asked, portfolio_id=portfolio_id
            )

        portfolio = portfolios.KEPT.find(connection, user, portfolio_id)
        groups = first(kept("groups"))
        pools, chart = every(kept("cost-pools")), every(kept("chart"))
        of_it = every(lambda asked: entities.list_entities(connection, user, portfolio_id, asked))
        people = every(lambda asked: members.list_members(connection, user, portfolio_id, asked))
        accounts = {
            group.id: account_mappings.list_accounts(connection, user, group.id, few)
            for group in groups
        }
    return visit.page(
        "booking",
        portfolio=portfolio,
        groups=groups,
        entities=First(of_it),
        pools=First(pools),
        chart=First(chart),
        accounts=accounts,
        # What a group names may be beyond what the page lists.
        names={row.id: row.name for row in (*of_it, *pools, *chart)},
        people={member.user_id: member.email for member in people},
    )
