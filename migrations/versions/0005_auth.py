"""Where one-time codes live without Redis: the codes unlogged, what limits them logged.

A crash empties an unlogged table, which is right for a code (one asks again) and wrong for a
limit (a guesser would start afresh). Neither table holds an address or a code: both are keyed
hashes made by the sign-in service.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UPGRADE = """
create unlogged table auth.one_time_codes (
    subject text not null,
    challenge_id text not null,
    digest text,
    attempts integer not null default 0,
    issued_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    primary key (subject, challenge_id)
);
comment on table auth.one_time_codes is
    'One row per code until it expires; subject and digest are keyed hashes of the e-mail address and of the code.';
comment on column auth.one_time_codes.digest is 'Null once the code was used or tried too often.';
create index one_time_codes_expiry on auth.one_time_codes (expires_at);

create table auth.code_events (
    id bigint generated always as identity primary key,
    subject text not null,
    kind text not null check (kind in ('request', 'failure')),
    happened_at timestamptz not null default clock_timestamp()
);
comment on table auth.code_events is
    'One row per code that was asked for and per wrong code that was entered, kept for a day: what the limits count.';
create index code_events_subject on auth.code_events (subject, kind, happened_at);
create index code_events_age on auth.code_events (happened_at);

grant select, insert, update, delete on auth.one_time_codes to coinfrs_auth;
grant select, insert, delete on auth.code_events to coinfrs_auth;
"""

DOWNGRADE = """
drop table auth.code_events;
drop table auth.one_time_codes;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
