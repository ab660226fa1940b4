"""Declarations, documents, raw tables and emulator agree about what is read."""

import ast
import re
from collections import defaultdict
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from coinfrs_pipelines.connectors.binance import streams as binance
from coinfrs_pipelines.connectors.binance.files import KINDS, Kind
from coinfrs_pipelines.connectors.binance.streams import capital, futures, margin, transfers
from coinfrs_pipelines.connectors.errors import BINANCE_WINDOW_TOO_WIDE
from coinfrs_pipelines.connectors.fireblocks import streams as fireblocks
from coinfrs_pipelines.connectors.http import Endpoint
from coinfrs_pipelines.connectors.streams import ById, ByOffset, Stream, Whole
from coinfrs_pipelines.emulator.binance.options import BinanceOptions
from coinfrs_pipelines.emulator.fireblocks.options import FireblocksOptions

ROOT = Path(__file__).parents[3]
CONNECTORS = ROOT / "coinfrs_pipelines" / "connectors"
STREAMS = [*binance.STREAMS, *fireblocks.STREAMS]
READ = [stream for stream in STREAMS if stream.is_read]
STREAM_COLUMNS = ("stream", "endpoint", "weight", "walk", "natural key", "time", "trailing")
every_read_stream = pytest.mark.parametrize("stream", READ, ids=lambda stream: stream.name)


def _mappings(venue: str) -> str:
    return (CONNECTORS / venue / "MAPPINGS.md").read_text()


def _raw_streams() -> dict[str, list[str]]:
    """Return the raw tables of each venue's schema, as the migrations make them."""
    made: defaultdict[str, list[str]] = defaultdict(list)
    for migration in sorted((ROOT / "migrations" / "versions").glob("*.py")):
        for node in ast.parse(migration.read_text()).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "RAW_STREAMS":
                for schema, streams in ast.literal_eval(node.value).items():
                    made[schema] += streams
    return made


def test_names_are_unique_within_a_venue() -> None:
    names = [(stream.venue, stream.name) for stream in STREAMS]
    assert len(set(names)) == len(names)


@every_read_stream
def test_every_stream_stands_in_its_mappings_with_its_endpoint(stream: Stream) -> None:
    document = _mappings(stream.venue)
    assert f"`{stream.name}`" in document
    assert stream.path in document
    for keys in (stream.natural_key, stream.named_by):
        assert ":".join(keys) in document or all(f"`{key}`" in document for key in keys)


@pytest.mark.parametrize(
    "stream", [stream for stream in READ if stream.venue == "binance"], ids=lambda each: each.name
)
def test_the_mappings_tell_the_trailing_window_and_the_retention(stream: Stream) -> None:
    """A row of several streams tells two windows in turn, or one of them all."""
    [row] = [
        cells
        for cells in (line.split(" | ") for line in _mappings("binance").splitlines())
        if f"`{stream.name}`" in cells[0] and len(cells) == len(STREAM_COLUMNS)
    ]
    listed = re.findall(r"`(\w+)`", row[0])
    windows = row[-1].removesuffix(" |").split(", ")
    told = windows[0] if listed.index(stream.name) % 2 == 0 else windows[-1]
    assert told == (f"{stream.trailing.days} d" if stream.trailing else "–")
    kept = re.search(r"the last (\d+) d", row[3])
    if kept and stream.retention:
        assert int(kept[1]) == stream.retention.days


@every_read_stream
def test_every_record_has_what_names_it(stream: Stream) -> None:
    """Without an id it is what moved and when: never the text, which may change any day."""
    is_whole = isinstance(stream.style, Whole)
    assert is_whole + bool(stream.natural_key) + bool(stream.named_by) == 1
    if stream.named_by:
        assert stream.time_field in stream.named_by


def test_no_stream_that_can_move_a_wallet_is_left_unread() -> None:
    assert [stream.name for stream in STREAMS if not stream.is_read] == []


@every_read_stream
def test_every_stream_has_its_raw_table(stream: Stream) -> None:
    assert stream.raw_table == f"raw_{stream.name}"
    assert stream.name in _raw_streams()[f"staging_{stream.venue}"]


def test_every_raw_table_has_its_stream() -> None:
    for schema, tables in _raw_streams().items():
        landing = [*READ, *(kind.stream for kind in KINDS.values())]
        declared = {s.name for s in landing if f"staging_{s.venue}" == schema}
        assert set(tables) == declared


