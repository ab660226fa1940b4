"""The schedule of the spot symbols that will go: a raw table for it."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

RAW_STREAMS = {"staging_binance": ("delistings",)}


def upgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"select coverage.create_raw_table('binance', '{stream}')")


def downgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"drop table staging_binance.raw_{stream} cascade")
