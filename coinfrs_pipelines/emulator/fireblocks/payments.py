"""What is paid, before it has a way through its stages, and the record that it becomes.

The rules of legs that all outgoing kinds share (C.4 rows 1 to 8 and 21) are here: the net amount
leaves the payer, arrives in a vault account of the workspace, and the fee is paid once, by the
payer or by its sponsor.
"""

from dataclasses import dataclass
from decimal import Decimal

from coinfrs_pipelines.emulator.fireblocks.author import Author, Fee
from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS, Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Hold, Movement, Peer, Sponsor
from coinfrs_pipelines.emulator.fireblocks.timelines import Timeline
from coinfrs_pipelines.emulator.ledger import Leg


@dataclass(frozen=True)
class Payment:
    """The sides and amounts of a record."""

    asset: Asset
    payer: str
    to: Peer
    requested: Decimal
    net: Decimal
    fee: Fee
    sponsor: Sponsor | None = None

    @property
    def fee_asset(self) -> Asset:
        """The asset that the network fee is taken from."""
        return ASSETS[self.asset.chain.base_asset]

    @property
    def fee_vault(self) -> str | None:
        """The vault account that pays the network fee, if it is one of the workspace."""
        return self.payer if self.sponsor is None else self.sponsor.vault_id


@dataclass(frozen=True)
class Drawn:
    """Who pays how much, to somebody yet to be named."""

    payer: str
    amount: Decimal
    fee: Fee


def draw(
    author: Author,
    asset: Asset,
    *,
    but: str | None = None,
    least: int = 400,
    most: int = 40,
    gas: int | None = None,
) -> Drawn | None:
    """Draw a payer that can pay, a share of what it has, and the fee; None if nobody can."""
    fee = author.fee(asset, gas=gas)
    payer = author.payer(asset, fee.amount, but=but)
    if payer is None:
        return None
    amount = author.share_of(author.purse.spendable(payer, asset.id), asset, least, most)
    return Drawn(payer, amount, fee)


def fee_leg(author: Author, payment: Payment, timeline: Timeline) -> tuple[Leg, ...]:
    """Return what the network fee takes from the workspace: nothing, if another pays it."""
    if payment.fee_vault is None:
        return ()
    leg = author.leg(payment.fee_vault, payment.fee_asset, -payment.fee.amount, timeline)
    return (leg,)


def sent(
    author: Author,
    kind: str,
    payment: Payment,
    timeline: Timeline,
    *,
    destinations: tuple[tuple[Peer, Decimal], ...] = (),
) -> Movement:
    """Return the record of a payment with its legs and what it holds."""
    asset, payer = payment.asset, payment.payer
    legs = [author.leg(payer, asset, -payment.net, timeline)]
    if payment.to.vault_id is not None:
        legs.append(author.leg(payment.to.vault_id, asset, payment.net, timeline))
    holds = [Hold(payer, asset.id, payment.net)]
    if payment.fee_vault is not None:
        holds.append(Hold(payment.fee_vault, payment.fee_asset.id, payment.fee.amount))
    return Movement(
        tx_id=author.new_id(),
        kind=kind,
        operation="TRANSFER",
        asset=asset,
        source=author.vault(payer, asset),
        destination=payment.to,
        destinations=destinations,
        stages=timeline.stages,
        legs=(*legs, *fee_leg(author, payment, timeline)),
        holds=tuple(holds),
        requested=payment.requested,
        net=payment.net,
        network_fee=payment.fee.amount,
        gas_price_gwei=payment.fee.gas_price_gwei,
        l1_fee=payment.fee.l1,
        sponsor=payment.sponsor,
        treat_as_gross=payment.net != payment.requested,
        tx_hash=author.new_hash(asset.chain),
        height=timeline.height,
        # The venue leaves it out where there are several destinations.
        index=None if destinations else 0,
        created_by=author.user_id,
    )
