"""`coinfrs import`: days that the venue has forgotten become complete by the file that it made.

One story, told once, because it takes two days of all streams and two builds of all models.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import pytest
from typer.testing import CliRunner

from coinfrs_pipelines.cli import app
from coinfrs_pipelines.connectors.binance import auth
from coinfrs_pipelines.connectors.http import Endpoint, LocalBudget
from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.core.settings import settings, venue_urls
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.extract import binance
from coinfrs_pipelines.rehearsal.installation import Pipeline
from coinfrs_pipelines.resources import INSTALLATION
from coinfrs_pipelines.runs import open_instance
from tests.venues import serving

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("views_made")]

START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
CAPTURE = timedelta(minutes=5)
OPENING, FORGOTTEN = date(2026, 1, 4), date(2026, 1, 5)
# Long after the three months that income is told for.
LATER = START + 100 * DAY
FROM, TO, MADE = "2026-01-01", "2026-04-15", "2026-04-17"
SOURCE = "treasury"
INCOME = dg.AssetKey(["staging_binance", "raw_um_income"])
HISTORY = "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark"


class Story:
    """A database, emulated venues, one registered master and the command line."""

    def __init__(self, emulation: Emulation, home: Path) -> None:
        self.emulation = emulation
        [self.world] = emulation.worlds.values()
        self.home = home

    def ended(self, *arguments: str, stdin: str | None = None) -> Any:
        return CliRunner().invoke(app, list(arguments), input=stdin)

    def coinfrs(self, *arguments: str, stdin: str | None = None) -> Any:
        """Run a command in this process and return what it printed as JSON."""
        result = self.ended(*arguments, "--json", stdin=stdin)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def credential(self, name: str) -> dict[str, str]:
        [found] = [c for c in self.world.credentials() if c["name"] == name]
        return found

    @property
    def another(self) -> str:
        """The name of another account's credential."""
        subs = [c for c in self.world.credentials() if c.get("kind") == "sub_account"]
        return subs[0]["name"]

    def register(self) -> None:
        given = self.credential(SOURCE)
        written = json.dumps({name: given[name] for name in ("api_key", "api_secret")})
        self.coinfrs(
            *("sources", "add", "--venue", "binance", "--environment", "emulator"),
            *("--name", SOURCE, "--credential-file", "-"),
            stdin=written,
        )

    def extract(self, day: date) -> None:
        with open_instance() as instance:
            Pipeline(instance).extract(day, lambda _step: None)

    def extract_income(self, day: date) -> None:
        """Ask the live endpoint for what it still tells, and nothing else."""
        income = [asset for asset in binance.raw_streams if INCOME in asset.keys]
        with dg.DagsterInstance.ephemeral() as instance:
            key = day.isoformat()
            dg.materialize(income, instance=instance, resources=INSTALLATION, partition_key=key)

    def close(self, day: date) -> None:
        with open_instance() as instance:
            Pipeline(instance).close(day, day, lambda _step: None)

    def file_of(self, name: str) -> Path:
        """Ask the venue for the file of an account's income, as its owner would."""
        urls = venue_urls("binance", "emulator")
        span = [datetime.fromisoformat(f"{day}T00:00:00+00:00") for day in (FROM, TO)]
        start, end = (int(at.timestamp() * 1000) for at in span)
        window = {"startTime": str(start), "endTime": str(end + 86_400_000 - 1)}
        key = self.credential(name)
        budget = LocalBudget()
        with auth.connect(key["api_key"], key["api_secret"], urls, budget) as client:
            asked = client.call(Endpoint("/fapi/v1/income/asyn", 1000, auth.UM_IP), window)
            number = {"downloadId": json.loads(asked.body)["downloadId"]}
            for _ in range(2):
                poll = client.call(Endpoint("/fapi/v1/income/asyn/id", 10, auth.UM_IP), number)
        file = self.home / f"{name}.csv"
        file.write_bytes(httpx.get(json.loads(poll.body)["url"]).content)
        return file

    def imported(self, file: Path, *more: str, kind: str = "um_income") -> tuple[str, ...]:
        """Return the arguments of an import."""
        named = ("--source", SOURCE, "--kind", kind, "--from", FROM, "--to", TO, "--made", MADE)
        return ("import", str(file), *named, *more)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with core_database.connect("LOGIN") as connection:
            return connection.execute(query.encode()).fetchall()

    def verdicts(self) -> dict[str, set[str]]:
        """Return the verdicts of the forgotten day's futures cells of the account, and why."""
        found: dict[str, set[str]] = {}
        for verdict, reasons in self.rows(
            "select verdict, reasons from completeness.verdicts"
            " join canonical.accounts using (account_id)"
            f" where wallet = 'um_futures' and day = '{FORGOTTEN}' and accounts.kind = 'master'"
        ):
            found.setdefault(verdict, set()).update(reasons)
        return found

    def stored(self) -> dict[str, int]:
        """Return how much there is of everything that an import may write."""
        raw = ("um_income", "um_income_files", "transaction_history_files")
        tables = [f"coverage.{name}" for name in ("requests", "responses", "intervals")]
        tables += [f"staging_binance.raw_{name}" for name in raw]
        return {table: self.rows(f"select count(*) from {table}")[0][0] for table in tables}


