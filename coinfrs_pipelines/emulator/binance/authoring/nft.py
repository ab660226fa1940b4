"""Writes orders of collectibles: what they cost and bring in. They are in no wallet themselves."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from coinfrs_pipelines.emulator.binance.accounts import UIDS_PER_WORLD, Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

KIND = "nft_transactions"
FIRST_ID = 470_502_070_600_699_904
# Purchase, sale, royalty, purchase on the primary market, fee of minting: which of them pay in.
INCOMING = {0: False, 1: True, 2: True, 3: False, 4: False}
NFT_PERCENT, NFT_AT = 35, timedelta(hours=15, minutes=20)
CURRENCIES = ("BNB", "ETH", "USDT")


class Collectibles:
    """Orders of any account; its choices are from the generator for what seldom happens."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], _trading: Trading) -> None:
        self._draft, self._accounts = draft, accounts
        self._rng = draft.rng_aside
        self._last_id = FIRST_ID + accounts[0].uid * UIDS_PER_WORLD

    def open(self, start: datetime) -> None:
        """Begin with nothing of its own."""

    def plan_day(self, day: datetime, number: int, _last: int) -> None:
        """Let the master do a little of everything on the first day, and each trade on some."""
        if number == 0:
            for order_type in INCOMING:
                at = day + NFT_AT - timedelta(minutes=1 + order_type)
                self._draft.at(at, partial(self._trade, self._accounts[0], order_type))
        for account in self._accounts:
            if self._rng.randrange(100) < NFT_PERCENT:
                later = timedelta(milliseconds=self._rng.randrange(3_600_000))
                self._draft.at(day + NFT_AT + later, partial(self._trade, account, None))

    def chances(self, _account: Account) -> Sequence[tuple["AccountStep", int]]:
        """Return nothing: its orders are planned, so that there is no less of anything else."""
        return ()

    def _trade(self, account: Account, order_type: int | None, at: datetime) -> None:
        wallet, currency = self._draft.options.nft_wallet, self._rng.choice(CURRENCIES)
        if order_type is None:
            order_type = self._rng.choice(list(INCOMING))
        is_incoming = INCOMING[order_type]
        free = self._draft.balances.free(account.uid, wallet, currency)
        earned = Decimal(self._rng.randint(1, 10**7)).scaleb(-8)
        amount = earned if is_incoming else part_of(self._rng, free, 1, 3)
        if amount <= NOTHING:
            return
        self._last_id += 1
        number = f"{order_type}_{self._last_id}"
        fields = {"order_type": order_type, "currency": currency, "amount": amount}
        verb = "received" if is_incoming else "paid"
        label = f"{account.uid} {verb} {amount:f} {currency} for a collectible"
        change = amount if is_incoming else -amount
        legs = (Leg(cell(account.uid, wallet, currency), change, at),)
        self._draft.book(Movement(KIND, account.uid, number, at, legs, fields, label))
