"""Binance: one asset per stream, in the order that makes the positions provable.

The reference lists and whatever changes between two reads, at an instant that no field tells
(`Stream.changes_unseen`), are read before the captures: no capture may lie between those two reads.
Everything else is read after, family by family and what is soonest forgotten first, and fills of
spot orders last, when all other places in which an asset may show have been read. A new endpoint is
a declaration in `connectors/binance/streams/` and gets its asset here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import dagster as dg

from coinfrs_pipelines.connectors.binance import auth
from coinfrs_pipelines.connectors.binance.auth import VENUE
from coinfrs_pipelines.connectors.binance.streams import (
    STREAMS,
    capital,
    earn,
    futures,
    loans,
    margin,
    outside,
    payments,
    portfolio,
    reference,
    spot,
    staking,
    transfers,
    wallet,
)
from coinfrs_pipelines.connectors.streams import Stream
from coinfrs_pipelines.core.data_sources import DataSource
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.attempts import Attempt, Work, of_each_scope
from coinfrs_pipelines.extract.binance import scopes
from coinfrs_pipelines.extract.binance.control_totals import CONTROL_TOTALS, read_control_total
from coinfrs_pipelines.extract.binance.downloads import BY_NAME as DOWNLOADS
from coinfrs_pipelines.extract.binance.downloads import read_forgotten_income
from coinfrs_pipelines.extract.binance.products import absent, refused_as_absent
from coinfrs_pipelines.extract.binance.sub_accounts import SUB_ACCOUNT_WALLETS, read_sub_accounts
from coinfrs_pipelines.extract.binance.symbols import read_by_symbol
from coinfrs_pipelines.extract.binance.wallets import (
    CAPTURES,
    SNAPSHOTS,
    read_captures,
    read_snapshots,
)
from coinfrs_pipelines.extract.coverage import Outcome, Subject
from coinfrs_pipelines.extract.evidence import Phase
from coinfrs_pipelines.extract.sources import Step
from coinfrs_pipelines.extract.steps import asset_of, assets_of, register_asset

_BY_NAME = {stream.name: stream for stream in STREAMS}


def read_stream(attempt: Attempt, subject: Subject) -> Outcome:
    """Read all scopes of a stream up to venue now."""
    stream = _BY_NAME[subject.name]
    is_absent = absent(attempt, stream.product)
    if is_absent is not None:
        return is_absent
    if stream.scope_rule == "symbols":
        return read_by_symbol(attempt, stream)
    if stream.style is None or stream.style.window is None:

        def read_all(scope: str) -> None:
            with refused_as_absent(stream):
                attempt.read(stream, scope)

        return of_each_scope(scopes.of_stream(attempt, stream), read_all)
    now = attempt.client.venue_now
    again_from = attempt.read_again_from(stream, now)
    reach_back_to = coverage.history_from(attempt.data_source, stream.trailing)

    def read(scope: str) -> None:
        with refused_as_absent(stream):
            attempt.read_spans(
                stream, scope, again_from=again_from, reach_back_to=reach_back_to, now=now
            )

    return of_each_scope(scopes.of_stream(attempt, stream), read)


def of_one_exchange(data_source: DataSource) -> str:
    """Return the exchange that a data source sees: its lists are the same for every account."""
    return data_source.environment


def concerns(data_source: DataSource, subject: Subject) -> bool:
    """Return whether the stream answers this kind of account; the others need not be asked."""
    return _BY_NAME[subject.name].account_kind in {None, data_source.account_kind}


def table_of(stream: Stream) -> dg.AssetKey:
    """Return the asset of the table that holds the records of a stream."""
    return dg.AssetKey([f"staging_{VENUE}", stream.raw_table])


def described(stream: Stream) -> str:
    """Return what an asset says of its stream."""
    return f"Every version of every record of {stream.path}, verbatim."


def family(
    name: str, streams: Sequence[Stream], deps: Iterable[dg.AssetKey]
) -> list[dg.AssetsDefinition]:
    """Return the step that reads the streams of a family, an asset for each; none without any."""
    read = {Subject(stream.name): stream for stream in streams if stream.is_read}
    if not read:
        return []
    step = Step(
        VENUE, auth.connect, Phase.AFTER_CAPTURES, tuple(read), read_stream, concerns=concerns
    )
    tables = {subject: (stream.raw_table, described(stream)) for subject, stream in read.items()}
    return [assets_of(step, name, tables, deps)]


def before_captures(stream: Stream, work: Work = read_stream) -> dg.AssetsDefinition:
    """Return the asset of a list that moves nothing and decides what is read."""
    step = Step(
        VENUE,
        auth.connect,
        Phase.BEFORE_CAPTURES,
        (Subject(stream.name),),
        work,
        concerns=concerns,
    )
    if stream in {reference.SYMBOLS, reference.DELISTINGS, reference.COINS}:
        step = replace(step, alike=of_one_exchange)
    return asset_of(step, stream.raw_table, [streams_registered], described(stream))


def open_records(streams: Sequence[Stream]) -> dg.AssetsDefinition:
    """Return the step that reads before the captures what is read again after them."""
    read = {Subject(stream.name): stream for stream in streams if stream.changes_unseen}
    step = Step(
        VENUE,
        auth.connect,
        Phase.BEFORE_CAPTURES,
        tuple(read),
        read_stream,
        is_recorded=False,
        concerns=concerns,
    )
    tables = {
        subject: (
            f"open_{stream.name}",
            f"`{stream.raw_table}` as it stands just before the captures: {stream.changes_unseen}.",
        )
        for subject, stream in read.items()
    }
    return assets_of(step, "open_records", tables, streams_registered.keys)


def read_positions(attempt: Attempt, subject: Subject) -> Outcome | None:
    """Capture one of the account's wallets, or what its key shows of sub-accounts without one."""
    if subject == SUB_ACCOUNT_WALLETS:
        return read_sub_accounts(attempt, subject)
    return read_captures(attempt, subject)


