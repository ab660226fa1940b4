"""The asset graph as it is meant to be: any change of it shows up here as a difference."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from coinfrs_pipelines import runs

ROOT = Path(__file__).parents[3]
SNAPSHOT = Path(__file__).with_name("definitions.json")
UPDATE = "UPDATE_SNAPSHOT"


@pytest.fixture(scope="module")
def defs(module_database: object) -> dg.Definitions:  # noqa: ARG001 -- importing makes it ready.
    from coinfrs_pipelines.definitions import defs  # noqa: PLC0415 -- needs the database.

    return defs


def described(defs: dg.Definitions) -> dict[str, Any]:
    """Return every asset's group, partitions, dependencies and checks, and what runs them."""
    graph = defs.resolve_asset_graph()
    assets = {}
    for key in sorted(graph.executable_asset_keys):
        node = graph.get(key)
        assets[key.to_user_string()] = {
            "group": node.group_name,
            "partitions": str(node.partitions_def) if node.partitions_def else None,
            "deps": sorted(parent.to_user_string() for parent in node.parent_keys),
            "checks": sorted(check.name for check in node.check_keys),
        }
    return {
        "assets": assets,
        "jobs": {
            name: sorted(
                key.to_user_string()
                for key in defs.resolve_job_def(name).asset_layer.executable_asset_keys
            )
            for name in ("extract", "close")
        },
        "schedules": sorted(schedule.name for schedule in defs.schedules or []),
        "sensors": sorted(sensor.name for sensor in defs.sensors or []),
    }


def test_the_graph_is_the_one_on_record(defs: dg.Definitions) -> None:
    """To accept a change: UPDATE_SNAPSHOT=1 pytest, and read the difference."""
    found = described(defs)
    if os.environ.get(UPDATE):
        SNAPSHOT.write_text(json.dumps(found, indent=2) + "\n")
    assert found == json.loads(SNAPSHOT.read_text())


def test_lineage_runs_from_every_stream_to_the_verdicts(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    # What is only there to control the captures ends in a table of its own.
    ends = [dg.AssetKey(["completeness", name]) for name in ("verdicts", "control_totals")]
    upstream = dg.AssetSelection.assets(*ends).upstream().resolve(graph)
    raw = {
        key
        for key in graph.executable_asset_keys
        if key.path[0].startswith("staging_") and key.path[-1].startswith("raw_")
    }
    assert raw
    assert raw - upstream == set()


def test_every_step_runs_in_the_process_of_its_run(defs: dg.Definitions) -> None:
    assert defs.executor is runs.living_executor


def test_no_resource_is_configured_with_a_value(defs: dg.Definitions) -> None:
    """Dagster keeps and shows the configuration of resources."""
    for resource in (defs.resources or {}).values():
        assert isinstance(resource, dg.ConfigurableResource)
        assert resource.model_dump() == {}


@pytest.mark.slow
def test_dagster_loads_the_workspace_from_the_repositorys_root(
    module_database: dict[str, str], tmp_path: Path
) -> None:
    """What `dagster dev` does first, with neither DAGSTER_HOME nor any other setting."""
    result = subprocess.run(
        [
            str(Path(sys.executable).with_name("dagster")),
            *("definitions", "validate", "--workspace", "workspace.yaml"),
        ],
        cwd=ROOT,
        env={**os.environ, **module_database, "PYTHONWARNINGS": "ignore", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "Validation successful for code location coinfrs" in result.stdout + result.stderr
