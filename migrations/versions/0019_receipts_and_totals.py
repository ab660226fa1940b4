"""Fireblocks: receipts, which tell a fee that a record does not, and the venue's own totals."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

RAW_STREAMS = {"staging_fireblocks": ("receipts",)}
TOTALS = "staging_fireblocks.raw_control_totals"
CREATE_TOTALS = f"""
create table {TOTALS} (
    like staging_fireblocks.raw_live_captures including defaults including constraints
);
alter table {TOTALS}
    add primary key (id),
    add foreign key (data_source_id) references registry.data_sources (id),
    add foreign key (request_id) references coverage.requests (id);
comment on table {TOTALS} is
    'One row per reading of the totals over all vault accounts: the control total of live captures.';
create index control_totals_newest on {TOTALS} (data_source_id, account_ref, source_raw_id, id desc);
create index control_totals_xact on {TOTALS} (xact_id);
grant select, insert on {TOTALS} to coinfrs_extract;
grant select on {TOTALS} to coinfrs_transform;
"""


def upgrade() -> None:
    for stream in RAW_STREAMS["staging_fireblocks"]:
        op.execute(f"select coverage.create_raw_table('fireblocks', '{stream}')")
    op.execute(CREATE_TOTALS)


def downgrade() -> None:
    op.execute(f"drop table {TOTALS} cascade")
    for stream in RAW_STREAMS["staging_fireblocks"]:
        op.execute(f"drop table staging_fireblocks.raw_{stream} cascade")
