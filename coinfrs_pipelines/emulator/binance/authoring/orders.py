"""The spot orders of an emulated account: several fills, both sides, any commission asset.

An order fills in one or several pieces, some in the same millisecond. The commission is BNB while
an account that wants so has some, else the asset received, so that one order may carry both.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import partial

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, STEP, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.history import is_closing
from coinfrs_pipelines.emulator.binance.market import ASSETS, SYMBOLS, Symbol
from coinfrs_pipelines.emulator.binance.records import Trade

COMMISSION_RATE = Decimal("0.001")
COMMISSION_RATE_IN_BNB = Decimal("0.00075")
SMALLEST_ORDER_USDT = Decimal(25)


@dataclass(frozen=True)
class Order:
    """A market order on its way: what is left to fill."""

    account: Account
    symbol: Symbol
    is_buyer: bool
    order_id: int
    is_maker: bool


class Trading:
    """Places orders for the accounts of one family and books their fills."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._rng = draft.rng
        self._numbers = draft.numbers
        self._balances = draft.balances
        self._moves: defaultdict[str, Decimal] = defaultdict(lambda: Decimal(1))

    def price(self, asset: str) -> Decimal:
        """Return the asset's price in USDT after its walk so far."""
        return ASSETS[asset].price * self._moves[asset]

    def place_any(self, account: Account, at: datetime) -> None:
        """Place an order in one of the symbols that the account can trade with what it has."""
        names = [symbol.name for symbol in SYMBOLS.values() if symbol.is_traded]
        self._rng.shuffle(names)
        for name in names:
            is_buyer = self._draft.chance(50)
            if self._place(account, SYMBOLS[name], at, is_buyer=is_buyer):
                return

    def buy(self, account: Account, symbol: str, at: datetime) -> None:
        """Buy a part of what the account can pay for."""
        self._place(account, SYMBOLS[symbol], at, is_buyer=True)

    def sell_out(self, account: Account, symbol: str, at: datetime) -> None:
        """Sell the base asset to the last digit, if there is any."""
        base = self._balances.free(account.uid, "spot", SYMBOLS[symbol].base)
        if base > NOTHING:
            order = Order(account, SYMBOLS[symbol], False, self._numbers.order(), is_maker=False)
            self._fill(order, (base,), at)

    def _place(self, account: Account, symbol: Symbol, at: datetime, *, is_buyer: bool) -> bool:
        spent = symbol.quote if is_buyer else symbol.base
        amount = part_of(self._rng, self._balances.free(account.uid, "spot", spent), 2, 22)
        if amount * self.price(spent) < SMALLEST_ORDER_USDT:
            return False
        rate = self.price(symbol.base) / self.price(symbol.quote)
        # The reserve pays for fills above the price that the order was placed at.
        quantity = amount * Decimal("0.98") / rate if is_buyer else amount
        is_maker = self._draft.chance(40)
        order = Order(account, symbol, is_buyer, self._numbers.order(), is_maker=is_maker)
        self._fill(order, self._pieces(quantity.quantize(STEP, ROUND_DOWN)), at)
        return True

    def _pieces(self, quantity: Decimal) -> tuple[Decimal, ...]:
        pieces = []
        for _ in range(self._rng.choice((0, 0, 1, 2, 3))):
            piece = part_of(self._rng, quantity, 10, 60)
            pieces.append(piece)
            quantity -= piece
        return tuple(piece for piece in (*pieces, quantity) if piece > NOTHING)

    def _fill(self, order: Order, pieces: tuple[Decimal, ...], at: datetime) -> None:
        """Book the first piece at `at` and schedule the rest; what cannot be paid is cancelled."""
        if is_closing(at) or not self._book(order, pieces[0], at) or len(pieces) == 1:
            return
        pause = timedelta(milliseconds=self._rng.choice((0, 0, 0, 1, 17, 950, 61_000)))
        self._draft.at(at + pause, partial(self._fill, order, pieces[1:]))

    def _book(self, order: Order, qty: Decimal, at: datetime) -> bool:
        uid, symbol = order.account.uid, order.symbol
        self._walk(symbol.base)
        price = (self.price(symbol.base) / self.price(symbol.quote)).quantize(STEP, ROUND_DOWN)
        quote_qty = (price * qty).quantize(STEP, ROUND_DOWN)
        spent, paid = (symbol.quote, quote_qty) if order.is_buyer else (symbol.base, qty)
        received, gained = (symbol.base, qty) if order.is_buyer else (symbol.quote, quote_qty)
        if quote_qty <= NOTHING or self._balances.free(uid, "spot", spent) < paid:
            return False
        self._balances.add(uid, "spot", spent, -paid)
        self._balances.add(uid, "spot", received, gained)
        commission, commission_asset = self._commission(order.account, received, gained)
        self._balances.add(uid, "spot", commission_asset, -commission)
        self._draft.history.trades.append(
            Trade(
                uid=uid,
                symbol=symbol.name,
                base=symbol.base,
                quote=symbol.quote,
                trade_id=self._numbers.trade(symbol.name),
                order_id=order.order_id,
                price=price,
                qty=qty,
                quote_qty=quote_qty,
                commission=commission,
                commission_asset=commission_asset,
                at=at,
                is_buyer=order.is_buyer,
                is_maker=order.is_maker,
            )
        )
        return True

    def _commission(self, account: Account, received: str, gained: Decimal) -> tuple[Decimal, str]:
        # Commissions exceed the display digits of their asset now and then.
        step = STEP / 100 if self._draft.chance(10) else STEP
        worth = gained * self.price(received) * COMMISSION_RATE_IN_BNB
        in_bnb = (worth / self.price("BNB")).quantize(step, ROUND_DOWN)
        has_bnb = self._balances.free(account.uid, "spot", "BNB") >= in_bnb
        if account.burns_bnb and has_bnb:
            return in_bnb, "BNB"
        return (gained * COMMISSION_RATE).quantize(step, ROUND_DOWN), received

    def _walk(self, asset: str) -> None:
        if asset not in {"USDT", "USDC"}:
            step = Decimal(self._rng.randint(-40, 40)) / 10_000
            self._moves[asset] = (self._moves[asset] * (1 + step)).quantize(STEP)
