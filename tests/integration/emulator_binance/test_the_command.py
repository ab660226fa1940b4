"""`python -m coinfrs_pipelines.emulator` as others start it: one line of JSON, and a clean end."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

COMMAND = (sys.executable, "-m", "coinfrs_pipelines.emulator")


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_announces_itself_and_ends_cleanly(number: signal.Signals) -> None:
    with started("--seed", "7", "--days", "2", "--start", "2026-01-05", "--held") as (
        process,
        announced,
    ):
        assert announced["binance_url"].startswith("http://127.0.0.1:")
        clock = httpx.get(f"{announced['admin_url']}/clock").json()
        assert clock == {"now": "2026-01-05T00:05:00.000Z", "held": True}
        [world] = announced["worlds"]
        assert (world["seed"], world["days"]) == (7, 2)
        kinds = [entry["kind"] for entry in world["credentials"] if entry["venue"] == "binance"]
        assert kinds == ["master", "sub_account", "sub_account"]
        time = httpx.get(f"{announced['binance_url']}/api/v3/time")
        assert time.json() == {"serverTime": 1767571500000}
        process.send_signal(number)
        assert process.wait(timeout=10) == 0


def test_a_held_clock_may_begin_elsewhere() -> None:
    with started("--held", "--at", "2026-01-07T00:05:00Z") as (_, announced):
        clock = httpx.get(f"{announced['admin_url']}/clock").json()
        assert clock["now"] == "2026-01-07T00:05:00.000Z"


def test_a_kept_world_is_the_same_on_a_later_day(tmp_path: Path) -> None:
    """Its accounts have evidence stored: their history, their ids and their keys go on."""
    kept = tmp_path / "emulator"
    with started("--keep", str(kept), "--start", "2026-01-05", "--days", "3") as (_, first):
        at = "2026-01-07T00:00:00Z"
        truth = f"{first['admin_url']}/worlds/w0/truth/positions?at={at}"
        positions = httpx.get(truth).json()
    with started("--keep", str(kept), "--start", "2026-01-20", "--days", "9") as (_, again):
        assert again["worlds"] == first["worlds"]
        truth = f"{again['admin_url']}/worlds/w0/truth/positions?at={at}"
        assert httpx.get(truth).json() == positions
    # It holds private keys, though of nobody but the emulator.
    assert (kept / "world.json").stat().st_mode & 0o077 == 0
    with started("--start", "2026-01-20", "--days", "9") as (_, forgotten):
        assert forgotten["worlds"] != first["worlds"]


def test_what_is_no_kept_world_is_refused(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text("{}")
    refused = subprocess.run(
        [*COMMAND, "--keep", str(tmp_path)], capture_output=True, text=True, timeout=30, check=False
    )
    assert refused.returncode == 2
    assert "take it away to begin anew" in refused.stderr


@pytest.mark.parametrize(
    "arguments", [("--host", "192.0.2.1"), ("--start", "2099-01-01"), ("--days", "0")]
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...]) -> None:
    refused = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    assert refused.returncode == 2
    assert refused.stderr
    assert not refused.stdout
