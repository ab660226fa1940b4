"""Notices: what the owner of a key has to be told by mail, until it was sent."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

UPGRADE = """
create table registry.notices (
    id uuid primary key default gen_random_uuid(),
    data_source_id uuid not null unique references registry.data_sources (id),
    created_at timestamptz not null default clock_timestamp(),
    attempts integer not null default 0 check (attempts >= 0),
    next_attempt_at timestamptz not null default clock_timestamp(),
    sent_at timestamptz
);
comment on table registry.notices is
    'One row per data source whose owner is told by mail that it was disabled, its key having grown a permission.';
comment on column registry.notices.sent_at is 'When a mail server took the letter; null until then.';
create index notices_due on registry.notices (next_attempt_at) where sent_at is null;
grant select, insert, update on registry.notices to coinfrs_registry;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute("drop table registry.notices")
