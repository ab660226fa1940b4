"""A venue in memory behind the real client, and what its rows and windows are drawn from.

The client signs, budgets and walks as in production, over a transport that answers from a list of
rows.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from coinfrs_pipelines.connectors.binance.auth import WIRE, BinanceAuth
from coinfrs_pipelines.connectors.http import Bucket, Endpoint, LocalBudget, VenueClient
from coinfrs_pipelines.connectors.streams import (
    ByCursor,
    ById,
    ByNumber,
    ByOffset,
    ByTime,
    Latest,
    Stream,
    Style,
    Window,
)
from coinfrs_pipelines.connectors.walks import Walk, walk
from coinfrs_pipelines.connectors.wire import EPOCH

KINDS = ("a", "b", "c")
BUCKET = Bucket("unlimited", 10**9)
NOW = datetime(2026, 1, 6, tzinfo=UTC)
# Times are few, so that many rows share an instant and windows are cut between neighbours; they
# begin where no number of milliseconds can be taken for seconds.
FIRST_MS = 10**12
LAST_MS = FIRST_MS + 60


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
    # What of a row is told, and the time that windows and order go by.
    show: Callable[[dict[str, Any]], dict[str, Any]] = dict
    windows_by: str = "time"
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
            # A value that has no rows says so by itself.
            part = "kind" in asked and not self._rows_before()
            return not part and asked.get("endTime") == self.asked_last.get("endTime")
        first = {"page": "1", "offset": "0", "fromId": "0"}
        return any(name in asked and asked[name] != first.get(name) for name in (*first, "after"))

    def _rows_before(self) -> Any:
        document = self.previous[0] if self.previous else []
        return document["rows"] if isinstance(document, dict) else document

    def _respond(self, document: Any, headers: dict[str, str]) -> httpx.Response:
        return httpx.Response(200, content=json.dumps(document).encode(), headers=headers)

    def _answer(self, asked: dict[str, str]) -> Any:
        first, last = int(asked.get("startTime", "0")), int(asked.get("endTime", "0"))
        if "startTime" in asked and not self.ignores_window:
            if self.widest_ms is not None and last - first > self.widest_ms:
                return httpx.Response(400, json={"code": -1127, "msg": "too wide"})
            rows = [row for row in self.rows if first <= row[self.windows_by] <= last]
        else:
            rows = self.rows
        if "kind" in asked:
            rows = [row for row in rows if row["kind"] == asked["kind"]]
        if self.order == "ascending":
            rows = sorted(rows, key=lambda row: row[self.windows_by])
        elif self.order == "descending":
            rows = sorted(rows, key=lambda row: -row[self.windows_by])
        size = min(int(asked.get("limit", "1000")), self.page_size_max)
        if isinstance(self.style, ByTime | Latest):
            return self._last_or_in_window(rows, size), {}
        return self._page(rows, size, asked), {}

    def _last_or_in_window(self, rows: list[dict[str, Any]], size: int) -> Any:
        if isinstance(self.style, Latest):
            rows = sorted(rows, key=lambda row: -row["time"])
            size = min(size, self.style.page_size)
        document: dict[str, Any] = {"rows": [self.show(row) for row in rows[:size]]}
        if isinstance(self.style, ByTime | Latest) and self.style.total_at:
            document["total"] = len(rows)
        if isinstance(self.style, ByTime) and self.style.more_at:
            document["more"] = size < len(rows)
        return document if len(document) > 1 else document["rows"]

    def _page(self, rows: list[dict[str, Any]], size: int, asked: dict[str, str]) -> Any:
        match self.style:
            case ById():
                rows = sorted(rows, key=lambda row: row["number"])
                return [row for row in rows if row["number"] >= int(asked["fromId"])][:size]
            case ByOffset():
                at = max(0, int(asked["offset"]) - (self.shift if int(asked["offset"]) else 0))
                return rows[at : at + size]
            case ByNumber(total_at=total_at):
                at = (int(asked["page"]) - 1) * size
                at = max(0, at - (self.shift if at else 0))
                document: dict[str, Any] = {"rows": rows[at : at + size]}
                if total_at:
                    document["total"] = len(rows)
                return document
            case _:
                at = int(asked.get("after", "0"))
                at_shifted = max(0, at - (self.shift if at else 0))
                page = rows[at_shifted : at_shifted + size]
                more = at_shifted + size < len(rows) and self.cursor_is_told
                return {"rows": page, "next": str(at_shifted + size) if more else ""}


@contextmanager
def client_of(venue: MemoryVenue) -> Iterator[VenueClient]:
    with VenueClient(
        WIRE,
        {"": "https://venue.invalid"},
        lambda clock: BinanceAuth("key", "secret", clock),
        LocalBudget(),
        transport=httpx.MockTransport(venue.handle),
    ) as client:
        yield client


def stream_of(style: Style) -> Stream:
    in_object = isinstance(style, ByNumber | ByCursor)
    if isinstance(style, ByTime | Latest):
        in_object = bool(style.total_at or (isinstance(style, ByTime) and style.more_at))
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
    times = draw(st.lists(st.integers(FIRST_MS, LAST_MS), max_size=most))
    return [
        {
            "id": f"row {number}",
            "number": number,
            "time": time,
            "amount": f"{number}.10",
            "kind": KINDS[number % len(KINDS)],
        }
        for number, time in enumerate(times)
    ]


WINDOWS = st.tuples(st.integers(FIRST_MS, LAST_MS), st.integers(1, 65)).map(
    lambda pair: (pair[0], pair[0] + pair[1])
)
ORDERS = st.sampled_from(["ascending", "descending", "none"])
SIZES = st.integers(1, 7)
WIDTHS = st.one_of(st.none(), st.integers(1, 60))


def window_of(width: int | None) -> Window:
    return Window(None if width is None else timedelta(milliseconds=width))


# The style builders are plain functions; hypothesis may run many examples in one test.
thorough = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors]
)
