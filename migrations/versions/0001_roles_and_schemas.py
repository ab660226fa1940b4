"""Roles without login, the schemas, and who may reach which schema.

Roles are cluster-wide: they are created when absent and dropped only when nothing uses them any more.
Each is granted to the login WITH SET TRUE, so that every engine can open its connection in its own role
and "insert only" is a grant, also when one superuser runs everything.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROLES = (
    "coinfrs_registry",
    "coinfrs_auth",
    "coinfrs_extract",
    "coinfrs_transform",
    "coinfrs_verify",
    "bi_reader",
)
SCHEMAS = (
    "registry",
    "auth",
    "staging_binance",
    "staging_fireblocks",
    "coverage",
    "intermediate",
    "canonical",
    "completeness",
    "dagster",
)
TRANSFORM_SCHEMAS = (
    "staging_binance",
    "staging_fireblocks",
    "intermediate",
    "canonical",
    "completeness",
)

CREATE_ROLE = """
do $$
begin
    create role {role} nologin;
exception when duplicate_object or unique_violation then
    null;
end
$$
"""

# No `drop owned`: it would also take back what an administrator granted on the cluster's databases, and
# what the role owned or was granted in this one went with the schemas. A role that is used anywhere stays.
DROP_ROLE_IF_UNUSED = """
do $$
begin
    drop role {role};
exception when dependent_objects_still_exist or undefined_object then
    null;
end
$$
"""


def upgrade() -> None:
    for role in ROLES:
        op.execute(CREATE_ROLE.format(role=role))
        op.execute(f"grant {role} to current_user with set true")
    for schema in SCHEMAS:
        op.execute(f"create schema {schema}")
    for schema in TRANSFORM_SCHEMAS:
        op.execute(f"grant usage, create on schema {schema} to coinfrs_transform")
    op.execute("grant usage on schema coverage, registry to coinfrs_transform")
    op.execute("grant usage on schema registry to coinfrs_registry, coinfrs_extract, coinfrs_auth")
    op.execute("grant usage on schema auth to coinfrs_auth, coinfrs_registry")
    op.execute(
        "grant usage on schema staging_binance, staging_fireblocks, coverage to coinfrs_extract"
    )
    op.execute("grant usage on schema coverage to coinfrs_registry, coinfrs_verify")
    op.execute("grant usage on schema canonical, completeness to coinfrs_verify, bi_reader")
    # dbt recreates its tables, so the readers' grants are default privileges of the role that creates them.
    op.execute(
        "alter default privileges for role coinfrs_transform in schema canonical, completeness "
        "grant select on tables to bi_reader, coinfrs_verify"
    )


def downgrade() -> None:
    for schema in reversed(SCHEMAS):
        op.execute(f"drop schema {schema} cascade")
    for role in ROLES:
        op.execute(DROP_ROLE_IF_UNUSED.format(role=role))
