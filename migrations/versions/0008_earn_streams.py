"""The raw tables of simple earn: flexible and locked."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

RAW_STREAMS = {
    "staging_binance": (
        "flexible_earn_subscriptions",
        "flexible_earn_redemptions",
        "flexible_earn_rewards",
        "flexible_earn_collaterals",
        "locked_earn_subscriptions",
        "locked_earn_redemptions",
        "locked_earn_rewards",
    )
}


def upgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"select coverage.create_raw_table('binance', '{stream}')")


def downgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"drop table staging_binance.raw_{stream} cascade")
