"""Invitations to a portfolio, by e-mail; accepted by whoever signs in with that very address.

The mail only says where to go: there is no secret in it, so a forwarded one opens nothing. Every
way of signing in proves the address first, which is what an acceptance relies on.
"""

from datetime import timedelta
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Connection, Select, and_, func, select
from sqlalchemy.exc import IntegrityError

from auth_service.email_addresses import EmailAddress
from auth_service.errors import ApiError, asked_too_often
from auth_service.registry import portfolios
from auth_service.registry.access import Role, lock, note, require, require_member
from auth_service.registry.pages import Page, PageAsked, page, shown_as
from auth_service.registry.refusals import conflict, not_found
from auth_service.registry.rows import constraint_of
from auth_service.registry.tables import INVITATIONS, MEMBERS, PORTFOLIOS, USERS
from auth_service.users import User

_VALID = timedelta(days=14)
# Whoever invites mails to strangers in our name.
PER_DAY_MAX = 50
_DAY = timedelta(days=1)


class InvitationGiven(BaseModel):
    """Who is to become what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"email": "auditor@example.com", "role": "viewer"}]},
    )

    email: EmailAddress
    role: Role


class Invitation(BaseModel):
    """An open invitation, as the members of the portfolio see it."""

    id: UUID
    portfolio_id: UUID
    email: str
    role: Role
    expires_at: AwareDatetime
    created_at: AwareDatetime
    created_by: UUID


class InvitationToMe(BaseModel):
    """An open invitation, as whoever is invited sees it."""

    id: UUID
    portfolio_id: UUID
    portfolio_name: str
    role: Role
    invited_by: str
    expires_at: AwareDatetime
    created_at: AwareDatetime


_SHOWN = shown_as(Invitation)


def _is_open() -> ColumnElement[bool]:
    return and_(
        INVITATIONS.c.accepted_at.is_(None),
        INVITATIONS.c.declined_at.is_(None),
        INVITATIONS.c.deleted_at.is_(None),
        INVITATIONS.c.expires_at > func.clock_timestamp(),
    )


def invite(
    connection: Connection, user: User, portfolio_id: UUID, given: InvitationGiven
) -> Invitation:
    """Invite an address into a portfolio that the user owns; the caller mails it after the commit.

    Raises:
        ApiError: 403, 404, 409 (a member, or invited already), 429.

    """
    require(connection, user, portfolio_id)
    _require_few(connection, user)
    _require_no_member(connection, portfolio_id, given.email)
    now = func.clock_timestamp()
    # An expired one is no longer open, and must not stand in the way.
    connection.execute(
        INVITATIONS.update()
        .where(
            INVITATIONS.c.portfolio_id == portfolio_id,
            INVITATIONS.c.email == given.email,
            INVITATIONS.c.accepted_at.is_(None),
            INVITATIONS.c.declined_at.is_(None),
            INVITATIONS.c.deleted_at.is_(None),
            INVITATIONS.c.expires_at <= now,
        )
        .values(deleted_at=now, updated_at=now, updated_by=user.id)
    )
    values = {
        "portfolio_id": portfolio_id,
        "email": given.email,
        "role": given.role,
        "expires_at": now + _VALID,
        "created_by": user.id,
        "updated_by": user.id,
    }
    columns = [INVITATIONS.c[name] for name in Invitation.model_fields]
    try:
        row = connection.execute(INVITATIONS.insert().values(**values).returning(*columns)).one()
    except IntegrityError as error:
        if constraint_of(error) == "invitations_open":
            raise conflict(
                "This address is invited already. Take that invitation back first."
            ) from None
        raise
    return _SHOWN(row)


def list_invitations(
    connection: Connection, user: User, portfolio_id: UUID, asked: PageAsked
) -> Page[Invitation]:
    """Return a page of a portfolio's open invitations, to any member.

    Raises:
        ApiError: 404.

    """
    require_member(connection, user, portfolio_id)
    columns = [INVITATIONS.c[name] for name in Invitation.model_fields]
    statement = select(*columns).where(INVITATIONS.c.portfolio_id == portfolio_id, _is_open())
    at = (INVITATIONS.c.created_at, INVITATIONS.c.id)
    return page(connection, statement, asked, at, _SHOWN)


def revoke(connection: Connection, user: User, portfolio_id: UUID, invitation_id: UUID) -> None:
    """Take an open invitation back.

    Raises:
        ApiError: 403, 404.

    """
    require(connection, user, portfolio_id)
    now = func.clock_timestamp()
    taken_back = connection.execute(
        INVITATIONS.update()
        .where(
            INVITATIONS.c.id == invitation_id,
            INVITATIONS.c.portfolio_id == portfolio_id,
            _is_open(),
        )
        .values(deleted_at=now, updated_at=now, updated_by=user.id)
    )
    if taken_back.rowcount == 0:
        raise not_found()


def list_mine(connection: Connection, user: User, asked: PageAsked) -> Page[InvitationToMe]:
    """Return a page of the open invitations to the user's address."""
    at = (INVITATIONS.c.created_at, INVITATIONS.c.id)
    return page(connection, _to_me(user), asked, at, shown_as(InvitationToMe))


