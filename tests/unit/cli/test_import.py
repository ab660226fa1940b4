"""What `coinfrs import` refuses before it opens a database, in one line that says what to do."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from coinfrs_pipelines.cli import app

STATED = {
    "--source": "treasury",
    "--kind": "um_income",
    "--from": "2026-01-01",
    "--to": "2026-01-31",
    "--made": "2026-02-10",
}


def refusal(file: Path, **changed: str) -> str:
    given = STATED | {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
    options = [word for pair in given.items() for word in pair]
    result = CliRunner().invoke(app, ["import", str(file), *options])
    assert result.exit_code == 1, result.output
    return result.output


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "income.csv"
    path.write_text("Date(UTC),type,Amount,Asset,Symbol,Transaction ID\n")
    return path


def test_a_kind_that_there_is_not_is_refused_with_those_that_there_are(file: Path) -> None:
    told = refusal(file, kind="income")
    assert "um_income, cm_income, pm_um_income, spot_trades, transaction_history" in told


def test_a_file_of_tomorrow_is_refused(file: Path) -> None:
    assert "is still to come" in refusal(file, made="2999-01-01")


@pytest.mark.parametrize("offset", ["UTC", "+3:99", "15", "+14:30", "3.5", "+-3"])
def test_an_offset_that_no_clock_has_is_refused(file: Path, offset: str) -> None:
    assert "is no offset from UTC" in refusal(file, utc_offset=offset)


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    missing = file.with_name("missing.csv")
    assert "cannot be read: No such file" in refusal(missing).replace("\n", " ")
