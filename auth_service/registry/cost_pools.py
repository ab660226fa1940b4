"""Cost pools: lots that disposals take their cost from, first in or last in first, or averaged.

A cost pool may serve several location groups, so that a disposal at one takes lots of the other.
"""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from auth_service.registry import location_groups
from auth_service.registry.access import require
from auth_service.registry.rows import Kept, Name, Versioned
from auth_service.registry.tables import COST_POOLS, LOCATION_GROUPS
from auth_service.users import User

Method = Literal["fifo", "lifo", "average_cost"]


class CostPoolChanged(BaseModel):
    """What a cost pool is to be."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "Treasury", "method": "fifo"}]}
    )

    name: Name
    method: Method


class CostPoolGiven(CostPoolChanged):
    """What a cost pool is to be, and of which portfolio."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "portfolio_id": "7c0f2e36-6a0e-4d39-9a43-0a6cf7f3b1d2",
                    "name": "Treasury",
                    "method": "fifo",
                }
            ]
        },
    )

    portfolio_id: UUID


class CostPool(Versioned):
    """A pool of lots, and the method by which a disposal takes from it."""

    id: UUID
    portfolio_id: UUID
    name: str
    method: Method


KEPT = Kept(
    COST_POOLS,
    CostPool,
    conflicts={"cost_pools_name": "The portfolio has a cost pool of this name."},
    in_use="Location groups still use it. Give them another one first.",
)


def create(connection: Connection, user: User, given: CostPoolGiven) -> CostPool:
    """Make a cost pool in a portfolio that the user owns.

    Raises:
        ApiError: 403, 404, or 409 where there is one of this name.

    """
    require(connection, user, given.portfolio_id)
    return KEPT.find(connection, user, KEPT.insert(connection, user, given.model_dump()))


def replace(
    connection: Connection, user: User, pool_id: UUID, given: CostPoolChanged, version: int | None
) -> CostPool:
    """Change a cost pool; the approval of the location groups that use it is gone."""
    changed = KEPT.replace(connection, user, pool_id, given.model_dump(), version)
    location_groups.changed(connection, user, LOCATION_GROUPS.c.cost_pool_id == pool_id)
    return changed


def delete(connection: Connection, user: User, pool_id: UUID) -> None:
    """Delete a cost pool that no location group uses; see `Kept.delete`."""
    KEPT.delete(connection, user, pool_id)
