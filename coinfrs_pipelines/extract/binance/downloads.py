"""Income that the live endpoint has forgotten, from a file that the venue makes when asked.

Only where the owner wants history from before what the endpoint still tells, and no interval proves
it yet. The venue gives few files a month, so each is asked for once: what was asked for before, and
what was fetched before, is found in the evidence and used again. One file a run and stream; a
longer history takes several runs. The fetched file lands as an imported one does (`files.py`).
"""

import gzip
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from psycopg import sql

from coinfrs_pipelines.connectors.binance import downloads
from coinfrs_pipelines.connectors.binance.auth import VENUE
from coinfrs_pipelines.connectors.binance.downloads import INCOME_DOWNLOADS, Download
from coinfrs_pipelines.connectors.binance.files import FileRefusedError
from coinfrs_pipelines.connectors.errors import Permanent
from coinfrs_pipelines.connectors.streams import MILLISECOND, Stream
from coinfrs_pipelines.connectors.wire import EPOCH
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.attempts import Attempt
from coinfrs_pipelines.extract.binance.products import absent
from coinfrs_pipelines.extract.coverage import READ, Outcome, Span, Subject
from coinfrs_pipelines.extract.files import Statement, import_file
from coinfrs_pipelines.partitions import day_of, midnight

DAY = timedelta(days=1)
# Two minutes in all: what takes longer is fetched by the next run.
WAITS_SECONDS = (0, 1, 2, 4, 8, 15, 30, 60)

BY_NAME = {download.kind.stream.name: download for download in INCOME_DOWNLOADS}

# By any data source of the account and by any method: what is proven is proven.
NOT_PROVEN = sql.SQL("""
select lower(piece), upper(piece)
from unnest(
    tstzmultirange(tstzrange(%(start)s, %(end)s))
    - coalesce(
        (
            select range_agg(proven) from coverage.intervals
            where data_source_id in ({same_account}) and account_ref = %(account_ref)s
                and stream = %(stream)s and scope = ''
        ),
        '{{}}'
    )
) as piece
order by piece
""")
LAST_ASKED = """
select requests.query, requests.observed_at, responses.body_gzip
from coverage.requests
join coverage.responses on responses.request_id = requests.id
where requests.data_source_id = %s and requests.stream = %s and requests.path = %s
    and requests.status = 200
order by requests.id desc
limit 1
"""
FETCHED = """
select responses.body_gzip
from coverage.requests
join coverage.responses on responses.request_id = requests.id
where requests.data_source_id = %s and requests.stream = %s and requests.path = %s
    and requests.query = %s and requests.status = 200
order by requests.id desc
limit 1
"""


@dataclass(frozen=True)
class Asked:
    """A file that the venue was asked for: its number, its span, and when that was."""

    number: str
    span: Span
    at: datetime


def read_forgotten_income(attempt: Attempt, subject: Subject) -> Outcome | None:
    """Fetch the file of what the live endpoint has forgotten, where that is wanted and lacking.

    Raises:
        VenueError: the venue refuses, or its file is not what it should be. It has landed.

    """
    download = BY_NAME[subject.name]
    stream = download.kind.replaces
    if stream is None or stream.retention is None:
        raise ValueError(f"{subject.name} replaces nothing that is forgotten.")
    lacking = _lacking(attempt, stream)
    if lacking is None:
        return None
    is_absent = absent(attempt, stream.product)
    if is_absent is not None:
        return is_absent
    asked = _asked_before(attempt, download, lacking)
    if asked is None:
        at = attempt.client.venue_now
        number = downloads.ask(attempt.client, download, lacking.start, lacking.end)
        attempt.land_requests(subject.name)
        asked = Asked(number, lacking, at)
    body = _fetched(attempt, download, asked)
    if body is None:
        detail = f"The venue is still making the file {asked.number}; the next run fetches it."
        return Outcome("failed", "file_not_made_yet", detail)
    _land(attempt, download, asked, body)
    return READ


