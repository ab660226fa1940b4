"""Staking, yields and loans."""

from coinfrs_pipelines.connectors.binance.streams.loans import (
    FLEXIBLE_LOAN_LIQUIDATIONS,
    FLEXIBLE_LOAN_LTV_ADJUSTMENTS,
    FLEXIBLE_LOAN_REPAYS,
    VIP_LOAN_REPAYS,
)
from coinfrs_pipelines.connectors.binance.streams.staking import (
    DUAL_INVESTMENTS,
    ETH_STAKINGS,
    SOFT_STAKING_REWARDS,
    SOL_BOOST_REWARDS,
    SOL_REDEMPTIONS,
    SOL_STAKINGS,
    WBETH_WRAPS,
)
from tests.integration.dbt_project.official import Sample

DONE = "completed"
SAMPLES = (
    Sample(
        ETH_STAKINGS,
        "GET_sapi_v1_eth-staking_eth_history_stakingHistory.json",
        (
            ("spot", "ETH", "balance", "-21312.23223", "stake", DONE),
            ("spot", "WBETH", "balance", "21286.42584", "stake", DONE),
        ),
    ),
    Sample(
        WBETH_WRAPS,
        "GET_sapi_v1_eth-staking_wbeth_history_wrapHistory.json",
        (
            ("spot", "BETH", "balance", "-21312.23223", "stake", DONE),
            ("spot", "WBETH", "balance", "21312.23223", "stake", DONE),
        ),
    ),
    Sample(
        SOL_STAKINGS,
        "GET_sapi_v1_sol-staking_sol_history_stakingHistory.json",
        (
            ("spot", "SOL", "balance", "-21312.23223", "stake", DONE),
            ("spot", "BNSOL", "balance", "21286.42584", "stake", DONE),
        ),
    ),
    Sample(
        SOL_REDEMPTIONS,
        "GET_sapi_v1_sol-staking_sol_history_redemptionHistory.json",
        (
            ("spot", "BNSOL", "balance", "-21312.23223", "stake", DONE),
            ("spot", "SOL", "balance", "21338.0699", "stake", DONE),
        ),
    ),
    # Its time is in seconds.
    Sample(
        SOL_BOOST_REWARDS,
        "GET_sapi_v1_sol-staking_sol_history_boostRewardsHistory.json",
        (("spot", "SOL", "balance", "1.20291028", "reward", DONE),),
    ),
    Sample(
        SOFT_STAKING_REWARDS,
        "GET_sapi_v1_soft-staking_history_rewardsRecord.json",
        (("spot", "BNB", "balance", "0.00000557", "reward", DONE),),
    ),
    Sample(
        DUAL_INVESTMENTS,
        "GET_sapi_v1_dci_product_positions.json",
        (("spot", "USDT", "balance", "-0.5", "stake", DONE),),
    ),
    Sample(
        FLEXIBLE_LOAN_REPAYS,
        "GET_sapi_v2_loan_flexible_repay_history.json",
        (
            ("spot", "BUSD", "balance", "-10000", "repay", DONE),
            ("spot", "BNB", "balance", "49.27565492", "transfer", DONE),
        ),
    ),
    Sample(
        FLEXIBLE_LOAN_LTV_ADJUSTMENTS,
        "GET_sapi_v2_loan_flexible_ltv_adjustment_history.json",
        (("spot", "BNB", "balance", "-5.235", "transfer", DONE),),
    ),
    Sample(
        FLEXIBLE_LOAN_LIQUIDATIONS,
        "GET_sapi_v2_loan_flexible_liquidation_history.json",
        (("spot", "BNB", "balance", "0.2", "liquidation", DONE),),
    ),
    # Its times are text.
    Sample(
        VIP_LOAN_REPAYS,
        "GET_sapi_v1_loan_vip_repay_history.json",
        (("spot", "BUSD", "balance", "-10000", "repay", DONE),),
    ),
)
