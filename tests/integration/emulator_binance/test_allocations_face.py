"""Allocations are told by symbol, oldest first, and are no trades."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from coinfrs_pipelines.emulator.binance.authoring.allocations import ROUTED

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import Venue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PATH, DAY = "/api/v3/myAllocations", 86_400_000


def most(venue: Venue) -> tuple[dict[str, str], str, list[dict[str, Any]]]:
    """Return the account and the symbol with the most allocations, and these."""
    found = [
        (venue.credential(n), symbol, venue.read(PATH, venue.credential(n), symbol=symbol))
        for n in range(3)
        for symbol in ROUTED
    ]
    return max(found, key=lambda each: len(each[2]))


def test_allocations_are_counted_from_zero_and_read_on_from_an_id(venue: Venue) -> None:
    key, symbol, rows = most(venue)
    assert len(rows) > 1
    assert [row["allocationId"] for row in rows] == list(range(len(rows)))
    later = venue.read(PATH, key, symbol=symbol, fromAllocationId=1, limit=1)
    assert later == rows[1:2]
    of_order = venue.read(PATH, key, symbol=symbol, orderId=rows[0]["orderId"])
    assert of_order == [row for row in rows if row["orderId"] == rows[0]["orderId"]]
    assert venue.read(PATH, key, symbol=symbol, endTime=rows[-1]["time"], limit=1) == rows[-1:]


def test_no_allocation_is_a_trade(venue: Venue) -> None:
    key, symbol, rows = most(venue)
    trades = venue.read("/api/v3/myTrades", key, symbol=symbol, fromId=0)
    assert not {row["orderId"] for row in rows} & {row["orderId"] for row in trades}


def test_what_no_page_allows_is_refused(venue: Venue) -> None:
    key, since = venue.credential(0), (datetime(2026, 1, 5, tzinfo=UTC) - EPOCH)
    start = since // timedelta(milliseconds=1)
    refused: list[dict[str, Any]] = [
        {"symbol": "MOONUSDT"},
        {"symbol": "BTCUSDT", "fromAllocationId": 0, "startTime": start},
        {"symbol": "BTCUSDT", "startTime": start, "endTime": start + DAY + 1},
    ]
    codes = [venue.refusal(PATH, key, **asked)[1] for asked in refused]
    assert codes == [-1121, -1128, -1127]
