"""`coinfrs run` from the first capture to the verdict: killed, refused by a venue, and undisturbed.

The first day is run once; each test begins from a copy of the database before or after it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from coinfrs_pipelines.cli import app
from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.rehearsal.installation import Pipeline
from coinfrs_pipelines.runs import open_instance
from tests.venues import serving

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("views_made")]

START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
CAPTURE = timedelta(minutes=5)
OPENED, CLOSED = "coinfrs_opened", "coinfrs_closed"
# Of about six hundred requests of a day's extraction: in the middle of the streams.
REQUESTS_BEFORE_THE_KILL = 300
KILL_SECONDS_MAX = 60

# Every column but those that say which stored version it was and when it was stored.
CANONICAL = {
    "canonical.transactions": ("source_id", "recorded_at"),
    "canonical.position_snapshots": ("source_id",),
    "canonical.captures": ("source_id", "recorded_at"),
    "canonical.accounts": (),
    "completeness.verdicts": (),
    "completeness.wallet_days": (),
}

Row = tuple[Any, ...]


def said(*arguments: str, stdin: str | None = None) -> str:
    """Run a command in this process and return what it printed on standard output."""
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    assert result.exit_code == 0, result.output
    return result.stdout


def written(credential: Mapping[str, str]) -> str:
    """Write a credential of the emulator as the command line reads it."""
    secret = "private_key_pem" if "private_key_pem" in credential else "api_secret"
    return json.dumps({name: credential[name] for name in ("api_key", secret)})


class Installation:
    """A database, emulated venues with one world of three days, and the command line."""

    def __init__(self, emulation: Emulation) -> None:
        self.emulation = emulation
        [self.world] = emulation.worlds.values()

    def capture_of(self, number: int) -> str:
        """Let the venue clock pass the end of the world's day of this number; return the day."""
        self.emulation.clock.advance_to(START + (number + 1) * DAY + CAPTURE)
        return (START + number * DAY).date().isoformat()

    def coinfrs(self, *arguments: str, stdin: str | None = None) -> Any:
        """Run a command in this process and return what it printed as JSON."""
        return json.loads(said(*arguments, "--json", stdin=stdin))

    def register(self) -> None:
        for credential in self.world.credentials():
            said(
                *("sources", "add", "--venue", credential["venue"], "--environment", "emulator"),
                *("--name", credential["name"], "--credential-file", "-"),
                stdin=written(credential),
            )

    def rekey(self) -> None:
        """Give the workspace's source its new key: the emulator makes private keys by chance."""
        [workspace] = [c for c in self.world.credentials() if c["venue"] == "fireblocks"]
        command = ("sources", "rekey", workspace["name"], "--credential-file", "-")
        said(*command, stdin=written(workspace))

    def run(self, day: str) -> Any:
        return self.coinfrs("run", "--from", day, "--to", day)

    def process(self, day: str, *more: str) -> subprocess.Popen[str]:
        """Start the command for a day as a process of its own, whose output is read at its end."""
        program = (sys.executable, "-c", "from coinfrs_pipelines.cli import app; app()")
        return subprocess.Popen(
            [*program, "run", "--from", day, "--to", day, *more],
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def known(self) -> dict[str, list[Row]]:
        """Return what BI sees, without what tells when and as which version it was stored."""
        found = {}
        with core_database.connect("bi_reader") as connection:
            for table, left_out in CANONICAL.items():
                cursor = connection.execute(f"select * from {table} limit 0".encode())
                columns = [c.name for c in cursor.description or [] if c.name not in left_out]
                rows = connection.execute(
                    f"select {', '.join(columns)} from {table} order by 1, 2, 3, 4, 5".encode()
                ).fetchall()
                found[table] = sorted(rows, key=repr)
        return found


@pytest.fixture(scope="module")
def administration(module_database: Mapping[str, str]) -> Callable[[str], None]:
    """Return a function that runs a statement beside the database."""

    def execute(statement: str) -> None:
        with psycopg.connect(
            host=module_database["PGHOST"],
            port=module_database["PGPORT"],
            user=module_database["PGUSER"],
            password=module_database["PGPASSWORD"],
            dbname="postgres",
            autocommit=True,
        ) as connection:
            connection.execute(statement.encode())

    return execute


@contextmanager
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """Run the venues from the world's first midnight on; the same seed makes the same keys."""
    monkeypatch.setenv("COINFRS_LIMITS_FACTOR", "1000")
    emulation = Emulation(VenueClock(START + CAPTURE, held=True), limits_factor=Decimal(1000))
    emulation.add_world(7, START, 3, {"binance": {"sub_accounts": 1}})
    with serving(emulation) as running:
        for name in ("COINFRS_BINANCE_SPOT_URL", "COINFRS_FIREBLOCKS_URL"):
            monkeypatch.setenv(name, running.url)
        settings.cache_clear()
        yield Installation(emulation)


@dataclass(frozen=True)
class FirstDay:
    """What the command line has made of the first day, undisturbed."""

    day: str
    told: dict[str, Any]
    known: dict[str, list[Row]]
    secrets: set[str]
    """Each key that was registered, by all its parts that nobody may see."""
    printed: str
    kept: str


@pytest.fixture(scope="module")
def first_day(administration: Callable[[str], None]) -> Iterator[FirstDay]:
    """Run the first day, and keep a copy of the database from before it and one from after it."""
    with pytest.MonkeyPatch.context() as monkeypatch, installed(monkeypatch) as made:
        made.register()
        with open_instance() as instance:
            Pipeline(instance).extract((START - DAY).date(), lambda _step: None)
        administration(f"create database {OPENED} template coinfrs")
        day = made.capture_of(0)
        process = made.process(day, "--json")
        stdout, stderr = process.communicate()
        assert process.returncode == 0, stderr
        administration(f"create database {CLOSED} template coinfrs")
        secrets = {part for each in made.world.credentials() for part in secret_parts(each)}
        told = json.loads(stdout)
        done = FirstDay(day, told, made.known(), secrets, stdout + stderr, everything())
    yield done
    for copy in (OPENED, CLOSED):
        administration(f"drop database if exists {copy} with (force)")


Restore = Callable[[str], Installation]


@pytest.fixture
def restore(
    first_day: FirstDay,  # noqa: ARG001 -- the copies are made.
    administration: Callable[[str], None],
) -> Iterator[Restore]:
    """Return a function that installs a copy of the database, where its first day has ended."""
    with ExitStack() as opened:

        def restored(copy: str) -> Installation:
            administration("drop database if exists coinfrs with (force)")
            administration(f"create database coinfrs template {copy}")
            monkeypatch = opened.enter_context(pytest.MonkeyPatch.context())
            made = opened.enter_context(installed(monkeypatch))
            made.rekey()
            made.capture_of(0)
            return made

        yield restored


def test_a_revoked_key_leaves_its_own_cells_unproven_and_no_others(
    first_day: FirstDay, restore: Restore
) -> None:
    installation = restore(CLOSED)
    [workspace] = [c for c in installation.world.credentials() if c["venue"] == "fireblocks"]
    installation.world.faults.inject({"kind": "revoke_key", "api_key": workspace["api_key"]})
    second = installation.capture_of(1)
    told = installation.run(second)
    assert {row["name"] for row in told["not_read"]} == {workspace["name"]}
    report = installation.coinfrs("report", "--from", first_day.day, "--to", second)
    [day_one, day_two] = report["days"]
    assert (day_one["broken_cells"], day_one["unproven_cells"]) == (0, 0)
    assert day_two["complete_cells"] > 0
    assert day_two["broken_cells"] == 0
    unproven = {(cell["venue"], *cell["reasons"][:1]) for cell in report["cells"]}
    assert {venue for venue, _ in unproven} == {"fireblocks"}
    assert all("unauthorised" in reason for _, reason in unproven)


def test_the_same_command_after_a_kill_ends_where_an_undisturbed_run_does(
    first_day: FirstDay, restore: Restore
) -> None:
    undisturbed = first_day.told["counts"]
    assert undisturbed["complete"] > 0
    assert (undisturbed["broken"], undisturbed["unproven"]) == (0, 0)

    installation = restore(OPENED)
    before = requests_made()
    process = installation.process(first_day.day)
    deadline = time.monotonic() + KILL_SECONDS_MAX
    while requests_made() - before < REQUESTS_BEFORE_THE_KILL:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL

    assert installation.run(first_day.day)["counts"] == undisturbed
    assert installation.known() == first_day.known
    assert statuses_of_runs()[:3] == ["SUCCESS", "SUCCESS", "FAILURE"]


def test_no_secret_of_a_registered_key_is_anywhere_in_the_database_or_on_a_screen(
    first_day: FirstDay,
) -> None:
    assert first_day.secrets
    for secret in first_day.secrets:
        assert secret not in first_day.kept
        assert secret not in first_day.printed


def test_one_source_alone_is_read_by_its_name(first_day: FirstDay, restore: Restore) -> None:
    installation, day = restore(OPENED), first_day.day
    told = installation.coinfrs("run", "--from", day, "--to", day, "--source", "treasury")
    run_id = told["runs"]["extract"]["run_id"]
    with core_database.connect("coinfrs_extract") as connection:
        read = connection.execute(
            "select distinct data_sources.name from coverage.outcomes "
            "join registry.data_sources on data_sources.id = data_source_id where run_id = %s",
            [run_id],
        ).fetchall()
    assert read == [("treasury",)]
    shown = installation.coinfrs("sources", "show", "treasury")
    assert shown["captured"]["last_day"] == day
    assert {wallet["wallet"] for wallet in shown["wallets"]} >= {"spot", "funding", "um_futures"}
    assert shown["still_to_fetch"] == []
    # The master, and its sub-account, which has a key of its own too.
    kinds = [account["kind"] for account in shown["accounts"]]
    assert kinds == ["master", "sub_account"]
    assert shown["accounts"][0]["account"] == shown["account_ref"]


def secret_parts(credential: Mapping[str, str]) -> set[str]:
    """Return the key, the secret, and each line of a private key."""
    lines = credential.get("private_key_pem", "").splitlines()[1:-1]
    return {credential["api_key"], *lines, credential.get("api_secret", "")} - {""}


def requests_made() -> int:
    with core_database.connect("coinfrs_extract") as connection:
        row = connection.execute("select count(*) from coverage.requests").fetchone()
        return int(row[0]) if row else 0


def statuses_of_runs() -> list[str]:
    with core_database.connect("LOGIN") as connection:
        rows = connection.execute("select status from dagster.runs order by id desc").fetchall()
        return [row[0] for row in rows]


def everything() -> str:
    """Return every row of every table as text, bytes as hexadecimal."""
    with core_database.connect("LOGIN") as connection:
        tables = connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables "
            "where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        return "\n".join(
            str(row[0])
            for (table,) in tables
            for row in connection.execute(f"select t::text from {table} t".encode()).fetchall()
        )
