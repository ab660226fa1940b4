"""Where the database is and how it is opened: one answer for psycopg, SQLAlchemy, dbt and Dagster.

With PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE set, exactly those are used. With none of
them set, the embedded server under `$COINFRS_HOME/postgres` is started or attached to. A connection
is opened in the role of its stage, so that "append-only" is a grant. Left out: every statement
about a table.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal, cast

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from coinfrs_pipelines.core import redaction
from coinfrs_pipelines.core.embedded_postgres import EmbeddedPostgres
from coinfrs_pipelines.core.settings import libpq_variables, settings

# LOGIN is the owner of the schemas: for migrations, and for Dagster's own tables.
Role = Literal[
    "LOGIN",
    "coinfrs_registry",
    "coinfrs_auth",
    "coinfrs_extract",
    "coinfrs_transform",
    "coinfrs_verify",
    "bi_reader",
]

# GRANT … WITH SET TRUE came with PostgreSQL 16.
SERVER_VERSION_MIN = 160000
MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
# Any constant of our own: two processes that start at once migrate one after the other.
MIGRATION_LOCK = 7_163_384_644_223_836
CONNECT_TIMEOUT_SECONDS = 10
# More are opened where more are asked for; this many are kept.
POOL_SIZE = 8


class DatabaseError(Exception):
    """The database cannot be used as it is; the message says what to do."""


def libpq_environment() -> dict[str, str]:
    """Return the five PG* variables of the database, starting the embedded server if need be.

    Raises:
        SettingsError: some of the PG* variables are set and some are not.
        PostgresError: the embedded server does not start.

    """
    environment = libpq_variables()
    server = _embedded_server()
    if environment is None or server.has_password(environment["PGPASSWORD"]):
        # Exported ones may be out of date: a restarted server can have another port.
        server.start()
        environment = server.parameters
    redaction.remember(environment["PGPASSWORD"])
    return environment


def export() -> None:
    """Put the five PG* variables into this process's environment, for dbt and child processes."""
    os.environ.update(libpq_environment())


def connect(role: Role, *, autocommit: bool = False) -> psycopg.Connection:
    """Open a connection in a role (tuple rows, UTC); the caller closes it.

    An embedded server that was killed in the meantime is started again.

    Raises:
        DatabaseError: the server is too old, or the role is not there yet.
        psycopg.OperationalError: the server given by PG* does not answer or refuses the login.

    """
    connection = _open(libpq_environment(), role, autocommit=autocommit)
    if connection.info.server_version < SERVER_VERSION_MIN:
        version = connection.info.server_version // 10000
        connection.close()
        raise DatabaseError(
            f"PostgreSQL {version} is too old: point PG* at version 16 or newer, "
            "or set none of them for the embedded server."
        )
    return connection


def pool(role: Role) -> sqlalchemy.Pool:
    """Return a pool of autocommit connections in a role; the caller disposes of it.

    A connection that the server has closed in the meantime is replaced when it is asked for.
    """
    connections = sqlalchemy.QueuePool(
        # Its protocol of a connection asks for more than psycopg's needs to have.
        cast("Any", lambda: connect(role, autocommit=True)),
        pool_size=POOL_SIZE,
        max_overflow=-1,
        reset_on_return=None,
        use_lifo=True,
    )
    sqlalchemy.event.listen(connections, "checkout", _check)
    return connections


@contextmanager
def lent(connections: sqlalchemy.Pool) -> Iterator[psycopg.Connection]:
    """Lend a connection of a pool; after an error in the block nobody gets it again.

    Raises:
        DatabaseError, psycopg.OperationalError: as `connect`.

    """
    borrowed = connections.connect()
    try:
        # What `pool` put into it.
        yield cast("psycopg.Connection", borrowed.driver_connection)
    except BaseException:
        borrowed.invalidate()
        raise
    finally:
        borrowed.close()


