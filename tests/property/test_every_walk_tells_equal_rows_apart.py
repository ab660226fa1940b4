"""For rows without ids, of one instant or of no readable time: each once, or an error.

What answers tell of themselves (a total, that there is more) and the values that an instant is
split by are part of it, and so are endpoints that show their last rows only.
"""

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coinfrs_pipelines.connectors.errors import Permanent, WalkNotProven
from coinfrs_pipelines.connectors.streams import MILLISECOND, ByTime, Latest, Stream, Style
from coinfrs_pipelines.connectors.walks import Walk, walk
from coinfrs_pipelines.connectors.wire import EPOCH
from tests.property.memory_venue import (
    FIRST_MS,
    KINDS,
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

SHOWN = ("told", "amount", "kind")


@dataclass(frozen=True)
class Case:
    """A venue whose rows have no ids, and how long an instant of theirs is, in milliseconds."""

    venue: MemoryVenue
    step: int

    @property
    def stream(self) -> Stream:
        return replace(
            stream_of(self.venue.style),
            natural_key=(),
            named_by=SHOWN,
            time_field="told",
            time_resolution=timedelta(milliseconds=self.step),
        )

    def expected(self, start: int, end: int) -> Counter[str]:
        """What a walk over [start, end) brings: it begins where the first one's instant does."""
        begins, by = start // self.step * self.step, self.venue.windows_by
        rows = [row for row in self.venue.rows if begins <= row[by] < end]
        return Counter(json.dumps(only_shown(row)) for row in rows)

    def may_be_unproven(self) -> bool:
        """Whether an instant, or a kind of it where it is split, may fill an answer."""
        assert isinstance(self.venue.style, ByTime)
        size = min(self.venue.style.page_size, self.venue.page_size_max)
        by_kind = self.venue.style.split is not None
        instants = Counter(
            (row["told"] // self.step, row["kind"] if by_kind else "") for row in self.venue.rows
        )
        return max(instants.values(), default=0) >= size

    def walk(self, start: int, end: int) -> Walk:
        with client_of(self.venue) as client:
            return walk(client, self.stream, start=at(start), end=at(end))


def only_shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in SHOWN}


def payloads_of(result: Walk) -> Counter[str]:
    return Counter(record.payload for page in result.pages for record in page.records)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    step = draw(st.sampled_from([1, 1000]))
    # Times said to be in whole seconds may be finer now and then.
    told_in = draw(st.sampled_from([step, max(1, step // 4)]))
    rows = []
    # A quarter of a step lies between two possible times, so that equal rows are none at all.
    for number, quarters in enumerate(draw(st.lists(st.integers(0, 16), max_size=25))):
        time = FIRST_MS + quarters * step // 4
        shown = {"amount": draw(st.sampled_from("12")), "kind": draw(st.sampled_from(KINDS))}
        rows.append({"id": number, "time": time, "told": time // told_in * told_in} | shown)
    ascending, tells = draw(st.booleans()), draw(st.sampled_from(["nothing", "total", "more"]))
    width = draw(st.none() | st.integers(1, 5 * step))
    style = ByTime(
        draw(SIZES),
        window_of(width),
        ascending=ascending,
        total_at=("total",) if tells == "total" else (),
        more_at=("more",) if tells == "more" else (),
        split=("kind", KINDS) if draw(st.booleans()) else None,
    )
    venue = MemoryVenue(
        style,
        rows,
        "ascending" if ascending else draw(ORDERS),
        # Shorter answers than were asked for are known to be short only where they tell it.
        page_size_max=10**9 if tells == "nothing" else draw(st.integers(1, 8)),
        show=only_shown,
        windows_by=draw(st.sampled_from(["time", "told"])),
    )
    return Case(venue, step)


@st.composite
def spans(draw: st.DrawFn) -> tuple[int, int]:
    """A window with ends anywhere, also within a second."""
    start = FIRST_MS + draw(st.one_of(st.integers(0, 5), st.integers(0, 4500)))
    return start, start + draw(st.one_of(st.integers(1, 5), st.integers(1, 4500)))


@thorough
@given(case=cases(), span=spans())
def test_equal_rows_without_ids_stay_as_many_as_there_are(
    case: Case, span: tuple[int, int]
) -> None:
    try:
        result = case.walk(*span)
    except WalkNotProven:
        assert case.may_be_unproven()
        return
    assert payloads_of(result) == case.expected(*span)
    assert max(landed(result).values(), default=1) == 1


@thorough
@given(case=cases(), span=spans(), middles=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_equal_rows_without_ids_have_the_same_names_in_every_walk(
    case: Case, span: tuple[int, int], middles: tuple[float, float]
) -> None:
    """Two walks that overlap, or meet within a second, bring what one over both brings."""
    length = span[1] - span[0]
    begins, ends = sorted(int(middle * length) for middle in middles)
    parts = (
        (span[0], max(span[0] + ends, span[0] + 1)),
        (span[0] + min(begins, length - 1), span[1]),
    )
    named: dict[str, str] = {}
    try:
        for part in parts:
            pages = case.walk(*part).pages
            named |= {r.source_raw_id: r.payload for page in pages for r in page.records}
    except WalkNotProven:
        assert case.may_be_unproven()
        return
    assert Counter(named.values()) == case.expected(*span)


@thorough
@given(case=cases(), span=spans(), order=ORDERS)
def test_rows_without_ids_keep_their_names_when_the_venue_tells_them_otherwise(
    case: Case, span: tuple[int, int], order: str
) -> None:
    """A new field, other keys first, an amount spelled in another way, another order of rows."""

    def otherwise(row: dict[str, Any]) -> dict[str, Any]:
        shown = only_shown(row)
        new = {"new": row["id"], **dict(reversed(shown.items()))}
        return new | {"amount": f"{shown['amount']}.00"}

    assert isinstance(case.venue.style, ByTime)
    other = replace(
        case.venue,
        show=otherwise,
        order="ascending" if case.venue.style.ascending else order,
        answers=0,
        asked_last={},
        previous=None,
    )
    try:
        before, after = case.walk(*span), Case(other, case.step).walk(*span)
    except WalkNotProven:
        assert case.may_be_unproven()
        return
    assert set(landed(before)) == set(landed(after))


def test_a_time_within_a_step_is_continued_at_from_the_steps_begin() -> None:
    """Else what is left of two steps would be taken for one that fills an answer."""
    rows = [{"id": t, "time": FIRST_MS + t, "told": FIRST_MS + t} for t in (0, 1000, 1250)]
    rows += [{"id": t, "time": FIRST_MS + t, "told": FIRST_MS + t} for t in (2000, 2100)]
    style = ByTime(3, window_of(None), ascending=True)
    case = Case(MemoryVenue(style, rows, show=lambda row: {"told": row["told"]}), 1000)
    assert sum(payloads_of(case.walk(FIRST_MS, FIRST_MS + 2200)).values()) == len(rows)


def test_equal_rows_of_two_values_are_not_taken_for_one() -> None:
    """A record that does not tell the value it was asked by cannot be told from its twin."""
    rows = [{"id": n, "time": FIRST_MS, "kind": kind} for n, kind in enumerate("aabb")]
    style = ByTime(3, window_of(None), split=("kind", ("a", "b")))
    venue = MemoryVenue(style, rows, show=lambda row: {"time": row["time"]})
    stream = replace(stream_of(style), natural_key=(), named_by=("time",))
    with client_of(venue) as client, pytest.raises(WalkNotProven, match="two values of kind"):
        walk(client, stream, start=at(FIRST_MS), end=at(FIRST_MS + 1))


@thorough
@given(
    kinds=st.lists(st.sampled_from((*KINDS, "new")), max_size=12),
    instants=st.integers(1, 3),
    size=SIZES,
    ascending=st.booleans(),
)
@example(kinds=["a", "a", "a", "a", "b", "new"], instants=1, size=5, ascending=False)
def test_a_value_that_nobody_knows_is_missed_where_the_rows_are_counted(
    kinds: list[str], instants: int, size: int, ascending: bool
) -> None:
    rows = [
        {"id": str(n), "time": FIRST_MS + n % instants, "kind": kind}
        for n, kind in enumerate(kinds)
    ]
    style = ByTime(size, window_of(None), ascending, total_at=("total",), split=("kind", KINDS))
    fullest = max(Counter((row["time"], row["kind"]) for row in rows).values(), default=0)
    try:
        result = walk_window(MemoryVenue(style, rows), FIRST_MS, FIRST_MS + instants)
    except WalkNotProven:
        assert fullest >= size or "new" in kinds
        return
    assert landed(result) == Counter(row["id"] for row in rows)


@thorough
@given(rows=row_lists(), window=WINDOWS, size=SIZES)
def test_an_ascending_answer_that_begins_late_contradicts_its_total(
    rows: list[dict[str, Any]], window: tuple[int, int], size: int
) -> None:
    """Some venues show the last rows of a window in ascending order, not its first."""

    class Late(MemoryVenue):
        def _last_or_in_window(self, rows: list[dict[str, Any]], size: int) -> Any:
            return {"rows": rows[-size:], "total": len(rows)}

    held = [row["id"] for row in rows if window[0] <= row["time"] < window[1]]
    style = ByTime(size, window_of(None), ascending=True, total_at=("total",))
    try:
        result = walk_window(Late(style, rows), *window)
    except WalkNotProven:
        assert len(held) >= size
        return
    assert landed(result) == Counter(held)


def test_a_value_that_nobody_knows_is_missed_where_its_row_was_shown() -> None:
    rows = [{"id": str(n), "time": FIRST_MS, "kind": kind} for n, kind in enumerate(("new", *"ab"))]
    style = ByTime(3, window_of(None), split=("kind", KINDS))
    with pytest.raises(WalkNotProven, match="no known kind"):
        walk_window(MemoryVenue(style, rows), FIRST_MS, FIRST_MS + 1)


@thorough
@given(
    rows=row_lists(),
    window=WINDOWS,
    size=SIZES,
    width=WIDTHS,
    unreadable=st.frozensets(st.integers(0, 24)),
    order=st.sampled_from([None, "ascending", "descending", "none"]),
)
def test_rows_without_a_readable_time_are_kept_and_end_the_walk(
    rows: list[dict[str, Any]],
    window: tuple[int, int],
    size: int,
    width: int | None,
    unreadable: frozenset[int],
    order: str | None,
) -> None:
    """The venue knows their time and windows them by it; only nobody can read it."""

    def show(row: dict[str, Any]) -> dict[str, Any]:
        return row | ({"time": "soon"} if row["number"] in unreadable else {})

    style = ByTime(size, window_of(width), ascending=order is None)
    fullest = max(Counter(row["time"] for row in rows).values(), default=0)
    try:
        result = walk_window(MemoryVenue(style, rows, order or "ascending", show=show), *window)
    except WalkNotProven:
        assert fullest >= size
        return
    assert landed(result) == Counter(r["id"] for r in rows if window[0] <= r["time"] < window[1])


@thorough
@given(
    rows=row_lists(),
    size=SIZES,
    tells_total=st.booleans(),
    most=st.integers(1, 8),
    step=st.sampled_from([1, 10]),
)
def test_a_list_of_the_last_rows_proves_what_it_shows(
    rows: list[dict[str, Any]], size: int, tells_total: bool, most: int, step: int
) -> None:
    """Where rows are told by the step of ten, those of the oldest step may have been cut off."""
    style = Latest(size, ("total",) if tells_total else ())
    venue = MemoryVenue(
        style,
        rows,
        page_size_max=most if tells_total else 10**9,
        show=lambda row: row | {"time": row["time"] // step * step},
    )
    stream = replace(stream_of(style), time_resolution=timedelta(milliseconds=step))
    with client_of(venue) as client:
        result = walk(client, stream)
    shown = landed(result)
    from_ms = 0 if result.proven_from is None else (result.proven_from - EPOCH) // MILLISECOND
    assert shown >= Counter(row["id"] for row in rows if row["time"] >= from_ms)
    assert max(shown.values(), default=1) == 1
    assert (result.proven_from is None) is (len(rows) < size and len(rows) <= len(shown))
    if result.proven_from is not None:
        oldest = min(row["time"] for row in rows if row["id"] in shown)
        assert oldest < from_ms <= oldest + step
    assert result.proven_to == NOW


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"id": "1"}, "tell no time"),
        ({"id": "1", "time": int(NOW.timestamp() * 1000)}, "do not reach back"),
    ],
)
def test_last_rows_that_reach_back_to_nowhere_prove_nothing(row: dict[str, Any], why: str) -> None:
    venue = MemoryVenue(Latest(1), [])
    venue.rows = [row | {"time": 0}]
    venue.show = lambda _: row
    with client_of(venue) as client, pytest.raises(WalkNotProven, match=why):
        walk(client, stream_of(venue.style))


@pytest.mark.parametrize(
    "style", [ByTime(9, window_of(None), total_at=("total",)), Latest(9, ("total",))]
)
def test_more_rows_than_the_answer_counts_are_an_error(style: Style) -> None:
    class Miscounting(MemoryVenue):
        def _last_or_in_window(self, rows: list[dict[str, Any]], size: int) -> Any:
            return super()._last_or_in_window(rows, size) | {"total": 1}

    rows = [{"id": str(n), "time": FIRST_MS} for n in range(2)]
    with pytest.raises(WalkNotProven, match="more rows came than the answer counts"):
        walk_window(Miscounting(style, rows), FIRST_MS, FIRST_MS + 1)


@pytest.mark.parametrize("told", [None, 1, "yes"])
def test_an_answer_that_does_not_say_whether_there_is_more_is_an_error(told: object) -> None:
    class Mumbling(MemoryVenue):
        def _last_or_in_window(self, rows: list[dict[str, Any]], size: int) -> Any:
            return super()._last_or_in_window(rows, size) | {"more": told}

    style = ByTime(9, window_of(None), more_at=("more",))
    with pytest.raises(Permanent, match="neither true nor false"):
        walk_window(Mumbling(style, []), FIRST_MS, FIRST_MS + 1)
