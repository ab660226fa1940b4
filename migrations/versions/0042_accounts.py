"""The accounts that a key can see, and which location group each of them is mapped into.

An account is in one location group at most, of whatever portfolio: its ledger is kept once.
"""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

UPGRADE = """
alter table registry.data_sources
    add column version integer not null default 1 check (version > 0),
    add column updated_at timestamptz not null default clock_timestamp(),
    add column updated_by uuid references auth.users (id);
comment on column registry.data_sources.version is 'Counts the changes; what ETag and If-Match carry.';
comment on column registry.data_sources.updated_by is 'Null where nobody has changed it over HTTP.';

create table registry.data_source_accounts (
    data_source_id uuid not null references registry.data_sources (id),
    account_id uuid not null,
    external_id text not null,
    name text,
    kind text not null check (kind in ('master', 'sub_account', 'vault_account')),
    parent_account_id uuid,
    first_seen_at timestamptz not null default clock_timestamp(),
    last_seen_at timestamptz not null default clock_timestamp(),
    primary key (data_source_id, account_id),
    unique (data_source_id, external_id)
);
comment on table registry.data_source_accounts is
    'One row per account that a data source''s key was shown by its venue when it was proven.';
comment on column registry.data_source_accounts.last_seen_at is
    'When the venue last showed it; older than the newest of its data source where it is shown no more.';
create index data_source_accounts_account on registry.data_source_accounts (account_id);

create table registry.account_mappings (
    id uuid primary key default gen_random_uuid(),
    account_id uuid not null,
    data_source_id uuid not null,
    portfolio_id uuid not null,
    location_group_id uuid not null,
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null references auth.users (id),
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null references auth.users (id),
    deleted_at timestamptz,
    of_active boolean generated always as (case when deleted_at is null then true end) stored,
    foreign key (data_source_id, account_id) references registry.data_source_accounts (data_source_id, account_id),
    foreign key (portfolio_id, location_group_id, of_active)
        references registry.location_groups (portfolio_id, id, is_active)
);
comment on table registry.account_mappings is
    'One row per account and location group that it is, or was, mapped into; data_source_id is the key that shows it.';
create unique index account_mappings_account on registry.account_mappings (account_id) where deleted_at is null;
create index account_mappings_group on registry.account_mappings (location_group_id) where deleted_at is null;

-- What the history of verdicts is asked for over HTTP.
create index verdict_versions_owner on completeness.verdict_versions (owner_id, id desc);

grant select, insert, update on registry.data_source_accounts, registry.account_mappings to coinfrs_registry;
grant select on registry.account_mappings to coinfrs_transform;
"""

DOWNGRADE = """
drop index completeness.verdict_versions_owner;
drop table registry.account_mappings;
drop table registry.data_source_accounts;
alter table registry.data_sources drop column version, drop column updated_at, drop column updated_by;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
