"""One call makes a raw table, and the register says what a stream needs to be read.

`coverage.create_raw_table(venue, stream)` gives a stream's table the columns, indexes and grants of
the first ones (0003), so that a later migration names its streams and nothing else.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

RAW_STREAMS = {"staging_binance": ("coins", "account_info")}

CREATE_RAW_TABLE = """
create function coverage.create_raw_table(venue text, stream text) returns void
language plpgsql set search_path = pg_catalog as $$
declare
    siblings constant jsonb = '{"binance": "raw_symbols", "fireblocks": "raw_transactions"}';
    schema_name constant text = 'staging_' || venue;
    table_name constant text = 'raw_' || stream;
begin
    execute format(
        'create table %I.%I (like %I.%I including defaults including constraints)',
        schema_name, table_name, schema_name, siblings ->> venue
    );
    execute format(
        'alter table %I.%I add primary key (id), '
        'add foreign key (data_source_id) references registry.data_sources (id), '
        'add foreign key (request_id) references coverage.requests (id)',
        schema_name, table_name
    );
    execute format(
        'comment on table %I.%I is %L',
        schema_name, table_name, 'One row per version of a record of the stream ' || stream || ', verbatim.'
    );
    execute format(
        'create index %I on %I.%I (data_source_id, account_ref, source_raw_id, id desc)',
        stream || '_newest', schema_name, table_name
    );
    execute format('create index %I on %I.%I (xact_id)', stream || '_xact', schema_name, table_name);
    execute format('grant select, insert on %I.%I to coinfrs_extract', schema_name, table_name);
    execute format('grant select on %I.%I to coinfrs_transform', schema_name, table_name);
end
$$;
comment on function coverage.create_raw_table is 'Makes the raw table of a stream, in the form that all have; for migrations.';
revoke execute on function coverage.create_raw_table from public;
"""

REGISTER = """
alter table coverage.streams
    add column account_kind text check (account_kind in ('master', 'sub_account')),
    add column product text,
    add column retention_days integer,
    drop constraint streams_scope_rule_check,
    add constraint streams_scope_rule_check
        check (scope_rule in ('none', 'fixed', 'symbols', 'emails', 'margin_pairs'));
comment on column coverage.streams.account_kind is 'The only kind of account whose key may read it, and that needs it; null: any.';
comment on column coverage.streams.product is 'The product without which the venue does not answer; null: none.';
comment on column coverage.streams.retention_days is 'How far back the venue serves it, in days; null: everything.';
"""


def upgrade() -> None:
    op.execute(CREATE_RAW_TABLE)
    op.execute(REGISTER)
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"select coverage.create_raw_table('binance', '{stream}')")


def downgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"drop table staging_binance.raw_{stream} cascade")
    op.execute("drop function coverage.create_raw_table")
    op.execute(
        "alter table coverage.streams drop column account_kind, drop column product, drop column retention_days"
    )
