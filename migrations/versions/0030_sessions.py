"""Sessions with rotating refresh tokens, identities of others, and passwords of before.

A session is one sign-in; its id is the `sid` of its access tokens. Of a refresh token only the
SHA-256 is kept: the token has 256 random bits, so a plain hash cannot be turned round.
"""

from alembic import op

revision = "0030"
down_revision = "0019"
branch_labels = None
depends_on = None

UPGRADE = """
alter table auth.users
    add column email_verified_at timestamptz,
    add column password_hash text,
    add column registration_challenge text,
    add column token_epoch integer not null default 0;
update auth.users set email_verified_at = created_at;
comment on column auth.users.email_verified_at is
    'When the owner of the address first proved it; null where somebody only registered it with a password.';
comment on column auth.users.password_hash is 'Argon2id, or bcrypt of before; null for everybody who signs in without a password.';
comment on column auth.users.registration_challenge is
    'The code request of a registration with a password: whoever answers it keeps that password, anybody else drops it.';
comment on column auth.users.token_epoch is 'Access tokens of an older epoch are void.';

create table auth.identities (
    issuer text not null,
    subject text not null,
    user_id uuid not null references auth.users (id),
    created_at timestamptz not null default now(),
    primary key (issuer, subject),
    unique (user_id, issuer)
);
comment on table auth.identities is
    'One row per account at another provider that signs a user in; the pair of issuer and subject is who it is, never the address.';

create table auth.sessions (
    id uuid primary key,
    user_id uuid not null references auth.users (id),
    method text not null check (method in ('code', 'google', 'legacy_password')),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz,
    end_reason text check (end_reason in ('logout', 'reuse', 'takeover', 'all')),
    check ((ended_at is null) = (end_reason is null))
);
comment on table auth.sessions is 'One row per sign-in: the family of its refresh tokens, until it has expired for good.';
create index sessions_user on auth.sessions (user_id);
create index sessions_expiry on auth.sessions (expires_at);

create table auth.refresh_tokens (
    digest bytea primary key,
    session_id uuid not null references auth.sessions (id) on delete cascade,
    issued_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz
);
comment on table auth.refresh_tokens is 'One row per refresh token of a session; used ones stay, so that using one again is noticed.';
create index refresh_tokens_session on auth.refresh_tokens (session_id);

create unlogged table auth.short_lived (
    kind text not null,
    key text not null,
    value text not null,
    expires_at timestamptz not null,
    primary key (kind, key)
);
comment on table auth.short_lived is
    'One row per sign-in at another provider that is under way, and per session that has just ended, until it expires; without Redis only.';
create index short_lived_expiry on auth.short_lived (expires_at);

-- Whoever registers data sources needs to know who somebody is, and no hash of a password.
revoke select on auth.users from coinfrs_registry;
grant select (id, email, created_at) on auth.users to coinfrs_registry;
grant select, insert on auth.identities to coinfrs_auth;
grant select, insert, update, delete on auth.sessions to coinfrs_auth;
grant select, insert, update, delete on auth.refresh_tokens to coinfrs_auth;
grant select, insert, update, delete on auth.short_lived to coinfrs_auth;
"""

DOWNGRADE = """
drop table auth.short_lived;
drop table auth.refresh_tokens;
drop table auth.sessions;
drop table auth.identities;
revoke select (id, email, created_at) on auth.users from coinfrs_registry;
grant select on auth.users to coinfrs_registry;
alter table auth.users
    drop column token_epoch,
    drop column registration_challenge,
    drop column password_hash,
    drop column email_verified_at;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
