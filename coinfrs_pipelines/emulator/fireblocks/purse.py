"""What the wallets of a workspace could spend while its history is being written.

An amount is taken off when a record is made and added when one has ended, so nothing is ever spent
that is not there, whichever instant a face is asked about.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from coinfrs_pipelines.emulator.fireblocks.movements import Movement
from coinfrs_pipelines.emulator.ledger import EXACT


@dataclass(frozen=True)
class Wallet:
    """An asset wallet of a vault account, from its creation on."""

    vault_id: str
    asset_id: str
    created_at: datetime
    opening: Decimal = Decimal(0)


class Purse:
    """The spendable amounts of all wallets, moved forward in the order of creation times."""

    def __init__(self, wallets: Iterable[Wallet]) -> None:
        self.wallets: dict[tuple[str, str], Wallet] = {}
        self._vaults: defaultdict[str, list[str]] = defaultdict(list)
        self._spendable: dict[tuple[str, str], Decimal] = {}
        self._credits: list[tuple[datetime, str, str, Decimal]] = []
        for wallet in wallets:
            self.add(wallet)

    def add(self, wallet: Wallet) -> None:
        """Open a wallet."""
        key = wallet.vault_id, wallet.asset_id
        self.wallets[key] = wallet
        self._vaults[wallet.asset_id].append(wallet.vault_id)
        self._spendable[key] = wallet.opening

    def advance_to(self, instant: datetime) -> None:
        """Add what has become spendable by `instant`."""
        while self._credits and self._credits[0][0] <= instant:
            _, vault_id, asset_id, amount = heapq.heappop(self._credits)
            self._change(vault_id, asset_id, amount)

    def spendable(self, vault_id: str, asset_id: str) -> Decimal:
        """Return what the wallet could spend; a wallet that does not exist has nothing."""
        return self._spendable.get((vault_id, asset_id), Decimal(0))

    def vaults_with(self, asset_id: str) -> list[str]:
        """Return the vault accounts that have a wallet of the asset."""
        return self._vaults[asset_id]

    def vaults_without(self, asset_id: str, *, but_with: str | None = None) -> list[str]:
        """Return the vault accounts that lack a wallet of the asset, and have one of another."""
        owners = set(self._vaults[asset_id])
        pool = (
            {vault_id for vault_id, _ in self.wallets}
            if but_with is None
            else set(self._vaults[but_with])
        )
        return sorted(pool - owners)

    def take(self, movement: Movement) -> None:
        """Take off what the movement holds, and note what it gives and gives back at its end."""
        for hold in movement.holds:
            self._change(hold.vault_id, hold.asset_id, -hold.amount)
            self._later(movement, hold.vault_id, hold.asset_id, hold.amount)
        if not movement.stays_frozen:
            for leg in movement.legs:
                vault_id = leg.cell.account_ref.rpartition("/")[2]
                self._later(movement, vault_id, leg.cell.asset, leg.amount)

    def _later(self, movement: Movement, vault_id: str, asset_id: str, amount: Decimal) -> None:
        heapq.heappush(self._credits, (movement.ended_at, vault_id, asset_id, amount))

    def _change(self, vault_id: str, asset_id: str, amount: Decimal) -> None:
        key = vault_id, asset_id
        self._spendable[key] = EXACT.add(self._spendable[key], amount)
