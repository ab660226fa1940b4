"""Writes payments between users: by Pay, in trades of one user with another, and gift cards."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, STEP, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.history import after_closing
from coinfrs_pipelines.emulator.binance.records import Hold, Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

Step = Callable[[Account, datetime], None]

RECEIVED = ("USDT", "BTC", "BNB")
OUTGOING, INCOMING = ("PAY", "C2C", "CRYPTO_BOX", "REMITTANCE"), ("C2C", "PAYOUT", "PAY_REFUND")
PAY_WALLETS = {"1": "funding", "2": "spot"}
TRADED = ("USDT", "BTC")
COMMISSION_RATE = Decimal("0.0015")
ENDED_AFTER_MINUTES = (2, 1_500)
GIFT_CARD_PERCENT = 60


class Payments:
    """Payments out of and into several wallets; orders between users that take their time."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], trading: Trading) -> None:
        self._draft, self._accounts, self._trading = draft, accounts, trading

    def open(self, start: datetime) -> None:
        """Begin with nothing of its own."""

    def plan_day(self, day: datetime, number: int, _last: int) -> None:
        """Let the master do a little of everything on the first day; give gift cards on some."""
        master = self._accounts[0]
        if number == 0:
            for hour, step in (
                (16, self._pay),
                (17, self._receive),
                (18, self._buy),
                (20, self._sell),
            ):
                self._draft.at(day + timedelta(hours=hour), partial(step, master))
        has_cards = self._draft.options.gift_cards
        if has_cards and (number == 0 or self._draft.chance(GIFT_CARD_PERCENT)):
            self._draft.at(day + timedelta(hours=19), partial(self._give_card, master))

    def chances(self, account: Account) -> Sequence[tuple[Step, int]]:
        """Pay and receive; only a master trades with other users."""
        trades = ((self._buy, 2), (self._sell, 2)) if account.is_master else ()
        return ((self._pay, 2), (self._receive, 2), *trades)

    def _pay(self, account: Account, at: datetime) -> None:
        """Pay with up to two assets, each from the wallets that have some of it."""
        draft, uid = self._draft, account.uid
        held = draft.balances.held(uid, "funding")
        funds = []
        for asset in draft.rng.sample(held, min(draft.rng.randint(1, 2), len(held))):
            costs = {
                number: part_of(draft.rng, draft.balances.free(uid, wallet, asset), 1, 4)
                for number, wallet in PAY_WALLETS.items()
                if wallet == "funding" or draft.chance(40)
            }
            funds.append(
                (asset, {number: cost for number, cost in costs.items() if cost > NOTHING})
            )
        funds = [(asset, costs) for asset, costs in funds if costs]
        if funds:
            self._book_pay(account, at, draft.rng.choice(OUTGOING), -1, funds)

    def _receive(self, account: Account, at: datetime) -> None:
        asset = self._draft.rng.choice(RECEIVED)
        worth = Decimal(self._draft.rng.randint(100, 40_000)) / 100
        amount = (worth / self._trading.price(asset)).quantize(STEP)
        if amount > NOTHING:
            kind = self._draft.rng.choice(INCOMING)
            self._book_pay(account, at, kind, 1, [(asset, {"1": amount})])

    def _book_pay(
        self,
        account: Account,
        at: datetime,
        kind: str,
        sign: int,
        funds: list[tuple[str, dict[str, Decimal]]],
    ) -> None:
        legs = tuple(
            Leg(cell(account.uid, PAY_WALLETS[number], asset), sign * cost, at)
            for asset, costs in funds
            for number, cost in costs.items()
        )
        record_id = f"M_P_{self._draft.numbers.of('pay', 71_505_104_267_788_288)}"
        verb = "paid" if sign < 0 else "received"
        sums = ", ".join(f"{sum(costs.values()):f} {asset}" for asset, costs in funds)
        label = f"{account.uid} {verb} {sums} by Pay"
        fields = {
            "kind": kind,
            "sign": sign,
            "funds": funds,
            # What is received is told without its wallets now and then.
            "is_split": sign < 0 or self._draft.chance(50),
        }
        self._draft.book(Movement("pay", account.uid, record_id, at, legs, fields, label))

    def _buy(self, account: Account, at: datetime) -> None:
        asset = self._draft.rng.choice(TRADED)
        worth = Decimal(self._draft.rng.randint(2_000, 60_000)) / 100
        self._trade(account, at, "BUY", asset, (worth / self._trading.price(asset)).quantize(STEP))

    def _sell(self, account: Account, at: datetime) -> None:
        """Sell a part of what is in the funding wallet; it is locked until the order ends."""
        asset = self._draft.rng.choice(TRADED)
        free = self._draft.balances.free(account.uid, "funding", asset)
        self._trade(account, at, "SELL", asset, part_of(self._draft.rng, free, 2, 9))

    def _trade(
        self, account: Account, at: datetime, side: str, asset: str, amount: Decimal
    ) -> None:
        draft, uid = self._draft, account.uid
        if amount <= NOTHING:
            return
        wait = timedelta(
            minutes=draft.rng.randint(*ENDED_AFTER_MINUTES),
            milliseconds=draft.rng.randrange(1_000),
        )
        ended, is_cancelled = after_closing(at + wait), draft.chance(20)
        fee = (amount * COMMISSION_RATE).quantize(STEP)
        if side == "SELL":
            draft.hold(Hold(uid, "funding", asset, amount + fee, at, ended, "locked"))
        sign = 1 if side == "BUY" else -1
        moved = (
            Leg(cell(uid, "funding", asset), sign * amount, ended),
            Leg(cell(uid, "funding", asset), -fee, ended),
        )
        fields: dict[str, Any] = {
            "side": side,
            "asset": asset,
            "amount": amount,
            "fee": fee,
            "role": draft.rng.choice(("MAKER", "TAKER")),
            "price": self._trading.price(asset).quantize(Decimal("0.01")),
            "paid_at": at + (ended - at) / 2,
            "ended_at": ended,
            "end": draft.rng.choice(("CANCELLED", "CANCELLED_BY_SYSTEM"))
            if is_cancelled
            else "COMPLETED",
        }
        record_id = str(draft.numbers.of("c2c_orders", 20_219_644_646_554_779_648))
        verb = "bought" if side == "BUY" else "sold"
        outcome = f"has not {verb}" if is_cancelled else verb
        label = f"{uid} {outcome} {amount:f} {asset} in a trade with another user"
        legs = () if is_cancelled else moved
        draft.book(Movement("c2c_orders", uid, record_id, at, legs, fields, label))

    def _give_card(self, account: Account, at: datetime) -> None:
        """Put an amount on a gift card: no face tells of it."""
        free = self._draft.balances.free(account.uid, "funding", "USDT")
        amount = part_of(self._draft.rng, free, 1, 3)
        if amount > NOTHING:
            record_id = str(self._draft.numbers.of("gift_cards"))
            label = f"{account.uid} gave a gift card of {amount:f} USDT"
            legs = (Leg(cell(account.uid, "funding", "USDT"), -amount, at),)
            self._draft.book(Movement("gift_cards", account.uid, record_id, at, legs, {}, label))
