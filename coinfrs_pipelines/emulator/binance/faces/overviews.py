"""The faces that look over all of an account: every wallet, every coin.

They tell the same balances as the wallets' own faces, and are the check on those.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.accounts import Product
from coinfrs_pipelines.emulator.binance.calls import Call, Face, flag, text
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP
from coinfrs_pipelines.emulator.binance.market import ASSETS, UNTRADED, Asset, worth
from coinfrs_pipelines.emulator.binance.wallets import ISOLATED_MARGIN
from coinfrs_pipelines.emulator.binance.wire import short
from coinfrs_pipelines.emulator.binance.world import Holding

# Each wallet of the overview: what must be opened for it, and the ledger's wallets that it sums.
# A name with a colon stands for all of its pairs; bots and copy trading hold nothing here.
OVERVIEW: dict[str, tuple[Product | None, tuple[str, ...]]] = {
    "Spot": (None, ("spot",)),
    "Funding": (None, ("funding",)),
    "Cross Margin": ("margin", ("cross_margin",)),
    "Isolated Margin": ("margin", (ISOLATED_MARGIN,)),
    "USDⓈ-M Futures": ("futures", ("um_futures",)),
    "COIN-M Futures": ("futures", ("cm_futures",)),
    "Earn": (None, ("earn_flexible", "earn_locked")),
    "Options": ("options", ("options",)),
    "Trading Bots": (None, ()),
    "Copy Trading": (None, ()),
}


def wallet_balance(call: Call) -> Any:
    """Show what each wallet is worth, without what is owed; on request asset by asset."""
    quote = call.text("quoteAsset") or "BTC"
    if quote not in ASSETS:
        raise refusals.invalid("quoteAsset")
    rows = []
    for name, (product, prefixes) in OVERVIEW.items():
        holdings = list(_holdings(call, prefixes))
        total = sum((worth(asset, held.net, quote) for asset, held in holdings), Decimal(0))
        row: dict[str, Any] = {
            "activate": product is None or product in call.account.products,
            "balance": short(total),
            "walletName": name,
        }
        if call.flag("needBalanceDetail"):
            row["assetBalances"] = _detail(holdings)
        rows.append(row)
    return rows


def _holdings(call: Call, prefixes: tuple[str, ...]) -> Iterable[tuple[str, Holding]]:
    for wallet in call.world.wallets(call.account.uid):
        if wallet in prefixes or wallet.startswith(tuple(p for p in prefixes if p.endswith(":"))):
            holdings = call.world.holdings(call.account.uid, wallet, call.now)
            yield from ((asset, held) for asset, held in holdings.items() if held.is_positive)


def _detail(holdings: Iterable[tuple[str, Holding]]) -> list[dict[str, str]]:
    """Return one row per asset, over all of the wallets that the overview takes for one."""
    parts: dict[str, list[Holding]] = {}
    for asset, held in holdings:
        parts.setdefault(asset, []).append(held)

    def total(asset: str, part: str) -> Decimal:
        return sum((getattr(held, part) for held in parts[asset]), Decimal(0))

    return [
        {
            "asset": asset,
            "assetName": asset,
            "free": short(total(asset, "free")),
            "locked": short(total(asset, "locked")),
            "freeze": short(total(asset, "freeze")),
            "withdrawing": short(total(asset, "withdrawing")),
            "btcValuation": short(worth(asset, total(asset, "balance"), "BTC")),
        }
        for asset in parts
    ]


def all_coins(call: Call) -> Any:
    """List every coin of the exchange, with its network and what the spot wallet has of it."""
    holdings = call.world.holdings(call.account.uid, "spot", call.now)
    return [
        {
            "coin": name,
            "depositAllEnable": name in ASSETS,
            "withdrawAllEnable": name in ASSETS,
            "name": name,
            "free": short(holdings[name].free),
            "locked": short(holdings[name].locked),
            "freeze": short(holdings[name].freeze),
            "withdrawing": short(holdings[name].withdrawing),
            "ipoing": "0",
            "ipoable": "0",
            "storage": "0",
            "isLegalMoney": name == "EUR",
            "trading": name in ASSETS,
            "networkList": [_network(ASSETS[name])] if name in ASSETS else [],
        }
        for name in (*ASSETS, *UNTRADED)
    ]


def _network(asset: Asset) -> dict[str, Any]:
    return {
        "network": asset.network,
        "coin": asset.name,
        "withdrawIntegerMultiple": "0.00000001",
        "isDefault": True,
        "depositEnable": True,
        "withdrawEnable": True,
        "depositDesc": "",
        "withdrawDesc": "",
        "specialTips": "",
        "specialWithdrawTips": "",
        "name": asset.network,
        "resetAddressStatus": False,
        "addressRegex": "^(0x)[0-9A-Fa-f]{40}$",
        "memoRegex": "",
        "withdrawFee": short(asset.withdrawal_fee),
        "withdrawMin": short(2 * asset.withdrawal_fee),
        "withdrawMax": "9999999999",
        "withdrawInternalMin": "0.00000001",
        "depositDust": "0.00000001",
        "minConfirm": asset.confirmations,
        "unLockConfirm": asset.confirmations,
        "sameAddress": False,
        "withdrawTag": False,
        "estimatedArrivalTime": 1,
        "busy": False,
        "contractAddressUrl": "",
        "contractAddress": "",
    }


FACES = (
    Face(
        "GET",
        "/sapi/v1/asset/wallet/balance",
        wallet_balance,
        SAPI_IP,
        60,
        (text("quoteAsset"), flag("needBalanceDetail")),
    ),
    Face("GET", "/sapi/v1/capital/config/getall", all_coins, SAPI_IP, 10),
)
