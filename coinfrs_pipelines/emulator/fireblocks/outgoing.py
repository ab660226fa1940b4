"""The plain transfers that the workspace makes and that reach their chain (C.4 rows 1 to 9)."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from coinfrs_pipelines.emulator.fireblocks import timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author
from coinfrs_pipelines.emulator.fireblocks.chains import Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Movement, Peer
from coinfrs_pipelines.emulator.fireblocks.payments import Payment, draw, fee_leg, sent
from coinfrs_pipelines.emulator.ledger import EXACT

_GROSS_SHARE = 0.25
_RECEIVERS_OF_MANY = 3


def withdrawal(
    author: Author, at: datetime, asset: Asset, *, approved: datetime | None = None
) -> list[Movement]:
    """Send to outside, the fee from the same vault account (C.4 rows 1 to 3)."""
    drawn = draw(author, asset)
    if drawn is None:
        return []
    requested, fee = drawn.amount, drawn.fee
    is_gross = not asset.is_token and requested > fee.amount
    is_gross = is_gross and author.events.random() < _GROSS_SHARE
    net = EXACT.subtract(requested, fee.amount) if is_gross else requested
    to = author.outside(asset, is_source=False)
    timeline = timelines.outgoing(asset.chain, author.events, at, approved=approved)
    payment = Payment(asset, drawn.payer, to, requested, net, fee)
    external_tx_id = f"payout-{author.new_id()}"
    return [replace(sent(author, "withdrawal", payment, timeline), external_tx_id=external_tx_id)]


def vault_transfer(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send from one vault account to another in one record (row 5)."""
    payment = between_vaults(author, asset)
    if payment is None:
        return []
    timeline = timelines.outgoing(asset.chain, author.events, at)
    return [sent(author, "vault_transfer", payment, timeline)]


def between_vaults(author: Author, asset: Asset) -> Payment | None:
    """Draw what one vault account pays another."""
    receiver = author.events.choice(author.purse.vaults_with(asset.id))
    drawn = draw(author, asset, but=receiver)
    if drawn is None:
        return None
    to = author.vault(receiver, asset)
    return Payment(asset, drawn.payer, to, drawn.amount, drawn.amount, drawn.fee)


def consolidation(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send from a vault account to itself: only the fee changes anything (row 6)."""
    drawn = draw(author, asset, least=20, most=3)
    if drawn is None:
        return []
    to = author.vault(drawn.payer, asset)
    payment = Payment(asset, drawn.payer, to, drawn.amount, drawn.amount, drawn.fee)
    timeline = timelines.outgoing(asset.chain, author.events, at)
    return [sent(author, "consolidation", payment, timeline)]


def own_address(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send to a one-time address that is a vault account's: two records with one hash (row 7)."""
    payment = between_vaults(author, asset)
    if payment is None or payment.to.vault_id is None:
        return []
    account, receiver, amount = payment.to, payment.to.vault_id, payment.net
    payment = replace(payment, to=Peer("ONE_TIME_ADDRESS", address=account.address))
    timeline = timelines.outgoing(asset.chain, author.events, at)
    paid = sent(author, "own_address_sent", payment, timeline)
    noticed = timelines.seen_by_receiver(timeline, author.events)
    received = Movement(
        tx_id=author.new_id(),
        kind="own_address_received",
        operation="TRANSFER",
        asset=asset,
        source=Peer("UNKNOWN", "", "External", address=paid.source.address),
        destination=account,
        stages=noticed.stages,
        legs=(author.leg(receiver, asset, amount, noticed),),
        requested=amount,
        net=amount,
        network_fee=payment.fee.amount,
        gas_price_gwei=payment.fee.gas_price_gwei,
        l1_fee=payment.fee.l1,
        tx_hash=paid.tx_hash,
        height=paid.height,
        index=0,
    )
    return [paid, received]


def multi_destination(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send from a vault account to several at once, one of them a vault account (row 8)."""
    drawn = draw(author, asset)
    if drawn is None:
        return []
    payer = drawn.payer
    receivers = [vault_id for vault_id in author.purse.vaults_with(asset.id) if vault_id != payer]
    if not receivers:
        return []
    spendable = author.purse.spendable(payer, asset.id)
    shares = [author.share_of(spendable, asset) for _ in range(_RECEIVERS_OF_MANY)]
    receiver = author.events.choice(receivers)
    peers = [author.outside(asset, is_source=False) for _ in shares]
    peers[1] = author.vault(receiver, asset)
    total = sum(shares, Decimal(0))
    payment = Payment(asset, payer, Peer("MULTI_DESTINATION"), total, total, drawn.fee)
    timeline = timelines.outgoing(asset.chain, author.events, at)
    received = author.leg(receiver, asset, shares[1], timeline)
    destinations = tuple(zip(peers, shares, strict=True))
    movement = sent(author, "multi_destination", payment, timeline, destinations=destinations)
    return [movement.with_leg(received)]


def reverted(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Fail a transfer in its block: the gas is spent, nothing else moves (row 9)."""
    drawn = draw(author, asset)
    if drawn is None:
        return []
    to = author.outside(asset, is_source=False)
    payment = Payment(asset, drawn.payer, to, drawn.amount, drawn.amount, drawn.fee)
    timeline = timelines.reverted(asset.chain, author.events, at)
    movement = sent(author, "reverted", payment, timeline)
    (only_the_fee,) = fee_leg(author, payment, timeline)
    return [movement.reverted_with(only_the_fee, "execution reverted")]
