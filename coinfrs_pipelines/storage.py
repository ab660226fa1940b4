"""Dagster's three storages on our own database, with secrets taken out of everything they write.

`dagster.yaml` names the classes below and nothing else: where the database is (embedded or `PG*`)
is known to `core.database` alone, so plain `dagster dev` works either way and no secret stands in a
file or in the arguments of a process.

Nothing redacts for us: exception text, URLs, metadata, run config and tick errors all end in these
tables. So the redaction sits below all of it, on the parameters of every statement, and one
listener covers the run, event log and schedule storage with every table they have or will have. It
leaves out the compressed job snapshots: they hold what code declares, and no resource of ours takes
a literal secret. What a secret looks like is known to `core.redaction`.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Self

import sqlalchemy
from dagster._core.storage.event_log.schema import AssetKeyTable
from dagster._serdes import ConfigurableClassData
from dagster_postgres import (
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from sqlalchemy import event
from sqlalchemy.engine import Engine

from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.redaction import scrub

DAGSTER_SCHEMA = "dagster"
# dagster-postgres closes psycopg 3 connections under itself (it uses them as context managers).
DRIVER = "psycopg2"
# Of each of the three storages in each process; a host runs about a dozen.
CONNECTIONS_KEPT = 1
CONNECTIONS_MORE = 9


@lru_cache(maxsize=1)
def _have_the_schema() -> None:
    """Migrate once in this process: the instance is made before anything of ours is imported."""
    database.ensure_ready()


def redact_statements(engine: Engine) -> None:
    """Scrub the text parameters of every statement this engine will execute."""
    event.listen(engine, "before_cursor_execute", _scrub_parameters, retval=True)


def _scrub_parameters(
    _connection: object,
    _cursor: object,
    statement: str,
    parameters: Any,
    _context: object,
    _executemany: bool,
) -> tuple[str, Any]:
    return statement, _scrubbed(parameters)


def _scrubbed(value: Any) -> Any:
    """Return the same parameters, their text scrubbed; serialised JSON stays valid JSON."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {key: _scrubbed(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_scrubbed(item) for item in value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_scrubbed(item) for item in value]
    return value


def _engine(url: str) -> Engine:
    """Return an engine that keeps its connections.

    The parents connect anew for every statement; a build of the project makes a thousand, which
    took as long as the build itself. A connection that was lost meanwhile is replaced. Dagster's
    tables are no evidence: if the server's host goes down, the last events before may be lost.
    """
    parsed = sqlalchemy.make_url(url)
    options = f"{parsed.query['options']} -csynchronous_commit=off"
    return sqlalchemy.create_engine(
        parsed.update_query_dict({"options": options}),
        isolation_level="AUTOCOMMIT",
        pool_size=CONNECTIONS_KEPT,
        max_overflow=CONNECTIONS_MORE,
        pool_pre_ping=True,
        hide_parameters=True,
    )


class _OnOurDatabase:
    """What the three storages share: no configuration, our URL, our listener.

    `from_config_value` is overridden because the parents name their own class in it, so that a
    subclass without its own would silently not be used.
    """

    _engine: sqlalchemy.Engine

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, _config_value: Mapping[str, Any]
    ) -> Self:
        _have_the_schema()
        url = database.sqlalchemy_url(DRIVER, schema=DAGSTER_SCHEMA)
        storage = cls(postgres_url=url, inst_data=inst_data)  # type: ignore[call-arg]  # the parents' signature
        storage._engine = _engine(url)
        redact_statements(storage._engine)
        return storage

    def dispose(self) -> None:
        """Close the pooled connections after what the parent closes."""
        super().dispose()  # type: ignore[misc]  # the parents' method
        self._engine.dispose()

    def optimize_for_webserver(
        self, statement_timeout: int, pool_recycle: int, max_overflow: int
    ) -> None:
        """Let the parent replace its engine, then make the new one redact as well."""
        super().optimize_for_webserver(statement_timeout, pool_recycle, max_overflow)  # type: ignore[misc]  # the parents' method
        redact_statements(self._engine)


class EventLogStorage(_OnOurDatabase, PostgresEventLogStorage):
    """Dagster's event log in the schema `dagster`, redacted."""

    _asset_key_columns: frozenset[str] = frozenset()
    _tables: frozenset[str] = frozenset()

    def has_table(self, table_name: str) -> bool:
        """Return whether Dagster has a table; one that is there is not looked for again.

        The parent asks the catalogue for each asset that is materialised.
        """
        if table_name not in self._tables and super().has_table(table_name):
            self._tables |= {table_name}
        return table_name in self._tables

    def has_asset_key_col(self, column_name: str) -> bool:
        """Return whether Dagster's table of assets has a column.

        The parent reads the catalogue for each of the hundreds of questions of a run; Dagster's
        migrations are over before this class answers the first one.
        """
        if not self._asset_key_columns:
            with self.index_connection() as connection:
                columns = sqlalchemy.inspect(connection).get_columns(AssetKeyTable.name)
            self._asset_key_columns = frozenset(column["name"] for column in columns)
        return column_name in self._asset_key_columns


class RunStorage(_OnOurDatabase, PostgresRunStorage):
    """Dagster's runs, tags and cursors in the schema `dagster`, redacted."""


class ScheduleStorage(_OnOurDatabase, PostgresScheduleStorage):
    """Dagster's schedules, sensors and their ticks in the schema `dagster`, redacted."""
