"""Writes what positions of flexible earn bring, and what of them is pledged for a loan.

Real-time rewards go into the position; a bonus is a dividend, and is not written here. What is
pledged stays in the position and cannot be redeemed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import partial
from typing import TYPE_CHECKING

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, STEP, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.earn import WALLET
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.history import on_the_hour
from coinfrs_pipelines.emulator.binance.records import Hold, Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

REWARDS, COLLATERALS = "flexible_earn_reward", "flexible_earn_collateral"
DAILY_RATE = Decimal("0.0000712")
# So many rewards are told as two equal records.
TWINS_PERCENT = 20
HOURS = 24
PLEDGE_DAY = 1


class EarnRewards:
    """Real-time rewards at each midnight, and collateral that comes and goes."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], _: Trading) -> None:
        self._draft = draft
        self._accounts = accounts

    def open(self, start: datetime) -> None:
        """Begin with nothing of its own."""

    def plan_day(self, day: datetime, number: int, last: int) -> None:
        """Reward every position at midnight, and let the master pledge something on one day."""
        if number == min(PLEDGE_DAY, last):
            at = day + timedelta(hours=9, milliseconds=self._draft.rng.randint(1, 3_599_999))
            self._draft.at(at, partial(self._pledge, self._accounts[0]))
        for at in on_the_hour(day, 0):
            self._draft.at(at, self._reward_all)

    def chances(self, account: Account) -> Sequence[tuple[AccountStep, int]]:
        """Return the pledges of the accounts that may borrow."""
        return ((self._pledge, 2),) if "margin" in account.products else ()

    def _reward_all(self, at: datetime) -> None:
        for account in self._accounts:
            for asset in self._draft.balances.held(account.uid, WALLET):
                balance = self._draft.balances.free(account.uid, WALLET, asset)
                reward = (balance * DAILY_RATE).quantize(STEP, ROUND_DOWN)
                if reward <= NOTHING:
                    continue
                for _ in range(2 if self._draft.chance(TWINS_PERCENT) else 1):
                    self._reward(account, asset, reward, at)

    def _reward(self, account: Account, asset: str, reward: Decimal, at: datetime) -> None:
        """Add the reward at once, or in some worlds hour by hour before it is told."""
        place, told_at = cell(account.uid, WALLET, asset), at
        legs: tuple[Leg, ...] = (Leg(place, reward, at),)
        if self._draft.options.rewards_accrue_by_the_hour:
            told_at = at + timedelta(hours=HOURS)
            part = (reward / HOURS).quantize(STEP, ROUND_DOWN)
            parts = [part] * (HOURS - 1) + [reward - part * (HOURS - 1)]
            legs = tuple(
                Leg(place, amount, at + timedelta(hours=hour))
                for hour, amount in enumerate(parts, start=1)
                if amount
            )
        self._draft.book(
            Movement(
                REWARDS,
                account.uid,
                str(self._draft.numbers.of(REWARDS)),
                told_at,
                legs,
                {"asset": asset, "amount": reward},
                f"{account.uid} earned {reward:f} {asset} in flexible earn",
            )
        )

    def _pledge(self, account: Account, at: datetime) -> None:
        """Pledge a part of a position for some hours."""
        draft, uid = self._draft, account.uid
        asset = draft.choose_held(uid, WALLET)
        if asset is None:
            return
        amount = part_of(draft.rng, draft.balances.free(uid, WALLET, asset), 5, 40)
        if amount <= NOTHING:
            return
        ends_at = at + timedelta(minutes=draft.rng.randint(60, 2_000))
        order_id = draft.numbers.of("flexible_earn_collateral_order")
        draft.hold(Hold(uid, WALLET, asset, amount, at, ends_at, "locked"))
        self._tell(uid, asset, amount, order_id, "BORROW", at)
        draft.at(ends_at, lambda now: self._tell(uid, asset, amount, order_id, "REPAY", now))

    def _tell(
        self, uid: int, asset: str, amount: Decimal, order_id: int, kind: str, at: datetime
    ) -> None:
        self._draft.book(
            Movement(
                COLLATERALS,
                uid,
                str(self._draft.numbers.of(COLLATERALS)),
                at,
                (),
                {"asset": asset, "amount": amount, "type": kind, "order_id": order_id},
                f"{uid} pledged or freed {amount:f} {asset} of flexible earn",
            )
        )
