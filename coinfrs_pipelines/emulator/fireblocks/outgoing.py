"""The kinds of movements that the workspace makes and that reach their chain."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from coinfrs_pipelines.emulator.fireblocks import timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author
from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS, Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Hold, Movement, Peer
from coinfrs_pipelines.emulator.fireblocks.timelines import Timeline
from coinfrs_pipelines.emulator.ledger import EXACT

_GROSS_SHARE = 0.25
_RECEIVERS_OF_MANY = 3


@dataclass(frozen=True)
class Payment:
    """What is paid: the record's sides and amounts, before it has a way through its stages."""

    asset: Asset
    payer: str
    to: Peer
    requested: Decimal
    net: Decimal
    fee: Decimal
    gas_price_gwei: Decimal | None

    @property
    def fee_asset(self) -> Asset:
        """The asset that the payer's fee is taken from."""
        return ASSETS[self.asset.chain.base_asset]


def withdrawal(
    author: Author, at: datetime, asset: Asset, *, approved: datetime | None = None
) -> list[Movement]:
    """Send to outside, the fee from the same vault account (C.4 rows 1 to 3)."""
    fee, gas_price = author.fee(asset)
    payer = author.payer(asset, fee)
    if payer is None:
        return []
    requested = author.share_of(author.purse.spendable(payer, asset.id), asset)
    is_gross = not asset.is_token and requested > fee and author.events.random() < _GROSS_SHARE
    net = EXACT.subtract(requested, fee) if is_gross else requested
    to = author.outside(asset, is_source=False)
    payment = Payment(asset, payer, to, requested, net, fee, gas_price)
    timeline = timelines.outgoing(asset.chain, author.events, at, approved=approved)
    return [_sent(author, "withdrawal", payment, timeline)]


def vault_transfer(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send from one vault account to another in one record (row 5)."""
    fee, gas_price = author.fee(asset)
    receiver = author.events.choice(author.purse.vaults_with(asset.id))
    payer = author.payer(asset, fee, but=receiver)
    if payer is None:
        return []
    amount = author.share_of(author.purse.spendable(payer, asset.id), asset)
    to = author.vault(receiver, asset)
    payment = Payment(asset, payer, to, amount, amount, fee, gas_price)
    timeline = timelines.outgoing(asset.chain, author.events, at)
    return [_sent(author, "vault_transfer", payment, timeline)]


def consolidation(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send from a vault account to itself: only the fee changes anything (row 6)."""
    fee, gas_price = author.fee(asset)
    payer = author.payer(asset, fee)
    if payer is None:
        return []
    amount = author.share_of(author.purse.spendable(payer, asset.id), asset, 20, 3)
    to = author.vault(payer, asset)
    payment = Payment(asset, payer, to, amount, amount, fee, gas_price)
    timeline = timelines.outgoing(asset.chain, author.events, at)
    return [_sent(author, "consolidation", payment, timeline)]


def own_address(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send to a one-time address that is a vault account's: two records with one hash (row 7)."""
    fee, gas_price = author.fee(asset)
    receiver = author.events.choice(author.purse.vaults_with(asset.id))
    payer = author.payer(asset, fee, but=receiver)
    if payer is None:
        return []
    account = author.vault(receiver, asset)
    amount = author.share_of(author.purse.spendable(payer, asset.id), asset)
    to = Peer("ONE_TIME_ADDRESS", address=account.address)
    payment = Payment(asset, payer, to, amount, amount, fee, gas_price)
    timeline = timelines.outgoing(asset.chain, author.events, at)
    sent = _sent(author, "own_address_sent", payment, timeline)
    noticed = timelines.seen_by_receiver(timeline, author.events)
    received = Movement(
        tx_id=author.new_id(),
        kind="own_address_received",
        operation="TRANSFER",
        asset=asset,
        source=Peer("UNKNOWN", "", "External", address=sent.source.address),
        destination=account,
        stages=noticed.stages,
        legs=(author.leg(receiver, asset, amount, noticed),),
        requested=amount,
        net=amount,
        network_fee=fee,
        gas_price_gwei=gas_price,
        tx_hash=sent.tx_hash,
        height=sent.height,
        index=0,
    )
    return [sent, received]


def multi_destination(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send from a vault account to several at once, one of them a vault account (row 8)."""
    fee, _ = author.fee(asset)
    payer = author.payer(asset, fee)
    receivers = [vault_id for vault_id in author.purse.vaults_with(asset.id) if vault_id != payer]
    if payer is None or not receivers:
        return []
    spendable = author.purse.spendable(payer, asset.id)
    shares = [author.share_of(spendable, asset) for _ in range(_RECEIVERS_OF_MANY)]
    receiver = author.events.choice(receivers)
    peers = [author.outside(asset, is_source=False) for _ in shares]
    peers[1] = author.vault(receiver, asset)
    total = sum(shares, Decimal(0))
    payment = Payment(asset, payer, Peer("MULTI_DESTINATION"), total, total, fee, None)
    timeline = timelines.outgoing(asset.chain, author.events, at)
    received = author.leg(receiver, asset, shares[1], timeline)
    destinations = tuple(zip(peers, shares, strict=True))
    movement = _sent(author, "multi_destination", payment, timeline, destinations=destinations)
    return [movement.with_leg(received)]


def reverted(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Fail a transfer in its block: the gas is spent, nothing else moves (row 9)."""
    fee, gas_price = author.fee(asset)
    payer = author.payer(asset, fee)
    if payer is None:
        return []
    amount = author.share_of(author.purse.spendable(payer, asset.id), asset)
    to = author.outside(asset, is_source=False)
    payment = Payment(asset, payer, to, amount, amount, fee, gas_price)
    timeline = timelines.reverted(asset.chain, author.events, at)
    movement = _sent(author, "reverted", payment, timeline)
    only_the_fee = author.leg(payer, payment.fee_asset, -fee, timeline)
    return [movement.reverted_with(only_the_fee, "execution reverted")]


def _sent(
    author: Author,
    kind: str,
    payment: Payment,
    timeline: Timeline,
    *,
    destinations: tuple[tuple[Peer, Decimal], ...] = (),
) -> Movement:
    asset, payer = payment.asset, payment.payer
    legs = [author.leg(payer, asset, -payment.net, timeline)]
    if payment.to.vault_id is not None:
        legs.append(author.leg(payment.to.vault_id, asset, payment.net, timeline))
    legs.append(author.leg(payer, payment.fee_asset, -payment.fee, timeline))
    return Movement(
        tx_id=author.new_id(),
        kind=kind,
        operation="TRANSFER",
        asset=asset,
        source=author.vault(payer, asset),
        destination=payment.to,
        destinations=destinations,
        stages=timeline.stages,
        legs=tuple(legs),
        holds=(
            Hold(payer, asset.id, payment.net),
            Hold(payer, payment.fee_asset.id, payment.fee),
        ),
        requested=payment.requested,
        net=payment.net,
        network_fee=payment.fee,
        gas_price_gwei=payment.gas_price_gwei,
        treat_as_gross=payment.net != payment.requested,
        tx_hash=author.new_hash(asset.chain),
        height=timeline.height,
        # The venue leaves it out where there are several destinations.
        index=None if destinations else 0,
        created_by=author.user_id,
    )
