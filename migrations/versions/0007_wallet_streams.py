"""Raw tables of what else moves the spot and funding wallets."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

RAW_STREAMS = {
    "staging_binance": (
        "dividends",
        "dust_conversions",
        "conversions",
        "rebates",
        "cloud_mining_transfers",
        "fiat_orders",
        "fiat_payments",
        "pay_transactions",
        "c2c_orders",
    )
}


def upgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"select coverage.create_raw_table('binance', '{stream}')")


def downgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"drop table staging_binance.raw_{stream} cascade")
