"""The face of dual investments: every position there ever was, and how it stands."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from coinfrs_pipelines.emulator.binance.authoring.dual_investments import APR, KIND
from coinfrs_pipelines.emulator.binance.calls import Call, Face, text, whole
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import EPOCH, milliseconds, short

STATUSES = (
    *("PENDING", "PURCHASE_SUCCESS", "SETTLED", "PURCHASE_FAIL", "REFUNDING", "REFUND_SUCCESS"),
    "SETTLING",
)


def positions(call: Call) -> Any:
    """List the positions, of one status or of all, newest first."""
    wanted = call.text("status")
    rows = call.movements(
        KIND,
        EPOCH,
        call.now,
        where=lambda movement: wanted in {None, _status(call, movement)},
        order="newest_first",
    )
    page = call.paged(rows, call.number("pageIndex"), call.number("pageSize"))
    return {"total": len(rows), "list": [_row(call, movement) for movement in page]}


def _status(call: Call, movement: Movement) -> str:
    fields = movement.fields
    if fields["decided_at"] >= call.now:
        return "PENDING"
    if not fields["is_successful"]:
        return "PURCHASE_FAIL"
    if fields["is_refunded"]:
        return "REFUNDING" if fields["ended_at"] >= call.now else "REFUND_SUCCESS"
    if fields["settles_at"] >= call.now:
        return "PURCHASE_SUCCESS"
    return "SETTLING" if fields["ended_at"] >= call.now else "SETTLED"


def _row(call: Call, movement: Movement) -> Mapping[str, Any]:
    fields = movement.fields
    return {
        "id": movement.record_id,
        "investCoin": fields["invested"],
        "exercisedCoin": fields["exercised"],
        "subscriptionAmount": short(fields["amount"]),
        "strikePrice": short(fields["strike"]),
        "duration": fields["days"],
        "settleDate": milliseconds(fields["settles_at"]),
        "purchaseStatus": _status(call, movement),
        "apr": short(APR),
        "orderId": int(movement.record_id),
        "purchaseEndTime": milliseconds(fields["settles_at"] - timedelta(hours=1)),
        "optionType": "PUT" if fields["is_put"] else "CALL",
        "autoCompoundPlan": "NULL",
        "subscriptionTime": milliseconds(movement.at),
    }


FACES = (
    Face(
        "GET",
        "/sapi/v1/dci/product/positions",
        positions,
        SAPI_IP,
        1,
        (
            text("status", one_of=STATUSES),
            whole("pageSize", 10, at_least=1, at_most=100),
            whole("pageIndex", 1, at_least=1),
        ),
    ),
)
