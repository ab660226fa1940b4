"""Writes what moves wallets from outside the exchange of coins: investors and a custodian.

Little of it happens, and its choices are from a generator of their own, so that a world is the same
but for it. Whoever is on the other side is no account of the world.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from coinfrs_pipelines.emulator.binance.accounts import (
    UIDS_PER_WORLD,
    Account,
    invested_in,
    investor_of,
)
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

MANAGED = "managed_transfers"
# In a range that no other transfer has.
FIRST_MANAGED = 91_077_676_000
MANAGED_PERCENT, FAILED_PERCENT = 45, 10
MANAGED_AT = timedelta(hours=10, minutes=20)
MANAGED_ASSETS = ("BNB", "USDT", "BTC")
CUSTODY = "custody_transfers"
FIRST_CUSTODY = 293_915_892_281_413_632
CUSTODY_PERCENT = 45
CUSTODY_AT = timedelta(hours=14, minutes=40)
CUSTODY_ASSETS = ("ETH", "USDT")
DELEGATED_MAX = 200


class Outside:
    """Who invests with others, whom others invest in, and what a custodian lends."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], _trading: Trading) -> None:
        self._draft, self._accounts = draft, accounts
        self._rng = draft.rng_aside
        self._last_id = accounts[0].uid * UIDS_PER_WORLD

    def open(self, start: datetime) -> None:
        """Begin with nothing of its own."""

    def plan_day(self, day: datetime, _number: int, _last: int) -> None:
        """Invest or take back on some days, delegate or undelegate on others."""
        for account in self._accounts:
            if account.is_master or account.is_managed:
                move = partial(self._transfer_managed, account)
                self._on_some_days(MANAGED_PERCENT, day + MANAGED_AT, move)
            if account.has_custodian:
                move = partial(self._transfer_custody, account)
                self._on_some_days(CUSTODY_PERCENT, day + CUSTODY_AT, move)

    def chances(self, _account: Account) -> Sequence[tuple["AccountStep", int]]:
        """Return nothing: all of it is planned, so that there is no less of anything else."""
        return ()

    def _on_some_days(self, percent: int, at: datetime, step: Callable[[datetime], None]) -> None:
        if self._chance(percent):
            later = timedelta(milliseconds=self._rng.randrange(3_600_000))
            self._draft.at(at + later, step)

    def _chance(self, percent: int) -> bool:
        return self._rng.randrange(100) < percent

    def _transfer_managed(self, account: Account, at: datetime) -> None:
        """Move an amount between a managed sub-account and its investor, of which one is here."""
        asset = self._rng.choice(MANAGED_ASSETS)
        amount = part_of(self._rng, self._draft.balances.free(account.uid, "spot", asset), 1, 4)
        if amount <= NOTHING:
            return
        is_outward = self._chance(50)
        managed = account.email if account.is_managed else invested_in(account)
        investor = investor_of(account) if account.is_managed else account.email
        is_to_managed = is_outward != account.is_managed
        is_successful = not self._chance(FAILED_PERCENT)
        fields = {
            "asset": asset,
            "amount": amount,
            "from_email": investor if is_to_managed else managed,
            "to_email": managed if is_to_managed else investor,
            "managed_email": managed,
            "is_successful": is_successful,
        }
        verb = "sent" if is_outward else "received"
        label = f"{account.uid} {verb} {amount:f} {asset} of a managed sub-account"
        change = -amount if is_outward else amount
        self._book(MANAGED, FIRST_MANAGED, account, at, (asset, change), fields, label)

    def _transfer_custody(self, account: Account, at: datetime) -> None:
        """Let the custodian lend an amount to a sub-account, or take back a part of what it has."""
        asset = self._rng.choice(CUSTODY_ASSETS)
        lent = Decimal(self._rng.randint(1, DELEGATED_MAX)).scaleb(-2)
        free = self._draft.balances.free(account.uid, "spot", asset)
        is_delegated = self._chance(60)
        amount = lent if is_delegated else part_of(self._rng, free, 1, 4)
        if amount <= NOTHING:
            return
        is_inward = is_delegated is not self._draft.options.custody_delegates_out
        amount = amount if is_inward else min(amount, free)
        fields = {"asset": asset, "amount": amount, "is_delegated": is_delegated}
        label = f"{account.uid} was {'' if is_delegated else 'un'}delegated {amount:f} {asset}"
        change = amount if is_inward else -amount
        self._book(CUSTODY, FIRST_CUSTODY, account, at, (asset, change), fields, label)

    def _book(
        self,
        kind: str,
        first_id: int,
        account: Account,
        at: datetime,
        change: tuple[str, Decimal],
        fields: dict[str, object],
        label: str,
    ) -> None:
        self._last_id += 1
        number = str(first_id + self._last_id)
        asset, amount = change
        leg = Leg(cell(account.uid, "spot", asset), amount, at)
        legs = (leg,) if fields.get("is_successful", True) else ()
        self._draft.book(Movement(kind, account.uid, number, at, legs, fields, label))
