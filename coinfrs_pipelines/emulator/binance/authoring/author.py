"""Plans the days of an emulated Binance family: who does what, when, from a seed.

Days are quiet now and then; some steps stand in the last second before midnight, none in the
closing minutes. An asset that nobody had appears, and another is sold to the last digit.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, part_of
from coinfrs_pipelines.emulator.binance.authoring.capital import Capital
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep, MakeFamily
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.authoring.transfers import Transfers
from coinfrs_pipelines.emulator.binance.history import CLOSING_MINUTES, History, Numbers
from coinfrs_pipelines.emulator.binance.options import BinanceOptions
from coinfrs_pipelines.emulator.binance.records import Hold

# What each account, if it is there, has when the world starts: deposits of the two days before.
OPENINGS: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (
        ("spot", "USDT", "250000"),
        ("spot", "BTC", "3.1"),
        ("spot", "ETH", "42.5"),
        ("spot", "BNB", "61.7"),
        ("spot", "USDC", "50000"),
        ("spot", "SOL", "320"),
        ("spot", "XRP", "18000"),
        ("spot", "LDO", "1500"),
        ("spot", "USDT", "0.000123456789"),
        ("funding", "USDT", "20000"),
        ("funding", "BTC", "0.25"),
    ),
    (
        ("spot", "USDT", "80000"),
        ("spot", "ETH", "11.25"),
        ("spot", "BNB", "4.2"),
        ("spot", "DOGE", "64000"),
        ("spot", "LTC", "90"),
        ("funding", "USDT", "1500"),
    ),
    # Its commissions are in the asset received.
    (
        ("spot", "USDT", "40000"),
        ("spot", "BTC", "0.5"),
        ("spot", "SOL", "75"),
        ("spot", "ETH", "0.000000000271"),
    ),
)
NEWCOMER = ("TRXUSDT", 2)
SOLD_OUT = ("DOGEUSDT", 3)
QUIET_PERCENT = 15
# How many steps an account takes on a day that is not quiet: more where there is more to do.
SPOT_STEPS, FAMILY_STEPS = (3, 8), (5, 11)
MIDNIGHT_PERCENT = 35
DAY_MILLISECONDS = 86_400_000
CLOSING_MILLISECONDS = CLOSING_MINUTES // timedelta(milliseconds=1)


class Author:
    """Writes one family's history; every random choice comes from one generator."""

    def __init__(
        self,
        rng: Random,
        accounts: tuple[Account, ...],
        numbers: Numbers,
        options: BinanceOptions,
        families: Sequence[MakeFamily],
    ) -> None:
        self._draft = Draft(rng, numbers, options)
        self._rng = rng
        self._accounts = accounts
        self._trading = Trading(self._draft)
        self._capital = Capital(self._draft, self._trading)
        self._transfers = Transfers(self._draft, accounts)
        self._families = [make(self._draft, accounts, self._trading) for make in families]

    def write(self, start: datetime, days: int) -> History:
        """Write `days` days from `start` on, preceded by the deposits that open the balances."""
        for account, opening in zip(self._accounts, OPENINGS, strict=False):
            for wallet, asset, amount in opening:
                seen = start - timedelta(hours=self._rng.randint(2, 44), minutes=7)
                step = partial(self._capital.open, account, wallet, asset, Decimal(amount))
                self._draft.at(seen, step)
        for family in self._families:
            family.open(start)
        for number in range(days):
            self._plan_day(start + timedelta(days=number), number, days - 1)
        return self._draft.run()

    def _plan_day(self, day: datetime, number: int, last: int) -> None:
        for family in self._families:
            family.plan_day(day, number, last)
        steps = FAMILY_STEPS if self._families else SPOT_STEPS
        for account in self._accounts:
            if self._draft.chance(QUIET_PERCENT):
                continue
            for _ in range(self._rng.randint(*steps) * self._draft.options.busier):
                into_day = self._rng.randint(CLOSING_MILLISECONDS, DAY_MILLISECONDS - 1)
                self._draft.at(
                    day + timedelta(milliseconds=into_day), partial(self._do_anything, account)
                )
        if self._draft.chance(MIDNIGHT_PERCENT):
            into_day = DAY_MILLISECONDS - self._rng.randint(1, 1_000)
            account = self._rng.choice(self._accounts)
            self._draft.at(
                day + timedelta(milliseconds=into_day), partial(self._do_anything, account)
            )
        noon = day + timedelta(hours=12, milliseconds=self._rng.randint(1, 3_599_999))
        master, *subs = self._accounts
        if number == min(NEWCOMER[1], last):
            self._draft.at(noon, partial(self._trading.buy, master, NEWCOMER[0]))
        if subs and number == min(SOLD_OUT[1], last):
            self._draft.at(noon, partial(self._trading.sell_out, subs[0], SOLD_OUT[0]))

    def _do_anything(self, account: Account, at: datetime) -> None:
        chances: list[tuple[AccountStep, int]] = [
            (self._trading.place_any, 44),
            (self._capital.deposit, 14),
            (self._transfers.between_wallets, 14),
            (self._transfers.within_family, 14),
            (self._rest_order, 4),
            # Only a master withdraws to the outside.
            (self._capital.withdraw, 18 if account.is_master else 0),
        ]
        for family in self._families:
            chances += family.chances(account)
        [(step, _)] = self._rng.choices(chances, [weight for _, weight in chances])
        step(account, at)

    def _rest_order(self, account: Account, at: datetime) -> None:
        """Leave an order in the book that is cancelled later: its amount is locked meanwhile."""
        asset = self._draft.choose_held(account.uid, "spot")
        if asset is None:
            return
        free = self._draft.balances.free(account.uid, "spot", asset)
        amount = part_of(self._rng, free, 5, 15)
        if amount > NOTHING:
            ends_at = at + timedelta(minutes=self._rng.randint(30, 1_800))
            self._draft.hold(Hold(account.uid, "spot", asset, amount, at, ends_at, "locked"))
