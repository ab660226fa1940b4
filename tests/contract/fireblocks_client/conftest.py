"""Fireblocks' official client, pointed at an emulator whose venue clock runs at real now.

The client signs with real time. A model that does not fit is only a warning to it, which is an
error here. What each face is asked with stands in the tests.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fireblocks.client import Fireblocks
from fireblocks.client_configuration import ClientConfiguration

from coinfrs_pipelines.emulator.app import Running
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.emulator.world import World
from tests.venues import serving

DAYS = 9
OPTIONS = {
    "roles": ["VIEWER", "ADMIN"],
    "frozen_deposits": True,
    "frozen_are_released": True,
    "late_approvals": True,
    "late_finality_days": 3,
    "late_network_records": True,
    "late_screening": True,
    "reorgs": True,
    "wallets_enabled_by_transfers": True,
}


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """Run a world that began eight days ago, at real now."""
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    emulation = Emulation(VenueClock())
    emulation.add_world(7, start - timedelta(days=DAYS - 1), DAYS, {"fireblocks": OPTIONS})
    with serving(emulation) as running:
        yield running


@pytest.fixture(scope="session")
def world(running: Running) -> World:
    return next(iter(running.emulation.worlds.values()))


@pytest.fixture(scope="session")
def client_of(running: Running) -> Callable[[dict[str, str]], Any]:
    """Return a function that makes the client of a credential."""

    def make(credential: dict[str, str]) -> Any:
        configuration = ClientConfiguration(
            api_key=credential["api_key"],
            secret_key=credential["private_key_pem"],
            base_path=f"{running.url}/v1",
        )
        return Fireblocks(configuration)

    return make


@pytest.fixture(scope="session")
def viewer(client_of: Callable[[dict[str, str]], Any], world: World) -> Iterator[Any]:
    with client_of(world.credentials()[-2]) as client:
        yield client


@pytest.fixture(scope="session")
def admin(client_of: Callable[[dict[str, str]], Any], world: World) -> Iterator[Any]:
    with client_of(world.credentials()[-1]) as client:
        yield client
