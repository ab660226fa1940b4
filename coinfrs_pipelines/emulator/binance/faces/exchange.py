"""The faces that need no signature: the venue's time, its symbols, and which of them will go."""

import json
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.calls import OpenCall, OpenFace, text
from coinfrs_pipelines.emulator.binance.limits import DAPI, EAPI, FAPI, SAPI_IP, SPOT
from coinfrs_pipelines.emulator.binance.market import DELISTINGS, SYMBOLS, Symbol
from coinfrs_pipelines.emulator.binance.wire import milliseconds

# Pairs with one of these permissions are listed when none is asked for.
LISTED_PERMISSIONS = frozenset({"SPOT", "MARGIN", "LEVERAGED"})
# Whose orders the venue may split over several symbols.
SMART_ROUTED = {"baseAsset": "BTC", "symbols": ["BTCUSDT", "BTCUSDC"]}
# Groups of accounts that pairs may be opened for, whether one of ours is or not.
PERMISSION_GROUPS = frozenset(f"TRD_GRP_{number:03}" for number in range(2, 26))


def server_time(call: OpenCall) -> Any:
    """Tell the venue's time; a skewed clock only tells it wrongly."""
    skewed = call.now
    for faults in call.faults:
        skewed += faults.takes_skew()
    return {"serverTime": milliseconds(skewed)}


def exchange_info(call: OpenCall) -> Any:
    """List the symbols that are opened for what is asked for, or those that are named."""
    return {
        "timezone": "UTC",
        "serverTime": milliseconds(call.now),
        "rateLimits": [
            {
                "rateLimitType": "REQUEST_WEIGHT",
                "interval": "MINUTE",
                "intervalNum": 1,
                "limit": call.limits.limit(SPOT),
            }
        ],
        "exchangeFilters": [],
        "symbols": [
            _symbol(symbol, with_sets=call.text("showPermissionSets") != "false")
            for symbol in _asked_for(call)
        ],
        "sors": [SMART_ROUTED],
    }


def delist_schedule(call: OpenCall) -> Any:
    """List the delistings to come."""
    return [
        {"delistTime": milliseconds(at), "symbols": list(symbols)}
        for at, symbols in sorted(DELISTINGS.items())
        if at >= call.now
    ]


def _asked_for(call: OpenCall) -> list[Symbol]:
    one, several = call.text("symbol"), call.text("symbols")
    permissions, status = call.text("permissions"), call.text("symbolStatus")
    if (one or several) and (permissions or status or (one and several)):
        raise refusals.bad_combination()
    names = [one] if one else _texts("symbols", several) if several else list(SYMBOLS)
    if not set(names) <= set(SYMBOLS):
        raise refusals.invalid_symbol()
    wanted = LISTED_PERMISSIONS
    if permissions is not None:
        wanted = frozenset(_texts("permissions", permissions))
        if not wanted <= LISTED_PERMISSIONS | PERMISSION_GROUPS:
            raise refusals.invalid("permissions")
    return [
        symbol
        for symbol in (SYMBOLS[name] for name in names)
        if status in {None, symbol.status}
        and (one or several or not wanted.isdisjoint(symbol.permissions))
    ]


def _texts(name: str, value: str) -> list[str]:
    """Read a parameter that is one text or a JSON list of texts."""
    if not value.startswith("["):
        return [value]
    try:
        texts = json.loads(value)
    except json.JSONDecodeError:
        raise refusals.illegal(name, '^\\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}")*\\]$') from None
    return [str(entry) for entry in texts]


def _symbol(symbol: Symbol, *, with_sets: bool) -> dict[str, Any]:
    return {
        "symbol": symbol.name,
        "status": symbol.status,
        "baseAsset": symbol.base,
        "baseAssetPrecision": 8,
        "quoteAsset": symbol.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "opoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "pegInstructionsAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": "0.00000001",
                "maxPrice": "1000000.00000000",
                "tickSize": "0.00000001",
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": "0.00000001",
                "maxQty": "9000000.00000000",
                "stepSize": "0.00000001",
            },
        ],
        "permissions": [],
        "permissionSets": [list(symbol.permissions)] if with_sets else [],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
    }


FACES = (
    OpenFace("GET", "/api/v3/time", server_time, SPOT, 1),
    OpenFace("GET", "/fapi/v1/time", server_time, FAPI, 1),
    OpenFace("GET", "/dapi/v1/time", server_time, DAPI, 1),
    OpenFace("GET", "/eapi/v1/time", server_time, EAPI, 1),
    OpenFace("GET", "/sapi/v1/spot/delist-schedule", delist_schedule, SAPI_IP, 100, needs_key=True),
    OpenFace(
        "GET",
        "/api/v3/exchangeInfo",
        exchange_info,
        SPOT,
        20,
        (
            text("symbol"),
            text("symbols"),
            text("permissions"),
            text("showPermissionSets", one_of=("true", "false")),
            text("symbolStatus", one_of=("TRADING", "HALT", "BREAK")),
        ),
    ),
)
