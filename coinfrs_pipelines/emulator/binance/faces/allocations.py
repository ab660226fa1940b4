"""The face of what smart order routing allocated: fills that the list of trades leaves out."""

from datetime import timedelta
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.calls import WINDOW, Call, Face, text, whole
from coinfrs_pipelines.emulator.binance.limits import SPOT
from coinfrs_pipelines.emulator.binance.market import SYMBOLS
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import milliseconds, padded

HOURS_MAX = 24
# Longer ago than any world begins.
ALWAYS = timedelta(days=3_650)
# What may be sent beside the symbol and the limit.
COMBINATIONS = (
    frozenset[str](),
    frozenset({"startTime"}),
    frozenset({"endTime"}),
    frozenset({"startTime", "endTime"}),
    frozenset({"fromAllocationId"}),
    frozenset({"orderId"}),
    frozenset({"orderId", "fromAllocationId"}),
)


def my_allocations(call: Call) -> Any:
    """List the allocations of one symbol, oldest first; only up to `endTime` the newest."""
    if call.text("symbol") not in SYMBOLS:
        raise refusals.invalid_symbol()
    sent = frozenset({"orderId", "startTime", "endTime", "fromAllocationId"} & set(call.arguments))
    if sent not in COMBINATIONS:
        raise refusals.bad_combination()
    start, end = call.window(ALWAYS)
    if {"startTime", "endTime"} <= sent and end - start > timedelta(hours=HOURS_MAX):
        raise refusals.too_long(HOURS_MAX)
    first_id, order_id = call.whole("fromAllocationId") or 0, call.whole("orderId")
    rows = call.movements(
        "allocations",
        start,
        end,
        where=lambda m: (
            m.fields["symbol"] == call.text("symbol")
            and m.fields["allocation_id"] >= first_id
            and order_id in {None, m.fields["order_id"]}
        ),
        order="oldest_first",
    )
    limit = call.number("limit")
    rows = rows[-limit:] if sent == {"endTime"} else rows[:limit]
    return [_row(movement) for movement in call.answered(rows)]


def _row(movement: Movement) -> dict[str, Any]:
    fields = movement.fields
    return {
        "symbol": fields["symbol"],
        "allocationId": fields["allocation_id"],
        "allocationType": "SOR",
        "orderId": fields["order_id"],
        "orderListId": -1,
        "price": padded(fields["price"]),
        "qty": padded(fields["quantity"]),
        "quoteQty": padded(fields["quote"]),
        "commission": padded(fields["commission"]),
        "commissionAsset": fields["commission_asset"],
        "time": milliseconds(movement.at),
        "isBuyer": fields["is_buyer"],
        "isMaker": False,
        "isAllocator": False,
    }


FACES = (
    Face(
        "GET",
        "/api/v3/myAllocations",
        my_allocations,
        SPOT,
        20,
        (
            text("symbol", mandatory=True),
            *WINDOW,
            whole("fromAllocationId"),
            whole("orderId"),
            whole("limit", 500, at_least=1, at_most=1_000),
        ),
    ),
)
