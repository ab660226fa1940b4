"""The faces of locked earn: its positions, and the histories of what went in and out."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance.authoring.locked_earn import REDEMPTIONS, SUBSCRIPTIONS
from coinfrs_pipelines.emulator.binance.calls import PAGE, Call, Face, text
from coinfrs_pipelines.emulator.binance.faces.earn import HISTORY, history, page_of
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import milliseconds, padded, short

NOTHING = Decimal(0)


def project_id(movement: Movement) -> str:
    """Return the product that a record is of."""
    return f"{movement.fields['asset']}*{movement.fields['days']}"


def positions(call: Call) -> Any:
    """List the positions of which something is left: each subscription is one of its own."""
    taken: dict[int, Decimal] = {}
    history_of = call.world.history.of_kind
    for redemption in history_of(REDEMPTIONS):
        if redemption.at < call.now:
            key = redemption.fields["position_id"]
            taken[key] = taken.get(key, NOTHING) + redemption.fields["taken"]
    rows = []
    for movement in history_of(SUBSCRIPTIONS):
        position_id = movement.fields["position_id"]
        left = movement.fields["amount"] - taken.get(position_id, NOTHING)
        if (
            movement.uid == call.account.uid
            and movement.at < call.now
            and left
            and call.text("asset") in {None, movement.fields["asset"]}
            and call.text("positionId") in {None, str(position_id)}
            and call.text("projectId") in {None, project_id(movement)}
        ):
            rows.append(_position(movement, left))
    return {"rows": page_of(call, rows), "total": len(rows)}


def _position(movement: Movement, left: Decimal) -> dict[str, Any]:
    asset, delivered_at = movement.fields["asset"], movement.fields["delivered_at"]
    return {
        "positionId": movement.fields["position_id"],
        "parentPositionId": movement.fields["position_id"],
        "projectId": project_id(movement),
        "asset": asset,
        "amount": padded(left),
        "purchaseTime": milliseconds(movement.at),
        "duration": str(movement.fields["days"]),
        "accrualDays": "0",
        "rewardAsset": asset,
        "APY": "0.2032",
        "rewardAmt": "0",
        "extraRewardAsset": asset,
        "extraRewardAPR": "0",
        "estExtraRewardAmt": "0",
        "boostRewardAsset": asset,
        "boostApr": "0",
        "totalBoostRewardAmt": "0",
        "nextPay": "0",
        "nextPayDate": milliseconds(_next_midnight(movement.at)),
        "payPeriod": "1",
        "redeemAmountEarly": padded(left),
        "rewardsEndDate": milliseconds(delivered_at),
        "deliverDate": milliseconds(delivered_at),
        "redeemPeriod": "1",
        "redeemingAmt": "0",
        "redeemTo": "SPOT",
        "partialAmtDeliverDate": milliseconds(delivered_at),
        "canRedeemEarly": True,
        "canFastRedemption": False,
        "autoSubscribe": False,
        "type": "NORMAL",
        "status": "HOLDING",
        "canReStake": False,
    }


def _next_midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def subscriptions(call: Call) -> Any:
    """List what went into locked earn."""
    page, total = history(call, SUBSCRIPTIONS, "purchaseId")
    return {
        "rows": [
            {
                "positionId": movement.fields["position_id"],
                "purchaseId": movement.record_id,
                "projectId": project_id(movement),
                "time": milliseconds(movement.at),
                "asset": movement.fields["asset"],
                "amount": short(movement.fields["amount"]),
                "lockPeriod": str(movement.fields["days"]),
                "type": "NORMAL",
                "sourceAccount": "SPOT",
                "amtFromSpot": short(movement.fields["from_spot"]),
                "amtFromFunding": short(movement.fields["from_funding"]),
                "status": "SUCCESS",
            }
            for movement in page
        ],
        "total": total,
    }


def redemptions(call: Call) -> Any:
    """List what went out of locked earn; what was redeemed early is delivered later."""
    page, total = history(call, REDEMPTIONS, "redeemId")
    return {
        "rows": [
            {
                "positionId": movement.fields["position_id"],
                "redeemId": int(movement.record_id),
                "time": milliseconds(movement.at),
                "asset": movement.fields["asset"],
                "lockPeriod": str(movement.fields["days"]),
                "amount": short(movement.fields["amount"]),
                "originalAmount": short(movement.fields["original"]),
                "type": "MATURE" if movement.fields["is_mature"] else "AHEAD",
                "deliverDate": milliseconds(movement.fields["delivered_at"]),
                "lossAmount": padded(movement.fields["loss"]),
                "isComplete": movement.fields["is_complete"],
                "rewardAsset": movement.fields["asset"],
                "rewardAmt": "0",
                "extraRewardAsset": "",
                "estExtraRewardAmt": "0",
                "status": "PAID" if movement.fields["delivered_at"] < call.now else "PROCESSING",
            }
            for movement in page
        ],
        "total": total,
    }


LOCKED = "/sapi/v1/simple-earn/locked"
POSITION = (text("asset"), text("positionId"), text("projectId"), *PAGE)
FACES = (
    Face("GET", f"{LOCKED}/position", positions, SAPI_IP, 150, POSITION),
    Face(
        "GET",
        f"{LOCKED}/history/subscriptionRecord",
        subscriptions,
        SAPI_IP,
        150,
        (text("purchaseId"), *HISTORY),
    ),
    Face(
        "GET",
        f"{LOCKED}/history/redemptionRecord",
        redemptions,
        SAPI_IP,
        150,
        (text("redeemId"), *HISTORY),
    ),
)
