"""The evidence: requests, responses, proven intervals, outcomes and budgets, and the raw tables.

`coinfrs_extract` may insert and select; it updates only the two working tables, budgets and streams.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

RAW_STREAMS = {
    "staging_binance": (
        "symbols",
        "sub_accounts",
        "spot_trades",
        "deposits",
        "withdrawals",
        "asset_transfers",
        "universal_transfers",
        "sub_account_transfers",
    ),
    "staging_fireblocks": ("vault_accounts", "transactions"),
}
READINGS = {
    "staging_binance": ("live_captures", "account_snapshots"),
    "staging_fireblocks": ("live_captures",),
}

COVERAGE = """
create sequence coverage.raw_row_ids;
create sequence coverage.request_ids;

create table coverage.requests (
    id bigint primary key default nextval('coverage.request_ids'),
    data_source_id uuid not null references registry.data_sources (id),
    run_id text not null,
    stream text not null,
    scope text not null default '',
    phase text not null check (phase in ('before_captures', 'captures', 'after_captures')),
    method text not null,
    path text not null,
    query text not null,
    status integer not null,
    weight integer not null,
    observed_at timestamptz not null,
    sent_at timestamptz not null,
    duration_ms integer not null
);
comment on table coverage.requests is 'One row per answered request, failed ones included; the query is without its signature.';
comment on column coverage.requests.observed_at is
    'Venue time of the answer, ordered against the run''s captures: before them it is the last venue time received minus a '
    'microsecond, in them that time, after them that time plus the resolution of the venue''s clock.';

create table coverage.responses (
    request_id bigint primary key references coverage.requests (id),
    body_gzip bytea not null,
    body_sha256 bytea not null,
    body_bytes integer not null
);
comment on table coverage.responses is 'One row per answered request: its body, byte for byte, compressed with gzip.';

create table coverage.intervals (
    id bigint generated always as identity primary key,
    data_source_id uuid not null references registry.data_sources (id),
    account_ref text not null,
    stream text not null,
    scope text not null default '',
    proven tstzrange not null check (not isempty(proven)),
    as_of timestamptz not null,
    method text not null default 'api' check (method in ('api', 'file')),
    run_id text not null,
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table coverage.intervals is
    'One row per walk that reached its proven end: every record of the interval was read at as_of or later.';
create index intervals_key on coverage.intervals (data_source_id, account_ref, stream, scope);

create table coverage.streams (
    venue text not null,
    stream text not null,
    wallets text[] not null,
    scope_rule text not null check (scope_rule in ('none', 'fixed', 'symbols', 'emails')),
    scopes text[] not null default '{}',
    alternative_group text,
    trailing_days integer not null,
    is_read boolean not null,
    primary key (venue, stream)
);
comment on table coverage.streams is
    'One row per stream that can move a wallet, read or not; written by extract from its declarations at the start of a run.';

create table coverage.outcomes (
    id bigint generated always as identity primary key,
    run_id text not null,
    data_source_id uuid not null references registry.data_sources (id),
    account_ref text not null,
    subject text not null,
    subject_kind text not null check (subject_kind in ('stream', 'capture')),
    day date not null,
    result text not null check (result in ('read', 'not_enabled', 'not_taken', 'failed')),
    reason text,
    detail text,
    attempted_at timestamptz not null default clock_timestamp()
);
comment on table coverage.outcomes is
    'One row per attempt at a stream or at the capture of a wallet, for the day being closed, with its result and reason.';
create index outcomes_day on coverage.outcomes (day, data_source_id);

create table coverage.budgets (
    bucket text not null,
    window_start timestamptz not null,
    used bigint not null,
    primary key (bucket, window_start)
);
comment on table coverage.budgets is 'One row per weight bucket and calendar window of the venue: the weight spent in it.';

grant select, insert on coverage.requests, coverage.responses, coverage.intervals, coverage.outcomes to coinfrs_extract;
grant select, insert, update on coverage.streams to coinfrs_extract;
grant select, insert, update, delete on coverage.budgets to coinfrs_extract;
grant usage on sequence coverage.raw_row_ids, coverage.request_ids to coinfrs_extract;
grant select on coverage.requests, coverage.intervals, coverage.streams, coverage.outcomes to coinfrs_transform;
grant select on coverage.intervals, coverage.streams, coverage.outcomes, coverage.requests to coinfrs_registry;
grant select on coverage.outcomes, coverage.intervals to coinfrs_verify;
"""

PROVENANCE = """
    id bigint primary key default nextval('coverage.raw_row_ids'),
    data_source_id uuid not null references registry.data_sources (id),
    account_ref text not null,
    source_raw_id text not null,
    {content},
    payload_sha256 bytea not null,
    request_id bigint not null references coverage.requests (id),
    ordinal integer not null,
    ingested_at timestamptz not null default clock_timestamp(),
    xact_id xid8 not null default pg_current_xact_id(),
    run_id text not null
"""

RECORD_CONTENT = """raw_payload jsonb not null,
    occurred_at timestamptz"""

READING_CONTENT = """account_type text not null,
    wallet text not null,
    taken_at timestamptz not null,
    reading_ended_at timestamptz not null,
    closes_day date not null,
    is_whole boolean not null,
    balances jsonb not null"""

QUARANTINE_CONTENT = """stream text not null,
    raw_text text not null,
    occurred_at timestamptz,
    error text not null"""


def _create(table: str, content: str, comment: str) -> None:
    name = table.split(".")[1]
    op.execute(f"create table {table} ({PROVENANCE.format(content=content)})")
    op.execute(f"comment on table {table} is '{comment}'")
    op.execute(
        f"create index {name}_newest on {table} (data_source_id, account_ref, source_raw_id, id desc)"
    )
    op.execute(f"create index {name}_xact on {table} (xact_id)")
    op.execute(f"grant select, insert on {table} to coinfrs_extract")
    op.execute(f"grant select on {table} to coinfrs_transform")


def upgrade() -> None:
    op.execute(COVERAGE)
    for schema, streams in RAW_STREAMS.items():
        for stream in streams:
            _create(
                f"{schema}.raw_{stream}",
                RECORD_CONTENT,
                f"One row per version of a record of the stream {stream}, verbatim.",
            )
    for schema, readings in READINGS.items():
        for reading in readings:
            _create(
                f"{schema}.raw_{reading}",
                READING_CONTENT,
                "One row per whole reading of one wallet of one account, also when everything is zero.",
            )
        _create(
            f"{schema}.quarantine",
            QUARANTINE_CONTENT,
            "One row per record that jsonb refuses, as text.",
        )


def downgrade() -> None:
    for schema, streams in RAW_STREAMS.items():
        op.execute(f"drop table {schema}.quarantine cascade")
        for name in (*streams, *READINGS[schema]):
            op.execute(f"drop table {schema}.raw_{name} cascade")
    for table in (
        "budgets",
        "outcomes",
        "streams",
        "intervals",
        "responses",
        "requests",
    ):
        op.execute(f"drop table coverage.{table} cascade")
    op.execute("drop sequence coverage.raw_row_ids")
    op.execute("drop sequence coverage.request_ids")
