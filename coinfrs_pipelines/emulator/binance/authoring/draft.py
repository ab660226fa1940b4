"""A history in the making: what those who write it share, and the order in which their steps run.

Every step runs at its instant and decides from the balances of that instant.
"""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count
from random import Random

from coinfrs_pipelines.emulator.binance.authoring.balances import Balances
from coinfrs_pipelines.emulator.binance.history import History, Numbers
from coinfrs_pipelines.emulator.binance.options import BinanceOptions
from coinfrs_pipelines.emulator.binance.records import Hold

Step = Callable[[datetime], None]


class Draft:
    """The generator, the counters and the balances of one history, and its queue of steps."""

    def __init__(self, rng: Random, numbers: Numbers, options: BinanceOptions) -> None:
        self.rng = rng
        self.numbers = numbers
        self.options = options
        self.balances = Balances()
        self.history = History()
        self._queue: list[tuple[datetime, int, Step]] = []
        self._order = count()

    def at(self, instant: datetime, step: Step) -> None:
        """Run `step` at `instant`; equal instants keep the order in which they were asked for."""
        heapq.heappush(self._queue, (instant, next(self._order), step))

    def run(self) -> History:
        """Run all steps, also those that steps ask for, and return what they wrote."""
        while self._queue:
            instant, _, step = heapq.heappop(self._queue)
            step(instant)
        return self.history

    def hold(self, hold: Hold) -> None:
        """Take an amount out of what is free until the hold ends."""
        self.history.holds.append(hold)
        self.balances.add(hold.uid, hold.wallet, hold.asset, -hold.amount)
        self.at(
            hold.ends_at,
            lambda _: self.balances.add(hold.uid, hold.wallet, hold.asset, hold.amount),
        )

    def chance(self, percent: int) -> bool:
        """Return true in so many of a hundred cases."""
        return self.rng.randrange(100) < percent

    def choose_held(self, uid: int, wallet: str) -> str | None:
        """Return an asset of which the wallet has something free, or None if it is empty."""
        held = self.balances.held(uid, wallet)
        return self.rng.choice(held) if held else None
