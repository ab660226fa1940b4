"""Writes the VIP loans of a master: applied for, and paid into its spot wallet soon after.

Its choices are its own: the rest of a world is as it would be without them. Repayments, of a loan
that is older than the world, stand with the other loans.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import STEP
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

KIND = "vip_borrow"
LENT = ("USDT", "BTC", "ETH")
BORROWED_PERCENT, FAILED_PERCENT = 25, 20
DECIDED_AFTER_MINUTES = (1, 30)


class VipLoans:
    """Borrows on what an account has, which stays where it is."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], trading: Trading) -> None:
        self._draft, self._accounts, self._trading = draft, accounts, trading
        self._rng = draft.generator_of(KIND)
        self._count = 0

    def open(self, start: datetime) -> None:
        """Begin without any."""

    def plan_day(self, day: datetime, number: int, _last: int) -> None:
        """Let the master apply on the first day and on some others; only a master may."""
        for account in self._accounts:
            is_due = number == 0 or self._rng.randrange(100) < BORROWED_PERCENT
            if account.is_master and is_due:
                # Decided within the hour, and not over a closing.
                at = day + timedelta(
                    hours=self._rng.randint(1, 22), milliseconds=self._rng.randrange(1_800_000)
                )
                self._draft.at(at, partial(self._apply, account))

    def chances(self, _: Account) -> Sequence[tuple[AccountStep, int]]:
        """Return nothing: they are planned, so that there is no less of anything else."""
        return ()

    def _apply(self, account: Account, at: datetime) -> None:
        rng, uid = self._rng, account.uid
        coin = rng.choice(LENT)
        worth = Decimal(rng.randint(100_000, 5_000_000)) / 100
        amount = (worth / self._trading.price(coin)).quantize(STEP)
        paid_at = at + timedelta(
            minutes=rng.randint(*DECIDED_AFTER_MINUTES), milliseconds=rng.randrange(1_000)
        )
        is_successful = rng.randrange(100) >= FAILED_PERCENT
        legs = (Leg(cell(uid, "spot", coin), amount, paid_at),)
        fields = {
            "coin": coin,
            "amount": amount,
            "term": rng.choice(("30", "60", "open term")),
            "paid_at": paid_at,
            "is_successful": is_successful,
        }
        self._count += 1
        # Unique over worlds, because the account is.
        number = f"{uid}{self._count:05}"
        label = f"{uid} borrowed {amount:f} {coin} as a VIP loan"
        movement = Movement(KIND, uid, number, at, legs if is_successful else (), fields, label)
        self._draft.book(movement)
