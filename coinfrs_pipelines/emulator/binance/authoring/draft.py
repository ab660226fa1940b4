"""A history in the making: what those who write it share, and the order in which their steps run.

Every step runs at its instant and decides from the balances of that instant.
"""

import heapq
from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import count
from random import Random

from coinfrs_pipelines.emulator.binance.authoring.balances import Balances
from coinfrs_pipelines.emulator.binance.history import (
    History,
    Numbers,
    is_closing,
    is_midnight,
)
from coinfrs_pipelines.emulator.binance.options import BinanceOptions
from coinfrs_pipelines.emulator.binance.records import Hold, Movement
from coinfrs_pipelines.emulator.binance.wire import EPOCH
from coinfrs_pipelines.emulator.ledger import Leg

Step = Callable[[datetime], None]


class Draft:
    """The generator, the counters and the balances of one history, and its queue of steps."""

    def __init__(self, rng: Random, numbers: Numbers, options: BinanceOptions) -> None:
        self.rng = rng
        # For what seldom happens: its choices change none of the others'.
        self.rng_aside = Random(str(rng.getstate()))
        self.numbers = numbers
        self.options = options
        self.balances = Balances()
        self.history = History()
        # The instant of the step that runs; before all of them while the days are planned.
        self.now = EPOCH
        self._queue: list[tuple[datetime, int, Step]] = []
        self._order = count()

    def generator_of(self, name: str) -> Random:
        """Return a generator of one's own, repeatable, that draws nothing from the history's."""
        return Random(f"{name}/{self.rng.getstate()}")

    def at(self, instant: datetime, step: Step) -> None:
        """Run `step` at `instant`; equal instants keep the order in which they were asked for."""
        heapq.heappush(self._queue, (instant, next(self._order), step))

    def run(self) -> History:
        """Run all steps, also those that steps ask for, and return what they wrote."""
        while self._queue:
            instant, _, step = heapq.heappop(self._queue)
            self.now = instant
            step(instant)
        return self.history

    def book(self, movement: Movement) -> None:
        """Write a movement down, and move each of its legs now or when its instant comes.

        A leg that lies ahead must still be possible then: hold what it takes.

        Raises:
            ValueError: a leg lies in the past, in the closing minutes or within a millisecond, or
                takes more than there is.

        """
        for leg in movement.legs:
            is_too_close = is_closing(leg.at) and not is_midnight(leg.at)
            if leg.at < self.now or is_too_close or leg.at.microsecond % 1_000:
                raise ValueError(f"No leg of {movement.event_id} may lie at {leg.at.isoformat()}.")
        self.history.movements.append(movement)
        for leg in movement.legs:
            if leg.at == self.now:
                self._move(leg, self.now)
            else:
                self.at(leg.at, partial(self._move, leg))

    def _move(self, leg: Leg, _: datetime) -> None:
        cell = leg.cell
        uid = int(cell.account_ref)
        self.balances.add(uid, cell.wallet, cell.asset, leg.amount, component=cell.component)

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
