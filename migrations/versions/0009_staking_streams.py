"""Raw tables of staking, yields and loans."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

RAW_STREAMS = {
    "staging_binance": (
        "eth_stakings",
        "eth_redemptions",
        "wbeth_wraps",
        "wbeth_unwraps",
        "sol_stakings",
        "sol_redemptions",
        "sol_boost_rewards",
        "bfusd_subscriptions",
        "bfusd_redemptions",
        "bfusd_rewards",
        "rwusd_subscriptions",
        "rwusd_redemptions",
        "rwusd_rewards",
        "soft_staking_rewards",
        "onchain_yield_subscriptions",
        "onchain_yield_redemptions",
        "onchain_yield_rewards",
        "flexible_loan_borrows",
        "flexible_loan_repays",
        "flexible_loan_ltv_adjustments",
        "vip_loan_repays",
    ),
}


def upgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"select coverage.create_raw_table('binance', '{stream}')")


def downgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"drop table staging_binance.raw_{stream} cascade")
