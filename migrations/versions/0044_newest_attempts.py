"""Attempts and proofs by data source, whose newest are asked for; and what a reading's row holds."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

# A reading whose passes disagree lands too: it is evidence, and closes nothing.
READING = (
    "One row per reading of one wallet of one account, also when everything is zero; "
    "is_whole says whether its passes agreed."
)
FORMER = "One row per whole reading of one wallet of one account, also when everything is zero."
READINGS = (
    "staging_binance.raw_live_captures",
    "staging_binance.raw_account_snapshots",
    "staging_fireblocks.raw_live_captures",
)


def upgrade() -> None:
    op.execute(
        "create index outcomes_source on coverage.outcomes (data_source_id, subject_kind, day)"
    )
    op.execute(
        "create index permission_proofs_source on registry.permission_proofs (data_source_id, id)"
    )
    # By a key that sees another account than that of its data source nothing is read.
    op.execute("grant select on registry.permission_proofs to coinfrs_extract")
    for table in READINGS:
        op.execute(f"comment on table {table} is '{READING}'")


def downgrade() -> None:
    for table in READINGS:
        op.execute(f"comment on table {table} is '{FORMER}'")
    op.execute("revoke select on registry.permission_proofs from coinfrs_extract")
    op.execute("drop index registry.permission_proofs_source")
    op.execute("drop index coverage.outcomes_source")
