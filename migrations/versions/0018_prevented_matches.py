"""Orders, and matches that were prevented: raw tables, and a rule by which matches are asked."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

RAW_STREAMS = {"staging_binance": ("spot_orders", "prevented_matches")}
RULES = (
    *("none", "fixed", "symbols", "emails", "margin_pairs", "assets"),
    *("own_email", "managed_emails"),
)


def upgrade() -> None:
    _allow(*RULES, "orders")
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"select coverage.create_raw_table('binance', '{stream}')")


def downgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"drop table staging_binance.raw_{stream} cascade")
    op.execute("delete from coverage.streams where scope_rule = 'orders'")
    _allow(*RULES)


def _allow(*rules: str) -> None:
    op.execute(
        f"""
        alter table coverage.streams
            drop constraint streams_scope_rule_check,
            add constraint streams_scope_rule_check check (scope_rule in {rules!r})
        """
    )
