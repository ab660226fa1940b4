"""Transfers on Algorand, which credit participation rewards to both sides by the way (C.3)."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from coinfrs_pipelines.emulator.fireblocks import timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author
from coinfrs_pipelines.emulator.fireblocks.chains import Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Movement
from coinfrs_pipelines.emulator.fireblocks.outgoing import between_vaults
from coinfrs_pipelines.emulator.fireblocks.payments import sent


def rewarded_transfer(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send between vault accounts; each gets its own reward beside the amount."""
    payment = between_vaults(author, asset)
    if payment is None or payment.to.vault_id is None:
        return []
    timeline = timelines.outgoing(asset.chain, author.events, at)
    given, taken = (
        Decimal(author.events.randrange(1, 900_000)).scaleb(-asset.decimals) for _ in range(2)
    )
    movement = replace(sent(author, "rewarded_transfer", payment, timeline), rewards=(given, taken))
    to_payer = author.leg(payment.payer, asset, given, timeline)
    to_receiver = author.leg(payment.to.vault_id, asset, taken, timeline)
    return [movement.with_leg(to_payer).with_leg(to_receiver)]
