"""Writes what a master does in fiat: deposits, withdrawals, and coins bought and sold for it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import partial

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, STEP, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.history import after_closing
from coinfrs_pipelines.emulator.binance.records import Hold, Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

Step = Callable[[Account, datetime], None]

CURRENCY, CURRENCY_IN_USDT = "EUR", Decimal("1.09")
COINS = ("BTC", "ETH", "BNB", "SOL")
METHODS = ("Cash Balance", "Credit Card", "Online Banking", "Bank Transfer")
FEE_RATE = Decimal("0.005")
CENT = Decimal("0.01")
DEPOSIT, WITHDRAWAL = BUY, SELL = 0, 1
SETTLED_AFTER_MINUTES = (1, 1_900)


class Fiat:
    """Orders that settle minutes to days later, some of them never."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], trading: Trading) -> None:
        self._draft, self._master, self._trading = draft, accounts[0], trading

    def open(self, start: datetime) -> None:
        """Begin with nothing of its own."""

    def plan_day(self, day: datetime, number: int, _last: int) -> None:
        """Deposit and buy on the first day, in every world."""
        if number == 0:
            for hour, step in ((6, self._deposit), (7, self._buy)):
                self._draft.at(day + timedelta(hours=hour), partial(step, self._master))

    def chances(self, account: Account) -> Sequence[tuple[Step, int]]:
        """Only a master has anything in fiat of its own doing."""
        steps = (self._deposit, self._withdraw, self._buy, self._sell)
        return tuple((step, 2) for step in steps) if account.is_master else ()

    def _settled(self, at: datetime) -> datetime:
        wait = timedelta(minutes=self._draft.rng.randint(*SETTLED_AFTER_MINUTES))
        return after_closing(at + wait + timedelta(milliseconds=self._draft.rng.randrange(1_000)))

    def _deposit(self, account: Account, at: datetime) -> None:
        indicated = Decimal(self._draft.rng.randint(5_000, 900_000)) / 100
        fee = (indicated * FEE_RATE).quantize(CENT)
        settled, status = self._settled(at), self._outcome("Successful", ("Failed", "Expired"))
        amount = indicated - fee
        moved = amount - fee if self._draft.options.fiat_fees_on_top else amount
        legs = (Leg(cell(account.uid, "spot", CURRENCY), moved, settled),)
        fields = {"kind": DEPOSIT, "indicated": indicated, "amount": amount, "fee": fee}
        self._order(account, at, settled, status, legs, fields)

    def _withdraw(self, account: Account, at: datetime) -> None:
        free = self._draft.balances.free(account.uid, "spot", CURRENCY)
        amount = part_of(self._draft.rng, free, 5, 60).quantize(CENT, ROUND_DOWN)
        fee = (amount * FEE_RATE).quantize(CENT)
        moved = amount + fee if self._draft.options.fiat_fees_on_top else amount
        if amount <= NOTHING or moved > free:
            return
        settled, status = self._settled(at), self._outcome("Finished", ("Failed",))
        self._draft.hold(Hold(account.uid, "spot", CURRENCY, moved, at, settled, "locked"))
        legs = (Leg(cell(account.uid, "spot", CURRENCY), -moved, settled),)
        fields = {"kind": WITHDRAWAL, "indicated": amount, "amount": amount, "fee": fee}
        self._order(account, at, settled, status, legs, fields)

    def _outcome(self, good: str, bad: Sequence[str]) -> str:
        return self._draft.rng.choice(bad) if self._draft.chance(15) else good

    def _order(
        self,
        account: Account,
        at: datetime,
        settled: datetime,
        status: str,
        legs: tuple[Leg, ...],
        fields: dict[str, object],
    ) -> None:
        is_done = status in {"Successful", "Finished"}
        what = "deposited" if fields["kind"] == DEPOSIT else "withdrew"
        label = f"{account.uid} {what if is_done else 'tried in vain with'} {fields['amount']} EUR"
        self._draft.book(
            Movement(
                "fiat_orders",
                account.uid,
                self._draft.numbers.text(32),
                at,
                legs if is_done else (),
                {**fields, "status": status, "settled_at": settled},
                label,
            )
        )

    def _buy(self, account: Account, at: datetime) -> None:
        """Buy a coin from the balance in fiat, or by a way of paying that is not in the account."""
        draft, uid = self._draft, account.uid
        coin, method = draft.rng.choice(COINS), draft.rng.choice(METHODS)
        is_cash = method == METHODS[0]
        paid = Decimal(draft.rng.randint(2_000, 40_000)) / 100
        if is_cash and paid > draft.balances.free(uid, "spot", CURRENCY):
            return
        settled, status = self._settled(at), self._outcome("Completed", ("Failed", "Refunded"))
        legs = [Leg(cell(uid, "spot", coin), self._coins(paid, coin), settled)]
        if is_cash:
            draft.hold(Hold(uid, "spot", CURRENCY, paid, at, settled, "locked"))
            legs.append(Leg(cell(uid, "spot", CURRENCY), -paid, settled))
        self._pay(account, at, settled, status, tuple(legs), (BUY, coin, paid, method))

    def _sell(self, account: Account, at: datetime) -> None:
        """Sell a part of a coin into the balance in fiat."""
        draft, uid = self._draft, account.uid
        coin = draft.rng.choice(COINS)
        paid = Decimal(draft.rng.randint(1_000, 20_000)) / 100
        amount = self._coins(paid, coin)
        if amount > draft.balances.free(uid, "spot", coin):
            return
        settled, status = self._settled(at), self._outcome("Completed", ("Failed",))
        draft.hold(Hold(uid, "spot", coin, amount, at, settled, "locked"))
        legs = (
            Leg(cell(uid, "spot", coin), -amount, settled),
            Leg(cell(uid, "spot", CURRENCY), paid, settled),
        )
        self._pay(account, at, settled, status, legs, (SELL, coin, paid, None))

    def _coins(self, paid: Decimal, coin: str) -> Decimal:
        return (paid * CURRENCY_IN_USDT / self._trading.price(coin)).quantize(STEP, ROUND_DOWN)

    def _pay(
        self,
        account: Account,
        at: datetime,
        settled: datetime,
        status: str,
        legs: tuple[Leg, ...],
        told: tuple[int, str, Decimal, str | None],
    ) -> None:
        kind, coin, paid, method = told
        is_done = status == "Completed"
        amount = legs[0].amount.copy_abs()
        verb = "bought" if kind == BUY else "sold"
        outcome = verb if is_done else f"has not {verb}"
        label = f"{account.uid} {outcome} {amount:f} {coin} for {paid:f} {CURRENCY}"
        fields = {
            "kind": kind,
            "coin": coin,
            "amount": amount,
            "paid": paid,
            "method": method,
            "status": status,
            "settled_at": settled,
        }
        record_id = self._draft.numbers.text(32)
        moved = legs if is_done else ()
        self._draft.book(
            Movement("fiat_payments", account.uid, record_id, at, moved, fields, label)
        )
