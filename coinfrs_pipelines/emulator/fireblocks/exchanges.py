"""Transfers from and to exchange accounts, whose own ledger no record tells (C.4 rows 22 to 24)."""

from dataclasses import replace
from datetime import datetime

from coinfrs_pipelines.emulator.fireblocks import contacts, timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author
from coinfrs_pipelines.emulator.fireblocks.chains import Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Movement, Stage
from coinfrs_pipelines.emulator.fireblocks.payments import Payment, draw, sent
from coinfrs_pipelines.emulator.ledger import EXACT

# How the exchange may take what has already left the vault account.
_CREDITED = (
    ("COMPLETED", "CONFIRMED"),
    ("COMPLETED", "3RD_PARTY_COMPLETED"),
    ("COMPLETED", "COMPLETED_BUT_3RD_PARTY_FAILED"),
    ("COMPLETED", "COMPLETED_BUT_3RD_PARTY_REJECTED"),
)
_REFUSED = (
    ("FAILED", "3RD_PARTY_FAILED"),
    ("REJECTED", "3RD_PARTY_REJECTED"),
    ("CANCELLED", "3RD_PARTY_CANCELLED"),
)


def from_exchange(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Fetch from an exchange: it keeps its service fee, the network's fee is not the vault's."""
    timeline = timelines.from_third_party(asset.chain, author.events, at)
    return _asked_of_exchange(author, at, asset, timeline)


def exchange_refuses(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Ask an exchange for what it does not send: nothing moves."""
    ending = author.events.choice(_REFUSED)
    stages = timelines.without_effect(author.events, at, ending, "PENDING_3RD_PARTY")
    (asked,) = _asked_of_exchange(author, at, asset, None)
    return [replace(asked, kind="exchange_refuses", stages=stages)]


def _asked_of_exchange(
    author: Author, at: datetime, asset: Asset, timeline: timelines.Timeline | None
) -> list[Movement]:
    vault_id = author.events.choice(author.purse.vaults_with(asset.id))
    gross = author.share_of(author.purse.spendable(vault_id, asset.id), asset)
    fee = author.fee(asset)
    service_fee = author.share_of(gross, asset, 900, 200)
    net = EXACT.subtract(gross, service_fee)
    asked = Movement(
        tx_id=author.new_id(),
        kind="from_exchange",
        operation="TRANSFER",
        asset=asset,
        source=author.contact(contacts.EXCHANGE, asset),
        destination=author.vault(vault_id, asset),
        stages=(Stage(at, "SUBMITTED"),),
        requested=gross,
        net=net,
        network_fee=fee.amount,
        gas_price_gwei=fee.gas_price_gwei,
        service_fee=service_fee,
        created_by=author.user_id,
    )
    if timeline is None:
        return [asked]
    return [
        replace(
            asked,
            stages=timeline.stages,
            legs=(author.leg(vault_id, asset, net, timeline),),
            tx_hash=author.new_hash(asset.chain),
            height=timeline.height,
            index=0,
            exchange_tx_id=author.new_id(),
        )
    ]


def to_exchange(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send to an exchange; whether it credits the amount or not, the vault account has paid."""
    drawn = draw(author, asset)
    if drawn is None:
        return []
    to = author.contact(contacts.EXCHANGE, asset)
    payment = Payment(asset, drawn.payer, to, drawn.amount, drawn.amount, drawn.fee)
    timeline = timelines.outgoing(asset.chain, author.events, at)
    timeline = timelines.ending(timeline, *author.events.choice(_CREDITED))
    return [sent(author, "to_exchange", payment, timeline)]


def within_exchange(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Move from one trading account of an exchange to another: no vault account takes part."""
    vault_id = author.events.choice(author.purse.vaults_with(asset.id))
    amount = author.share_of(author.purse.spendable(vault_id, asset.id), asset)
    return [
        Movement(
            tx_id=author.new_id(),
            kind="within_exchange",
            operation="TRANSFER",
            asset=asset,
            source=author.contact(contacts.EXCHANGE, asset, "SPOT"),
            destination=author.contact(contacts.EXCHANGE, asset, "FUNDING"),
            stages=timelines.elsewhere(author.events, at),
            requested=amount,
            net=amount,
            created_by=author.user_id,
        )
    ]
