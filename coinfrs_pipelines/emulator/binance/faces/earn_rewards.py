"""The faces of what flexible and locked earn bring, and of what is pledged.

A bonus and a locked reward are dividends: the same event is told by the list of those, too.
"""

from typing import Any

from coinfrs_pipelines.emulator.binance.authoring.earn_rewards import COLLATERALS, REWARDS
from coinfrs_pipelines.emulator.binance.calls import Call, Face, Told, text
from coinfrs_pipelines.emulator.binance.faces.earn import (
    FLEXIBLE,
    HISTORY,
    history,
    listed,
    page_of,
    product_id,
)
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import milliseconds, padded, short

# What a dividend is called that a position of earn brought.
DIVIDENDS, BONUS, LOCKED_REWARD = "dividends", "Simple Earn Rewards", "Locked Staking"
TYPES = ("BONUS", "REALTIME", "REWARDS", "ALL")


def flexible_rewards(call: Call) -> Any:
    """List the rewards of flexible earn; without a type those of all types."""
    wanted = call.text("type") or "ALL"
    rows = []
    if wanted in {"ALL", "REALTIME"}:
        rows += [_reward(movement, "REALTIME") for movement in listed(call, REWARDS)]
    if wanted in {"ALL", "BONUS"}:
        rows += [_reward(movement, "BONUS") for movement in listed(call, DIVIDENDS, _pays(BONUS))]
    rows.sort(key=lambda told: told.row["time"], reverse=True)
    return {"rows": [told.row for told in page_of(call, rows)], "total": len(rows)}


def _reward(movement: Movement, kind: str) -> Told:
    return Told(
        movement.event_id,
        {
            "asset": movement.fields["asset"],
            "rewards": padded(movement.fields["amount"]),
            "projectId": product_id(movement.fields["asset"]),
            "type": kind,
            "time": milliseconds(movement.at),
        },
    )


def locked_rewards(call: Call) -> Any:
    """List the rewards of locked earn."""
    paid, position = _pays(LOCKED_REWARD), call.text("positionId")
    rows = listed(call, DIVIDENDS, lambda m: paid(m) and position in {None, _rewarded_position(m)})
    return {
        "rows": [
            {
                "positionId": int(_rewarded_position(movement)),
                "time": milliseconds(movement.at),
                "asset": movement.fields["asset"],
                "lockPeriod": "30",
                "amount": short(movement.fields["amount"]),
                "type": "Locked Rewards",
            }
            for movement in page_of(call, rows)
        ],
        "total": len(rows),
    }


def _rewarded_position(movement: Movement) -> str:
    """Return an id that is as good as any: the history does not keep of what position it is."""
    return movement.record_id


def _pays(info: str) -> Any:
    def pays(movement: Movement) -> bool:
        return bool(movement.fields["info"] == info and movement.fields["amount"] > 0)

    return pays


def collaterals(call: Call) -> Any:
    """List what was pledged and freed; the total is text here."""
    page, total = history(call, COLLATERALS)
    return {
        "rows": [
            {
                "amount": padded(movement.fields["amount"]),
                "productId": product_id(movement.fields["asset"]),
                "asset": movement.fields["asset"],
                "createTime": milliseconds(movement.at),
                "type": movement.fields["type"],
                "productName": movement.fields["asset"],
                "orderId": movement.fields["order_id"],
            }
            for movement in page
        ],
        "total": str(total),
    }


FACES = (
    Face(
        "GET",
        f"{FLEXIBLE}/history/rewardsRecord",
        flexible_rewards,
        SAPI_IP,
        150,
        (text("type", one_of=TYPES), *HISTORY),
    ),
    Face("GET", f"{FLEXIBLE}/history/collateralRecord", collaterals, SAPI_IP, 1, HISTORY),
    Face(
        "GET",
        "/sapi/v1/simple-earn/locked/history/rewardsRecord",
        locked_rewards,
        SAPI_IP,
        150,
        (text("positionId"), *HISTORY),
    ),
)
