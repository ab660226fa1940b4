"""The faces of what an account has: live balances, daily snapshots, and what its key may do."""

from datetime import datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.calls import WINDOW, Call, Face, flag, text, whole
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP, SPOT
from coinfrs_pipelines.emulator.binance.market import ASSETS
from coinfrs_pipelines.emulator.binance.refusals import Refusal
from coinfrs_pipelines.emulator.binance.wire import (
    EIGHT_DECIMALS,
    milliseconds,
    padded,
    short,
)
from coinfrs_pipelines.emulator.binance.world import Holding

SNAPSHOT_TYPES = ("SPOT", "MARGIN", "FUTURES")
SNAPSHOT_ROWS_MIN, SNAPSHOT_ROWS_MAX = 7, 30
SNAPSHOT_RETENTION = timedelta(days=30)
# A day's snapshot is labelled with the last second of the day.
SNAPSHOT_LABEL = timedelta(seconds=-1)
DAY = timedelta(days=1)


def account(call: Call) -> Any:
    """Show the spot wallet: free and locked of every asset, or of those that are not zero."""
    at = call.now
    changed_at = call.world.last_change_before(call.account.uid, at) or call.account.created_at
    holdings = call.world.holdings(call.account.uid, "spot", at)
    is_all = not call.flag("omitZeroBalances")
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
        ],
        "permissions": ["SPOT"],
        "uid": call.account.uid,
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
    return short(_in_btc(asset, holding.free + holding.locked + holding.freeze))


def _in_btc(asset: str, amount: Decimal) -> Decimal:
    worth = amount * ASSETS[asset].price / ASSETS["BTC"].price
    return worth.quantize(EIGHT_DECIMALS, ROUND_DOWN)


def account_snapshot(call: Call) -> Any:
    """Show the daily snapshots of the last month; what is wrong is told inside HTTP 200."""
    limit = call.number("limit")
    if not SNAPSHOT_ROWS_MIN <= limit <= SNAPSHOT_ROWS_MAX:
        return _told_inside(refusals.invalid("limit"))
    try:
        start, end = call.window(7 * DAY, 30, is_strict=True)
    except Refusal as refusal:
        return _told_inside(refusal)
    snapshots = []
    # A world keeps only the spot wallet's; the other wallets were never opened.
    midnights = _published(call) if call.text("type") == "SPOT" else []
    for midnight in midnights:
        label = midnight + SNAPSHOT_LABEL
        if start <= label <= end and label >= call.now - SNAPSHOT_RETENTION:
            snapshots.append(_snapshot(call, midnight, label))
    return {"code": 200, "msg": "", "snapshotVos": snapshots[-limit:]}


def _told_inside(refusal: Refusal) -> dict[str, Any]:
    return {"code": refusal.code, "msg": refusal.message, "snapshotVos": []}


def _published(call: Call) -> list[datetime]:
    """Return the midnights that end the days whose snapshot was made and is out by now."""
    midnights = []
    midnight = datetime.combine(call.world.start.date(), time(), call.world.start.tzinfo) + DAY
    published_after = max(call.options.snapshot_published_after, call.options.snapshot_cut)
    while midnight + published_after <= call.now:
        is_missing = any(
            faults.snapshot_is_missing(str(call.account.uid), (midnight - DAY).date())
            for faults in call.faults
        )
        if not is_missing:
            midnights.append(midnight)
        midnight += DAY
    return midnights


def _snapshot(call: Call, midnight: datetime, label: datetime) -> dict[str, Any]:
    cut = midnight + call.options.snapshot_cut
    balances, total = [], Decimal(0)
    for asset, holding in call.world.holdings(call.account.uid, "spot", cut).items():
        free = holding.free
        if call.options.snapshot_includes_withdrawing:
            free += holding.withdrawing
        if call.options.snapshot_includes_freeze:
            free += holding.freeze
        if free or holding.locked:
            balances.append(
                {"asset": asset, "free": padded(free), "locked": padded(holding.locked)}
            )
            total += _in_btc(asset, free + holding.locked)
    return {
        "data": {"balances": balances, "totalAssetOfBtc": padded(total)},
        "type": "spot",
        "updateTime": milliseconds(label),
    }


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
    Face(
        "GET",
        "/sapi/v1/accountSnapshot",
        account_snapshot,
        SAPI_IP,
        2_400,
        (
            text("type", mandatory=True, one_of=SNAPSHOT_TYPES),
            *WINDOW,
            whole("limit", SNAPSHOT_ROWS_MIN),
        ),
    ),
    Face("GET", "/sapi/v1/account/apiRestrictions", api_restrictions, SAPI_IP, 1),
)
