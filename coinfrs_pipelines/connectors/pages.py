"""How the pages of a stream follow each other, and what proves that none was missed.

Each reader yields pages in order and raises as soon as they contradict each other. Rows are
compared by their id, never by what they say.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.reader import (
    ContradictionError,
    Page,
    Reader,
    Record,
    Span,
    WindowFullError,
)
from coinfrs_pipelines.connectors.streams import (
    MILLISECOND,
    ByCursor,
    ById,
    ByNumber,
    ByOffset,
    ByTime,
)
from coinfrs_pipelines.connectors.wire import EPOCH


def read_pages(reader: Reader, span: Span | None = None, *, from_id: int = 0) -> Iterator[Page]:
    """Yield the pages of a span, or of the whole stream, to their end.

    Raises:
        ContradictionError: the pages contradict each other.
        WindowFullError: the span has to be read in parts.
        VenueError: the venue refuses.

    """
    match reader.stream.style:
        case ById() as style:
            yield from _by_id(reader, style, from_id)
        case ByTime() as style if span is not None:
            yield from _by_time(reader, style, span)
        case ByNumber() as style:
            yield from _by_number(reader, style, span)
        case ByOffset() as style:
            yield from _by_offset(reader, style, span)
        case ByCursor() as style:
            yield from _by_cursor(reader, style, span)
        case _:
            yield reader.page({}, span)


def is_full(page: Page, page_size: int) -> bool:
    """Return whether an answer may have left rows out: by its size or by what it tells."""
    rows = len(page.records)
    return page.has_more or rows >= page_size or rows < (page.total or 0)


def _by_id(reader: Reader, style: ById, from_id: int) -> Iterator[Page]:
    """Resume at the last id, not after it: two rows may share one, and it must be there again."""
    seen: set[str] = set()
    last = ""
    while True:
        page = reader.page({style.id_param: str(from_id), style.size_param: str(style.page_size)})
        numbers = [_number(record, style.id_field) for record in page.records]
        if numbers != sorted(numbers):
            raise ContradictionError("the ids of a page do not ascend")
        # Rows before the asked id are only a page that begins early; it must not end there too.
        if len(numbers) >= style.page_size and numbers[-1] < from_id:
            raise ContradictionError("a full page ends before the id that was asked")
        _check_progress(page, seen, last if style.page_size > 1 else "", style.page_size)
        seen.update(page.ids)
        yield page
        if len(page.records) < style.page_size:
            return
        following = numbers[-1] if style.page_size > 1 else numbers[-1] + 1
        if following == from_id:
            raise ContradictionError("more rows share one id than a page holds")
        from_id, last = following, page.ids[-1]


def _by_time(reader: Reader, style: ByTime, span: Span) -> Iterator[Page]:
    if style.ascending:
        yield from _ascending(reader, style, span)
    else:
        yield from _unordered(reader, style, span)


def _ascending(reader: Reader, style: ByTime, span: Span) -> Iterator[Page]:
    """Continue at the last instant seen, not after it."""
    resolution = reader.stream.time_resolution
    seen: set[str] = set()
    last, rest, total = "", span, 0
    while True:
        page = reader.page(style.size_params, rest)
        total = (page.total or 0) if rest == span else total
        left_out = is_full(page, style.page_size)
        _check_ascending(page)
        ends_at = _last_with_time(page)
        following = rest.first if ends_at is None else _step_of(ends_at, resolution)
        if left_out and following <= rest.first:
            # Rows of unknown times lead nowhere; one instant that fills the answer leads past it.
            is_last = rest.is_one_step(resolution)
            if not is_last and (ends_at is None or style.split is None):
                raise WindowFullError(rest, page)
            instant, rest = (rest, rest) if is_last else rest.halves(rest.first, resolution)
            for part in _by_value(reader, style, replace(page, part=instant)):
                seen.update(part.ids)
                yield part
            if is_last:
                break
            last = ""
            continue
        _check_progress(page, seen, last, style.page_size)
        seen.update(page.ids)
        yield page
        if not left_out or ends_at is None:
            break
        last, rest = ends_at.source_raw_id, Span(following, rest.last)
    if len(seen) < total:
        raise ContradictionError(f"{len(seen)} rows came where the venue counts {total}")


def _unordered(reader: Reader, style: ByTime, span: Span) -> Iterator[Page]:
    """Continue where a full answer seems to end, if all rows add up to the total that it tells.

    Raises:
        WindowFullError: it tells none, is in no order, or they do not: the span is read in parts.

    """
    resolution = reader.stream.time_resolution
    seen: set[str] = set()
    rest, first = span, None
    while True:
        page = reader.page(style.size_params, rest)
        first = first or page
        if first is not page and page.total != (first.total or 0) - len(seen):
            raise WindowFullError(span, first)
        if not is_full(page, style.page_size):
            yield page
            return
        if rest.is_one_step(resolution):
            shown: set[str] = set()
            for part in _by_value(reader, style, page):
                shown.update(part.ids)
                yield part
            # A value that nobody knows may have rows that the full answer did not show either.
            if len(shown) < (page.total or 0):
                raise ContradictionError(f"{len(shown)} rows of {page.total} have a known value")
            return
        page, rest = _continued(page, rest, resolution)
        seen.update(page.ids)
        yield page


def _continued(page: Page, span: Span, resolution: timedelta) -> tuple[Page, Span]:
    """Return the rows of a full answer that lie beyond its last instant, and the span of the rest.

    The instant itself belongs to the rest: equal rows have to be counted in one answer.

    Raises:
        ContradictionError: the answer counts rows and shows none.
        WindowFullError: the answer tells no total, or is in no order that leads anywhere.

    """
    if not page.records:
        raise ContradictionError(f"no row came where the venue counts {page.total}")
    steps = [_step_of(record, resolution) for record in page.records if record.occurred_at]
    # A total that is no more than what is shown does not say that something was left out.
    if (page.total or 0) <= len(page.records) or len(steps) < len(page.records):
        raise WindowFullError(span, page)
    if steps == sorted(steps):
        kept = [
            record for record, step in zip(page.records, steps, strict=True) if step < steps[-1]
        ]
        rest = Span(max(steps[-1], span.first), span.last)
    elif steps == sorted(steps, reverse=True):
        kept = [
            record for record, step in zip(page.records, steps, strict=True) if step > steps[-1]
        ]
        last = steps[-1] + Span.milliseconds(resolution) - 1
        rest = Span(span.first, min(last, span.last))
    else:
        raise WindowFullError(span, page)
    if not kept or rest == span:
        raise WindowFullError(span, page)
    return replace(page, records=tuple(kept)), rest


def _by_value(reader: Reader, style: ByTime, full: Page) -> Iterator[Page]:
    """Read an instant that fills an answer once per value of a parameter: all of it must be there.

    The full answer goes first, so that what it showed is missed if it never comes again.
    """
    yield full
    if style.split is None:
        raise ContradictionError("more rows share one instant than an answer holds")
    name, values = style.split
    found: set[str] = set()
    for value in values:
        page = reader.page(style.size_params | {name: value}, full.part)
        if is_full(page, style.page_size):
            raise ContradictionError(f"more rows share one instant and {name} than an answer holds")
        # Without ids it may be one row that came twice, or two that are equal: nobody can tell.
        if not found.isdisjoint(page.ids):
            raise ContradictionError(f"a row came for two values of {name}")
        found.update(page.ids)
        yield page
    if not found.issuperset(full.ids):
        raise ContradictionError(f"no known {name} shows some rows of a full instant")


def _by_number(reader: Reader, style: ByNumber, span: Span | None) -> Iterator[Page]:
    """End at a page that is not full and, where a total is told, when all of it was seen."""
    seen: set[str] = set()
    number, total = 1, None
    while True:
        params = {style.number_param: str(number), style.size_param: str(style.page_size)}
        page = reader.page(params, span)
        if number > 1 and page.total != total:
            raise ContradictionError("the total changed between two pages")
        total = page.total
        _check_progress(page, seen, "", style.page_size if style.total_at else 1)
        seen.update(page.ids)
        yield page
        if len(page.records) < (style.page_size if style.total_at else 1):
            break
        number += 1
    if total is not None and total != len(seen):
        raise ContradictionError(f"{len(seen)} rows came where the venue counts {total}")


def _by_offset(reader: Reader, style: ByOffset, span: Span | None) -> Iterator[Page]:
    """Begin each page with the last row of the one before: a list that shifted shows it."""
    overlap = 1 if style.page_size > 1 else 0
    seen: set[str] = set()
    offset, last = 0, ""
    while True:
        params = {style.offset_param: str(offset), style.size_param: str(style.page_size)}
        page = reader.page(params, span)
        _check_progress(page, seen, last if overlap else "", style.page_size)
        seen.update(page.ids)
        yield page
        if len(page.records) < style.page_size:
            return
        offset, last = offset + len(page.records) - overlap, page.ids[-1]


def _by_cursor(reader: Reader, style: ByCursor, span: Span | None) -> Iterator[Page]:
    """Follow the cursors to the page without one; a full page without one is not believed.

    A span is read in parts then. A whole list may happen to fill its last page: it is read again by
    pages of a size that it does not fill.
    """
    seen: set[str] = set()
    size = 0
    for page in _to_the_last_cursor(reader, style, span, style.page_size):
        seen.update(page.ids)
        size = len(page.records)
        yield page
    if size < style.page_size:
        return
    if span is not None and not span.is_one_step(reader.stream.time_resolution):
        raise WindowFullError(span, page)
    other = next((n for n in range(style.page_size - 1, 1, -1) if len(seen) % n), None)
    if span is not None or other is None:
        raise ContradictionError("a full page has no cursor")
    again: set[str] = set()
    for page in _to_the_last_cursor(reader, style, span, other):
        again.update(page.ids)
        size = len(page.records)
        yield page
    if size >= other:
        raise ContradictionError("the last page is full, whatever its size, and has no cursor")
    if missing := seen - again:
        raise ContradictionError(f"{len(missing)} records are not there by pages of another size")


def _to_the_last_cursor(
    reader: Reader, style: ByCursor, span: Span | None, page_size: int
) -> Iterator[Page]:
    size = {style.size_param: str(page_size)}
    seen: set[str] = set()
    cursors: set[str] = set()
    cursor = ""
    while True:
        page = reader.page(size | ({style.cursor_param: cursor} if cursor else {}), span)
        if cursor:
            _check_progress(page, seen, "", 1)
        seen.update(page.ids)
        yield page
        cursor = reader.cursor(page.exchange)
        if not cursor:
            return
        if cursor in cursors:
            raise ContradictionError("a cursor leads back to itself")
        cursors.add(cursor)


def _number(record: Record, id_field: str) -> int:
    told = payloads.read(record.payload).get(id_field)
    if not isinstance(told, int):
        raise ContradictionError("an id is not a whole number")
    return told


def _check_progress(page: Page, seen: set[str], last: str, page_size: int) -> None:
    """Refuse a page without the row it continues at, or with nothing that was not seen before."""
    ids = page.ids
    if last and last not in ids:
        raise ContradictionError("the row at which a page continues is gone")
    if seen and len(ids) >= page_size and seen.issuperset(ids):
        raise ContradictionError("a page came again")


def _step_of(record: Record, resolution: timedelta) -> int:
    """Return the begin of the step of a stream's times that a record is told at."""
    step = Span.milliseconds(resolution)
    at = record.occurred_at or EPOCH
    return (at - EPOCH) // MILLISECOND // step * step


def _last_with_time(page: Page) -> Record | None:
    known = [record for record in page.records if record.occurred_at is not None]
    return known[-1] if known else None


def _check_ascending(page: Page) -> None:
    """Refuse times that do not ascend; a row whose time cannot be read is where it is."""
    known = [record.occurred_at for record in page.records if record.occurred_at is not None]
    if known != sorted(known):
        raise ContradictionError("the times of an ascending answer do not ascend")
