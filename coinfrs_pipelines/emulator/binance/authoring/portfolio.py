"""Writes what happens in the master's portfolio margin: one wallet of three ledgers.

Its margin ledger borrows, trades and pays interest; the two of futures earn and lose, in USDT and
in BTC. What is moved between them is told, and moves nothing in the wallet.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import partial

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, STEP, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.margin_ledger import MarginLedger
from coinfrs_pipelines.emulator.binance.authoring.orders import COMMISSION_RATE, Trading
from coinfrs_pipelines.emulator.binance.authoring.transfers import FAILED_PERCENT, book_transfer
from coinfrs_pipelines.emulator.binance.history import after_closing, on_the_hour
from coinfrs_pipelines.emulator.binance.margin_records import ON_NEGATIVE, PORTFOLIO_MARGIN
from coinfrs_pipelines.emulator.binance.market import ASSETS, SYMBOLS
from coinfrs_pipelines.emulator.binance.records import Hold, Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

# A ledger of futures: the kind of its income, its symbol, and the one asset that it has.
LEDGERS = (("pm_um_income", "BTCUSDT", "USDT"), ("pm_cm_income", "BTCUSD_PERP", "BTC"))
OPENING = (("USDT", "30000"), ("BTC", "0.3"), ("ETH", "4.00000000021"), ("BNB", "3"))
TRADED = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT")
# Prices and quantities are so short that their product is what the venue moves, to the last digit.
PRICE_STEP, QUANTITY_STEP = Decimal("0.01"), Decimal("0.00001")
INTEREST_HOURS = (0, 9)
NEGATIVE_PERCENT = 70
DAY_MILLISECONDS = 86_400_000
FIRST_TRAN_ID = 9_689_322_392_000_000_001
# How long the venue takes for an exchange.
EXCHANGE_TAKES = timedelta(seconds=201)

Step = Callable[[Account, datetime], None]


class PortfolioMargin:
    """Portfolio margin of the accounts that have it."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], trading: Trading) -> None:
        self._draft = draft
        self._rng = draft.rng
        self._trading = trading
        self._margin = MarginLedger(draft, trading)
        self._accounts = [a for a in accounts if "portfolio_margin" in a.products]
        # What may happen on a day, and in how many of a hundred.
        self._of_a_day: tuple[tuple[Step, int], ...] = (
            (self._trade, 70),
            (self._trade, 40),
            (self._trade_futures, 60),
            (self._repay, 35),
            (self._borrow, 25),
            (self._transfer, 40),
            (self._move_between_ledgers, 30),
            (self._rest_order, 20),
        )
        # What of an asset the ledgers of futures have; the rest of the wallet is margin's.
        self._in_futures: defaultdict[tuple[int, str], Decimal] = defaultdict(lambda: NOTHING)

    def open(self, start: datetime) -> None:
        """Bring something in, and give each ledger its part."""
        for account in self._accounts:
            self._draft.at(start - timedelta(hours=1), partial(self._fund, account))

    def plan_day(self, day: datetime, _number: int, _last: int) -> None:
        """Charge interest and pay funding by the clock; now and then exchange, if that happens."""
        for account in self._accounts:
            for at in on_the_hour(day, *INTEREST_HOURS):
                self._draft.at(at, partial(self._charge, account))
            for at in on_the_hour(day, 0, 8, 16):
                self._draft.at(at, partial(self._pay_funding, account))
            for step, percent in self._of_a_day:
                if self._draft.chance(percent):
                    into_day = timedelta(milliseconds=self._rng.randrange(DAY_MILLISECONDS))
                    self._draft.at(after_closing(day + into_day), partial(step, account))
            if self._draft.chance(NEGATIVE_PERCENT):
                self._draft.at(day, partial(self._charge_negative, account))
            if self._draft.options.pm_negative_balance_exchanges:
                noon = day + timedelta(hours=12, seconds=self._rng.randrange(3_600))
                self._draft.at(noon, partial(self._exchange, account))

    def chances(self, _account: Account) -> Sequence[tuple[Step, int]]:
        """Return nothing: its days are its own, so that there is no less of anything else."""
        return ()

    def _free(self, account: Account, asset: str) -> Decimal:
        """Return what is free of an asset in the ledger of margin."""
        free = self._draft.balances.free(account.uid, PORTFOLIO_MARGIN, asset)
        return max(free - self._in_futures[account.uid, asset], NOTHING)

    def _fund(self, account: Account, at: datetime) -> None:
        for asset, amount in OPENING:
            taken = min(Decimal(amount), self._draft.balances.free(account.uid, "spot", asset))
            if taken > NOTHING:
                book_transfer(self._draft, account.uid, "spot", PORTFOLIO_MARGIN, asset, taken)
        for ledger in LEDGERS:
            self._move(account, ledger, part_of(self._rng, self._free(account, ledger[2]), 30, 60))
        self._borrow(account, at)

    def _transfer(self, account: Account, _: datetime) -> None:
        """Move something in from spot, or as much out as is not needed."""
        source, target = self._rng.choice((("spot", PORTFOLIO_MARGIN), (PORTFOLIO_MARGIN, "spot")))
        asset = self._draft.choose_held(account.uid, source)
        if asset not in ASSETS:
            return
        free = self._draft.balances.free(account.uid, source, asset)
        if source == PORTFOLIO_MARGIN:
            room = self._margin.room(account, source) / self._trading.price(asset)
            free = min(self._free(account, asset), room.quantize(STEP, ROUND_DOWN))
        amount = part_of(self._rng, free, 1, 12)
        if amount > NOTHING:
            is_confirmed = not self._draft.chance(FAILED_PERCENT)
            book_transfer(
                self._draft, account.uid, source, target, asset, amount, is_confirmed=is_confirmed
            )

    def _move_between_ledgers(self, account: Account, _: datetime) -> None:
        ledger = self._rng.choice(LEDGERS)
        if self._draft.chance(50):
            amount = part_of(self._rng, self._free(account, ledger[2]), 1, 20)
        else:
            amount = -part_of(self._rng, self._in_futures[account.uid, ledger[2]], 1, 20)
        self._move(account, ledger, amount)

    def _move(self, account: Account, ledger: tuple[str, str, str], amount: Decimal) -> None:
        if amount:
            self._in_futures[account.uid, ledger[2]] += amount
            self._book_income(account, ledger, [("TRANSFER", amount)], is_within=True)

    def _trade_futures(self, account: Account, _: datetime) -> None:
        """Realise something, or nothing where a position is opened, and pay for it."""
        ledger = self._rng.choice(LEDGERS)
        stake = part_of(self._rng, self._in_futures[account.uid, ledger[2]], 2, 6)
        commission = (stake * COMMISSION_RATE).quantize(STEP, ROUND_DOWN)
        if commission <= NOTHING:
            return
        result = self._rng.choice((1, -1)) * part_of(self._rng, stake, 1, 60)
        rows = [("REALIZED_PNL", result), ("COMMISSION", -commission)]
        self._book_income(account, ledger, rows[self._rng.choice((0, 0, 0, 1)) :], is_fill=True)

    def _pay_funding(self, account: Account, _: datetime) -> None:
        for ledger in LEDGERS:
            rate = Decimal(self._rng.randint(-400, 400)) / 1_000_000
            amount = (self._in_futures[account.uid, ledger[2]] * rate).quantize(STEP, ROUND_DOWN)
            if amount:
                self._book_income(account, ledger, [("FUNDING_FEE", amount)])

    def _book_income(
        self,
        account: Account,
        ledger: tuple[str, str, str],
        rows: list[tuple[str, Decimal]],
        *,
        is_fill: bool = False,
        is_within: bool = False,
    ) -> None:
        draft, uid, (kind, symbol, asset) = self._draft, account.uid, ledger
        legs: tuple[Leg, ...] = ()
        if not is_within:
            place = cell(uid, PORTFOLIO_MARGIN, asset)
            legs = tuple(Leg(place, amount, draft.now) for _, amount in rows)
            self._in_futures[uid, asset] += sum((amount for _, amount in rows), NOTHING)
        told = ", ".join(f"{name} {amount:f} {asset}" for name, amount in rows)
        trade_id = str(draft.numbers.of(f"{kind} trade", 2_059_192)) if is_fill else ""
        fields = {
            "rows": [(name, asset, amount) for name, amount in rows],
            "symbol": "" if is_within else symbol,
            "trade_id": trade_id,
        }
        label = f"{uid} has {told} in portfolio margin"
        number = str(draft.numbers.of(kind, FIRST_TRAN_ID))
        draft.book(Movement(kind, uid, number, draft.now, legs, fields, label))

    def _trade(self, account: Account, _: datetime) -> None:
        """Fill an order of the margin ledger; the commission is BNB or what came in."""
        draft, symbol = self._draft, SYMBOLS[self._rng.choice(TRADED)]
        price = self._trading.price(symbol.base) / self._trading.price(symbol.quote)
        price = price.quantize(PRICE_STEP, ROUND_DOWN)
        is_buyer = draft.chance(50)
        spent = part_of(
            self._rng, self._free(account, symbol.quote if is_buyer else symbol.base), 3, 15
        )
        quantity = (spent / price if is_buyer else spent).quantize(QUANTITY_STEP, ROUND_DOWN)
        if quantity <= NOTHING:
            return
        quote, sign = price * quantity, 1 if is_buyer else -1
        received = (symbol.base, quantity) if is_buyer else (symbol.quote, quote)
        fee_asset, fee = self._commission(account, *received)
        now, uid = draft.now, account.uid
        legs = tuple(
            Leg(cell(uid, PORTFOLIO_MARGIN, asset), amount, now)
            for asset, amount in (
                (symbol.base, sign * quantity),
                (symbol.quote, -sign * quote),
                (fee_asset, -fee),
            )
        )
        trade_id = draft.numbers.trade(symbol.name)
        fields = {
            "symbol": symbol.name,
            "trade_id": trade_id,
            "order_id": draft.numbers.order(),
            "price": price,
            "quantity": quantity,
            "commission": fee,
            "commission_asset": fee_asset,
            "is_buyer": is_buyer,
        }
        side = "bought" if is_buyer else "sold"
        label = f"{uid} {side} {quantity:f} {symbol.base} for {quote:f} {symbol.quote} in margin"
        number = f"{symbol.name}:{trade_id}"
        draft.book(Movement("pm_margin_trades", uid, number, now, legs, fields, label))

    def _commission(self, account: Account, asset: str, received: Decimal) -> tuple[str, Decimal]:
        worth = received * self._trading.price(asset) * COMMISSION_RATE
        in_bnb = (worth / self._trading.price("BNB")).quantize(STEP, ROUND_DOWN)
        if asset != "BNB" and self._free(account, "BNB") >= in_bnb and self._draft.chance(60):
            return "BNB", in_bnb
        return asset, (received * COMMISSION_RATE).quantize(STEP, ROUND_DOWN)

    def _borrow(self, account: Account, _: datetime) -> None:
        asset = self._rng.choice(("USDT", "ETH", "SOL"))
        room = self._margin.room(account, PORTFOLIO_MARGIN) / self._trading.price(asset)
        amount = part_of(self._rng, room, 10, 50)
        if amount <= NOTHING:
            return
        if self._draft.chance(FAILED_PERCENT):
            self._margin.fail_to_borrow(account, PORTFOLIO_MARGIN, asset, amount)
        else:
            self._margin.borrow(account, PORTFOLIO_MARGIN, asset, amount, "MANUAL")

    def _repay(self, account: Account, _: datetime) -> None:
        debts = self._margin.debts(account, PORTFOLIO_MARGIN)
        if not debts:
            return
        asset = self._rng.choice(debts)
        owed = sum(self._margin.owed(account, PORTFOLIO_MARGIN, asset), NOTHING)
        amount = owed if self._draft.chance(40) else part_of(self._rng, owed, 20, 80)
        free = self._free(account, asset)
        self._margin.repay(account, PORTFOLIO_MARGIN, asset, min(amount, free), "MANUAL")

    def _charge(self, account: Account, _: datetime) -> None:
        debts = self._margin.debts(account, PORTFOLIO_MARGIN)
        self._margin.charge(account, PORTFOLIO_MARGIN, debts, "PERIODIC")

    def _charge_negative(self, account: Account, _: datetime) -> None:
        """Charge interest on a balance that was negative, as large as the loan is."""
        debts = self._margin.debts(account, PORTFOLIO_MARGIN)[:1]
        self._margin.charge(account, PORTFOLIO_MARGIN, debts, ON_NEGATIVE)

    def _rest_order(self, account: Account, at: datetime) -> None:
        """Leave an order in the book that is cancelled later: its amount is locked meanwhile."""
        amount = part_of(self._rng, self._free(account, "ETH"), 5, 15)
        if amount > NOTHING:
            ends_at = at + timedelta(minutes=self._rng.randint(30, 1_800))
            self._draft.hold(
                Hold(account.uid, PORTFOLIO_MARGIN, "ETH", amount, at, ends_at, "locked")
            )

    def _exchange(self, account: Account, at: datetime) -> None:
        """Sell something for what was negative; the record tells neither amount."""
        sold = part_of(self._rng, self._free(account, "ETH"), 1, 3)
        bought = (sold * self._trading.price("ETH")).quantize(STEP, ROUND_DOWN)
        if bought <= NOTHING:
            return
        uid = account.uid
        legs = (
            Leg(cell(uid, PORTFOLIO_MARGIN, "ETH"), -sold, at),
            Leg(cell(uid, PORTFOLIO_MARGIN, "USDT"), bought, at),
        )
        label = f"{uid} had {sold:f} ETH exchanged for {bought:f} USDT that was negative"
        number = str(self._draft.numbers.of("pm_exchanges"))
        kind, fields = "pm_exchanges", {"asset": "USDT", "negative": bought}
        begun_at = at - EXCHANGE_TAKES
        self._draft.book(Movement(kind, uid, number, begun_at, legs, fields, label))
