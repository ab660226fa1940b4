"""The faces of dividends, rebates, cloud mining and conversions."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance.calls import PAGE, WINDOW, Call, Face, text, whole
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP, SAPI_UID
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import (
    from_milliseconds,
    milliseconds,
    short,
    whole_second,
)

DIVIDENDS_DEFAULT, DIVIDENDS_DAYS_MAX = timedelta(days=7), 180
INTO_WALLET, OUT_OF_WALLET = 1, -1
DUST_SHOWN_MAX = 100
CONVERT_SPAN_MAX = timedelta(days=30)
REBATES_DEFAULT, REBATES_DAYS_MAX, REBATES_SHOWN = timedelta(days=7), 30, 200


def dividends(call: Call) -> Any:
    """List the newest dividends of a window; there are no pages, and `total` may be more."""
    start, end = call.window(DIVIDENDS_DEFAULT, DIVIDENDS_DAYS_MAX)
    rows = call.movements(
        "dividends",
        start,
        end,
        where=lambda movement: call.text("asset") in {None, movement.fields["asset"]},
        order="newest_first",
    )
    shown = call.answered(rows[: call.number("limit")])
    return {"rows": [_dividend(movement) for movement in shown], "total": len(rows)}


def _dividend(movement: Movement) -> dict[str, Any]:
    amount = movement.fields["amount"]
    return {
        "id": int(movement.record_id),
        "amount": short(amount.copy_abs()),
        "asset": movement.fields["asset"],
        "divTime": milliseconds(movement.at),
        "enInfo": movement.fields["info"],
        "tranId": movement.fields["tran_id"],
        "direction": INTO_WALLET if amount > 0 else OUT_OF_WALLET,
    }


def dust_conversions(call: Call) -> Any:
    """List the last conversions of dust, the newest first; without a type those of spot."""
    start, end = call.window(call.now - from_milliseconds(0))
    rows = call.movements(
        "dust_conversions",
        start,
        end,
        where=lambda _: call.text("accountType") in {None, "SPOT"},
        order="newest_first",
    )
    shown = [_dust(movement) for movement in call.answered(rows[:DUST_SHOWN_MAX])]
    return {"total": len(rows), "userAssetDribblets": shown}


def _dust(movement: Movement) -> dict[str, Any]:
    details, target = movement.fields["details"], movement.fields["target"]
    at = milliseconds(movement.at)
    # Older rows do not name it: it was always BNB.
    named = {} if target == "BNB" else {"targetAsset": target}
    return {
        "operateTime": at,
        "totalTransferedAmount": short(sum((one["net"] for one in details), Decimal(0))),
        "totalServiceChargeAmount": short(sum((one["charge"] for one in details), Decimal(0))),
        "transId": int(movement.record_id),
        "userAssetDribbletDetails": [
            {
                "transId": movement.fields["inner_id"],
                "serviceChargeAmount": short(one["charge"]),
                "amount": short(one["amount"]),
                "operateTime": at,
                "transferedAmount": short(one["net"]),
                "fromAsset": one["asset"],
                **named,
            }
            for one in details
        ],
    }


def conversions(call: Call) -> Any:
    """List conversions by the time of their order; a window that is too wide shows nothing."""
    start, end = call.window(None)
    limit = call.number("limit")

    def is_told(movement: Movement) -> bool:
        return call.options.convert_shows_pending or _has_ended(movement, call.now)

    rows = call.movements("conversions", start, end, where=is_told)
    if end - start > CONVERT_SPAN_MAX:
        rows = []
    return {
        "list": [_conversion(movement, call.now) for movement in call.answered(rows[:limit])],
        "startTime": milliseconds(start),
        "endTime": milliseconds(end),
        "limit": limit,
        "moreData": len(rows) > limit,
    }


def _has_ended(movement: Movement, now: datetime) -> bool:
    ended_at: datetime = movement.fields["ended_at"]
    return ended_at < now


def _conversion(movement: Movement, now: datetime) -> dict[str, Any]:
    fields = movement.fields
    status = "FAIL" if fields["is_failed"] else "SUCCESS"
    ratio = fields["received"] / fields["amount"]
    return {
        "quoteId": fields["quote_id"],
        "orderId": int(movement.record_id),
        "orderStatus": status if _has_ended(movement, now) else "PROCESS",
        "fromAsset": fields["source"],
        "fromAmount": short(fields["amount"]),
        "toAsset": fields["target"],
        "toAmount": short(fields["received"]),
        "ratio": f"{ratio:.8f}",
        "inverseRatio": f"{1 / ratio:.8f}",
        "createTime": milliseconds(movement.at),
    }


def rebates(call: Call) -> Any:
    """List rebates, without ids, in pages of a size that nobody can ask for."""
    start, end = call.window(REBATES_DEFAULT, REBATES_DAYS_MAX)
    rows = call.movements("rebates", start, end, at=_told_second)
    number = call.number("page")
    return {
        "status": "OK",
        "type": "GENERAL",
        "code": "000000000",
        "data": {
            "page": number,
            "totalRecords": len(rows),
            "totalPageNum": -(-len(rows) // REBATES_SHOWN),
            "data": [
                {
                    "asset": movement.fields["asset"],
                    "type": movement.fields["type"],
                    "amount": short(movement.fields["amount"]),
                    "updateTime": milliseconds(whole_second(movement.at)),
                }
                for movement in call.paged(rows, number, REBATES_SHOWN)
            ],
        },
    }


def _told_second(movement: Movement) -> datetime:
    return whole_second(movement.at)


def cloud_mining(call: Call) -> Any:
    """List payments for cloud mining and refunds; unlike everywhere else endTime is exclusive."""
    start, end = call.window(None)
    rows = call.movements(
        "cloud_mining",
        start,
        end - timedelta(milliseconds=1),
        at=_told_second,
        where=lambda movement: (
            call.text("asset") in {None, movement.fields["asset"]}
            and call.whole("tranId") in {None, int(movement.record_id)}
        ),
        order="newest_first",
    )
    return {
        "total": len(rows),
        "rows": [
            {
                "createTime": milliseconds(whole_second(movement.at)),
                "tranId": int(movement.record_id),
                "type": movement.fields["type"],
                "asset": movement.fields["asset"],
                "amount": short(movement.fields["amount"]),
                "status": "S",
            }
            for movement in call.paged(rows, call.number("current"), call.number("size"))
        ],
    }


BOTH_TIMES = (whole("startTime", mandatory=True), whole("endTime", mandatory=True))
FACES = (
    Face(
        "GET",
        "/sapi/v1/asset/assetDividend",
        dividends,
        SAPI_IP,
        10,
        (text("asset"), *WINDOW, whole("limit", 20, at_least=1, at_most=500)),
    ),
    Face(
        "GET",
        "/sapi/v1/asset/dribblet",
        dust_conversions,
        SAPI_IP,
        1,
        (text("accountType", one_of=("SPOT", "MARGIN")), *WINDOW),
    ),
    Face(
        "GET",
        "/sapi/v1/convert/tradeFlow",
        conversions,
        SAPI_UID,
        3_000,
        (*BOTH_TIMES, whole("limit", 100, at_least=1, at_most=1_000)),
    ),
    Face(
        "GET",
        "/sapi/v1/rebate/taxQuery",
        rebates,
        SAPI_UID,
        12_000,
        (*WINDOW, whole("page", 1, at_least=1)),
        keys="master",
    ),
    Face(
        "GET",
        "/sapi/v1/asset/ledger-transfer/cloud-mining/queryByPage",
        cloud_mining,
        SAPI_UID,
        600,
        (*BOTH_TIMES, whole("tranId"), text("clientTranId"), text("asset"), *PAGE),
    ),
)
