"""Location groups: accounts that are booked together, and the second person's approval of how.

Each belongs to one entity and has exactly one cost pool and one chart-of-accounts type. Whatever
changes what it stands for (itself, its accounts, its cost pool, its chart type) takes the approval
away, and whoever changed it last cannot give it.
"""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict
from pydantic.config import JsonDict
from sqlalchemy import ColumnElement, Connection, func, select

from auth_service.registry.access import MAY_APPROVE, note, require
from auth_service.registry.refusals import conflict, not_found, stale
from auth_service.registry.rows import Kept, Name, Versioned
from auth_service.registry.tables import LOCATION_GROUPS
from auth_service.users import User

EXAMPLE: JsonDict = {
    "entity_id": "0b6c5b8e-7f0a-4a6c-8f2f-2f4f3c1d9e10",
    "name": "Market making",
    "cost_pool_id": "f1b9d9a2-54a1-4a31-9d0e-6b1b6f0a7c21",
    "chart_of_accounts_id": "2f4c9f0e-9d8b-4f4e-b0a5-3f3a1e7c5d32",
}


class LocationGroupChanged(BaseModel):
    """What a location group is to be."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    entity_id: UUID
    name: Name
    cost_pool_id: UUID
    chart_of_accounts_id: UUID


class LocationGroupGiven(LocationGroupChanged):
    """What a location group is to be, and of which portfolio; all that it names is of the same."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"portfolio_id": "7c0f2e36-6a0e-4d39-9a43-0a6cf7f3b1d2", **EXAMPLE}]
        },
    )

    portfolio_id: UUID


class LocationGroup(Versioned):
    """Accounts that are booked together; `approved_by` is null until somebody has approved."""

    id: UUID
    portfolio_id: UUID
    entity_id: UUID
    name: str
    cost_pool_id: UUID
    chart_of_accounts_id: UUID
    approved_at: AwareDatetime | None
    approved_by: UUID | None


KEPT = Kept(
    LOCATION_GROUPS,
    LocationGroup,
    conflicts={"location_groups_name": "The portfolio has a location group of this name."},
    in_use="Accounts are still mapped into it. Take them out first.",
)


def create(connection: Connection, user: User, given: LocationGroupGiven) -> LocationGroup:
    """Make a location group in a portfolio that the user owns.

    Raises:
        ApiError: 403, 404 (what it names, too), or 409 where there is one of this name.

    """
    require(connection, user, given.portfolio_id)
    return KEPT.find(connection, user, KEPT.insert(connection, user, given.model_dump()))


def replace(
    connection: Connection,
    user: User,
    group_id: UUID,
    given: LocationGroupChanged,
    version: int | None,
) -> LocationGroup:
    """Change a location group; its approval is gone. See `Kept.replace`."""
    return KEPT.replace(connection, user, group_id, given.model_dump(), version)


def delete(connection: Connection, user: User, group_id: UUID) -> None:
    """Delete a location group without accounts; see `Kept.delete`."""
    KEPT.delete(connection, user, group_id)


def approve(
    connection: Connection, user: User, group_id: UUID, version: int | None
) -> LocationGroup:
    """Approve what a location group is now, as the second person.

    Raises:
        ApiError: 403 (a viewer), 404, 409 (the user changed it last), 412 (it is another by now).

    """
    portfolio_id = connection.execute(
        select(LOCATION_GROUPS.c.portfolio_id).where(
            LOCATION_GROUPS.c.id == group_id, LOCATION_GROUPS.c.deleted_at.is_(None)
        )
    ).scalar_one_or_none()
    if portfolio_id is None:
        raise not_found()
    require(connection, user, portfolio_id, MAY_APPROVE)
    # Held to the end, so that what is checked here is what is approved.
    seen = connection.execute(
        select(LOCATION_GROUPS.c.version, LOCATION_GROUPS.c.updated_by)
        .where(LOCATION_GROUPS.c.id == group_id)
        .with_for_update()
    ).one()
    if version is not None and seen.version != version:
        raise stale()
    if seen.updated_by == user.id:
        raise conflict("You changed it last. Somebody else has to approve it.")
    connection.execute(
        LOCATION_GROUPS.update()
        .where(LOCATION_GROUPS.c.id == group_id)
        .values(
            approved_at=func.clock_timestamp(),
            approved_by=user.id,
            version=LOCATION_GROUPS.c.version + 1,
        )
    )
    note("location_group_approved", user, portfolio_id)
    return KEPT.find(connection, user, group_id)


def changed(connection: Connection, user: User, which: ColumnElement[bool]) -> None:
    """Note that what some location groups stand for was changed by the user."""
    connection.execute(
        LOCATION_GROUPS.update()
        .where(which, LOCATION_GROUPS.c.deleted_at.is_(None))
        .values(
            approved_at=None,
            approved_by=None,
            version=LOCATION_GROUPS.c.version + 1,
            updated_at=func.clock_timestamp(),
            updated_by=user.id,
        )
    )
