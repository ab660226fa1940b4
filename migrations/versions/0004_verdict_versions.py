"""What was known when: the append-only history of the verdicts."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UPGRADE = """
create table completeness.verdict_versions (
    id bigint generated always as identity primary key,
    account_id uuid not null,
    wallet text not null,
    asset text not null,
    component text not null,
    day date not null,
    owner_id uuid not null,
    verdict text not null,
    reasons text[] not null,
    kind text,
    opening_amount numeric,
    movement_amount numeric,
    expected_amount numeric,
    observed_amount numeric,
    difference numeric,
    run_id text not null,
    decided_at timestamptz not null default clock_timestamp()
);
comment on table completeness.verdict_versions is
    'One row per change of a verdict, its numbers or its reasons; insert only. The roll-forward is today''s truth, this is what was known then.';
create index verdict_versions_cell
    on completeness.verdict_versions (account_id, wallet, asset, component, day, id desc);
grant select, insert on completeness.verdict_versions to coinfrs_verify;
grant select on completeness.verdict_versions to bi_reader;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute("drop table completeness.verdict_versions")