def accept(connection: Connection, user: User, invitation_id: UUID) -> portfolios.Portfolio:
    """Become a member, as invited.

    Raises:
        ApiError: 404 (none that is open and to this address), 409 (a member already).

    """
    portfolio_id, role = _take(connection, user, invitation_id)
    _require_no_member(connection, portfolio_id, user.email)
    _end(connection, user, invitation_id, accepted_by=user.id, accepted_at=func.clock_timestamp())
    connection.execute(
        MEMBERS.insert().values(
            portfolio_id=portfolio_id,
            user_id=user.id,
            role=role,
            created_by=user.id,
            updated_by=user.id,
        )
    )
    note("member_joined", user, portfolio_id, member_id=user.id, role=role)
    return portfolios.KEPT.find(connection, user, portfolio_id)


def decline(connection: Connection, user: User, invitation_id: UUID) -> None:
    """Say no to an invitation.

    Raises:
        ApiError: 404.

    """
    _take(connection, user, invitation_id)
    _end(connection, user, invitation_id, declined_at=func.clock_timestamp())


def _to_me(user: User) -> Select[tuple[object, ...]]:
    return (
        select(
            *(INVITATIONS.c[name] for name in InvitationToMe.model_fields if name in INVITATIONS.c),
            PORTFOLIOS.c.name.label("portfolio_name"),
            USERS.c.email.label("invited_by"),
        )
        .join(PORTFOLIOS, PORTFOLIOS.c.id == INVITATIONS.c.portfolio_id)
        .join(USERS, USERS.c.id == INVITATIONS.c.created_by)
        .where(INVITATIONS.c.email == user.email, _is_open(), PORTFOLIOS.c.deleted_at.is_(None))
    )


def _take(connection: Connection, user: User, invitation_id: UUID) -> tuple[UUID, str]:
    """Return portfolio and role of an open invitation to the user; nobody else can end it now."""
    mine = and_(INVITATIONS.c.id == invitation_id, INVITATIONS.c.email == user.email, _is_open())
    portfolio_id = connection.execute(
        select(INVITATIONS.c.portfolio_id).where(mine)
    ).scalar_one_or_none()
    if portfolio_id is None:
        raise not_found()
    # Whoever deletes the portfolio takes its invitations back, and locks in this order.
    lock(connection, portfolio_id)
    role = connection.execute(
        select(INVITATIONS.c.role).where(mine).with_for_update()
    ).scalar_one_or_none()
    if role is None:
        raise not_found()
    return portfolio_id, role


def _end(connection: Connection, user: User, invitation_id: UUID, **values: object) -> None:
    connection.execute(
        INVITATIONS.update()
        .where(INVITATIONS.c.id == invitation_id)
        .values(**values, updated_at=func.clock_timestamp(), updated_by=user.id)
    )


def _require_no_member(connection: Connection, portfolio_id: UUID, email: str) -> None:
    found = connection.execute(
        select(MEMBERS.c.id)
        .join(USERS, USERS.c.id == MEMBERS.c.user_id)
        .where(
            MEMBERS.c.portfolio_id == portfolio_id,
            MEMBERS.c.deleted_at.is_(None),
            USERS.c.email == email,
        )
    ).first()
    if found is not None:
        raise conflict("This person is a member already. Change the role of that membership.")


def _require_few(connection: Connection, user: User) -> None:
    sent = connection.execute(
        select(func.count()).where(
            INVITATIONS.c.created_by == user.id,
            INVITATIONS.c.created_at > func.clock_timestamp() - _DAY,
        )
    ).scalar_one()
    if sent >= PER_DAY_MAX:
        raise _too_many()


def _too_many() -> ApiError:
    return asked_too_often(
        f"You have invited {PER_DAY_MAX} people within a day. Try again tomorrow.",
        wait_seconds=round(_DAY.total_seconds()),
    )
