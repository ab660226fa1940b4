"""Writes dual investments: an asset given for a while, and come back in one of two.

What a settlement pays is told nowhere, so that positions are due after the world ends, unless an
option says otherwise. Its choices are its own: the rest of a world is as it would be without them.
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
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.history import after_closing
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

KIND = "dual_investments"
STABLE, OTHERS = "USDT", ("BTC", "ETH", "BNB")
SUBSCRIBED_PERCENT, REFUNDED_PERCENT, FAILED_PERCENT, EXERCISED_PERCENT = 30, 25, 10, 50
APR, DAYS_A_YEAR = Decimal("0.0365"), 365
SETTLED_AT_HOUR = 8


class DualInvestments:
    """Buys low or sells high: some purchases fail, and others are refunded hours later."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], trading: Trading) -> None:
        self._draft, self._accounts, self._trading = draft, accounts, trading
        self._rng = draft.generator_of(KIND)
        self._count = 0

    def open(self, start: datetime) -> None:
        """Begin without any."""

    def plan_day(self, day: datetime, number: int, last: int) -> None:
        """Let the master subscribe on the first day, and anybody on some days."""
        settles_on = day + timedelta(days=last - number + 2)
        if self._draft.options.dual_investments_settle:
            settles_on = day + timedelta(days=1)
        for account in self._accounts:
            is_first = account.is_master and number == 0
            if is_first or self._rng.randrange(100) < SUBSCRIBED_PERCENT:
                # Purchases end within minutes, and not over a closing.
                at = day + timedelta(
                    hours=self._rng.randint(9, 20), milliseconds=self._rng.randrange(3_600_000)
                )
                settles_at = settles_on + timedelta(hours=SETTLED_AT_HOUR)
                self._draft.at(at, partial(self._subscribe, account, settles_at))

    def chances(self, _: Account) -> Sequence[tuple[AccountStep, int]]:
        """Return nothing: they are planned, so that there is no less of anything else."""
        return ()

    def _subscribe(self, account: Account, settles_at: datetime, at: datetime) -> None:
        draft, rng, uid = self._draft, self._rng, account.uid
        other, is_put = rng.choice(OTHERS), rng.randrange(2) == 0
        invested, exercised = (STABLE, other) if is_put else (other, STABLE)
        amount = part_of(rng, draft.balances.free(uid, "spot", invested), 1, 3)
        if amount <= NOTHING:
            return
        strike = self._trading.price(other) * (Decimal("0.95") if is_put else Decimal("1.05"))
        strike = strike.quantize(Decimal("0.01"), ROUND_DOWN)
        days = (settles_at - at).days + 1
        decided_at = at + timedelta(minutes=rng.randint(1, 20))
        outcome = rng.randrange(100)
        is_failed = outcome < FAILED_PERCENT
        is_refunded = FAILED_PERCENT <= outcome < FAILED_PERCENT + REFUNDED_PERCENT
        ended_at = decided_at + timedelta(minutes=rng.randint(10, 900))
        back = (invested, amount)
        if not is_refunded:
            ended_at = settles_at + timedelta(seconds=rng.randrange(3 * 3_600))
            grown = amount * (1 + APR * days / DAYS_A_YEAR)
            if rng.randrange(100) < EXERCISED_PERCENT:
                back = (exercised, grown / strike if is_put else grown * strike)
            else:
                back = (invested, grown)
            back = (back[0], back[1].quantize(STEP, ROUND_DOWN))
        ended_at = after_closing(ended_at)
        legs = (
            Leg(cell(uid, "spot", invested), -amount, at),
            Leg(cell(uid, "spot", back[0]), back[1], ended_at),
        )
        self._count += 1
        fields = {
            "invested": invested,
            "exercised": exercised,
            "amount": amount,
            "strike": strike,
            "is_put": is_put,
            "days": days,
            "settles_at": settles_at,
            "decided_at": decided_at,
            "ended_at": ended_at,
            "is_successful": not is_failed,
            "is_refunded": is_refunded,
        }
        # Unique over worlds, because the account is.
        number = f"{uid}{self._count:05}"
        label = f"{uid} invested {amount:f} {invested}, to be paid in it or in {exercised}"
        draft.book(Movement(KIND, uid, number, at, () if is_failed else legs, fields, label))
