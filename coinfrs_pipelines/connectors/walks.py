"""Walk a stream through its pages to the proven end, or raise: nothing is lost in silence.

A walk is proven when every page was read and the pages agree with each other: they continue where
the last one ended, add up to the total where one is told, lie in the window that was asked, and a
full page is followed by another. Pages that contradict this are read again, and then it is an
error.

What a stream is stands in its declaration. Which part of history is asked, and how a record becomes
a row, is the caller's. How single pages follow each other stands in `pages.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from coinfrs_pipelines.connectors.errors import Permanent, WalkNotProven
from coinfrs_pipelines.connectors.http import VenueClient
from coinfrs_pipelines.connectors.pages import is_full, read_pages
from coinfrs_pipelines.connectors.reader import (
    ContradictionError,
    Page,
    Reader,
    Record,
    Span,
    WindowFullError,
)
from coinfrs_pipelines.connectors.streams import ById, Latest, Stream, Whole
from coinfrs_pipelines.connectors.wire import EPOCH

__all__ = ["Page", "Record", "Stream", "Walk", "walk"]

# How often pages that contradict each other are read before that is the result.
READS_MAX = 3


@dataclass(frozen=True)
class Walk:
    """The pages of a walk that reached its proven end, in the order they were read.

    Each record is there once per content. The stream is exhausted over [proven_from, proven_to); a
    `proven_from` of None is the beginning of time.
    """

    pages: tuple[Page, ...]
    proven_from: datetime | None
    proven_to: datetime


def walk(
    client: VenueClient,
    stream: Stream,
    *,
    scope: str = "",
    start: datetime | None = None,
    end: datetime | None = None,
    from_id: int | None = None,
) -> Walk:
    """Read a stream to its proven end, over [start, end) where it has windows.

    An id walk begins at `from_id`; the caller knows that ids from there on are those from `start`
    on, and without `from_id` it begins at the first id. It is proven up to the venue time before
    its last request, a list without windows up to the venue time before its first. A list that
    shows only the last rows is proven from after the oldest, unless it shows all there are. A
    window is proven up to `end`, or to the venue time before its request if the venue was not there
    yet.

    Raises:
        WalkNotProven: the pages contradict each other, also when read again.
        VenueError: the venue refuses.
        ValueError: the stream is not read, or a window is asked without both its ends.

    """
    if not stream.is_read or stream.style is None:
        raise ValueError(f"The stream {stream.name} is not read.")
    reader = Reader(client, stream, scope)
    if isinstance(stream.style, ById):
        floor = None if from_id is None else start
        pages = _proven(reader, lambda: read_pages(reader, from_id=from_id or 0))
        return Walk(_each_once(pages), floor, pages[-1].exchange.venue_time)
    if isinstance(stream.style, Whole) or stream.style.window is None:
        pages = _proven(reader, lambda: read_pages(reader))
        page, floor = pages[0], None
        if isinstance(stream.style, Latest) and is_full(page, stream.style.page_size):
            floor = _shown_from(reader, page)
        return Walk(_each_once(pages), floor, page.exchange.venue_time)
    if start is None or end is None or start >= end:
        raise ValueError(f"The stream {stream.name} needs a window that begins before it ends.")
    pages = []
    proven_to = end
    for span in _grid(stream, start, end):
        of_span = _window(reader, span)
        pages += of_span
        # The last part of the last span decides; the earlier ones end where the venue has been.
        proven_to = min(end, _part_at_end(of_span).exchange.venue_time)
    if proven_to <= start:
        raise _not_proven(reader, "the venue's clock is before the window that was asked")
    return Walk(_each_once(pages), start, proven_to)


def _shown_from(reader: Reader, page: Page) -> datetime:
    """Return from when on the last rows are all there were; others of the oldest's may be cut."""
    times = [record.occurred_at for record in page.records if record.occurred_at is not None]
    if not times:
        raise _not_proven(reader, "the last rows tell no time from which on they are all")
    step = reader.stream.time_resolution
    shown_from = EPOCH + ((min(times) - EPOCH) // step + 1) * step
    if shown_from >= page.exchange.venue_time:
        raise _not_proven(reader, "the last rows do not reach back to a whole instant")
    return shown_from


def _grid(stream: Stream, start: datetime, end: datetime) -> Iterator[Span]:
    """Cut [start, end) into spans never wider than the venue allows, whatever the rows are."""
    window = stream.style.window if stream.style else None
    whole = Span.covering(start, end, stream.time_resolution)
    if window is None or window.widest is None:
        yield whole
        return
    resolution = Span.milliseconds(stream.time_resolution)
    # A question whose bounds may not count is one millisecond wider on each side.
    widest = Span.milliseconds(window.widest) - (0 if window.bounds_known else 2)
    step = max(widest // resolution, 1) * resolution
    for first in range(whole.first, whole.last + 1, step):
        # Both ends are inclusive, so a span of `step` milliseconds is one less than `widest` wide.
        yield Span(first, min(first + step - 1, whole.last))


def _window(reader: Reader, span: Span) -> list[Page]:
    """Read one span, in two where it is too wide for the venue or too full for an answer."""
    resolution = reader.stream.time_resolution
    try:
        return _proven(reader, lambda: read_pages(reader, span))
    except WindowFullError as full:
        middle, seen = full.middle, full.seen
    except Permanent as error:
        if error.code not in reader.stream.too_wide_codes or span.is_one_step(resolution):
            raise
        middle = (span.first + span.last) // 2
        seen = set()
    parts = [page for half in span.halves(middle, resolution) for page in _window(reader, half)]
    if missing := seen - _ids(parts):
        raise _not_proven(
            reader, f"{len(missing)} records of a full answer are gone from its parts"
        )
    return parts


def _part_at_end(pages: list[Page]) -> Page:
    """Return the first page of the last part that reaches the end of the span."""
    parts = [page.part for page in pages if page.part is not None]
    reaching = [part for part in parts if part.last == max(part.last for part in parts)]
    return next(page for page in pages if page.part == reaching[-1])


def _proven(reader: Reader, read: Callable[[], Iterator[Page]]) -> list[Page]:
    """Read pages until they agree with themselves and with all that was seen before."""
    seen: set[str] = set()
    reason = ""
    for _ in range(READS_MAX):
        pages: list[Page] = []
        try:
            pages.extend(read())
        except WindowFullError as full:
            full.seen |= seen | _ids(pages)
            raise
        except ContradictionError as contradiction:
            reason = str(contradiction)
        else:
            missing = seen - _ids(pages)
            if not missing:
                return pages
            reason = f"{len(missing)} records that were there before are gone"
        seen |= _ids(pages)
    raise _not_proven(reader, reason)


def _not_proven(reader: Reader, reason: str) -> WalkNotProven:
    return WalkNotProven(reader.client.venue, f"{reader.stream.name}: {reason}")


def _ids(pages: list[Page]) -> set[str]:
    return {record.source_raw_id for page in pages for record in page.records}


def _each_once(pages: list[Page]) -> tuple[Page, ...]:
    """Leave a record out where it came with the same content before; keep the empty pages too."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for page in pages:
        records = []
        for record in page.records:
            key = (record.source_raw_id, record.payload)
            if key not in seen:
                seen.add(key)
                records.append(record)
        kept.append(replace(page, records=tuple(records)))
    return tuple(kept)
