"""Whether the views of the project stand in the database just as the project states them.

A view says how a number is made and holds none. Making more than a hundred of them again takes most
of the time of a build, and changes nothing as long as the project is the same; so a build leaves
them alone where every one of them stands as the last whole build of this very project left it.
Whatever else made, changed or dropped one in between is noticed, and then all are made again.
"""

import psycopg

from coinfrs_pipelines.transform.manifest import ParsedProject

# Which nodes are left when the views are: dbt keeps the order that runs through them.
SELECT_ALL_OTHERS = (
    "config.materialized:table",
    "config.materialized:incremental",
    "resource_type:seed",
    "resource_type:test",
)

STANDING = """
select encode(sha256(convert_to(
    string_agg(concat_ws(' ', schemaname, viewname, definition), ';' order by schemaname, viewname),
    'UTF8'
)), 'hex')
from pg_views where schemaname || '.' || viewname = any(%(names)s)
having count(*) = cardinality(%(names)s::text[])
"""
MAKE_TABLE = "create table if not exists intermediate.views_made (project text, standing text)"
IS_MADE = "select to_regclass('intermediate.views_made') is not null"
MADE = "select project, standing from intermediate.views_made"
REPLACE = """
with gone as (delete from intermediate.views_made)
insert into intermediate.views_made values (%s, %s)
"""


def stand(connection: psycopg.Connection, project: ParsedProject) -> bool:
    """Return whether every view is there as the last whole build of this project made it."""
    row = connection.execute(IS_MADE).fetchone()
    if row is None or not row[0]:
        return False
    made = connection.execute(MADE).fetchone()
    return made is not None and made == (project.digest, _standing(connection, project))


def remember(connection: psycopg.Connection, project: ParsedProject) -> None:
    """Write down how the views stand after a whole build of the project."""
    connection.execute(MAKE_TABLE)
    connection.execute(REPLACE, [project.digest, _standing(connection, project)])


def _standing(connection: psycopg.Connection, project: ParsedProject) -> str | None:
    """Return a digest of what the database says of the views; None if one is missing."""
    names = [
        f"{node['schema']}.{node['alias']}"
        for node in project.manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] == "view"
    ]
    row = connection.execute(STANDING, {"names": names}).fetchone()
    return row[0] if row else None
