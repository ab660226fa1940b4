"""The kinds of movements that the venue detects: deposits, and the wallets that they create."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from coinfrs_pipelines.emulator.fireblocks import delays, timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author
from coinfrs_pipelines.emulator.fireblocks.chains import Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Movement
from coinfrs_pipelines.emulator.fireblocks.purse import Wallet
from coinfrs_pipelines.emulator.fireblocks.timelines import Timeline

# What a customer of this size sends at a time.
_TYPICAL = {
    "ACME_ETH_Y7QX": Decimal(20_000),
    "ALGO": Decimal(80_000),
    "ALGO_USDC_UV4I": Decimal(40_000),
    "BTC": Decimal(2),
    "ETH": Decimal(30),
    "ETH-OPT": Decimal(12),
    "LINK": Decimal(4_000),
    "SOL": Decimal(600),
    "SOL_USDC_PTHX": Decimal(50_000),
    "USDC": Decimal(90_000),
    "XRP": Decimal(50_000),
}


def deposit(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Pay in from outside; the fee in the record is the sender's (C.4 row 4)."""
    return [_deposit(author, at, asset, _receiver(author, asset))]


def first_deposit(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Create a wallet in a vault account that has none of the asset, by what comes in."""
    lacking = author.purse.vaults_without(asset.id)
    if not lacking:
        return []
    vault_id = author.events.choice(lacking)
    author.purse.add(Wallet(vault_id, asset.id, at))
    return [_deposit(author, at, asset, vault_id)]


def frozen_deposit(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let the screening hold a deposit: rejected, and in the wallet all the same (row 25).

    Where the world says so it lets go of it after hours or days.
    """
    timeline = timelines.held_by_screening(timelines.incoming(asset.chain, author.events, at))
    if author.options.frozen_are_released:
        timeline = delays.released(timeline, author.events)
    movement = _deposit(author, at, asset, _receiver(author, asset), timeline)
    return [replace(movement, kind="frozen_deposit")]


def unmined_deposit(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Show a deposit in the mempool today that is mined tomorrow, after the closing."""
    tomorrow = timelines.midnight_before(at) + timelines.DAY
    mined_after = tomorrow + timelines.QUIET_AFTER_MIDNIGHT
    timeline = timelines.incoming(asset.chain, author.events, at, mined_after=mined_after)
    return [_deposit(author, at, asset, _receiver(author, asset), timeline)]


def deposit_on(author: Author, asset: Asset, timeline: Timeline) -> Movement:
    """Return a deposit that goes its own way through its stages."""
    at = timeline.stages[0].at
    return _deposit(author, at, asset, _receiver(author, asset), timeline)


def _receiver(author: Author, asset: Asset) -> str:
    return author.events.choice(author.purse.vaults_with(asset.id))


def _deposit(
    author: Author, at: datetime, asset: Asset, vault_id: str, timeline: Timeline | None = None
) -> Movement:
    amount = author.share_of(_TYPICAL[asset.id], asset, 60, 3)
    timeline = timeline or timelines.incoming(asset.chain, author.events, at)
    fee = author.fee(asset)
    return Movement(
        tx_id=author.new_id(),
        kind="deposit",
        operation="TRANSFER",
        asset=asset,
        source=author.outside(asset, is_source=True),
        destination=author.vault(vault_id, asset),
        stages=timeline.stages,
        legs=(author.leg(vault_id, asset, amount, timeline),),
        requested=amount,
        net=amount,
        network_fee=fee.amount,
        gas_price_gwei=fee.gas_price_gwei,
        l1_fee=fee.l1,
        tx_hash=author.new_hash(asset.chain),
        height=timeline.height,
        index=author.events.randrange(4),
    )
