"""Spot trades, and what else moves the spot wallet in the matching engine."""

from datetime import timedelta

from coinfrs_pipelines.connectors.binance.auth import SPOT_IP, VENUE
from coinfrs_pipelines.connectors.http import Endpoint
from coinfrs_pipelines.connectors.streams import ById, Stream

SPOT_TRADES = Stream(
    name="spot_trades",
    venue=VENUE,
    wallets=("spot",),
    endpoint=Endpoint("/api/v3/myTrades", 20, SPOT_IP),
    # By id, because a window with both ends may span 24 hours only (-1127).
    style=ById(page_size=1000),
    # Ids are unique per symbol only; a self-trade may fill both sides under one id (C39, C45).
    natural_key=("symbol", "id", "isBuyer"),
    time_field="time",
    scope_rule="symbols",
    scope_params=("symbol",),
    trailing=timedelta(days=3),
    asset_fields=("commissionAsset",),
    raw_table="raw_spot_trades",
)

ALLOCATIONS = Stream(
    name="allocations",
    venue=VENUE,
    wallets=("spot",),
    endpoint=Endpoint("/api/v3/myAllocations", 20, SPOT_IP),
    # Fills by smart order routing, which are in no list of trades; oldest first, and a window with
    # both ends may span 24 hours only. Whether `fromAllocationId` is inclusive is not told (?).
    style=ById(page_size=1000, id_field="allocationId", id_param="fromAllocationId"),
    natural_key=("symbol", "allocationId"),
    time_field="time",
    # Of every candidate, for the archived lists do not tell which symbols orders are routed in.
    scope_rule="symbols",
    scope_params=("symbol",),
    trailing=timedelta(days=3),
    asset_fields=("commissionAsset",),
    raw_table="raw_allocations",
)

ALL_ORDERS = Endpoint("/api/v3/allOrders", 20, SPOT_IP)
# A prevented match of mode TRANSFER moves assets between two accounts of a trade group without a
# trade (C54). It is told by order only, and which orders have one is told by the list of all orders
# alone, which is read for that: no order moves anything itself.
SPOT_ORDERS = Stream(
    name="spot_orders",
    venue=VENUE,
    wallets=("spot",),
    endpoint=ALL_ORDERS,
    style=ById(page_size=1000, id_field="orderId", id_param="orderId"),
    natural_key=("symbol", "orderId"),
    time_field="time",
    scope_rule="symbols",
    scope_params=("symbol",),
    product="trade_group",
    trailing=timedelta(days=3),
    # An order on the book may meet one of its group at any later time.
    settled=("status", ("FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH")),
    raw_table="raw_spot_orders",
)

PREVENTED_MATCHES = Stream(
    name="prevented_matches",
    venue=VENUE,
    wallets=("spot",),
    endpoint=Endpoint("/api/v3/myPreventedMatches", 20, SPOT_IP),
    # Whether `fromPreventedMatchId` is inclusive is not told (?).
    style=ById(page_size=1000, id_field="preventedMatchId", id_param="fromPreventedMatchId"),
    natural_key=("symbol", "preventedMatchId"),
    time_field="transactTime",
    # How much of an order was prevented says whether all its matches are known (`scopes.ORDERS`).
    scope_rule="orders",
    scope_params=("symbol", "orderId"),
    product="trade_group",
    raw_table="raw_prevented_matches",
)

STREAMS: tuple[Stream, ...] = (SPOT_TRADES, ALLOCATIONS, SPOT_ORDERS, PREVENTED_MATCHES)
