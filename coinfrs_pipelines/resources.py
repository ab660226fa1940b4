"""What a step may ask of the installation it runs in, as a Dagster resource.

The resource has no fields: Dagster keeps and shows the configuration of its resources, so a
connection, a key and an address are handed out on demand and never configured.
"""

from decimal import Decimal

import dagster as dg
import psycopg

from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.encryption import Keyring, KeyWrapper
from coinfrs_pipelines.core.settings import settings, venue_urls

EMULATOR = "emulator"


class Installation(dg.ConfigurableResource):  # type: ignore[type-arg]  # Its parameter is for resources that wrap another value.
    """Database connections, the keyring, the venues' addresses and the scale of their limits."""

    def connect(self, role: database.Role, *, autocommit: bool = False) -> psycopg.Connection:
        """Open a connection in a role; the caller closes it. Raises as `database.connect`."""
        return database.connect(role, autocommit=autocommit)

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
