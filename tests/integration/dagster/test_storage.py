"""Dagster's storage on our database: where it lies, and that no secret is ever in it."""

import logging
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.instance.ref import InstanceRef

from coinfrs_pipelines import runs, storage
from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.core import redaction
from coinfrs_pipelines.partitions import day

ROOT = Path(__file__).parents[3]
API_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
FIREBLOCKS_KEY = "0d9e6a51-77aa-4c1e-8f00-aaaabbbb0001"
HEADER_VALUE = "a-header-value-nobody-may-read"


@dg.asset(partitions_def=day, backfill_policy=dg.BackfillPolicy.single_run())
def careless(context: dg.AssetExecutionContext) -> None:
    """Leaks in every way that was ever measured."""
    context.log.warning("using %s of user %s", API_KEY, FIREBLOCKS_KEY)
    context.add_asset_metadata({"url": f"https://api.example/x?signature={HEADER_VALUE}"})
    raise ValueError(f"request failed: {{'X-MBX-APIKEY': '{HEADER_VALUE}'}} {API_KEY}")


DEFINITIONS = dg.Definitions(
    assets=[careless],
    jobs=[dg.define_asset_job("careless_job", selection=[careless])],
    loggers={"console": runs.console},
    executor=runs.living_executor,
)


def everything_in(schema: str) -> str:
    """Return every row of every table of a schema as text, bytes as hexadecimal."""
    with core_database.connect("LOGIN") as connection:
        tables = connection.execute(
            "select tablename from pg_tables where schemaname = %s", [schema]
        ).fetchall()
        return "\n".join(
            str(row[0])
            for (table,) in tables
            for row in connection.execute(f'select t::text from {schema}."{table}" t').fetchall()
        )


@pytest.mark.parametrize("given", ["the project's own instance", "DAGSTER_HOME"])
def test_the_instance_of_the_repository_uses_our_storages_in_the_schema_dagster(
    database: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str
) -> None:
    if given == "DAGSTER_HOME":
        (tmp_path / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text())
        monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with runs.open_instance() as instance:
        assert isinstance(instance.event_log_storage, storage.EventLogStorage)
        assert isinstance(instance.run_storage, storage.RunStorage)
        assert isinstance(instance.schedule_storage, storage.ScheduleStorage)
        assert not instance.telemetry_enabled
    assert database["PGDATABASE"] == "coinfrs"
    assert "careless" not in everything_in("dagster")


def test_plain_dagster_dev_finds_the_instance_by_the_file_in_the_working_directory(
    database: Mapping[str, str],  # noqa: ARG001 -- the storages write there.
    tmp_path: Path,
) -> None:
    """`dagster dev` without DAGSTER_HOME makes a temporary home and reads ./dagster.yaml."""
    reference = InstanceRef.from_dir(str(tmp_path), config_dir=str(ROOT))
    with dg.DagsterInstance.from_ref(reference) as instance:
        assert isinstance(instance.run_storage, storage.RunStorage)


def test_no_argument_of_a_dagster_process_holds_the_password(
    database: Mapping[str, str], tmp_path: Path
) -> None:
    """The reference to the instance is passed on the command line of each code server."""
    reference = InstanceRef.from_dir(str(tmp_path), config_dir=str(ROOT))
    assert database["PGPASSWORD"] not in dg.serialize_value(reference)


def test_nothing_that_a_run_says_brings_a_secret_into_the_storage(
    database: Mapping[str, str],  # noqa: ARG001 -- the storages write there.
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Messages, metadata, exceptions, tags and cursors all pass the same redaction."""
    redaction.remember(FIREBLOCKS_KEY)
    with runs.open_instance() as instance, caplog.at_level(logging.DEBUG):
        carried = runs.carry_out(
            DEFINITIONS.resolve_job_def("careless_job"),
            instance,
            runs.days(date(2026, 1, 5), date(2026, 1, 6)) | {"note": f"token={API_KEY}"},
            listener=lambda _event: None,
        )
        instance.run_storage.set_cursor_values({"cursor": f"password={HEADER_VALUE}"})
    assert not carried.is_success
    kept = everything_in("dagster")
    assert "request failed" in kept
    for secret in (API_KEY, FIREBLOCKS_KEY, HEADER_VALUE):
        assert secret not in kept
        assert secret not in " ".join(carried.failures)


def test_the_webservers_own_engine_redacts_too(
    database: Mapping[str, str],  # noqa: ARG001 -- the storages write there.
) -> None:
    """The webserver replaces the engines of the storages by pooled ones."""
    with runs.open_instance() as instance:
        instance.optimize_for_webserver(statement_timeout=5000, pool_recycle=3600, max_overflow=2)
        instance.run_storage.set_cursor_values({"cursor": f"password={HEADER_VALUE}"})
        assert instance.run_storage.get_cursor_values({"cursor"}) == {"cursor": "password=***"}


def test_a_log_record_is_redacted_before_any_handler_sees_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = logging.getLoggerClass()
    try:
        redaction.redact_logs()
        logger = logging.getLogger("coinfrs.test.redaction")
    finally:
        logging.setLoggerClass(before)
    try:
        int(API_KEY)
    except ValueError:
        logger.exception("refused with %s", API_KEY)
    [record] = caplog.records
    assert record.getMessage() == "refused with ***"
    assert API_KEY not in caplog.text
