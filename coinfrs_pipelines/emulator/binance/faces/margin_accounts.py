"""The faces of what is in the margin wallets: cross margin, and every isolated pair."""

from decimal import ROUND_DOWN, Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.calls import Call, Face, text
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP
from coinfrs_pipelines.emulator.binance.margin_records import CROSS_MARGIN
from coinfrs_pipelines.emulator.binance.market import ASSETS, SYMBOLS, worth
from coinfrs_pipelines.emulator.binance.wallets import ISOLATED_MARGIN
from coinfrs_pipelines.emulator.binance.wire import EIGHT_DECIMALS, padded
from coinfrs_pipelines.emulator.binance.world import Holding

# What the venue shows where nothing is owed.
LEVEL_WITHOUT_DEBT = Decimal(999)
SYMBOLS_MAX = 5


def _amounts(asset: str, held: Holding) -> dict[str, Any]:
    return {
        "asset": asset,
        "borrowed": padded(held.loan),
        "free": padded(held.free),
        "interest": padded(held.interest),
        "locked": padded(held.locked),
        "netAsset": padded(held.net),
    }


def _totals(holdings: dict[str, Holding], quote: str = "BTC") -> tuple[Decimal, Decimal]:
    owned = sum((worth(a, held.balance, quote) for a, held in holdings.items()), Decimal(0))
    owed = sum(
        (worth(a, held.loan + held.interest, quote) for a, held in holdings.items()), Decimal(0)
    )
    return owned, owed


def _level(owned: Decimal, owed: Decimal) -> str:
    level = min(owned / owed, LEVEL_WITHOUT_DEBT) if owed else LEVEL_WITHOUT_DEBT
    return padded(level.quantize(EIGHT_DECIMALS, ROUND_DOWN))


def cross_account(call: Call) -> Any:
    """Show every asset of cross margin, also those of which there is nothing."""
    holdings = call.world.holdings(call.account.uid, CROSS_MARGIN, call.now)
    owned, owed = _totals(holdings)
    in_usdt, _ = _totals(holdings, "USDT")
    return {
        "created": True,
        "borrowEnabled": True,
        "marginLevel": _level(owned, owed),
        "collateralMarginLevel": _level(owned, owed),
        "totalAssetOfBtc": padded(owned),
        "totalLiabilityOfBtc": padded(owed),
        "totalNetAssetOfBtc": padded(owned - owed),
        "TotalCollateralValueInUSDT": padded(in_usdt),
        "totalOpenOrderLossInUSDT": "0.00000000",
        "tradeEnabled": True,
        "transferInEnabled": True,
        "transferOutEnabled": True,
        "accountType": "MARGIN_1",
        "userAssets": [_amounts(asset, held) for asset, held in holdings.items()],
    }


def isolated_account(call: Call) -> Any:
    """Show every pair that something was ever moved into; of those asked for, at most five."""
    asked = call.text("symbols")
    wanted = None if asked is None else asked.split(",")
    if wanted is not None and len(wanted) > SYMBOLS_MAX:
        raise refusals.invalid("symbols")
    opened = {
        transfer.target.removeprefix(ISOLATED_MARGIN)
        for transfer in call.world.history.wallet_transfers
        if transfer.uid == call.account.uid
        and transfer.target.startswith(ISOLATED_MARGIN)
        and transfer.at < call.now
    }
    pairs = [_pair(call, name) for name in sorted(opened) if wanted is None or name in wanted]
    totals = {
        "totalAssetOfBtc": padded(sum((pair[1] for pair in pairs), Decimal(0))),
        "totalLiabilityOfBtc": padded(sum((pair[2] for pair in pairs), Decimal(0))),
        "totalNetAssetOfBtc": padded(sum((pair[1] - pair[2] for pair in pairs), Decimal(0))),
    }
    shown = [pair[0] for pair in pairs]
    return {"assets": shown} if wanted is not None else {"assets": shown, **totals}


def _pair(call: Call, name: str) -> tuple[dict[str, Any], Decimal, Decimal]:
    symbol = SYMBOLS[name]
    holdings = call.world.holdings(call.account.uid, ISOLATED_MARGIN + name, call.now)
    owned, owed = _totals(holdings)
    price = ASSETS[symbol.base].price / ASSETS[symbol.quote].price
    shown = {
        "baseAsset": _side(symbol.base, holdings[symbol.base]),
        "quoteAsset": _side(symbol.quote, holdings[symbol.quote]),
        "symbol": name,
        "isolatedCreated": True,
        "enabled": True,
        "marginLevel": _level(owned, owed),
        "marginLevelStatus": "EXCESSIVE",
        "marginRatio": "5.00000000",
        "indexPrice": padded(price.quantize(EIGHT_DECIMALS, ROUND_DOWN)),
        "liquidatePrice": "0.00000000",
        "liquidateRate": "0.00000000",
        "tradeEnabled": True,
    }
    return shown, owned, owed


def _side(asset: str, held: Holding) -> dict[str, Any]:
    return {
        **_amounts(asset, held),
        "borrowEnabled": True,
        "netAssetOfBtc": padded(worth(asset, held.net, "BTC")),
        "repayEnabled": True,
        "totalAsset": padded(held.balance),
    }


FACES = (
    Face("GET", "/sapi/v1/margin/account", cross_account, SAPI_IP, 10, product="margin"),
    Face(
        "GET",
        "/sapi/v1/margin/isolated/account",
        isolated_account,
        SAPI_IP,
        10,
        (text("symbols"),),
        product="margin",
    ),
)
