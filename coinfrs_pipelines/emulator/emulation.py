"""What all faces of one emulator server share: the venue clock, the worlds, the limits' factor.

The faces of a venue get the one `Emulation` of their server, find the world of a request by its API
key and answer from it. HTTP is not here.
"""

import os
from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.world import World, WorldOptions


class WorldRefusedError(ValueError):
    """A world was asked for that the venue's clock does not allow."""


class Emulation:
    """Several worlds under one venue clock; its index keeps the ids of a world apart."""

    def __init__(self, clock: VenueClock, *, limits_factor: Decimal | None = None) -> None:
        self.clock = clock
        self.limits_factor = (
            Decimal(os.environ.get("COINFRS_LIMITS_FACTOR", "1"))
            if limits_factor is None
            else limits_factor
        )
        self.worlds: dict[str, World] = {}

    def add_world(
        self, seed: int, start: datetime, days: int, options: Mapping[str, Any] | None = None
    ) -> World:
        """Make a world of `days` days from `start` and open its faces.

        Raises:
            WorldRefusedError: `start` is not a UTC midnight before the venue's now, or no day.
            UnknownOptionError: an option is not one of `WorldOptions`.

        """
        if start.time() != time() or start > self.clock.now() or days < 1:
            raise WorldRefusedError(
                "A world has at least one day and starts at a UTC midnight before the venue's now."
            )
        world = World(seed, start, days, len(self.worlds), WorldOptions.read(options or {}))
        self.worlds[world.name] = world
        return world

    def world_of(self, api_key: str) -> World | None:
        """Return the world that an API key of either venue belongs to, revoked keys included."""
        for world in tuple(self.worlds.values()):
            if world.has_key(api_key):
                return world
        return None
