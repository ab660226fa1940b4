"""Binance: one asset per stream, in the order that makes the positions provable.

The reference lists and the withdrawals are read before the captures: a withdrawal that changes
between two reads must not have a capture between them. Everything else is read after, and spot
trades last, when all other places in which an asset may show have been read. A new endpoint is a
declaration in `connectors/binance/streams.py` and gets its asset from the factory here.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import dagster as dg

from coinfrs_pipelines.connectors.binance import auth, positions
from coinfrs_pipelines.connectors.binance.streams import (
    SPOT_TRADES,
    STREAMS,
    SUB_ACCOUNTS,
    SYMBOLS,
    VENUE,
    WITHDRAWALS,
)
from coinfrs_pipelines.connectors.errors import NotEnabled, Permanent, VenueError
from coinfrs_pipelines.connectors.http import Budget, Exchange, VenueClient
from coinfrs_pipelines.connectors.streams import Stream
from coinfrs_pipelines.core.data_sources import Credential, DataSource
from coinfrs_pipelines.extract import coverage, scopes
from coinfrs_pipelines.extract.attempts import (
    Attempt,
    Work,
    named,
    of_each_scope,
    outcome_of_refused,
)
from coinfrs_pipelines.extract.captures import capture
from coinfrs_pipelines.extract.coverage import READ, Outcome, Subject
from coinfrs_pipelines.extract.evidence import Phase
from coinfrs_pipelines.extract.landing import ReadingOf
from coinfrs_pipelines.extract.steps import Choose, Step, asset_of, register_asset
from coinfrs_pipelines.partitions import day_of, midnight

DAY = timedelta(days=1)

SPOT, FUNDING = Subject("spot", "capture"), Subject("funding", "capture")
SNAPSHOTS = Subject("account_snapshots")
CAPTURES = {SPOT: positions.capture_spot, FUNDING: positions.capture_funding}

# These endpoints answer one kind of account only (binance.md B4); the others need not be asked.
ACCOUNT_KIND = {
    "sub_accounts": "master",
    "universal_transfers": "master",
    "sub_account_transfers": "sub_account",
}
# The venue no longer knows the symbol: it was delisted, or renamed (binance.md C3).
UNKNOWN_SYMBOL = "-1121"

NO_CANDIDATES = Outcome(
    "read", "no_candidates", "No asset was ever seen in the account, so no symbol was asked for."
)
NO_SYMBOLS = Outcome(
    "failed", "no_symbols", "No list of symbols was ever archived, so none could be chosen."
)
NOT_PUBLISHED = Outcome(
    "not_taken", "not_published", "The venue has not published its snapshot of the day (yet)."
)


def connect(
    credential: Credential, url: str, budget: Budget, on_exchange: Callable[[Exchange], None]
) -> VenueClient:
    """Return a client for a credential."""
    given = {"api_key": credential.api_key, "api_secret": credential.secret}
    return auth.connect(given, url, budget, on_exchange)


def read_stream(stream: Stream) -> Work:
    """Return the work of reading all scopes of a stream up to venue now."""

    def work(attempt: Attempt, _subject: Subject) -> Outcome:
        if stream.style is None or stream.style.window is None:
            attempt.read(stream)
            return READ
        now = attempt.client.venue_now
        again_from = attempt.read_again_from(stream, now)
        reach_back_to = coverage.history_from(attempt.data_source, stream.trailing)
        return of_each_scope(
            _scopes(attempt, stream),
            lambda scope: attempt.read_spans(
                stream, scope, again_from=again_from, reach_back_to=reach_back_to, now=now
            ),
        )

    return work


def _scopes(attempt: Attempt, stream: Stream) -> Sequence[str]:
    match stream.scope_rule:
        case "fixed":
            return stream.scopes
        case "emails":
            emails = scopes.sub_account_emails(attempt.connection, attempt.data_source)
            return ("", *emails)
        case _:
            return ("",)


def read_captures(attempt: Attempt, subject: Subject) -> Outcome | None:
    """Capture one of the account's wallets."""
    return capture(
        attempt,
        subject,
        lambda client: [CAPTURES[subject](client)],
        lambda _: attempt.data_source.account_ref,
    )


def read_snapshots(attempt: Attempt, _subject: Subject) -> Outcome:
    """Read the venue's own daily snapshots again, a month back at most, for they may be corrected.

    None from before the account's chains begin: nothing could lead up to it.
    """
    now = attempt.client.venue_now
    begins = _chains_begin(attempt, midnight(day_of(now)))
    oldest = midnight(day_of(now)) + DAY - positions.SNAPSHOT_WINDOW
    with attempt.keeping_evidence(SNAPSHOTS.name):
        readings = positions.account_snapshots(attempt.client, max(begins - DAY, oldest), now)
    of_chains = [
        ReadingOf(
            reading,
            attempt.data_source.account_ref,
            day_of(reading.taken_at - DAY),
            f"{reading.account_type}:{reading.taken_at.isoformat()}",
        )
        for reading in readings
        if reading.taken_at >= begins
    ]
    attempt.land_readings(SNAPSHOTS.name, of_chains)
    is_there = any(snapshot.closes_day == attempt.run.last_day for snapshot in of_chains)
    return READ if is_there else NOT_PUBLISHED


