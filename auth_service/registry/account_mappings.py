"""Which accounts are booked in which location group: at most one for each account.

Mapping is the act of sharing: from then on the members of the portfolio see the account's verdicts.
So it takes both, owning the data source that shows the account and owning the portfolio. Taking an
account out again takes an owner of the portfolio.
"""

from uuid import UUID

import psycopg
from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from auth_service.registry import location_groups
from auth_service.registry.access import note, portfolios_of, require
from auth_service.registry.pages import Page, PageAsked, page, shown_as
from auth_service.registry.refusals import conflict, not_found
from auth_service.registry.tables import ACCOUNTS_SEEN, DATA_SOURCES, LOCATION_GROUPS, MAPPINGS
from auth_service.users import User


class AccountGiven(BaseModel):
    """Which account is to be mapped, by the id that a data source's list of accounts shows."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"account_id": "5f0b7b0c-3c8e-3f0e-9a55-0c3c3b6d9a11"}]},
    )

    account_id: UUID


class MappedAccount(BaseModel):
    """An account in a location group, and the data source that shows it."""

    account_id: UUID
    location_group_id: UUID
    data_source_id: UUID
    venue: str
    environment: str
    external_id: str
    name: str | None
    kind: str
    created_at: AwareDatetime
    created_by: UUID


_MAPPED = (
    select(
        MAPPINGS.c.account_id,
        MAPPINGS.c.location_group_id,
        MAPPINGS.c.data_source_id,
        MAPPINGS.c.created_at,
        MAPPINGS.c.created_by,
        DATA_SOURCES.c.venue,
        DATA_SOURCES.c.environment,
        ACCOUNTS_SEEN.c.external_id,
        ACCOUNTS_SEEN.c.name,
        ACCOUNTS_SEEN.c.kind,
    )
    .join(DATA_SOURCES, DATA_SOURCES.c.id == MAPPINGS.c.data_source_id)
    .join(
        ACCOUNTS_SEEN,
        (ACCOUNTS_SEEN.c.data_source_id == MAPPINGS.c.data_source_id)
        & (ACCOUNTS_SEEN.c.account_id == MAPPINGS.c.account_id),
    )
    .where(MAPPINGS.c.deleted_at.is_(None))
)


def list_accounts(
    connection: Connection, user: User, group_id: UUID, asked: PageAsked
) -> Page[MappedAccount]:
    """Return a page of a location group's accounts, to any member of its portfolio.

    Raises:
        ApiError: 404.

    """
    location_groups.KEPT.find(connection, user, group_id)
    at = (MAPPINGS.c.created_at, MAPPINGS.c.id)
    statement = _MAPPED.where(MAPPINGS.c.location_group_id == group_id)
    return page(connection, statement, asked, at, shown_as(MappedAccount))


def map_account(
    connection: Connection, user: User, group_id: UUID, given: AccountGiven
) -> MappedAccount:
    """Put an account that a data source of the user's shows into a location group of theirs.

    Raises:
        ApiError: 403, 404 (the account, too), 409 where it is in a location group already.

    """
    portfolio_id = _owned(connection, user, group_id)
    data_source_id = connection.execute(
        select(ACCOUNTS_SEEN.c.data_source_id)
        .join(DATA_SOURCES, DATA_SOURCES.c.id == ACCOUNTS_SEEN.c.data_source_id)
        .where(
            ACCOUNTS_SEEN.c.account_id == given.account_id,
            DATA_SOURCES.c.owner_id == user.id,
            DATA_SOURCES.c.disabled_at.is_(None),
        )
        # Its own key before its master's.
        .order_by(DATA_SOURCES.c.account_ref != ACCOUNTS_SEEN.c.external_id, DATA_SOURCES.c.id)
        .limit(1)
    ).scalar_one_or_none()
    if data_source_id is None:
        raise not_found()
    location_groups.changed(connection, user, LOCATION_GROUPS.c.id == group_id)
    values = {
        "account_id": given.account_id,
        "data_source_id": data_source_id,
        "portfolio_id": portfolio_id,
        "location_group_id": group_id,
        "created_by": user.id,
        "updated_by": user.id,
    }
    try:
        connection.execute(MAPPINGS.insert().values(**values))
    except IntegrityError as error:
        if isinstance(error.orig, psycopg.errors.UniqueViolation):
            raise conflict(
                "It is in a location group already. Take it out of that one first."
            ) from None
        raise
    note("account_shared", user, portfolio_id, account_id=given.account_id)
    row = connection.execute(
        _MAPPED.where(
            MAPPINGS.c.location_group_id == group_id, MAPPINGS.c.account_id == given.account_id
        )
    ).one()
    return shown_as(MappedAccount)(row)


def unmap(connection: Connection, user: User, group_id: UUID, account_id: UUID) -> None:
    """Take an account out of a location group of a portfolio that the user owns.

    Raises:
        ApiError: 403, 404.

    """
    portfolio_id = _owned(connection, user, group_id)
    now = func.clock_timestamp()
    taken_out = connection.execute(
        MAPPINGS.update()
        .where(
            MAPPINGS.c.location_group_id == group_id,
            MAPPINGS.c.account_id == account_id,
            MAPPINGS.c.deleted_at.is_(None),
        )
        .values(deleted_at=now, updated_at=now, updated_by=user.id)
    )
    if taken_out.rowcount == 0:
        raise not_found()
    note("account_unshared", user, portfolio_id, account_id=account_id)
    location_groups.changed(connection, user, LOCATION_GROUPS.c.id == group_id)


def shared_with(connection: Connection, user: User, group_id: UUID | None = None) -> list[UUID]:
    """Return the accounts that are mapped in the user's portfolios, or in one location group.

    Raises:
        ApiError: 404, the user may not see that group.

    """
    statement = select(MAPPINGS.c.account_id).where(
        MAPPINGS.c.portfolio_id.in_(portfolios_of(user)), MAPPINGS.c.deleted_at.is_(None)
    )
    if group_id is not None:
        location_groups.KEPT.find(connection, user, group_id)
        statement = statement.where(MAPPINGS.c.location_group_id == group_id)
    return list(connection.execute(statement).scalars())


def _owned(connection: Connection, user: User, group_id: UUID) -> UUID:
    """Return the portfolio of a location group, which the user owns."""
    portfolio_id: UUID | None = connection.execute(
        select(LOCATION_GROUPS.c.portfolio_id).where(
            LOCATION_GROUPS.c.id == group_id, LOCATION_GROUPS.c.deleted_at.is_(None)
        )
    ).scalar_one_or_none()
    if portfolio_id is None:
        raise not_found()
    require(connection, user, portfolio_id)
    return portfolio_id
