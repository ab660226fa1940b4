"""The HTTP faces of the emulated Binance, and their ASGI application.

Each module declares its faces in a tuple `FACES`: a new endpoint is one function and one entry.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from coinfrs_pipelines.emulator.binance import wire
from coinfrs_pipelines.emulator.binance.calls import Face, OpenFace
from coinfrs_pipelines.emulator.binance.faces import (
    account,
    capital,
    earn,
    earn_rewards,
    exchange,
    futures,
    loans,
    locked_earn,
    margin,
    margin_accounts,
    overviews,
    payments,
    snapshots,
    staking,
    trades,
    transfers,
    vanilla_options,
    wallet,
    yields,
)
from coinfrs_pipelines.emulator.binance.gate import Gate, Received
from coinfrs_pipelines.emulator.emulation import Emulation

MODULES = (
    exchange,
    account,
    snapshots,
    overviews,
    trades,
    capital,
    transfers,
    wallet,
    payments,
    earn,
    earn_rewards,
    locked_earn,
    staking,
    yields,
    loans,
    margin_accounts,
    margin,
    *(exchange, account, snapshots, overviews, trades, capital, transfers),
    *(futures, vanilla_options),
)
FACES: tuple[Face | OpenFace, ...] = tuple(face for module in MODULES for face in module.FACES)


def application(emulation: Emulation) -> ASGIApp:
    """Make the ASGI application of all Binance faces; paths are the venue's own."""
    gate = Gate(emulation, FACES)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        received = Received(
            method=request.method,
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            body=(await request.body()).decode("utf-8", "replace"),
            api_key=request.headers.get("X-MBX-APIKEY", ""),
        )
        result = gate.answer(received)
        response = Response(
            b"" if result.content is None else wire.body(result.content),
            status_code=result.status,
            headers=result.headers,
            media_type="application/json;charset=UTF-8",
        )
        await response(scope, receive, send)

    return answer
