"""The face of orders of collectibles."""

from datetime import datetime, timedelta
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.authoring.nft import INCOMING, KIND
from coinfrs_pipelines.emulator.binance.calls import WINDOW, Call, Face, whole
from coinfrs_pipelines.emulator.binance.limits import SAPI_UID
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import milliseconds, padded, whole_second

DAYS_DEFAULT, DAYS_MAX = timedelta(days=7), 90


def transactions(call: Call) -> Any:
    """List the orders of one kind."""
    order_type = call.number("orderType")
    if order_type not in INCOMING:
        raise refusals.invalid("orderType")
    start, end = call.window(DAYS_DEFAULT, DAYS_MAX)
    rows = call.movements(
        KIND, start, end, at=_told_second, where=lambda m: m.fields["order_type"] == order_type
    )
    return {
        "total": len(rows),
        "list": [
            {
                "orderNo": movement.record_id,
                "tokens": [
                    {
                        "network": "BSC",
                        "tokenId": movement.record_id.partition("_")[2],
                        "contractAddress": "MYSTERY_BOX0000087",
                    }
                ],
                "tradeTime": milliseconds(_told_second(movement)),
                "tradeAmount": padded(movement.fields["amount"]),
                "tradeCurrency": movement.fields["currency"],
            }
            for movement in call.paged(rows, call.number("page"), call.number("limit"))
        ],
    }


def _told_second(movement: Movement) -> datetime:
    return whole_second(movement.at)


FACES = (
    Face(
        "GET",
        "/sapi/v1/nft/history/transactions",
        transactions,
        SAPI_UID,
        3_000,
        (
            whole("orderType", mandatory=True),
            *WINDOW,
            whole("limit", 50, at_least=1, at_most=50),
            whole("page", 1, at_least=1),
        ),
    ),
)
