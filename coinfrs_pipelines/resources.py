"""What a step may ask of the installation it runs in, as a Dagster resource.

The resource has no fields: Dagster keeps and shows the configuration of its resources, so a
connection, a key and an address are handed out on demand and never configured.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from typing import Self

import dagster as dg
import psycopg
import sqlalchemy
from pydantic import PrivateAttr

from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.encryption import Keyring, KeyWrapper
from coinfrs_pipelines.core.settings import settings, venue_urls

EMULATOR = "emulator"
ROLE: database.Role = "coinfrs_extract"


class Installation(dg.ConfigurableResource):  # type: ignore[type-arg]  # Its parameter is for resources that wrap another value.
    """Database connections, the keyring, the venues' addresses and the scale of their limits."""

    _connections: sqlalchemy.Pool = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, _context: dg.InitResourceContext) -> Iterator[Self]:
        """Keep connections for as long as Dagster keeps the resource: a run, or a step of one.

        A step needs one for every data source, and PostgreSQL a process for every new one.
        """
        self._connections = database.pool(ROLE)
        try:
            yield self
        finally:
            self._connections.dispose()

    def connection(self) -> AbstractContextManager[psycopg.Connection]:
        """Lend an autocommit connection in the role of extraction. Raises as `database.lent`."""
        return database.lent(self._connections)

    def keyring(self) -> KeyWrapper:
        """Return the keys that open credentials. Raises SettingsError where they are not set."""
        return Keyring.from_settings()

    def venue_urls(self, venue: str, environment: str) -> dict[str, str]:
        """Return the base URLs of a venue's environment by API. Raises SettingsError without."""
        return venue_urls(venue, environment)

    def limits_factor(self, environment: str) -> Decimal:
        """Return what limits are multiplied by: 1 everywhere but in the emulator environment."""
        return settings().limits_factor if environment == EMULATOR else Decimal(1)


INSTALLATION = {"installation": Installation()}
