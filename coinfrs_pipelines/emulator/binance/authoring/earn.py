"""Writes flexible earn: subscriptions from spot and funding, and redemptions to either.

Fast redemptions are paid at once, standard ones hours or a day later. What a position earns stands
in a module of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.history import after_closing
from coinfrs_pipelines.emulator.binance.records import Hold, Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

WALLET = "earn_flexible"
SUBSCRIPTIONS, REDEMPTIONS = "flexible_earn_subscription", "flexible_earn_redemption"
# What everybody subscribes before the world starts, if it is there.
FIRST_ASSETS = ("USDT", "ETH", "BNB")
REDEMPTION_DAY = 1
FAILED_PERCENT = 6
STANDARD_PERCENT = 40
STANDARD_MINUTES = (90, 1_800)


class FlexibleEarn:
    """Moves assets between flexible earn and the wallets of an account."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], _: Trading) -> None:
        self._draft = draft
        self._accounts = accounts

    def open(self, start: datetime) -> None:
        """Subscribe to something an hour before the world starts."""
        for account in self._accounts:
            for asset in FIRST_ASSETS:
                step = partial(self._subscribe_to, account, asset)
                self._draft.at(start - timedelta(hours=1), step)

    def plan_day(self, day: datetime, number: int, last: int) -> None:
        """Let the master redeem something on one day; the rest comes at any time."""
        if number == min(REDEMPTION_DAY, last):
            at = day + timedelta(hours=13, milliseconds=self._draft.rng.randint(1, 3_599_999))
            self._draft.at(at, partial(self._redeem, self._accounts[0]))

    def chances(self, account: Account) -> Sequence[tuple[AccountStep, int]]:
        """Return subscriptions and redemptions."""
        return ((self._subscribe, 8), (self._redeem, 8)) if account in self._accounts else ()

    def _subscribe(self, account: Account, at: datetime) -> None:
        asset = self._draft.choose_held(account.uid, "spot")
        if asset is not None:
            self._subscribe_to(account, asset, at)

    def _subscribe_to(self, account: Account, asset: str, at: datetime) -> None:
        """Take a part of the spot wallet, sometimes with something from the funding wallet."""
        draft, uid = self._draft, account.uid
        parts = {"spot": part_of(draft.rng, draft.balances.free(uid, "spot", asset), 1, 12)}
        parts["funding"] = NOTHING
        if draft.chance(30):
            funds = draft.balances.free(uid, "funding", asset)
            parts["funding"] = part_of(draft.rng, funds, 1, 12)
        amount = sum(parts.values(), NOTHING)
        if amount <= NOTHING:
            return
        is_successful = not draft.chance(FAILED_PERCENT)
        taken = [Leg(cell(uid, wallet, asset), -part, at) for wallet, part in parts.items() if part]
        draft.book(
            Movement(
                SUBSCRIPTIONS,
                uid,
                str(draft.numbers.of(SUBSCRIPTIONS)),
                at,
                (*taken, Leg(cell(uid, WALLET, asset), amount, at)) if is_successful else (),
                {
                    "asset": asset,
                    "amount": amount,
                    "from_spot": parts["spot"],
                    "from_funding": parts["funding"],
                    "is_automatic": draft.chance(25),
                    "is_successful": is_successful,
                },
                f"{uid} subscribed {amount:f} {asset} to flexible earn",
            )
        )

    def _redeem(self, account: Account, at: datetime) -> None:
        """Redeem a part of a position or all of it, at once or later, to spot or funding."""
        draft, uid = self._draft, account.uid
        asset = draft.choose_held(uid, WALLET)
        if asset is None:
            return
        free = draft.balances.free(uid, WALLET, asset)
        amount = free if draft.chance(15) else part_of(draft.rng, free, 5, 60)
        if amount <= NOTHING:
            return
        paid_at = at
        if draft.chance(STANDARD_PERCENT):
            minutes = draft.rng.randint(*STANDARD_MINUTES)
            paid_at = after_closing(at + timedelta(minutes=minutes))
        is_successful = not draft.chance(FAILED_PERCENT)
        target = "funding" if draft.chance(25) else "spot"
        gone_at = paid_at if draft.options.redemptions_leave_when_paid else at
        legs = self._redemption_legs(uid, asset, amount, target, gone_at, paid_at)
        if is_successful and gone_at > at:
            # Asked for before its leg, so that it is given back before.
            draft.hold(Hold(uid, WALLET, asset, amount, at, gone_at, "redeeming"))
        draft.book(
            Movement(
                REDEMPTIONS,
                uid,
                str(draft.numbers.of(REDEMPTIONS)),
                at,
                legs if is_successful else (),
                {
                    "asset": asset,
                    "amount": amount,
                    "target": target,
                    "paid_at": paid_at,
                    "is_successful": is_successful,
                },
                f"{uid} redeemed {amount:f} {asset} of flexible earn to {target}",
            )
        )

    def _redemption_legs(
        self,
        uid: int,
        asset: str,
        amount: Decimal,
        target: str,
        gone_at: datetime,
        paid_at: datetime,
    ) -> tuple[Leg, ...]:
        return (
            Leg(cell(uid, WALLET, asset), -amount, gone_at),
            Leg(cell(uid, target, asset), amount, paid_at),
        )
