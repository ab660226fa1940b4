"""The report: what it counts, what it shows, and that an amount stays the decimal it is."""

import csv
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from coinfrs_pipelines.cli import app
from coinfrs_pipelines.console import console
from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.verify import report as reports

MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)
LONG = "1234567890123456789012.123456789012345678"


def read(first: date | None = None, last: date | None = None) -> reports.Report:
    with core_database.connect(reports.ROLE) as connection:
        return reports.read(connection, first, last)


def coinfrs(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def week(verdicts: Any) -> Any:
    """Give the test two days: one complete, one with a broken and an unproven cell."""
    verdicts.judge("BTC", MONDAY)
    verdicts.judge("BTC", TUESDAY, "broken", opening=LONG, movement="0", observed="0")
    verdicts.judge("ETH", TUESDAY, "unproven", reasons=("stream_not_covered: spot_trades/ETHBTC",))
    return verdicts


@pytest.mark.usefixtures("week")
def test_a_report_covers_all_days_that_have_verdicts_unless_told_otherwise() -> None:
    assert (read().first, read().last) == (MONDAY, TUESDAY)
    assert read().counts == {"complete": 1, "broken": 1, "unproven": 1}
    assert read(MONDAY, MONDAY).counts == {"complete": 1, "broken": 0, "unproven": 0}


@pytest.mark.usefixtures("week")
def test_an_amount_is_the_same_decimal_in_every_form(tmp_path: Path) -> None:
    """Forty digits survive the table, the JSON, the CSV and the page."""
    page, table = tmp_path / "report.html", tmp_path / "report.csv"
    result = coinfrs("report", "--json", "--html", page, "--csv", table)
    assert result.exit_code == 0, result.output
    [broken] = [c for c in json.loads(result.stdout)["cells"] if c["verdict"] == "broken"]
    assert broken["difference"] == f"-{LONG}"
    with table.open() as file:
        assert f"-{LONG}" in {row["difference"] for row in csv.DictReader(file)}
    assert f"-{LONG}" in page.read_text()
    frame = read().rollforward
    assert {type(value) for value in frame["difference"]} == {Decimal}


@pytest.mark.usefixtures("week")
def test_the_terminal_shows_each_cell_that_is_not_complete_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(console, "width", 320)
    shown = coinfrs("report").stdout
    assert "stream_not_covered: spot_trades/ETHBTC" in shown
    assert "broken" in shown
    assert "spot BTC balance" in shown
    assert "treasury" in shown


@pytest.mark.usefixtures("week")
def test_the_page_is_one_file_without_scripts_or_anything_from_elsewhere() -> None:
    page = reports.as_html(read())
    assert "<script" not in page
    assert "http" not in page
    assert page.count('class="square complete"') == 1
    assert page.count('class="square unproven"') + page.count('class="square broken"') == 1


def test_what_a_venue_calls_things_is_text_in_the_page(verdicts: Any) -> None:
    verdicts.execute("update canonical.accounts set name = '<script>alert(1)</script>'")
    verdicts.judge("<b>", MONDAY, "broken", observed="0")
    page = reports.as_html(read())
    assert "<script>" not in page
    assert "&lt;b&gt;" in page


def test_a_wallet_nobody_could_read_is_in_the_report(verdicts: Any) -> None:
    verdicts.judge("BTC", MONDAY)
    verdicts.summarise(TUESDAY, verdict="unproven", reasons=("closing_missing: unauthorised",))
    [wallet] = json.loads(coinfrs("report", "--json").stdout)["unread_wallets"]
    assert wallet["reasons"] == ["closing_missing: unauthorised"]
    assert "closing_missing" in reports.as_html(read())


EVERYTHING = "very cell of every day is complete"


def test_a_day_on_which_nobody_read_anything_is_named_and_never_called_complete(
    verdicts: Any,
) -> None:
    verdicts.judge("BTC", MONDAY)
    verdicts.judge("BTC", TUESDAY)
    assert EVERYTHING in coinfrs("report").stdout
    assert EVERYTHING in reports.as_html(read())
    beyond = TUESDAY + timedelta(days=1)
    for shown in (
        coinfrs("report", "--to", beyond).stdout,
        reports.as_html(read(None, beyond)),
        coinfrs("report", "--from", beyond, "--to", beyond).stdout,
    ):
        assert EVERYTHING not in shown
        assert f"nothing is proven of them: {beyond}" in shown
    told = json.loads(coinfrs("report", "--to", beyond, "--json").stdout)
    assert told["unread_days"] == [beyond.isoformat()]


def test_a_key_of_which_nothing_was_ever_proven_is_named_and_keeps_all_from_being_complete(
    verdicts: Any,
) -> None:
    verdicts.judge("BTC", MONDAY)
    verdicts.register("treasury", "binance", "354")
    assert EVERYTHING in coinfrs("report").stdout
    verdicts.register("vaults", "fireblocks", "ws")
    printed, page = coinfrs("report").stdout, reports.as_html(read())
    for shown in (printed, page):
        assert EVERYTHING not in shown
        assert "Nothing of vaults (fireblocks ws, production) was ever proven" in shown
        assert "Nothing of treasury" not in shown
    assert json.loads(coinfrs("report", "--json").stdout)["never_proven"] == [
        {
            "name": "vaults",
            "venue": "fireblocks",
            "environment": "production",
            "account_ref": "ws",
        }
    ]
    # A workspace is proven by the days of any of its vault accounts.
    verdicts.execute("update canonical.accounts set venue = 'fireblocks', external_id = 'ws/0'")
    assert [source.name for source in read().never_proven] == ["treasury"]


def test_a_disabled_key_of_which_nothing_was_proven_is_no_doubt(verdicts: Any) -> None:
    verdicts.judge("BTC", MONDAY)
    verdicts.register("vaults", "fireblocks", "ws")
    verdicts.execute("update canonical.data_sources set disabled_at = now()")
    assert read().is_all_complete


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", TUESDAY, "--to", MONDAY), "give the earlier day first"),
        (("--from", "2026-02-01"), "from 2026-02-01 on: the last that has is 2026-01-06"),
        (("--to", "2026-01-01"), "until 2026-01-01: the first that has is 2026-01-05"),
    ],
)
def test_a_span_without_a_day_is_refused(arguments: tuple[object, ...], message: str) -> None:
    result = coinfrs("report", *arguments)
    assert result.exit_code == 1
    assert message in result.stderr
    assert not result.stdout


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize("option", ["--html", "--csv"])
def test_a_page_that_cannot_be_written_is_refused_before_the_report(
    option: str, tmp_path: Path
) -> None:
    result = coinfrs("report", option, tmp_path / "missing" / "report")
    assert result.exit_code == 1
    assert "there is no directory" in result.stderr
    assert not result.stdout


