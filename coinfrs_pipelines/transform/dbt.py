"""The dbt project as Dagster assets: from the raw tables of each stream to every verdict.

Unpartitioned, because dbt rebuilds from what the tables say and late rows change older days. dbt
runs in the process of the step, on a parse made ahead (`transform.manifest`), so a build costs its
SQL and not an import and a parse. What the models mean stands in dbt_project/, not here.

`python -m coinfrs_pipelines.transform.dbt` parses the project; `make` does it before anything else.
"""

import contextlib
import queue
import sys
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.transform import views
from coinfrs_pipelines.transform.manifest import PROJECT, ParsedProject, ParseError, parsed_project

ROLE: database.Role = "coinfrs_transform"
# dbt recreates its tables by renaming; two builds at once would drop each other's.
BUILD_LOCK = "coinfrs build"
# dbt says what failed in pairs of events: the node, then why.
FAILURES = ("RunResultError", "RunResultFailure")
# What a node came to. Of the others dbt makes dozens for each node, mostly of the SQL that it ran.
RESULTS = ("LogModelResult", "LogSeedResult", "LogTestResult")
FAILURES_NAMED_MAX = 10


class BuildError(Exception):
    """dbt finished with errors; the message names the nodes that failed and why."""


class SchemaIsGroup(DagsterDbtTranslator):
    """One noun, four places: the folder, the Postgres schema, the key's prefix and the group."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return the schema, which is the folder of the model."""
        schema: str | None = dbt_resource_props.get("schema")
        return schema

    def get_partition_mapping(
        self,
        dbt_resource_props: Mapping[str, Any],  # noqa: ARG002 -- the parent's signature.
        dbt_parent_resource_props: Mapping[str, Any],
    ) -> dg.PartitionMapping | None:
        """Say of a raw table that its last day is what a build stands on.

        A build reads all of it, but Dagster would list every day since the first one for every
        table and every build, only to note the version of the newest.
        """
        is_raw = dbt_parent_resource_props["resource_type"] == "source"
        return dg.LastPartitionMapping() if is_raw else None


def project_assets() -> dg.AssetsDefinition:
    """Return every model, seed and test of the project: one step that builds what is selected."""
    project = parsed_project()
    manifest = project.manifest
    translator = SchemaIsGroup()

    @dbt_assets(manifest=manifest, dagster_dbt_translator=translator, name="dbt_project")
    def dbt_project(context: dg.AssetExecutionContext) -> Iterator[Any]:
        selected = _selected(context, manifest, translator)
        with contextlib.closing(build(project, selection=selected)) as events:
            for raw_event in events:
                message = DbtCoreCliEventMessage(raw_event=raw_event, event_history_metadata={})
                yield from message.to_default_asset_events(
                    manifest=manifest, dagster_dbt_translator=translator, context=context
                )

    return dbt_project


def _selected(
    context: dg.AssetExecutionContext,
    manifest: Mapping[str, Any],
    translator: DagsterDbtTranslator,
) -> list[str]:
    """Return the names of the chosen models, or nothing when all are chosen."""
    if context.selected_asset_keys == context.assets_def.keys:
        return []
    return [
        ".".join(node["fqn"])
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
        and translator.get_asset_spec(manifest, unique_id, None).key in context.selected_asset_keys
    ]


def build(
    project: ParsedProject, *, selection: list[str] | None = None
) -> Generator[dict[str, Any]]:
    """Run `dbt build` in this process, alone in this database; yield its RESULTS and FAILURES.

    Without a selection everything is built, except views that stand as they should (`views.py`).
    Whoever closes it early, or is interrupted, waits for dbt: as long as it builds nobody else may.

    Raises BuildError when a model or a test failed; all that does not depend on it was built.
    """
    from dbt.cli.main import dbtRunner, dbtRunnerResult  # noqa: PLC0415 -- two seconds, builds only.
    from dbt.contracts.graph.manifest import Manifest  # noqa: PLC0415 -- as above.
    from dbt_common.events.base_types import EventMsg  # noqa: PLC0415 -- as above.
    from dbt_common.events.functions import msg_to_dict  # noqa: PLC0415 -- as above.

    database.export()
    events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    results: list[dbtRunnerResult] = []
    ended_by: list[BaseException] = []

    def pass_on(message: EventMsg) -> None:
        if message.info.name in (*RESULTS, *FAILURES):
            events.put(msg_to_dict(message))

    def run(selected: Sequence[str]) -> None:
        try:
            manifest = Manifest.from_msgpack(project.parse)
            runner = dbtRunner(manifest=manifest, callbacks=[pass_on])
            results.append(runner.invoke(_arguments(settings().home / "dbt", selected)))
        except BaseException as error:  # noqa: BLE001 -- whatever it is, the caller is told.
            ended_by.append(error)
        finally:
            events.put(None)

    with _alone_in_the_database() as connection:
        selected = selection or (
            views.all_others(project) if views.stand(connection, project) else []
        )
        views.drop_what_falls(connection, project, selected)
        worker = threading.Thread(target=run, name="dbt build", args=[selected])
        worker.start()
        failures = []
        try:
            while (event := events.get()) is not None:
                if event["info"]["name"] in FAILURES:
                    # The first lines say what; what follows is the stack of dbt's own macros.
                    failures.append(" ".join(event["info"]["msg"].split("\n")[:2]).strip())
                yield event
        finally:
            worker.join()
        if not selected and results and results[0].success:
            views.remember(connection, project)
    result = results[0] if results else None
    if result is None or not result.success:
        cause = "; ".join(failures[:FAILURES_NAMED_MAX])
        error = ended_by[0] if ended_by else result and result.exception
        cause = cause or (f"{type(error).__name__}: {error}" if error else "dbt ended early")
        raise BuildError(f"dbt build failed: {cause}")


def _arguments(directory: Path, selection: Sequence[str]) -> list[str]:
    return [
        "--no-send-anonymous-usage-stats",
        "--no-use-colors",
        "--no-version-check",
        "--log-level=none",
        "--log-level-file=none",
        "--no-write-json",
        "build",
        # They are of the code and not of the data: `make test` runs them.
        "--exclude-resource-type=unit_test",
        f"--project-dir={PROJECT}",
        f"--profiles-dir={PROJECT}",
        f"--target-path={directory}",
        f"--log-path={directory}",
        *(["--select", *selection] if selection else []),
    ]


@contextlib.contextmanager
def _alone_in_the_database() -> Iterator[psycopg.Connection]:
    with database.connect(ROLE, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext(%s))", [BUILD_LOCK])
        yield connection


if __name__ == "__main__":
    try:
        nodes = parsed_project().manifest["nodes"]
    except ParseError as error:
        sys.exit(str(error))
    # make compares times, we compare contents.
    (PROJECT / "target" / "manifest.json").touch()
    print(f"dbt_project is parsed: {len(nodes)} nodes")  # noqa: T201 -- for make.
