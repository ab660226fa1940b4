"""Earn products, staking, dual investment and loans."""

from coinfrs_pipelines.connectors.binance.auth import VENUE
from coinfrs_pipelines.connectors.streams import Stream, unread

STREAMS: tuple[Stream, ...] = (
    unread(VENUE, "flexible_earn_subscriptions", "spot", "funding"),
    unread(VENUE, "flexible_earn_redemptions", "spot", "funding"),
    unread(VENUE, "flexible_earn_rewards", "spot"),
    unread(VENUE, "locked_earn_subscriptions", "spot", "funding"),
    unread(VENUE, "locked_earn_redemptions", "spot", "funding"),
    unread(VENUE, "locked_earn_rewards", "spot"),
    unread(VENUE, "eth_staking", "spot"),
    unread(VENUE, "sol_staking", "spot"),
    unread(VENUE, "onchain_yields", "spot"),
    unread(VENUE, "soft_staking_rewards", "spot"),
    unread(VENUE, "bfusd_rwusd", "spot", "funding"),
    unread(VENUE, "dual_investments", "spot", "funding"),
    unread(VENUE, "flexible_loans", "spot"),
    unread(VENUE, "vip_loans", "spot"),
)
