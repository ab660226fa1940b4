"""Writes staking: one asset of the spot wallet given for another, and what the other one pays.

A staking may be pending for a while and has moved all the same. What is redeemed leaves at once,
and what it is redeemed for comes hours or days later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import partial
from typing import TYPE_CHECKING

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.history import after_closing
from coinfrs_pipelines.emulator.binance.records import Hold, Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

FAILED_PERCENT, PENDING_PERCENT, ALL_OF_IT_PERCENT = 8, 15, 10
PENDING_MINUTES = (1, 200)
FINEST = Decimal("0.000000000001")


@dataclass(frozen=True)
class Exchange:
    """A way from one asset to another; `rate` is how much of the received one is given for one.

    `hours` says how long the received asset is on its way.
    """

    kind: str
    given: str
    received: str
    rate: Decimal
    hours: tuple[int, int] | None = None


WBETH, BNSOL, ONE = Decimal("1.08141592"), Decimal("1.12099871"), Decimal(1)
LESS_A_FEE = Decimal("0.9995")
EXCHANGES = (
    Exchange("eth_staking", "ETH", "WBETH", 1 / WBETH),
    Exchange("eth_redemption", "WBETH", "ETH", WBETH, (8, 60)),
    Exchange("wbeth_unwrap", "WBETH", "BETH", WBETH),
    Exchange("wbeth_wrap", "BETH", "WBETH", 1 / WBETH),
    Exchange("sol_staking", "SOL", "BNSOL", 1 / BNSOL),
    Exchange("sol_redemption", "BNSOL", "SOL", BNSOL, (6, 90)),
    Exchange("bfusd_subscription", "USDT", "BFUSD", ONE),
    Exchange("bfusd_redemption", "BFUSD", "USDT", LESS_A_FEE, (0, 70)),
    Exchange("rwusd_subscription", "USDC", "RWUSD", ONE),
    Exchange("rwusd_redemption", "RWUSD", "USDC", LESS_A_FEE, (0, 70)),
)
FIRST = ("eth_staking", "sol_staking", "bfusd_subscription", "rwusd_subscription")
# Tokens that BNSOL brings beside its worth, until they are claimed: two at one instant.
BOOSTS, BOOST = ("SOL", "BNB", "BHFT"), "sol_boost_reward"


class Staking:
    """Stakes, redeems and wraps in spot, and claims what was promised."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], _: Trading) -> None:
        self._draft = draft
        self._accounts = accounts

    def open(self, start: datetime) -> None:
        """Stake something an hour before the world starts."""
        for account in self._accounts:
            for exchange in EXCHANGES:
                if exchange.kind in FIRST:
                    step = partial(self._exchange, exchange, account)
                    self._draft.at(start - timedelta(hours=1), step)

    def plan_day(self, day: datetime, number: int, last: int) -> None:
        """Schedule nothing: everything here is somebody's own doing."""

    def chances(self, _: Account) -> Sequence[tuple[AccountStep, int]]:
        """Return every exchange, and the claim of what was promised."""
        exchanges = [(partial(self._exchange, exchange), 1) for exchange in EXCHANGES]
        return (*exchanges, (self._claim, 1))

    def _exchange(self, exchange: Exchange, account: Account, at: datetime) -> None:
        """Give a part of an asset, or all of it, for another."""
        draft, uid = self._draft, account.uid
        free = draft.balances.free(uid, "spot", exchange.given)
        amount = free if draft.chance(ALL_OF_IT_PERCENT) else part_of(draft.rng, free, 1, 12)
        received = (amount * exchange.rate).quantize(FINEST, ROUND_DOWN)
        if received <= NOTHING:
            return
        arrives_at = final_at = at
        if exchange.hours is not None:
            seconds = draft.rng.randint(*(hours * 3_600 for hours in exchange.hours))
            arrives_at = final_at = after_closing(at + timedelta(seconds=seconds))
        elif draft.chance(PENDING_PERCENT):
            final_at = at + timedelta(minutes=draft.rng.randint(*PENDING_MINUTES))
        is_successful = not draft.chance(FAILED_PERCENT)
        if exchange.hours is not None and not is_successful:
            # What is refused is refused at once: what waits has left.
            final_at = at
        gone_at = arrives_at if draft.options.redeemed_leaves_on_arrival else at
        if is_successful and gone_at > at:
            # It leaves when the other comes, and is nobody's to spend until then.
            draft.hold(Hold(uid, "spot", exchange.given, amount, at, gone_at, "locked"))
        legs = (
            Leg(cell(uid, "spot", exchange.given), -amount, gone_at),
            Leg(cell(uid, "spot", exchange.received), received, arrives_at),
        )
        draft.book(
            Movement(
                exchange.kind,
                uid,
                str(draft.numbers.of(exchange.kind)),
                at,
                legs if is_successful else (),
                {
                    "given": (exchange.given, amount),
                    "received": (exchange.received, received),
                    "rate": exchange.rate,
                    "arrives_at": arrives_at,
                    "final_at": final_at,
                    "is_successful": is_successful,
                },
                f"{uid} gave {amount:f} {exchange.given} for {received:f} {exchange.received}",
            )
        )

    def _claim(self, account: Account, at: datetime) -> None:
        """Claim two tokens at once, each a record of its own."""
        draft, uid = self._draft, account.uid
        if draft.balances.free(uid, "spot", "BNSOL") <= NOTHING:
            return
        for token in draft.rng.sample(BOOSTS, 2):
            amount = Decimal(draft.rng.randint(1, 9 * 10**9)).scaleb(-12)
            draft.book(
                Movement(
                    BOOST,
                    uid,
                    str(draft.numbers.of(BOOST)),
                    at,
                    (Leg(cell(uid, "spot", token), amount, at),),
                    {"token": token, "amount": amount},
                    f"{uid} claimed {amount:f} {token}",
                )
            )
