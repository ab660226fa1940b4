"""What moves wallets from outside the exchange of coins: raw tables, and whose e-mails are asked."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

RAW_STREAMS = {
    "staging_binance": (
        "managed_sub_accounts",
        "managed_investment_transfers",
        "managed_sub_account_transfers",
        "custody_transfers",
        "nft_transactions",
        "stock_orders",
        "stock_conversions",
    )
}
RULES = ("none", "fixed", "symbols", "emails", "margin_pairs", "assets")
ADDED_RULES = ("own_email", "managed_emails")


def upgrade() -> None:
    _allow(*RULES, *ADDED_RULES)
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"select coverage.create_raw_table('binance', '{stream}')")


def downgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"drop table staging_binance.raw_{stream} cascade")
    op.execute(f"delete from coverage.streams where scope_rule in {ADDED_RULES!r}")
    _allow(*RULES)


def _allow(*rules: str) -> None:
    op.execute(
        f"""
        alter table coverage.streams
            drop constraint streams_scope_rule_check,
            add constraint streams_scope_rule_check check (scope_rule in {rules!r})
        """
    )
