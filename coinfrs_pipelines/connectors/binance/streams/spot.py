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

STREAMS: tuple[Stream, ...] = (
    SPOT_TRADES,
    unread(VENUE, "allocations", "spot"),
    # A prevented match of mode TRANSFER moves assets between accounts without a trade (C54).
    unread(VENUE, "prevented_matches", "spot"),
)
