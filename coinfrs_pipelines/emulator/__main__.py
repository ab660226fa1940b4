"""`python -m coinfrs_pipelines.emulator`: one world, or more by the admin API, until told to stop.

Prints one line of JSON when it listens: the URLs and the worlds with their credentials, which open
nothing but this emulator.
"""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from coinfrs_pipelines.emulator import admin, kept
from coinfrs_pipelines.emulator.app import NotLoopbackError, serve
from coinfrs_pipelines.emulator.clock import ClockRefusedError, VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation, WorldRefusedError
from coinfrs_pipelines.emulator.injections import instant

# A held clock stands at the opening capture's usual minute until it is moved.
OPENING_MINUTE = timedelta(minutes=5)
DEFAULT_START = date(2026, 1, 5)
REFUSALS = (ClockRefusedError, NotLoopbackError, WorldRefusedError, kept.NotKeptError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the emulator and return the exit status: 0 when stopped, 2 when refused."""
    asked = _parser().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        drawn = kept.Drawn(asked.seed, asked.start, asked.days)
        if asked.keep is not None:
            drawn = kept.recall(asked.keep, drawn)
        start = datetime.combine(drawn.start, time(), UTC)
        at = asked.at or (start + OPENING_MINUTE if asked.held else None)
        emulation = Emulation(VenueClock(at, held=asked.held))
        world = emulation.add_world(drawn.seed, start, drawn.days)
        if asked.keep is not None:
            kept.keep(asked.keep, world)
        with serve(emulation, host=asked.host, port=asked.port) as running:
            print(json.dumps(_announcement(running.url, emulation)), flush=True)  # noqa: T201  # The caller reads it.
            stop.wait()
    except (*REFUSALS, OSError) as refused:
        print(refused, file=sys.stderr)  # noqa: T201  # A command line tells why it refuses.
        return 2
    return 0


def _announcement(url: str, emulation: Emulation) -> dict[str, object]:
    return {
        "binance_url": url,
        "fireblocks_url": url,
        "admin_url": f"{url}/emulator",
        "worlds": [admin.describe(world) for world in emulation.worlds.values()],
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m coinfrs_pipelines.emulator",
        description="Emulated Binance and Fireblocks with a ledger that is the truth.",
    )
    parser.add_argument("--seed", type=int, default=7, help="what the world's events come from")
    parser.add_argument("--days", type=_days, default=9, help="how many days the world has")
    parser.add_argument(
        "--start",
        type=date.fromisoformat,
        default=DEFAULT_START,
        help="the world's first day, in the past (default: %(default)s)",
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIRECTORY",
        help="remember seed, days, start and private keys there, and take those of before",
    )
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    clock = parser.add_mutually_exclusive_group()
    clock.add_argument("--held", action="store_true", help="the venue clock stands until moved")
    clock.add_argument("--running", action="store_false", dest="held", help="it runs (default)")
    parser.add_argument(
        "--at",
        type=instant,
        help="where the venue clock begins (default: real now, or start + 5 min when held)",
    )
    return parser


def _days(text: str) -> int:
    days = int(text)
    if days < 1:
        raise argparse.ArgumentTypeError("a world has at least one day")
    return days


if __name__ == "__main__":
    sys.exit(main())
