"""Which views of the project stand in the database just as the project states them.

A view says how a number is made and holds none. Making a hundred of them again takes most of the
time of a build, and changes nothing as long as the project is the same; so a build leaves them
alone where every one of them stands as the last whole build of this very project left it. Whatever
else made, changed or dropped one in between is noticed, and then all are made again.

It is about the views over raw tables. Those over a table of the project fall with that table, which
dbt makes anew, and are made after it. dbt drops such a table in one of several threads and cascades
to the views, where two threads that reach the same views in another order lock each other out; so
they are dropped before it starts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from coinfrs_pipelines.transform.manifest import ParsedProject

STANDING = """
select encode(sha256(convert_to(
    string_agg(concat_ws(' ', schemaname, viewname, definition), ';' order by schemaname, viewname),
    'UTF8'
)), 'hex')
from pg_views where schemaname || '.' || viewname = any(%(names)s)
having count(*) = cardinality(%(names)s::text[])
"""
# A table of our own and not of dbt: a build neither makes nor drops it.
MAKE_TABLE = "create table if not exists intermediate.views_made (project text, standing text)"
IS_MADE = "select to_regclass('intermediate.views_made') is not null"
MADE = "select project, standing from intermediate.views_made"
REPLACE = """
with gone as (delete from intermediate.views_made)
insert into intermediate.views_made values (%s, %s)
"""


def stand(connection: psycopg.Connection, project: ParsedProject) -> bool:
    """Return whether every such view is there as the last whole build of this project made it."""
    row = connection.execute(IS_MADE).fetchone()
    if row is None or not row[0]:
        return False
    made = connection.execute(MADE).fetchone()
    return made is not None and made == (project.digest, _standing(connection, project))


def remember(connection: psycopg.Connection, project: ParsedProject) -> None:
    """Write down how the views stand after a whole build of the project."""
    connection.execute(MAKE_TABLE)
    connection.execute(REPLACE, [project.digest, _standing(connection, project)])


def all_others(project: ParsedProject) -> list[str]:
    """Return the selectors of whatever a build makes and tests if those views are left alone."""
    nodes, left_alone = project.manifest["nodes"], _over_raw_tables(project.manifest)
    made = [
        ".".join(node["fqn"])
        for unique_id, node in nodes.items()
        if node["resource_type"] in ("model", "seed") and unique_id not in left_alone
    ]
    return [*made, "resource_type:test"]


def drop_what_falls(
    connection: psycopg.Connection, project: ParsedProject, selection: Sequence[str]
) -> None:
    """Drop the views that a build of this selection (all, if empty) drops or makes again."""
    falling = list(_falling(project.manifest, selection))
    if falling:
        connection.execute(
            sql.SQL("drop view if exists {} cascade").format(
                sql.SQL(", ").join(sql.Identifier(*name) for name in falling)
            )
        )


def _falling(manifest: Mapping[str, Any], selection: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield schema and name of each view that is selected or stands on what is, through views."""
    nodes = manifest["nodes"]
    falls: dict[str, bool] = {}

    def does_fall(unique_id: str) -> bool:
        node = nodes.get(unique_id)
        if node is None:
            return False
        if unique_id not in falls:
            is_selected = not selection or ".".join(node["fqn"]) in selection
            falls[unique_id] = is_selected or (
                node["config"]["materialized"] == "view"
                and any(does_fall(parent) for parent in node["depends_on"]["nodes"])
            )
        return falls[unique_id]

    for unique_id, node in nodes.items():
        if node["config"]["materialized"] == "view" and does_fall(unique_id):
            yield node["schema"], node["alias"]


def _over_raw_tables(manifest: Mapping[str, Any]) -> set[str]:
    """Return the ids of the views that stand on sources, through other such views."""
    nodes = manifest["nodes"]

    def stands(unique_id: str) -> bool:
        if unique_id not in found:
            node = nodes.get(unique_id)
            # What is no node is a source: a raw table, which no build makes.
            found[unique_id] = node is None or (
                node["config"]["materialized"] == "view"
                and all(stands(parent) for parent in node["depends_on"]["nodes"])
            )
        return found[unique_id]

    found: dict[str, bool] = {}
    return {name for name in nodes if nodes[name]["resource_type"] == "model" and stands(name)}


def _names(project: ParsedProject) -> Iterator[str]:
    for unique_id in _over_raw_tables(project.manifest):
        node = project.manifest["nodes"][unique_id]
        yield f"{node['schema']}.{node['alias']}"


def _standing(connection: psycopg.Connection, project: ParsedProject) -> str | None:
    """Return a digest of what the database says of the views; None if one is missing."""
    row = connection.execute(STANDING, {"names": list(_names(project))}).fetchone()
    return row[0] if row else None
