"""Portfolio margin, some of whose streams are asked asset by asset, and allocations of spot."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

RAW_STREAMS = {
    "staging_binance": (
        "pm_um_income",
        "pm_cm_income",
        "pm_margin_interests",
        "pm_interests",
        "pm_negative_balance_exchanges",
        "pm_margin_trades",
        "pm_margin_loans",
        "pm_margin_repays",
        "allocations",
    )
}
RULES = ("none", "fixed", "symbols", "emails", "margin_pairs")


def upgrade() -> None:
    _allow(*RULES, "assets")
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"select coverage.create_raw_table('binance', '{stream}')")


def downgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"drop table staging_binance.raw_{stream} cascade")
    op.execute("delete from coverage.streams where scope_rule = 'assets'")
    _allow(*RULES)


def _allow(*rules: str) -> None:
    op.execute(
        f"""
        alter table coverage.streams
            drop constraint streams_scope_rule_check,
            add constraint streams_scope_rule_check check (scope_rule in {rules!r})
        """
    )
