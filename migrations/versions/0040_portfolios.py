"""Portfolios, who may see and change them, who was invited; and the answers kept for retries.

Nothing of these is deleted: a row that is gone has `deleted_at`. A child of a row that is gone
cannot be active: `of_active` is true while the child is, and the foreign key demands `is_active` of
the parent, so deleting a parent that is in use fails in Postgres and not by a check of ours.
"""

from alembic import op

revision = "0040"
down_revision = "0030"
branch_labels = None
depends_on = None

# A name is shown in pages, reports, logs and mails: one line, no blanks around it.
NAME = "name text not null check (name = btrim(name) and char_length(name) between 1 and 100 and name !~ '[[:cntrl:]]')"
AUDIT = """
    version integer not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null references auth.users (id),
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null references auth.users (id),
    deleted_at timestamptz"""
IS_ACTIVE = "is_active boolean not null generated always as (deleted_at is null) stored"

UPGRADE = f"""
create table registry.portfolios (
    id uuid primary key default gen_random_uuid(),
    kind text not null check (kind in ('group', 'company', 'personal')),
    {NAME},
    {AUDIT},
    {IS_ACTIVE},
    unique (id, is_active)
);
comment on table registry.portfolios is 'One row per portfolio: the books of a group, a company or a person.';
comment on column registry.portfolios.version is 'Counts the changes; what ETag and If-Match carry.';

create table registry.portfolio_members (
    id uuid primary key default gen_random_uuid(),
    portfolio_id uuid not null,
    user_id uuid not null references auth.users (id),
    role text not null check (role in ('owner', 'approver', 'viewer')),
    {AUDIT},
    foreign key (portfolio_id) references registry.portfolios (id)
);
comment on table registry.portfolio_members is
    'One row per membership: an owner changes, an approver is the second person, a viewer reads.';
create unique index portfolio_members_user on registry.portfolio_members (portfolio_id, user_id) where deleted_at is null;
create index portfolio_members_of on registry.portfolio_members (user_id) where deleted_at is null;

create table registry.invitations (
    id uuid primary key default gen_random_uuid(),
    portfolio_id uuid not null,
    email text not null check (email = lower(email)),
    role text not null check (role in ('owner', 'approver', 'viewer')),
    expires_at timestamptz not null,
    accepted_at timestamptz,
    accepted_by uuid references auth.users (id),
    declined_at timestamptz,
    {AUDIT},
    of_active boolean generated always as
        (case when deleted_at is null and accepted_at is null and declined_at is null then true end) stored,
    foreign key (portfolio_id, of_active) references registry.portfolios (id, is_active),
    check ((accepted_at is null) = (accepted_by is null)),
    check (num_nonnulls(accepted_at, declined_at, deleted_at) <= 1)
);
comment on table registry.invitations is
    'One row per invitation to a portfolio; open until it is accepted, declined, taken back or expired.';
create unique index invitations_open on registry.invitations (portfolio_id, email)
    where accepted_at is null and declined_at is null and deleted_at is null;
create index invitations_email on registry.invitations (email);

create function registry.require_owner() returns trigger language plpgsql as $$
declare
    wanted uuid := case tg_table_name when 'portfolios' then to_jsonb(new) ->> 'id' else to_jsonb(new) ->> 'portfolio_id' end;
begin
    -- Two owners who leave at once come one after the other, and the second sees that the first has left.
    perform from registry.portfolios where id = wanted and deleted_at is null for no key update;
    if found and not exists (
        select from registry.portfolio_members
        where portfolio_id = wanted and role = 'owner' and deleted_at is null
    ) then
        raise exception 'portfolio % has no owner', wanted
            using errcode = 'check_violation', constraint = 'portfolio_has_an_owner';
    end if;
    return null;
end
$$;
create constraint trigger portfolio_has_an_owner after insert or update on registry.portfolios
    deferrable initially deferred for each row execute function registry.require_owner();
create constraint trigger portfolio_has_an_owner after insert or update on registry.portfolio_members
    deferrable initially deferred for each row execute function registry.require_owner();

create table registry.kept_answers (
    user_id uuid not null references auth.users (id),
    idempotency_key text not null check (char_length(idempotency_key) between 1 and 255),
    request_digest bytea not null,
    status integer,
    headers jsonb,
    body text,
    created_at timestamptz not null default clock_timestamp(),
    primary key (user_id, idempotency_key)
);
comment on table registry.kept_answers is
    'One row per Idempotency-Key of a user, kept for a day: the answer that a retry of the request gets.';
comment on column registry.kept_answers.request_digest is 'Keyed hash of method, path and body.';
comment on column registry.kept_answers.status is
    'Null only inside the transaction that answers the request.';
create index kept_answers_age on registry.kept_answers (created_at);

grant select, insert, update on registry.portfolios, registry.portfolio_members, registry.invitations to coinfrs_registry;
grant select, insert, update, delete on registry.kept_answers to coinfrs_registry;
grant select on registry.portfolios to coinfrs_transform;
"""

DOWNGRADE = """
drop table registry.kept_answers;
drop table registry.invitations;
drop table registry.portfolio_members;
drop table registry.portfolios;
drop function registry.require_owner();
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
