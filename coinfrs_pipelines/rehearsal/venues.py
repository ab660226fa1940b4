"""The emulated venues as a rehearsal steers them: their clock, their worlds, truth and faults.

A thin client of the emulator's admin API; the product under test never uses it.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import httpx

from coinfrs_pipelines.processes import Child, Children

READY_SECONDS_MAX = 30.0


class EmulatorRefusedError(Exception):
    """The emulator refused what it was asked; the message is its own."""


@dataclass(frozen=True, order=True)
class Cell:
    """A cell by the venue's own references."""

    venue: str
    account_ref: str
    wallet: str
    asset: str
    component: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Cell":
        """Read the cell of a leg, a position or a change."""
        return cls(
            told["venue"], told["account_ref"], told["wallet"], told["asset"], told["component"]
        )


@dataclass(frozen=True)
class Leg:
    """One leg of the truth."""

    event_id: str
    cell: Cell
    amount: Decimal
    at: datetime
    height: int | None
    is_hidden: bool


@dataclass(frozen=True)
class World:
    """One client's accounts: its name, its first midnight, and the credentials to register."""

    name: str
    start: datetime
    credentials: list[dict[str, str]]


class EmulatedVenues:
    """The admin API of a running emulator."""

    def __init__(self, announced: Mapping[str, Any]) -> None:
        """Take what the emulator announced in its first line."""
        self.worlds = [_world(told) for told in announced["worlds"]]
        self.environment = {
            "COINFRS_BINANCE_SPOT_URL": str(announced["binance_url"]),
            "COINFRS_FIREBLOCKS_URL": str(announced["fireblocks_url"]),
        }
        # A whole world of truth is read at once; the emulator answers from memory.
        self._client = httpx.Client(base_url=announced["admin_url"], timeout=60.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def advance_to(self, at: datetime) -> None:
        """Move the held venue clock forward to an instant."""
        self._post("/clock", {"advance_to": at.isoformat()})

    def now(self) -> datetime:
        """Return the venue's now."""
        return _instant(self._get("/clock")["now"])

    def add_world(
        self, seed: int, start: date, days: int, options: Mapping[str, Any] | None = None
    ) -> World:
        """Make another world in the same emulator."""
        told = self._post(
            "/worlds",
            {"seed": seed, "start": start.isoformat(), "days": days, "options": options or {}},
        )
        world = _world(told)
        self.worlds.append(world)
        return world

    def truth(self, world: World, before: datetime) -> list[Leg]:
        """Return every leg of the world that lies before an instant."""
        events = self._get(f"/worlds/{world.name}/truth", before=before.isoformat())["events"]
        return [
            Leg(
                event_id=event["event_id"],
                cell=Cell.of(leg),
                amount=Decimal(leg["amount"]),
                at=_instant(leg["at"]),
                height=leg["height"],
                is_hidden=event["hidden"],
            )
            for event in events
            for leg in event["legs"]
            if _instant(leg["at"]) < before
        ]

    def positions(self, world: World, at: datetime) -> dict[Cell, Decimal]:
        """Return the true amount in every cell that was touched before an instant."""
        told = self._get(f"/worlds/{world.name}/truth/positions", at=at.isoformat())
        return {Cell.of(position): Decimal(position["amount"]) for position in told["positions"]}

    def hideable(self, world: World, begin: datetime, end: datetime) -> list[dict[str, Any]]:
        """Return the events with a net change of a cell in [begin, end), wholly inside it."""
        told = self._get(
            f"/worlds/{world.name}/truth/candidates",
            **{"from": begin.isoformat(), "to": end.isoformat()},
        )
        return [event for event in told["candidates"] if event["is_whole"] and event["changes"]]

    def traded_assets(self) -> frozenset[str]:
        """Return the assets of every symbol that is traded at the exchange."""
        url = self.environment["COINFRS_BINANCE_SPOT_URL"] + "/api/v3/exchangeInfo"
        symbols = _answer(self._client.get(url))["symbols"]
        return frozenset(
            told[side]
            for told in symbols
            if told["status"] == "TRADING"
            for side in ("baseAsset", "quoteAsset")
        )

    def inject(self, world: World, fault: Mapping[str, Any]) -> None:
        """Let the venues misbehave in this world from now on."""
        self._post(f"/worlds/{world.name}/faults", fault)

    def faults(self, world: World) -> list[dict[str, Any]]:
        """Return each injected fault with what is left of it and how often it struck."""
        told: list[dict[str, Any]] = self._get(f"/worlds/{world.name}/faults")["faults"]
        return told

    def _get(self, path: str, **query: str) -> Any:
        return _answer(self._client.get(path, params=query))

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        return _answer(self._client.post(path, json=dict(body)))


def start(
    children: Children,
    environment: Mapping[str, str],
    *,
    seed: int,
    days: int,
    start_day: date | None = None,
    keep: Path | None = None,
) -> EmulatedVenues:
    """Start an emulator with one world whose held clock stands shortly after its first midnight.

    The world begins on `start_day`, or on the emulator's own first day. In the directory `keep` it
    is remembered, for whoever starts these venues again.
    """
    start_on = () if start_day is None else ("--start", start_day.isoformat())
    kept_in = () if keep is None else ("--keep", str(keep))
    child = children.start(
        "emulator",
        [
            *(sys.executable, "-m", "coinfrs_pipelines.emulator", "--held"),
            *("--seed", str(seed), "--days", str(days), *start_on, *kept_in),
        ],
        environment,
    )
    children.wait_for(child, lambda: _announcement(child) is not None, READY_SECONDS_MAX)
    announced = _announcement(child)
    assert announced is not None  # noqa: S101 -- wait_for has just seen it.
    return EmulatedVenues(announced)


def _announcement(child: Child) -> dict[str, Any] | None:
    for line in list(child.lines):
        if line.startswith("{"):
            announced: dict[str, Any] = json.loads(line)
            return announced
    return None


def _world(told: Mapping[str, Any]) -> World:
    return World(told["world"], _instant(told["start"]), list(told["credentials"]))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _answer(response: httpx.Response) -> Any:
    told = response.json()
    if response.is_error:
        raise EmulatorRefusedError(f"The emulator refused: {told.get('error', response.text)}")
    return told
