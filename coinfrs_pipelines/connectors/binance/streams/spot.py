"""Spot trades, and what else moves the spot wallet in the matching engine."""

from datetime import timedelta

from coinfrs_pipelines.connectors.binance.auth import SPOT_IP, VENUE
from coinfrs_pipelines.connectors.http import Endpoint
from coinfrs_pipelines.connectors.streams import ById, Stream, unread

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

STREAMS: tuple[Stream, ...] = (
    SPOT_TRADES,
    ALLOCATIONS,
    # A prevented match of mode TRANSFER moves assets between accounts without a trade (C54). They
    # are told by order only, and the orders that have one by a list of all orders, which is not
    # read yet. Only an account of a trade group can have one.
    unread(VENUE, "prevented_matches", "spot", product="trade_group"),
)
