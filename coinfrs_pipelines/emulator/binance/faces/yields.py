"""The faces of BFUSD, RWUSD, soft staking and on-chain yields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coinfrs_pipelines.emulator.binance.calls import PAGE, WINDOW, Call, Face, Parameter, text
from coinfrs_pipelines.emulator.binance.faces.staking import (
    DAYS_DEFAULT,
    Row,
    status,
    three_months,
)
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import milliseconds, short

SIX_MONTHS = 184
# A subscription that is not final yet, or that failed, has other words here.
PURCHASING = {"PENDING": "PURCHASING"}


def six_months(call: Call) -> tuple[datetime, datetime]:
    """Return the window: without an end it is now that ends it."""
    return call.window(DAYS_DEFAULT, SIX_MONTHS)


def _history(
    kind: str,
    row: Row,
    window: Callable[[Call], tuple[datetime, datetime]],
    picks: Mapping[str, Callable[[Movement], str]] | None = None,
) -> Callable[[Call], Any]:
    """Return a face that tells one kind by pages; `picks` are what its parameters compare to."""

    def answer(call: Call) -> Any:
        start, end = window(call)

        def is_wanted(movement: Movement) -> bool:
            return all(
                call.text(name) in {None, value(movement)} for name, value in (picks or {}).items()
            )

        rows = call.movements(kind, start, end, where=is_wanted)
        page = call.paged(rows, call.number("current"), call.number("size"))
        return {"rows": [row(call, movement) for movement in page], "total": len(rows)}

    return answer


def _subscription(call: Call, movement: Movement) -> Mapping[str, Any]:
    fields = movement.fields
    return {
        "time": milliseconds(movement.at),
        "asset": fields["given"][0],
        "amount": short(fields["given"][1]),
        "receiveAsset": fields["received"][0],
        "receiveAmount": short(fields["received"][1]),
        "status": status(call, movement),
    }


def _redemption(call: Call, movement: Movement) -> Mapping[str, Any]:
    fields = movement.fields
    row = dict(_subscription(call, movement))
    stands = row.pop("status")
    return {
        **row,
        "fee": short(fields["given"][1] - fields["received"][1]),
        "arrivalTime": milliseconds(fields["arrives_at"]),
        "status": stands,
    }


def _bfusd_reward(_: Call, movement: Movement) -> Mapping[str, Any]:
    return {
        "time": milliseconds(movement.at),
        "rewardAsset": movement.fields["asset"],
        "rewardsAmount": short(movement.fields["amount"]),
        "BFUSDPosition": short(movement.fields["held"]),
        "annualPercentageRate": "0.0559",
    }


def _rwusd_reward(_: Call, movement: Movement) -> Mapping[str, Any]:
    return {
        "time": milliseconds(movement.at),
        "rewardsAmount": short(movement.fields["amount"]),
        "rwusdPosition": short(movement.fields["held"]),
        "annualPercentageRate": "0.042",
    }


def _soft_reward(_: Call, movement: Movement) -> Mapping[str, Any]:
    fields = movement.fields
    return {
        "asset": fields["asset"],
        "rewards": short(fields["amount"]),
        "rewardAsset": fields["reward_asset"],
        "avgAmount": short(fields["held"]),
        "time": milliseconds(movement.at),
    }


def _onchain_subscription(call: Call, movement: Movement) -> Mapping[str, Any]:
    fields, parts = movement.fields, movement.fields["parts"]
    stands = status(call, movement)
    row = {
        "positionId": fields["position_id"],
        "purchaseId": movement.record_id,
        "projectId": f"{fields['asset']}-60d",
        "clientId": "",
        "time": milliseconds(movement.at),
        "asset": fields["asset"],
        "amount": short(fields["amount"]),
        "lockPeriod": "60",
        "type": "NORMAL",
        "sourceAccount": "FUNDING" if parts["funding"] else "SPOT",
        "status": PURCHASING.get(stands, stands),
    }
    if all(parts.values()):
        row |= {
            "sourceAccount": "SPOTANDFUNDING",
            "amtFromSpot": short(parts["spot"]),
            "amtFromFunding": short(parts["funding"]),
        }
    return row


def _onchain_redemption(call: Call, movement: Movement) -> Mapping[str, Any]:
    fields = movement.fields
    is_paid = fields["delivered_at"] < call.now
    return {
        "positionId": fields["position_id"],
        "redeemId": int(movement.record_id),
        "time": milliseconds(movement.at),
        "asset": fields["asset"],
        "lockPeriod": "60",
        "amount": short(fields["amount"]),
        "originalAmount": short(fields["amount"]),
        "type": fields["type"],
        # Text, and in milliseconds all the same.
        "deliverDate": str(milliseconds(fields["delivered_at"])),
        "lossAmount": "0",
        "isComplete": is_paid,
        "rewardAsset": fields["asset"],
        "rewardAmt": "0",
        "status": "PAID" if is_paid else "CREATED",
    }


def _onchain_reward(_: Call, movement: Movement) -> Mapping[str, Any]:
    return {
        "positionId": movement.fields["position_id"],
        "time": milliseconds(movement.at),
        "asset": movement.fields["asset"],
        "lockPeriod": "60",
        "amount": short(movement.fields["amount"]),
    }


def _given(movement: Movement) -> str:
    return str(movement.fields["given"][0])


def _asset(movement: Movement) -> str:
    return str(movement.fields["asset"])


def _position(movement: Movement) -> str:
    return str(movement.fields["position_id"])


def _record(movement: Movement) -> str:
    return movement.record_id


@dataclass(frozen=True)
class Terms:
    """What the histories of one product have in common: their weight, and the widest window."""

    weight: int
    window: Callable[[Call], tuple[datetime, datetime]]


STABLE, YIELD = Terms(150, six_months), Terms(50, three_months)


def _face(path: str, kind: str, row: Row, terms: Terms, **picks: Callable[[Movement], str]) -> Face:
    parameters: tuple[Parameter, ...] = tuple(text(name) for name in picks)
    answer = _history(kind, row, terms.window, picks)
    return Face("GET", path, answer, SAPI_IP, terms.weight, (*parameters, *WINDOW, *PAGE))


BFUSD, RWUSD = "/sapi/v1/bfusd/history", "/sapi/v1/rwusd/history"
ONCHAIN = "/sapi/v1/onchain-yields/locked/history"
FACES = (
    _face(
        f"{BFUSD}/subscriptionHistory",
        "bfusd_subscription",
        _subscription,
        STABLE,
        asset=_given,
    ),
    _face(f"{BFUSD}/redemptionHistory", "bfusd_redemption", _redemption, STABLE),
    _face(f"{BFUSD}/rewardsHistory", "bfusd_reward", _bfusd_reward, STABLE),
    _face(
        f"{RWUSD}/subscriptionHistory",
        "rwusd_subscription",
        _subscription,
        STABLE,
        asset=_given,
    ),
    _face(f"{RWUSD}/redemptionHistory", "rwusd_redemption", _redemption, STABLE),
    _face(f"{RWUSD}/rewardsHistory", "rwusd_reward", _rwusd_reward, STABLE),
    _face(
        "/sapi/v1/soft-staking/history/rewardsRecord",
        "soft_staking_reward",
        _soft_reward,
        YIELD,
        asset=_asset,
    ),
    _face(
        f"{ONCHAIN}/subscriptionRecord",
        "onchain_subscription",
        _onchain_subscription,
        YIELD,
        purchaseId=_record,
        asset=_asset,
    ),
    _face(
        f"{ONCHAIN}/redemptionRecord",
        "onchain_redemption",
        _onchain_redemption,
        YIELD,
        positionId=_position,
        redeemId=_record,
        asset=_asset,
    ),
    _face(
        f"{ONCHAIN}/rewardsRecord",
        "onchain_reward",
        _onchain_reward,
        YIELD,
        positionId=_position,
        asset=_asset,
    ),
)
