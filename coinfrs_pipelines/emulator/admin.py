"""The admin API under `/emulator`: the venue clock, and the worlds, their truth and their faults.

It is what demos, simulations and tests steer by. The product under test never calls it.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from coinfrs_pipelines.emulator.binance.world import BinanceWorld
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.emulator.fireblocks.world import FireblocksWorld
from coinfrs_pipelines.emulator.injections import instant
from coinfrs_pipelines.emulator.ledger import Cell, Event, Leg
from coinfrs_pipelines.emulator.world import World

Handler = Callable[[Request], Awaitable[JSONResponse]]


class Admin:
    """The handlers of the admin API over one emulation, whose faces have these `paths`."""

    def __init__(self, emulation: Emulation, paths: Collection[str]) -> None:
        self._emulation = emulation
        self._paths = paths

    def routes(self) -> list[Route]:
        """Return the routes; `{world}` is a world's name."""
        world = "/emulator/worlds/{world}"
        return [
            Route("/emulator/clock", self.show_clock, methods=["GET"]),
            Route("/emulator/clock", self.move_clock, methods=["POST"]),
            Route("/emulator/worlds", self.list_worlds, methods=["GET"]),
            Route("/emulator/worlds", self.add_world, methods=["POST"]),
            Route(f"{world}/keys", self.add_key, methods=["POST"]),
            Route(f"{world}/truth", self.truth, methods=["GET"]),
            Route(f"{world}/truth/positions", self.positions, methods=["GET"]),
            Route(f"{world}/truth/candidates", self.candidates, methods=["GET"]),
            Route(f"{world}/faults", self.show_faults, methods=["GET"]),
            Route(f"{world}/faults", self.inject, methods=["POST"]),
            Route(f"{world}/faults", self.clear_faults, methods=["DELETE"]),
        ]

    async def show_clock(self, _request: Request) -> JSONResponse:
        """Tell the venue's now and whether it is held."""
        return self._clock()

    async def move_clock(self, request: Request) -> JSONResponse:
        """Move the clock: `advance_to` an instant, `run` on from there, or `hold` it."""
        asked = await _json(request)
        clock = self._emulation.clock
        if "advance_to" in asked:
            clock.advance_to(_instant(asked["advance_to"], "advance_to"))
        if asked.get("run") is True:
            clock.run()
        if asked.get("hold") is True:
            clock.hold()
        return self._clock()

    def _clock(self) -> JSONResponse:
        clock = self._emulation.clock
        return JSONResponse({"now": _text(clock.now()), "held": clock.held})

    async def list_worlds(self, _request: Request) -> JSONResponse:
        """List the worlds with their credentials."""
        return JSONResponse([describe(world) for world in self._emulation.worlds.values()])

    async def add_world(self, request: Request) -> JSONResponse:
        """Make a world: `seed`, `days`, `start` (a date), and `options` by venue."""
        asked = await _json(request)
        start = _instant(asked.get("start"), "start")
        seed, days = asked.get("seed"), asked.get("days")
        if type(seed) is not int or type(days) is not int:
            raise HTTPException(400, "A world needs a seed and days, both whole numbers.")
        options = asked.get("options") or {}
        if not isinstance(options, Mapping):
            raise HTTPException(400, "options is an object with a key for each venue.")
        world = self._emulation.add_world(seed, start, days, options)
        return JSONResponse(describe(world), status_code=201)

    async def add_key(self, request: Request) -> JSONResponse:
        """Make another key: `venue`, and what the venue's `add_key` takes."""
        asked = await _json(request)
        world = self._world(request)
        venues: dict[str, BinanceWorld | FireblocksWorld] = {
            "binance": world.binance,
            "fireblocks": world.fireblocks,
        }
        venue = venues.get(str(asked.pop("venue", None)))
        if venue is None:
            raise HTTPException(400, f"A key needs a venue: one of {', '.join(venues)}.")
        return JSONResponse(venue.add_key(asked), status_code=201)

    async def truth(self, request: Request) -> JSONResponse:
        """Return the events with their legs; `before` leaves out what had not begun by then."""
        world = self._world(request)
        before = request.query_params.get("before")
        until = None if before is None else _instant(before, "before")
        events = [
            _event(event, is_hidden=world.faults.is_hidden(event.event_id))
            for event in world.ledger
            if until is None or event.at < until
        ]
        return JSONResponse({**describe(world), "events": events})

    async def positions(self, request: Request) -> JSONResponse:
        """Return every cell touched before the instant `at`, with its amount then."""
        world = self._world(request)
        at = _instant(request.query_params.get("at"), "at")
        amounts = sorted(world.positions(at).items())
        return JSONResponse({"at": _text(at), "positions": [_change(*entry) for entry in amounts]})

    async def candidates(self, request: Request) -> JSONResponse:
        """Return the events that, hidden, leave a gap between the instants `from` and `to`.

        `is_whole` tells that no leg of the event lies outside.
        """
        world = self._world(request)
        begin = _instant(request.query_params.get("from"), "from")
        end = _instant(request.query_params.get("to"), "to")
        found = [
            {
                "event_id": event.event_id,
                "kind": event.kind,
                "at": _text(event.at),
                "label": event.attributes.get("label", ""),
                "is_whole": all(begin <= leg.at < end for leg in event.legs),
                "changes": [_change(*entry) for entry in sorted(changes.items())],
            }
            for event, changes in world.hideable(begin, end)
        ]
        return JSONResponse({"from": _text(begin), "to": _text(end), "candidates": found})

    async def inject(self, request: Request) -> JSONResponse:
        """Add a fault: `kind` and its parameters, as `injections` documents them."""
        asked, world = await _json(request), self._world(request)
        path = asked.get("path")
        if path is not None and not any(_begins(str(path), face) for face in self._paths):
            raise HTTPException(400, f"No face's path begins with {path!r}.")
        event_id = asked.get("event_id")
        if event_id is not None and event_id not in world.event_ids:
            raise HTTPException(400, f"No event {event_id!r} in {world.name}; see its truth.")
        world.faults.inject(asked)
        return JSONResponse({"injected": True}, status_code=201)

    async def show_faults(self, request: Request) -> JSONResponse:
        """Tell each fault as it was injected, with what is left of it and how often it struck."""
        return JSONResponse({"faults": self._world(request).faults.felt()})

    async def clear_faults(self, request: Request) -> JSONResponse:
        """Return the world to its fault-free default."""
        self._world(request).faults.clear()
        return JSONResponse({"cleared": True})

    def _world(self, request: Request) -> World:
        name = request.path_params["world"]
        if name not in self._emulation.worlds:
            raise HTTPException(404, f"No world {name!r}; GET /emulator/worlds lists them.")
        return self._emulation.worlds[name]


