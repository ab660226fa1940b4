"""How a command fails: one line that says what to do for what is expected, else a traceback."""

import functools
from collections.abc import Callable
from importlib.metadata import version as distribution_version
from typing import ParamSpec, TypeVar

import typer

from coinfrs_pipelines.console import say, warn

P = ParamSpec("P")
R = TypeVar("R")


class RefusedError(Exception):
    """A command cannot do what it was asked; the message says why and what to do."""


def print_version(wanted: bool) -> None:
    """Print the version and leave, if it is wanted."""
    if wanted:
        say(distribution_version("coinfrs"))
        raise typer.Exit


def plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors a person can do something about into one line and exit status 1.

    Anything else is a bug and keeps its traceback.
    """

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except KeyboardInterrupt:
            warn("Interrupted.")
            raise typer.Exit(130) from None
        except Exception as error:
            if not isinstance(error, _expected()):
                raise
            warn(f"Error: {str(error).strip()}")
            raise typer.Exit(1) from None

    return wrapped


def _expected() -> tuple[type[Exception], ...]:
    # Only imported once something went wrong, when time no longer matters.
    import psycopg  # noqa: PLC0415

    from coinfrs_pipelines.connectors.errors import VenueError  # noqa: PLC0415
    from coinfrs_pipelines.connectors.proofs import NotReadOnly  # noqa: PLC0415
    from coinfrs_pipelines.core.data_sources import RegistryError  # noqa: PLC0415
    from coinfrs_pipelines.core.database import DatabaseError  # noqa: PLC0415
    from coinfrs_pipelines.core.encryption import EncryptionError  # noqa: PLC0415
    from coinfrs_pipelines.core.postgres_launch import PostgresError  # noqa: PLC0415
    from coinfrs_pipelines.core.settings import SettingsError  # noqa: PLC0415
    from coinfrs_pipelines.processes import EndedEarlyError  # noqa: PLC0415
    from coinfrs_pipelines.registration import RegistrationRefused  # noqa: PLC0415
    from coinfrs_pipelines.transform.manifest import ParseError  # noqa: PLC0415
    from coinfrs_pipelines.verify.report import NothingToReportError  # noqa: PLC0415

    return (
        RefusedError,
        SettingsError,
        DatabaseError,
        PostgresError,
        RegistryError,
        EncryptionError,
        NotReadOnly,
        EndedEarlyError,
        RegistrationRefused,
        VenueError,
        ParseError,
        NothingToReportError,
        psycopg.OperationalError,
    )
