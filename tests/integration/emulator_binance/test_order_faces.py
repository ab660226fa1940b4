"""Orders are told by symbol and id, and a match that was prevented by the order that was in it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from coinfrs_pipelines.emulator.binance.authoring.prevented import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.emulator_binance.conftest import Venue

ORDERS, MATCHES, TRADES = "/api/v3/allOrders", "/api/v3/myPreventedMatches", "/api/v3/myTrades"


@pytest.fixture
def grouped(open_venue: Callable[..., Venue]) -> Venue:
    """Return a venue whose master and first sub-account are of one group."""
    return open_venue(options={"trade_group": True})


def prevented(venue: Venue, position: int) -> list[dict[str, Any]]:
    """Return the orders of an account of which something was prevented."""
    return [
        order
        for symbol in NAMES
        for order in venue.read(ORDERS, venue.credential(position), symbol=symbol, orderId=1)
        if "preventedMatchId" in order
    ]


def test_two_accounts_of_a_group_meet_and_each_is_told_its_own_order(grouped: Venue) -> None:
    master, sub = prevented(grouped, 0), prevented(grouped, 1)
    assert master
    assert sub
    assert prevented(grouped, 2) == []
    for order in master:
        matches = grouped.read(
            MATCHES, grouped.credential(0), symbol=order["symbol"], orderId=order["orderId"]
        )
        told = sum(Decimal(match["makerPreventedQuantity"]) for match in matches)
        assert told == Decimal(order["preventedQuantity"])
        assert {match["selfTradePreventionMode"] for match in matches} == {"TRANSFER"}
    groups = [
        grouped.read("/api/v3/account", grouped.credential(position))["tradeGroupId"]
        for position in range(3)
    ]
    assert groups[0] == groups[1] != groups[2] == -1


def test_some_order_is_met_more_than_once(grouped: Venue) -> None:
    orders = [order for position in range(2) for order in prevented(grouped, position)]
    counts = [
        len(
            grouped.read(
                MATCHES, grouped.credential(n), symbol=order["symbol"], orderId=order["orderId"]
            )
        )
        for n in range(2)
        for order in prevented(grouped, n)
    ]
    assert len(counts) == len(orders)
    assert max(counts) > 1


def test_orders_ascend_and_hold_what_was_traded(grouped: Venue) -> None:
    key = grouped.credential(0)
    orders = grouped.read(ORDERS, key, symbol="BTCUSDT", orderId=1)
    ids = [order["orderId"] for order in orders]
    assert ids == sorted(set(ids))
    trades = grouped.read(TRADES, key, symbol="BTCUSDT", fromId=1)
    traded: dict[int, Decimal] = {}
    for trade in trades:
        traded[trade["orderId"]] = traded.get(trade["orderId"], Decimal(0)) + Decimal(trade["qty"])
    told = {order["orderId"]: Decimal(order["executedQty"]) for order in orders}
    assert {order_id: told[order_id] for order_id in traded} == traded
    assert grouped.read(ORDERS, key, symbol="BTCUSDT", orderId=ids[2], limit=2) == orders[2:4]
    assert grouped.read(ORDERS, key, symbol="BTCUSDT", limit=2) == orders[-2:]


def test_what_no_page_allows_is_refused(grouped: Venue) -> None:
    key = grouped.credential(0)
    start = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp() * 1000)
    assert grouped.refusal(ORDERS, key, symbol="MOONUSDT")[1] == -1121
    too_long = {"symbol": "BTCUSDT", "startTime": start, "endTime": start + 86_400_001}
    assert grouped.refusal(ORDERS, key, **too_long)[1] == -1127
    assert grouped.refusal(MATCHES, key, symbol="BTCUSDT")[1] == -1128
