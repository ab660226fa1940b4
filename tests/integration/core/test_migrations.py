"""One migration history: up, down and up again; twice at once; beside another database's."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

from coinfrs_pipelines.core.database import DatabaseError, connect, ensure_ready, migrate
from coinfrs_pipelines.core.embedded_postgres import EmbeddedPostgres
from coinfrs_pipelines.core.settings import LIBPQ_VARIABLES

ROOT = Path(__file__).parents[3]
ROLES = (
    "bi_reader",
    "coinfrs_auth",
    "coinfrs_extract",
    "coinfrs_registry",
    "coinfrs_transform",
    "coinfrs_verify",
)
MIGRATE = "from coinfrs_pipelines.core import database; database.migrate()"
# Everything a migration can leave behind, by name; grants and defaults included.
CONTENT = """
select 'relation', c.oid::regclass::text, c.relkind::text, coalesce(c.relacl::text, '')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
union all
select 'schema', nspname, '', coalesce(nspacl::text, '') from pg_namespace
where nspname !~ '^pg_' and nspname <> 'information_schema'
union all
select 'defaults', defaclnamespace::regnamespace::text, defaclrole::regrole::text, defaclacl::text
from pg_default_acl
union all
select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
from pg_constraint where connamespace::regnamespace::text !~ '^(pg_|information_schema)'
"""


def content() -> set[tuple[object, ...]]:
    with connect("LOGIN") as connection:
        return set(connection.execute(CONTENT).fetchall())


def roles() -> list[str]:
    with connect("LOGIN") as connection:
        rows = connection.execute(
            "select rolname from pg_roles where rolname = any(%s) order by 1", [list(ROLES)]
        )
        return [row[0] for row in rows]


def migrators(environments: list[Mapping[str, str]]) -> None:
    """Run one migrating process per environment, all at once."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE],
            cwd=ROOT,
            env={**os.environ, **environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        for environment in environments
    ]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), errors


@pytest.fixture
def own_cluster(
    tmp_path: Path, settings_environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[EmbeddedPostgres]:
    """A cluster where no role of ours exists yet; roles are cluster-wide."""
    del settings_environment
    server = EmbeddedPostgres(tmp_path / "own", {"fsync": "off"})
    server.start()
    for name, value in server.parameters.items():
        monkeypatch.setenv(name, value)
    yield server
    server.stop()


def test_up_down_and_up_again_on_a_fresh_database_leaves_the_same(
    empty_database: Mapping[str, str],
) -> None:
    del empty_database
    before = content()
    migrate()
    first = content()
    assert len(first) > 50
    migrate(downgrade_to="base")
    assert content() - before == {
        row for row in first if row[0] != "schema" and "alembic_version" in str(row)
    }
    migrate()
    assert content() == first


def test_down_and_up_again_on_a_clone_leaves_what_a_clone_has(
    database: Mapping[str, str],
) -> None:
    del database
    first = content()
    migrate(downgrade_to="base")
    ensure_ready()
    assert content() == first


def test_every_revision_goes_down_and_up_by_itself(database: Mapping[str, str]) -> None:
    del database
    first = content()
    for revision in sorted((ROOT / "migrations" / "versions").glob("0*.py"), reverse=True)[1:]:
        migrate(downgrade_to=revision.name[:4])
    migrate()
    assert content() == first


def test_ready_is_ready_the_second_time(database: Mapping[str, str]) -> None:
    del database
    first = content()
    ensure_ready()
    ensure_ready()
    assert content() == first


def test_two_processes_may_migrate_one_database_at_once(
    empty_database: Mapping[str, str],
) -> None:
    migrators([empty_database] * 3)
    with connect("coinfrs_registry") as connection:
        assert connection.execute("select count(*) from auth.users").fetchone() == (1,)


def test_two_databases_of_a_new_cluster_may_be_migrated_at_once(
    own_cluster: EmbeddedPostgres,
) -> None:
    """Both create the same roles; whoever comes second finds them."""
    with connect("LOGIN", autocommit=True) as connection:
        connection.execute("create database second")
    assert roles() == []
    first = own_cluster.parameters
    migrators([first, {**first, "PGDATABASE": "second"}])
    assert roles() == list(ROLES)


def test_roles_go_with_the_last_database_that_uses_them(
    own_cluster: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And going down in one database takes nothing from another one, nor from the cluster."""
    del own_cluster
    with connect("LOGIN", autocommit=True) as connection:
        connection.execute("create database second")
    migrate()
    monkeypatch.setenv("PGDATABASE", "second")
    migrate()
    with connect("coinfrs_transform") as connection:
        connection.execute("create table canonical.kept as select 1 as n")
    with connect("LOGIN") as connection:
        connection.execute("revoke connect on database second from public")
        connection.execute("grant connect on database second to bi_reader")
    second = content()
    monkeypatch.setenv("PGDATABASE", "coinfrs")
    migrate(downgrade_to="base")
    assert roles() == list(ROLES)
    monkeypatch.setenv("PGDATABASE", "second")
    assert content() == second
    with connect("bi_reader") as connection:
        assert connection.execute("select n from canonical.kept").fetchall() == [(1,)]
        assert connection.execute(
            "select has_database_privilege('bi_reader', 'second', 'connect')"
        ).fetchone() == (True,)
    with connect("LOGIN") as connection:
        connection.execute("revoke connect on database second from bi_reader")
    migrate(downgrade_to="base")
    assert roles() == []


def test_a_login_that_is_no_superuser_can_migrate_and_act_in_every_role(
    own_cluster: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a hosted server: it may create roles and owns its database, no more."""
    with connect("LOGIN", autocommit=True) as connection:
        connection.execute("create role hosted login createrole password 'hosted-password-1'")
        connection.execute("create database hosted owner hosted")
    del own_cluster
    values = dict(zip(LIBPQ_VARIABLES[2:], ("hosted", "hosted-password-1", "hosted"), strict=True))
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    migrate()
    for role in ROLES:
        with connect(role) as connection:  # type: ignore[arg-type]  # the names are checked above
            assert connection.execute("select current_user").fetchone() == (role,)
    with connect("coinfrs_transform") as connection:
        connection.execute("create table canonical.later as select 1 as n")
    with connect("bi_reader") as connection:
        assert connection.execute("select n from canonical.later").fetchall() == [(1,)]
    migrate(downgrade_to="base")
    assert roles() == []


def test_a_database_of_newer_code_is_left_alone(database: Mapping[str, str]) -> None:
    del database
    with connect("LOGIN") as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    with pytest.raises(DatabaseError, match="newer code"):
        ensure_ready()


def test_a_migration_is_all_or_nothing(empty_database: Mapping[str, str]) -> None:
    """A table that is in the way stops one revision, and what that one did is taken back."""
    del empty_database
    with connect("LOGIN") as connection:
        connection.execute("create schema registry")
    with pytest.raises(Exception, match="already exists"):
        migrate()
    with connect("LOGIN") as connection:
        connection.execute("drop schema registry")
    migrate()
    with pytest.raises(psycopg.errors.DuplicateSchema), connect("LOGIN") as connection:
        connection.execute("create schema registry")
