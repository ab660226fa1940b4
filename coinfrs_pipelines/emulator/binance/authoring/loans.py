"""Writes loans on collateral: what is lent and pledged in spot, repaid and returned.

A VIP loan is older than the world: it is only repaid here. Those that are made in it: `vip_loans`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, STEP, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

BORROW, REPAY, ADJUSTMENT = "flexible_borrow", "flexible_repay", "flexible_ltv_adjustment"
VIP_REPAY = "vip_repay"
LENT, PLEDGED = ("USDT", "USDC"), ("BTC", "ETH", "BNB", "SOL")
LOAN_TO_VALUE = Decimal("0.5")
FAILED_PERCENT, ALL_OF_IT_PERCENT = 10, 35
FINAL_AFTER_MINUTES = (0, 0, 0, 45)
FIRST_VIP_ORDER = 756_783_308_056_935_434


@dataclass
class Loan:
    """What an account owes on one collateral."""

    coin: str
    debt: Decimal
    collateral_coin: str
    collateral: Decimal


class Loans:
    """Borrows on collateral, adds to it or takes from it, and repays."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], trading: Trading) -> None:
        self._draft = draft
        self._trading = trading
        self._open: dict[int, list[Loan]] = {account.uid: [] for account in accounts}
        self._vip_orders = {
            account.uid: str(draft.numbers.of("vip_loan", FIRST_VIP_ORDER)) for account in accounts
        }

    def open(self, start: datetime) -> None:
        """Begin without flexible loans."""

    def plan_day(self, day: datetime, number: int, last: int) -> None:
        """Schedule nothing: everything here is somebody's own doing."""

    def chances(self, account: Account) -> Sequence[tuple[AccountStep, int]]:
        """Return what may be done with loans; only a master has a VIP loan."""
        vip = ((self._repay_vip, 3),) if account.is_master else ()
        return ((self._borrow, 2), (self._repay, 1), (self._adjust, 1), *vip)

    def _borrow(self, account: Account, at: datetime) -> None:
        draft, uid = self._draft, account.uid
        collateral_coin, coin = draft.rng.choice(PLEDGED), draft.rng.choice(LENT)
        pledged = part_of(draft.rng, draft.balances.free(uid, "spot", collateral_coin), 1, 10)
        worth = pledged * self._trading.price(collateral_coin) / self._trading.price(coin)
        amount = (worth * LOAN_TO_VALUE).quantize(STEP, ROUND_DOWN)
        if amount <= NOTHING:
            return
        loan = Loan(coin, amount, collateral_coin, pledged)
        legs = _legs(uid, at, (coin, amount), (collateral_coin, -pledged))
        told = {"coin": coin, "collateral_coin": collateral_coin, "collateral": pledged}
        label = f"{uid} borrowed {amount:f} {coin} on {pledged:f} {collateral_coin}"
        if self._book(BORROW, uid, at, legs, {**told, "amount": amount}, label):
            self._open[uid].append(loan)

    def _repay(self, account: Account, at: datetime) -> None:
        """Repay a part of a loan or all of it; the same part of the collateral comes back."""
        draft, uid = self._draft, account.uid
        if not self._open[uid]:
            return
        loan = draft.rng.choice(self._open[uid])
        is_all = draft.chance(ALL_OF_IT_PERCENT)
        amount = loan.debt if is_all else part_of(draft.rng, loan.debt, 10, 60)
        if not NOTHING < amount <= draft.balances.free(uid, "spot", loan.coin):
            return
        share = amount / loan.debt
        returned = (
            loan.collateral if is_all else (loan.collateral * share).quantize(STEP, ROUND_DOWN)
        )
        legs = _legs(uid, at, (loan.coin, -amount), (loan.collateral_coin, returned))
        told = {"coin": loan.coin, "collateral_coin": loan.collateral_coin}
        label = f"{uid} repaid {amount:f} {loan.coin} and got {returned:f} {loan.collateral_coin}"
        fields = {**told, "amount": amount, "collateral": returned}
        if self._book(REPAY, uid, at, legs, fields, label):
            loan.debt -= amount
            loan.collateral -= returned
        self._open[uid] = [open_loan for open_loan in self._open[uid] if open_loan.debt > NOTHING]

    def _adjust(self, account: Account, at: datetime) -> None:
        """Add to the collateral or take from it, now and then twice the same at once."""
        draft, uid = self._draft, account.uid
        if not self._open[uid]:
            return
        loan = draft.rng.choice(self._open[uid])
        is_added = draft.chance(60)
        free = draft.balances.free(uid, "spot", loan.collateral_coin)
        amount = part_of(draft.rng, free if is_added else loan.collateral, 1, 4)
        if amount <= NOTHING:
            return
        for _ in range(draft.rng.choice((1, 1, 2))):
            change = amount if is_added else -amount
            legs = (Leg(cell(uid, "spot", loan.collateral_coin), -change, at),)
            fields = {
                "coin": loan.coin,
                "collateral_coin": loan.collateral_coin,
                "collateral": amount,
                "direction": "ADDITIONAL" if is_added else "REDUCED",
            }
            label = f"{uid} changed the collateral of a loan by {change:f} {loan.collateral_coin}"
            number = str(draft.numbers.of(ADJUSTMENT))
            draft.book(Movement(ADJUSTMENT, uid, number, at, legs, fields, label))
            loan.collateral += change

    def _repay_vip(self, account: Account, at: datetime) -> None:
        draft, uid = self._draft, account.uid
        amount = part_of(draft.rng, draft.balances.free(uid, "spot", "USDT"), 1, 5)
        if amount > NOTHING:
            legs = (Leg(cell(uid, "spot", "USDT"), -amount, at),)
            fields = {"coin": "USDT", "amount": amount, "order_id": self._vip_orders[uid]}
            label = f"{uid} repaid {amount:f} USDT of a VIP loan"
            self._book(VIP_REPAY, uid, at, legs, fields, label)

    def _book(
        self,
        kind: str,
        uid: int,
        at: datetime,
        legs: tuple[Leg, ...],
        told: dict[str, Any],
        label: str,
    ) -> bool:
        """Book what succeeds, or what fails and moves nothing; return whether it succeeds."""
        draft = self._draft
        is_successful = not draft.chance(FAILED_PERCENT)
        final_at = at + timedelta(minutes=draft.rng.choice(FINAL_AFTER_MINUTES))
        fields = {**told, "final_at": final_at, "is_successful": is_successful}
        number = str(draft.numbers.of(kind))
        draft.book(Movement(kind, uid, number, at, legs if is_successful else (), fields, label))
        return is_successful


def _legs(uid: int, at: datetime, *changes: tuple[str, Decimal]) -> tuple[Leg, ...]:
    return tuple(Leg(cell(uid, "spot", asset), amount, at) for asset, amount in changes)
