"""Users and the registry of data sources with their sealed credentials and permission proofs."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OPERATOR_EMAIL = "operator@coinfrs.invalid"

UPGRADE = f"""
create table auth.users (
    id uuid primary key default gen_random_uuid(),
    email text not null unique check (email = lower(email)),
    created_at timestamptz not null default now()
);
comment on table auth.users is 'One row per person; the operator owns what the command line registers without --owner.';
insert into auth.users (email) values ('{OPERATOR_EMAIL}');

create table registry.data_sources (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id),
    venue text not null check (venue in ('binance', 'fireblocks')),
    environment text not null,
    name text not null check (name <> ''),
    account_ref text not null,
    account_kind text not null check (account_kind in ('master', 'sub_account', 'workspace')),
    history_start date,
    created_at timestamptz not null default now(),
    disabled_at timestamptz,
    disabled_reason text
);
comment on table registry.data_sources is 'One row per registered read-only credential.';
comment on column registry.data_sources.account_ref is
    'What the key was proven to see: the uid of a Binance account, the id of a Fireblocks workspace.';
comment on column registry.data_sources.history_start is
    'First UTC day to read; null reads each stream''s trailing window only.';
create unique index data_sources_name on registry.data_sources (owner_id, name) where disabled_at is null;
create unique index data_sources_account
    on registry.data_sources (owner_id, venue, environment, account_ref) where disabled_at is null;

create table registry.credentials (
    data_source_id uuid primary key references registry.data_sources (id),
    api_key_sealed bytea not null,
    secret_sealed bytea not null,
    sealed_at timestamptz not null default now()
);
comment on table registry.credentials is
    'One row per data source: the API key and its secret, each sealed on its own. Deleting the row destroys the wrapped data keys.';

create table registry.permission_proofs (
    id bigint generated always as identity primary key,
    data_source_id uuid not null references registry.data_sources (id),
    proven_at timestamptz not null default now(),
    is_read_only boolean not null,
    evidence jsonb not null
);
comment on table registry.permission_proofs is 'One row per proof of a key: what was probed and what it answered.';

grant select, insert, update on registry.data_sources to coinfrs_registry;
grant select, insert, update, delete on registry.credentials to coinfrs_registry;
grant select, insert on registry.permission_proofs to coinfrs_registry;
grant select on registry.data_sources, registry.credentials to coinfrs_extract;
grant select on registry.data_sources to coinfrs_transform, coinfrs_auth;
grant select on auth.users to coinfrs_registry;
grant select, insert, update on auth.users to coinfrs_auth;
"""

DOWNGRADE = """
drop table registry.permission_proofs;
drop table registry.credentials;
drop table registry.data_sources;
drop table auth.users;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
