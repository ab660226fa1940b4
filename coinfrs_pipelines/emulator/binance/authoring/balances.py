"""The running balances that an author of history spends from, so that no cell is ever negative."""

from collections import defaultdict
from decimal import ROUND_DOWN, Decimal
from random import Random

from coinfrs_pipelines.emulator.ledger import EXACT

NOTHING = Decimal(0)
STEP = Decimal("0.00000001")


class Balances:
    """What is free in each (uid, wallet, asset): the balance without what an open order holds."""

    def __init__(self) -> None:
        self._free: defaultdict[tuple[int, str, str], Decimal] = defaultdict(lambda: NOTHING)

    def free(self, uid: int, wallet: str, asset: str) -> Decimal:
        """Return the free amount."""
        return self._free[uid, wallet, asset]

    def add(self, uid: int, wallet: str, asset: str, amount: Decimal) -> None:
        """Add to the free amount, or take from it.

        Raises:
            ValueError: less is free than is taken; the author of history has a bug.

        """
        after = EXACT.add(self._free[uid, wallet, asset], amount)
        if after < NOTHING:
            raise ValueError(f"{uid} would have {after} {asset} in {wallet}.")
        self._free[uid, wallet, asset] = after

    def held(self, uid: int, wallet: str) -> list[str]:
        """Return the assets of a wallet of which something is free, in the order of first touch."""
        return [
            asset
            for (owner, place, asset), amount in self._free.items()
            if owner == uid and place == wallet and amount > NOTHING
        ]


def part_of(rng: Random, amount: Decimal, low_percent: int, high_percent: int) -> Decimal:
    """Return a random part of an amount, cut to eight decimals."""
    percent = Decimal(rng.randint(low_percent * 1000, high_percent * 1000)) / 1000
    return (amount * percent / 100).quantize(STEP, ROUND_DOWN)
