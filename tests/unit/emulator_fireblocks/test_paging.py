"""Pages cut by key: complete, disjoint, and steady while rows come and go."""

from collections.abc import Iterable
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinfrs_pipelines.emulator.fireblocks import paging
from coinfrs_pipelines.emulator.fireblocks.refusals import Refusal

ORDERS = st.sampled_from(["ASC", "DESC"])
Order = Literal["ASC", "DESC"]


def key(row: int) -> paging.SortKey:
    return (row // 7, str(row))


def ordered(rows: Iterable[int]) -> list[int]:
    return sorted(rows, key=key)


ROWS = st.lists(st.integers(0, 60), unique=True, max_size=40).map(ordered)


def walk(rows: list[int], order: Order, limit: int) -> list[int]:
    found: list[int] = []
    after = None
    while True:
        page = paging.cut(rows, key, order=order, limit=limit, after=after)
        found += page.rows
        if page.after is None:
            return found
        after, _ = paging.decode(paging.encode(page.after))


@given(ROWS, ORDERS, st.integers(1, 45))
def test_pages_hold_every_row_once_in_order(rows: list[int], order: Order, limit: int) -> None:
    assert walk(rows, order, limit) == (rows if order == "ASC" else rows[::-1])


@given(ROWS, ORDERS, st.integers(1, 10))
def test_back_from_a_page_is_the_page_before(rows: list[int], order: Order, limit: int) -> None:
    first = paging.cut(rows, key, order=order, limit=limit)
    if first.after is not None:
        second = paging.cut(rows, key, order=order, limit=limit, after=first.after)
        back = paging.cut(rows, key, order=order, limit=limit, before=second.before)
        assert back.rows == first.rows


@given(ROWS.filter(lambda rows: len(rows) > 1), ORDERS, st.integers(1, 10), st.integers(61, 99))
def test_a_cursor_holds_when_its_row_goes_and_others_come(
    rows: list[int], order: Order, limit: int, new: int
) -> None:
    first = paging.cut(rows, key, order=order, limit=limit)
    if first.after is None:
        return
    rest = ordered([*(row for row in rows if row != first.rows[-1]), new])
    following = paging.cut(rest, key, order=order, limit=100, after=first.after)
    expected = set(rows) - set(first.rows) | ({new} if order == "ASC" else set())
    assert set(following.rows) - {new} == expected - {new}


def test_a_page_may_begin_early() -> None:
    first = paging.cut(range(10), key, order="ASC", limit=4)
    early = paging.cut(range(10), key, order="ASC", limit=4, after=first.after, early=2)
    assert list(early.rows) == [2, 3, 4, 5]


@pytest.mark.parametrize("cursor", ["", "nonsense", "e30=", "W10=", "bnVsbA==", "ü"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Refusal) as refused:
        paging.decode(cursor)
    assert refused.value.status == 400


def test_a_cursor_has_to_be_percent_encoded() -> None:
    """Clients that put it into a query string as it is lose its plus signs or its padding."""
    cursors = [paging.encode((number, "ü>?" * number)) for number in range(40)]
    assert any("=" in cursor for cursor in cursors)