def _chains_begin(attempt: Attempt, today: datetime) -> datetime:
    """Return the midnight before the first capture, or where the owner's history begins."""
    first = coverage.first_capture(attempt.connection, attempt.data_source, SPOT.name)
    begins = today if first is None else min(today, midnight(day_of(first)))
    history_start = attempt.data_source.history_start
    return begins if history_start is None else min(begins, midnight(history_start) + DAY)


def read_spot_trades(attempt: Attempt, _subject: Subject) -> Outcome:
    """Read every symbol that may have trades, until the trades bring no new asset to light.

    A symbol that is no longer traded is read for as long as the venue answers. When it does not
    know it any more, that is no failure: what was proven of it stays proven.
    """
    symbols = scopes.archived_symbols(attempt.connection, attempt.data_source.environment)
    if not symbols:
        return NO_SYMBOLS
    since = attempt.read_again_from(SPOT_TRADES, attempt.client.venue_now)
    resume = scopes.resume_ids(attempt.connection, attempt.data_source, since)
    done: set[str] = set()
    refused: dict[str, VenueError] = {}
    unknown: list[str] = []
    while new := scopes.candidates(attempt.connection, attempt.data_source, symbols) - done:
        for name in sorted(new):
            try:
                attempt.read(SPOT_TRADES, name, start=since, from_id=resume.get(name))
            except (NotEnabled, Permanent) as error:
                if error.code == UNKNOWN_SYMBOL and not symbols[name].is_trading:
                    unknown.append(name)
                else:
                    refused[name] = error
        done |= new
    if not done:
        return NO_CANDIDATES
    if unknown and not refused:
        return Outcome("read", "symbols_unknown_to_venue", named(unknown))
    return outcome_of_refused(refused, len(done))


def one_of_each_environment(active: list[DataSource]) -> list[DataSource]:
    """Return a data source of each environment: the list of symbols is the same for all."""
    return list({source.environment: source for source in reversed(active)}.values())


def _seen_by(stream: Stream) -> Callable[[list[DataSource]], list[DataSource]]:
    kind = ACCOUNT_KIND.get(stream.name)
    return lambda active: [source for source in active if kind in (None, source.account_kind)]


def stream_asset(
    stream: Stream,
    phase: Phase,
    deps: Sequence[dg.AssetsDefinition],
    *,
    work: Work | None = None,
    choose: Choose | None = None,
) -> dg.AssetsDefinition:
    """Return the asset of a stream: its raw table, filled from all data sources that see it."""
    step = Step(
        VENUE,
        connect,
        phase,
        (Subject(stream.name),),
        work or read_stream(stream),
        choose or _seen_by(stream),
    )
    description = f"Every version of every record of {stream.path}, verbatim."
    return asset_of(step, stream.raw_table, deps, description)


streams_registered = register_asset(VENUE, STREAMS)
raw_symbols = stream_asset(
    SYMBOLS, Phase.BEFORE_CAPTURES, [streams_registered], choose=one_of_each_environment
)
raw_sub_accounts = stream_asset(SUB_ACCOUNTS, Phase.BEFORE_CAPTURES, [streams_registered])
open_withdrawals = asset_of(
    Step(
        VENUE,
        connect,
        Phase.BEFORE_CAPTURES,
        (Subject(WITHDRAWALS.name),),
        read_stream(WITHDRAWALS),
        is_recorded=False,
    ),
    "open_withdrawals",
    [streams_registered],
    "Withdrawals as they stand just before the captures, landed in raw_withdrawals: one that "
    "changes later changed after the captures.",
)
raw_live_captures = asset_of(
    Step(VENUE, connect, Phase.CAPTURES, (SPOT, FUNDING), read_captures),
    "raw_live_captures",
    [raw_symbols, raw_sub_accounts, open_withdrawals],
    "Every whole reading of a spot or funding wallet, taken on the day after the one it closes.",
)
raw_account_snapshots = asset_of(
    Step(VENUE, connect, Phase.AFTER_CAPTURES, (SNAPSHOTS,), read_snapshots),
    "raw_account_snapshots",
    [raw_live_captures],
    "The venue's own snapshot of each spot wallet at the end of each UTC day, in every version.",
)
_READ_ELSEWHERE = (SYMBOLS, SUB_ACCOUNTS, SPOT_TRADES)
raw_streams = [
    stream_asset(stream, Phase.AFTER_CAPTURES, [raw_live_captures])
    for stream in STREAMS
    if stream.is_read and stream not in _READ_ELSEWHERE
]
raw_spot_trades = stream_asset(
    SPOT_TRADES,
    Phase.AFTER_CAPTURES,
    [*raw_streams, raw_account_snapshots],
    work=read_spot_trades,
)

assets = [
    streams_registered,
    raw_symbols,
    raw_sub_accounts,
    open_withdrawals,
    raw_live_captures,
    *raw_streams,
    raw_account_snapshots,
    raw_spot_trades,
]
