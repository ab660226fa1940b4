"""For any rows, window, page size and misbehaviour: each row exactly once, or an error.

The venue is in memory and the client is real: it signs, budgets and walks as in production, over a
transport that answers from a list of rows.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coinfrs_pipelines.connectors.binance.auth import WIRE, BinanceAuth
from coinfrs_pipelines.connectors.errors import WalkNotProven
from coinfrs_pipelines.connectors.http import Bucket, Endpoint, LocalBudget, VenueClient
from coinfrs_pipelines.connectors.streams import (
    ByCursor,
    ById,
    ByNumber,
    ByOffset,
    ByTime,
    Stream,
    Style,
    Window,
)
from coinfrs_pipelines.connectors.walks import Walk, walk
from coinfrs_pipelines.connectors.wire import EPOCH

BUCKET = Bucket("unlimited", 10**9)
NOW = datetime(2026, 1, 6, tzinfo=UTC)
# Times are small, so that many rows share an instant and windows are cut between neighbours.
LAST_MS = 60


@dataclass
class MemoryVenue:
    """Rows behind one endpoint, and how it misbehaves."""

    style: Style
    rows: list[dict[str, Any]]
    order: str = "ascending"
    ignores_window: bool = False
    # The widest window that is accepted, in milliseconds; wider ones are refused with -1127.
    widest_ms: int | None = None
    page_size_max: int = 10**9
    # Which of the answers (counted from 0) are the previous answer again, where a page follows.
    repeated_answers: frozenset[int] = frozenset()
    # Rows that appear on top of the list after so many answers, as late rows do.
    late_rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    # Ids that vanish from the list after so many answers.
    vanishing: dict[int, str] = field(default_factory=dict)
    shift: int = 0
    cursor_is_told: bool = True
    answers: int = 0
    asked_last: dict[str, str] = field(default_factory=dict)
    previous: tuple[Any, dict[str, str]] | None = None

    def handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v3/time":
            milliseconds = int(NOW.timestamp()) * 1000
            return httpx.Response(200, json={"serverTime": milliseconds})
        asked = dict(request.url.params)
        number, self.answers = self.answers, self.answers + 1
        if number in self.late_rows:
            self.rows.insert(0, self.late_rows[number])
        self.rows = [row for row in self.rows if row["id"] != self.vanishing.get(number)]
        follows, self.asked_last = self._follows(asked), asked
        if number in self.repeated_answers and self.previous is not None and follows:
            return self._respond(*self.previous)
        answer = self._answer(asked)
        if isinstance(answer, httpx.Response):
            return answer
        self.previous = answer
        return self._respond(*answer)

    def _follows(self, asked: dict[str, str]) -> bool:
        """Return whether this asks for the next page; a first page can only be empty by itself."""
        if isinstance(self.style, ByTime):
            return asked.get("endTime") == self.asked_last.get("endTime")
        first = {"page": "1", "offset": "0", "fromId": "0"}
        return any(name in asked and asked[name] != first.get(name) for name in (*first, "after"))

    def _respond(self, document: Any, headers: dict[str, str]) -> httpx.Response:
        return httpx.Response(200, content=json.dumps(document).encode(), headers=headers)

    def _answer(self, asked: dict[str, str]) -> Any:
        rows = self.rows
        if "startTime" in asked and not self.ignores_window:
            first, last = int(asked["startTime"]), int(asked["endTime"])
            if self.widest_ms is not None and last - first > self.widest_ms:
                return httpx.Response(400, json={"code": -1127, "msg": "too wide"})
            rows = [row for row in rows if first <= row["time"] <= last]
        if self.order == "ascending":
            rows = sorted(rows, key=lambda row: row["time"])
        elif self.order == "descending":
            rows = sorted(rows, key=lambda row: -row["time"])
        size = min(int(asked["limit"]), self.page_size_max)
        match self.style:
            case ById():
                rows = sorted(rows, key=lambda row: row["number"])
                return [row for row in rows if row["number"] >= int(asked["fromId"])][:size], {}
            case ByTime():
                return rows[:size], {}
            case ByOffset():
                at = max(0, int(asked["offset"]) - (self.shift if int(asked["offset"]) else 0))
                return rows[at : at + size], {}
            case ByNumber(total_at=total_at):
                at = (int(asked["page"]) - 1) * size
                at = max(0, at - (self.shift if at else 0))
                document: dict[str, Any] = {"rows": rows[at : at + size]}
                if total_at:
                    document["total"] = len(rows)
                return document, {}
            case _:
                at = int(asked.get("after", "0"))
                at_shifted = max(0, at - (self.shift if at else 0))
                page = rows[at_shifted : at_shifted + size]
                more = at_shifted + size < len(rows) and self.cursor_is_told
                return {"rows": page, "next": str(at_shifted + size) if more else ""}, {}


@contextmanager
def client_of(venue: MemoryVenue) -> Iterator[VenueClient]:
    with VenueClient(
        WIRE,
        "https://venue.invalid",
        lambda clock: BinanceAuth("key", "secret", clock),
        LocalBudget(),
        transport=httpx.MockTransport(venue.handle),
    ) as client:
        yield client


def stream_of(style: Style) -> Stream:
    in_object = isinstance(style, ByNumber | ByCursor)
    return Stream(
        name="rows",
        venue="binance",
        endpoint=Endpoint("/sapi/v1/rows", 1, BUCKET),
        style=style,
        rows_at=("rows",) if in_object else (),
        natural_key=("id",),
        time_field="time",
        too_wide_codes=frozenset({"-1127"}),
    )


def at(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


def walk_window(venue: MemoryVenue, first: int, last: int) -> Walk:
    with client_of(venue) as client:
        return walk(client, stream_of(venue.style), start=at(first), end=at(last))


def landed(result: Walk) -> Counter[str]:
    return Counter(record.source_raw_id for page in result.pages for record in page.records)


@st.composite
def row_lists(draw: st.DrawFn, *, most: int = 25) -> list[dict[str, Any]]:
    times = draw(st.lists(st.integers(0, LAST_MS), max_size=most))
    return [
        {"id": f"row {number}", "number": number, "time": time, "amount": f"{number}.10"}
        for number, time in enumerate(times)
    ]


WINDOWS = st.tuples(st.integers(0, LAST_MS), st.integers(1, LAST_MS + 5)).map(
    lambda pair: (pair[0], pair[0] + pair[1])
)
ORDERS = st.sampled_from(["ascending", "descending", "none"])
SIZES = st.integers(1, 7)
WIDTHS = st.one_of(st.none(), st.integers(1, LAST_MS))


def window_of(width: int | None) -> Window:
    return Window(None if width is None else timedelta(milliseconds=width))


Make = Callable[[int, Window], Style]
WINDOWED: list[tuple[str, Make]] = [
    ("by time", ByTime),
    ("by number", lambda size, window: ByNumber(size, window, total_at=("total",))),
    ("by number without a total", ByNumber),
    ("by offset", ByOffset),
    ("by cursor", lambda size, window: ByCursor(size, window, cursor_at=("next",))),
]
windowed = pytest.mark.parametrize("make", [m for _, m in WINDOWED], ids=[n for n, _ in WINDOWED])
# The style builders are plain functions; hypothesis may run many examples in one test.
thorough = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.differing_executors]
)


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
    ("by id", lambda size, _window: ById(size, id_field="number")),
]
every_style = pytest.mark.parametrize(
    "make", [m for _, m in ALL_STYLES], ids=[n for n, _ in ALL_STYLES]
)


def walk_any(venue: MemoryVenue, window: tuple[int, int]) -> tuple[Walk, tuple[int, int]]:
    """Walk, and return the result with the window that it must hold."""
    if isinstance(venue.style, ById):
        with client_of(venue) as client:
            return walk(client, stream_of(venue.style)), (0, LAST_MS + 1)
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
@given(rows=row_lists(), window=WINDOWS, size=SIZES, width=WIDTHS, widest=st.integers(0, LAST_MS))
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
    late=st.dictionaries(st.integers(0, 8), st.integers(0, LAST_MS), max_size=3),
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
        answer: {"id": f"late {answer}", "number": 1000 + answer, "time": time}
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


def test_one_id_with_two_contents_is_an_error() -> None:
    rows = [{"id": "1", "time": 1, "amount": "1"}, {"id": "1", "time": 1, "amount": "2"}]
    with pytest.raises(WalkNotProven, match="one id names two records"):
        walk_window(MemoryVenue(ByOffset(10, window_of(None)), rows), 0, 10)


def test_rows_that_were_seen_once_must_be_seen_again() -> None:
    """The same request answered 83 rows, then 61 (C4): the smaller set is not the truth."""
    rows = [{"id": str(n), "number": n, "time": n} for n in range(6)]
    venue = MemoryVenue(
        ByOffset(3, window_of(None)),
        rows,
        repeated_answers=frozenset({1}),
        vanishing={2: "0"},
    )
    with pytest.raises(WalkNotProven, match="gone"):
        walk_window(venue, 0, 10)


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
