"""How a face is declared and what it gets to answer from.

A face is one function, with the parameters, the weight and the bucket it is declared with; `gate`
checks all of these before the function sees the call.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.accounts import Account, ApiKey
from coinfrs_pipelines.emulator.binance.limits import Bucket, Limits
from coinfrs_pipelines.emulator.binance.options import BinanceOptions
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
    name: str, default: int | None = None, *, at_least: int = 0, at_most: int | None = None
) -> Parameter:
    """Declare a parameter that is a whole number."""
    return Parameter(name, "whole", default=default, at_least=at_least, at_most=at_most)


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


@dataclass(frozen=True)
class Call(OpenCall):
    """A signed call: everything of an open one, and whose key it is."""

    path: str
    key: ApiKey
    world: BinanceWorld

    @property
    def account(self) -> Account:
        """Return the account of the key."""
        return self.key.account

    @property
    def options(self) -> BinanceOptions:
        """Return the world's options."""
        return self.world.options

    def shown(self, records: Iterable[Record]) -> Iterator[Record]:
        """Leave out the records that a fault keeps back; ask only for those to be answered."""
        for record in records:
            if all(faults.shows(record.event_id, self.path, self.now) for faults in self.faults):
                yield record

    def rows_repeated(self, size: int) -> int:
        """Return by how many rows this page, not the first of its walk, begins early."""
        return sum(faults.takes_repeat(self.path, size) for faults in self.faults)

    def page(self, rows: list[Record], offset: int, size: int) -> list[Record]:
        """Return the rows of one page; a fault may let pages after the first begin early."""
        if offset > 0:
            offset -= min(offset, self.rows_repeated(size))
        return rows[offset : offset + size]

    def window(
        self, default: timedelta, days_max: int | None = None, *, is_strict: bool = False
    ) -> tuple[datetime, datetime]:
        """Return startTime and endTime, both inclusive; what is missing is taken from `default`.

        Raises:
            Refusal: the window is wider than `days_max` days (or as wide, where that is refused
                too), or ends before it starts.

        """
        start, end = self.whole("startTime"), self.whole("endTime")
        ends_at = self.now if end is None else from_milliseconds(end)
        starts_at = ends_at - default if start is None else from_milliseconds(start)
        if starts_at > ends_at:
            raise refusals.start_after_end()
        if days_max is not None and start is not None:
            width, allowed = ends_at - starts_at, timedelta(days=days_max)
            if width > allowed or (is_strict and width == allowed):
                raise refusals.interval_of_days(days_max)
        return starts_at, ends_at

    def newest_first(self, rows: list[Record], at: Callable[[Record], datetime]) -> list[Record]:
        """Sort a list whose order is documented nowhere, as the world's option says."""
        is_reverse = self.options.list_order == "newest_first"
        return sorted(rows, key=lambda row: milliseconds(at(row)), reverse=is_reverse)


@dataclass(frozen=True)
class OpenFace:
    """A face without a key."""

    method: str
    path: str
    answer: Callable[[OpenCall], Any]
    bucket: Bucket
    weight: int
    parameters: tuple[Parameter, ...] = ()


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


WINDOW = (whole("startTime"), whole("endTime"))
