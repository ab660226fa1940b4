"""Transactions that are replaced before they are mined (C.4 row 11): a booster, and a drop.

The replacement is a record of its own and the only one that is mined. The replaced one ends as
failed, with a hash and without a block.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from coinfrs_pipelines.emulator.fireblocks import timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author
from coinfrs_pipelines.emulator.fireblocks.chains import Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Hold, Movement, Stage
from coinfrs_pipelines.emulator.fireblocks.payments import Payment, draw, sent
from coinfrs_pipelines.emulator.fireblocks.timelines import Timeline


def boosted(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send again with a higher fee what is not mined in time."""
    drawn = draw(author, asset)
    if drawn is None:
        return []
    to = author.outside(asset, is_source=False)
    payment = Payment(asset, drawn.payer, to, drawn.amount, drawn.amount, drawn.fee)
    timeline = _replacing(author, at, asset)
    first = _replaced(author, at, payment, timeline)
    again = replace(
        sent(author, "booster", payment, timeline),
        replaced_hash=first.tx_hash,
        note="Boost",
    )
    return [first, again]


def drop(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send nothing to oneself in the place of what is not to be mined: only the fee is paid."""
    drawn = draw(author, asset)
    if drawn is None:
        return []
    to = author.outside(asset, is_source=False)
    payment = Payment(asset, drawn.payer, to, drawn.amount, drawn.amount, drawn.fee)
    timeline = _replacing(author, at, asset)
    first = _replaced(author, at, payment, timeline)
    nothing = Decimal(0)
    itself = replace(payment, to=author.vault(drawn.payer, asset), requested=nothing, net=nothing)
    movement = sent(author, "drop", itself, timeline)
    fee = tuple(leg for leg in movement.legs if leg.amount)
    return [first, replace(movement, legs=fee, replaced_hash=first.tx_hash)]


def _replacing(author: Author, at: datetime, asset: Asset) -> Timeline:
    waited = timelines.seconds(author.events, 60, 240)
    return timelines.outgoing(asset.chain, author.events, at + waited)


def _replaced(author: Author, at: datetime, payment: Payment, timeline: Timeline) -> Movement:
    """Return the record that is replaced; it ends when the other one is mined."""
    mined = next(stage.at for stage in timeline.stages if stage.is_mined)
    signing = at + timelines.seconds(author.events, 2, 6)
    broadcast = signing + timelines.seconds(author.events, 4, 15)
    stages = (
        Stage(at, "SUBMITTED"),
        Stage(signing, "PENDING_SIGNATURE"),
        Stage(broadcast, "BROADCASTING", has_hash=True),
        Stage(mined + timedelta(milliseconds=250), "FAILED", has_hash=True),
    )
    asset = payment.asset
    return Movement(
        tx_id=author.new_id(),
        kind="replaced",
        operation="TRANSFER",
        asset=asset,
        source=author.vault(payment.payer, asset),
        destination=payment.to,
        stages=stages,
        holds=(Hold(payment.payer, asset.id, payment.net),),
        requested=payment.requested,
        tx_hash=author.new_hash(asset.chain),
        created_by=author.user_id,
    )
