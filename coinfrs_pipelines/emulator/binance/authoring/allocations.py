"""Writes the orders that the venue routes over symbols: what they fill is allocated, not traded.

An allocation exchanges what a trade does, under an id of its own, and is in no list of trades.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import partial
from typing import TYPE_CHECKING

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, STEP, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import COMMISSION_RATE, Trading
from coinfrs_pipelines.emulator.binance.history import after_closing
from coinfrs_pipelines.emulator.binance.market import SYMBOLS, Symbol
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

# Orders in these are routed; the third is sold nowhere else.
ROUTED = ("BTCUSDT", "ETHUSDT", "TRXUSDT")
# Ids begin at zero in each symbol, says the published sample.
FIRST_ID = -1
ROUTED_PERCENT = 40
DAY_MILLISECONDS = 86_400_000


class Allocations:
    """Orders of any account with smart order routing, in one piece or in two."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], trading: Trading) -> None:
        self._draft = draft
        self._accounts = accounts
        self._trading = trading
        self._ids: dict[tuple[int, str], int] = {}

    def open(self, start: datetime) -> None:
        """Nothing is there before the world begins."""

    def plan_day(self, day: datetime, _number: int, _last: int) -> None:
        """Route an order of each account on some days."""
        for account in self._accounts:
            if self._draft.chance(ROUTED_PERCENT):
                into_day = timedelta(milliseconds=self._draft.rng.randrange(DAY_MILLISECONDS))
                self._draft.at(after_closing(day + into_day), partial(self._route, account))

    def chances(self, _account: Account) -> Sequence[tuple["AccountStep", int]]:
        """Return nothing: its orders are planned, so that there is no less of anything else."""
        return ()

    def _route(self, account: Account, _: datetime) -> None:
        symbol = SYMBOLS[self._draft.rng.choice(ROUTED)]
        is_buyer = self._draft.chance(50)
        spent = symbol.quote if is_buyer else symbol.base
        free = self._draft.balances.free(account.uid, "spot", spent)
        price = self._trading.price(symbol.base) / self._trading.price(symbol.quote)
        price = price.quantize(STEP, ROUND_DOWN)
        amount = part_of(self._draft.rng, free, 1, 6)
        quantity = (amount / price if is_buyer else amount).quantize(STEP, ROUND_DOWN)
        order_id = self._draft.numbers.order()
        first = part_of(self._draft.rng, quantity, 40, 100)
        for piece in (first, quantity - first):
            if piece > NOTHING:
                self._allocate(account, symbol, piece, price, order_id, is_buyer=is_buyer)

    def _allocate(
        self,
        account: Account,
        symbol: Symbol,
        quantity: Decimal,
        price: Decimal,
        order_id: int,
        *,
        is_buyer: bool,
    ) -> None:
        draft, uid, now = self._draft, account.uid, self._draft.now
        quote = (price * quantity).quantize(STEP, ROUND_DOWN)
        received = (symbol.base, quantity) if is_buyer else (symbol.quote, quote)
        commission = (received[1] * COMMISSION_RATE).quantize(STEP, ROUND_DOWN)
        sign = 1 if is_buyer else -1
        legs = tuple(
            Leg(cell(uid, "spot", asset), amount, now)
            for asset, amount in (
                (symbol.base, sign * quantity),
                (symbol.quote, -sign * quote),
                (received[0], -commission),
            )
        )
        place = (uid, symbol.name)
        self._ids[place] = self._ids.get(place, FIRST_ID) + 1
        fields = {
            "symbol": symbol.name,
            "allocation_id": self._ids[place],
            "order_id": order_id,
            "price": price,
            "quantity": quantity,
            "quote": quote,
            "commission": commission,
            "commission_asset": received[0],
            "is_buyer": is_buyer,
        }
        side = "bought" if is_buyer else "sold"
        label = f"{uid} {side} {quantity:f} {symbol.base} for {quote:f} {symbol.quote}, routed"
        number = f"{uid}:{symbol.name}:{self._ids[place]}"
        draft.book(Movement("allocations", uid, number, now, legs, fields, label))
