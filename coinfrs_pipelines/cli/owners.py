"""Whose data source a command means: names are unique for an owner only."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from uuid import UUID

    import psycopg

    from coinfrs_pipelines.core.data_sources import DataSource

# For what is about to have an owner.
NewOwner = Annotated[
    str | None, typer.Option(metavar="EMAIL", help="Whose it is (default: the operator's).")
]
# For what has one.
OwnerOfName = Annotated[
    str | None,
    typer.Option(
        metavar="EMAIL", help="Whose it is (default: whoever's, if one owner alone has that name)."
    ),
]


def owner_id(connection: "psycopg.Connection", email: str | None) -> "UUID":
    """Return the user of an address, or the operator where none is given.

    Raises:
        UnknownOwner: nobody has the address.

    """
    from coinfrs_pipelines.core import data_sources  # noqa: PLC0415 -- keeps --help quick.

    if email is None:
        return data_sources.operator_id(connection)
    return data_sources.owner_id_by_email(connection, email)


def named(name: str, owner: str | None) -> "DataSource":
    """Return the data source of a name, of one owner if an address is given; disabled ones too.

    Raises:
        NotRegistered, AmbiguousName: as `data_sources.by_name`.
        UnknownOwner: nobody has the address.

    """
    from coinfrs_pipelines.core import data_sources, database  # noqa: PLC0415 -- as above.

    with closing(database.connect("coinfrs_registry")) as connection:
        of_owner = owner_id(connection, owner) if owner else None
        return data_sources.by_name(connection, name, owner_id=of_owner)


def emails(connection: "psycopg.Connection") -> "dict[UUID, str]":
    """Return the address of every user, as the registry's role may read it."""
    return dict(connection.execute("select id, email from auth.users").fetchall())
