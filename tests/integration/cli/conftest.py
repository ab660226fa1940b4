"""The command line in this process, against a real database and real emulated venues."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from coinfrs_pipelines.cli import app
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.emulator.world import World
from tests.venues import serving

START = datetime(2026, 1, 5, tzinfo=UTC)
# The venue and the product must have the same, or one waits where the other does not.
LIMITS_FACTOR = 1000

Coinfrs = Callable[..., Result]


@pytest.fixture
def emulation() -> Emulation:
    """Give the test venues whose held clock stands at the usual minute of an opening capture."""
    held = Emulation(
        VenueClock(START + timedelta(minutes=5), held=True), limits_factor=Decimal(LIMITS_FACTOR)
    )
    held.add_world(7, START, 3)
    return held


@pytest.fixture
def world(
    emulation: Emulation,
    database: Mapping[str, str],  # noqa: ARG001 -- the commands write there.
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """Run the venues, let the settings name them, and return their one world."""
    with serving(emulation) as running:
        monkeypatch.setenv("COINFRS_BINANCE_SPOT_URL", running.url)
        monkeypatch.setenv("COINFRS_FIREBLOCKS_URL", running.url)
        monkeypatch.setenv("COINFRS_LIMITS_FACTOR", str(LIMITS_FACTOR))
        settings.cache_clear()
        [only] = emulation.worlds.values()
        yield only


@pytest.fixture
def credential_file(world: World, tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes the credential of a name as the CLI reads it."""

    def write(name: str) -> Path:
        [found] = [entry for entry in world.credentials() if entry["name"] == name]
        secret = "private_key_pem" if "private_key_pem" in found else "api_secret"
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps({"api_key": found["api_key"], secret: found[secret]}))
        return file

    return write


@pytest.fixture
def coinfrs(database: Mapping[str, str]) -> Coinfrs:  # noqa: ARG001 -- the commands use it.
    """Return the command line as a function of its arguments."""

    def call(*arguments: object, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)

    return call
