"""The assets and symbols of the emulated spot exchange; one list for all worlds of a server.

Prices only make amounts look like amounts: nothing is valued by them. Some symbols are listed and
never traded, one of them with a name outside ASCII, as Binance has: it must survive the signature.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal

from coinfrs_pipelines.emulator.binance.wire import EIGHT_DECIMALS


@dataclass(frozen=True)
class Asset:
    """An asset: its price in USDT when a world starts, its network and its withdrawal fee."""

    name: str
    price: Decimal
    network: str
    withdrawal_fee: Decimal
    confirmations: int = 1


@dataclass(frozen=True)
class Symbol:
    """A listed pair, and who may trade it.

    `is_traded` says whether orders are drawn in it on any day. In some of the others there is an
    order on one day alone, one is smart-routed only, and most are never traded.
    """

    base: str
    quote: str
    is_traded: bool = True
    status: str = "TRADING"
    permissions: tuple[str, ...] = ("SPOT",)

    @property
    def name(self) -> str:
        """Return the symbol as the venue writes it."""
        return self.base + self.quote


def _asset(name: str, price: str, network: str, fee: str, confirmations: int = 1) -> Asset:
    return Asset(name, Decimal(price), network, Decimal(fee), confirmations)


ASSETS = {
    asset.name: asset
    for asset in (
        _asset("BTC", "92000", "BTC", "0.00003", 2),
        _asset("LTC", "81.5", "LTC", "0.0001", 3),
        _asset("ETH", "3150", "ETH", "0.00035", 6),
        _asset("BNB", "890", "BSC", "0.00001", 5),
        _asset("USDT", "1", "TRX", "1.5"),
        _asset("USDC", "1.0002", "ETH", "0.8", 6),
        _asset("SOL", "138", "SOL", "0.001"),
        _asset("XRP", "2.1", "XRP", "0.2"),
        _asset("ADA", "0.41", "ADA", "0.8", 30),
        _asset("DOGE", "0.142", "DOGE", "4", 50),
        _asset("TRX", "0.288", "TRX", "1"),
        # Its name begins as flexible earn's tokens do, and it is none of them.
        _asset("LDO", "0.62", "ETH", "1.2", 6),
        _asset("币安人生", "0.13", "BSC", "0.05", 5),
    )
}

# What is listed as a coin, and neither traded nor taken out: money, airdrops, receipts of staking.
UNTRADED = ("EUR", "BHFT", "WBETH", "BETH", "BNSOL", "BFUSD", "RWUSD")

# The group of accounts that the master and the first sub-account of some worlds belong to.
TRADE_GROUP = "TRD_GRP_004"
SYMBOLS = {
    symbol.name: symbol
    for symbol in (
        Symbol("ETH", "BTC"),
        Symbol("LTC", "BTC", is_traded=False),
        Symbol("BNB", "BTC"),
        Symbol("BTC", "USDT"),
        Symbol("ETH", "USDT"),
        Symbol("BNB", "USDT"),
        Symbol("LTC", "USDT"),
        Symbol("ADA", "USDT"),
        Symbol("XRP", "USDT"),
        Symbol("SOL", "USDT"),
        Symbol("DOGE", "USDT"),
        Symbol("USDC", "USDT"),
        Symbol("BTC", "USDC", is_traded=False),
        Symbol("ETH", "USDC", is_traded=False),
        Symbol("TRX", "USDT", is_traded=False),
        Symbol("LDO", "USDT", is_traded=False),
        Symbol("XRP", "BTC", is_traded=False, status="BREAK"),
        Symbol("币安人生", "USDT", is_traded=False),
        # Opened for one group of accounts: listed only where the group is asked for (B1).
        Symbol("BNB", "ETH", is_traded=False, permissions=(TRADE_GROUP,)),
    )
}


# Which symbols go, and when: a pair that is listed and never traded, after every world's end.
DELISTINGS = {datetime(2099, 1, 31, 3, tzinfo=UTC): ("LDOUSDT",)}


def worth(asset: str, amount: Decimal, quote: str) -> Decimal:
    """Return what an amount is worth in a listed asset; what is not listed is worth nothing."""
    price = ASSETS[asset].price if asset in ASSETS else Decimal(0)
    return (amount * price / ASSETS[quote].price).quantize(EIGHT_DECIMALS, ROUND_DOWN)
