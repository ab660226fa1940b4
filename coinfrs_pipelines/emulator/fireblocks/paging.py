"""Pages and their cursors.

A cursor names a row by its sort key, so that rows that come or go elsewhere neither shift nor
repeat what follows, and holds what was asked for. Clients must send it back as it is.
"""

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
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
    """Return the page after, or before, a key: the first page without one.

    Args:
        rows: all rows, ascending by the key.
        key: the sort key, different for each row.
        order: ascending or descending by the key.
        limit: how many rows a page has.
        after: go on after the row with this key, whether it is still there or not.
        before: go back from the row with this key.
        early: begin so many rows before where the page begins.

    """
    count = len(rows)

    def row(position: int) -> Row:
        return rows[position] if order == "ASC" else rows[count - 1 - position]

    def passed(mark: SortKey, *, itself: bool) -> int:
        """Count the rows up to a key."""
        if order == "ASC":
            return (bisect_right if itself else bisect_left)(rows, mark, key=key)
        return count - (bisect_left if itself else bisect_right)(rows, mark, key=key)

    if before is not None:
        end = passed(before, itself=False)
        begin = max(0, end - limit)
    else:
        begin = 0 if after is None else max(0, passed(after, itself=True) - early)
        end = min(count, begin + limit)
    return Page(
        [row(position) for position in range(begin, end)],
        key(row(begin)) if 0 < begin < end else None,
        key(row(end - 1)) if begin < end < count else None,
    )
