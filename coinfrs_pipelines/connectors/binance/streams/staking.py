"""Staking, yields and dual investments: what is given for something that earns, and what it pays.

WBETH, BNSOL, BFUSD and RWUSD are ordinary assets of the spot wallet. What WBETH and BNSOL earn is
in their price: no balance changes, and those histories are not read.
"""

from dataclasses import replace
from datetime import timedelta

from coinfrs_pipelines.connectors.binance.auth import VENUE, sapi
from coinfrs_pipelines.connectors.binance.streams.styles import numbered
from coinfrs_pipelines.connectors.errors import BINANCE_WINDOW_TOO_WIDE
from coinfrs_pipelines.connectors.streams import SECOND, ByNumber, ByTime, Stream, Window

# No more than three months, and February to April are 89 days.
_THREE_MONTHS = Window(widest=timedelta(days=88))
# No more than six months; February to July are 181 days.
_SIX_MONTHS = Window(widest=timedelta(days=180))
# A redemption is paid when the chain has released it, weeks later in a long queue (?).
_UNTIL_RELEASED = timedelta(days=86)
_LATE = timedelta(days=30)


def _history(
    name: str,
    path: str,
    natural_key: tuple[str, ...],
    asset_fields: tuple[str, ...],
    *,
    wallets: tuple[str, ...] = ("spot",),
    weight: int = 150,
    window: Window = _THREE_MONTHS,
    trailing: timedelta = _LATE,
) -> Stream:
    """Return a history whose records change their status, most of them without ids.

    They are named by what does not change of them. Two that are equal in all of it are fewer than
    the total counts: then nothing is proven (?).
    """
    return Stream(
        name=name,
        venue=VENUE,
        wallets=wallets,
        endpoint=sapi(path, weight),
        style=numbered(window),
        rows_at=("rows",),
        natural_key=natural_key,
        # Milliseconds or seconds, and the samples carry whole seconds only (?).
        time_field="time",
        time_resolution=SECOND,
        trailing=trailing,
        too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
        asset_fields=asset_fields,
        raw_table=f"raw_{name}",
    )


def _rewards(
    name: str,
    path: str,
    asset_fields: tuple[str, ...],
    named_by: tuple[str, ...],
    *,
    weight: int,
    window: Window,
) -> Stream:
    """Return a history of payments without ids: named by what was paid, and when."""
    return Stream(
        name=name,
        venue=VENUE,
        wallets=("spot",),
        endpoint=sapi(path, weight),
        # The first page only: equal records are told apart by their number in one answer.
        style=ByTime(page_size=100, window=window, size_param="size", total_at=("total",)),
        rows_at=("rows",),
        named_by=named_by,
        time_field="time",
        time_resolution=SECOND,
        fixed_params=(("current", "1"),),
        trailing=_LATE,
        too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
        asset_fields=asset_fields,
        raw_table=f"raw_{name}",
    )


_STAKED, _DISTRIBUTED = ("time", "asset", "amount"), ("asset", "distributeAsset")
_RECEIVED = ("asset", "receiveAsset")
_WRAPPED = ("time", "fromAsset", "fromAmount")

ETH_STAKINGS = _history(
    "eth_stakings", "/sapi/v1/eth-staking/eth/history/stakingHistory", _STAKED, _DISTRIBUTED
)
ETH_REDEMPTIONS = _history(
    "eth_redemptions",
    "/sapi/v1/eth-staking/eth/history/redemptionHistory",
    _STAKED,
    _DISTRIBUTED,
    trailing=_UNTIL_RELEASED,
)
WBETH_WRAPS = _history(
    "wbeth_wraps",
    "/sapi/v1/eth-staking/wbeth/history/wrapHistory",
    _WRAPPED,
    ("fromAsset", "toAsset"),
)
WBETH_UNWRAPS = _history(
    "wbeth_unwraps",
    "/sapi/v1/eth-staking/wbeth/history/unwrapHistory",
    _WRAPPED,
    ("fromAsset", "toAsset"),
)
SOL_STAKINGS = _history(
    "sol_stakings", "/sapi/v1/sol-staking/sol/history/stakingHistory", _STAKED, _DISTRIBUTED
)
SOL_REDEMPTIONS = _history(
    "sol_redemptions",
    "/sapi/v1/sol-staking/sol/history/redemptionHistory",
    _STAKED,
    _DISTRIBUTED,
    trailing=_UNTIL_RELEASED,
)
# DISTRIBUTE tells what may be claimed, and moves nothing yet (?).
SOL_BOOST_REWARDS = replace(
    _history(
        "sol_boost_rewards",
        "/sapi/v1/sol-staking/sol/history/boostRewardsHistory",
        ("time", "token", "amount"),
        ("token",),
    ),
    fixed_params=(("type", "CLAIM"),),
)

