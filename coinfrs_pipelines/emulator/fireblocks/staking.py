"""What is staked and comes back (C.4 row 18), and the positions that it is in between."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from coinfrs_pipelines.emulator.fireblocks import timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author
from coinfrs_pipelines.emulator.fireblocks.chains import Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Movement
from coinfrs_pipelines.emulator.fireblocks.payments import Payment, draw, sent
from coinfrs_pipelines.emulator.ledger import EXACT

_REWARD_SHARE = 200


def stake(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send to a validator: the amount leaves the wallet, the fee with it."""
    drawn = draw(author, asset)
    if drawn is None:
        return []
    to = author.one_time(asset)
    payment = Payment(asset, drawn.payer, to, drawn.amount, drawn.amount, drawn.fee)
    timeline = timelines.outgoing(asset.chain, author.events, at)
    staked = replace(
        sent(author, "stake", payment, timeline), operation="STAKE", stake_id=author.new_id()
    )
    author.stakes.append(staked)
    return [staked]


def stake_withdrawal(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Take back what was staked first, with its reward; the validator's side pays the fee.

    Where the world says so it is a withdrawal by the protocol, of which no record tells.
    """
    done = [each for each in author.stakes if each.asset == asset and each.ended_at < at]
    if not done:
        return []
    author.stakes.remove(done[0])
    vault_id, staked = done[0].source.vault_id, done[0].net
    if vault_id is None or staked is None:
        raise ValueError("What was staked has an amount and a vault account.")
    reward = author.share_of(staked, asset, _REWARD_SHARE * 4, _REWARD_SHARE)
    amount = EXACT.add(staked, reward)
    timeline = timelines.incoming(asset.chain, author.events, at)
    fee = author.fee(asset)
    return [
        Movement(
            tx_id=author.new_id(),
            kind="stake_withdrawal",
            operation="STAKE",
            asset=asset,
            source=author.unknown(asset),
            destination=author.vault(vault_id, asset),
            stages=timeline.stages,
            legs=(author.leg(vault_id, asset, amount, timeline),),
            requested=amount,
            net=amount,
            network_fee=fee.amount,
            gas_price_gwei=fee.gas_price_gwei,
            tx_hash=author.new_hash(asset.chain),
            height=timeline.height,
            index=0,
            stake_id=done[0].stake_id,
            is_recorded=author.options.stake_withdrawals_are_recorded,
        )
    ]


@dataclass(frozen=True)
class StakingPosition:
    """A position at an instant: its vault account is that of the stake, its amount without it."""

    id: str
    stake: Movement
    status: str
    updated_at: datetime
    amount: Decimal


def positions(movements: Iterable[Movement], now: datetime) -> Iterator[StakingPosition]:
    """Yield the position of every stake that was begun by `now`, the oldest first."""
    begun: dict[str, Movement] = {}
    withdrawn: dict[str, Movement] = {}
    for movement in movements:
        if movement.stake_id and movement.created_at <= now:
            found = withdrawn if movement.is_incoming else begun
            found[movement.stake_id] = movement
    for stake_id, staked in begun.items():
        amount = staked.net or Decimal(0)
        if (back := withdrawn.get(stake_id)) is not None:
            status = "WITHDRAWN" if back.concluded_by(now) else "WITHDRAWING"
            at = back.concluded_at if back.concluded_by(now) else back.created_at
            yield StakingPosition(stake_id, staked, status, at, Decimal(0))
        elif staked.concluded_by(now):
            yield StakingPosition(stake_id, staked, "ACTIVE", staked.concluded_at, amount)
        else:
            yield StakingPosition(stake_id, staked, "PENDING", staked.created_at, amount)