def sqlalchemy_url(driver: str, *, schema: str | None = None, role: Role = "LOGIN") -> str:
    """Return the database's URL with its password, for `psycopg` or `psycopg2`.

    A SQLAlchemy URL cannot say "from the environment" for every driver alike, so this one must
    never be printed. `schema` becomes the search path.

    Raises:
        SettingsError, PostgresError: as `libpq_environment`.

    """
    environment = libpq_environment()
    options = [f"-csearch_path={schema}"] if schema else []
    options += [f"-crole={role}"] if role != "LOGIN" else []
    url = sqlalchemy.URL.create(
        f"postgresql+{driver.removeprefix('postgresql+')}",
        username=environment["PGUSER"],
        password=environment["PGPASSWORD"],
        host=environment["PGHOST"],
        port=int(environment["PGPORT"]),
        database=environment["PGDATABASE"],
        query={"options": " ".join(options)} if options else {},
    )
    return url.render_as_string(hide_password=False)


def migrate(*, downgrade_to: str | None = None) -> None:
    """Bring the schema to the newest revision, or down to an older one (`base` is none at all).

    Raises:
        DatabaseError: the database is at a revision that this code does not know.

    """
    config = _migrations()
    engine = sqlalchemy.create_engine(
        sqlalchemy_url("psycopg"), poolclass=sqlalchemy.NullPool, hide_parameters=True
    )
    with connect("LOGIN", autocommit=True) as lock, engine.connect() as connection:
        lock.execute("select pg_advisory_lock(%s)", [MIGRATION_LOCK])
        config.attributes["connection"] = connection
        try:
            if downgrade_to is None:
                command.upgrade(config, "head")
            else:
                command.downgrade(config, downgrade_to)
        except CommandError as error:
            raise DatabaseError(
                f"{error}: this database belongs to newer code, use that."
            ) from None


def require_newest() -> None:
    """Return if the schema is at the newest revision of this code, and change nothing.

    Raises:
        DatabaseError: it is at an older one, at one of newer code, or at none.
        psycopg.OperationalError: as `connect`.

    """
    scripts = ScriptDirectory.from_config(_migrations())
    newest = scripts.get_current_head()
    with closing(connect("LOGIN")) as connection:
        try:
            found = connection.execute("select version_num from alembic_version").fetchone()
        except psycopg.errors.UndefinedTable:
            found = None
    if found == (newest,):
        return
    if found is None:
        raise DatabaseError("The database was never migrated: run `coinfrs migrate`.")
    if found[0] in {script.revision for script in scripts.walk_revisions()}:
        raise DatabaseError(
            f"The database is at revision {found[0]}, this code needs {newest}: "
            "run `coinfrs migrate`."
        )
    raise DatabaseError(
        f"The database is at revision {found[0]}, which this code does not know: use newer code."
    )


def ensure_ready() -> None:
    """Have the server running and the schema at its newest revision.

    Raises:
        DatabaseError, SettingsError, PostgresError: as `connect` and `migrate`.

    """
    migrate()


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _check(connection: psycopg.Connection, _record: object, _borrowed: object) -> None:
    """Have the pool replace a connection whose server has gone."""
    try:
        connection.execute("")
    except psycopg.OperationalError as error:
        raise sqlalchemy.exc.DisconnectionError from error


def _open(environment: dict[str, str], role: Role, *, autocommit: bool) -> psycopg.Connection:
    as_role = "" if role == "LOGIN" else f" -c role={role}"
    try:
        return psycopg.connect(
            host=environment["PGHOST"],
            port=environment["PGPORT"],
            user=environment["PGUSER"],
            password=environment["PGPASSWORD"],
            dbname=environment["PGDATABASE"],
            options=f"-c timezone=UTC{as_role}",
            application_name=f"coinfrs {role}",
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            autocommit=autocommit,
        )
    except psycopg.OperationalError as error:
        if f'role "{role}"' in str(error):
            raise DatabaseError(
                f"This login cannot act as {role} yet: run `coinfrs migrate`."
            ) from None
        raise


def _embedded_server() -> EmbeddedPostgres:
    return EmbeddedPostgres(settings().home / "postgres")
