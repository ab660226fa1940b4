"""What a face gets to answer from, and how its query parameters are read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from coinfrs_pipelines.emulator.faults import Faults
from coinfrs_pipelines.emulator.fireblocks import refusals
from coinfrs_pipelines.emulator.fireblocks.paging import Order
from coinfrs_pipelines.emulator.fireblocks.users import ApiUser
from coinfrs_pipelines.emulator.fireblocks.world import FireblocksWorld

# The host that the real service puts into the URLs of its answers. No client may follow it.
HOST = "https://api.fireblocks.io"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Call:
    """A call that was let in: the venue's instant, whose it is, and what it asks for."""

    now: datetime
    world: FireblocksWorld
    user: ApiUser
    faults: Faults
    path: str
    query: Mapping[str, str]
    segments: Mapping[str, str] = field(default_factory=dict)
    # Every parameter with all its values, in the order in which they came.
    repeated: Sequence[tuple[str, str]] = ()

    def shows(self, tx_id: str) -> bool:
        """Return whether this answer tells of a transaction that has a place in it."""
        faults = self.faults
        return not faults.keeps_back(tx_id, self.now) and not faults.takes_drop(tx_id, self.path)

    def asking(self, query: Mapping[str, str]) -> "Call":
        """Return the same call with other query parameters."""
        return replace(self, query=query)

    def all_of(self, name: str) -> list[str]:
        """Return all values of a parameter that may be given several times."""
        return [value for given, value in self.repeated if given == name]

    def whole(self, name: str, default: int | None, least: int, most: int) -> int:
        """Return a whole number between two bounds; without a default it is mandatory.

        Raises:
            Refusal: it is missing, no whole number, or out of its bounds.

        """
        text = self.query.get(name)
        if text is None:
            if default is None:
                raise refusals.bad_parameter(f"{name} is required.")
            return default
        # Official clients write whole numbers as 200 or 200.0.
        text = text.removesuffix(".0")
        if not text.isdecimal() or not least <= int(text) <= most:
            raise refusals.bad_parameter(f"{name} must be between {least} and {most}.")
        return int(text)

    def instant(self, name: str) -> datetime | None:
        """Return an instant given in epoch milliseconds, if it is given.

        Raises:
            Refusal: it is not a number of milliseconds.

        """
        text = self.query.get(name)
        if text is None:
            return None
        try:
            return _EPOCH + timedelta(milliseconds=int(text))
        except (ValueError, OverflowError):
            raise refusals.bad_parameter(f"{name} must be a time in milliseconds.") from None

    def order(self, name: str, default: Order) -> Order:
        """Return ASC or DESC.

        Raises:
            Refusal: it is something else.

        """
        text = self.query.get(name, default)
        if text == "ASC":
            return "ASC"
        if text == "DESC":
            return "DESC"
        raise refusals.bad_parameter(f"{name} must be ASC or DESC.")


@dataclass(frozen=True)
class Answer:
    """What a face answers: the body, and the headers of its own."""

    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Face:
    """One endpoint: its path with `{names}`, the roles that may read it, and what answers."""

    path: str
    roles: frozenset[str]
    answer: Callable[[Call], Answer]

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """Return the named segments of a path, already decoded, if it is this endpoint's."""
        template = self.path.strip("/").split("/")
        if len(template) != len(segments):
            return None
        named = {}
        for expected, found in zip(template, segments, strict=True):
            if expected.startswith("{") and found:
                named[expected.strip("{}")] = found
            elif expected != found:
                return None
        return named
