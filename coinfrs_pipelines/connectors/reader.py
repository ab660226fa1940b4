"""Ask for one page of a stream and cut it into records.

What a page by itself can contradict (its window, its ids) is found here. How pages follow each
other stands in `pages.py`.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.errors import Permanent
from coinfrs_pipelines.connectors.http import Exchange, VenueClient
from coinfrs_pipelines.connectors.streams import (
    MILLISECOND,
    ByCursor,
    ByNumber,
    ByTime,
    Latest,
    Stream,
    Whole,
    Window,
)
from coinfrs_pipelines.connectors.wire import EPOCH


class ContradictionError(Exception):
    """Pages that cannot all be true; reading them again may help."""


@dataclass(frozen=True)
class Span:
    """A span of time in whole epoch milliseconds, both ends inclusive."""

    first: int
    last: int

    @classmethod
    def covering(cls, start: datetime, end: datetime, resolution: timedelta) -> "Span":
        """Return the span of [start, end), begun at a whole step of the stream's times.

        A record whose time is told in whole seconds may have happened after `start` and be told
        before it.
        """
        step = cls.milliseconds(resolution)
        first = (start - EPOCH) // MILLISECOND // step * step
        return cls(max(0, first), -((EPOCH - end) // MILLISECOND) - 1)

    def is_one_step(self, resolution: timedelta) -> bool:
        """Return whether the span cannot be cut: its rows may all be told at one time."""
        return self.last - self.first < Span.milliseconds(resolution)

    def halves(self, middle: int, resolution: timedelta) -> tuple["Span", "Span"]:
        """Cut the span after the step that holds `middle`, something left on both sides.

        A step is never cut: equal records without ids must be counted in one answer.
        """
        step = Span.milliseconds(resolution)
        last_step = self.last // step * step
        cut = min(max(middle, self.first) // step * step + step, last_step)
        return Span(self.first, cut - 1), Span(cut, self.last)

    @staticmethod
    def milliseconds(duration: timedelta) -> int:
        """Return a duration in whole milliseconds."""
        return duration // MILLISECOND


@dataclass(frozen=True)
class Record:
    """One record, verbatim: `payload` is its exact text, `ordinal` its place in the answer."""

    source_raw_id: str
    occurred_at: datetime | None
    payload: str = field(repr=False)
    ordinal: int


@dataclass(frozen=True)
class Page:
    """One answer and the records in it; `part` tells the spans of a window apart.

    `total` is how many rows the answer says there are, `has_more` whether it says it left some out.
    """

    exchange: Exchange
    records: tuple[Record, ...]
    part: Span | None = None
    total: int | None = None
    has_more: bool = False

    @property
    def ids(self) -> list[str]:
        """The records' ids, in order."""
        return [record.source_raw_id for record in self.records]