def application(emulation: Emulation, paths: Collection[str]) -> Starlette:
    """Make the ASGI application of the admin API; a wrong question is HTTP 400 with the reason.

    `paths` are those of all faces, with `{names}` where a segment is anything.
    """

    def refuse(_request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, HTTPException):
            return JSONResponse({"error": error.detail}, status_code=error.status_code)
        return JSONResponse({"error": str(error)}, status_code=400)

    handlers = dict.fromkeys((HTTPException, ValueError), refuse)
    return Starlette(routes=Admin(emulation, paths).routes(), exception_handlers=handlers)


def _begins(path: str, face: str) -> bool:
    """Return whether the path of a face, some segments of which may be anything, begins so."""
    *whole, last = path.split("/")
    names = face.split("/")[: len(whole) + 1]
    return (
        len(names) > len(whole)
        and all(
            name.startswith("{") or name == given for name, given in zip(names, whole, strict=False)
        )
        and (names[-1].startswith("{") or names[-1].startswith(last))
    )


def describe(world: World) -> dict[str, Any]:
    """Describe a world to who made it, credentials included."""
    return {
        "world": world.name,
        "seed": world.seed,
        "start": _text(world.start),
        "days": world.days,
        "credentials": world.credentials(),
    }


def _event(event: Event, *, is_hidden: bool) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "kind": event.kind,
        "at": _text(event.at),
        "label": event.attributes.get("label", ""),
        "attributes": event.attributes,
        "hidden": is_hidden,
        "legs": [_leg(leg) for leg in event.legs],
    }


def _leg(leg: Leg) -> dict[str, Any]:
    return {**_change(leg.cell, leg.amount), "at": _text(leg.at), "height": leg.height}


def _change(cell: Cell, amount: Decimal) -> dict[str, str]:
    return {
        "venue": cell.venue,
        "account_ref": cell.account_ref,
        "wallet": cell.wallet,
        "asset": cell.asset,
        "component": cell.component,
        "amount": f"{amount:f}",
    }


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _instant(value: object, name: str) -> datetime:
    try:
        return instant(value)
    except ValueError:
        raise HTTPException(400, f"{name} is an ISO 8601 instant, not {value!r}.") from None


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except json.JSONDecodeError:
        raise HTTPException(400, "The body is not JSON.") from None
    if not isinstance(body, Mapping):
        raise HTTPException(400, "The body is not a JSON object.")
    return dict(body)
