"""Futures and options: a raw table for each of their streams."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

RAW_STREAMS = {"staging_binance": ("um_income", "cm_income", "option_bills")}


def upgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"select coverage.create_raw_table('binance', '{stream}')")


def downgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"drop table staging_binance.raw_{stream} cascade")
