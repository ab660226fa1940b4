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
