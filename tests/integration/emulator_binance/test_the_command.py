"""`python -m coinfrs_pipelines.emulator` as others start it: one line of JSON, and a clean end."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
