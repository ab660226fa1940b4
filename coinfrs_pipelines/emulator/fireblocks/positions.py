"""What an asset wallet has at an instant, as the venue would tell it.

On chains whose wallets tell a height, a balance is what was mined up to that height; on the others
it is what has ended by the instant. What is on its way in is `pending`, what is on its way out is
`lockedAmount`, what the screening holds is `frozen`, and all of these are in `total`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from random import Random

from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS
from coinfrs_pipelines.emulator.fireblocks.movements import Hold, Movement
from coinfrs_pipelines.emulator.fireblocks.options import FireblocksOptions
from coinfrs_pipelines.emulator.fireblocks.purse import Wallet
from coinfrs_pipelines.emulator.ledger import EXACT, Leg

Key = tuple[str, str]


@dataclass(frozen=True)
class Position:
    """The amounts of one wallet; `height` is the block they were read at, if one is told."""

    wallet: Wallet
    total: Decimal
    pending: Decimal
    frozen: Decimal
    locked: Decimal
    height: int | None

    @property
    def available(self) -> Decimal:
        """What could be spent."""
        rest = self.total
        for part in (self.pending, self.frozen, self.locked):
            rest = EXACT.subtract(rest, part)
        return rest

    @property
    def settled(self) -> Decimal:
        """What sums from legs: `total` where there is a height, else `total` without `pending`."""
        return self.total if self.height is not None else EXACT.subtract(self.total, self.pending)


class Positions:
    """The wallets of a workspace and what they have at any instant."""

    def __init__(
        self,
        wallets: Iterable[Wallet],
        movements: Iterable[Movement],
        options: FireblocksOptions,
        key: str,
    ) -> None:
        self._wallets = {(wallet.vault_id, wallet.asset_id): wallet for wallet in wallets}
        self._options = options
        self._legs: defaultdict[Key, list[tuple[Leg, Movement]]] = defaultdict(list)
        self._holds: defaultdict[Key, list[tuple[Hold, Movement]]] = defaultdict(list)
        for movement in movements:
            for leg in movement.legs:
                vault_id = leg.cell.account_ref.rpartition("/")[2]
                self._legs[vault_id, leg.cell.asset].append((leg, movement))
            for hold in movement.holds:
                self._holds[hold.vault_id, hold.asset_id].append((hold, movement))
        # A wallet of a UTXO chain knows the mempool, and is never behind.
        self._lags = {
            wallet: Random(f"{key}/lag/{wallet}").randint(0, options.height_lag_blocks)
            for wallet in self._wallets
            if ASSETS[wallet[1]].chain.family == "evm"
        }

    def at(self, now: datetime) -> list[Position]:
        """Return the position of every wallet that exists at `now`, zeros included."""
        return [
            self._position(key, wallet, now)
            for key, wallet in self._wallets.items()
            if wallet.created_at <= now
        ]

    def _position(self, key: Key, wallet: Wallet, now: datetime) -> Position:
        chain = ASSETS[wallet.asset_id].chain
        height = (
            chain.height_at(now) - self._lags.get(key, 0) if chain.wallets_have_height else None
        )
        sums = dict.fromkeys(("total", "pending", "frozen", "locked"), Decimal(0))
        sums["total"] = wallet.opening

        def add(amount: Decimal, *names: str) -> None:
            for name in names:
                sums[name] = EXACT.add(sums[name], amount)

        for leg, movement in self._legs[key]:
            if self._has_happened(leg, movement, now, height):
                add(leg.amount, "total")
                if leg.amount > 0 and _is_confirming(movement, now):
                    add(leg.amount, "pending")
                if movement.is_frozen and movement.ended_by(now):
                    add(leg.amount, "frozen")
            elif _is_announced(leg, movement, now):
                add(leg.amount, "total", "pending")
        for hold, movement in self._holds[key]:
            if movement.created_at <= now and not self._is_released(movement, now, height):
                add(hold.amount, "locked")
        return Position(wallet, **sums, height=height)

    def _has_happened(
        self, leg: Leg, movement: Movement, now: datetime, height: int | None
    ) -> bool:
        """Return whether the leg is in the balance: by its block, else by its instant."""
        if height is None or leg.height is None:
            return leg.at <= now
        if leg.amount < 0 and self._options.outgoing_leaves_total == "completion":
            return leg.height <= height and movement.ended_by(now)
        return leg.height <= height

    def _is_released(self, movement: Movement, now: datetime, height: int | None) -> bool:
        waits_for_block = self._options.outgoing_leaves_total == "block" and bool(movement.legs)
        if not waits_for_block or height is None or movement.height is None:
            return movement.ended_by(now)
        return movement.height <= height


def _is_confirming(movement: Movement, now: datetime) -> bool:
    """Return whether what came in from elsewhere has not enough confirmations yet."""
    return not movement.is_self_transfer and not movement.ended_by(now)


def _is_announced(leg: Leg, movement: Movement, now: datetime) -> bool:
    """Return whether an amount is on its way in, seen on its chain, and not in the balance yet.

    On UTXO chains that is a deposit in the mempool; where there is no height, everything that
    confirms.
    """
    stage = movement.stage_at(now)
    if leg.amount < 0 or stage is None or stage.status != "CONFIRMING":
        return False
    if leg.height is None:
        return not movement.is_self_transfer
    return movement.is_incoming and movement.asset.chain.family == "utxo"
