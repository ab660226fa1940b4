"""What is done with a token but sending it: approve, mint, burn, enable (C.4 rows 14, 16, 17)."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from coinfrs_pipelines.emulator.fireblocks import timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author, Fee
from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS, Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Hold, Movement, Peer
from coinfrs_pipelines.emulator.fireblocks.payments import Payment, draw, fee_leg, sent
from coinfrs_pipelines.emulator.fireblocks.purse import Wallet
from coinfrs_pipelines.emulator.fireblocks.timelines import Timeline

_NOTHING = Decimal(0)
# What a new token account on Solana is left with.
_RENT = Decimal("0.00203928")


def approve(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Allow a contract to take tokens: the record tells the allowance, the fee moves (row 14)."""
    drawn = draw(author, asset, least=4, most=1)
    if drawn is None:
        return []
    timeline = timelines.outgoing(asset.chain, author.events, at)
    return [_fee_only(author, "approve", asset, drawn.payer, drawn.amount, drawn.fee, timeline)]


def mint(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Issue a token into a vault account; the signing account pays the fee alone (row 16)."""
    drawn = draw(author, asset)
    if drawn is None:
        return []
    receiver = author.events.choice(author.purse.vaults_with(asset.id))
    timeline = timelines.outgoing(asset.chain, author.events, at)
    to = author.vault(receiver, asset)
    minted = _fee_only(author, "mint", asset, drawn.payer, drawn.amount, drawn.fee, timeline, to)
    return [minted.with_leg(author.leg(receiver, asset, drawn.amount, timeline))]


def burn(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Take a token out of the world (row 16)."""
    drawn = draw(author, asset)
    if drawn is None:
        return []
    to = Peer("UNKNOWN", "", "External")
    payment = Payment(asset, drawn.payer, to, drawn.amount, drawn.amount, drawn.fee)
    timeline = timelines.outgoing(asset.chain, author.events, at)
    return [replace(sent(author, "burn", payment, timeline), operation="BURN")]


def enable_asset(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Open a wallet on a chain that wants that paid: the fee, and on Solana the rent (row 17)."""
    base = ASSETS[asset.chain.base_asset]
    lacking = author.purse.vaults_without(asset.id, but_with=base.id)
    fee = author.fee(base)
    able = [each for each in lacking if author.purse.spendable(each, base.id) > 1]
    if not able:
        return []
    vault_id = author.events.choice(able)
    author.purse.add(Wallet(vault_id, asset.id, at))
    timeline = timelines.outgoing(asset.chain, author.events, at)
    enabled = _fee_only(author, "enable_asset", asset, vault_id, _NOTHING, fee, timeline)
    return [_with_rent(author, enabled, vault_id, base, timeline)]


def enabling_transfer(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send a token to a vault account that has no wallet of it: two records, one hash (row 17).

    The second record is the opening of the wallet, whose rent the sender pays; the fee of the one
    transaction stands in the first.
    """
    base = ASSETS[asset.chain.base_asset]
    lacking = author.purse.vaults_without(asset.id, but_with=base.id)
    drawn = draw(author, asset)
    if drawn is None or not lacking:
        return []
    receiver = author.events.choice(lacking)
    author.purse.add(Wallet(receiver, asset.id, at))
    timeline = timelines.outgoing(asset.chain, author.events, at)
    to = author.vault(receiver, asset)
    payment = Payment(asset, drawn.payer, to, drawn.amount, drawn.amount, drawn.fee)
    paid = sent(author, "enabling_transfer", payment, timeline)
    no_fee = Fee(_NOTHING)
    enabled = _fee_only(
        author, "enabled_by_transfer", asset, drawn.payer, _NOTHING, no_fee, timeline, to
    )
    enabled = replace(enabled, tx_hash=paid.tx_hash, created_by="")
    return [paid, _with_rent(author, enabled, drawn.payer, base, timeline)]


def _with_rent(
    author: Author, movement: Movement, payer: str, base: Asset, timeline: Timeline
) -> Movement:
    """Add what a new account on Solana costs beside the fee; other chains ask for nothing."""
    if base.id != "SOL":
        return movement
    fee = movement.network_fee or _NOTHING
    if author.options.rent_is_in_network_fee:
        fee += _RENT
    return replace(
        movement,
        paid_rent=_RENT,
        network_fee=fee,
        holds=(*movement.holds, Hold(payer, base.id, _RENT)),
    ).with_leg(author.leg(payer, base, -_RENT, timeline))


def _fee_only(
    author: Author,
    operation: str,
    asset: Asset,
    payer: str,
    told: Decimal,
    fee: Fee,
    timeline: Timeline,
    to: Peer | None = None,
) -> Movement:
    """Return a record whose amount moves nothing: its legs and holds are those of the fee."""
    to = to or author.one_time(asset)
    payment = Payment(asset, payer, to, told, told, fee)
    movement = sent(author, operation, payment, timeline)
    operations = {"enabled_by_transfer": "ENABLE_ASSET"}
    return replace(
        movement,
        operation=operations.get(operation, operation.upper()),
        legs=tuple(leg for leg in fee_leg(author, payment, timeline) if leg.amount),
        holds=(Hold(payer, payment.fee_asset.id, fee.amount),),
    )
