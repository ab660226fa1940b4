"""The faces of orders of stocks and of conversions into their tokens."""

from typing import Any

from coinfrs_pipelines.emulator.binance.authoring.stocks import CONVERSIONS, FEE, ORDERS, QUOTE
from coinfrs_pipelines.emulator.binance.calls import WINDOW, Call, Face, text, whole
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import from_milliseconds, milliseconds, short

NOTHING_FILLED = "0"


def orders(call: Call) -> Any:
    """List orders by when they were made, newest first."""
    start, end = call.window(None)
    wanted = (call.text("orderStatus") or "").split(",")
    rows = call.movements(
        ORDERS,
        start,
        end,
        where=lambda m: (
            call.text("symbol") in {None, m.fields["stock"]}
            and call.text("side") in {None, "BUY"}
            and call.text("orderType") in {None, "LIMIT"}
            and (wanted == [""] or _status(call, m) in wanted)
        ),
        order="newest_first",
    )
    page = call.paged(rows, call.number("current"), call.number("size"))
    return {
        "total": len(rows),
        "page": call.number("current"),
        "size": call.number("size"),
        "rows": [_order(call, movement) for movement in page],
    }


def _status(call: Call, movement: Movement) -> str:
    return str(movement.fields["end"]) if movement.fields["ended_at"] < call.now else "ACCEPTED"


def _order(call: Call, movement: Movement) -> dict[str, Any]:
    fields, status = movement.fields, _status(call, movement)
    is_filled, has_ended = status == "FILLED", fields["ended_at"] < call.now
    return {
        "orderId": movement.record_id,
        "symbol": fields["stock"],
        "quote": QUOTE,
        "side": "BUY",
        "orderType": "LIMIT",
        "limitPrice": short(fields["price"]),
        "avgFilledPrice": short(fields["price"]) if is_filled else None,
        "qty": short(fields["quantity"]),
        "notional": None,
        "filledQty": short(fields["quantity"]) if is_filled else NOTHING_FILLED,
        "filledTotal": None,
        "fee": short(FEE) if is_filled else NOTHING_FILLED,
        "session": "RTH",
        "status": status,
        "createdAt": milliseconds(movement.at),
        # An open order has not been changed since it was made.
        "updatedAt": milliseconds(fields["ended_at"] if has_ended else movement.at),
    }


def conversions(call: Call) -> Any:
    """List conversions, newest first; the last id of an answer leads to the next."""
    start, end = call.window(call.now - from_milliseconds(0))
    last = call.whole("lastId")
    rows = call.movements(
        CONVERSIONS,
        start,
        end,
        where=lambda m: last is None or int(m.record_id) < last,
        order="newest_first",
    )
    shown = rows[: call.number("size")]
    told = call.answered(shown)
    return {
        "rows": [
            {
                "underlyingAsset": movement.fields["stock"],
                "underlyingAssetAmount": short(movement.fields["amount"]),
                "tokenizedAsset": f"{movement.fields['stock']}B",
                "tokenizedAssetAmount": short(movement.fields["amount"]),
                "issuerRequestId": f"ir-{movement.record_id}",
                "convertType": movement.fields["type"],
                "status": movement.fields["status"],
                "createdAt": milliseconds(movement.at),
                "updatedAt": milliseconds(movement.at),
            }
            for movement in told
        ],
        "hasMore": len(rows) > len(shown),
        "nextLastId": int(shown[-1].record_id) if shown else None,
    }


SIZE = whole("size", 20, at_least=1, at_most=100)
FACES = (
    Face(
        "GET",
        "/sapi/v1/equity/order/history",
        orders,
        SAPI_IP,
        1,
        (
            whole("startTime", mandatory=True),
            whole("endTime", mandatory=True),
            text("symbol"),
            text("orderType", one_of=("MARKET", "LIMIT")),
            text("side", one_of=("BUY", "SELL")),
            text("orderStatus"),
            whole("current", 1, at_least=1),
            SIZE,
        ),
    ),
    Face(
        "GET",
        "/sapi/v1/equity/tokenized/history",
        conversions,
        SAPI_IP,
        1,
        (*WINDOW, whole("lastId"), SIZE),
    ),
)
