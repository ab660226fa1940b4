"""Emulators over HTTP, held or running, and the connectors' clients for their accounts."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import stamina

from coinfrs_pipelines.connectors.binance.auth import connect as connect_binance
from coinfrs_pipelines.connectors.fireblocks.auth import connect as connect_fireblocks
from coinfrs_pipelines.connectors.http import Bucket, Exchange, VenueClient
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.emulator.world import World
from tests.venues import serving

START = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 9
AFTER = START + timedelta(days=DAYS, minutes=5)


@pytest.fixture(autouse=True)
def _retries_are_instant() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5):
        yield


class NoBudget:
    """Lets everything through: small pages cost more requests than a held second has room for."""

    def acquire(self, _bucket: Bucket, _weight: int, _venue_now: datetime) -> float:
        return 0

    def report(self, _bucket: Bucket, _used: int, _venue_now: datetime) -> None:
        return None


@dataclass
class Emulator:
    """A running emulator with one world, and clients that are closed with it."""

    url: str
    emulation: Emulation
    stack: ExitStack
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def world(self) -> World:
        return next(iter(self.emulation.worlds.values()))

    def credentials(self, venue: str) -> list[dict[str, str]]:
        return [each for each in self.world.credentials() if each["venue"] == venue]

    def connect(self, credential: Mapping[str, str]) -> VenueClient:
        connect = connect_binance if credential["venue"] == "binance" else connect_fireblocks
        client = connect(
            credential["api_key"],
            credential.get("api_secret") or credential["private_key_pem"],
            dict.fromkeys(("", "um", "cm", "options", "pm"), self.url),
            NoBudget(),
            self.exchanges.append,
        )
        return self.stack.enter_context(client)

    def binance(self, position: int) -> VenueClient:
        """Return a client of the master (0) or of a sub-account (1, 2)."""
        return self.connect(self.credentials("binance")[position])

    def fault(self, **fault: Any) -> None:
        self.world.faults.inject(fault)


@pytest.fixture
def emulator() -> Iterator[Any]:
    """Start an emulator, held at an instant (default: after the world's last day) or running."""
    with ExitStack() as stack:

        def start(
            at: datetime = AFTER,
            *,
            held: bool = True,
            seed: int = 7,
            options: Mapping[str, Any] | None = None,
        ) -> Emulator:
            emulation = Emulation(VenueClock(at, held=held), limits_factor=Decimal(100))
            emulation.add_world(seed, START, DAYS, options or {})
            return Emulator(stack.enter_context(serving(emulation)).url, emulation, stack)

        yield start
