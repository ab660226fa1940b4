"""The venue's overview of all wallets, read beside the captures: a table of readings like theirs."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLE = "staging_binance.raw_control_totals"
CREATE = f"""
create table {TABLE} (like staging_binance.raw_live_captures including defaults including constraints);
alter table {TABLE}
    add primary key (id),
    add foreign key (data_source_id) references registry.data_sources (id),
    add foreign key (request_id) references coverage.requests (id);
comment on table {TABLE} is
    'One row per reading of the overview of all wallets of an account: the control total of its live captures.';
create index control_totals_newest on {TABLE} (data_source_id, account_ref, source_raw_id, id desc);
create index control_totals_xact on {TABLE} (xact_id);
grant select, insert on {TABLE} to coinfrs_extract;
grant select on {TABLE} to coinfrs_transform;
"""


def upgrade() -> None:
    op.execute(CREATE)


def downgrade() -> None:
    op.execute(f"drop table {TABLE} cascade")
