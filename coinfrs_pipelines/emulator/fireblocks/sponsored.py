"""Fees that somebody else pays, and the stations that keep vault accounts in gas (C.4 19 to 21)."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from coinfrs_pipelines.emulator.fireblocks import timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author
from coinfrs_pipelines.emulator.fireblocks.chains import Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Movement, Peer, Sponsor
from coinfrs_pipelines.emulator.fireblocks.outgoing import between_vaults
from coinfrs_pipelines.emulator.fireblocks.payments import Payment, draw, sent

# What a gas station keeps a wallet at.
_FUEL = Decimal("0.01")
# What a sponsor has room for, in fees.
_ROOM = 100


def gas_station(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Fill up a vault account from the old station, which is none: no fee of ours (row 19)."""
    receiver = author.events.choice(author.purse.vaults_with(asset.id))
    timeline = timelines.incoming(asset.chain, author.events, at)
    fee = author.fee(asset)
    return [
        Movement(
            tx_id=author.new_id(),
            kind="gas_station",
            operation="TRANSFER",
            asset=asset,
            source=Peer("GAS_STATION", "0", "Gas Station", address=author.one_time(asset).address),
            destination=author.vault(receiver, asset),
            stages=timeline.stages,
            legs=(author.leg(receiver, asset, _FUEL, timeline),),
            requested=_FUEL,
            net=_FUEL,
            network_fee=fee.amount,
            gas_price_gwei=fee.gas_price_gwei,
            tx_hash=author.new_hash(asset.chain),
            height=timeline.height,
            index=0,
            note="Auto fueling",
        )
    ]


def gas_tank(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Fill up a vault account from the designated one, as the new station does (row 20)."""
    payment = between_vaults(author, asset)
    if payment is None:
        return []
    timeline = timelines.outgoing(asset.chain, author.events, at)
    payment = replace(payment, requested=_FUEL, net=_FUEL)
    fuelled = sent(author, "gas_tank", payment, timeline)
    return [replace(fuelled, created_by="gas-station", note="Gas Tank auto-fuel")]


def fee_payer(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let another vault account of the workspace pay the fee (row 21)."""
    return _sponsored(author, at, asset, "fee_payer")


def local_relay(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let a vault account of the workspace relay a transaction and pay for it (row 21)."""
    return _sponsored(author, at, asset, "local_relay")


def third_party_relay(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let another workspace relay a transaction: no fee here (row 21)."""
    return _sponsored(author, at, asset, "third_party_relay")


def meta_transaction(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let a relay send what was only signed here: the record tells no fee at its top (row 21)."""
    return _sponsored(author, at, asset, "third_party_relay", is_meta=True)


def _sponsored(
    author: Author, at: datetime, asset: Asset, kind: str, *, is_meta: bool = False
) -> list[Movement]:
    drawn = draw(author, asset)
    if drawn is None:
        return []
    sponsor = _sponsor(author, asset, kind, drawn.payer, drawn.fee.amount)
    if sponsor is None:
        return []
    to = author.outside(asset, is_source=False)
    payment = Payment(
        asset,
        drawn.payer,
        to,
        drawn.amount,
        drawn.amount,
        drawn.fee,
        replace(sponsor, is_meta_transaction=is_meta),
    )
    timeline = timelines.outgoing(asset.chain, author.events, at)
    return [sent(author, "meta_transaction" if is_meta else kind, payment, timeline)]


def _sponsor(author: Author, asset: Asset, kind: str, payer: str, fee: Decimal) -> Sponsor | None:
    if kind == "third_party_relay":
        return Sponsor("third_party_relay", author.new_id(), "Relay Ltd")
    base = asset.chain.base_asset
    able = [
        vault_id
        for vault_id in author.purse.vaults_with(base)
        if vault_id != payer and author.purse.spendable(vault_id, base) > _ROOM * fee
    ]
    if not able:
        return None
    vault_id = author.events.choice(able)
    name = author.vault(vault_id, asset).name
    if kind == "fee_payer":
        return Sponsor("fee_payer", vault_id, name)
    return Sponsor("local_relay", vault_id, name)
