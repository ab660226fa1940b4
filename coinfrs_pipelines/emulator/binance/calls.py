"""How a face is declared and what it gets to answer from.

A face is one function, with the parameters, the weight and the bucket it is declared with; `gate`
checks all of these before the function sees the call.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.accounts import Account, ApiKey, Product
from coinfrs_pipelines.emulator.binance.limits import Bucket, Limits
from coinfrs_pipelines.emulator.binance.options import BinanceOptions
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.refusals import Refusal
from coinfrs_pipelines.emulator.binance.wire import from_milliseconds, milliseconds
from coinfrs_pipelines.emulator.binance.world import BinanceWorld
from coinfrs_pipelines.emulator.faults import Faults

Argument = str | int | bool


@dataclass(frozen=True)
class Parameter:
    """A parameter of a face; what is sent beside the declared ones is ignored."""

    name: str
    kind: Literal["text", "whole", "flag"]
    is_mandatory: bool = False
    default: Argument | None = None
    at_least: int | None = None
    at_most: int | None = None
    one_of: tuple[str, ...] = ()


def text(name: str, *, mandatory: bool = False, one_of: tuple[str, ...] = ()) -> Parameter:
    """Declare a parameter of text."""
    return Parameter(name, "text", mandatory, one_of=one_of)


def whole(
    name: str,
    default: int | None = None,
    *,
    mandatory: bool = False,
    at_least: int = 0,
    at_most: int | None = None,
) -> Parameter:
    """Declare a parameter that is a whole number."""
    return Parameter(name, "whole", mandatory, default, at_least, at_most)


def flag(name: str) -> Parameter:
    """Declare a parameter that is true or false; false by default."""
    return Parameter(name, "flag", default=False)


@dataclass(frozen=True)
class OpenCall:
    """A call that needs no key: the venue's instant, and the parameters as they were declared."""

    now: datetime
    arguments: Mapping[str, Argument]
    faults: tuple[Faults, ...]
    limits: Limits

    def text(self, name: str) -> str | None:
        """Return a text parameter, or None if it was not sent."""
        value = self.arguments.get(name)
        return None if value is None else str(value)

    def whole(self, name: str) -> int | None:
        """Return a whole number, its default, or None."""
        value = self.arguments.get(name)
        return None if value is None else int(value)

    def number(self, name: str) -> int:
        """Return a whole number that is mandatory or has a default."""
        return int(self.arguments[name])

    def flag(self, name: str) -> bool:
        """Return a flag."""
        return bool(self.arguments[name])


class HasEvent(Protocol):
    """A record of the history: something that can be hidden."""

    @property
    def event_id(self) -> str:
        """Return the id of its event."""


Record = TypeVar("Record", bound=HasEvent)
Row = TypeVar("Row")
Order = Literal["newest_first", "oldest_first"]


@dataclass(frozen=True)
class Told:
    """A row that tells an event, made before it is known on which page it stands."""

    event_id: str
    row: dict[str, Any]


def _event_of(row: object) -> str | None:
    return getattr(row, "event_id", None)


def _instant_of(movement: Movement) -> datetime:
    return movement.at


def _any_movement(_: Movement) -> bool:
    return True