def test_a_cell_counts_once_however_many_reasons_its_wallet_has(verdicts: Any) -> None:
    for asset in ("BTC", "ETH", "USDT"):
        verdicts.judge(asset, MONDAY, "unproven")
    verdicts.summarise(MONDAY, reasons=("d", "c", "b", "a"))
    [told] = read().account_days.to_dict("records")
    assert (told["unproven"], told["reasons"]) == (3, "a, b, c, d")


def test_of_two_accounts_of_one_name_the_complete_one_hides_no_other(verdicts: Any) -> None:
    verdicts.execute(
        "insert into canonical.accounts values (%s, %s, 'binance', '355', 'treasury', 'master')",
        [UUID(int=3), UUID(int=1)],
    )
    verdicts.judge("BTC", MONDAY, "broken", observed="0")
    for table in ("wallet_days", "position_rollforward"):
        verdicts.execute(f"update completeness.{table} set account_id = %s", [UUID(int=3)])
    verdicts.judge("BTC", TUESDAY)
    verdicts.execute("update completeness.wallet_days set day = %s", [MONDAY])
    verdicts.execute("update completeness.position_rollforward set first_day = %s", [MONDAY])
    page = reports.as_html(read())
    assert page.count('class="square complete"') == page.count('class="square broken"') == 1
    for named in ("binance treasury (354)", "binance treasury (355)"):
        assert f"<th>{named}</th>" in page
        assert f"<summary>{named} (1 rows)</summary>" in page


def test_the_csv_holds_rows_that_judge_nothing_and_the_page_does_not(
    verdicts: Any, tmp_path: Path
) -> None:
    verdicts.judge("BTC", MONDAY)
    verdicts.judge("ETH", MONDAY)
    verdicts.execute(
        "update completeness.position_rollforward set judges = false where asset = 'ETH'"
    )
    reports.write_csv(read(), tmp_path / "report.csv")
    with (tmp_path / "report.csv").open() as file:
        rows = [(row["asset"], row["judges"]) for row in csv.DictReader(file)]
    assert rows == [("BTC", "True"), ("ETH", "False")]
    assert "<td>ETH</td>" not in reports.as_html(read())


def test_wallets_that_the_terminal_leaves_out_are_counted(verdicts: Any) -> None:
    verdicts.judge("BTC", MONDAY)
    verdicts.execute(
        "insert into completeness.wallet_days select owner_id, account_id, venue, "
        "'isolated_margin:' || n, day, 0, 0, 0, 0, 'unproven', array['closing_missing'] "
        "from completeness.wallet_days cross join generate_series(1, 107) as n"
    )
    assert "7 more: --json" in coinfrs("report").stdout


def test_what_is_outside_the_proof_is_in_every_form_of_the_report(verdicts: Any) -> None:
    """It is listed with its reason, and counts as nothing."""
    verdicts.execute(
        "insert into canonical.accounts values (gen_random_uuid(), %s, 'fireblocks',"
        " 'ws/exchange_account/e1', 'Kraken', 'exchange_account', false, 'not in its records')",
        [UUID(int=1)],
    )
    verdicts.judge("BTC", MONDAY)
    told = json.loads(coinfrs("report", "--json").stdout)
    assert told["outside_the_proof"] == [
        {
            "account": "fireblocks Kraken",
            "kind": "exchange_account",
            "external_id": "ws/exchange_account/e1",
            "reason": "not in its records",
        }
    ]
    assert told["counts"] == {"complete": 1, "broken": 0, "unproven": 0}
    assert "not in its records" in coinfrs("report").stdout
    assert "ws/exchange_account/e1" in reports.as_html(read())


def test_a_report_is_no_judgement_of_its_own(verdicts: Any) -> None:
    """Exit status 0 says that the report was made, whatever it says."""
    verdicts.judge("BTC", MONDAY, "broken", observed="0")
    assert coinfrs("report").exit_code == 0


@pytest.mark.usefixtures("database")
def test_before_the_first_build_the_report_says_what_to_run() -> None:
    result = coinfrs("report")
    assert result.exit_code == 1
    assert "coinfrs run" in result.stderr
