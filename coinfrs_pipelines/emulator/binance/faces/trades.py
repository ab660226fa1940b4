"""The face of spot fills."""

from bisect import bisect_left
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.calls import WINDOW, Call, Face, text, whole
from coinfrs_pipelines.emulator.binance.limits import SPOT
from coinfrs_pipelines.emulator.binance.market import SYMBOLS
from coinfrs_pipelines.emulator.binance.records import Trade
from coinfrs_pipelines.emulator.binance.wire import milliseconds, padded, short

HOURS_MAX = 24
# What may be sent beside the symbol and the limit.
COMBINATIONS = (
    frozenset[str](),
    frozenset({"orderId"}),
    frozenset({"startTime"}),
    frozenset({"endTime"}),
    frozenset({"fromId"}),
    frozenset({"startTime", "endTime"}),
    frozenset({"orderId", "fromId"}),
)


def my_trades(call: Call) -> Any:
    """List the account's fills of one symbol, oldest first.

    `fromId` and `startTime` begin there; without them the most recent ones are given.
    """
    if call.text("symbol") not in SYMBOLS:
        raise refusals.invalid_symbol()
    sent = frozenset({"orderId", "startTime", "endTime", "fromId"} & set(call.arguments))
    if sent not in COMBINATIONS:
        raise refusals.bad_combination()
    if {"startTime", "endTime"} <= sent:
        start, end = call.number("startTime"), call.number("endTime")
        if start > end:
            raise refusals.start_after_end()
        if timedelta(milliseconds=end - start) > timedelta(hours=HOURS_MAX):
            raise refusals.too_long(HOURS_MAX)
    trades = sorted(
        (trade for trade in call.world.history.trades if _is_asked_for(call, trade)),
        key=lambda trade: trade.trade_id,
    )
    limit = call.number("limit")
    first_id = call.whole("fromId")
    if first_id:
        begin = bisect_left(trades, first_id, key=lambda trade: trade.trade_id)
        trades = trades[max(0, begin - call.rows_repeated(limit)) :]
    if sent & {"fromId", "startTime"}:
        rows = list(islice(call.shown(trades), limit))
    else:
        rows = list(islice(call.shown(reversed(trades)), limit))[::-1]
    return [_row(trade) for trade in call.answered(rows)]


def _is_asked_for(call: Call, trade: Trade) -> bool:
    bounds: tuple[tuple[str, Callable[[int], bool]], ...] = (
        ("orderId", lambda bound: trade.order_id == bound),
        ("startTime", lambda bound: milliseconds(trade.at) >= bound),
        ("endTime", lambda bound: milliseconds(trade.at) <= bound),
    )
    return (
        trade.uid == call.account.uid
        and trade.symbol == call.text("symbol")
        and trade.at < call.now
        and all(
            is_within(value)
            for name, is_within in bounds
            if (value := call.whole(name)) is not None
        )
    )


def _row(trade: Trade) -> dict[str, Any]:
    return {
        "symbol": trade.symbol,
        "id": trade.trade_id,
        "orderId": trade.order_id,
        "orderListId": -1,
        "price": padded(trade.price),
        "qty": padded(trade.qty),
        # The official sample has no trailing zeros here.
        "quoteQty": short(trade.quote_qty),
        "commission": padded(trade.commission),
        "commissionAsset": trade.commission_asset,
        "time": milliseconds(trade.at),
        "isBuyer": trade.is_buyer,
        "isMaker": trade.is_maker,
        "isBestMatch": True,
    }


FACES = (
    Face(
        "GET",
        "/api/v3/myTrades",
        my_trades,
        SPOT,
        20,
        (
            text("symbol", mandatory=True),
            whole("orderId"),
            *WINDOW,
            whole("fromId"),
            whole("limit", 500, at_least=1, at_most=1_000),
        ),
        weight_with=("orderId", 5),
    ),
)
