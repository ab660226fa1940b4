"""Open invitations to one's own address: accept one, or say no."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from auth_service.description import refusals
from auth_service.registry import invitations
from auth_service.registry.invitations import InvitationToMe
from auth_service.registry.pages import Page, Paged
from auth_service.registry.portfolios import Portfolio
from auth_service.services import ServicesOf, SignedIn

router = APIRouter(prefix="/invitations", tags=["invitations"])


@router.get("")
def list_my_invitations(user: SignedIn, services: ServicesOf, asked: Paged) -> Page[InvitationToMe]:
    """List what one is invited to, the first first."""
    with services.registry.connect() as connection:
        return invitations.list_mine(connection, user, asked)


@router.post("/{invitation_id}/acceptance", responses=refusals(404, 409))
def accept_invitation(invitation_id: UUID, user: SignedIn, services: ServicesOf) -> Portfolio:
    """Become a member of the portfolio, as invited."""
    with services.registry.begin() as connection:
        return invitations.accept(connection, user, invitation_id)


@router.delete("/{invitation_id}", status_code=HTTPStatus.NO_CONTENT, responses=refusals(404))
def decline_invitation(invitation_id: UUID, user: SignedIn, services: ServicesOf) -> None:
    """Say no."""
    with services.registry.begin() as connection:
        invitations.decline(connection, user, invitation_id)
