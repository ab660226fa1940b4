"""The command line as a stranger meets it."""

import secrets
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coinfrs_pipelines.cli import app
from coinfrs_pipelines.rehearsal import economy, scale, series

SECONDS_MAX = 2.0


def test_help_is_quick_and_imports_neither_dagster_nor_dbt_nor_pandas() -> None:
    program = (
        "import sys\n"
        "from coinfrs_pipelines.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print({'dagster', 'dbt', 'pandas', 'psycopg'} & set(sys.modules), file=sys.stderr)"
    )
    began = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert result.stderr.strip() == "set()"
    assert time.monotonic() - began < SECONDS_MAX
    for command in ("migrate", "sources", "run", "report", "demo", "simulate", "economy", "up"):
        assert command in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--from", "2026-01-06", "--to", "2026-01-05"], "is after"),
        (["run", "--from", "2019-01-01", "--to", "2019-01-02"], "the first day there is"),
        (["run", "--from", "2026-01-01", "--to", "2199-01-01"], "is not over yet"),
        (["up", "--emulator"], "COINFRS_ENVIRONMENT=development"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COINFRS_ENVIRONMENT", "production")
    monkeypatch.setenv("ENCRYPTION_KEY", secrets.token_hex(32))
    monkeypatch.setenv("SECRET_KEY", secrets.token_hex(32))
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("command", ["simulate", "economy", "scale"])
@pytest.mark.parametrize(
    ("place", "message"),
    [("missing/result.md", "there is no directory"), ("", "it is a directory")],
)
def test_a_result_that_cannot_be_written_is_refused_before_the_work(
    command: str, place: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def worked(**_: object) -> bool:
        raise AssertionError("It went to work.")

    for rehearsal in (series, economy, scale):
        monkeypatch.setattr(rehearsal, "run", worked)
    result = CliRunner().invoke(app, [command, "--document", str(tmp_path / place)])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code != 0
    assert message in result.stderr.replace("\n", " ")


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "localhost")
    result = CliRunner().invoke(app, ["migrate"])
    assert result.exit_code == 1
    assert "PGPORT" in result.stderr


def test_a_day_that_is_no_date_is_refused() -> None:
    result = CliRunner().invoke(app, ["run", "--from", "yesterday", "--to", "2026-01-05"])
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seeds", "0"], "--seeds"),
        (["--days", "0"], "--days"),
        (["--only", "gone", "--venue", "fireblocks"], "whole, hidden, bad-days, late"),
        (["--only", "everything"], "--only"),
    ],
)
def test_a_simulation_of_nothing_is_refused(options: list[str], message: str) -> None:
    result = CliRunner().invoke(app, ["simulate", *options])
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.replace("│", " ").split())
