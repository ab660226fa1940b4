"""Writes locked earn: what is bound for some days, and is paid back at a midnight.

An early redemption leaves the position at once and is paid later, without a part of the rewards
that were paid before. Rewards are dividends, and are not written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import partial
from typing import TYPE_CHECKING

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, STEP, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

WALLET = "earn_locked"
SUBSCRIPTIONS, REDEMPTIONS = "locked_earn_subscription", "locked_earn_redemption"
# What is bound before the world starts, and for how many days.
FIRST = (("BNB", 60), ("ETH", 2))
EARLY_DAY = 1
# Short ones, to see their end, and one as the venue has them.
DAYS = (1, 2, 3, 60)
LOSS_RATE = Decimal("0.000317")


@dataclass
class Position:
    """What is left of one subscription."""

    position_id: int
    asset: str
    days: int
    original: Decimal
    amount: Decimal


class LockedEarn:
    """Binds assets of the spot and funding wallets, and gives them back to spot."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], _: Trading) -> None:
        self._draft = draft
        self._accounts = accounts
        self._positions: dict[int, list[Position]] = {account.uid: [] for account in accounts}

    def open(self, start: datetime) -> None:
        """Bind something an hour before the world starts."""
        for account in self._accounts:
            for asset, days in FIRST:
                step = partial(self._subscribe_to, account, asset, days)
                self._draft.at(start - timedelta(hours=1), step)

    def plan_day(self, day: datetime, number: int, last: int) -> None:
        """Let the master redeem early on one day; each subscription schedules its own end."""
        if number == min(EARLY_DAY, last):
            at = day + timedelta(hours=11, milliseconds=self._draft.rng.randint(1, 3_599_999))
            self._draft.at(at, partial(self._redeem_early, self._accounts[0]))

    def chances(self, _: Account) -> Sequence[tuple[AccountStep, int]]:
        """Return subscriptions and early redemptions."""
        return ((self._subscribe, 4), (self._redeem_early, 3))

    def _subscribe(self, account: Account, at: datetime) -> None:
        asset = self._draft.choose_held(account.uid, "spot")
        if asset is not None:
            self._subscribe_to(account, asset, self._draft.rng.choice(DAYS), at)

    def _subscribe_to(self, account: Account, asset: str, days: int, at: datetime) -> None:
        """Bind a part of the spot wallet, sometimes with something from the funding wallet."""
        draft, uid = self._draft, account.uid
        parts = {"spot": part_of(draft.rng, draft.balances.free(uid, "spot", asset), 1, 10)}
        parts["funding"] = NOTHING
        if draft.chance(25):
            funds = draft.balances.free(uid, "funding", asset)
            parts["funding"] = part_of(draft.rng, funds, 1, 10)
        amount = sum(parts.values(), NOTHING)
        if amount <= NOTHING:
            return
        position = Position(
            draft.numbers.of("locked_earn_position", 123_123),
            asset,
            days,
            amount,
            amount,
        )
        self._positions[uid].append(position)
        delivered_at = midnight_after(at, position.days)
        taken = [Leg(cell(uid, wallet, asset), -part, at) for wallet, part in parts.items() if part]
        draft.book(
            Movement(
                SUBSCRIPTIONS,
                uid,
                str(draft.numbers.of(SUBSCRIPTIONS)),
                at,
                (*taken, Leg(cell(uid, WALLET, asset), amount, at)),
                {
                    "asset": asset,
                    "amount": amount,
                    "from_spot": parts["spot"],
                    "from_funding": parts["funding"],
                    "position_id": position.position_id,
                    "days": position.days,
                    "delivered_at": delivered_at,
                },
                f"{uid} bound {amount:f} {asset} in locked earn",
            )
        )
        draft.at(delivered_at, partial(self._mature, uid, position))

    def _mature(self, uid: int, position: Position, at: datetime) -> None:
        if position.amount > NOTHING:
            self._redeem(uid, position, position.amount, NOTHING, at, at)

    def _redeem_early(self, account: Account, at: datetime) -> None:
        """Redeem a position before its end, all of it or a part."""
        draft, uid = self._draft, account.uid
        open_positions = [each for each in self._positions[uid] if each.amount > NOTHING]
        if not open_positions:
            return
        position = draft.rng.choice(open_positions)
        amount = position.amount
        if draft.chance(40):
            amount = part_of(draft.rng, amount, 10, 70)
        loss = (amount * LOSS_RATE).quantize(STEP, ROUND_DOWN)
        if amount > loss:
            self._redeem(uid, position, amount, loss, at, midnight_after(at, 1))

    def _redeem(
        self,
        uid: int,
        position: Position,
        amount: Decimal,
        loss: Decimal,
        at: datetime,
        delivered_at: datetime,
    ) -> None:
        draft, asset = self._draft, position.asset
        paid = amount - loss
        position.amount -= amount
        draft.book(
            Movement(
                REDEMPTIONS,
                uid,
                str(draft.numbers.of(REDEMPTIONS)),
                at,
                (
                    Leg(cell(uid, WALLET, asset), -amount, at),
                    Leg(cell(uid, "spot", asset), paid, delivered_at),
                ),
                {
                    "asset": asset,
                    "amount": paid,
                    "original": position.original,
                    "loss": loss,
                    "taken": amount,
                    "position_id": position.position_id,
                    "days": position.days,
                    "delivered_at": delivered_at,
                    "is_mature": at == delivered_at,
                    "is_complete": position.amount == NOTHING,
                },
                f"{uid} redeemed {paid:f} {asset} of locked earn",
            )
        )


def midnight_after(at: datetime, days: int) -> datetime:
    """Return the midnight that ends the so many days that begin with the next midnight."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=days + 1)
