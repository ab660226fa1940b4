"""Lists of pages: all of one, or its first rows and that there are more.

A page that leaves rows out says so. Left out: what is listed.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from auth_service.registry.pages import LIMIT_MAX, Page, PageAsked

T = TypeVar("T")

ROWS_SHOWN_MAX = 200
_ROWS_AT_ONCE = PageAsked(limit=LIMIT_MAX)


class First(list[T]):
    """The first rows of a list, as many as a page shows; `has_more` says that it has others."""

    def __init__(self, rows: Iterable[T], *, has_more: bool | None = None) -> None:
        """Take one row more than is shown, or be told whether there is one."""
        super().__init__(rows)
        self.has_more = len(self) > ROWS_SHOWN_MAX if has_more is None else has_more
        del self[ROWS_SHOWN_MAX:]


def first(ask: Callable[[PageAsked], Page[T]]) -> First[T]:
    """Return the first rows of a list of the registry."""
    found = ask(PageAsked(limit=ROWS_SHOWN_MAX))
    return First(found.items, has_more=found.next_cursor is not None)


def every(ask: Callable[[PageAsked], Page[T]]) -> list[T]:
    """Return all of a list of the registry."""
    found = ask(_ROWS_AT_ONCE)
    rows = list(found.items)
    while found.next_cursor is not None:
        found = ask(_ROWS_AT_ONCE.model_copy(update={"cursor": found.next_cursor}))
        rows += found.items
    return rows
