"""Writes what happens in the futures wallets: trades, funding, rewards, transfers.

Positions are not modelled: a fill realises something, or nothing where it opens one. The result and
the commission of a fill are one movement and two rows of income, under one tranId.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import partial

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, STEP, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.authoring.transfers import (
    FAILED_PERCENT,
    book_family_transfer,
    book_transfer,
)
from coinfrs_pipelines.emulator.binance.history import after_closing, is_closing, on_the_hour
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

# Beyond 2^53, as funding has them on the venue (C14).
FIRST_TRAN_ID = 9_689_322_392_000_000_001
COMMISSION_RATE = Decimal("0.0005")
FUNDING_RATE_MAX = 400
# An order that takes a whole book: more rows in one second than an answer holds.
BURST_PERCENT, BURST_FILLS, BURST_MILLISECONDS = 3, 620, 900
DAY_MILLISECONDS = 86_400_000

# A row of income: its type, its asset and its signed amount.
Row = tuple[str, str, Decimal]
Step = Callable[[Account, datetime], None]


@dataclass(frozen=True)
class Market:
    """A futures wallet: its symbols and what each is settled in, and what it begins with."""

    wallet: str
    symbols: dict[str, str]
    opening: tuple[tuple[str, str], ...]
    # What the venue gives or takes: (type of income, asset, largest amount in 1e-8).
    gifts: tuple[tuple[str, str, int], ...]
    # How often it is traded, moved into or out of, given to, and turns one asset into another.
    weights: tuple[int, int, int, int]
    exchanges: tuple[tuple[str, str], ...] = ()
    is_masters_only: bool = False

    @property
    def income(self) -> str:
        """The kind of its movements."""
        return f"{self.wallet}_income"


UM = Market(
    "um_futures",
    {"BTCUSDT": "USDT", "ETHUSDT": "USDT", "SOLUSDT": "USDT", "BTCUSDC": "USDC"},
    (("USDT", "8000.123456789"), ("BNB", "1.5")),
    (
        ("REFERRAL_KICKBACK", "USDT", 90_000_000),
        ("COMMISSION_REBATE", "USDT", 70_000_000),
        ("API_REBATE", "USDT", 50_000_000),
        ("FEE_RETURN", "USDT", 40_000_000),
        ("WELCOME_BONUS", "USDT", 500_000_000),
        ("CONTEST_REWARD", "BNB", 1_000_000),
        ("BFUSD_REWARD", "BFUSD", 30_000_000),
        ("INSURANCE_CLEAR", "USDT", -60_000_000),
    ),
    (5, 3, 2, 1),
    (("USDT", "USDC"), ("USDC", "USDT")),
)
CM = Market(
    "cm_futures",
    {"BTCUSD_PERP": "BTC", "ETHUSD_PERP": "ETH"},
    (("BTC", "0.4"), ("ETH", "5.00000000012")),
    (
        ("WELCOME_BONUS", "BTC", 10_000),
        ("DELIVERED_SETTELMENT", "ETH", -2_000_000),
        ("DELIVERED_SETTELMENT", "BTC", 90_000),
    ),
    (3, 2, 1, 0),
    is_masters_only=True,
)
MARKETS = (UM, CM)


class Futures:
    """The futures wallets of the accounts that have opened futures."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], trading: Trading) -> None:
        self._draft = draft
        self._trading = trading
        self._traders = [
            (account, market)
            for account in accounts
            if "futures" in account.products
            for market in MARKETS
            if account.is_master or not market.is_masters_only
        ]

    def open(self, start: datetime) -> None:
        """Bring something to trade with, some of it to pay commissions in BNB."""
        for account, market in self._traders:
            at = start - timedelta(hours=1)
            self._draft.at(at, partial(self._fund, market, account))

    def plan_day(self, day: datetime, _number: int, _last: int) -> None:
        """Pay funding at 00:00, 08:00 and 16:00 exactly; now and then let an order burst."""
        for account, market in self._traders:
            for at in on_the_hour(day, 0, 8, 16):
                self._draft.at(at, partial(self._pay_funding, market, account))
            if self._draft.chance(BURST_PERCENT):
                into_day = timedelta(milliseconds=self._draft.rng.randrange(DAY_MILLISECONDS))
                at = after_closing(day + into_day).replace(microsecond=0)
                self._draft.at(at, partial(self._burst, market, account))

    def chances(self, account: Account) -> Sequence[tuple[Step, int]]:
        """Trade mostly; move something in or out and get something for nothing now and then."""
        return tuple(
            (partial(step, market), weight)
            for owner, market in self._traders
            if owner == account
            for step, weight in zip(
                (self._trade, self._transfer, self._give, self._exchange),
                market.weights,
                strict=True,
            )
        )

    def _fund(self, market: Market, account: Account, _: datetime) -> None:
        for asset, amount in market.opening:
            free = self._draft.balances.free(account.uid, "spot", asset)
            taken = min(Decimal(amount), free)
            if taken > NOTHING:
                book_transfer(self._draft, account.uid, "spot", market.wallet, asset, taken)

    def _transfer(self, market: Market, account: Account, _: datetime) -> None:
        """Move one of the wallet's assets in from spot or funding, or out to them.

        A master may also send it straight from its spot wallet to a sub-account's, or take it back.
        """
        other = self._draft.rng.choice(("spot", "spot", "funding"))
        source, target = (market.wallet, other)[:: self._draft.rng.choice((1, -1))]
        known = {*market.symbols.values(), *(asset for asset, _ in market.opening)}
        held = [a for a in self._draft.balances.held(account.uid, source) if a in known]
        if not held:
            return
        asset = self._draft.rng.choice(held)
        free = self._draft.balances.free(account.uid, source, asset)
        amount = part_of(self._draft.rng, free, 1, 15)
        if amount <= NOTHING:
            return
        subs = [a for a, m in self._traders if m == market and not a.is_master]
        if account.is_master and subs and "spot" in {source, target} and self._draft.chance(40):
            self._transfer_to_or_from(self._draft.rng.choice(subs), market, account, asset)
        else:
            is_confirmed = not self._draft.chance(FAILED_PERCENT)
            book_transfer(
                self._draft, account.uid, source, target, asset, amount, is_confirmed=is_confirmed
            )

    def _transfer_to_or_from(
        self, sub: Account, market: Market, master: Account, asset: str
    ) -> None:
        ends = ((master.uid, "spot"), (sub.uid, market.wallet))
        source, target = ends[:: self._draft.rng.choice((1, 1, -1))]
        amount = part_of(self._draft.rng, self._draft.balances.free(*source, asset), 1, 10)
        if amount > NOTHING:
            book_family_transfer(self._draft, source, target, asset, amount)

    def _trade(self, market: Market, account: Account, at: datetime) -> None:
        """Fill an order in a few pieces, some of them in one second."""
        symbol = self._draft.rng.choice(list(market.symbols))
        for _ in range(self._draft.rng.choice((1, 1, 2, 5))):
            if not is_closing(at):
                self._draft.at(at, partial(self._fill, market, account, symbol, 5))
            at += timedelta(milliseconds=self._draft.rng.choice((0, 1, 300, 61_000)))

    def _burst(self, market: Market, account: Account, at: datetime) -> None:
        symbol = next(iter(market.symbols))
        for number in range(BURST_FILLS):
            instant = at + timedelta(milliseconds=number * BURST_MILLISECONDS // BURST_FILLS)
            # An instant of its own for every fill would only make the ledger long.
            instant = instant.replace(microsecond=instant.microsecond // 100_000 * 100_000)
            self._draft.at(instant, partial(self._fill, market, account, symbol, 0))

    def _fill(
        self, market: Market, account: Account, symbol: str, percent: int, _: datetime
    ) -> None:
        """Realise something of at most so much of the wallet, and pay the commission for it."""
        draft, asset = self._draft, market.symbols[symbol]
        free = draft.balances.free(account.uid, market.wallet, asset)
        stake = part_of(draft.rng, free, percent, percent + 1)
        if stake <= NOTHING:
            return
        commission, commission_asset = self._commission(market, account, asset, stake)
        result = NOTHING if draft.chance(25) else part_of(draft.rng, stake, 1, 60)
        rows = [("COMMISSION", commission_asset, -commission)]
        if result:
            sign = draft.rng.choice((1, -1))
            rows.insert(0, ("REALIZED_PNL", asset, sign * result))
        trade_id = draft.numbers.of(f"{market.wallet} {symbol}", 2_059_192)
        self._book(market, account, rows, symbol=symbol, trade_id=str(trade_id))

    def _commission(
        self, market: Market, account: Account, asset: str, stake: Decimal
    ) -> tuple[Decimal, str]:
        """Return what a fill costs: in BNB where fees are burnt and there is some (B9)."""
        step = STEP / 100 if self._draft.chance(10) else STEP
        in_bnb = stake * COMMISSION_RATE * self._trading.price(asset) / self._trading.price("BNB")
        in_bnb = in_bnb.quantize(step, ROUND_DOWN)
        has_bnb = self._draft.balances.free(account.uid, market.wallet, "BNB") >= in_bnb
        if market is UM and account.burns_bnb and has_bnb and in_bnb > NOTHING:
            return in_bnb, "BNB"
        return max((stake * COMMISSION_RATE).quantize(step, ROUND_DOWN), STEP), asset

    def _pay_funding(self, market: Market, account: Account, _: datetime) -> None:
        """Pay or receive funding for one or two open positions, each a row of its own."""
        draft = self._draft
        for symbol in draft.rng.sample(list(market.symbols), draft.rng.choice((0, 1, 2))):
            asset = market.symbols[symbol]
            free = draft.balances.free(account.uid, market.wallet, asset)
            rate = draft.rng.randint(-FUNDING_RATE_MAX, FUNDING_RATE_MAX)
            amount = (free * rate / 1_000_000).quantize(STEP, ROUND_DOWN)
            if amount:
                self._book(market, account, [("FUNDING_FEE", asset, amount)], symbol=symbol)

    def _give(self, market: Market, account: Account, _: datetime) -> None:
        """Give something, or take it, as the venue does without being asked."""
        kind, asset, most = self._draft.rng.choice(market.gifts)
        amount = self._draft.rng.randint(1, abs(most)) * STEP * (1 if most > 0 else -1)
        if self._draft.balances.free(account.uid, market.wallet, asset) + amount >= NOTHING:
            self._book(market, account, [(kind, asset, amount)])

    def _exchange(self, market: Market, account: Account, _: datetime) -> None:
        """Turn some of an asset into another: two rows, two ids, one event."""
        source, target = self._draft.rng.choice(market.exchanges)
        free = self._draft.balances.free(account.uid, market.wallet, source)
        amount = part_of(self._draft.rng, free, 1, 9)
        if amount > NOTHING:
            gained = (amount * Decimal("0.9991")).quantize(STEP, ROUND_DOWN)
            rows = [("AUTO_EXCHANGE", source, -amount), ("AUTO_EXCHANGE", target, gained)]
            self._book(market, account, rows)

    def _book(
        self,
        market: Market,
        account: Account,
        rows: list[Row],
        *,
        symbol: str = "",
        trade_id: str = "",
    ) -> None:
        draft = self._draft
        tran_id = draft.numbers.of(market.income, FIRST_TRAN_ID)
        told = ", ".join(f"{kind} {amount:f} {asset}" for kind, asset, amount in rows)
        draft.book(
            Movement(
                market.income,
                account.uid,
                str(tran_id),
                draft.now,
                tuple(
                    Leg(cell(account.uid, market.wallet, asset), amount, draft.now)
                    for _, asset, amount in rows
                ),
                {"rows": rows, "symbol": symbol, "trade_id": trade_id},
                f"{account.uid} has {told} of {symbol or market.wallet}",
            )
        )