@dataclass(frozen=True)
class Call(OpenCall):
    """A signed call: everything of an open one, and whose key it is."""

    path: str
    key: ApiKey
    world: BinanceWorld
    # Where the caller has reached the venue; empty where it did not come by HTTP.
    origin: str = ""

    @property
    def account(self) -> Account:
        """Return the account of the key."""
        return self.key.account

    @property
    def options(self) -> BinanceOptions:
        """Return the world's options."""
        return self.world.options

    def shown(self, records: Iterable[Record]) -> Iterator[Record]:
        """Leave out the records that a fault keeps back: no page holds them, and no total."""
        for record in records:
            if not any(faults.keeps_back(record.event_id, self.now) for faults in self.faults):
                yield record

    def answered(self, rows: Sequence[Row]) -> list[Row]:
        """Leave out of one answer the rows that a fault drops of it; a total counts them.

        Ask only with the rows that the answer holds. Those that are of no event are never dropped.
        """
        events = dict.fromkeys(_event_of(row) for row in rows)
        dropped = {
            event_id
            for event_id in events
            if event_id is not None
            and any(faults.takes_drop(event_id, self.path) for faults in self.faults)
        }
        return [row for row in rows if _event_of(row) not in dropped]

    def rows_repeated(self, size: int) -> int:
        """Return by how many rows this page, not the first of its walk, begins early."""
        return sum(faults.takes_repeat(self.path, size) for faults in self.faults)

    def page(self, rows: list[Row], offset: int, size: int) -> list[Row]:
        """Return the rows of one page; a fault may let pages after the first begin early."""
        if offset > 0:
            offset -= min(offset, self.rows_repeated(size))
        return self.answered(rows[offset : offset + size])

    def paged(self, rows: list[Row], current: int, size: int) -> list[Row]:
        """Return the rows of the page with this number; the first is 1."""
        return self.page(rows, (current - 1) * size, size)

    def oldest(self, retention: timedelta) -> datetime:
        """Return the instant before which the venue keeps nothing."""
        return self.now - retention

    def window(
        self,
        default: timedelta | None,
        days_max: int | None = None,
        *,
        is_strict: bool = False,
        is_clamped: bool = False,
        names: tuple[str, str] = ("startTime", "endTime"),
        too_wide: Callable[[int], Refusal] = refusals.interval_of_days,
    ) -> tuple[datetime, datetime]:
        """Return startTime and endTime, both inclusive, or what the endpoint calls them by `names`.

        What is missing is taken from `default`; without a default both must be sent. From a start
        that is sent alone no more than the last `days_max` days are shown where it `is_clamped`.

        Raises:
            Refusal: the window is wider than `days_max` days (or as wide, where that is refused
                too), or ends before it starts, or is not given where it must be.

        """
        start, end = (self.whole(name) for name in names)
        if default is None:
            for name in names:
                if name not in self.arguments:
                    raise refusals.mandatory(name)
        ends_at = self.now if end is None else from_milliseconds(end)
        starts_at = (
            ends_at - (default or timedelta()) if start is None else from_milliseconds(start)
        )
        if is_clamped and end is None and days_max is not None:
            starts_at = max(starts_at, ends_at - timedelta(days=days_max))
        if starts_at > ends_at:
            raise refusals.start_after_end()
        if days_max is not None and start is not None:
            width, allowed = ends_at - starts_at, timedelta(days=days_max)
            if width > allowed or (is_strict and width == allowed):
                raise too_wide(days_max)
        return starts_at, ends_at

    def listed(
        self,
        rows: list[Record],
        at: Callable[[Record], datetime],
        order: Order | None = None,
    ) -> list[Record]:
        """Sort a list in its documented order, else as the world's option says."""
        is_reverse = (order or self.options.list_order) == "newest_first"
        return sorted(rows, key=lambda row: milliseconds(at(row)), reverse=is_reverse)

    def movements(
        self,
        kind: str,
        start: datetime,
        end: datetime,
        *,
        uid: int | None = None,
        at: Callable[[Movement], datetime] = _instant_of,
        where: Callable[[Movement], bool] = _any_movement,
        order: Order | None = None,
    ) -> list[Movement]:
        """Return the account's movements of one kind that a face may tell of, in its order.

        They have happened, lie in [start, end], are `where` the face's other parameters want them,
        and no fault keeps them back. `at` is for a face that tells another instant of them than
        their own; `uid` for a master that asks for a sub-account's.
        """
        owner = self.account.uid if uid is None else uid
        found = [
            movement
            for movement in self.world.history.of_kind(kind)
            if movement.uid == owner
            # Where a face tells whole seconds, `at` is before the movement's own instant.
            and max(movement.at, at(movement)) < self.now
            and start <= at(movement) <= end
            and where(movement)
        ]
        return list(self.shown(self.listed(found, at, order)))


@dataclass(frozen=True)
class OpenFace:
    """A face without a signature."""

    method: str
    path: str
    answer: Callable[[OpenCall], Any]
    bucket: Bucket
    weight: int
    parameters: tuple[Parameter, ...] = ()
    # Market data wants to see a key, any key, and checks no signature.
    needs_key: bool = False


@dataclass(frozen=True)
class Face:
    """A signed face; `keys` says whether a master's key or a sub-account's key is needed."""

    method: str
    path: str
    answer: Callable[[Call], Any]
    bucket: Bucket
    weight: int
    parameters: tuple[Parameter, ...] = ()
    keys: Literal["any", "master", "sub_account"] = "any"
    # A weight that a sent parameter changes: (parameter, weight).
    weight_with: tuple[str, int] | None = None
    # What the account must have opened.
    product: Product | None = None
    # Whether it is about sub-accounts: the function is not enabled for a master without any.
    needs_sub_accounts: bool = False


WINDOW = (whole("startTime"), whole("endTime"))
# The pages of most SAPI histories, for `paged`.
PAGE = (whole("current", 1, at_least=1), whole("size", 10, at_least=1, at_most=100))
