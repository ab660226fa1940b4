"""The kinds of movements that the venue detects: deposits, and the wallets that they create."""

from datetime import datetime
from decimal import Decimal

from coinfrs_pipelines.emulator.fireblocks import timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author
from coinfrs_pipelines.emulator.fireblocks.chains import Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Movement
from coinfrs_pipelines.emulator.fireblocks.purse import Wallet

# What a customer of this size sends at a time.
_TYPICAL = {
    "BTC": Decimal(2),
    "ETH": Decimal(30),
    "LINK": Decimal(4_000),
    "SOL": Decimal(600),
    "USDC": Decimal(90_000),
    "XRP": Decimal(50_000),
}


def deposit(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Pay in from outside; the fee in the record is the sender's (C.4 row 4)."""
    return [_deposit(author, at, asset, _receiver(author, asset))]


def first_deposit(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Create a wallet in a vault account that has none of the asset, by what comes in."""
    owners = set(author.purse.vaults_with(asset.id))
    lacking = sorted({vault_id for vault_id, _ in author.purse.wallets} - owners)
    if not lacking:
        return []
    vault_id = author.events.choice(lacking)
    author.purse.add(Wallet(vault_id, asset.id, at))
    return [_deposit(author, at, asset, vault_id)]


def frozen_deposit(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let the screening hold a deposit: rejected, and in the wallet all the same (row 25)."""
    return [_deposit(author, at, asset, _receiver(author, asset), is_frozen=True)]


def unmined_deposit(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Show a deposit in the mempool today that is mined tomorrow, after the closing."""
    tomorrow = timelines.midnight_before(at) + timelines.DAY
    mined_after = tomorrow + timelines.QUIET_AFTER_MIDNIGHT
    return [_deposit(author, at, asset, _receiver(author, asset), mined_after=mined_after)]


def _receiver(author: Author, asset: Asset) -> str:
    return author.events.choice(author.purse.vaults_with(asset.id))


def _deposit(
    author: Author,
    at: datetime,
    asset: Asset,
    vault_id: str,
    *,
    is_frozen: bool = False,
    mined_after: datetime | None = None,
) -> Movement:
    amount = author.share_of(_TYPICAL[asset.id], asset, 60, 3)
    timeline = timelines.incoming(asset.chain, author.events, at, mined_after=mined_after)
    if is_frozen:
        timeline = timelines.held_by_screening(timeline)
    fee, gas_price = author.fee(asset)
    return Movement(
        tx_id=author.new_id(),
        kind="frozen_deposit" if is_frozen else "deposit",
        operation="TRANSFER",
        asset=asset,
        source=author.outside(asset, is_source=True),
        destination=author.vault(vault_id, asset),
        stages=timeline.stages,
        legs=(author.leg(vault_id, asset, amount, timeline),),
        requested=amount,
        net=amount,
        network_fee=fee,
        gas_price_gwei=gas_price,
        tx_hash=author.new_hash(asset.chain),
        height=timeline.height,
        index=author.events.randrange(4),
    )
