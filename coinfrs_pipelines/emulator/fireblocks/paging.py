"""Pages and their cursors.

A cursor names a row by its sort key, so that rows that come or go elsewhere neither shift nor
repeat what follows, and holds what was asked for. Clients must send it back as it is.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from coinfrs_pipelines.emulator.fireblocks import refusals

Row = TypeVar("Row")
Order = Literal["ASC", "DESC"]
SortKey = tuple[int | str, ...]
KeyOf = Callable[[Row], SortKey]


def encode(key: SortKey, asked: Mapping[str, str] | None = None) -> str:
    """Return an opaque cursor; its plus signs and padding have to survive the query string."""
    content = json.dumps({"key": key, "asked": dict(asked or {})}, separators=(",", ":"))
    return base64.b64encode(content.encode()).decode()


def decode(cursor: str) -> tuple[SortKey, dict[str, str]]:
    """Return the sort key that a cursor names, and what was asked for.

    Raises:
        Refusal: it is not a cursor.

    """
    try:
        content = json.loads(base64.b64decode(cursor, validate=True))
        return tuple(content["key"]), dict(content["asked"])
    except (binascii.Error, ValueError, TypeError, KeyError):
        raise refusals.bad_parameter("The cursor is not valid.") from None


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of one page, with the keys of the rows that the pages around it go on from."""

    rows: Sequence[Row]
    before: SortKey | None
    after: SortKey | None


def cut(
    rows: Sequence[Row],
    key: KeyOf[Row],
    *,
    order: Order,
    limit: int,
    after: SortKey | None = None,
    before: SortKey | None = None,
    early: int = 0,
) -> Page[Row]:
    """Sort the rows and return the page after, or before, a key: the first page without one.

    Args:
        rows: all rows, in any order.
        key: the sort key, different for each row.
        order: ascending or descending by the key.
        limit: how many rows a page has.
        after: go on after the row with this key, whether it is still there or not.
        before: go back from the row with this key.
        early: begin so many rows before where the page begins.

    """
    ordered = sorted(rows, key=key, reverse=order == "DESC")
    keys = [key(row) for row in ordered]

    def passed(mark: SortKey, *, itself: bool) -> int:
        """Count the rows up to a key."""
        ahead = (k < mark if order == "ASC" else k > mark for k in keys)
        return sum(ahead) + (itself and mark in keys)

    if before is not None:
        end = passed(before, itself=False)
        begin = max(0, end - limit)
    else:
        begin = 0 if after is None else max(0, passed(after, itself=True) - early)
        end = min(len(ordered), begin + limit)
    return Page(
        ordered[begin:end],
        keys[begin] if 0 < begin < end else None,
        keys[end - 1] if begin < end < len(ordered) else None,
    )
