"""Writes the conversions of an emulated account: of dust, at a quote, and by limit orders."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import partial
from typing import Any

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, STEP, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.history import after_closing
from coinfrs_pipelines.emulator.binance.market import ASSETS
from coinfrs_pipelines.emulator.binance.records import Hold, Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

Step = Callable[[Account, datetime], None]

DUST_CHARGE = Decimal("0.02")
DUST_TARGETS = ("BNB", "BNB", "USDT")
CONVERTED_TO = ("USDT", "USDC", "BTC", "ETH", "TRX")
LIMIT_PERCENT, FAILED_PERCENT = 30, 15


class Conversions:
    """Dust into BNB or USDT; conversions at once, or by limit orders that fill later or never."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], trading: Trading) -> None:
        self._draft, self._accounts, self._trading = draft, accounts, trading

    def open(self, start: datetime) -> None:
        """Begin with nothing of its own."""

    def plan_day(self, day: datetime, number: int, _last: int) -> None:
        """Let the master convert on the first day, in every world."""
        if number == 0:
            for hour, step in ((9, self._sweep), (15, self._convert)):
                self._draft.at(day + timedelta(hours=hour), partial(step, self._accounts[0]))

    def chances(self, _: Account) -> Sequence[tuple[Step, int]]:
        """Convert dust, or an amount of any size."""
        return ((self._sweep, 3), (self._convert, 6))

    def _worth(self, amount: Decimal, asset: str, target: str) -> Decimal:
        rate = self._trading.price(asset) / self._trading.price(target)
        return (amount * rate).quantize(STEP, ROUND_DOWN)

    def _sweep(self, account: Account, at: datetime) -> None:
        """Convert a little of up to three assets at once, at a charge on what is received."""
        draft, uid = self._draft, account.uid
        target = draft.rng.choice(DUST_TARGETS)
        held = [
            asset
            for asset in draft.balances.held(uid, "spot")
            if asset in ASSETS and asset != target
        ]
        details, legs = [], []
        for asset in draft.rng.sample(held, min(3, len(held))):
            amount = part_of(draft.rng, draft.balances.free(uid, "spot", asset), 1, 2)
            gross = self._worth(amount, asset, target)
            charge = (gross * DUST_CHARGE).quantize(STEP, ROUND_DOWN)
            net = gross - charge
            if amount > NOTHING and net > NOTHING:
                details.append({"asset": asset, "amount": amount, "net": net, "charge": charge})
                legs.append(Leg(cell(uid, "spot", asset), -amount, at))
                legs.append(Leg(cell(uid, "spot", target), net, at))
        if details:
            record_id = str(draft.numbers.of("dust_conversions", 45_178_372_831))
            inner_id = draft.numbers.of("dust_details", 4_359_321)
            fields = {"target": target, "details": details, "inner_id": inner_id}
            swept = ", ".join(f"{one['amount']:f} {one['asset']}" for one in details)
            label = f"{uid} converted {swept} into {target}"
            draft.book(Movement("dust_conversions", uid, record_id, at, tuple(legs), fields, label))

    def _convert(self, account: Account, at: datetime) -> None:
        draft, uid, wallet = self._draft, account.uid, self._draft.options.convert_wallet
        source = draft.choose_held(uid, wallet)
        target = draft.rng.choice(CONVERTED_TO)
        if source is None or source not in ASSETS or source == target:
            return
        amount = part_of(draft.rng, draft.balances.free(uid, wallet, source), 1, 12)
        received = self._worth(amount, source, target)
        if amount <= NOTHING or received <= NOTHING:
            return
        ended, is_failed = self._end_of(at)
        if ended > at:
            draft.hold(Hold(uid, wallet, source, amount, at, ended, "locked"))
        legs: tuple[Leg, ...] = ()
        if not is_failed:
            legs = (
                Leg(cell(uid, wallet, source), -amount, ended),
                Leg(cell(uid, wallet, target), received, ended),
            )
        fields: dict[str, Any] = {
            "quote_id": draft.numbers.text(32),
            "source": source,
            "amount": amount,
            "target": target,
            "received": received,
            "ended_at": ended,
            "is_failed": is_failed,
        }
        record_id = str(draft.numbers.of("conversions", 940_708_407_462_087_195))
        outcome = "failed to convert" if is_failed else "converted"
        label = f"{uid} {outcome} {amount:f} {source} into {received:f} {target}"
        draft.book(Movement("conversions", uid, record_id, at, legs, fields, label))

    def _end_of(self, at: datetime) -> tuple[datetime, bool]:
        """Return when an order is filled or fails, and whether it fails."""
        rng = self._draft.rng
        if not self._draft.chance(LIMIT_PERCENT):
            return at, False
        wait = timedelta(milliseconds=rng.randint(60_000, 2 * 86_400_000))
        return after_closing(at + wait), self._draft.chance(FAILED_PERCENT)
