"""Who is in a portfolio as what, and who is invited into it."""

from http import HTTPStatus
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, BackgroundTasks, Response
from sqlalchemy import Connection

from auth_service.description import refusals
from auth_service.mail import invitation
from auth_service.registry import invitations, members, portfolios
from auth_service.registry.invitations import Invitation, InvitationGiven
from auth_service.registry.kept_answers import REPLAYED, Answer, Retry, once
from auth_service.registry.members import Member, RoleGiven
from auth_service.registry.pages import Page, Paged
from auth_service.routes.preconditions import IfMatch, tag
from auth_service.services import Services, ServicesOf, SignedIn
from auth_service.users import User

router = APIRouter(prefix="/portfolios/{portfolio_id}", tags=["portfolios"])


@router.get("/members", responses=refusals(404))
def list_members(
    portfolio_id: UUID, user: SignedIn, services: ServicesOf, asked: Paged
) -> Page[Member]:
    """List the members, the first first."""
    with services.registry.connect() as connection:
        return members.list_members(connection, user, portfolio_id, asked)


@router.get("/members/{user_id}", responses=refusals(404))
def show_member(
    portfolio_id: UUID, user_id: UUID, user: SignedIn, services: ServicesOf, response: Response
) -> Member:
    """Show one, with its ETag."""
    with services.registry.connect() as connection:
        found = members.find(connection, user, portfolio_id, user_id)
    tag(response, found)
    return found


@router.put("/members/{user_id}", responses=refusals(403, 404, 409, 412, 428))
def replace_member(
    portfolio_id: UUID,
    user_id: UUID,
    given: RoleGiven,
    user: SignedIn,
    version: IfMatch,
    services: ServicesOf,
    response: Response,
) -> Member:
    """Give a member another role; at least one owner remains."""
    with services.registry.begin() as connection:
        changed = members.replace_role(connection, user, portfolio_id, user_id, given, version)
    tag(response, changed)
    return changed


@router.delete(
    "/members/{user_id}", status_code=HTTPStatus.NO_CONTENT, responses=refusals(403, 404, 409)
)
def remove_member(portfolio_id: UUID, user_id: UUID, user: SignedIn, services: ServicesOf) -> None:
    """Remove a member, or leave; at least one owner remains."""
    with services.registry.begin() as connection:
        members.remove(connection, user, portfolio_id, user_id)


@router.get("/invitations", responses=refusals(404))
def list_invitations(
    portfolio_id: UUID, user: SignedIn, services: ServicesOf, asked: Paged
) -> Page[Invitation]:
    """List the open invitations, the first first."""
    with services.registry.connect() as connection:
        return invitations.list_invitations(connection, user, portfolio_id, asked)


@router.post(
    "/invitations",
    status_code=HTTPStatus.CREATED,
    response_model=Invitation,
    responses=refusals(403, 404, 409, 429),
)
def invite(
    portfolio_id: UUID,
    given: InvitationGiven,
    user: SignedIn,
    services: ServicesOf,
    retry: Retry,
    afterwards: BackgroundTasks,
) -> Response:
    """Invite somebody by e-mail; the mail follows the answer and holds no secret."""

    def act(connection: Connection) -> Answer:
        return Answer(invitations.invite(connection, user, portfolio_id, given))

    answer = once(services, user, retry, act)
    if REPLAYED not in answer.headers:
        afterwards.add_task(mail_invitation, services, user, portfolio_id, given)
    return answer


@router.delete(
    "/invitations/{invitation_id}", status_code=HTTPStatus.NO_CONTENT, responses=refusals(403, 404)
)
def revoke_invitation(
    portfolio_id: UUID, invitation_id: UUID, user: SignedIn, services: ServicesOf
) -> None:
    """Take an open invitation back."""
    with services.registry.begin() as connection:
        invitations.revoke(connection, user, portfolio_id, invitation_id)


async def mail_invitation(
    services: Services, user: User, portfolio_id: UUID, given: InvitationGiven
) -> None:
    """Mail what `invitations.invite` has made; to be called after it was committed."""

    def name() -> str:
        with services.registry.connect() as connection:
            return portfolios.KEPT.find(connection, user, portfolio_id).name

    letter = invitation(
        given.email,
        portfolio=await anyio.to_thread.run_sync(name),
        role=given.role,
        invited_by=user.email,
        service=services.settings.public_base_url,
    )
    await services.mail.send(letter)
