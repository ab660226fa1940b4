"""Pages of portfolios: making one, its entities, who is in it, and the invitations to oneself."""

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Request, Response
from sqlalchemy import Connection

from auth_service.errors import ApiError
from auth_service.registry import entities, invitations, members, portfolios
from auth_service.registry.entities import EntityGiven
from auth_service.registry.invitations import InvitationGiven
from auth_service.registry.members import RoleGiven
from auth_service.registry.portfolios import PortfolioGiven
from auth_service.routes.members import mail_invitation
from auth_service.services import Services, ServicesOf
from auth_service.users import User
from auth_service.web.browser import PageUser
from auth_service.web.forms import Form, FormOf
from auth_service.web.lists import first
from auth_service.web.rendering import filled_in, page, redirect
from auth_service.web.within import LooksAt, SendsForm, Visit

router = APIRouter(prefix="/portfolios")
portfolio = APIRouter(prefix="/{portfolio_id}")


@router.get("")
def list_page(request: Request, services: ServicesOf, user: PageUser) -> Response:
    """List the portfolios that one is in, and the invitations into others."""
    return _list_page(request, services, user)


@router.post("")
def create(request: Request, services: ServicesOf, user: PageUser, form: FormOf) -> Response:
    """Make a portfolio, with oneself as its owner."""
    try:
        given = form.given(PortfolioGiven)
        with services.registry.begin() as connection:
            made = portfolios.create(connection, user, given)
    except ApiError as error:
        return _list_page(request, services, user, form, error)
    return redirect(request, f"/portfolios/{made.id}")


@router.post("/invitations/{invitation_id}")
def answer_invitation(
    request: Request, services: ServicesOf, user: PageUser, form: FormOf, invitation_id: UUID
) -> Response:
    """Accept or decline an invitation."""
    with services.registry.begin() as connection:
        if form.get("answer") == "accept":
            joined = invitations.accept(connection, user, invitation_id)
            return redirect(request, f"/portfolios/{joined.id}")
        invitations.decline(connection, user, invitation_id)
    return redirect(request, "/portfolios")


@portfolio.get("")
def show(visit: LooksAt) -> Response:
    """Show a portfolio with its entities and members."""
    return _portfolio_page(visit)


@portfolio.post("/entities")
def add_entity(visit: SendsForm) -> Response:
    """Add an entity."""
    return _changed(
        visit,
        "entity",
        lambda connection: entities.create(
            connection, visit.user, visit.portfolio_id, visit.form.given(EntityGiven)
        ),
    )


@portfolio.post("/entities/{entity_id}/delete")
def delete_entity(visit: SendsForm, entity_id: UUID) -> Response:
    """Delete an entity that no location group uses."""
    return _changed(
        visit,
        "entity",
        lambda connection: entities.delete(connection, visit.user, visit.portfolio_id, entity_id),
    )


@portfolio.post("/invitations")
def invite(visit: SendsForm, afterwards: BackgroundTasks) -> Response:
    """Invite somebody by e-mail; the mail follows the answer."""

    def make(connection: Connection) -> None:
        given = visit.form.given(InvitationGiven)
        invitations.invite(connection, visit.user, visit.portfolio_id, given)
        afterwards.add_task(mail_invitation, visit.services, visit.user, visit.portfolio_id, given)

    return _changed(visit, "invitation", make, then="#members-title")


@portfolio.post("/invitations/{invitation_id}/revoke")
def revoke(visit: SendsForm, invitation_id: UUID) -> Response:
    """Take an invitation back."""
    return _changed(
        visit,
        "invitation",
        lambda connection: invitations.revoke(
            connection, visit.user, visit.portfolio_id, invitation_id
        ),
    )


@portfolio.post("/members/{user_id}")
def change_member(visit: SendsForm, user_id: UUID) -> Response:
    """Give a member another role, or end the membership."""
    role = visit.form.get("role", "")
    is_ended = role == "none"

    def make(connection: Connection) -> None:
        if is_ended:
            members.remove(connection, visit.user, visit.portfolio_id, user_id)
        else:
            given = Form(role=role).given(RoleGiven)
            members.replace_role(connection, visit.user, visit.portfolio_id, user_id, given, None)

    if is_ended and user_id == visit.user.id:
        # Who leaves does not see the portfolio any more.
        return visit.change("member", make, again=_portfolio_page, then="/portfolios")
    return _changed(visit, "member", make)


def _changed(
    visit: Visit, concerns: str, make: Callable[[Connection], object], then: str = ""
) -> Response:
    return visit.change(concerns, make, again=_portfolio_page, then=f"{visit.path}{then}")


def _list_page(
    request: Request,
    services: Services,
    user: User,
    form: Form | None = None,
    error: ApiError | None = None,
) -> Response:
    with services.registry.connect() as connection:
        mine = first(lambda asked: portfolios.KEPT.page(connection, user, asked))
        invited = first(lambda asked: invitations.list_mine(connection, user, asked))
    return page(
        request,
        "portfolios",
        error=error,
        portfolios=mine,
        invitations=invited,
        values=filled_in(form),
    )


def _portfolio_page(visit: Visit) -> Response:
    user, portfolio_id = visit.user, visit.portfolio_id
    with visit.services.registry.connect() as connection:
        return visit.page(
            "portfolio",
            portfolio=portfolios.KEPT.find(connection, user, portfolio_id),
            entities=visit.first(entities.list_entities, connection),
            members=visit.first(members.list_members, connection),
            invitations=visit.first(invitations.list_invitations, connection),
        )


router.include_router(portfolio)