def _lacking(attempt: Attempt, stream: Stream) -> Span | None:
    """Return the first span of whole days that is wanted, forgotten and not proven, or None.

    It reaches some days into what the endpoint still tells: there the two have to agree, so that a
    file that spells its ids in another way is refused and never booked beside the endpoint.
    """
    wanted_from = coverage.history_from(attempt.data_source, stream.trailing)
    now = attempt.client.venue_now
    if wanted_from is None or stream.retention is None:
        return None
    oldest = now - stream.retention
    if wanted_from >= oldest:
        return None
    end = midnight(day_of(oldest)) + DAY + stream.trailing
    source = attempt.data_source
    row = attempt.connection.execute(
        NOT_PROVEN.format(same_account=coverage.SAME_ACCOUNT),
        {
            "start": wanted_from,
            "end": end,
            "owner_id": source.owner_id,
            "venue": source.venue,
            "environment": source.environment,
            "account_ref": source.account_ref,
            "stream": stream.name,
        },
    ).fetchone()
    if row is None or row[0] >= oldest:
        return None
    start = midnight(day_of(row[0]))
    return Span(start, min(end, start + downloads.WIDEST))


def _asked_before(attempt: Attempt, download: Download, lacking: Span) -> Asked | None:
    """Return the file asked for last, if it begins where something is lacking and is still there.

    A file that was fetched is there for good, also one whose rows nobody can read yet: it is not
    asked for again, unless it came damaged.

    Raises:
        Permanent: the venue answered lately, and gave the file no number.

    """
    key = (attempt.data_source.id, download.kind.stream.name, download.ask.path)
    row = attempt.connection.execute(LAST_ASKED, key).fetchone()
    if row is None:
        return None
    query, at, body = row
    span = _span_in(query)
    if span.start > lacking.start or span.end <= lacking.start:
        return None
    is_there = at > attempt.client.venue_now - downloads.LINK_LASTS
    try:
        number = downloads.number_in(gzip.decompress(body))
    except Permanent:
        # An answer without a number may have cost a file: no other before that one would be gone.
        if is_there:
            raise
        return None
    asked = Asked(number, span, at)
    return asked if is_there or _stored(attempt, download, asked) is not None else None


def _span_in(query: str) -> Span:
    told = {name: int(values[0]) for name, values in parse_qs(query).items()}
    start, last = (EPOCH + told[name] * MILLISECOND for name in ("startTime", "endTime"))
    return Span(start, last + MILLISECOND)


def _fetched(attempt: Attempt, download: Download, asked: Asked) -> bytes | None:
    """Return a file from the evidence or else from the venue, which may not have made it yet."""
    stored = _stored(attempt, download, asked)
    if stored is not None:
        return stored
    for seconds in WAITS_SECONDS:
        time.sleep(seconds)
        link = downloads.poll(attempt.client, download, asked.number)
        if link is not None:
            exchange = downloads.fetch(attempt.client, download, asked.number, link)
            attempt.land_requests(download.kind.stream.name)
            return exchange.body
    return None


def _stored(attempt: Attempt, download: Download, asked: Asked) -> bytes | None:
    """Return the file from the evidence, unless it was never fetched or cannot be unpacked."""
    name, query = download.kind.stream.name, f"downloadId={asked.number}"
    key = (attempt.data_source.id, name, download.file.path, query)
    row = attempt.connection.execute(FETCHED, key).fetchone()
    body = gzip.decompress(row[0]) if row else b""
    try:
        downloads.csv_in(body)
    except Permanent:
        return None
    return body or None


def _land(attempt: Attempt, download: Download, asked: Asked, body: bytes) -> None:
    last = day_of(asked.span.end - MILLISECOND)
    statement = Statement(day_of(asked.span.start), last, day_of(asked.at))
    try:
        imported = import_file(
            attempt.connection,
            attempt.data_source,
            download.kind,
            f"{download.ask.path}/{asked.number}",
            downloads.csv_in(body),
            statement,
        )
    except FileRefusedError as error:
        raise Permanent(VENUE, f"The file {asked.number} is refused: {error}.") from None
    attempt.landed.add(imported.landed)
