"""Simple earn: what goes in and out, and what it brings."""

from coinfrs_pipelines.connectors.binance.streams.earn import (
    FLEXIBLE_COLLATERALS,
    FLEXIBLE_REWARDS,
    FLEXIBLE_SUBSCRIPTIONS,
    LOCKED_REDEMPTIONS,
    LOCKED_SUBSCRIPTIONS,
)
from tests.integration.dbt_project.official import Sample

DONE = "completed"
SAMPLES = (
    Sample(
        FLEXIBLE_SUBSCRIPTIONS,
        "GET_sapi_v1_simple-earn_flexible_history_subscriptionRecord.json",
        (
            ("spot", "USDT", "balance", "-30", "stake", DONE),
            ("funding", "USDT", "balance", "-70", "stake", DONE),
            ("earn_flexible", "USDT", "balance", "100", "stake", DONE),
        ),
    ),
    # A bonus is a dividend, whose own record is booked.
    Sample(
        FLEXIBLE_REWARDS, "GET_sapi_v1_simple-earn_flexible_history_rewardsRecord.json", legs=()
    ),
    # What is pledged is still owned.
    Sample(
        FLEXIBLE_COLLATERALS,
        "GET_sapi_v1_simple-earn_flexible_history_collateralRecord.json",
        legs=(),
    ),
    # Its parts, 30 and 70, do not add up to its amount: what was taken of which wallet is unknown.
    Sample(
        LOCKED_SUBSCRIPTIONS,
        "GET_sapi_v1_simple-earn_locked_history_subscriptionRecord.json",
        (("earn_locked", "BNB", "balance", "21312.23223", "stake", DONE),),
    ),
    Sample(
        LOCKED_REDEMPTIONS,
        "GET_sapi_v1_simple-earn_locked_history_redemptionRecord.json",
        (
            ("earn_locked", "BNB", "balance", "-21312.23223", "stake", DONE),
            ("earn_locked", "BNB", "balance", "-0.00001232", "fee", DONE),
            ("spot", "BNB", "balance", "21312.23223", "stake", DONE),
        ),
    ),
)
