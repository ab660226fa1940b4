"""A held emulator over HTTP, and a client that signs as the venue's documentation says.

The client is the tests' own: it imports nothing of the connectors, whose signature it would
otherwise prove by itself.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.emulator.world import World
from tests.venues import serving

START = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 9
# Whatever the seed, something of every kind happens.
BUSIER = 4
WORLDS = 4


class Venue:
    """A running emulator with one world, seen from outside."""

    def __init__(self, url: str, emulation: Emulation) -> None:
        self.url = url
        self.emulation = emulation
        self.http = httpx.Client(base_url=url)

    @property
    def world(self) -> World:
        return next(iter(self.emulation.worlds.values()))

    def credential(self, position: int) -> dict[str, str]:
        """Return the master's credential (0) or a sub-account's (1, 2)."""
        return self.world.binance.credentials()[position]

    def signed(
        self, path: str, credential: Mapping[str, str], *, method: str = "GET", **given: Any
    ) -> httpx.Response:
        """Send a signed request; `timestamp` and `recvWindow` may be given."""
        milliseconds = (self.emulation.clock.now() - datetime(1970, 1, 1, tzinfo=UTC)) // (
            timedelta(milliseconds=1)
        )
        query = urlencode({"timestamp": milliseconds, **given})
        signature = hmac.new(
            credential["api_secret"].encode(), query.encode(), hashlib.sha256
        ).hexdigest()
        return self.http.request(
            method,
            f"{path}?{query}&signature={signature}",
            headers={"X-MBX-APIKEY": credential["api_key"]},
        )

    def read(self, path: str, credential: Mapping[str, str], **given: Any) -> Any:
        """Send a signed request that must succeed; POST where the venue wants it."""
        method = "POST" if path.endswith(("getUserAsset", "get-funding-asset")) else "GET"
        answer = self.signed(path, credential, method=method, **given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows_of_many_worlds(self, path: str, **given: Any) -> list[dict[str, Any]]:
        """Return what all accounts of some worlds of this server are told: one may lack a kind."""
        while len(self.emulation.worlds) < WORLDS:
            seed = len(self.emulation.worlds) + 50
            self.emulation.add_world(seed, START, DAYS, {"binance": {"busier": BUSIER}})
        return [
            row
            for world in self.emulation.worlds.values()
            for key in world.binance.credentials()
            for row in self.read(path, key, **given)["rows"]
        ]

    def refusal(self, path: str, credential: Mapping[str, str], **given: Any) -> tuple[int, int]:
        """Send a signed request that must be refused; return HTTP status and code."""
        answer = self.signed(path, credential, **given)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["code"]

    def fault(self, **fault: Any) -> None:
        """Inject a fault through the admin API."""
        url = f"/emulator/worlds/{self.world.name}/faults"
        assert self.http.post(url, json=fault).status_code == 201


OpenVenue = Callable[..., Venue]


@pytest.fixture
def open_venue() -> Iterator[OpenVenue]:
    """Return a function that opens a venue held at an instant (default: after the last day)."""
    opened: list[tuple[Any, Venue]] = []

    def open_at(
        at: datetime | None = None,
        *,
        seed: int = 7,
        options: Mapping[str, Any] | None = None,
        limits_factor: int = 1_000,
    ) -> Venue:
        clock = VenueClock(at or START + timedelta(days=DAYS, minutes=5), held=True)
        emulation = Emulation(clock, limits_factor=Decimal(limits_factor))
        emulation.add_world(seed, START, DAYS, {"binance": {"busier": BUSIER, **(options or {})}})
        context = serving(emulation)
        venue = Venue(context.__enter__().url, emulation)
        opened.append((context, venue))
        return venue

    yield open_at
    for context, venue in opened:
        venue.http.close()
        context.__exit__(None, None, None)


@pytest.fixture
def venue(open_venue: OpenVenue) -> Venue:
    """Return a venue held five minutes after the world's last day."""
    return open_venue()
