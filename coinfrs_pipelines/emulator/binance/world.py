"""The Binance side of a world: a family of accounts, their keys, and what their history adds up to.

It answers what was true at an instant; what a face shows of it, and in which shape, is not here.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from coinfrs_pipelines.emulator.binance.accounts import (
    KEY_KINDS,
    READ_ONLY,
    Account,
    ApiKey,
    KeyKind,
    family,
    make_key,
)
from coinfrs_pipelines.emulator.binance.authoring.author import Author
from coinfrs_pipelines.emulator.binance.authoring.families import FAMILIES, MakeFamily
from coinfrs_pipelines.emulator.binance.downloads import Downloads
from coinfrs_pipelines.emulator.binance.history import Numbers
from coinfrs_pipelines.emulator.binance.market import ASSETS, UNTRADED
from coinfrs_pipelines.emulator.binance.options import BinanceOptions
from coinfrs_pipelines.emulator.binance.records import VENUE, cell
from coinfrs_pipelines.emulator.ledger import Cell, Event, Ledger

# Accounts are older than their world, whose opening deposits reach back two days.
ACCOUNT_AGE = timedelta(days=400)


@dataclass(frozen=True)
class Holding:
    """What a wallet has of one asset at an instant, by where it sits, and what it owes of it."""

    free: Decimal
    locked: Decimal
    freeze: Decimal
    withdrawing: Decimal
    loan: Decimal
    interest: Decimal

    @property
    def is_positive(self) -> bool:
        """Return whether there is anything at all."""
        return any((self.balance, self.withdrawing, self.loan, self.interest))

    @property
    def balance(self) -> Decimal:
        """Return what is owned, wherever in the wallet it sits."""
        return self.free + self.locked + self.freeze

    @property
    def net(self) -> Decimal:
        """Return what is owned without what is owed."""
        return self.balance - self.loan - self.interest


class BinanceWorld:
    """A master and its sub-accounts over `days` days from `start`."""

    def __init__(
        self,
        seed: int,
        start: datetime,
        days: int,
        index: int,
        options: BinanceOptions,
        families: Sequence[MakeFamily] = FAMILIES,
    ) -> None:
        self.options = options
        self.start = start
        self.seed = seed
        self.accounts = family(index, start - ACCOUNT_AGE)[: 1 + options.sub_accounts]
        drawn_as_of = options.drawn_as_of or start.isoformat()
        rng = Random(f"binance/{seed}/{drawn_as_of}/{days}")
        author = Author(rng, self.accounts, Numbers(rng, index), options, families)
        self.history = author.write(start, days)
        self.ledger_events: Sequence[Event] = tuple(self.history.events())
        self._ledger = Ledger(self.ledger_events)
        self._instants: defaultdict[str, list[datetime]] = defaultdict(list)
        # The assets that each wallet ever has anything of; the values are nothing.
        self._assets: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for leg in sorted(self._ledger.legs(), key=lambda leg: leg.at):
            self._instants[leg.cell.account_ref].append(leg.at)
            self._assets[leg.cell.account_ref, leg.cell.wallet][leg.cell.asset] = None
        self.downloads = Downloads()
        self._keys: dict[str, ApiKey] = {}
        for account in self.accounts:
            self._make_key(account, {})

    @property
    def master(self) -> Account:
        """Return the family's master."""
        return self.accounts[0]

    def account(self, uid: int) -> Account:
        """Return the account with this uid.

        Raises:
            KeyError: the family has no such account.

        """
        return {account.uid: account for account in self.accounts}[uid]

    def by_email(self, email: str) -> Account | None:
        """Return the account with this e-mail, if it is of the family."""
        return next((account for account in self.accounts if account.email == email), None)

    # Keys

    def key(self, api_key: str) -> ApiKey | None:
        """Return the key, if it was made here."""
        return self._keys.get(api_key)

    def has_key(self, api_key: str) -> bool:
        """Return whether the key was made here."""
        return api_key in self._keys

    def credentials(self) -> list[dict[str, str]]:
        """Return each account's first, read-only credential, the master's first."""
        firsts: dict[int, ApiKey] = {}
        for key in self._keys.values():
            firsts.setdefault(key.account.uid, key)
        return [_credential(key) for key in firsts.values()]

    def add_key(self, parameters: Mapping[str, Any]) -> dict[str, str]:
        """Make another key: `account_ref`, its `kind`, the `permissions` that are not read-only's.

        Raises:
            ValueError: the account, the kind or a permission is unknown, or one is not a boolean.

        """
        accounts = {str(account.uid): account for account in self.accounts}
        reference = str(parameters.get("account_ref"))
        if reference not in accounts:
            raise ValueError(f"account_ref is one of {', '.join(accounts)}, not {reference!r}.")
        permissions = dict(parameters.get("permissions", {}))
        for name, value in permissions.items():
            if name not in READ_ONLY or not isinstance(value, bool):
                raise ValueError(f"No permission {name!r}; booleans are {', '.join(READ_ONLY)}.")
        kind = parameters.get("kind", "hmac")
        if kind not in KEY_KINDS:
            raise ValueError(f"kind is one of {', '.join(KEY_KINDS)}, not {kind!r}.")
        return _credential(self._make_key(accounts[reference], permissions, kind))

    def _make_key(
        self, account: Account, permissions: Mapping[str, bool], kind: KeyKind = "hmac"
    ) -> ApiKey:
        created_at = self.start - timedelta(days=30)
        key = make_key(account, self.seed, len(self._keys), permissions, created_at, kind)
        self._keys[key.api_key] = key
        return key

    # Positions

    def positions(self, at: datetime) -> dict[Cell, Decimal]:
        """Return the amount in every cell ever touched before `at`, zeros included."""
        return self._ledger.positions(at)

    def position(
        self, uid: int, wallet: str, asset: str, at: datetime, component: str = "balance"
    ) -> Decimal:
        """Return the amount in one cell from all legs strictly before `at`."""
        return self._ledger.position(cell(uid, wallet, asset, component), at)

    def wallets(self, uid: int) -> list[str]:
        """Return the names of the account's wallets that anything ever moves."""
        return sorted(wallet for reference, wallet in self._assets if reference == str(uid))

    def holdings(self, uid: int, wallet: str, at: datetime) -> dict[str, Holding]:
        """Return what the wallet has of every asset at `at`, zeros included.

        The assets are those of the exchange, and any other that ever comes into the wallet.
        """
        held: dict[tuple[str, str], Decimal] = {}
        for hold in self.history.holds:
            if (hold.uid, hold.wallet) == (uid, wallet) and hold.begins_at < at <= hold.ends_at:
                place = (hold.asset, hold.kind)
                held[place] = held.get(place, Decimal(0)) + hold.amount
        holdings = {}
        for asset in {
            **dict.fromkeys((*ASSETS, *UNTRADED)),
            **self._assets.get((str(uid), wallet), {}),
        }:
            balance, in_transit, loan, interest = (
                self.position(uid, wallet, asset, at, component)
                for component in ("balance", "in_transit", "loan", "interest")
            )
            locked = held.get((asset, "locked"), Decimal(0))
            freeze = held.get((asset, "freeze"), Decimal(0))
            free = balance - locked - freeze
            holdings[asset] = Holding(free, locked, freeze, in_transit, loan, interest)
        return holdings

    def last_change_before(self, uid: int, at: datetime) -> datetime | None:
        """Return the instant of the account's last leg before `at`."""
        instants = self._instants.get(str(uid), [])
        earlier = bisect_left(instants, at)
        return instants[earlier - 1] if earlier else None


def _credential(key: ApiKey) -> dict[str, str]:
    return {
        "venue": VENUE,
        "name": key.account.name,
        "kind": key.account.kind,
        "account_ref": str(key.account.uid),
        **key.credential(),
    }
