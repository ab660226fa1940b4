"""Changes of balances that no record tells of (C.7): each is a gap that a check has to find.

A validator's reward, a token that grows by itself, a spend by a key that was used elsewhere, an
address that had something before its wallet was opened.
"""

from datetime import datetime
from decimal import Decimal

from coinfrs_pipelines.emulator.fireblocks import timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author
from coinfrs_pipelines.emulator.fireblocks.chains import Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Hold, Movement, Stage
from coinfrs_pipelines.emulator.fireblocks.purse import Wallet


def credit(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Credit a wallet by protocol."""
    vault_id = author.events.choice(author.purse.vaults_with(asset.id))
    amount = author.share_of(author.purse.spendable(vault_id, asset.id), asset, 9_000, 900)
    return [_unrecorded(author, at, asset, "unrecorded_credit", vault_id, amount)]


def spend(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Spend from a wallet by a signature that was only asked for as raw bytes."""
    vault_id = author.events.choice(author.purse.vaults_with(asset.id))
    amount = author.share_of(author.purse.spendable(vault_id, asset.id), asset)
    return [_unrecorded(author, at, asset, "unrecorded_spend", vault_id, -amount)]


def found(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Open a wallet for an address that had something before the venue knew of it."""
    lacking = author.purse.vaults_without(asset.id)
    if not lacking:
        return []
    vault_id = author.events.choice(lacking)
    amount = Decimal(author.events.randrange(1, 10**4))
    movement = _unrecorded(author, at, asset, "unrecorded_find", vault_id, amount)
    author.purse.add(Wallet(vault_id, asset.id, movement.created_at))
    return [movement]


def _unrecorded(
    author: Author, at: datetime, asset: Asset, kind: str, vault_id: str, amount: Decimal
) -> Movement:
    timeline = timelines.incoming(asset.chain, author.events, at)
    hold = Hold(vault_id, asset.id, -amount, is_shown=False)
    return Movement(
        tx_id=author.new_id(),
        kind=kind,
        operation="TRANSFER",
        asset=asset,
        source=author.unknown(asset),
        destination=author.vault(vault_id, asset),
        stages=(Stage(timeline.takes_effect_at, "COMPLETED", "CONFIRMED"),),
        legs=(author.leg(vault_id, asset, amount, timeline),),
        holds=(hold,) if amount < 0 else (),
        height=timeline.height,
        is_recorded=False,
    )
