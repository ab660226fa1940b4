"""Files of portfolio margin's income: a raw table for their rows."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

RAW_STREAMS = {"staging_binance": ("pm_um_income_files",)}


def upgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"select coverage.create_raw_table('binance', '{stream}')")


def downgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"drop table staging_binance.raw_{stream} cascade")
