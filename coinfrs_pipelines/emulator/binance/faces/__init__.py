"""The HTTP faces of the emulated Binance, and their ASGI application.

Each module declares its faces in a tuple `FACES`: a new endpoint is one function and one entry.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from coinfrs_pipelines.emulator.binance import wire
from coinfrs_pipelines.emulator.binance.calls import Face, OpenFace
from coinfrs_pipelines.emulator.binance.downloads import PATH as DOWNLOADS
from coinfrs_pipelines.emulator.binance.faces import (
    account,
    allocations,
    capital,
    downloads,
    dual_investments,
    earn,
    earn_rewards,
    exchange,
    futures,
    loans,
    locked_earn,
    margin,
    margin_accounts,
    nft,
    orders,
    outside,
    overviews,
    payments,
    portfolio,
    snapshots,
    staking,
    stocks,
    sub_accounts,
    trades,
    transfers,
    vanilla_options,
    wallet,
    yields,
)
from coinfrs_pipelines.emulator.binance.gate import Gate, Received
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.emulator.unanswered import Unanswered

MODULES = (
    *(exchange, account, snapshots, overviews, trades, allocations, orders, capital, transfers),
    *(sub_accounts, wallet, payments, earn, earn_rewards, locked_earn, staking, yields, loans),
    *(dual_investments, margin_accounts, margin, futures, downloads, vanilla_options, portfolio),
    *(outside, nft, stocks),
)
FACES: tuple[Face | OpenFace, ...] = tuple(face for module in MODULES for face in module.FACES)


def application(emulation: Emulation) -> ASGIApp:
    """Make the ASGI application of all Binance faces; paths are the venue's own."""
    gate = Gate(emulation, FACES)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(DOWNLOADS):
            await _fetched(emulation, scope["path"].removeprefix(DOWNLOADS))(scope, receive, send)
            return
        request = Request(scope, receive)
        received = Received(
            method=request.method,
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            body=(await request.body()).decode("utf-8", "replace"),
            api_key=request.headers.get("X-MBX-APIKEY", ""),
            origin=f"{request.url.scheme}://{request.url.netloc}",
        )
        try:
            result = gate.answer(received)
        except Unanswered as unanswered:
            await unanswered.response()(scope, receive, send)
            return
        response = Response(
            b"" if result.content is None else wire.body(result.content),
            status_code=result.status,
            headers=result.headers,
            media_type="application/json;charset=UTF-8",
        )
        await response(scope, receive, send)

    return answer


def _fetched(emulation: Emulation, token: str) -> Response:
    """Give out a file to whoever has its link, until it expires: no key, no weight."""
    now = emulation.clock.now()
    for world in emulation.worlds.values():
        body = world.binance.downloads.fetch(token, now)
        if body is not None:
            return Response(body, media_type="text/csv")
    return Response(b"", status_code=403)