@pytest.fixture
def story(
    database: Mapping[str, str],  # noqa: ARG001 -- the commands write there.
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Story]:
    monkeypatch.setenv("COINFRS_LIMITS_FACTOR", "1000")
    emulation = Emulation(VenueClock(START + CAPTURE, held=True), limits_factor=Decimal(1000))
    emulation.add_world(7, START, 3, {"binance": {"sub_accounts": 1}})
    with serving(emulation) as running:
        monkeypatch.setenv("COINFRS_BINANCE_SPOT_URL", running.url)
        settings.cache_clear()
        yield Story(emulation, tmp_path)


def test_a_forgotten_day_becomes_complete_by_the_file_of_its_income(story: Story) -> None:
    story.register()
    story.extract(OPENING)
    refusal = {"kind": "http_5xx", "status": 503, "path": "/fapi/v1/income", "requests": 1000}
    story.world.faults.inject(refusal)
    story.emulation.clock.advance_to(START + DAY + CAPTURE)
    story.extract(FORGOTTEN)
    story.world.faults.clear()

    story.emulation.clock.advance_to(LATER + CAPTURE)
    story.extract_income(LATER.date() - DAY)
    story.close(FORGOTTEN)
    assert story.verdicts() == {"unproven": {"stream_not_covered: um_income"}}
    lost = "select state from completeness.retention where stream = 'um_income'"
    assert story.rows(lost) == [("lost",)]

    story.emulation.clock.advance_to(LATER + 2 * DAY + CAPTURE)
    file, other = story.file_of(SOURCE), story.file_of(story.another)
    nothing = story.stored()
    refused_by_line_and_column(story, file, other)
    assert story.stored() == nothing

    done = story.coinfrs(*story.imported(file))
    assert done["new_rows"] == done["rows"] > done["compared"] > 0
    assert (done["proven_from"], done["is_known"]) == ("2026-01-01T00:00:00+00:00", False)
    once = story.stored()
    assert story.coinfrs(*story.imported(file))["is_known"]
    assert story.stored() == once
    evidence_of_a_transaction_history(story)

    story.close(FORGOTTEN)
    assert story.verdicts() == {"complete": set()}
    assert story.rows(lost) == [("safe",)]
    what_both_told_is_one_record(story)


def refused_by_line_and_column(story: Story, file: Path, other: Path) -> None:
    """Refuse what is not the file of the account, and say where it shows."""
    lines = file.read_text("utf-8-sig").splitlines()
    cells = lines[2].split(",")
    cells[2] = "-1.9E-06"
    spoiled = {
        "of another account": (other.read_text("utf-8-sig"), "the file of another account"),
        "of another header": ("\n".join([HISTORY, *lines[1:]]), "line 1, the header"),
        "rewritten": ("\n".join([*lines[:2], ",".join(cells)]), "line 3, column Amount"),
        "cut short": (lines[0], "are not in it"),
    }
    for name, (text, reason) in spoiled.items():
        bad = story.home / f"{name}.csv"
        bad.write_text(text)
        result = story.ended(*story.imported(bad))
        assert result.exit_code == 1, name
        assert f"{bad.name} is refused" in result.output, name
        assert reason in result.output, (name, result.output)


def evidence_of_a_transaction_history(story: Story) -> None:
    """Import a file without ids: it is kept and shown, and proves and books nothing."""
    uid = story.credential(SOURCE)["account_ref"]
    row = f"{uid},2026-01-05 08:00:00,Spot,Deposit,BTC,0.10000000,\n"
    file = story.home / "history.csv"
    file.write_text(f"{HISTORY}\n{row}{row}")
    done = story.coinfrs(*story.imported(file, kind="transaction_history"))
    assert (done["new_rows"], done["proven_to"]) == (2, None)
    file.write_text(f"{HISTORY}\n{row.replace(uid, '7')}")
    result = story.ended(*story.imported(file, kind="transaction_history"))
    assert "line 2, column User_ID: 7 is not the account" in result.output


def what_both_told_is_one_record(story: Story) -> None:
    """Tie the rows of the file to those of the endpoint: one leg each, and a status for each."""
    by_table = dict(
        story.rows(
            "select source_table, count(*) from canonical.transactions"
            " where wallet = 'um_futures' group by source_table"
        )
    )
    told, filed = (f"staging_binance.raw_um_income{name}" for name in ("", "_files"))
    assert set(by_table) == {told, filed}
    rows = story.stored()
    assert by_table[filed] == rows["staging_binance.raw_um_income_files"] - by_table[told]
    statuses = story.rows(
        "select source_table, processing_status, reason, count(*)"
        " from completeness.raw_record_status where source_table like '%_files'"
        " group by source_table, processing_status, reason order by source_table, reason"
    )
    history = "staging_binance.raw_transaction_history_files"
    assert statuses == [
        (history, "processed", "it has no id: evidence only", 2),
        (filed, "processed", "the endpoint tells it too", by_table[told]),
        (filed, "processed", None, by_table[filed]),
    ]
    assert (
        story.rows("select wallet, amount::text from canonical.statement_lines")
        == [("spot", "0.10000000")] * 2
    )
