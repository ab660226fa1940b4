"""A seeded world: the accounts of one client at all venues, and the ledger that is their truth.

`seed`, `start` and `days` decide every event; `index` only moves uids, record ids, e-mails and keys
into a range of their own, so that many worlds live in one server. Options change what the faces
show, or add kinds of events that the default leaves out. The wire is not here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance.options import BinanceOptions
from coinfrs_pipelines.emulator.binance.world import BinanceWorld
from coinfrs_pipelines.emulator.faults import Faults
from coinfrs_pipelines.emulator.fireblocks.options import FireblocksOptions
from coinfrs_pipelines.emulator.fireblocks.world import OPENING, FireblocksWorld
from coinfrs_pipelines.emulator.ledger import Cell, Event, Ledger
from coinfrs_pipelines.emulator.options import UnknownOptionError, read_options


@dataclass(frozen=True)
class WorldOptions:
    """The options of a world, by venue; each venue documents its own in one table."""

    binance: BinanceOptions = field(default_factory=BinanceOptions)
    fireblocks: FireblocksOptions = field(default_factory=FireblocksOptions)

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "WorldOptions":
        """Make the options from JSON: `{"binance": {...}, "fireblocks": {...}}`.

        Raises:
            UnknownOptionError: a venue or an option is unknown, or a value is of the wrong kind.

        """
        unknown = set(given) - {"binance", "fireblocks"}
        if unknown:
            raise UnknownOptionError(
                f"Options are given per venue, not as {', '.join(sorted(unknown))}."
            )
        return cls(
            binance=read_options(BinanceOptions, given.get("binance", {})),
            fireblocks=read_options(FireblocksOptions, given.get("fireblocks", {})),
        )


class World:
    """One client's accounts at both venues over `days` days from `start`, a UTC midnight.

    `start` lies in the past when the world is made; events after the venue clock's now have not
    happened yet and no face shows them.
    """

    def __init__(
        self,
        seed: int,
        start: datetime,
        days: int,
        index: int = 0,
        options: WorldOptions | None = None,
    ) -> None:
        self.name = f"w{index}"
        self.seed = seed
        self.start = start
        self.days = days
        self.index = index
        self.options = options or WorldOptions()
        self.faults = Faults()
        self.binance = BinanceWorld(seed, start, days, index, self.options.binance)
        self.fireblocks = FireblocksWorld(seed, start, days, index, self.options.fireblocks)
        self.ledger = Ledger([*self.binance.ledger_events, *self.fireblocks.ledger_events])

        self.event_ids = frozenset(event.event_id for event in self.ledger)

    @property
    def end(self) -> datetime:
        """The instant after the world's last day."""
        return self.start + timedelta(days=self.days)

    def credentials(self) -> list[dict[str, str]]:
        """Return the credentials of every account: what a user would register."""
        return [*self.binance.credentials(), *self.fireblocks.credentials()]

    def has_key(self, api_key: str) -> bool:
        """Return whether the API key was made in this world."""
        return self.binance.has_key(api_key) or self.fireblocks.has_key(api_key)

    def positions(self, at: datetime) -> dict[Cell, Decimal]:
        """Return the amount in every cell ever touched before `at`, as the venues would show it."""
        return {**self.binance.positions(at), **self.fireblocks.positions(at)}

    def hideable(
        self, begin: datetime, end: datetime
    ) -> Iterable[tuple[Event, dict[Cell, Decimal]]]:
        """Yield each event with the net changes of its legs in [begin, end), where there are any.

        Hiding such an event leaves a gap in each of the cells that it changed. What was there at
        the start is told by no record, and cannot be hidden.
        """
        for event in self.ledger:
            changes = event.net_changes_between(begin, end)
            if changes and event.kind != OPENING:
                yield event, changes
