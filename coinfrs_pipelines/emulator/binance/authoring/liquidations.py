"""Writes liquidations of flexible loans that are older than the world.

What was pledged had left before it began: only what is left over comes back, some time after the
liquidation began. Its choices are its own: the rest of a world is as it would be without them.
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
from coinfrs_pipelines.emulator.binance.history import after_closing
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

KIND = "flexible_liquidation"
LENT, PLEDGED = ("USDT", "USDC"), ("BTC", "ETH", "BNB", "SOL")
LIQUIDATED_PERCENT, NOTHING_LEFT_PERCENT = 20, 20
ENDED_AFTER_MINUTES = (0, 900)
FEE = Decimal("0.02")


class Liquidations:
    """Takes the collateral of old loans, and gives back what is left of it, if anything is."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], trading: Trading) -> None:
        self._draft, self._accounts, self._trading = draft, accounts, trading
        self._rng = draft.generator_of(KIND)
        self._count = 0

    def open(self, start: datetime) -> None:
        """Begin with loans of which nothing tells."""

    def plan_day(self, day: datetime, number: int, _last: int) -> None:
        """Liquidate a loan of the master's on the first day, and anybody's on some days."""
        for account in self._accounts:
            is_first = account.is_master and number == 0
            if is_first or self._rng.randrange(100) < LIQUIDATED_PERCENT:
                at = day + timedelta(milliseconds=self._rng.randrange(86_400_000))
                self._draft.at(after_closing(at), partial(self._liquidate, account))

    def chances(self, _: Account) -> Sequence[tuple[AccountStep, int]]:
        """Return nothing: it is nobody's own doing."""
        return ()

    def _liquidate(self, account: Account, at: datetime) -> None:
        rng, uid = self._rng, account.uid
        coin, collateral_coin = rng.choice(LENT), rng.choice(PLEDGED)
        debt = Decimal(rng.randint(10_000, 900_000)) / 100
        price = self._trading.price(collateral_coin) / self._trading.price(coin)
        sold = (debt / price).quantize(STEP)
        returned = (sold * rng.randint(1, 12) / 100).quantize(STEP)
        if rng.randrange(100) < NOTHING_LEFT_PERCENT:
            returned = Decimal(0)
        ended_at = after_closing(at + timedelta(minutes=rng.randint(*ENDED_AFTER_MINUTES)))
        legs = (Leg(cell(uid, "spot", collateral_coin), returned, ended_at),)
        fields = {
            "coin": coin,
            "debt": debt,
            "collateral_coin": collateral_coin,
            "sold": sold,
            "returned": returned,
            "fee": (sold * FEE).quantize(STEP),
            "price": price.quantize(STEP),
            "ended_at": ended_at,
        }
        self._count += 1
        # Unique over worlds, because the account is.
        number = f"{uid}{self._count:05}"
        label = f"{uid} got {returned:f} {collateral_coin} back from a liquidated loan"
        self._draft.book(Movement(KIND, uid, number, at, legs if returned else (), fields, label))
