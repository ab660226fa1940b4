"""What is published of cross and isolated margin is cut, named, dated and asked for as declared."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.binance.positions import capture
from coinfrs_pipelines.connectors.binance.streams import margin
from coinfrs_pipelines.connectors.binance.wallets import CROSS_MARGIN, ISOLATED_MARGIN
from coinfrs_pipelines.connectors.streams import Stream
from coinfrs_pipelines.connectors.walks import walk

SAMPLES = Path(__file__).parents[2] / "samples" / "binance"
END = datetime(2026, 1, 6, tzinfo=UTC)


def sample(name: str) -> bytes:
    return (SAMPLES / f"GET_sapi_v1_margin_{name}.json").read_bytes()


@pytest.mark.parametrize(
    ("stream", "name", "expected"),
    [
        (
            margin.MARGIN_BORROW_REPAYS,
            "borrow-repay",
            ("BORROW:2970933056:BNB", "2019-07-18T08:23:24"),
        ),
        (
            margin.MARGIN_LIQUIDATION_REPAYS,
            "liquidation-loan_repay-history",
            ("12345678", "2024-04-30T16:00:00"),
        ),
        (
            margin.MARGIN_SMALL_LIABILITY_EXCHANGES,
            "exchange-small-liability-history",
            ("", "2023-01-04T03:02:19.253000"),
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Stream) else "",
)
def test_records_of_a_sample_are_named_and_dated(
    stream: Stream, name: str, expected: tuple[str, str]
) -> None:
    [row] = payloads.elements(sample(name), stream.rows_at)
    fields = payloads.read(row)
    dated = datetime.fromisoformat(expected[1]).replace(tzinfo=UTC)
    assert (stream.id_of(fields, "BORROW/BTCUSDT"), stream.time_of(fields)) == (expected[0], dated)


def test_the_official_cross_margin_account_is_one_reading(binance: Any) -> None:
    made = binance(lambda _: (200, sample("account")))
    [reading] = capture(made.client, CROSS_MARGIN)
    assert (reading.wallet, reading.is_whole) == ("cross_margin", True)
    [row] = json.loads(reading.balances)["margin_account"]["userAssets"]
    assert (row["asset"], row["free"], row["borrowed"]) == ("BTC", "0.00499500", "0.00000000")


def test_each_pair_of_the_official_isolated_account_is_a_wallet(binance: Any) -> None:
    made = binance(lambda _: (200, sample("isolated_account")))
    [reading] = capture(made.client, ISOLATED_MARGIN)
    assert (reading.wallet, reading.is_whole) == ("isolated_margin:BTCUSDT", True)
    rows = json.loads(reading.balances)["isolated_account"]
    assert [row["asset"] for row in rows] == ["BTC", "USDT"]


def test_an_account_without_pairs_has_no_reading(binance: Any) -> None:
    made = binance(lambda _: (200, {"assets": []}))
    assert capture(made.client, ISOLATED_MARGIN) == []


@pytest.mark.parametrize(
    ("stream", "scope", "sent"),
    [
        (margin.MARGIN_CAPITAL_FLOWS, "", {}),
        (margin.MARGIN_CAPITAL_FLOWS, "ETHUSDT", {"symbol": "ETHUSDT"}),
        (margin.MARGIN_BORROW_REPAYS, "REPAY", {"type": "REPAY"}),
        (
            margin.MARGIN_BORROW_REPAYS,
            "BORROW/ETHUSDT",
            {"type": "BORROW", "isolatedSymbol": "ETHUSDT"},
        ),
        (margin.MARGIN_SMALL_LIABILITY_EXCHANGES, "", {"current": "1"}),
    ],
    ids=lambda value: value.name if isinstance(value, Stream) else "",
)
def test_a_window_is_never_as_wide_as_the_venue_allows(
    binance: Any, stream: Stream, scope: str, sent: dict[str, str]
) -> None:
    empty: Any = {"rows": [], "total": 0} if stream.rows_at else []
    made = binance(lambda _: (200, empty))
    walk(made.client, stream, scope=scope, start=END - timedelta(days=20), end=END)
    asked = [each.query for each in made.venue.asked if each.path == stream.path]
    spans = [int(query["endTime"]) - int(query["startTime"]) for query in asked]
    if stream.scope_rule == "margin_pairs":
        assert len(asked) > 1
        assert max(spans) < timedelta(days=7) / timedelta(milliseconds=1)
    names = {"symbol", "type", "isolatedSymbol", "current"}
    pages = {"current": "1"} if stream is margin.MARGIN_BORROW_REPAYS else {}
    told = [{name: query[name] for name in names & query.keys()} for query in asked]
    assert told == [sent | pages] * len(asked)
