"""Ask for one page of a stream and cut it into records.

What a page by itself can contradict (its window, its ids) is found here. How pages follow each
other stands in `pages.py`.
"""

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
    """One answer and the records in it; `part` tells the spans of a window apart."""

    exchange: Exchange
    records: tuple[Record, ...]
    part: Span | None = None

    @property
    def ids(self) -> list[str]:
        """The records' ids, in order."""
        return [record.source_raw_id for record in self.records]


class WindowFullError(Exception):
    """A span holds more than one answer shows; it has to be read in two, split after `middle`."""

    def __init__(self, span: Span, page: Page) -> None:
        super().__init__("A span holds more than one answer shows.")
        self.seen = set(page.ids)
        times = sorted(
            (record.occurred_at - EPOCH) // MILLISECOND
            for record in page.records
            if record.occurred_at is not None
        )
        # Where the rows are is the better middle; the split must leave something on both sides.
        middle = times[len(times) // 2] if times else (span.first + span.last) // 2
        self.middle = min(max(middle, span.first), span.last - 1)


@dataclass(frozen=True)
class Reader:
    """Asks for pages of one stream and scope, and cuts them into records."""

    client: VenueClient
    stream: Stream
    scope: str

    def page(self, params: dict[str, str], span: Span | None = None) -> Page:
        """Ask for one page.

        Raises:
            ContradictionError: one id names two records, or a record lies outside the window.
            Permanent: the answer has not the form that the stream declares.
            VenueError: the venue refuses.

        """
        stream = self.stream
        if stream.endpoint is None:
            raise ValueError(f"The stream {stream.name} has no endpoint.")
        asked = dict(stream.fixed_params)
        if self.scope and stream.scope_param:
            asked[stream.scope_param] = self.scope
        window = stream.style.window if stream.style else None
        if window is not None and span is not None:
            wider = 0 if window.bounds_known else 1
            asked[window.start_param] = str(max(0, span.first - wider))
            asked[window.end_param] = str(span.last + wider)
        exchange = self.client.call(stream.endpoint, asked | params)
        try:
            records = self._records(exchange)
        except payloads.PayloadError as error:
            raise Permanent(self.client.venue, f"{stream.name}: {error}") from None
        page = Page(exchange, records, span)
        _check_ids(page)
        if window is not None and span is not None:
            _check_times(page, span, window, stream.time_resolution)
        return page

    def _records(self, exchange: Exchange) -> tuple[Record, ...]:
        stream = self.stream
        if isinstance(stream.style, Whole):
            payload = payloads.value(exchange.body, stream.rows_at)
            return (Record(stream.style.record_id, None, payload, 0),)
        records = []
        for ordinal, payload in enumerate(self._rows(exchange)):
            fields = payloads.read(payload)
            records.append(Record(stream.id_of(fields), stream.time_of(fields), payload, ordinal))
        return tuple(records)

    def _rows(self, exchange: Exchange) -> list[str]:
        try:
            return payloads.elements(exchange.body, self.stream.rows_at)
        except payloads.PayloadError:
            # Some endpoints leave the array out where they count nothing.
            if self.total(exchange) == 0:
                return []
            raise

    def total(self, exchange: Exchange) -> int | None:
        """Return how many rows the answer says there are, or None where it does not."""
        style = self.stream.style
        if not isinstance(style, ByNumber) or not style.total_at:
            return None
        told = payloads.value(exchange.body, style.total_at).strip('"')
        if not told.isdecimal():
            raise payloads.PayloadError("The total is not a number.")
        return int(told)

    def cursor(self, exchange: Exchange) -> str:
        """Return the cursor of the next page; empty at the end."""
        style = self.stream.style
        if not isinstance(style, ByCursor) or not style.cursor_at:
            return exchange.next_cursor
        found: Any = payloads.read(exchange.body.decode())
        for key in style.cursor_at:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, str) else ""


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
