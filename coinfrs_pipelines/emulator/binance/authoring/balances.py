"""The running balances that an author of history spends from, so that no cell is ever negative."""

from collections import defaultdict
from decimal import ROUND_DOWN, Decimal
from random import Random

from coinfrs_pipelines.emulator.ledger import EXACT

NOTHING = Decimal(0)
STEP = Decimal("0.00000001")


# What may not fall below zero; the venue takes from what is in transit when it sees fit.
NEVER_NEGATIVE = frozenset({"balance", "loan", "interest"})


class Balances:
    """What is free in each (uid, wallet, asset): the balance without what an open order holds.

    Liabilities (`loan`, `interest`) are components beside the balance, positive as in the ledger.
    """

    def __init__(self) -> None:
        self._free: defaultdict[tuple[int, str, str, str], Decimal] = defaultdict(lambda: NOTHING)

    def free(self, uid: int, wallet: str, asset: str, *, component: str = "balance") -> Decimal:
        """Return the free amount, or what is owed."""
        return self._free[uid, wallet, asset, component]

    def add(
        self, uid: int, wallet: str, asset: str, amount: Decimal, *, component: str = "balance"
    ) -> None:
        """Add to the free amount or to what is owed, or take from it.

        Raises:
            ValueError: less is there than is taken; the author of history has a bug.

        """
        after = EXACT.add(self._free[uid, wallet, asset, component], amount)
        if after < NOTHING and component in NEVER_NEGATIVE:
            raise ValueError(f"{uid} would have {after} {asset} in {wallet} ({component}).")
        self._free[uid, wallet, asset, component] = after

    def held(self, uid: int, wallet: str, *, component: str = "balance") -> list[str]:
        """Return the assets of which a wallet has something, in the order of first touch."""
        return [
            asset
            for (owner, place, asset, part), amount in self._free.items()
            if (owner, place, part) == (uid, wallet, component) and amount > NOTHING
        ]


def part_of(rng: Random, amount: Decimal, low_percent: int, high_percent: int) -> Decimal:
    """Return a random part of an amount, cut to eight decimals."""
    percent = Decimal(rng.randint(low_percent * 1000, high_percent * 1000)) / 1000
    return (amount * percent / 100).quantize(STEP, ROUND_DOWN)
