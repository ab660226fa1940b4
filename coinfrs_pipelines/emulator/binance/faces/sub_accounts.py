"""The faces that show a master what its sub-accounts have, one of them and one wallet at a time."""

from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.accounts import Account, Product
from coinfrs_pipelines.emulator.binance.calls import Call, Face, text, whole
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP, SAPI_UID
from coinfrs_pipelines.emulator.binance.market import worth
from coinfrs_pipelines.emulator.binance.wire import milliseconds, padded, short
from coinfrs_pipelines.emulator.binance.world import Holding

# What the futures face calls the wallet of each futuresType, and what is written there of it.
FUTURES = {1: ("um_futures", "futureAccountResp"), 2: ("cm_futures", "deliveryAccountResp")}
ZERO = "0.00000000"


def assets(call: Call) -> Any:
    """Show what the spot wallet of a sub-account has."""
    holdings = call.world.holdings(_sub(call).uid, "spot", call.now)
    return {
        "balances": [
            {
                "freeze": short(holding.freeze),
                "withdrawing": short(holding.withdrawing),
                "asset": asset,
                "free": short(holding.free),
                "locked": short(holding.locked),
            }
            for asset, holding in holdings.items()
            if holding.is_positive
        ]
    }


def margin(call: Call) -> Any:
    """Show what the cross margin wallet of a sub-account has and owes."""
    sub = _sub(call, "margin")
    holdings = call.world.holdings(sub.uid, "cross_margin", call.now)
    owned = _valued(holdings, "balance")
    owed = _valued(holdings, "loan") + _valued(holdings, "interest")
    return {
        "email": sub.email,
        "marginLevel": "999.00000000",
        "totalAssetOfBtc": padded(owned),
        "totalLiabilityOfBtc": padded(owed),
        "totalNetAssetOfBtc": padded(owned - owed),
        "marginTradeCoeffVo": {
            "forceLiquidationBar": "1.10000000",
            "marginCallBar": "1.50000000",
            "normalBar": "2.00000000",
        },
        "marginUserAssetVoList": [
            {
                "asset": asset,
                "borrowed": padded(holding.loan),
                "free": padded(holding.free),
                "interest": padded(holding.interest),
                "locked": padded(holding.locked),
                "netAsset": padded(holding.net),
            }
            for asset, holding in holdings.items()
        ],
    }


def futures(call: Call) -> Any:
    """Show what a futures wallet of a sub-account has: the one that futuresType names."""
    sub = _sub(call, "futures")
    named = FUTURES.get(call.number("futuresType"))
    if named is None:
        raise refusals.invalid("futuresType")
    wallet, written_as = named
    holdings = call.world.holdings(sub.uid, wallet, call.now)
    return {
        written_as: {
            "email": sub.email,
            "assets": [
                {
                    "asset": asset,
                    "initialMargin": ZERO,
                    "maintenanceMargin": ZERO,
                    "marginBalance": padded(holding.balance),
                    "maxWithdrawAmount": padded(holding.balance),
                    "openOrderInitialMargin": ZERO,
                    "positionInitialMargin": ZERO,
                    "unrealizedProfit": ZERO,
                    "walletBalance": padded(holding.balance),
                }
                for asset, holding in holdings.items()
                if holding.balance
            ],
            "canDeposit": True,
            "canTrade": True,
            "canWithdraw": True,
            "feeTier": 2,
            "updateTime": milliseconds(call.now),
        }
    }


def _sub(call: Call, product: Product | None = None) -> Account:
    """Return the sub-account that is asked for; it must have opened the product."""
    sub = call.world.by_email(str(call.text("email")))
    if sub is None or sub.is_master:
        raise refusals.no_relation()
    if product is not None and product not in sub.products:
        raise refusals.not_opened_by_sub(product)
    return sub


def _valued(holdings: dict[str, Holding], part: str) -> Decimal:
    return sum(
        (worth(asset, getattr(held, part), "BTC") for asset, held in holdings.items()), Decimal(0)
    )


EMAIL = text("email", mandatory=True)
FACES = (
    Face(
        "GET",
        "/sapi/v4/sub-account/assets",
        assets,
        SAPI_UID,
        60,
        (EMAIL,),
        keys="master",
        needs_sub_accounts=True,
    ),
    Face(
        "GET",
        "/sapi/v1/sub-account/margin/account",
        margin,
        SAPI_IP,
        10,
        (EMAIL,),
        keys="master",
        needs_sub_accounts=True,
    ),
    Face(
        "GET",
        "/sapi/v2/sub-account/futures/account",
        futures,
        SAPI_IP,
        1,
        (EMAIL, whole("futuresType", mandatory=True)),
        keys="master",
        needs_sub_accounts=True,
    ),
)
