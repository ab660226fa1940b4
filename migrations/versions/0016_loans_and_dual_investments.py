"""Dual investments, liquidated loans and VIP loans: a raw table for each."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

RAW_STREAMS = {
    "staging_binance": ("dual_investments", "flexible_loan_liquidations", "vip_loan_borrows")
}


def upgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"select coverage.create_raw_table('binance', '{stream}')")


def downgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"drop table staging_binance.raw_{stream} cascade")
