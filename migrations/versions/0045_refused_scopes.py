"""Outcomes name the scopes that were refused, where others of the stream were read."""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

UPGRADE = """
alter table coverage.outcomes add column scopes text[] check (cardinality(scopes) > 0);
comment on column coverage.outcomes.scopes is
    'Scopes of the stream that the result is about; null where it is about all of them.';
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute("alter table coverage.outcomes drop column scopes")
