"""Who may write what, as grants: each role does its own stage's work and nothing else."""

from collections.abc import Mapping

import pytest
from psycopg.errors import InsufficientPrivilege

from coinfrs_pipelines.core.database import Role, connect

WRITES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
ROLES: tuple[Role, ...] = (
    "bi_reader",
    "coinfrs_auth",
    "coinfrs_extract",
    "coinfrs_registry",
    "coinfrs_transform",
    "coinfrs_verify",
)
# The whole of what may be written to a migrated table; the sign-in service's own tables apart.
WRITABLE: dict[str, dict[str, set[str]]] = {
    "registry.data_sources": {"coinfrs_registry": {"INSERT", "UPDATE"}},
    "registry.credentials": {"coinfrs_registry": {"INSERT", "UPDATE", "DELETE"}},
    "registry.permission_proofs": {"coinfrs_registry": {"INSERT"}},
    **{
        f"registry.{table}": {"coinfrs_registry": {"INSERT", "UPDATE"}}
        for table in (
            "portfolios",
            "portfolio_members",
            "invitations",
            "entities",
            "cost_pools",
            "chart_of_accounts",
            "location_groups",
            "data_source_accounts",
            "account_mappings",
            "notices",
        )
    },
    "registry.kept_answers": {"coinfrs_registry": {"INSERT", "UPDATE", "DELETE"}},
    "coverage.requests": {"coinfrs_extract": {"INSERT"}},
    "coverage.responses": {"coinfrs_extract": {"INSERT"}},
    "coverage.intervals": {"coinfrs_extract": {"INSERT"}},
    "coverage.outcomes": {"coinfrs_extract": {"INSERT"}},
    "coverage.streams": {"coinfrs_extract": {"INSERT", "UPDATE"}},
    "coverage.budgets": {"coinfrs_extract": {"INSERT", "UPDATE", "DELETE"}},
    "completeness.verdict_versions": {"coinfrs_verify": {"INSERT"}},
}
EVIDENCE_SCHEMAS = ("staging_binance", "staging_fireblocks")
# Which schemas a role may look into at all.
VISIBLE: dict[str, set[str]] = {
    "bi_reader": {"canonical", "completeness"},
    "coinfrs_auth": {"auth", "registry"},
    "coinfrs_extract": {"registry", "coverage", *EVIDENCE_SCHEMAS},
    "coinfrs_registry": {"auth", "registry", "coverage"},
    "coinfrs_transform": {
        "registry",
        "coverage",
        "intermediate",
        "canonical",
        "completeness",
        *EVIDENCE_SCHEMAS,
    },
    "coinfrs_verify": {"coverage", "canonical", "completeness"},
}
TABLES = """
select schemaname || '.' || tablename from pg_tables
where schemaname !~ '^pg_' and schemaname not in ('information_schema', 'public')
order by 1
"""


def tables() -> list[str]:
    with connect("LOGIN") as connection:
        return [row[0] for row in connection.execute(TABLES)]


def allowed(privilege: str, table: str) -> set[str]:
    """Return our roles that hold a privilege on a table, or on any column where columns have it."""
    by_column = privilege in {"SELECT", "INSERT", "UPDATE"}
    test = f"has_{'any_column' if by_column else 'table'}_privilege"
    with connect("LOGIN") as connection:
        rows = connection.execute(
            f"select role from unnest(%s::text[]) as role where {test}(role, %s, %s)",
            [list(ROLES), table, privilege],
        )
        return {row[0] for row in rows}


def test_every_migrated_table_has_exactly_its_writers(database: Mapping[str, str]) -> None:
    del database
    found: dict[str, dict[str, set[str]]] = {}
    expected: dict[str, dict[str, set[str]]] = {}
    for table in tables():
        schema = table.split(".")[0]
        writers: dict[str, set[str]] = {}
        for privilege in WRITES:
            for role in allowed(privilege, table):
                writers.setdefault(role, set()).add(privilege)
        if schema == "auth":
            assert set(writers) <= {"coinfrs_auth"}, table
            continue
        found[table] = writers
        expected[table] = (
            {"coinfrs_extract": {"INSERT"}} if schema in EVIDENCE_SCHEMAS else WRITABLE[table]
        )
    assert found == expected
    assert len(found) > 20


def test_a_role_looks_only_into_the_schemas_of_its_stage(database: Mapping[str, str]) -> None:
    del database
    with connect("LOGIN") as connection:
        visible = {
            role: {
                row[0]
                for row in connection.execute(
                    "select nspname from pg_namespace where nspname !~ '^pg_' and nspname not in"
                    " ('public', 'information_schema') and has_schema_privilege(%s, oid, 'usage')",
                    [role],
                )
            }
            for role in ROLES
        }
        creators = connection.execute(
            "select distinct rolname, nspname from pg_roles, pg_namespace"
            " where rolname = any(%s) and has_schema_privilege(rolname, nspname, 'create')",
            [list(ROLES)],
        ).fetchall()
    assert visible == VISIBLE
    assert set(creators) == {
        ("coinfrs_transform", schema)
        for schema in ("intermediate", "canonical", "completeness", *EVIDENCE_SCHEMAS)
    }


def test_sealed_credentials_are_read_by_registry_and_extract_only(
    database: Mapping[str, str],
) -> None:
    del database
    assert allowed("SELECT", "registry.credentials") == {"coinfrs_registry", "coinfrs_extract"}
    assert allowed("SELECT", "coverage.responses") == {"coinfrs_extract"}
    for role in ROLES:
        if role not in {"coinfrs_registry", "coinfrs_extract"}:
            with connect(role) as connection, pytest.raises(InsufficientPrivilege):
                connection.execute("select * from registry.credentials")


