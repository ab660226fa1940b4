"""Simple earn, flexible and locked."""

from dataclasses import replace
from datetime import timedelta

from coinfrs_pipelines.connectors.binance.auth import VENUE, sapi
from coinfrs_pipelines.connectors.binance.streams.styles import numbered
from coinfrs_pipelines.connectors.errors import BINANCE_WINDOW_TOO_WIDE
from coinfrs_pipelines.connectors.streams import ByTime, Stream, Window

# 30 days are the most since 2026, it was three months (C15); never ask for all of them.
_WINDOW = Window(widest=timedelta(days=29))
_PAGES = numbered(_WINDOW)
# Records without ids are read by time: an answer must show equal ones together.
_BY_TIME = ByTime(page_size=100, window=_WINDOW, size_param="size", total_at=("total",))
# Statuses change for days and rewards may be written late (?); one window of each a day.
_TRAILING = timedelta(days=27)

FLEXIBLE_SUBSCRIPTIONS = Stream(
    name="flexible_earn_subscriptions",
    venue=VENUE,
    wallets=("spot", "funding", "earn_flexible"),
    endpoint=sapi("/sapi/v1/simple-earn/flexible/history/subscriptionRecord", 150),
    style=_PAGES,
    rows_at=("rows",),
    natural_key=("purchaseId",),
    time_field="time",
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    asset_fields=("asset",),
    raw_table="raw_flexible_earn_subscriptions",
)

FLEXIBLE_REDEMPTIONS = Stream(
    name="flexible_earn_redemptions",
    venue=VENUE,
    wallets=("spot", "funding", "earn_flexible"),
    endpoint=sapi("/sapi/v1/simple-earn/flexible/history/redemptionRecord", 150),
    style=_PAGES,
    rows_at=("rows",),
    natural_key=("redeemId",),
    time_field="time",
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    asset_fields=("asset",),
    changes_unseen="no record says when it was paid",
    raw_table="raw_flexible_earn_redemptions",
)

FLEXIBLE_REWARDS = Stream(
    name="flexible_earn_rewards",
    venue=VENUE,
    # Real-time rewards alone: a bonus is paid into spot, which the dividends tell (C30).
    wallets=("earn_flexible",),
    endpoint=sapi("/sapi/v1/simple-earn/flexible/history/rewardsRecord", 150),
    style=replace(_BY_TIME, split=("type", ("BONUS", "REALTIME", "REWARDS"))),
    rows_at=("rows",),
    named_by=("time", "asset", "projectId", "type", "rewards"),
    time_field="time",
    # All types in one answer, so that a type that is new is seen.
    fixed_params=(("type", "ALL"),),
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    raw_table="raw_flexible_earn_rewards",
)

FLEXIBLE_COLLATERALS = Stream(
    name="flexible_earn_collaterals",
    venue=VENUE,
    # What is pledged is still owned, in the same cell: no verdict depends on it.
    endpoint=sapi("/sapi/v1/simple-earn/flexible/history/collateralRecord", 1),
    style=_BY_TIME,
    rows_at=("rows",),
    named_by=("createTime", "orderId", "productId", "asset", "type", "amount"),
    time_field="createTime",
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    raw_table="raw_flexible_earn_collaterals",
)

LOCKED_SUBSCRIPTIONS = Stream(
    name="locked_earn_subscriptions",
    venue=VENUE,
    wallets=("spot", "funding", "earn_locked"),
    endpoint=sapi("/sapi/v1/simple-earn/locked/history/subscriptionRecord", 150),
    style=_PAGES,
    rows_at=("rows",),
    natural_key=("purchaseId",),
    time_field="time",
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    asset_fields=("asset",),
    raw_table="raw_locked_earn_subscriptions",
)

LOCKED_REDEMPTIONS = Stream(
    name="locked_earn_redemptions",
    venue=VENUE,
    wallets=("spot", "earn_locked"),
    endpoint=sapi("/sapi/v1/simple-earn/locked/history/redemptionRecord", 150),
    style=_PAGES,
    rows_at=("rows",),
    natural_key=("redeemId",),
    time_field="time",
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    asset_fields=("asset",),
    raw_table="raw_locked_earn_redemptions",
)

LOCKED_REWARDS = Stream(
    name="locked_earn_rewards",
    venue=VENUE,
    # Paid into spot, which the dividends tell: these records say what for, and move nothing.
    endpoint=sapi("/sapi/v1/simple-earn/locked/history/rewardsRecord", 150),
    style=_BY_TIME,
    rows_at=("rows",),
    named_by=("time", "positionId", "asset", "type", "amount"),
    time_field="time",
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    raw_table="raw_locked_earn_rewards",
)

STREAMS: tuple[Stream, ...] = (
    FLEXIBLE_SUBSCRIPTIONS,
    FLEXIBLE_REDEMPTIONS,
    FLEXIBLE_REWARDS,
    FLEXIBLE_COLLATERALS,
    LOCKED_SUBSCRIPTIONS,
    LOCKED_REDEMPTIONS,
    LOCKED_REWARDS,
)