def has_wallets(data_source: DataSource, subject: Subject) -> bool:
    """Return whether there is such a subject for this kind of account."""
    return subject != SUB_ACCOUNT_WALLETS or data_source.account_kind == "master"


streams_registered = register_asset(VENUE, STREAMS)
raw_symbols = before_captures(reference.SYMBOLS)
raw_delistings = before_captures(reference.DELISTINGS)
raw_coins = before_captures(reference.COINS)
open_before_captures = open_records(STREAMS)
raw_live_captures = asset_of(
    Step(
        VENUE,
        auth.connect,
        Phase.CAPTURES,
        (*CAPTURES, SUB_ACCOUNT_WALLETS),
        read_positions,
        concerns=has_wallets,
    ),
    "raw_live_captures",
    [raw_symbols, raw_delistings, raw_coins, open_before_captures],
    "Every reading of a wallet, taken on the day after the one it closes.",
)
raw_control_totals = asset_of(
    Step(VENUE, auth.connect, Phase.CAPTURES, (CONTROL_TOTALS,), read_control_total),
    "raw_control_totals",
    [raw_live_captures],
    "The venue's overview of all wallets, read once beside the captures of each closing.",
)
raw_account_snapshots = asset_of(
    Step(VENUE, auth.connect, Phase.AFTER_CAPTURES, (SNAPSHOTS,), read_snapshots),
    "raw_account_snapshots",
    [raw_live_captures, raw_control_totals],
    "The venue's own snapshot of each wallet at the end of each UTC day, in every version.",
)
raw_streams = [
    asset
    for name, streams in {
        "margin": margin.STREAMS,
        "futures": futures.STREAMS,
        "portfolio": portfolio.STREAMS,
        "wallet": wallet.STREAMS,
        "payments": payments.STREAMS,
        "earn": earn.STREAMS,
        "staking": staking.STREAMS,
        "loans": loans.STREAMS,
        "transfers": transfers.STREAMS,
        "outside": outside.STREAMS,
        "capital": capital.STREAMS,
        "account": (reference.ACCOUNT_INFO, reference.SUB_ACCOUNTS),
    }.items()
    for asset in family(name, streams, [raw_live_captures.key, raw_control_totals.key])
]
raw_income_files = assets_of(
    Step(
        VENUE,
        auth.connect,
        Phase.AFTER_CAPTURES,
        tuple(Subject(name) for name in DOWNLOADS),
        read_forgotten_income,
    ),
    "income_files",
    {
        Subject(name): (
            download.kind.stream.raw_table,
            f"Every version of every row of a file of {download.kind.name}, imported or asked for.",
        )
        for name, download in DOWNLOADS.items()
    },
    [
        table_of(download.kind.replaces)
        for download in DOWNLOADS.values()
        if download.kind.replaces is not None
    ],
)
# What may bring an asset to light beside positions; its symbols are then candidates
# (`scopes.assets`).
_naming_assets = [
    table_of(stream)
    for stream in STREAMS
    if stream.asset_fields and "spot" in stream.wallets and stream not in spot.STREAMS
]
raw_fills = family(
    "fills",
    spot.STREAMS,
    [raw_symbols.key, raw_live_captures.key, raw_account_snapshots.key, *_naming_assets],
)

assets = [
    streams_registered,
    raw_symbols,
    raw_delistings,
    raw_coins,
    open_before_captures,
    raw_live_captures,
    raw_control_totals,
    *raw_streams,
    raw_income_files,
    raw_account_snapshots,
    *raw_fills,
]
