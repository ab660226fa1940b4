"""The faces of spot orders: all of an account in a symbol, and what was prevented of one.

Orders are put together from what they filled, what was allocated to them and what was prevented of
them; one that did nothing of it is not there. What an open order locks is not shown as locked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.authoring.prevented import PREVENTED
from coinfrs_pipelines.emulator.binance.calls import WINDOW, Call, Face, text, whole
from coinfrs_pipelines.emulator.binance.limits import SPOT
from coinfrs_pipelines.emulator.binance.market import SYMBOLS
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import EPOCH, milliseconds, padded

HOURS_MAX = 24
# The group of a world's accounts that are of one.
TRADE_GROUP_ID = 7
# What may be sent beside the symbol and the limit; a match may be asked for by its own id alone.
COMBINATIONS = (
    frozenset({"preventedMatchId"}),
    frozenset({"orderId"}),
    frozenset({"orderId", "fromPreventedMatchId"}),
)


@dataclass
class Order:
    """An order as far as it has come."""

    order_id: int
    is_buyer: bool
    price: Decimal
    placed_at: datetime
    updated_at: datetime
    quantity: Decimal
    executed: Decimal = Decimal(0)
    quote: Decimal = Decimal(0)
    prevented: Decimal = Decimal(0)
    match_id: int | None = None
    ends_at: datetime | None = None


def all_orders(call: Call) -> Any:
    """List the orders of one symbol by their ids; without an id the most recent ones."""
    if call.text("symbol") not in SYMBOLS:
        raise refusals.invalid_symbol()
    start, end = call.whole("startTime"), call.whole("endTime")
    if start is not None and end is not None:
        if start > end:
            raise refusals.start_after_end()
        if timedelta(milliseconds=end - start) > timedelta(hours=HOURS_MAX):
            raise refusals.too_long(HOURS_MAX)
    first_id = call.whole("orderId")
    orders = [
        order
        for order in sorted(_orders(call).values(), key=lambda order: order.order_id)
        if (first_id or 0) <= order.order_id
        and (start is None or start <= milliseconds(order.placed_at))
        and (end is None or milliseconds(order.placed_at) <= end)
    ]
    limit = call.number("limit")
    rows = orders[-limit:] if first_id is None and start is None else orders[:limit]
    return [_row(call, order) for order in rows]


def my_prevented_matches(call: Call) -> Any:
    """List what was prevented of one order, oldest first, or one match by its id."""
    if call.text("symbol") not in SYMBOLS:
        raise refusals.invalid_symbol()
    names = {"preventedMatchId", "orderId", "fromPreventedMatchId"}
    if frozenset(names & set(call.arguments)) not in COMBINATIONS:
        raise refusals.bad_combination()
    order_id, match_id = call.whole("orderId"), call.whole("preventedMatchId")
    first_id = call.whole("fromPreventedMatchId") or 0
    matches = [
        match
        for match in _matches(call)
        if order_id in {None, match.fields["order_id"]}
        and match_id in {None, match.fields["match_id"]}
        and match.fields["match_id"] >= first_id
    ]
    return [_match(match) for match in call.answered(matches[: call.number("limit")])]


def _matches(call: Call) -> list[Movement]:
    return call.movements(
        PREVENTED,
        EPOCH,
        call.now,
        where=lambda movement: movement.fields["symbol"] == call.text("symbol"),
        order="oldest_first",
    )


def _orders(call: Call) -> dict[int, Order]:
    """Return the orders of the symbol, as their records have made them so far."""
    orders: dict[int, Order] = {}
    for order_id, is_buyer, price, quantity, quote, at in sorted(
        _filled(call), key=lambda fill: fill[-1]
    ):
        order = orders.setdefault(
            order_id, Order(order_id, is_buyer, price, at, at, quantity=Decimal(0))
        )
        order.quantity += quantity
        order.executed += quantity
        order.quote += quote
        order.updated_at = at
    for match in _matches(call):
        fields = match.fields
        order = orders.setdefault(
            fields["order_id"],
            Order(
                fields["order_id"],
                fields["is_buyer"],
                fields["price"],
                fields["placed_at"],
                match.at,
                fields["order_quantity"],
                ends_at=fields["ends_at"],
            ),
        )
        order.prevented += fields["quantity"]
        order.match_id = fields["match_id"]
        order.updated_at = match.at
    return orders


def _filled(call: Call) -> Iterator[tuple[int, bool, Decimal, Decimal, Decimal, datetime]]:
    """Yield order, side, price, base, quote and instant of each fill and allocation."""
    trades = (
        trade
        for trade in call.world.history.trades
        if trade.uid == call.account.uid
        and trade.symbol == call.text("symbol")
        and trade.at < call.now
    )
    for trade in call.shown(trades):
        yield (
            *(trade.order_id, trade.is_buyer, trade.price, trade.qty, trade.quote_qty),
            trade.at,
        )
    for each in call.movements("allocations", EPOCH, call.now, order="oldest_first"):
        fields = each.fields
        if fields["symbol"] == call.text("symbol"):
            yield (
                *(fields["order_id"], fields["is_buyer"], fields["price"], fields["quantity"]),
                *(fields["quote"], each.at),
            )


def _row(call: Call, order: Order) -> dict[str, Any]:
    if not order.prevented:
        status = "FILLED"
    elif order.prevented == order.quantity:
        status = "EXPIRED_IN_MATCH"
    else:
        is_open = order.ends_at is not None and call.now <= order.ends_at
        status = "NEW" if is_open else "CANCELED"
    prevented = (
        {"preventedMatchId": order.match_id, "preventedQuantity": padded(order.prevented)}
        if order.prevented
        else {}
    )
    return {
        "symbol": call.text("symbol"),
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": f"web_{order.order_id}",
        "price": padded(order.price),
        "origQty": padded(order.quantity),
        "executedQty": padded(order.executed),
        "origQuoteOrderQty": padded(Decimal(0)),
        "cummulativeQuoteQty": padded(order.quote),
        "status": status,
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY" if order.is_buyer else "SELL",
        "stopPrice": padded(Decimal(0)),
        "icebergQty": padded(Decimal(0)),
        "time": milliseconds(order.placed_at),
        "updateTime": milliseconds(order.updated_at),
        "isWorking": True,
        "workingTime": milliseconds(order.placed_at),
        "selfTradePreventionMode": "TRANSFER" if order.prevented else "EXPIRE_MAKER",
        **prevented,
    }


def _match(match: Movement) -> dict[str, Any]:
    fields = match.fields
    return {
        "symbol": fields["symbol"],
        "preventedMatchId": fields["match_id"],
        "takerOrderId": fields["taker_order_id"],
        "makerSymbol": fields["symbol"],
        "makerOrderId": fields["maker_order_id"],
        "tradeGroupId": TRADE_GROUP_ID,
        "selfTradePreventionMode": "TRANSFER",
        "price": padded(fields["price"]),
        "takerPreventedQuantity": padded(fields["quantity"]),
        "makerPreventedQuantity": padded(fields["quantity"]),
        "transactTime": milliseconds(match.at),
    }


FACES = (
    Face(
        "GET",
        "/api/v3/allOrders",
        all_orders,
        SPOT,
        20,
        (
            text("symbol", mandatory=True),
            whole("orderId"),
            *WINDOW,
            whole("limit", 500, at_least=1, at_most=1_000),
        ),
    ),
    Face(
        "GET",
        "/api/v3/myPreventedMatches",
        my_prevented_matches,
        SPOT,
        20,
        (
            text("symbol", mandatory=True),
            whole("preventedMatchId"),
            whole("orderId"),
            whole("fromPreventedMatchId"),
            whole("limit", 500, at_least=1, at_most=1_000),
        ),
        weight_with=("preventedMatchId", 2),
    ),
)
