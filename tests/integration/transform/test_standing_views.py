"""When views are made again: if the project or what stands in the database is another one."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import psycopg
import pytest

from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.transform import views
from coinfrs_pipelines.transform.manifest import ParsedProject

VIEWS = ("one", "other")
PROJECT = ParsedProject(
    manifest={
        "nodes": {
            name: {
                "resource_type": "model",
                "schema": "intermediate",
                "alias": name,
                "config": {"materialized": "view"},
                "depends_on": {"nodes": ["source.raw"]},
            }
            for name in VIEWS
        }
    },
    parse=b"",
    digest="as it was",
)


@pytest.fixture
def connection(
    database: Mapping[str, str],  # noqa: ARG001 -- it is the one that is set.
) -> Iterator[psycopg.Connection]:
    with core_database.connect("coinfrs_transform", autocommit=True) as connection:
        for name in VIEWS:
            connection.execute(f"create view intermediate.{name} as select 1 as amount".encode())
        yield connection


def test_views_stand_after_a_whole_build_of_the_same_project(
    connection: psycopg.Connection,
) -> None:
    assert not views.stand(connection, PROJECT)
    views.remember(connection, PROJECT)
    assert views.stand(connection, PROJECT)


def test_another_project_makes_them_again(connection: psycopg.Connection) -> None:
    views.remember(connection, PROJECT)
    assert not views.stand(connection, replace(PROJECT, digest="as it is"))


@pytest.mark.parametrize(
    "statement",
    [
        "drop view intermediate.one",
        "create or replace view intermediate.one as select 2 as amount",
    ],
)
def test_a_view_that_somebody_dropped_or_changed_is_noticed(
    connection: psycopg.Connection, statement: str
) -> None:
    views.remember(connection, PROJECT)
    connection.execute(statement.encode())
    assert not views.stand(connection, PROJECT)


def test_the_newest_whole_build_is_the_one_that_counts(connection: psycopg.Connection) -> None:
    views.remember(connection, PROJECT)
    connection.execute("create or replace view intermediate.one as select 2 as amount")
    views.remember(connection, PROJECT)
    assert views.stand(connection, PROJECT)


def test_a_build_drops_what_stands_on_its_tables_before_it_starts(
    connection: psycopg.Connection,
) -> None:
    """Two threads of dbt that cascade to the same views in another order lock each other out."""
    connection.execute("create view intermediate.third as select amount from intermediate.other")
    nodes = {
        "table": _node("table", "table", "source.raw"),
        "raw": _node("one", "view", "source.raw"),
        "on the table": _node("other", "view", "table"),
        "on the view": _node("third", "view", "on the table"),
    }
    views.drop_what_falls(connection, replace(PROJECT, manifest={"nodes": nodes}), ["table"])
    standing = connection.execute(
        "select viewname from pg_views where schemaname = 'intermediate'"
    ).fetchall()
    assert standing == [("one",)]


def _node(name: str, materialized: str, parent: str) -> dict[str, object]:
    return {
        "schema": "intermediate",
        "alias": name,
        "fqn": [name],
        "config": {"materialized": materialized},
        "depends_on": {"nodes": [parent]},
    }
