"""The faces of what an account has: live balances of spot and funding, and what its key may do."""

from typing import Any

from coinfrs_pipelines.emulator.binance.authoring.prevented import GROUPED
from coinfrs_pipelines.emulator.binance.calls import Call, Face, flag, text
from coinfrs_pipelines.emulator.binance.faces.earn_tokens import earn_tokens
from coinfrs_pipelines.emulator.binance.faces.orders import TRADE_GROUP_ID
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP, SPOT
from coinfrs_pipelines.emulator.binance.market import worth
from coinfrs_pipelines.emulator.binance.wire import milliseconds, padded, short
from coinfrs_pipelines.emulator.binance.world import Holding


def account(call: Call) -> Any:
    """Show the spot wallet: free and locked of every asset, or of those that are not zero."""
    at = call.now
    changed_at = call.world.last_change_before(call.account.uid, at) or call.account.created_at
    holdings = call.world.holdings(call.account.uid, "spot", at)
    is_all = not call.flag("omitZeroBalances")
    is_grouped = call.options.trade_group and call.account in call.world.accounts[:GROUPED]
    return {
        "makerCommission": 10,
        "takerCommission": 10,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": "0.00100000",
            "taker": "0.00100000",
            "buyer": "0.00000000",
            "seller": "0.00000000",
        },
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": milliseconds(changed_at),
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": padded(holding.free), "locked": padded(holding.locked)}
            for asset, holding in holdings.items()
            if is_all or holding.free or holding.locked
        ]
        + earn_tokens(call, at),
        "permissions": ["SPOT"],
        "uid": call.account.uid,
        "tradeGroupId": TRADE_GROUP_ID if is_grouped else -1,
    }


def user_asset(call: Call) -> Any:
    """Show the spot wallet's positive assets, with what is frozen or being withdrawn."""
    return [
        {
            "asset": asset,
            "free": short(holding.free),
            "locked": short(holding.locked),
            "freeze": short(holding.freeze),
            "withdrawing": short(holding.withdrawing),
            "ipoable": "0",
            "btcValuation": _btc_valuation(call, asset, holding),
        }
        for asset, holding in _positive(call, "spot").items()
    ]


def funding_asset(call: Call) -> Any:
    """Show the funding wallet's positive assets."""
    return [
        {
            "asset": asset,
            "free": short(holding.free),
            "locked": short(holding.locked),
            "freeze": short(holding.freeze),
            "withdrawing": short(holding.withdrawing),
            "btcValuation": _btc_valuation(call, asset, holding),
        }
        for asset, holding in _positive(call, "funding").items()
    ]


def _positive(call: Call, wallet: str) -> dict[str, Holding]:
    asked_for = call.text("asset")
    holdings = call.world.holdings(call.account.uid, wallet, call.now)
    return {
        asset: holding
        for asset, holding in holdings.items()
        if holding.is_positive and asked_for in {None, asset}
    }


def _btc_valuation(call: Call, asset: str, holding: Holding) -> str:
    if not call.flag("needBtcValuation"):
        return "0"
    return short(worth(asset, holding.balance, "BTC"))


def account_info(call: Call) -> Any:
    """Show which products the account has opened."""
    products = call.account.products
    return {
        "vipLevel": 0,
        "isMarginEnabled": "margin" in products,
        "isFutureEnabled": "futures" in products,
        "isOptionsEnabled": "options" in products,
        "isPortfolioMarginRetailEnabled": "portfolio_margin" in products,
    }


def account_status(_: Call) -> Any:
    """Show that nothing is restricted."""
    return {"data": "Normal"}


def api_restrictions(call: Call) -> Any:
    """Show what the key may do."""
    permissions = dict(call.key.permissions)
    created = {"createTime": milliseconds(call.key.created_at)}
    return {"ipRestrict": permissions.pop("ipRestrict"), **created, **permissions}


ASSET_PARAMETERS = (text("asset"), flag("needBtcValuation"))
FACES = (
    Face("GET", "/api/v3/account", account, SPOT, 20, (flag("omitZeroBalances"),)),
    Face("POST", "/sapi/v3/asset/getUserAsset", user_asset, SAPI_IP, 5, ASSET_PARAMETERS),
    Face("POST", "/sapi/v1/asset/get-funding-asset", funding_asset, SAPI_IP, 1, ASSET_PARAMETERS),
    Face("GET", "/sapi/v1/account/apiRestrictions", api_restrictions, SAPI_IP, 1),
    Face("GET", "/sapi/v1/account/info", account_info, SAPI_IP, 1),
    Face("GET", "/sapi/v1/account/status", account_status, SAPI_IP, 1),
)
