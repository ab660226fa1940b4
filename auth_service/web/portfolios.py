"""Pages of portfolios: making one, its entities, who is in it, and the invitations to oneself."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Request, Response
from sqlalchemy import Connection

from auth_service.errors import ApiError
from auth_service.registry import entities, invitations, members, portfolios
from auth_service.registry.entities import EntityGiven
from auth_service.registry.invitations import InvitationGiven
from auth_service.registry.members import RoleGiven
from auth_service.registry.pages import PageAsked
from auth_service.registry.portfolios import PortfolioGiven
from auth_service.routes.members import mail_invitation
from auth_service.services import Services, ServicesOf
from auth_service.users import User
from auth_service.web.browser import PageUser
from auth_service.web.forms import Form, FormOf
from auth_service.web.rendering import filled_in, page, redirect, refused

router = APIRouter(prefix="/portfolios")

ALL = PageAsked(limit=200)


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


@router.get("/{portfolio_id}")
def show(request: Request, services: ServicesOf, user: PageUser, portfolio_id: UUID) -> Response:
    """Show a portfolio with its entities and members."""
    return _portfolio_page(request, services, user, portfolio_id)


@router.post("/{portfolio_id}/entities")
def add_entity(
    request: Request, services: ServicesOf, user: PageUser, form: FormOf, portfolio_id: UUID
) -> Response:
    """Add an entity."""
    return _done(
        request,
        services,
        user,
        portfolio_id,
        lambda connection: entities.create(connection, user, portfolio_id, form.given(EntityGiven)),
        form,
        "entity",
    )


@router.post("/{portfolio_id}/entities/{entity_id}/delete")
def delete_entity(
    request: Request,
    services: ServicesOf,
    user: PageUser,
    form: FormOf,
    portfolio_id: UUID,
    entity_id: UUID,
) -> Response:
    """Delete an entity that no location group uses."""
    return _done(
        request,
        services,
        user,
        portfolio_id,
        lambda connection: entities.delete(connection, user, portfolio_id, entity_id),
        form,
        "entity",
    )


@router.post("/{portfolio_id}/invitations")
def invite(
    request: Request,
    services: ServicesOf,
    user: PageUser,
    form: FormOf,
    portfolio_id: UUID,
    afterwards: BackgroundTasks,
) -> Response:
    """Invite somebody by e-mail; the mail follows the answer."""
    try:
        given = form.given(InvitationGiven)
        with services.registry.begin() as connection:
            invitations.invite(connection, user, portfolio_id, given)
    except ApiError as error:
        return _portfolio_page(request, services, user, portfolio_id, form, error, "invitation")
    afterwards.add_task(mail_invitation, services, user, portfolio_id, given)
    response = redirect(request, f"/portfolios/{portfolio_id}#members-title")
    response.background = afterwards
    return response


@router.post("/{portfolio_id}/invitations/{invitation_id}/revoke")
def revoke(
    request: Request,
    services: ServicesOf,
    user: PageUser,
    form: FormOf,
    portfolio_id: UUID,
    invitation_id: UUID,
) -> Response:
    """Take an invitation back."""
    return _done(
        request,
        services,
        user,
        portfolio_id,
        lambda connection: invitations.revoke(connection, user, portfolio_id, invitation_id),
        form,
        "invitation",
    )


@router.post("/{portfolio_id}/members/{user_id}")
def change_member(
    request: Request,
    services: ServicesOf,
    user: PageUser,
    form: FormOf,
    portfolio_id: UUID,
    user_id: UUID,
) -> Response:
    """Give a member another role, or end the membership."""

    def change(connection: Connection) -> object:
        if form.get("role") == "none":
            members.remove(connection, user, portfolio_id, user_id)
            return None
        given = Form(role=form.get("role", "")).given(RoleGiven)
        return members.replace_role(connection, user, portfolio_id, user_id, given, None)

    response = _done(request, services, user, portfolio_id, change, form, "member")
    if user_id == user.id and form.get("role") == "none":
        return redirect(request, "/portfolios") if response.status_code < 400 else response  # noqa: PLR2004 -- HTTP's own number.
    return response


def _done(
    request: Request,
    services: Services,
    user: User,
    portfolio_id: UUID,
    change: Callable[[Connection], object],
    form: Form,
    concerns: str,
) -> Response:
    """Make a change and show the portfolio as it is then, or why it was refused."""
    try:
        with services.registry.begin() as connection:
            change(connection)
    except ApiError as error:
        return _portfolio_page(request, services, user, portfolio_id, form, error, concerns)
    return redirect(request, f"/portfolios/{portfolio_id}")


def _list_page(
    request: Request,
    services: Services,
    user: User,
    form: Form | None = None,
    error: ApiError | None = None,
) -> Response:
    with services.registry.connect() as connection:
        mine = portfolios.KEPT.page(connection, user, ALL).items
        invited = invitations.list_mine(connection, user, ALL).items
    return page(
        request,
        "portfolios",
        status=HTTPStatus.OK if error is None else error.status,
        portfolios=mine,
        invitations=invited,
        values=filled_in(form),
        refused=None if error is None else refused(error),
    )


def _portfolio_page(
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
        shown: dict[str, Any] = {
            "portfolio": portfolio,
            "entities": entities.list_entities(connection, user, portfolio_id, ALL).items,
            "members": members.list_members(connection, user, portfolio_id, ALL).items,
            "invitations": invitations.list_invitations(connection, user, portfolio_id, ALL).items,
        }
    return page(
        request,
        "portfolio",
        status=HTTPStatus.OK if error is None else error.status,
        values=filled_in(form),
        refused=None if error is None else refused(error),
        concerns=concerns,
        **shown,
    )
