"""Writes the margin of an emulated family: who borrows, trades and repays there, and when.

The master and the first sub-account have cross margin from the start; the master opens one isolated
pair in the middle of the world. Interest is charged at exact hours, midnight among them.
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
from coinfrs_pipelines.emulator.binance.authoring.margin_ledger import MarginLedger
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.authoring.transfers import book_transfer
from coinfrs_pipelines.emulator.binance.history import on_the_hour
from coinfrs_pipelines.emulator.binance.margin_records import CROSS_MARGIN
from coinfrs_pipelines.emulator.binance.market import ASSETS, SYMBOLS, TRADE_GROUP, Symbol
from coinfrs_pipelines.emulator.binance.records import Hold, Movement, cell
from coinfrs_pipelines.emulator.binance.wallets import ISOLATED_MARGIN, isolated_symbol
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

# The pair that the master opens at noon of this day.
PAIR, PAIR_DAY = "ETHUSDT", 1
# The venue charges by the hour; these are enough, lest most of a world be interest.
INTEREST_HOURS = (0, 7, 16)
FAILED_PERCENT = 6
# A liability that may be exchanged is worth less than this, in USDT.
SMALL_LIABILITY = Decimal(10)
SMALLEST_TRADE_USDT = Decimal(15)


class Margin:
    """Cross margin of the accounts that have it, and the master's isolated pair."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], trading: Trading) -> None:
        self._draft = draft
        self._rng = draft.rng
        self._accounts = [account for account in accounts if "margin" in account.products]
        self._trading = trading
        self._ledger = MarginLedger(draft, trading)
        self._wallets = {account.uid: [CROSS_MARGIN] for account in self._accounts}

    def open(self, start: datetime) -> None:
        """Move a part of spot to cross margin, and take a first loan."""
        for account in self._accounts:
            self._draft.at(start - timedelta(hours=1), partial(self._begin, account))

    def plan_day(self, day: datetime, number: int, last: int) -> None:
        """Schedule the interest, and once the isolated pair."""
        for account in self._accounts:
            for at in on_the_hour(day, *INTEREST_HOURS):
                self._draft.at(at, partial(self._charge, account))
        if number == min(PAIR_DAY, last):
            noon = day + timedelta(hours=12, milliseconds=self._rng.randint(1, 3_599_999))
            self._draft.at(noon, partial(self._open_pair, self._accounts[0]))

    def chances(self, account: Account) -> Sequence[tuple[AccountStep, int]]:
        """Return what an account with margin may do at any time."""
        if account not in self._accounts:
            return ()
        return (
            (self._transfer, 4),
            (self._trade, 6),
            (self._borrow, 3),
            (self._repay, 3),
            (self._rest_order, 1),
            (self._exchange_liability, 1),
            (self._liquidate, 1),
            (self._repay_liquidation_loan, 1),
        )

    def _begin(self, account: Account, at: datetime) -> None:
        for asset in [a for a in self._draft.balances.held(account.uid, "spot") if a in ASSETS][:4]:
            amount = part_of(
                self._rng, self._draft.balances.free(account.uid, "spot", asset), 8, 16
            )
            if amount > NOTHING:
                book_transfer(self._draft, account.uid, "spot", CROSS_MARGIN, asset, amount)
        self._borrow(account, at)

    def _charge(self, account: Account, _: datetime) -> None:
        for wallet in self._wallets[account.uid]:
            self._ledger.charge(account, wallet, self._ledger.debts(account, wallet), "PERIODIC")

    def _open_pair(self, account: Account, _: datetime) -> None:
        wallet = ISOLATED_MARGIN + PAIR
        symbol = SYMBOLS[PAIR]
        for asset in (symbol.quote, symbol.base):
            amount = part_of(self._rng, self._draft.balances.free(account.uid, "spot", asset), 5, 9)
            if amount > NOTHING:
                book_transfer(self._draft, account.uid, "spot", wallet, asset, amount)
                if wallet not in self._wallets[account.uid]:
                    self._wallets[account.uid].append(wallet)
        if wallet in self._wallets[account.uid]:
            self._borrow_in(account, wallet, symbol.quote)
            self._trade_in(account, wallet, symbol, is_buyer=True)

    def _any_wallet(self, account: Account) -> str:
        return self._rng.choice(self._wallets[account.uid])

    def _transfer(self, account: Account, _: datetime) -> None:
        """Move something into a margin wallet, or as much out of it as is not needed there."""
        wallet = self._any_wallet(account)
        other = self._rng.choice(("spot", "spot", "funding"))
        if wallet != CROSS_MARGIN:
            other = self._rng.choice(("spot", "funding", CROSS_MARGIN))
        source, target = self._rng.choice(((other, wallet), (wallet, other)))
        asset = self._draft.choose_held(account.uid, source)
        symbol = isolated_symbol(wallet)
        if symbol is not None:
            asset = self._rng.choice((SYMBOLS[symbol].base, SYMBOLS[symbol].quote))
        if asset not in ASSETS:
            return
        free = self._draft.balances.free(account.uid, source, asset)
        amount = part_of(self._rng, free, 1, 20)
        if source in self._wallets[account.uid]:
            allowed = self._ledger.room(account, source) / self._trading.price(asset)
            amount = min(amount, allowed.quantize(STEP, ROUND_DOWN))
        if amount > NOTHING:
            is_confirmed = not self._draft.chance(FAILED_PERCENT)
            book_transfer(
                self._draft, account.uid, source, target, asset, amount, is_confirmed=is_confirmed
            )

    def _borrow(self, account: Account, _: datetime) -> None:
        wallet = self._any_wallet(account)
        symbol = isolated_symbol(wallet)
        choices: tuple[str, ...] = ("USDT", "USDC", "BTC", "ETH", "SOL")
        if symbol is not None:
            choices = (SYMBOLS[symbol].base, SYMBOLS[symbol].quote)
        self._borrow_in(account, wallet, self._rng.choice(choices))

    def _borrow_in(self, account: Account, wallet: str, asset: str) -> None:
        room = self._ledger.room(account, wallet) / self._trading.price(asset)
        amount = part_of(self._rng, room, 10, 60)
        if amount <= NOTHING:
            return
        if self._draft.chance(FAILED_PERCENT):
            self._ledger.fail_to_borrow(account, wallet, asset, amount)
        else:
            self._ledger.borrow(account, wallet, asset, amount, "MANUAL")

    def _repay(self, account: Account, _: datetime) -> None:
        """Repay all of a debt now and then, else a part; what is free sets the limit."""
        wallet = self._any_wallet(account)
        debts = self._ledger.debts(account, wallet)
        if not debts:
            return
        asset = self._rng.choice(debts)
        owed = sum(self._ledger.owed(account, wallet, asset), NOTHING)
        amount = owed if self._draft.chance(40) else part_of(self._rng, owed, 20, 80)
        free = self._ledger.free(account, wallet, asset)
        self._ledger.repay(account, wallet, asset, min(amount, free), "MANUAL")

    def _trade(self, account: Account, _: datetime) -> None:
        wallet = self._any_wallet(account)
        pair = isolated_symbol(wallet)
        symbols = [symbol for symbol in SYMBOLS.values() if symbol.is_traded]
        symbol = self._rng.choice(symbols) if pair is None else SYMBOLS[pair]
        self._trade_in(account, wallet, symbol, is_buyer=self._draft.chance(50))

    def _trade_in(self, account: Account, wallet: str, symbol: Symbol, *, is_buyer: bool) -> None:
        """Fill an order in one or two pieces; it may borrow what it spends and repay by itself."""
        ledger = self._ledger
        spent, received = (symbol.quote, symbol.base) if is_buyer else (symbol.base, symbol.quote)
        amount = part_of(self._rng, ledger.free(account, wallet, spent), 5, 30)
        if amount * self._trading.price(spent) < SMALLEST_TRADE_USDT or self._draft.chance(25):
            room = ledger.room(account, wallet) / self._trading.price(spent)
            borrowed = part_of(self._rng, room, 5, 30)
            if borrowed <= NOTHING:
                return
            ledger.borrow(account, wallet, spent, borrowed, "AUTO")
            amount = borrowed
        rate = self._trading.price(symbol.base) / self._trading.price(symbol.quote)
        quantity = (amount / rate if is_buyer else amount).quantize(STEP, ROUND_DOWN)
        first = part_of(self._rng, quantity, 30, 100)
        for piece in (first, quantity - first):
            if piece > NOTHING:
                ledger.fill(account, wallet, symbol, piece, is_buyer=is_buyer)
        if received in ledger.debts(account, wallet) and self._draft.chance(40):
            free = ledger.free(account, wallet, received)
            ledger.repay(account, wallet, received, free, "AUTO")

    def _rest_order(self, account: Account, at: datetime) -> None:
        """Leave an order in the book that is cancelled later: its amount is locked meanwhile."""
        wallet = self._any_wallet(account)
        asset = self._draft.choose_held(account.uid, wallet)
        if asset is None:
            return
        amount = part_of(self._rng, self._draft.balances.free(account.uid, wallet, asset), 5, 15)
        if amount > NOTHING:
            ends_at = at + timedelta(minutes=self._rng.randint(30, 1_800))
            self._draft.hold(Hold(account.uid, wallet, asset, amount, at, ends_at, "locked"))

    def _exchange_liability(self, account: Account, at: datetime) -> None:
        """Exchange a small loan for one in USDT; of a larger one a part, lest it never happen."""
        ledger, uid = self._ledger, account.uid
        debts = [asset for asset in ledger.debts(account, CROSS_MARGIN) if asset != "USDT"]
        if not debts:
            return
        asset = self._rng.choice(debts)
        small = (SMALL_LIABILITY / self._trading.price(asset)).quantize(STEP, ROUND_DOWN)
        amount = min(ledger.owed(account, CROSS_MARGIN, asset)[0], small)
        target = (amount * self._trading.price(asset)).quantize(STEP, ROUND_DOWN)
        if min(amount, target) <= NOTHING:
            return
        legs = (
            Leg(cell(uid, CROSS_MARGIN, asset, "loan"), -amount, at),
            Leg(cell(uid, CROSS_MARGIN, "USDT", "loan"), target, at),
        )
        fields = {"asset": asset, "amount": amount, "target": target}
        label = f"{uid} exchanged a debt of {amount:f} {asset} for {target:f} USDT"
        number = str(self._draft.numbers.of("small_liability"))
        kind = "small_liability_exchanges"
        self._draft.book(Movement(kind, uid, number, at, legs, fields, label))

    def _liquidate(self, account: Account, _: datetime) -> None:
        """Sell or buy by force, take a fee, and repay with what came in."""
        ledger, wallet = self._ledger, self._any_wallet(account)
        debts = ledger.debts(account, wallet)
        held = self._draft.balances.held(account.uid, wallet)
        markets = [
            symbol
            for symbol in SYMBOLS.values()
            if symbol.permissions != (TRADE_GROUP,)
            and (
                (symbol.base in debts and symbol.quote in held)
                or (symbol.quote in debts and symbol.base in held)
            )
        ]
        if not markets:
            return
        symbol = self._rng.choice(markets)
        is_buyer = symbol.base in debts and symbol.quote in held
        gained, given = (symbol.base, symbol.quote) if is_buyer else (symbol.quote, symbol.base)
        out = part_of(self._rng, ledger.free(account, wallet, given), 3, 12)
        price = self._trading.price
        income = (out * price(given) / price(gained)).quantize(STEP, ROUND_DOWN)
        fee = (income / 50).quantize(STEP, ROUND_DOWN)
        loan = ledger.repayment(account, wallet, gained, income - fee, "AUTO")
        repaid = loan.principal + loan.interest
        if min(out, fee, repaid) <= NOTHING:
            return
        side = "BUY_LIQUIDATION" if is_buyer else "SELL_LIQUIDATION"
        rows = [
            (side, gained, income),
            (side, given, -out),
            ("LIQUIDATION_FEE", gained, -fee),
            ("REPAY_LIQUIDATION", gained, -repaid),
        ]
        told = f"was liquidated of {out:f} {given} for {income:f} {gained}"
        ledger.book(account, wallet, rows, told, loan=loan, symbol=symbol.name)

    def _repay_liquidation_loan(self, account: Account, at: datetime) -> None:
        """Pay from spot what an earlier liquidation left owing; the debt itself is in no wallet."""
        free = self._draft.balances.free(account.uid, "spot", "USDC")
        amount = part_of(self._rng, free, 1, 3)
        if amount > NOTHING:
            number = self._draft.numbers.of("liquidation_repay", 12_345_678)
            legs = (Leg(cell(account.uid, "spot", "USDC"), -amount, at),)
            label = f"{account.uid} repaid {amount:f} USDC that a liquidation left owing"
            kind, fields = "liquidation_repays", {"asset": "USDC", "amount": amount}
            self._draft.book(Movement(kind, account.uid, str(number), at, legs, fields, label))
