"""The words of the truth: legs, events and the double-entry ledger that holds them.

It knows no venue and no wire. What a venue shows of an event, and when, is the business of the
faces.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal, Inexact

# Sums of amounts with 18 decimals are longer than the 28 digits of the default context, which
# would round them silently; here a rounding is an error.
EXACT = Context(prec=80, traps=[Inexact])


@dataclass(frozen=True, order=True)
class Cell:
    """The smallest thing that has an amount; `account_ref` is the venue's own reference."""

    venue: str
    account_ref: str
    wallet: str
    asset: str
    component: str = "balance"


@dataclass(frozen=True)
class Leg:
    """One signed change of one cell at one instant, or in a block of a chain that has heights."""

    cell: Cell
    amount: Decimal
    at: datetime
    height: int | None = None


@dataclass(frozen=True)
class Event:
    """The legs that happened together. `at` is the instant of its first leg."""

    event_id: str
    kind: str
    at: datetime
    legs: tuple[Leg, ...]
    attributes: dict[str, str] = field(default_factory=dict)

    def net_changes(self) -> dict[Cell, Decimal]:
        """Sum the legs by cell; cells whose legs cancel out are left out."""
        return _sums(self.legs)

    def net_changes_between(self, begin: datetime, end: datetime) -> dict[Cell, Decimal]:
        """Sum the legs in [begin, end) by cell; cells whose legs cancel out are left out."""
        return _sums(leg for leg in self.legs if begin <= leg.at < end)


def _sums(legs: Iterable[Leg]) -> dict[Cell, Decimal]:
    sums: defaultdict[Cell, Decimal] = defaultdict(Decimal)
    for leg in legs:
        sums[leg.cell] = EXACT.add(sums[leg.cell], leg.amount)
    return {cell: amount for cell, amount in sums.items() if amount}


class Ledger:
    """All events of a world in the order of time: the truth that verdicts are measured by."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._events = sorted(events, key=lambda event: (event.at, event.event_id))
        self._instants: defaultdict[Cell, list[datetime]] = defaultdict(list)
        self._balances: defaultdict[Cell, list[Decimal]] = defaultdict(list)
        for leg in sorted(self.legs(), key=lambda leg: leg.at):
            balances = self._balances[leg.cell]
            before = balances[-1] if balances else Decimal(0)
            balances.append(EXACT.add(before, leg.amount))
            self._instants[leg.cell].append(leg.at)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def legs(self) -> Iterator[Leg]:
        """Yield every leg, event by event."""
        for event in self._events:
            yield from event.legs

    def position(self, cell: Cell, instant: datetime) -> Decimal:
        """Return the amount in one cell from all legs strictly before `instant`."""
        earlier = bisect_left(self._instants[cell], instant) if cell in self._instants else 0
        return self._balances[cell][earlier - 1] if earlier else Decimal(0)

    def positions(self, instant: datetime) -> dict[Cell, Decimal]:
        """Return the amount in every cell ever touched before `instant`, zeros included."""
        return {
            cell: self.position(cell, instant)
            for cell, instants in self._instants.items()
            if instants[0] < instant
        }
