"""What an asset wallet has at an instant, as the venue would tell it.

On chains whose wallets tell a height, a balance is what was mined up to that height; on the others
it is what has ended by the instant. What is on its way in is `pending`, what is on its way out is
`lockedAmount`, what the screening holds is `frozen`, and all of these are in `total`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS
from coinfrs_pipelines.emulator.fireblocks.movements import Hold, Movement
from coinfrs_pipelines.emulator.fireblocks.options import FireblocksOptions
from coinfrs_pipelines.emulator.fireblocks.purse import Wallet
from coinfrs_pipelines.emulator.ledger import EXACT, Leg

Key = tuple[str, str]
# What an amount on its way in shows on its chain, before it can be spent.
_ON_ITS_WAY = frozenset({"CONFIRMING", "PENDING_AML_SCREENING"})


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
    """The wallets of a workspace and what they have at any instant.

    Only what is asked for is summed, and the wallets that nothing ever moves are summed once: pages
    of a large workspace cost what stands on them.
    """

    def __init__(
        self,
        wallets: Iterable[Wallet],
        movements: Iterable[Movement],
        options: FireblocksOptions,
        key: str,
    ) -> None:
        self._sorted = sorted(wallets, key=order_of)
        self._newest = max((wallet.created_at for wallet in self._sorted), default=None)
        self._of_vault: defaultdict[str, list[Wallet]] = defaultdict(list)
        for wallet in self._sorted:
            self._of_vault[wallet.vault_id].append(wallet)
        self._options = options
        self._heightless_lag = timedelta(seconds=options.heightless_lag_seconds)
        self._key = key
        self._legs: defaultdict[Key, list[tuple[Leg, Movement]]] = defaultdict(list)
        self._holds: defaultdict[Key, list[tuple[Hold, Movement]]] = defaultdict(list)
        for movement in movements:
            for leg in movement.legs:
                vault_id = leg.cell.account_ref.rpartition("/")[2]
                self._legs[vault_id, leg.cell.asset].append((leg, movement))
            for hold in movement.holds:
                self._holds[hold.vault_id, hold.asset_id].append((hold, movement))
        self._lively = [each for each in self._sorted if not self._is_quiet(each)]
        self._quiet: defaultdict[str, Decimal] = defaultdict(Decimal)
        for wallet in self._sorted:
            if self._is_quiet(wallet):
                of_asset = self._quiet[wallet.asset_id]
                self._quiet[wallet.asset_id] = EXACT.add(of_asset, wallet.opening)

    def _is_quiet(self, wallet: Wallet) -> bool:
        """Return whether the wallet has the same at every instant; it is older than the world."""
        key = wallet.vault_id, wallet.asset_id
        return bool(wallet.opening) and key not in self._legs and key not in self._holds

    def wallets_by(self, now: datetime) -> Sequence[Wallet]:
        """Return every wallet that exists at `now`, in the order of `order_of`."""
        if self._newest is None or self._newest <= now:
            return self._sorted
        return [wallet for wallet in self._sorted if wallet.created_at <= now]

    def of_vault(self, vault_id: str, now: datetime) -> list[Position]:
        """Return the position of every wallet that a vault account has at `now`."""
        wallets = self._of_vault.get(vault_id, ())
        return [self.of(wallet, now) for wallet in wallets if wallet.created_at <= now]

    def at(self, now: datetime) -> list[Position]:
        """Return the position of every wallet that exists at `now`, zeros included."""
        return [self.of(wallet, now) for wallet in self.wallets_by(now)]

    def lively_at(self, now: datetime) -> list[Position]:
        """Return the positions of the wallets that are not `quiet`."""
        return [self.of(wallet, now) for wallet in self._lively if wallet.created_at <= now]

    @property
    def quiet(self) -> dict[str, Decimal]:
        """What the wallets that nothing ever moves have together, by asset."""
        return dict(self._quiet)

    def of(self, wallet: Wallet, now: datetime) -> Position:
        """Return the position of a wallet that exists at `now`."""
        key = wallet.vault_id, wallet.asset_id
        height = self._height(wallet, now)
        if self._is_quiet(wallet):
            nothing = Decimal(0)
            return Position(wallet, wallet.opening, nothing, nothing, nothing, height)
        if height is None:
            now -= self._heightless_lag
        sums = dict.fromkeys(("total", "pending", "frozen", "locked"), Decimal(0))
        sums["total"] = wallet.opening
        for leg, movement in self._legs.get(key, ()):
            for name in self._parts(leg, movement, now, height):
                sums[name] = EXACT.add(sums[name], leg.amount)
        for hold, movement in self._holds.get(key, ()):
            is_held = hold.is_shown and movement.created_at <= now
            if is_held and not self._is_released(movement, now, height):
                sums["locked"] = EXACT.add(sums["locked"], hold.amount)
        return Position(wallet, **sums, height=height)

    def _parts(
        self, leg: Leg, movement: Movement, now: datetime, height: int | None
    ) -> Iterator[str]:
        """Yield the parts of a position that a leg is in."""
        if self._has_happened(leg, movement, now, height):
            yield "total"
            if leg.amount > 0 and _is_confirming(movement, now):
                yield "pending"
            if movement.is_frozen_at(now):
                yield "frozen"
        elif _is_announced(leg, movement, now):
            yield "total"
            yield "pending"

    def _height(self, wallet: Wallet, now: datetime) -> int | None:
        """Return the block that a wallet is read at: on UTXO chains, always the newest."""
        chain = ASSETS[wallet.asset_id].chain
        if not chain.wallets_have_height:
            return None
        lag = 0
        if self._options.height_lag_blocks and chain.family == "evm":
            rng = Random(f"{self._key}/lag/{wallet.vault_id}/{wallet.asset_id}")
            lag = rng.randint(0, self._options.height_lag_blocks)
        return chain.height_at(now) - lag

    def _has_happened(
        self, leg: Leg, movement: Movement, now: datetime, height: int | None
    ) -> bool:
        """Return whether the leg is in the balance: by its block, else by its instant."""
        if height is None or leg.height is None:
            return leg.at <= now
        if leg.amount < 0 and self._options.outgoing_leaves_total == "completion":
            return leg.height <= height and movement.concluded_by(now)
        return leg.height <= height

    def _is_released(self, movement: Movement, now: datetime, height: int | None) -> bool:
        waits_for_block = self._options.outgoing_leaves_total == "block" and bool(movement.legs)
        if not waits_for_block or height is None or movement.height is None:
            return movement.concluded_by(now)
        return movement.height <= height


def order_of(wallet: Wallet) -> tuple[int, str]:
    """Return what wallets are sorted by."""
    return int(wallet.vault_id), wallet.asset_id


def _is_confirming(movement: Movement, now: datetime) -> bool:
    """Return whether what came in from elsewhere has not enough confirmations yet."""
    return not movement.is_self_transfer and not movement.concluded_by(now)


def _is_announced(leg: Leg, movement: Movement, now: datetime) -> bool:
    """Return whether an amount is on its way in, seen on its chain, and not in the balance yet.

    On UTXO chains that is a deposit in the mempool; where there is no height, everything that
    confirms.
    """
    stage = movement.stage_at(now)
    if leg.amount < 0 or stage is None or stage.status not in _ON_ITS_WAY:
        return False
    if leg.height is None:
        return not movement.is_self_transfer
    return movement.is_incoming and movement.asset.chain.family == "utxo"
