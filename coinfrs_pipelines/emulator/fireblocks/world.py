"""The Fireblocks side of a world: a workspace, its vault accounts, its API users, its history.

It answers what was true at an instant; what a face shows of it, and to whom, is not here.
"""

import uuid
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from coinfrs_pipelines.emulator.fireblocks import history
from coinfrs_pipelines.emulator.fireblocks.author import VENUE, WALLET, Author
from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS
from coinfrs_pipelines.emulator.fireblocks.movements import Movement
from coinfrs_pipelines.emulator.fireblocks.options import FireblocksOptions
from coinfrs_pipelines.emulator.fireblocks.positions import Position, Positions
from coinfrs_pipelines.emulator.fireblocks.purse import Purse, Wallet
from coinfrs_pipelines.emulator.fireblocks.users import ROLES, ApiUser
from coinfrs_pipelines.emulator.ledger import Cell, Event, Leg

# The kind of the event that is no record's: what the wallets had.
OPENING = "opening"
# Wallets are older than their world by up to this.
_WALLET_AGE_DAYS_MAX = 400


@dataclass(frozen=True)
class VaultAccount:
    """A vault account, and roughly what its wallets begin with."""

    id: str
    name: str
    is_hidden: bool
    holds: Mapping[str, int]


VAULTS: tuple[VaultAccount, ...] = (
    VaultAccount(
        "0",
        "Treasury",
        is_hidden=False,
        holds={
            "BTC": 85,
            "ETH": 2_400,
            "LINK": 150_000,
            "SOL": 40_000,
            "USDC": 3_000_000,
            "ETH-OPT": 300,
            "SOL_USDC_PTHX": 500_000,
            "ALGO": 900_000,
        },
    ),
    VaultAccount(
        "1",
        "Trading desk",
        is_hidden=False,
        holds={
            "BTC": 40,
            "ETH": 900,
            "USDC": 5_000_000,
            "XRP": 2_000_000,
            "ALGO": 400_000,
            "ACME_ETH_Y7QX": 2_000_000,
        },
    ),
    VaultAccount(
        "2",
        "Customers",
        is_hidden=False,
        holds={
            "ETH": 600,
            "LINK": 60_000,
            "SOL": 15_000,
            "USDC": 800_000,
            "XRP": 700_000,
            "ETH-OPT": 120,
            "ACME_ETH_Y7QX": 900_000,
        },
    ),
    VaultAccount("3", "Cold storage", is_hidden=True, holds={"BTC": 310, "ETH": 5_200}),
    VaultAccount("7", "Payroll, not used yet", is_hidden=False, holds={}),
)
# In a large workspace something happens in so many vault accounts.
_LIVELY_VAULTS = 60
# What a customer's vault account begins with, roughly; ten wallets each.
_CUSTOMER_HOLDS: Mapping[str, int] = {
    "BTC": 1,
    "ETH": 8,
    "LINK": 900,
    "SOL": 70,
    "USDC": 4_000,
    "XRP": 5_000,
    "ETH-OPT": 3,
    "SOL_USDC_PTHX": 2_000,
    "ALGO": 9_000,
    "ACME_ETH_Y7QX": 3_000,
}


