"""One answer to where the database is, for psycopg and SQLAlchemy, embedded or given by PG*."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from coinfrs_pipelines.core import database as database_module
from coinfrs_pipelines.core.database import DatabaseError, connect, libpq_environment
from coinfrs_pipelines.core.embedded_postgres import EmbeddedPostgres
from coinfrs_pipelines.core.postgres_launch import Launch, is_gone
from coinfrs_pipelines.core.settings import LIBPQ_VARIABLES, settings

ROOT = Path(__file__).parents[3]
OLD_POSTGRES = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture
def embedded(settings_environment: Mapping[str, str]) -> Iterator[EmbeddedPostgres]:
    """Return the server that `core.database` would start; nothing is started yet."""
    server = EmbeddedPostgres(Path(settings_environment["COINFRS_HOME"]) / "postgres")
    yield server
    server.stop()


def test_with_no_variable_set_the_embedded_server_is_started(embedded: EmbeddedPostgres) -> None:
    with connect("LOGIN") as connection:
        assert connection.execute("select current_database()").fetchone() == ("coinfrs",)
    assert libpq_environment() == embedded.parameters


def test_with_all_variables_set_exactly_those_are_used(database: Mapping[str, str]) -> None:
    assert libpq_environment() == {name: database[name] for name in LIBPQ_VARIABLES}
    assert not (settings().home / "postgres").exists()


def test_a_killed_embedded_server_is_started_again_for_the_next_connection(
    embedded: EmbeddedPostgres,
) -> None:
    """Also where its variables were exported, and although its port may be another one."""
    connect("LOGIN").close()
    database_module.export()
    killed = int((embedded.directory / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(killed, signal.SIGKILL)
    while not is_gone(killed):
        pass
    (embedded.directory / "port").unlink()
    connect("LOGIN").close()
    assert libpq_environment() == embedded.parameters


def test_a_connection_has_its_role_utc_and_a_name(database: Mapping[str, str]) -> None:
    with connect("coinfrs_extract") as connection:
        assert connection.execute(
            "select current_user, current_setting('timezone'), current_setting('application_name')"
        ).fetchone() == ("coinfrs_extract", "UTC", "coinfrs coinfrs_extract")
        assert not connection.autocommit
    with connect("LOGIN", autocommit=True) as connection:
        assert connection.execute("select current_user").fetchone() == (database["PGUSER"],)
        assert connection.autocommit


def test_a_role_that_is_not_there_says_migrate(embedded: EmbeddedPostgres) -> None:
    del embedded
    with pytest.raises(DatabaseError, match="run `coinfrs migrate`"):
        connect("coinfrs_extract")


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2", "postgresql+psycopg2"])
def test_a_sqlalchemy_url_works_for_both_drivers(database: Mapping[str, str], driver: str) -> None:
    del database
    url = database_module.sqlalchemy_url(driver, schema="dagster", role="coinfrs_auth")
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        row = connection.execute(sqlalchemy.text("select current_schemas(false), current_user"))
        assert row.one() == ([], "coinfrs_auth")
    engine = sqlalchemy.create_engine(
        database_module.sqlalchemy_url(driver, schema="dagster"), poolclass=sqlalchemy.NullPool
    )
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("select current_schema()")).scalar() == "dagster"


@pytest.mark.skipif(not OLD_POSTGRES.exists(), reason="needs Debian's PostgreSQL 15")
def test_a_server_that_is_too_old_is_refused(
    tmp_path: Path, settings_environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del settings_environment
    mode = Launch.for_directory(tmp_path).mode
    launch = Launch(mode, OLD_POSTGRES)
    launch.run("initdb", f"--pgdata={tmp_path}/data", "--username=old", "--auth=trust", "--no-sync")
    with (tmp_path / "lock").open("w") as lock:
        old = launch.start(
            *("postgres", "-D", f"{tmp_path}/data", "-p", "5999", "-k", str(tmp_path)),
            *("-c", "listen_addresses=", "-c", "fsync=off"),
            log=tmp_path / "log",
            inherit=lock.fileno(),
        )
    values = (str(tmp_path), "5999", "old", "unused", "postgres")
    for name, value in zip(LIBPQ_VARIABLES, values, strict=True):
        monkeypatch.setenv(name, value)
    try:
        while "ready to accept" not in (tmp_path / "log").read_text():
            assert not is_gone(old)
        with pytest.raises(DatabaseError, match="PostgreSQL 15 is too old"):
            connect("LOGIN")
    finally:
        os.kill(old, signal.SIGINT)
        while not is_gone(old):
            pass


def test_a_wrong_password_is_told_apart_from_a_missing_role(
    database: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del database
    monkeypatch.setenv("PGPASSWORD", "not-the-password-at-all")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed") as refused:
        connect("coinfrs_extract")
    assert "not-the-password-at-all" not in str(refused.value)


def test_status_and_stop_find_the_server_of_the_home(embedded: EmbeddedPostgres) -> None:
    def run(what: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "coinfrs_pipelines.core.embedded_postgres", *what.split()],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    assert run("stop") == (0, f"not running: {embedded.directory}\n")
    connect("LOGIN").close()
    port = embedded.parameters["PGPORT"]
    assert run("status") == (0, f"running: {embedded.directory}, 127.0.0.1:{port}\n")
    assert run("stop") == (0, f"not running: {embedded.directory}\n")
    assert run("status")[0] == 3
    assert run("restart")[0] == 2
