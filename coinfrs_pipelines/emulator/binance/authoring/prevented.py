"""Writes orders of a trade group that meet each other: what would be a trade is a transfer instead.

The master and its first sub-account are of one group where a world's options ask for it. An order
on the book is met once or, later, twice, and may be cancelled before that. The group also trades
the pair that is opened for it alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import partial
from typing import TYPE_CHECKING

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.history import after_closing
from coinfrs_pipelines.emulator.binance.market import SYMBOLS, TRADE_GROUP, Symbol
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.binance.wire import EPOCH
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

PREVENTED = "prevented_matches"
GROUPED = 2
[OWN_PAIR] = [s.name for s in SYMBOLS.values() if s.permissions == (TRADE_GROUP,)]
NAMES = ("BTCUSDT", "ETHUSDT", "BNBUSDT")
# Of a price and a quantity: their product has no more digits than a balance shows.
PRICE_STEP, QUANTITY_STEP = Decimal("0.01"), Decimal("0.000001")
MET_AGAIN_PERCENT = 60
ON_THE_BOOK_HOURS_MAX = 40
DAY_MILLISECONDS, HOUR_MILLISECONDS = 86_400_000, 3_600_000
# Ids begin at zero in each symbol, as those of allocations do.
FIRST_ID = -1


class PreventedMatches:
    """The orders of one group; its choices are its own, so that all else stays as it is."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], trading: Trading) -> None:
        self._draft, self._trading = draft, trading
        self._group = accounts[:GROUPED] if draft.options.trade_group else ()
        self._rng = draft.generator_of(PREVENTED)
        self._aside = draft.generator_of(OWN_PAIR)
        self._ids: dict[str, int] = {}
        self._ends_at = EPOCH

    def open(self, start: datetime) -> None:
        """Begin with nothing of its own."""

    def plan_day(self, day: datetime, _number: int, _last: int) -> None:
        """Let two orders of the group meet on every day."""
        self._ends_at = day + timedelta(days=1)
        if self._group:
            into_day = timedelta(milliseconds=self._rng.randrange(DAY_MILLISECONDS))
            self._draft.at(after_closing(day + into_day), self._place)
            into_hour = timedelta(milliseconds=self._aside.randrange(1, HOUR_MILLISECONDS))
            noon = day + timedelta(hours=12) + into_hour
            buy = partial(self._trading.buy, self._aside.choice(self._group), OWN_PAIR)
            self._draft.at(noon, buy)

    def chances(self, _account: Account) -> Sequence[tuple["AccountStep", int]]:
        """Return nothing: its orders are planned, so that there is no less of anything else."""
        return ()

    def _place(self, at: datetime) -> None:
        """Put an order on the book that one of the other account meets at once, and one later."""
        maker, taker = self._rng.sample(self._group, GROUPED)
        symbol = SYMBOLS[self._rng.choice(NAMES)]
        price = self._trading.price(symbol.base) / self._trading.price(symbol.quote)
        order = Resting(
            maker=maker,
            taker=taker,
            symbol=symbol,
            price=price.quantize(PRICE_STEP, ROUND_DOWN),
            is_buyer=bool(self._rng.randrange(2)),
            order_id=self._draft.numbers.order(),
            placed_at=at,
            ends_at=at,
        )
        quantity = self._possible(order)
        if quantity <= NOTHING:
            return
        order = replace(order, quantity=quantity)
        later = timedelta(minutes=self._rng.randint(30, ON_THE_BOOK_HOURS_MAX * 60))
        ends_at = after_closing(at + later)
        if self._rng.randrange(100) >= MET_AGAIN_PERCENT or ends_at >= self._ends_at:
            self._meet(order, quantity, at)
            return
        order = replace(order, ends_at=ends_at)
        first = (quantity * self._rng.randint(20, 80) / 100).quantize(QUANTITY_STEP)
        self._meet(order, first, at)
        self._draft.at(order.ends_at, partial(self._meet_again, order, quantity - first))

    def _meet_again(self, order: "Resting", rest: Decimal, at: datetime) -> None:
        """Meet what is left of an order, or cancel it where its owner has spent the money."""
        if self._possible(order) >= rest > NOTHING:
            self._meet(order, rest, at)

    def _possible(self, order: "Resting") -> Decimal:
        """Return a part of what both can exchange, in the base asset."""
        sides = (order.maker, order.taker)
        buyer, seller = sides if order.is_buyer else reversed(sides)
        paid = self._draft.balances.free(buyer.uid, "spot", order.symbol.quote) / order.price
        sold = self._draft.balances.free(seller.uid, "spot", order.symbol.base)
        return (min(paid, sold) / 10).quantize(QUANTITY_STEP, ROUND_DOWN)

    def _meet(self, order: "Resting", quantity: Decimal, at: datetime) -> None:
        symbol = order.symbol
        self._ids[symbol.name] = self._ids.get(symbol.name, FIRST_ID) + 1
        match_id, taker_order_id = self._ids[symbol.name], self._draft.numbers.order()
        for account in (order.maker, order.taker):
            is_maker = account is order.maker
            is_buyer = order.is_buyer is is_maker
            sign = 1 if is_buyer else -1
            legs = (
                Leg(cell(account.uid, "spot", symbol.base), sign * quantity, at),
                Leg(cell(account.uid, "spot", symbol.quote), -sign * quantity * order.price, at),
            )
            fields = {
                "symbol": symbol.name,
                "match_id": match_id,
                "price": order.price,
                "quantity": quantity,
                "maker_order_id": order.order_id,
                "taker_order_id": taker_order_id,
                "is_buyer": is_buyer,
                "order_id": order.order_id if is_maker else taker_order_id,
                "order_quantity": order.quantity if is_maker else quantity,
                "placed_at": order.placed_at if is_maker else at,
                "ends_at": order.ends_at if is_maker else at,
            }
            side = "got" if is_buyer else "gave"
            label = f"{account.uid} {side} {quantity:f} {symbol.base} instead of a trade"
            number = f"{account.uid}:{symbol.name}:{match_id}"
            self._draft.book(Movement(PREVENTED, account.uid, number, at, legs, fields, label))


@dataclass(frozen=True)
class Resting:
    """An order on the book, and whose order meets it."""

    maker: Account
    taker: Account
    symbol: Symbol
    price: Decimal
    is_buyer: bool
    order_id: int
    placed_at: datetime
    ends_at: datetime
    quantity: Decimal = NOTHING
