"""Writes orders of stocks and conversions into their tokens.

What is filled of them moves what no record tells, so that it happens only where a world's options
ask for it; all other orders end without a fill, and conversions fail.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from coinfrs_pipelines.emulator.binance.accounts import UIDS_PER_WORLD, Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.history import after_closing
from coinfrs_pipelines.emulator.binance.records import Hold, Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

ORDERS, CONVERSIONS = "stock_orders", "stock_conversions"
FIRST_ID = 5_000_000_000_000
ORDERS_AT, CONVERSIONS_AT = timedelta(hours=16, minutes=10), timedelta(hours=17, minutes=5)
STOCKS = {"AAPL": Decimal("187.42"), "TSLA": Decimal("242.10"), "NVDA": Decimal("131.07")}
QUOTE, FEE = "USDT", Decimal("0.17")
ENDS = ("CANCELED", "EXPIRED", "REJECTED")
STOCKS_PERCENT = 50
OPEN_MINUTES_MAX = 900


class Stocks:
    """A master's orders; its choices are from the generator for what seldom happens."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], _trading: Trading) -> None:
        self._draft, self._master = draft, accounts[0]
        self._rng = draft.rng_aside
        self._last_id = FIRST_ID + accounts[0].uid * UIDS_PER_WORLD

    def open(self, start: datetime) -> None:
        """Begin with nothing of its own."""

    def plan_day(self, day: datetime, number: int, _last: int) -> None:
        """Order and convert on the first day and on some others."""
        for at, step in ((ORDERS_AT, self._order), (CONVERSIONS_AT, self._convert)):
            if number == 0 or self._rng.randrange(100) < STOCKS_PERCENT:
                later = timedelta(milliseconds=self._rng.randrange(1_800_000))
                self._draft.at(day + at + later, partial(step, self._master.uid))

    def chances(self, _account: Account) -> Sequence[tuple["AccountStep", int]]:
        """Return nothing: its orders are planned, so that there is no less of anything else."""
        return ()

    def _number(self) -> str:
        self._last_id += 1
        return str(self._last_id)

    def _order(self, uid: int, at: datetime) -> None:
        """Set a part of the funding wallet aside, and spend it or give it back."""
        stock, price = self._rng.choice(list(STOCKS.items()))
        is_filled = self._draft.options.stocks_are_filled
        spent = part_of(self._rng, self._draft.balances.free(uid, "funding", QUOTE), 1, 3)
        if spent <= FEE:
            return
        quantity = ((spent - FEE) / price).quantize(Decimal("0.00000001"))
        minutes = self._rng.randint(1, OPEN_MINUTES_MAX)
        ended_at = at if is_filled else after_closing(at + timedelta(minutes=minutes))
        legs: tuple[Leg, ...] = ()
        if is_filled:
            legs = (
                Leg(cell(uid, "funding", QUOTE), -spent, at),
                Leg(cell(uid, "funding", f"EQ_{stock}"), quantity, at),
            )
        else:
            self._draft.hold(Hold(uid, "funding", QUOTE, spent, at, ended_at, "locked"))
        fields = {
            "stock": stock,
            "price": price,
            "quantity": quantity,
            "ended_at": ended_at,
            "end": "FILLED" if is_filled else self._rng.choice(ENDS),
        }
        label = f"{uid} ordered {quantity:f} {stock} for {spent:f} {QUOTE}: {fields['end']}"
        self._draft.book(Movement(ORDERS, uid, self._number(), at, legs, fields, label))

    def _convert(self, uid: int, at: datetime) -> None:
        stock = self._rng.choice(list(STOCKS))
        held = self._draft.balances.free(uid, "funding", f"EQ_{stock}")
        amount = part_of(self._rng, held, 10, 60)
        is_possible = amount > NOTHING
        legs: tuple[Leg, ...] = ()
        if is_possible:
            legs = (
                Leg(cell(uid, "funding", f"EQ_{stock}"), -amount, at),
                Leg(cell(uid, "spot", f"{stock}B"), amount, at),
            )
        fields = {"stock": stock, "amount": amount if is_possible else Decimal(1), "type": "MINT"}
        fields["status"] = "S" if is_possible else "F"
        verb = "converted" if is_possible else "failed to convert"
        label = f"{uid} {verb} {fields['amount']:f} {stock} into tokens"
        self._draft.book(Movement(CONVERSIONS, uid, self._number(), at, legs, fields, label))
