"""The chart of accounts: types of holdings, and the ledger code that each component is booked to.

A type is a firm's own word (`digital_assets`, `client_assets`); its codes are those of the general
ledger that the firm keeps elsewhere. What is owned needs a code, what is owed or on its way may
wait for one: the ledger shows no code then, and invents none.
"""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.config import JsonDict
from sqlalchemy import Connection, Row

from auth_service.registry import location_groups
from auth_service.registry.access import require
from auth_service.registry.rows import Kept, Name, Versioned
from auth_service.registry.tables import CHART_OF_ACCOUNTS, LOCATION_GROUPS
from auth_service.users import User

EXAMPLE: JsonDict = {
    "type": "digital_assets",
    "name": "Digital assets at exchanges",
    "codes": {"balance": "1210", "in_transit": "1215", "loan": "2310", "interest": "2315"},
}
TypeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,31}$")]


class Codes(BaseModel):
    """The code of the general ledger that each component of a cell is booked to."""

    model_config = ConfigDict(extra="forbid")

    balance: Code
    in_transit: Code | None = None
    loan: Code | None = None
    interest: Code | None = None


class ChartTypeChanged(BaseModel):
    """What a type of the chart of accounts is to be."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    type: TypeName
    name: Name
    codes: Codes

    def columns(self) -> dict[str, Any]:
        """Return the values by the columns of the table."""
        given = self.model_dump()
        codes = given.pop("codes")
        return given | {f"{component}_code": code for component, code in codes.items()}


class ChartTypeGiven(ChartTypeChanged):
    """What a type of the chart of accounts is to be, and of which portfolio."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"portfolio_id": "7c0f2e36-6a0e-4d39-9a43-0a6cf7f3b1d2", **EXAMPLE}]
        },
    )

    portfolio_id: UUID


class ChartType(Versioned):
    """A type of holdings, and where its components are booked."""

    id: UUID
    portfolio_id: UUID
    type: str
    name: str
    codes: Codes


class _KeptTypes(Kept[ChartType]):
    """Shows the four columns of codes as one mapping."""

    def _show(self, row: Row[Any]) -> ChartType:
        values = dict(row._mapping)  # noqa: SLF001 -- its public name.
        codes = {name: values[f"{name}_code"] for name in Codes.model_fields}
        return ChartType.model_validate(values | {"codes": codes})


KEPT = _KeptTypes(
    CHART_OF_ACCOUNTS,
    ChartType,
    conflicts={"chart_of_accounts_type": "The portfolio's chart has this type."},
    in_use="Location groups still use it. Give them another one first.",
    also=lambda _: [CHART_OF_ACCOUNTS.c[f"{name}_code"] for name in Codes.model_fields],
)


def create(connection: Connection, user: User, given: ChartTypeGiven) -> ChartType:
    """Add a type to the chart of a portfolio that the user owns.

    Raises:
        ApiError: 403, 404, or 409 where the chart has this type.

    """
    require(connection, user, given.portfolio_id)
    return KEPT.find(connection, user, KEPT.insert(connection, user, given.columns()))


def replace(
    connection: Connection, user: User, type_id: UUID, given: ChartTypeChanged, version: int | None
) -> ChartType:
    """Change a type; the approval of the location groups that use it is gone."""
    changed = KEPT.replace(connection, user, type_id, given.columns(), version)
    location_groups.changed(connection, user, LOCATION_GROUPS.c.chart_of_accounts_id == type_id)
    return changed


def delete(connection: Connection, user: User, type_id: UUID) -> None:
    """Delete a type that no location group uses; see `Kept.delete`."""
    KEPT.delete(connection, user, type_id)
