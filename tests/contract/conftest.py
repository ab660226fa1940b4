"""The official Binance clients, pointed at one emulator whose venue clock runs at real now.

They sign, encode and type as Binance publishes it, so that an emulator that they accept is not
merely one that our own connector agrees with. What each face is asked with stands in the tests.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from binance_common.configuration import ConfigurationRestAPI

from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from tests.venues import histories_written_once, serving

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000
# Old enough that all of its events have happened, young enough for the snapshots of a month.
AGE = timedelta(days=13)
DAYS = 9
# These clients want to know of today, in a world that is the same every day: something of every
# kind happens in it.
DRAWN_AS_OF = "2026-11-12T00:00:00+00:00"


class Clients:
    """The official clients of one account, and the wire of their last answer."""

    def __init__(self, url: str, credential: Mapping[str, str]) -> None:
        self._configuration = {
            "api_key": credential["api_key"],
            # An HMAC key has a secret; Ed25519 and RSA keys have a private key.
            "api_secret": credential.get("api_secret"),
            "private_key": credential.get("private_key_pem"),
            "base_path": url,
            "timeout": 10_000,
        }
        self._made: dict[type, Any] = {}
        self.wire: Any = None
        self.asked: list[tuple[str, str]] = []

    def of(self, kind: type) -> Any:
        """Return the REST client of an official package: `of(Wallet).account_info()`."""
        if kind not in self._made:
            client = kind(ConfigurationRestAPI(**self._configuration)).rest_api
            client._session.hooks["response"].append(self._see)  # noqa: SLF001  # There is no other way in.
            self._made[kind] = client
        return self._made[kind]

    def _see(self, response: requests.Response, **_: object) -> None:
        self.wire = json.loads(response.text)
        path = str(response.request.path_url).partition("?")[0]
        self.asked.append((str(response.request.method), path))

    def close(self) -> None:
        """Close the connections of all clients."""
        for client in self._made.values():
            client._session.close()  # noqa: SLF001  # As above.


class Binance:
    """A running emulator with one world, and the clients of its master (0) and subs (1, 2)."""

    def __init__(self, url: str, emulation: Emulation) -> None:
        self.url = url
        self.emulation = emulation
        self.credentials = self.world.credentials()
        self.family = [Clients(url, credential) for credential in self.credentials]

    @property
    def world(self) -> Any:
        """Return the Binance side of the world."""
        return self.emulation.worlds["w0"].binance

    @property
    def window(self) -> dict[str, int]:
        """Return six days in which a lot happens."""
        first = (self.world.start - EPOCH) // timedelta(milliseconds=1)
        return {"start_time": first, "end_time": first + 6 * DAY}

    def read_whole(self, position: int, ask: Ask, caplog: pytest.LogCaptureFixture) -> Any:
        """Ask, and return the wire, of which the typed answer must have every key and value.

        A client logs what it cannot type, and then hands out what it was given.
        """
        clients = self.family[position]
        with caplog.at_level(logging.WARNING):
            data = ask(clients, self).data()
        assert caplog.messages == []
        assert not isinstance(data, dict)
        assert plain(data) == clients.wire
        return clients.wire

    def asked_by(self, calls: Mapping[str, tuple[int, Ask]]) -> set[tuple[str, str]]:
        """Make all of the calls; return the methods and paths that they ask."""
        asked: set[tuple[str, str]] = set()
        for position, ask in calls.values():
            clients = self.family[position]
            clients.asked.clear()
            ask(clients, self)
            asked.update(clients.asked)
        return asked


Ask = Callable[[Clients, Binance], Any]


def plain(model: Any) -> Any:
    """Return a typed model as the JSON that it was read from; what it did not take is missing."""
    if isinstance(model, list):
        return [plain(entry) for entry in model]
    if hasattr(model, "actual_instance"):
        return plain(model.actual_instance)
    if hasattr(model, "to_dict"):
        return plain(model.to_dict())
    if isinstance(model, dict):
        return {key: plain(value) for key, value in model.items() if key != "additional_properties"}
    return model


def emulation_of_a_past_world(limits_factor: int, **options: Any) -> Emulation:
    """Return an emulation with one world that is over; the options are those of Binance."""
    emulation = Emulation(VenueClock(), limits_factor=Decimal(limits_factor))
    start = (datetime.now(UTC) - AGE).replace(hour=0, minute=0, second=0, microsecond=0)
    given = {"busier": 4, "drawn_as_of": DRAWN_AS_OF, **options}
    emulation.add_world(7, start, DAYS, {"binance": given})
    return emulation


@pytest.fixture(scope="module", autouse=True)
def _histories_written_once() -> Iterator[None]:
    with histories_written_once():
        yield


@pytest.fixture(scope="module")
def binance() -> Iterator[Binance]:
    """Run an emulator with wide limits for a module of tests."""
    with serving(emulation_of_a_past_world(limits_factor=1_000)) as running:
        made = Binance(running.url, running.emulation)
        yield made
        for clients in made.family:
            clients.close()


@pytest.fixture
def binance_within_its_limits() -> Iterator[Binance]:
    """Run an emulator with the venue's own limits for one test."""
    with serving(emulation_of_a_past_world(limits_factor=1)) as running:
        made = Binance(running.url, running.emulation)
        yield made
        for clients in made.family:
            clients.close()


@pytest.fixture
def open_clients() -> Iterator[Callable[[str, Mapping[str, str]], Clients]]:
    """Return a function that makes the clients of any credential."""
    made: list[Clients] = []

    def open_with(url: str, credential: Mapping[str, str]) -> Clients:
        made.append(Clients(url, credential))
        return made[-1]

    yield open_with
    for clients in made:
        clients.close()