class FireblocksWorld:
    """A workspace over `days` days from `start`."""

    def __init__(
        self, seed: int, start: datetime, days: int, index: int, options: FireblocksOptions
    ) -> None:
        self.options = options
        self.start = start
        key = f"{VENUE}/{seed}/{start.isoformat()}"
        self._ids = Random(f"{key}/ids/{index}")
        self.workspace_id = self._new_id()
        self.name = f"Workspace w{index}"
        self.vaults = (*VAULTS, *_more_vaults(options.vault_accounts - len(VAULTS)))
        self._users: dict[str, ApiUser] = {}
        for role in options.roles:
            self._make_user(role)
        opening = [wallet for vault in self.vaults for wallet in _wallets(vault, key, start)]
        lively = {vault.id for vault in self.vaults[:_LIVELY_VAULTS]}
        purse = Purse(wallet for wallet in opening if wallet.vault_id in lively)
        names = {vault.id: vault.name for vault in self.vaults}
        # Who makes the records that the workspace makes.
        self.maker_id = self._new_id()
        author = Author(self.workspace_id, purse, names, self.maker_id, options)
        movements = list(history.write(author, key, index, start, days, options))
        recorded = [movement for movement in movements if movement.is_recorded]
        recorded.sort(key=lambda movement: (movement.created_at, movement.tx_id))
        self._records = {movement.tx_id: movement for movement in recorded}
        self._created = [movement.created_at for movement in recorded]
        self._by_external_id = {each.external_tx_id: each for each in recorded}
        self._by_hash = {each.tx_hash: each for each in reversed(recorded) if each.tx_hash}
        self._by_age = recorded
        quiet = (wallet for wallet in opening if wallet.vault_id not in lively)
        self.wallets = Positions((*purse.wallets.values(), *quiet), movements, options, key)
        self.ledger_events: Sequence[Event] = (
            self._opening(opening),
            *(_event(movement) for movement in movements),
        )

    # Users

    def user(self, api_key: str) -> ApiUser | None:
        """Return the API user, if it was made here."""
        return self._users.get(api_key)

    @property
    def users(self) -> tuple[ApiUser, ...]:
        """Every API user, oldest first."""
        return tuple(self._users.values())

    def has_key(self, api_key: str) -> bool:
        """Return whether the API key was made here."""
        return api_key in self._users

    def credentials(self) -> list[dict[str, str]]:
        """Return a credential for each role that the options ask for, in their order."""
        return [self._credential(user) for user in self.users[: len(self.options.roles)]]

    def add_key(self, parameters: Mapping[str, Any]) -> dict[str, str]:
        """Make another API user: its `role`, a Viewer's by default.

        Raises:
            ValueError: the venue has no such role.

        """
        role = str(parameters.get("role", "VIEWER"))
        if role not in ROLES:
            raise ValueError(f"role is one of {', '.join(sorted(ROLES))}, not {role!r}.")
        return self._credential(self._make_user(role))

    def take_private_key(self, api_key: str, pem: str) -> None:
        """Let an API user sign with a key that it had before.

        Raises:
            KeyError: the user was not made here.

        """
        self._users[api_key] = replace(self._users[api_key], given_pem=pem)

    def _make_user(self, role: str) -> ApiUser:
        name = f"{role.replace('_', ' ').lower()} {len(self._users) + 1}"
        user = ApiUser(self._new_id(), name, role)
        self._users[user.api_key] = user
        return user

    def _credential(self, user: ApiUser) -> dict[str, str]:
        return {
            "venue": VENUE,
            "name": self.name,
            "kind": "workspace",
            "account_ref": self.workspace_id,
            "api_key": user.api_key,
            "private_key_pem": user.private_key_pem,
        }

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self._ids.getrandbits(128), version=4))

    # Records and positions

    def movement(self, tx_id: str) -> Movement | None:
        """Return the movement whose record has this id, whether it has begun or not."""
        return self._records.get(tx_id)

    def movement_of_external_id(self, external_tx_id: str) -> Movement | None:
        """Return the movement whose record was given this id by its maker."""
        return self._by_external_id.get(external_tx_id)

    def movement_of_hash(self, tx_hash: str) -> Movement | None:
        """Return the oldest movement whose record has this hash."""
        return self._by_hash.get(tx_hash)

    def movements_by(self, now: datetime) -> Sequence[Movement]:
        """Return the movements whose record exists at `now`, oldest first."""
        return self._by_age[: bisect_right(self._created, now)]

    def movements_between(self, begin: datetime, end: datetime) -> Sequence[Movement]:
        """Return the movements whose record was made in [begin, end], oldest first."""
        return self._by_age[bisect_left(self._created, begin) : bisect_right(self._created, end)]

    def wallet_positions(self, now: datetime) -> list[Position]:
        """Return what every wallet that exists at `now` has."""
        return self.wallets.at(now)

    def positions(self, at: datetime) -> dict[Cell, Decimal]:
        """Return the amount in the cell of every wallet that exists at `at`, zeros included."""
        return {
            self._cell(position.wallet): position.settled for position in self.wallet_positions(at)
        }

    def _cell(self, wallet: Wallet) -> Cell:
        return Cell(VENUE, f"{self.workspace_id}/{wallet.vault_id}", WALLET, wallet.asset_id)

    def _opening(self, wallets: Sequence[Wallet]) -> Event:
        """Return what was there at the start; no record tells of it."""
        legs = []
        for wallet in wallets:
            chain = ASSETS[wallet.asset_id].chain
            height = chain.height_at(self.start) if chain.wallets_have_height else None
            legs.append(Leg(self._cell(wallet), wallet.opening, self.start, height))
        label = "what the wallets had at the start"
        return Event(
            f"{self.workspace_id}/{OPENING}", OPENING, self.start, tuple(legs), {"label": label}
        )


def _more_vaults(count: int) -> Iterator[VaultAccount]:
    """Yield the vault accounts of customers, with the ids that follow."""
    first = int(VAULTS[-1].id) + 1
    for number in range(first, first + max(0, count)):
        name = f"Customer {number}"
        yield VaultAccount(str(number), name, is_hidden=False, holds=_CUSTOMER_HOLDS)


def _wallets(vault: VaultAccount, key: str, start: datetime) -> Iterator[Wallet]:
    rng = Random(f"{key}/vault/{vault.id}")
    for asset_id, about in vault.holds.items():
        decimals = ASSETS[asset_id].decimals
        units = rng.randrange(about * 10**decimals * 4 // 5, about * 10**decimals * 6 // 5)
        age = timedelta(days=rng.randrange(30, _WALLET_AGE_DAYS_MAX))
        yield Wallet(vault.id, asset_id, start - age, Decimal(units).scaleb(-decimals))


def _event(movement: Movement) -> Event:
    at = min((leg.at for leg in movement.legs), default=movement.created_at)
    attributes = {"label": f"{movement.kind.replace('_', ' ')} of {movement.asset.id}"}
    if movement.is_recorded:
        attributes["stream"] = "transactions"
        attributes["source_raw_id"] = movement.tx_id
        attributes["status"] = movement.stages[-1].status
    return Event(movement.tx_id, movement.kind, at, movement.legs, attributes)
