"""Receipts of transactions of EVM chains: what they spent, where the record does not tell it."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("select coverage.create_raw_table('fireblocks', 'receipts')")


def downgrade() -> None:
    op.execute("drop table staging_fireblocks.raw_receipts cascade")