def test_no_role_can_log_in_or_do_what_only_the_login_may(database: Mapping[str, str]) -> None:
    del database
    with connect("LOGIN") as connection:
        powers = connection.execute(
            "select rolname from pg_roles where rolname = any(%s) and (rolcanlogin or rolsuper"
            " or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)",
            [list(ROLES)],
        ).fetchall()
    assert powers == []


@pytest.fixture
def evidence(database: Mapping[str, str]) -> Mapping[str, str]:
    """One data source with one raw row, its request and an interval, each landed by its writer."""
    with connect("coinfrs_registry") as connection:
        [source] = connection.execute(
            "insert into registry.data_sources"
            " (owner_id, venue, environment, name, account_ref, account_kind)"
            " select id, 'binance', 'production', 'main', '1', 'master' from auth.users"
            " returning id"
        ).fetchall()
    with connect("coinfrs_extract") as connection:
        [request] = connection.execute(
            "insert into coverage.requests (data_source_id, run_id, stream, phase, method, path,"
            " query, status, weight, observed_at, sent_at, duration_ms) values"
            " (%s, 'r', 'deposits', 'after_captures', 'GET', '/', '', 200, 1, now(), now(), 1)"
            " returning id",
            source,
        ).fetchall()
        connection.execute(
            "insert into staging_binance.raw_deposits (data_source_id, account_ref, source_raw_id,"
            " raw_payload, payload_sha256, request_id, ordinal, run_id)"
            " values (%s, '1', 'a', '{}', '', %s, 0, 'r')",
            [*source, *request],
        )
        connection.execute(
            "insert into coverage.intervals (data_source_id, account_ref, stream, proven, as_of,"
            " run_id) values (%s, '1', 'deposits', '[2026-01-01, 2026-01-02)', now(), 'r')",
            source,
        )
    with connect("coinfrs_verify") as connection:
        connection.execute(
            "insert into completeness.verdict_versions (account_id, wallet, asset, component, day,"
            " owner_id, verdict, reasons, run_id) values (gen_random_uuid(), 'spot', 'BTC',"
            " 'balance', '2026-01-01', gen_random_uuid(), 'complete', '{}', 'r')"
        )
    return database


@pytest.mark.parametrize(
    ("role", "table", "change"),
    [
        ("coinfrs_extract", "staging_binance.raw_deposits", "source_raw_id = 'b'"),
        ("coinfrs_extract", "coverage.intervals", "as_of = now()"),
        ("coinfrs_extract", "coverage.requests", "status = 200"),
        ("coinfrs_transform", "staging_binance.raw_deposits", "source_raw_id = 'b'"),
        ("coinfrs_transform", "completeness.verdict_versions", "verdict = 'complete'"),
        ("coinfrs_verify", "completeness.verdict_versions", "verdict = 'complete'"),
        ("bi_reader", "completeness.verdict_versions", "verdict = 'complete'"),
    ],
)
def test_evidence_is_neither_changed_nor_deleted(
    evidence: Mapping[str, str], role: Role, table: str, change: str
) -> None:
    del evidence
    for statement in (
        f"update {table} set {change}",
        f"delete from {table}",
        f"truncate {table}",
        f"drop table {table}",
        f"alter table {table} disable trigger all",
    ):
        with connect(role) as connection, pytest.raises(InsufficientPrivilege):
            connection.execute(statement)


def test_readers_see_every_table_that_dbt_makes_later_in_two_schemas_only(
    database: Mapping[str, str],
) -> None:
    """dbt drops and creates its tables; also through the temporary name of a swap."""
    del database
    with connect("coinfrs_transform") as connection:
        for schema in ("canonical", "completeness", "intermediate", "staging_binance"):
            connection.execute(f"create table {schema}.later as select 1 as n")
            connection.execute(f"create table {schema}.later__dbt_tmp as select 2 as n")
            connection.execute(f"drop table {schema}.later")
            connection.execute(f"alter table {schema}.later__dbt_tmp rename to later")
            connection.execute(f"create view {schema}.shown as select n from {schema}.later")
    for role in ("bi_reader", "coinfrs_verify"):
        for schema in ("canonical", "completeness"):
            with connect(role) as connection:
                for name in ("later", "shown"):
                    query = f"select n from {schema}.{name}"
                    assert connection.execute(query).fetchall() == [(2,)]
        for schema in ("intermediate", "staging_binance"):
            with (
                connect(role) as connection,
                pytest.raises(InsufficientPrivilege),
            ):
                connection.execute(f"select n from {schema}.later")


@pytest.mark.parametrize(
    "name", ["raw_deposits", "raw_live_captures", "raw_account_snapshots", "quarantine"]
)
def test_the_transformation_reads_the_evidence_and_who_owns_it(
    database: Mapping[str, str], name: str
) -> None:
    del database
    with connect("coinfrs_transform") as connection:
        for table in (
            f"staging_binance.{name}",
            "coverage.requests",
            "coverage.intervals",
            "coverage.streams",
            "coverage.outcomes",
            "registry.data_sources",
        ):
            assert connection.execute(f"select count(*) from {table}").fetchone() == (0,)


def test_a_role_cannot_climb_into_another(database: Mapping[str, str]) -> None:
    """Not even by asking for it; only the login may choose its role."""
    del database
    with connect("LOGIN") as connection:
        memberships = connection.execute(
            "select roleid::regrole::text, member::regrole::text from pg_auth_members"
            " where member = any(%s::regrole[])",
            [list(ROLES)],
        ).fetchall()
    assert memberships == []
