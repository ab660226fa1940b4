"""dbt inside Dagster: parsed once and by content, built in process, failing loudly and by name."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.transform import dbt, manifest

pytestmark = pytest.mark.long

PROJECT_FILES = {
    "dbt_project.yml": """
name: small
version: "1.0"
profile: coinfrs
model-paths: ["models"]
flags: {send_anonymous_usage_stats: false}
models: {small: {+materialized: table}}
""",
    "profiles.yml": """
coinfrs:
  target: here
  outputs:
    here:
      type: postgres
      host: "{{ env_var('PGHOST') }}"
      port: "{{ env_var('PGPORT') | as_number }}"
      user: "{{ env_var('PGUSER') }}"
      password: "{{ env_var('PGPASSWORD') }}"
      dbname: "{{ env_var('PGDATABASE', 'coinfrs') }}"
      schema: intermediate
      role: coinfrs_transform
      threads: 2
""",
    "models/sound.sql": "select 1 as one",
    "models/faulty.sql": "select 1 / 0 as none",
    "models/after_faulty.sql": "select * from {{ ref('faulty') }}",
}

WITH_A_VIEW = {
    "shown.sql": "{{ config(materialized='view') }} select 1 as one",
    "kept.sql": "select * from {{ ref('shown') }}",
    "over_kept.sql": "{{ config(materialized='view') }} select * from {{ ref('kept') }}",
    "shown.yml": "models: [{name: shown, columns: [{name: one, data_tests: [not_null]}]}]",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a project of three models, one of which cannot be built."""
    directory = tmp_path / "dbt_project"
    for name, content in PROJECT_FILES.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    monkeypatch.setattr(manifest, "PROJECT", directory)
    monkeypatch.setattr(dbt, "PROJECT", directory)
    return directory


@pytest.fixture
def parsed(project: Path) -> manifest.ParsedProject:  # noqa: ARG001 -- it is there.
    return manifest.parsed_project()


def test_the_project_is_parsed_again_only_when_its_content_has_changed(project: Path) -> None:
    first = manifest.parsed_project()
    made = project / "target" / "manifest.json"
    written_at = made.stat().st_mtime_ns
    (project / "models" / "sound.sql").touch()
    assert manifest.parsed_project().manifest == first.manifest
    assert made.stat().st_mtime_ns == written_at
    (project / "models" / "after_faulty.sql").unlink()
    nodes = manifest.parsed_project().manifest["nodes"]
    assert set(nodes) == {"model.small.sound", "model.small.faulty"}


def test_a_database_of_another_name_has_a_parse_of_its_own(project: Path) -> None:
    nodes = manifest.parsed_project("elsewhere").manifest["nodes"]
    assert {node["database"] for node in nodes.values()} == {"elsewhere"}
    assert not (project / "target" / "manifest.json").exists()


def test_a_file_that_dbt_cannot_read_is_named(project: Path) -> None:
    (project / "models" / "sound.yml").write_text("models: [ - ?")
    with pytest.raises(manifest.ParseError, match=r"sound\.yml"):
        manifest.parsed_project()


def test_a_failed_model_is_named_and_stops_only_what_depends_on_it(
    parsed: manifest.ParsedProject,
    database: Mapping[str, str],  # noqa: ARG001 -- it is built there.
) -> None:
    events = []
    with pytest.raises(dbt.BuildError, match=r"faulty.*division by zero") as failure:
        events += list(dbt.build(parsed))
    assert "after_faulty" not in str(failure.value)
    with core_database.connect("coinfrs_transform") as connection:
        assert connection.execute("select one from intermediate.sound").fetchone() == (1,)


def test_views_are_made_once_and_tested_in_every_build(
    project: Path,
    database: Mapping[str, str],  # noqa: ARG001 -- it is built there.
) -> None:
    shutil.rmtree(project / "models")
    for name, content in WITH_A_VIEW.items():
        file = project / "models" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)
    parsed = manifest.parsed_project()
    assert made(parsed) == {"shown", "kept", "over_kept", "not_null_shown_one"}
    assert made(parsed) == {"kept", "over_kept", "not_null_shown_one"}
    with core_database.connect("coinfrs_transform") as connection:
        connection.execute("create or replace view intermediate.shown as select 2 as one")
    assert made(parsed) == {"shown", "kept", "over_kept", "not_null_shown_one"}


def made(project: manifest.ParsedProject, selection: list[str] | None = None) -> set[str]:
    return {
        event["data"]["node_info"]["unique_id"].split(".")[2]
        for event in dbt.build(project, selection=selection)
        if event["info"]["name"] in ("LogModelResult", "LogTestResult")
    }


def test_what_is_selected_is_built_and_told_event_by_event(
    parsed: manifest.ParsedProject,
    database: Mapping[str, str],  # noqa: ARG001 -- it is built there.
) -> None:
    assert made(parsed, ["small.sound"]) == {"sound"}


def test_nobody_else_builds_before_dbt_has_ended_whoever_breaks_off(
    project: Path,
    database: Mapping[str, str],  # noqa: ARG001 -- it is built there.
) -> None:
    (project / "models" / "slow.sql").write_text(
        "select one from {{ ref('sound') }} cross join (select pg_sleep(2)) as waited"
    )
    parsed = manifest.parsed_project()
    events = dbt.build(parsed, selection=["small.sound", "small.slow"])
    next(events)
    events.close()
    with core_database.connect("coinfrs_transform") as connection:
        assert connection.execute("select one from intermediate.slow").fetchone() == (1,)


def test_what_ended_dbt_before_it_built_anything_is_told(
    parsed: manifest.ParsedProject,
    database: Mapping[str, str],  # noqa: ARG001 -- as above.
) -> None:
    with pytest.raises(dbt.BuildError, match="dbt build failed: ExtraData: "):
        list(dbt.build(replace(parsed, parse=b"no parse")))
