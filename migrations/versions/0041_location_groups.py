"""Entities, cost pools, the chart of accounts, and location groups, which have exactly one of each.

Composite foreign keys keep what belongs together in one portfolio. `of_active` as in 0040.
"""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

NAME = "name text not null check (name = btrim(name) and char_length(name) between 1 and 100 and name !~ '[[:cntrl:]]')"
CODE = "text check ({0} ~ '^[A-Za-z0-9][A-Za-z0-9._/-]{{0,31}}$')"
KEPT = """
    version integer not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null references auth.users (id),
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null references auth.users (id),
    deleted_at timestamptz,
    is_active boolean not null generated always as (deleted_at is null) stored,
    of_active boolean generated always as (case when deleted_at is null then true end) stored,
    unique (portfolio_id, id, is_active)"""
OF_PORTFOLIO = (
    "foreign key (portfolio_id, of_active) references registry.portfolios (id, is_active)"
)

UPGRADE = f"""
create table registry.entities (
    id uuid primary key default gen_random_uuid(),
    portfolio_id uuid not null,
    kind text not null check (kind in ('company', 'personal')),
    {NAME},
    {KEPT},
    {OF_PORTFOLIO}
);
comment on table registry.entities is 'One row per legal entity or person whose books a portfolio holds.';
create unique index entities_name on registry.entities (portfolio_id, name) where deleted_at is null;

create table registry.cost_pools (
    id uuid primary key default gen_random_uuid(),
    portfolio_id uuid not null,
    {NAME},
    method text not null check (method in ('fifo', 'lifo', 'average_cost')),
    {KEPT},
    {OF_PORTFOLIO}
);
comment on table registry.cost_pools is
    'One row per pool of lots that disposals take their cost from, and by which method.';
create unique index cost_pools_name on registry.cost_pools (portfolio_id, name) where deleted_at is null;

create table registry.chart_of_accounts (
    id uuid primary key default gen_random_uuid(),
    portfolio_id uuid not null,
    type text not null check (type ~ '^[a-z][a-z0-9_]{{0,62}}$'),
    {NAME},
    balance_code {CODE.format("balance_code")} not null,
    in_transit_code {CODE.format("in_transit_code")},
    loan_code {CODE.format("loan_code")},
    interest_code {CODE.format("interest_code")},
    {KEPT},
    {OF_PORTFOLIO}
);
comment on table registry.chart_of_accounts is
    'One row per type of holding of a portfolio: the codes of its general ledger that each component is booked to.';
create unique index chart_of_accounts_type on registry.chart_of_accounts (portfolio_id, type) where deleted_at is null;

create table registry.location_groups (
    id uuid primary key default gen_random_uuid(),
    portfolio_id uuid not null,
    entity_id uuid not null,
    {NAME},
    cost_pool_id uuid not null,
    chart_of_accounts_id uuid not null,
    approved_at timestamptz,
    approved_by uuid references auth.users (id),
    {KEPT},
    foreign key (portfolio_id, entity_id, of_active) references registry.entities (portfolio_id, id, is_active),
    foreign key (portfolio_id, cost_pool_id, of_active) references registry.cost_pools (portfolio_id, id, is_active),
    foreign key (portfolio_id, chart_of_accounts_id, of_active)
        references registry.chart_of_accounts (portfolio_id, id, is_active),
    check ((approved_at is null) = (approved_by is null)),
    constraint approved_by_a_second_person check (approved_by <> updated_by)
);
comment on table registry.location_groups is
    'One row per group of accounts that is booked together: one entity, one cost pool, one chart-of-accounts type.';
comment on column registry.location_groups.approved_by is
    'Who approved what the group is now; never who changed it last. A change takes the approval away.';
create unique index location_groups_name on registry.location_groups (portfolio_id, name) where deleted_at is null;
create index location_groups_entity on registry.location_groups (entity_id);
create index location_groups_cost_pool on registry.location_groups (cost_pool_id);
create index location_groups_chart on registry.location_groups (chart_of_accounts_id);

grant select, insert, update on registry.entities, registry.cost_pools, registry.chart_of_accounts,
    registry.location_groups to coinfrs_registry;
grant select on registry.entities, registry.cost_pools, registry.chart_of_accounts,
    registry.location_groups to coinfrs_transform;
"""

DOWNGRADE = """
drop table registry.location_groups;
drop table registry.chart_of_accounts;
drop table registry.cost_pools;
drop table registry.entities;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
