"""The raw tables of cross and isolated margin."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

RAW_STREAMS = {
    "staging_binance": (
        "margin_capital_flows",
        "margin_interests",
        "margin_liquidation_repays",
        "margin_borrow_repays",
        "margin_transfers",
        "margin_small_liability_exchanges",
    )
}


def upgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"select coverage.create_raw_table('binance', '{stream}')")


def downgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"drop table staging_binance.raw_{stream} cascade")
