"""For any rows, window, page size and misbehaviour: each row exactly once, or an error."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinfrs_pipelines.connectors.errors import WalkNotProven
from coinfrs_pipelines.connectors.streams import (
    ByCursor,
    ById,
    ByNumber,
    ByOffset,
    ByTime,
    Style,
    Window,
)
from coinfrs_pipelines.connectors.walks import Walk, walk
from tests.property.memory_venue import (
    FIRST_MS,
    KINDS,
    LAST_MS,
    NOW,
    ORDERS,
    SIZES,
    WIDTHS,
    WINDOWS,
    MemoryVenue,
    at,
    client_of,
    landed,
    row_lists,
    stream_of,
    thorough,
    walk_window,
    window_of,
)

Make = Callable[[int, Window], Style]
WINDOWED: list[tuple[str, Make]] = [
    ("by time", ByTime),
    ("by number", lambda size, window: ByNumber(size, window, total_at=("total",))),
    ("by number without a total", ByNumber),
    ("by offset", ByOffset),
    ("by cursor", lambda size, window: ByCursor(size, window, cursor_at=("next",))),
]
windowed = pytest.mark.parametrize("make", [m for _, m in WINDOWED], ids=[n for n, _ in WINDOWED])


@windowed
@thorough
@given(rows=row_lists(), window=WINDOWS, size=SIZES, width=WIDTHS, order=ORDERS)
def test_an_honest_venue_is_read_exactly_once(
    make: Make,
    rows: list[dict[str, Any]],
    window: tuple[int, int],
    size: int,
    width: int | None,
    order: str,
) -> None:
    """Only an instant that fills an answer cannot be proven where there are no counted pages."""
    venue = MemoryVenue(make(size, window_of(width)), rows, order)
    expected = Counter(row["id"] for row in rows if window[0] <= row["time"] < window[1])
    fullest = max(Counter(row["time"] for row in rows).values(), default=0)
    try:
        result = walk_window(venue, *window)
    except WalkNotProven:
        assert isinstance(venue.style, ByTime | ByCursor)
        assert fullest >= size
        return
    assert landed(result) == expected
    assert (result.proven_from, result.proven_to) == (at(window[0]), at(window[1]))
    texts = {record.payload for page in result.pages for record in page.records}
    assert texts <= {json.dumps(row) for row in rows}


@thorough
@given(rows=row_lists(), window=WINDOWS, size=SIZES, width=st.integers(3, 60))
def test_no_question_is_wider_than_the_venue_allows_where_the_bounds_are_not_known(
    rows: list[dict[str, Any]], window: tuple[int, int], size: int, width: int
) -> None:
    """It is asked one millisecond wider on each side; a venue that refuses it is never met."""
    bounds = replace(window_of(width), bounds_known=False)
    venue = MemoryVenue(ByTime(size, bounds), rows, widest_ms=width)
    stream = replace(stream_of(venue.style), too_wide_codes=frozenset())
    fullest = max(Counter(row["time"] for row in rows).values(), default=0)
    try:
        with client_of(venue) as client:
            result = walk(client, stream, start=at(window[0]), end=at(window[1]))
    except WalkNotProven:
        # An instant is asked for with its neighbours.
        assert 3 * fullest >= size
        return
    assert landed(result) >= Counter(
        row["id"] for row in rows if window[0] <= row["time"] < window[1]
    )


@thorough
@given(rows=row_lists(), window=WINDOWS, size=SIZES, width=WIDTHS)
def test_an_ascending_stream_continues_at_the_last_instant(
    rows: list[dict[str, Any]], window: tuple[int, int], size: int, width: int | None
) -> None:
    venue = MemoryVenue(ByTime(size, window_of(width), ascending=True), rows)
    expected = Counter(row["id"] for row in rows if window[0] <= row["time"] < window[1])
    fullest = max(Counter(row["time"] for row in rows).values(), default=0)
    try:
        result = walk_window(venue, *window)
    except WalkNotProven:
        assert fullest >= size
        return
    assert landed(result) == expected


@thorough
@given(rows=row_lists(), size=SIZES, from_id=st.integers(0, 30), gap=st.integers(1, 5))
def test_an_id_walk_reads_every_id_from_where_it_begins(
    rows: list[dict[str, Any]], size: int, from_id: int, gap: int
) -> None:
    spread = [row | {"number": row["number"] * gap} for row in rows]
    venue = MemoryVenue(ById(size, id_field="number"), spread)
    with client_of(venue) as client:
        result = walk(client, stream_of(venue.style), start=at(5), from_id=from_id)
        from_first = walk(client, stream_of(venue.style))
    assert landed(result) == Counter(r["id"] for r in spread if r["number"] >= from_id)
    assert (result.proven_from, result.proven_to) == (at(5), NOW)
    assert landed(from_first) == Counter(row["id"] for row in spread)
    assert (from_first.proven_from, from_first.proven_to) == (None, NOW)
    # A full page is never the last, and no page is asked for beyond a short one.
    assert len(result.pages[-1].records) < size or size == 1


@thorough
@given(times=st.lists(st.booleans(), min_size=1, max_size=12), size=st.integers(2, 6))
def test_twins_that_share_an_id_both_survive_a_page_end(times: list[bool], size: int) -> None:
    """A self-trade may fill both sides of one account under one trade id."""
    rows: list[dict[str, Any]] = []
    for number, is_twin in enumerate(times):
        rows.append({"id": f"{number} buy", "number": number, "time": 1})
        if is_twin:
            rows.append({"id": f"{number} sell", "number": number, "time": 1})
    venue = MemoryVenue(ById(size, id_field="number"), rows)
    try:
        with client_of(venue) as client:
            result = walk(client, stream_of(venue.style))
    except WalkNotProven:
        assert size == 2  # A page that only twins fill leads nowhere, and says so.
        return
    assert landed(result) == Counter(row["id"] for row in rows)


ALL_STYLES: list[tuple[str, Make]] = [
    *WINDOWED,
    ("by ascending time", lambda size, window: ByTime(size, window, ascending=True)),
    ("by time with a total", lambda size, window: ByTime(size, window, total_at=("total",))),
    (
        "by ascending time with more",
        lambda size, window: ByTime(size, window, ascending=True, more_at=("more",)),
    ),
    ("by time and kind", lambda size, window: ByTime(size, window, split=("kind", KINDS))),
    (
        "by ascending time and kind",
        lambda size, window: ByTime(size, window, ascending=True, split=("kind", KINDS)),
    ),
    ("by id", lambda size, _window: ById(size, id_field="number")),
]
every_style = pytest.mark.parametrize(
    "make", [m for _, m in ALL_STYLES], ids=[n for n, _ in ALL_STYLES]
)


def walk_any(venue: MemoryVenue, window: tuple[int, int]) -> tuple[Walk, tuple[int, int]]:
    """Walk, and return the result with the window that it must hold."""
    if isinstance(venue.style, ById):
        with client_of(venue) as client:
            return walk(client, stream_of(venue.style)), (FIRST_MS, LAST_MS + 1)
    return walk_window(venue, *window), window


def none_is_lost(venue: MemoryVenue, window: tuple[int, int], rows: list[dict[str, Any]]) -> bool:
    """Walk and check that each of `rows` is there exactly once; False where the walk raised."""
    try:
        result, held = walk_any(venue, window)
    except WalkNotProven:
        return False
    counted = landed(result)
    expected = {row["id"] for row in rows if held[0] <= row["time"] < held[1]}
    assert all(counted[name] == 1 for name in expected)
    assert max(counted.values(), default=1) == 1
    return True


@every_style
@thorough
@given(
    rows=row_lists(),
    window=WINDOWS,
    size=SIZES,
    width=WIDTHS,
    repeated=st.frozensets(st.integers(1, 30), max_size=4),
)
def test_a_repeated_page_loses_nothing(
    make: Make,
    rows: list[dict[str, Any]],
    window: tuple[int, int],
    size: int,
    width: int | None,
    repeated: frozenset[int],
) -> None:
    venue = MemoryVenue(make(size, window_of(width)), rows, repeated_answers=repeated)
    none_is_lost(venue, window, rows)


@every_style
@thorough
@given(rows=row_lists(), window=WINDOWS, size=SIZES, width=WIDTHS, order=ORDERS)
def test_a_venue_that_ignores_the_window_is_not_believed(
    make: Make,
    rows: list[dict[str, Any]],
    window: tuple[int, int],
    size: int,
    width: int | None,
    order: str,
) -> None:
    ascending = isinstance(made := make(size, window_of(width)), ByTime) and made.ascending
    venue = MemoryVenue(made, rows, "ascending" if ascending else order, ignores_window=True)
    proven = none_is_lost(venue, window, rows)
    if any(not window[0] <= row["time"] < window[1] for row in rows) and not isinstance(made, ById):
        assert not proven


@every_style
@thorough
@given(rows=row_lists(), window=WINDOWS, size=SIZES, width=WIDTHS, widest=st.integers(0, 60))
def test_a_window_that_the_venue_finds_too_wide_is_read_in_parts(
    make: Make,
    rows: list[dict[str, Any]],
    window: tuple[int, int],
    size: int,
    width: int | None,
    widest: int,
) -> None:
    venue = MemoryVenue(make(size, window_of(width)), rows, widest_ms=widest)
    proven = none_is_lost(venue, window, rows)
    fullest = max(Counter(row["time"] for row in rows).values(), default=0)
    assert proven or fullest >= size


@every_style
@thorough
@given(
    rows=row_lists(),
    window=WINDOWS,
    size=SIZES,
    late=st.dictionaries(st.integers(0, 8), st.integers(FIRST_MS, LAST_MS), max_size=3),
    order=ORDERS,
)
def test_rows_that_come_late_push_none_out(
    make: Make,
    rows: list[dict[str, Any]],
    window: tuple[int, int],
    size: int,
    late: dict[int, int],
    order: str,
) -> None:
    """A row that appears while pages are read may be landed or not; the others must be."""
    made = make(size, window_of(None))
    if isinstance(made, ByTime) and made.ascending:
        order = "ascending"
    late_rows = {
        answer: {"id": f"late {answer}", "number": 1000 + answer, "time": time, "kind": "a"}
        for answer, time in late.items()
    }
    venue = MemoryVenue(made, list(rows), order, late_rows=late_rows)
    none_is_lost(venue, window, rows)


@pytest.mark.parametrize("make", [WINDOWED[1][1], WINDOWED[3][1]], ids=["by number", "by offset"])
@thorough
@given(
    rows=row_lists(),
    window=WINDOWS,
    size=st.integers(2, 7),
    vanishing=st.tuples(st.integers(1, 4), st.integers(0, 24)),
)
def test_a_row_that_vanishes_while_pages_are_read_pulls_no_other_out(
    make: Make,
    rows: list[dict[str, Any]],
    window: tuple[int, int],
    size: int,
    vanishing: tuple[int, int],
) -> None:
    """The list moves up by one between two pages: without an overlap a row would be skipped."""
    gone = f"row {vanishing[1]}"
    venue = MemoryVenue(make(size, window_of(None)), list(rows), vanishing={vanishing[0]: gone})
    none_is_lost(venue, window, [row for row in rows if row["id"] != gone])


@pytest.mark.parametrize("make", [m for _, m in WINDOWED[1:]], ids=[n for n, _ in WINDOWED[1:]])
@thorough
@given(rows=row_lists(), window=WINDOWS, size=st.integers(2, 7), shift=st.integers(1, 6))
def test_pages_that_overlap_change_nothing(
    make: Make, rows: list[dict[str, Any]], window: tuple[int, int], size: int, shift: int
) -> None:
    """Each page begins some rows early, as after a new row on top of a newest-first list."""
    venue = MemoryVenue(make(size, window_of(None)), rows, shift=min(shift, size - 1))
    none_is_lost(venue, window, rows)


@thorough
@given(rows=row_lists(), window=WINDOWS, size=SIZES, most=st.integers(1, 6))
def test_shorter_pages_than_asked_for_lose_nothing_where_there_is_no_total(
    rows: list[dict[str, Any]], window: tuple[int, int], size: int, most: int
) -> None:
    venue = MemoryVenue(ByNumber(size, window_of(None)), rows, page_size_max=most)
    assert none_is_lost(venue, window, rows)


@thorough
@given(rows=row_lists(), window=WINDOWS, size=SIZES, most=st.integers(1, 6))
def test_shorter_pages_than_asked_for_contradict_the_total(
    rows: list[dict[str, Any]], window: tuple[int, int], size: int, most: int
) -> None:
    venue = MemoryVenue(
        ByNumber(size, window_of(None), total_at=("total",)), rows, page_size_max=most
    )
    none_is_lost(venue, window, rows)


@thorough
@given(rows=row_lists(), window=WINDOWS, size=SIZES, order=ORDERS)
def test_a_full_page_without_a_cursor_is_not_believed_to_be_the_last(
    rows: list[dict[str, Any]], window: tuple[int, int], size: int, order: str
) -> None:
    style = ByCursor(size, window_of(None), cursor_at=("next",))
    venue = MemoryVenue(style, rows, order, cursor_is_told=False)
    none_is_lost(venue, window, rows)


WHOLE_LIST = tuple({"id": f"row {number}", "number": number, "time": 1} for number in range(24))


@thorough
@given(count=st.integers(0, 24), size=st.integers(1, 9))
def test_a_whole_list_that_fills_its_last_page_is_read_to_its_end(count: int, size: int) -> None:
    """A list without a window cannot be cut: it is read again by pages of another size."""
    rows = list(WHOLE_LIST[:count])
    venue = MemoryVenue(ByCursor(size, cursor_at=("next",)), rows)
    try:
        with client_of(venue) as client:
            result = walk(client, stream_of(venue.style))
    except WalkNotProven:
        # No smaller page is left unfilled: of pages of 500 there always is one.
        assert count
        assert all(count % smaller == 0 for smaller in range(2, size + 1))
        return
    assert landed(result) == Counter(row["id"] for row in rows)


@thorough
@given(count=st.integers(1, 24), size=st.integers(1, 9))
def test_a_full_page_of_a_whole_list_without_a_cursor_is_not_believed(
    count: int, size: int
) -> None:
    venue = MemoryVenue(
        ByCursor(size, cursor_at=("next",)), list(WHOLE_LIST[:count]), cursor_is_told=False
    )
    with client_of(venue) as client:
        if count >= size:
            with pytest.raises(WalkNotProven, match="cursor"):
                walk(client, stream_of(venue.style))
        else:
            assert len(landed(walk(client, stream_of(venue.style)))) == count


def test_one_id_with_two_contents_is_an_error() -> None:
    rows = [{"id": "1", "time": FIRST_MS, "amount": amount} for amount in "12"]
    with pytest.raises(WalkNotProven, match="one id names two records"):
        walk_window(MemoryVenue(ByOffset(10, window_of(None)), rows), FIRST_MS, FIRST_MS + 10)


def test_rows_that_were_seen_once_must_be_seen_again() -> None:
    """The same request answered 83 rows, then 61 (C4): the smaller set is not the truth."""
    rows = [{"id": str(n), "number": n, "time": FIRST_MS + n} for n in range(6)]
    venue = MemoryVenue(
        ByOffset(3, window_of(None)),
        rows,
        repeated_answers=frozenset({1}),
        vanishing={2: "0"},
    )
    with pytest.raises(WalkNotProven, match="gone"):
        walk_window(venue, FIRST_MS, FIRST_MS + 10)


def test_a_window_ends_where_the_venue_has_been() -> None:
    """A window into the future proves nothing about it."""
    venue = MemoryVenue(ByOffset(3, window_of(None)), [])
    with client_of(venue) as client:
        result = walk(client, stream_of(venue.style), start=at(0), end=NOW + timedelta(days=1))
    assert result.proven_to == NOW


def test_a_window_that_begins_in_the_future_is_an_error() -> None:
    venue = MemoryVenue(ByOffset(3, window_of(None)), [])
    with client_of(venue) as client, pytest.raises(WalkNotProven):
        walk(client, stream_of(venue.style), start=NOW, end=NOW + timedelta(days=1))


def test_a_row_told_in_whole_seconds_may_lie_before_the_window_it_happened_in() -> None:
    rows = [{"id": "1", "time": 2000, "told": "1970-01-01 00:00:02"}]
    stream = replace(
        stream_of(ByOffset(3, window_of(None))),
        time_field="told",
        time_format="utc_text",
        time_resolution=timedelta(seconds=1),
    )
    venue = MemoryVenue(stream.style or ByOffset(3), rows)
    with client_of(venue) as client:
        result = walk(client, stream, start=at(2700), end=at(3000))
    assert landed(result) == {"1": 1}
