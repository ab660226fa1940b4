"""The faces of flexible earn: its positions, and the histories of what went in and out.

A history without times is that of the last 30 days; with one time it is that of the 30 days after
the start or before the end.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.authoring.earn import REDEMPTIONS, SUBSCRIPTIONS
from coinfrs_pipelines.emulator.binance.calls import PAGE, WINDOW, Call, Face, Row, text
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import (
    Number,
    from_milliseconds,
    milliseconds,
    padded,
    short,
)

DAYS_MAX = 30
SPAN = timedelta(days=DAYS_MAX)
DESTINATIONS = {"spot": "SPOT", "funding": "FUND"}
RATE = Decimal("0.02599895")


def product_id(asset: str) -> str:
    """Return the one flexible product of an asset."""
    return f"{asset}001"


def flexible_positions(call: Call) -> Any:
    """List the positions of flexible earn; one that was redeemed whole is gone."""
    holdings = call.world.holdings(call.account.uid, "earn_flexible", call.now)
    rows = [
        {
            "totalAmount": padded(holding.balance - holding.locked),
            "tierAnnualPercentageRate": {
                "0-5BTC": Number(Decimal("0.05")),
                "5-10BTC": Number(Decimal("0.03")),
            },
            "latestAnnualPercentageRate": padded(RATE),
            "yesterdayAirdropPercentageRate": padded(Decimal(0)),
            "asset": asset,
            "airDropAsset": "",
            "canRedeem": True,
            "collateralAmount": padded(holding.locked),
            "productId": product_id(asset),
            "yesterdayRealTimeRewards": padded(Decimal(0)),
            "cumulativeBonusRewards": padded(Decimal(0)),
            "cumulativeRealTimeRewards": padded(Decimal(0)),
            "cumulativeTotalRewards": padded(Decimal(0)),
            "autoSubscribe": True,
        }
        for asset, holding in holdings.items()
        if holding.balance
        and call.text("asset") in {None, asset}
        and call.text("productId") in {None, product_id(asset)}
    ]
    return {"rows": page_of(call, rows), "total": len(rows)}


def history(call: Call, kind: str, id_name: str = "") -> tuple[list[Movement], int]:
    """Return a page of the account's records of a kind, and how many there are in its window."""
    rows = listed(call, kind, lambda movement: call.text(id_name) in {None, movement.record_id})
    return page_of(call, rows), len(rows)


def page_of(call: Call, rows: list[Row]) -> list[Row]:
    """Return the page that is asked for."""
    return call.paged(rows, call.number("current"), call.number("size"))


def listed(
    call: Call, kind: str, where: Callable[[Movement], bool] = lambda _: True
) -> list[Movement]:
    """Return the account's records of a kind in the window, of the asset that is asked for."""
    start, end = call.whole("startTime"), call.whole("endTime")
    if start is not None and end is None:
        starts_at = from_milliseconds(start)
        window = starts_at, starts_at + SPAN
    else:
        window = call.window(SPAN, DAYS_MAX, too_wide=refusals.query_range_too_large)
    return call.movements(
        kind,
        *window,
        where=lambda movement: (
            call.text("asset") in {None, movement.fields["asset"]}
            and call.text("productId") in {None, product_id(movement.fields["asset"])}
            and where(movement)
        ),
    )


def flexible_subscriptions(call: Call) -> Any:
    """List what went into flexible earn."""
    page, total = history(call, SUBSCRIPTIONS, "purchaseId")
    return {
        "rows": [
            {
                "amount": padded(movement.fields["amount"]),
                "asset": movement.fields["asset"],
                "time": milliseconds(movement.at),
                "purchaseId": int(movement.record_id),
                "productId": product_id(movement.fields["asset"]),
                "type": "AUTO" if movement.fields["is_automatic"] else "NORMAL",
                "sourceAccount": "SPOT",
                "amtFromSpot": short(movement.fields["from_spot"]),
                "amtFromFunding": short(movement.fields["from_funding"]),
                "status": "SUCCESS" if movement.fields["is_successful"] else "FAILED",
            }
            for movement in page
        ],
        "total": total,
    }


def flexible_redemptions(call: Call) -> Any:
    """List what went out of flexible earn; when it was paid is told by no field."""
    page, total = history(call, REDEMPTIONS, "redeemId")
    return {
        "rows": [
            {
                "amount": padded(movement.fields["amount"]),
                "asset": movement.fields["asset"],
                "time": milliseconds(movement.at),
                "projectId": product_id(movement.fields["asset"]),
                "redeemId": int(movement.record_id),
                "destAccount": DESTINATIONS[movement.fields["target"]],
                "status": _redemption_status(call, movement),
            }
            for movement in page
        ],
        "total": total,
    }


def _redemption_status(call: Call, movement: Movement) -> str:
    if not movement.fields["is_successful"]:
        return "FAILED"
    return "PAID" if movement.fields["paid_at"] < call.now else "PROCESSING"


PRODUCT = (text("productId"), text("asset"))
HISTORY = (*PRODUCT, *WINDOW, *PAGE)
FLEXIBLE = "/sapi/v1/simple-earn/flexible"
FACES = (
    Face("GET", f"{FLEXIBLE}/position", flexible_positions, SAPI_IP, 150, (*PRODUCT, *PAGE)),
    Face(
        "GET",
        f"{FLEXIBLE}/history/subscriptionRecord",
        flexible_subscriptions,
        SAPI_IP,
        150,
        (text("purchaseId"), *HISTORY),
    ),
    Face(
        "GET",
        f"{FLEXIBLE}/history/redemptionRecord",
        flexible_redemptions,
        SAPI_IP,
        150,
        (text("redeemId"), *HISTORY),
    ),
)