BFUSD_SUBSCRIPTIONS = _history(
    "bfusd_subscriptions",
    "/sapi/v1/bfusd/history/subscriptionHistory",
    _STAKED,
    _RECEIVED,
    window=_SIX_MONTHS,
)
BFUSD_REDEMPTIONS = _history(
    "bfusd_redemptions",
    "/sapi/v1/bfusd/history/redemptionHistory",
    _STAKED,
    _RECEIVED,
    window=_SIX_MONTHS,
    trailing=_UNTIL_RELEASED,
)
BFUSD_REWARDS = _rewards(
    "bfusd_rewards",
    "/sapi/v1/bfusd/history/rewardsHistory",
    ("rewardAsset",),
    ("time", "rewardAsset", "rewardsAmount"),
    weight=150,
    window=_SIX_MONTHS,
)
RWUSD_SUBSCRIPTIONS = _history(
    "rwusd_subscriptions",
    "/sapi/v1/rwusd/history/subscriptionHistory",
    _STAKED,
    _RECEIVED,
    window=_SIX_MONTHS,
)
RWUSD_REDEMPTIONS = _history(
    "rwusd_redemptions",
    "/sapi/v1/rwusd/history/redemptionHistory",
    _STAKED,
    _RECEIVED,
    window=_SIX_MONTHS,
    trailing=_UNTIL_RELEASED,
)
# They name no asset: it is RWUSD, which a subscription brought (?).
RWUSD_REWARDS = _rewards(
    "rwusd_rewards",
    "/sapi/v1/rwusd/history/rewardsHistory",
    (),
    ("time", "rewardsAmount"),
    weight=150,
    window=_SIX_MONTHS,
)
SOFT_STAKING_REWARDS = _rewards(
    "soft_staking_rewards",
    "/sapi/v1/soft-staking/history/rewardsRecord",
    ("rewardAsset",),
    ("time", "asset", "rewardAsset", "rewards"),
    weight=50,
    window=_THREE_MONTHS,
)
# The position itself is in no wallet that is read.
ONCHAIN_YIELD_SUBSCRIPTIONS = _history(
    "onchain_yield_subscriptions",
    "/sapi/v1/onchain-yields/locked/history/subscriptionRecord",
    ("purchaseId",),
    ("asset",),
    wallets=("spot", "funding"),
    weight=50,
)
ONCHAIN_YIELD_REDEMPTIONS = _history(
    "onchain_yield_redemptions",
    "/sapi/v1/onchain-yields/locked/history/redemptionRecord",
    ("redeemId",),
    ("asset",),
    weight=50,
    trailing=_UNTIL_RELEASED,
)
ONCHAIN_YIELD_REWARDS = _rewards(
    "onchain_yield_rewards",
    "/sapi/v1/onchain-yields/locked/history/rewardsRecord",
    ("asset",),
    ("time", "positionId", "asset", "amount"),
    weight=50,
    window=_THREE_MONTHS,
)
DUAL_INVESTMENTS = Stream(
    name="dual_investments",
    venue=VENUE,
    # Refunds come into spot; that it is paid from and settled into spot too is assumed (?).
    wallets=("spot", "funding"),
    endpoint=sapi("/sapi/v1/dci/product/positions", 1),
    # Every position there ever was, settled ones included: there is no window to ask for.
    style=ByNumber(
        page_size=100, number_param="pageIndex", size_param="pageSize", total_at=("total",)
    ),
    rows_at=("list",),
    natural_key=("id",),
    time_field="subscriptionTime",
    time_resolution=SECOND,
    asset_fields=("investCoin", "exercisedCoin"),
    changes_unseen="no position says when it was settled or refunded",
    raw_table="raw_dual_investments",
)

STREAMS: tuple[Stream, ...] = (
    ETH_STAKINGS,
    ETH_REDEMPTIONS,
    WBETH_WRAPS,
    WBETH_UNWRAPS,
    SOL_STAKINGS,
    SOL_REDEMPTIONS,
    SOL_BOOST_REWARDS,
    BFUSD_SUBSCRIPTIONS,
    BFUSD_REDEMPTIONS,
    BFUSD_REWARDS,
    RWUSD_SUBSCRIPTIONS,
    RWUSD_REDEMPTIONS,
    RWUSD_REWARDS,
    SOFT_STAKING_REWARDS,
    ONCHAIN_YIELD_SUBSCRIPTIONS,
    ONCHAIN_YIELD_REDEMPTIONS,
    ONCHAIN_YIELD_REWARDS,
    DUAL_INVESTMENTS,
)
