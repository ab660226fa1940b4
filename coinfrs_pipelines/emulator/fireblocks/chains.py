"""The chains and assets of the emulated workspaces: heights by time, hashes, decimals.

A block height is the number of whole block times since the chain's first block, so it needs no
state, and equal instants have equal heights in every world. The instants of the first blocks keep
block times off whole minutes: a venue clock held at a full minute never stands on a block.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

Family = Literal["evm", "utxo", "account"]


@dataclass(frozen=True)
class Chain:
    """A chain with evenly spaced blocks."""

    name: str
    family: Family
    base_asset: str
    first_block_at: datetime
    block_time: timedelta
    # How many blocks, its own included, make a transaction COMPLETED.
    confirmations: int
    # Whether the wallets of this chain tell the height their balance was read at.
    wallets_have_height: bool
    # Whether a part of its fees pays for the chain below it.
    settles_on_another: bool = False

    def height_at(self, instant: datetime) -> int:
        """Return the height of the newest block at `instant`."""
        return (instant - self.first_block_at) // self.block_time

    def mined_at(self, height: int) -> datetime:
        """Return the instant from which on `height_at` is at least `height`."""
        return self.first_block_at + height * self.block_time

    def block_hash(self, height: int) -> str:
        """Return the same made-up hash for the same block, in the chain's style."""
        digest = hashlib.sha256(f"{self.name}/{height}".encode()).hexdigest()
        return f"0x{digest}" if self.family == "evm" else f"{'0' * 19}{digest[:45]}"


ETHEREUM = Chain(
    name="Ethereum",
    family="evm",
    base_asset="ETH",
    first_block_at=datetime(2016, 1, 1, 0, 0, 7, tzinfo=UTC),
    block_time=timedelta(seconds=12),
    confirmations=12,
    wallets_have_height=True,
)
BITCOIN = Chain(
    name="Bitcoin",
    family="utxo",
    base_asset="BTC",
    first_block_at=datetime(2009, 1, 3, 18, 15, 5, tzinfo=UTC),
    block_time=timedelta(minutes=10),
    confirmations=3,
    wallets_have_height=True,
)
SOLANA = Chain(
    name="Solana",
    family="account",
    base_asset="SOL",
    first_block_at=datetime(2020, 3, 16, 14, 29, 0, 200_000, tzinfo=UTC),
    block_time=timedelta(milliseconds=400),
    confirmations=32,
    wallets_have_height=False,
)
XRP_LEDGER = Chain(
    name="XRP Ledger",
    family="account",
    base_asset="XRP",
    first_block_at=datetime(2013, 1, 1, 0, 0, 2, tzinfo=UTC),
    block_time=timedelta(seconds=4),
    confirmations=1,
    wallets_have_height=False,
)


OPTIMISM = Chain(
    name="Optimism",
    family="evm",
    base_asset="ETH-OPT",
    first_block_at=datetime(2021, 11, 11, 21, 16, 39, 500_000, tzinfo=UTC),
    block_time=timedelta(seconds=2),
    confirmations=30,
    wallets_have_height=True,
    settles_on_another=True,
)
ALGORAND = Chain(
    name="Algorand",
    family="account",
    base_asset="ALGO",
    first_block_at=datetime(2019, 6, 11, 0, 0, 1, 100_000, tzinfo=UTC),
    block_time=timedelta(seconds=3),
    confirmations=1,
    wallets_have_height=False,
)


@dataclass(frozen=True)
class Asset:
    """An asset by the id that transactions and wallets carry (the venue's legacy id)."""

    id: str
    name: str
    chain: Chain
    decimals: int
    type: str = "BASE_ASSET"
    contract_address: str | None = None

    @property
    def is_token(self) -> bool:
        """Whether its fees are paid in the base asset of its chain."""
        return self.id != self.chain.base_asset


ASSETS: dict[str, Asset] = {
    asset.id: asset
    for asset in (
        Asset("BTC", "Bitcoin", BITCOIN, 8),
        Asset("ETH", "Ethereum", ETHEREUM, 18),
        Asset(
            "USDC",
            "USD Coin",
            ETHEREUM,
            6,
            "ERC20",
            "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",
        ),
        Asset(
            "LINK",
            "Chainlink",
            ETHEREUM,
            18,
            "ERC20",
            "0x514910771AF9Ca656af840dff83E8264EcF986CA",
        ),
        Asset("SOL", "Solana", SOLANA, 9),
        Asset("XRP", "XRP", XRP_LEDGER, 6),
        Asset("ETH-OPT", "Ether on Optimism", OPTIMISM, 18),
        Asset(
            "SOL_USDC_PTHX",
            "USD Coin on Solana",
            SOLANA,
            6,
            "SOL_ASSET",
            "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
        ),
        Asset("ALGO", "Algorand", ALGORAND, 6),
        Asset("ALGO_USDC_UV4I", "USD Coin on Algorand", ALGORAND, 6, "ALGO_ASSET", "31566704"),
        # A token that the workspace itself issues has an id that no other workspace knows.
        Asset(
            "ACME_ETH_Y7QX",
            "Acme Credit",
            ETHEREUM,
            2,
            "ERC20",
            "0x5b1869D9A4C187F2EAa108f3062412ecf0526b24",
        ),
    )
}
