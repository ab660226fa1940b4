"""Writes what happens in the options wallet of a master: contracts, exercises, transfers.

Contracts are not modelled: one is bought or sold for a premium, or exercised at eight o'clock. What
belongs together is one movement and two bills, under one id.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import partial

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, STEP, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.authoring.transfers import book_transfer
from coinfrs_pipelines.emulator.binance.history import on_the_hour
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

KIND, WALLET, ASSET = "option_bills", "options", "USDT"
# Beyond 2^53, as in the published sample.
FIRST_ID = 1_125_899_906_842_624_001
OPENING = Decimal("3000.5")
SYMBOLS = ("BTC-260327-95000-C", "BTC-260327-80000-P", "ETH-260327-3200-C")
FEE_RATE = Decimal("0.0003")
EXERCISE_PERCENT = 40

Step = Callable[[Account, datetime], None]


class VanillaOptions:
    """The options wallets of the accounts that have opened options."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], _: Trading) -> None:
        self._draft = draft
        self._accounts = [account for account in accounts if "options" in account.products]

    def open(self, start: datetime) -> None:
        """Bring something to pay premiums with."""
        for account in self._accounts:
            self._draft.at(start - timedelta(hours=1), partial(self._fund, account))

    def plan_day(self, day: datetime, _number: int, _last: int) -> None:
        """Exercise a contract at 08:00 exactly on some days."""
        for account in self._accounts:
            if self._draft.chance(EXERCISE_PERCENT):
                [at] = on_the_hour(day, 8)
                self._draft.at(at, partial(self._exercise, account))

    def chances(self, account: Account) -> Sequence[tuple[Step, int]]:
        """Trade contracts, and move something in or out now and then."""
        return ((self._trade, 3), (self._transfer, 1)) if account in self._accounts else ()

    def _free(self, account: Account, wallet: str = WALLET) -> Decimal:
        return self._draft.balances.free(account.uid, wallet, ASSET)

    def _fund(self, account: Account, _: datetime) -> None:
        amount = min(OPENING, self._free(account, "spot"))
        book_transfer(self._draft, account.uid, "spot", WALLET, ASSET, amount)

    def _transfer(self, account: Account, _: datetime) -> None:
        other = self._draft.rng.choice(("spot", "funding", "um_futures"))
        source, target = (WALLET, other)[:: self._draft.rng.choice((1, -1))]
        amount = part_of(self._draft.rng, self._free(account, source), 1, 10)
        if amount > NOTHING:
            book_transfer(self._draft, account.uid, source, target, ASSET, amount)

    def _trade(self, account: Account, _: datetime) -> None:
        premium = part_of(self._draft.rng, self._free(account), 1, 8)
        fee = (premium * FEE_RATE).quantize(STEP / 100, ROUND_DOWN)
        if fee > NOTHING:
            sign = self._draft.rng.choice((1, -1, -1))
            self._book(account, (("CONTRACT", sign * premium), ("FEE", -fee)))

    def _exercise(self, account: Account, _: datetime) -> None:
        result = part_of(self._draft.rng, self._free(account), 1, 12)
        fee = (result * FEE_RATE).quantize(STEP, ROUND_DOWN)
        if fee > NOTHING:
            self._book(account, (("EXERCISE_PNL", result), ("EXERCISE_FEE", -fee)))

    def _book(self, account: Account, bills: tuple[tuple[str, Decimal], ...]) -> None:
        draft = self._draft
        number = draft.numbers.of(KIND, FIRST_ID)
        symbol = draft.rng.choice(SYMBOLS)
        told = ", ".join(f"{kind} {amount:f} {ASSET}" for kind, amount in bills)
        target = cell(account.uid, WALLET, ASSET)
        legs = tuple(Leg(target, amount, draft.now) for _, amount in bills)
        draft.book(
            Movement(
                KIND,
                account.uid,
                str(number),
                draft.now,
                legs,
                {"bills": bills, "symbol": symbol},
                f"{account.uid} has {told} of {symbol}",
            )
        )