class WindowFullError(Exception):
    """A span holds more than one answer shows; it has to be read in two, cut in the `middle`."""

    def __init__(self, span: Span, page: Page) -> None:
        super().__init__("A span holds more than one answer shows.")
        self.seen = set(page.ids)
        times = sorted(
            (record.occurred_at - EPOCH) // MILLISECOND
            for record in page.records
            if record.occurred_at is not None
        )
        # Where the rows are is the better middle.
        self.middle = times[len(times) // 2] if times else (span.first + span.last) // 2


@dataclass(frozen=True)
class Reader:
    """Asks for pages of one stream and scope, and cuts them into records."""

    client: VenueClient
    stream: Stream
    scope: str

    def page(self, params: dict[str, str], span: Span | None = None) -> Page:
        """Ask for one page.

        Raises:
            ContradictionError: one id names two records, a record lies outside the window, or there
                are more than the answer counts.
            Permanent: the answer has not the form that the stream declares.
            VenueError: the venue refuses.

        """
        stream = self.stream
        if stream.endpoint is None:
            raise ValueError(f"The stream {stream.name} has no endpoint.")
        asked = dict(stream.fixed_params)
        asked |= _scope_params(stream, self.scope)
        window = stream.style.window if stream.style else None
        if window is not None and span is not None:
            wider = 0 if window.bounds_known else 1
            asked[window.start_param] = str(max(0, span.first - wider))
            asked[window.end_param] = str(span.last + wider)
        exchange = self.client.call(stream.endpoint, asked | params)
        try:
            told = self._total(exchange), self._has_more(exchange)
            page = Page(exchange, self._records(exchange), span, *told)
        except payloads.PayloadError as error:
            raise Permanent(self.client.venue, f"{stream.name}: {error}") from None
        _check_ids(page)
        if page.total is not None and len(page.records) > page.total:
            raise ContradictionError("more rows came than the answer counts")
        if window is not None and span is not None:
            _check_times(page, span, window, stream.time_resolution)
        return page

    def _records(self, exchange: Exchange) -> tuple[Record, ...]:
        stream = self.stream
        if isinstance(stream.style, Whole):
            payload = payloads.value(exchange.body, stream.rows_at)
            return (Record(stream.style.record_id, None, payload, 0),)
        told = self._rows(exchange)
        rows = [payloads.read(payload) for payload in told]
        if stream.natural_key:
            names = [stream.id_of(fields, self.scope) for fields in rows]
        else:
            names = _names([stream.content_of(fields) for fields in rows], told)
        return tuple(
            Record(name, stream.time_of(fields), payload, ordinal)
            for ordinal, (name, fields, payload) in enumerate(zip(names, rows, told, strict=True))
        )

    def _rows(self, exchange: Exchange) -> list[str]:
        try:
            return payloads.elements(exchange.body, self.stream.rows_at)
        except payloads.PayloadError:
            # Some endpoints leave the array out where they count nothing.
            if self._total(exchange) == 0:
                return []
            raise

    def _total(self, exchange: Exchange) -> int | None:
        style = self.stream.style
        if not isinstance(style, ByNumber | ByTime | Latest) or not style.total_at:
            return None
        told = payloads.value(exchange.body, style.total_at).strip('"')
        if not told.isdecimal():
            raise payloads.PayloadError("The total is not a number.")
        return int(told)

    def _has_more(self, exchange: Exchange) -> bool:
        style = self.stream.style
        if not isinstance(style, ByTime) or not style.more_at:
            return False
        told = payloads.value(exchange.body, style.more_at)
        if told not in {"true", "false"}:
            raise payloads.PayloadError("Whether there is more is neither true nor false.")
        return told == "true"

    def cursor(self, exchange: Exchange) -> str:
        """Return the cursor of the next page; empty at the end."""
        style = self.stream.style
        if not isinstance(style, ByCursor) or not style.cursor_at:
            return exchange.next_cursor
        found: Any = payloads.read(exchange.body.decode())
        for key in style.cursor_at:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, str) else ""


def _names(contents: list[str], told: list[str]) -> list[str]:
    """Name records that have no ids by what they say, and equal ones of an answer by number.

    Equal records tell the same time, so they are always asked for together. They are counted in the
    order of their texts, whatever order the answer has.
    """
    names = [""] * len(contents)
    twins: Counter[str] = Counter()
    for at in sorted(range(len(contents)), key=lambda at: told[at]):
        content = hashlib.sha256(contents[at].encode()).hexdigest()
        names[at] = f"{content}:{twins[content]}"
        twins[content] += 1
    return names


def _scope_params(stream: Stream, scope: str) -> dict[str, str]:
    parts = scope.split("/", max(0, len(stream.scope_params) - 1))
    return {name: part for name, part in zip(stream.scope_params, parts, strict=False) if part}


def _check_ids(page: Page) -> None:
    """Refuse one id with two contents: one of the two would be taken for a version of the other."""
    contents: dict[str, str] = {}
    for record in page.records:
        if contents.setdefault(record.source_raw_id, record.payload) != record.payload:
            raise ContradictionError("one id names two records of one answer")


def _check_times(page: Page, span: Span, window: Window, resolution: timedelta) -> None:
    """Refuse rows outside the window: else a server that ignores the window would be believed."""
    wider = 0 if window.bounds_known else 1
    first = span.first - wider - (Span.milliseconds(resolution) - 1)
    for record in page.records:
        if record.occurred_at is None:
            continue  # Its time cannot be read; the row is kept and said to be unreadable later.
        at = (record.occurred_at - EPOCH) // MILLISECOND
        if not first <= at <= span.last + wider:
            raise ContradictionError("a row lies outside the window that was asked")