@pytest.mark.parametrize(
    ("venue", "options"), [("binance", BinanceOptions), ("fireblocks", FireblocksOptions)]
)
def test_every_option_of_the_emulator_is_an_assumption_that_is_written_down(
    venue: str, options: type
) -> None:
    """Options that only say how much happens, and to whom, assume nothing."""
    quantity = {"roles", "events_per_day", "new_wallet_assets", "busier"}
    quantity |= {"drawn_as_of", "sub_accounts"}
    written = set(re.findall(r"`(\w+)`", _mappings(venue)))
    assert {field.name for field in fields(options)} - quantity <= written


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_of_file_stands_in_the_mappings_with_its_headers(kind: Kind) -> None:
    document = _mappings(kind.stream.venue)
    assert f"`{kind.name}`" in document
    assert ",".join(kind.headers[0].names) in document
    assert all(f"`{column}`" in document for column in kind.columns)
    assert kind.stream.raw_table == f"raw_{kind.stream.name}"


@every_read_stream
def test_a_scope_rule_has_what_it_needs(stream: Stream) -> None:
    if stream.scope_rule != "margin_pairs":
        assert bool(stream.scopes) is (stream.scope_rule == "fixed")
    assert bool(stream.scope_params) is (stream.scope_rule != "none")


@every_read_stream
def test_a_record_whose_scope_says_what_it_is_has_it_in_its_name(stream: Stream) -> None:
    """Listed under two of them it is two records, and neither a version of the other."""
    view = (
        ROOT
        / "dbt_project/models/staging"
        / stream.venue
        / f"stg_{stream.venue}__{stream.name}.sql"
    )
    taken_from_scope = view.exists() and re.search(
        r"^ +(scope|split_part\(scope, '/', 1\)) as ", view.read_text(), re.MULTILINE
    )
    assert stream.scope_in_key is bool(stream.scopes and taken_from_scope)


def test_windows_are_never_as_wide_as_the_venue_allows() -> None:
    """Capital refuses 90 days exactly, universal transfers and income 7."""
    for stream, below in (
        (capital.DEPOSITS, timedelta(days=90)),
        (capital.WITHDRAWALS, timedelta(days=90)),
        (transfers.UNIVERSAL_TRANSFERS, timedelta(days=7)),
        (futures.UM_INCOME, timedelta(days=7)),
        (futures.CM_INCOME, timedelta(days=365)),
    ):
        assert stream.style is not None
        assert stream.style.window is not None
        assert stream.style.window.widest is not None
        assert stream.style.window.widest < below
        assert stream.too_wide_codes == BINANCE_WINDOW_TOO_WIDE


def test_less_is_claimed_than_the_ninety_days_that_are_told() -> None:
    """The edge of what is served moves on while a request waits: an answer would lack its rows."""
    for stream in (
        margin.MARGIN_CAPITAL_FLOWS,
        margin.MARGIN_INTERESTS,
        margin.MARGIN_LIQUIDATION_REPAYS,
        futures.UM_INCOME,
    ):
        assert stream.retention is not None
        assert stream.retention <= timedelta(days=89)


@every_read_stream
def test_what_a_day_reads_again_fits_into_one_request(stream: Stream) -> None:
    """A day's reading begins on the day before it, and may end late on the day after it."""
    window = stream.style.window if stream.style else None
    # A limit order is open for 30 days, and no more than 30 may be asked for.
    if window is None or window.widest is None or stream.name == "conversions":
        return
    assert stream.trailing + timedelta(days=2) <= window.widest


@every_read_stream
def test_pages_by_offset_and_id_have_room_for_their_overlap(stream: Stream) -> None:
    if isinstance(stream.style, ById | ByOffset):
        assert stream.style.page_size > 1


def test_no_request_costs_more_than_its_bucket_holds() -> None:
    endpoints = [stream.endpoint for stream in READ if stream.endpoint]
    endpoints += [each for each in vars(binance).values() if isinstance(each, Endpoint)]
    for endpoint in endpoints:
        assert 0 < endpoint.weight <= endpoint.bucket.limit


def test_alternatives_cover_the_same_wallets() -> None:
    groups: dict[str, set[tuple[str, ...]]] = {}
    for stream in STREAMS:
        if stream.alternative_group:
            groups.setdefault(stream.alternative_group, set()).add(stream.wallets)
    assert groups == {"sub_account_transfers": {("spot",)}}
