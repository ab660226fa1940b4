"""Fixtures for every test: a clean environment, development secrets and a database of its own.

One embedded cluster per test worker holds the migrated template `coinfrs_template`; each test that
asks for `database` gets a fresh clone, always named `coinfrs`: dbt's manifest holds the name.
"""

import gc
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from uuid import UUID

import certifi
import psycopg
import pytest
import redis

from coinfrs_pipelines.connectors.egress import BANS
from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.core.embedded_postgres import THROWN_AWAY, EmbeddedPostgres
from coinfrs_pipelines.core.settings import settings

TEMPLATE = "coinfrs_template"
WITH_VIEWS = "coinfrs_template_with_views"
PREPARED_CLUSTER = os.environ.get("TESTS_CLUSTER")
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
# Read before the environment is cleaned for the tests; `.ci/run` sets it.
IS_EVERY_TEST_WANTED = bool(os.environ.get("COINFRS_EVERY_TEST"))
# A developer's own variables must not reach a test.
FOREIGN_VARIABLES = (
    "PG",
    "COINFRS_",
    "ENCRYPTION_",
    "SECRET_KEY",
    "REDIS_",
    "SMTP_",
    "GOOGLE_",
    "DAGSTER_",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Keep the collector from walking through what the whole run needs: a tenth of its time."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide a developer's variables, and trust one authority of the world's hundred and more.

    No test asks anybody outside, and httpx reads them all for every client: 50 ms of a processor.
    """
    [first, *_] = CERTIFICATE.findall(Path(certifi.where()).read_text(encoding="utf-8"))
    authority = tmp_path_factory.mktemp("authorities") / "one.pem"
    authority.write_text(first)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(FOREIGN_VARIABLES):
                patch.delenv(name)
        patch.setenv("SSL_CERT_FILE", str(authority))
        yield


@pytest.fixture(autouse=True)
def _own_environment() -> Iterator[None]:
    """Let no test see another one's settings, variables, or the bans of a port now used anew."""
    before = dict(os.environ)
    settings.cache_clear()
    BANS.clear()
    yield
    settings.cache_clear()
    os.environ.clear()
    os.environ.update(before)


def development_settings(home: Path) -> dict[str, str]:
    """Return development secrets of their own and a home that is nobody's `.coinfrs`."""
    return {
        "COINFRS_ENVIRONMENT": "development",
        "COINFRS_HOME": str(home),
        # Venues of this machine answer at once: more threads would wait for each other.
        "COINFRS_SOURCES_AT_ONCE": "2",
        "ENCRYPTION_KEY": secrets.token_hex(32),
        "SECRET_KEY": secrets.token_hex(32),
    }


@pytest.fixture
def settings_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Mapping[str, str]]:
    """Set development secrets; return the variables that were set."""
    yield from _exported(development_settings(tmp_path / "home"), monkeypatch)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """Start this worker's server with the migrated template; stop it at the end.

    TESTS_CLUSTER names the directory of one that was prepared for many runs, and is left running.
    """
    if PREPARED_CLUSTER is not None:
        yield EmbeddedPostgres(Path(PREPARED_CLUSTER), THROWN_AWAY)
        return
    server = EmbeddedPostgres(tmp_path_factory.mktemp("cluster"), THROWN_AWAY)
    server.start()
    try:
        make_template(server)
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def views_made(cluster: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Build the project once in this worker: a module that uses this gets databases with views."""
    # Dagster and dbt take five seconds to import.
    from coinfrs_pipelines.transform import dbt, manifest  # noqa: PLC0415

    clone(cluster)
    with pytest.MonkeyPatch.context() as patch:
        variables = development_settings(tmp_path_factory.mktemp("home")) | cluster.parameters
        for name, value in variables.items():
            patch.setenv(name, value)
        settings.cache_clear()
        for _ in dbt.build(manifest.parsed_project()):
            pass
    settings.cache_clear()
    with _administration(cluster) as connection:
        source = cluster.parameters["PGDATABASE"]
        # A session that has not ended by then would refuse the copy.
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [source]
        )
        connection.execute(f"create database {WITH_VIEWS} template {source} strategy file_copy")
    return WITH_VIEWS


def _template(request: pytest.FixtureRequest) -> str:
    if "views_made" in request.fixturenames:
        return str(request.getfixturevalue("views_made"))
    return TEMPLATE


@pytest.fixture
def database(
    request: pytest.FixtureRequest,
    cluster: EmbeddedPostgres,
    settings_environment: Mapping[str, str],  # noqa: ARG001 -- the database is useless without them.
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Mapping[str, str]]:
    """Give the test a fresh, migrated database; return its five PG* variables, which are set."""
    clone(cluster, template=_template(request))
    yield from _exported(cluster.parameters, monkeypatch)


@pytest.fixture(scope="module")
def module_database(
    request: pytest.FixtureRequest,
    cluster: EmbeddedPostgres,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mapping[str, str]]:
    """Give a whole module one database, where filling it is dear; not together with `database`."""
    clone(cluster, template=_template(request))
    with pytest.MonkeyPatch.context() as patch:
        variables = development_settings(tmp_path_factory.mktemp("home")) | cluster.parameters
        yield from _exported(variables, patch)
    settings.cache_clear()


@pytest.fixture
def empty_database(
    cluster: EmbeddedPostgres,
    settings_environment: Mapping[str, str],  # noqa: ARG001 -- the database is useless without them.
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Mapping[str, str]]:
    """Give the test a database without any schema of ours."""
    clone(cluster, template="template1")
    yield from _exported(cluster.parameters, monkeypatch)


@pytest.fixture
def make_user(database: Mapping[str, str]) -> Callable[[str], UUID]:  # noqa: ARG001 -- it fills that one.
    """Return a function that adds a user by e-mail address and returns the id."""

    def make(email: str) -> UUID:
        with core_database.connect("coinfrs_auth") as connection:
            row = connection.execute(
                "insert into auth.users (email) values (%s) returning id", [email]
            ).fetchone()
            assert row is not None
            return UUID(str(row[0]))

    return make


def installed(program: str) -> str:
    """Return the path of a program of Debian's package of the same name.

    Where it is missing the test skips and says what to do; if every test is wanted, it fails.
    """
    found = shutil.which(program)
    if found is None:
        missing = f"{program} is missing: as root, `apt-get install {program}`."
        if IS_EVERY_TEST_WANTED:
            raise RuntimeError(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="session")
def start_redis(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[], tuple[str, subprocess.Popen[bytes]]]]:
    """Return a function that starts an empty redis-server; it returns its URL and its process."""
    program = installed("redis-server")
    started: list[subprocess.Popen[bytes]] = []

    def start() -> tuple[str, subprocess.Popen[bytes]]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = (program, "--port", str(port), "--bind", "127.0.0.1", "--save", "")
        directory = tmp_path_factory.mktemp("redis")
        server = subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL)
        started.append(server)
        url = f"redis://127.0.0.1:{port}/0"
        with redis.Redis.from_url(url) as client:
            for _ in range(200):
                try:
                    client.ping()
                except redis.ConnectionError:
                    time.sleep(0.025)
                else:
                    return url, server
        raise RuntimeError("redis-server did not start.")

    yield start
    for server in started:
        server.terminate()
        server.wait(10)


def make_template(server: EmbeddedPostgres) -> None:
    """Make the migrated database that every other one is a copy of."""
    with _administration(server) as connection:
        connection.execute(f"create database {TEMPLATE}")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**server.parameters, "PGDATABASE": TEMPLATE}.items():
            patch.setenv(name, value)
        core_database.migrate()


def clone(server: EmbeddedPostgres, *, template: str = TEMPLATE, name: str = "coinfrs") -> None:
    """Replace a database of a cluster by a copy of the template."""
    with _administration(server) as connection:
        connection.execute(f"drop database if exists {name} with (force)")
        connection.execute(f"create database {name} template {template} strategy file_copy")


def _administration(server: EmbeddedPostgres) -> psycopg.Connection:
    variables = server.parameters
    return psycopg.connect(
        host=variables["PGHOST"],
        port=variables["PGPORT"],
        user=variables["PGUSER"],
        password=variables["PGPASSWORD"],
        dbname="postgres",
        autocommit=True,
    )


def _exported(
    variables: Mapping[str, str], patch: pytest.MonkeyPatch
) -> Iterator[Mapping[str, str]]:
    for name, value in variables.items():
        patch.setenv(name, value)
    settings.cache_clear()
    yield variables
