"""The demo: a stranger proves a week in two minutes, then sees a hidden record found.

Everything is real but the venues: the sign-in, the read-only proof, the extraction, dbt, the
verdicts. A week of daily captures passes on the emulator's held clock. It succeeds only if the week
is complete and exactly the cells of the hidden record break.
"""

import os
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from coinfrs_pipelines.console import console, say, table
from coinfrs_pipelines.core import database
from coinfrs_pipelines.processes import Children, terminated_as_interrupted
from coinfrs_pipelines.rehearsal import venues
from coinfrs_pipelines.rehearsal.installation import Pipeline, adopt, own_installation
from coinfrs_pipelines.rehearsal.sign_in import sign_in
from coinfrs_pipelines.rehearsal.simulation import SETTLED_AFTER
from coinfrs_pipelines.rehearsal.venues import Cell, EmulatedVenues
from coinfrs_pipelines.runs import open_instance
from coinfrs_pipelines.transform.manifest import parsed_project
from coinfrs_pipelines.verify import report as reports
from coinfrs_pipelines.verify.printed import print_report

SEED = 7
CLOSINGS = 7
# One day more than is closed, so that the last closing lies inside the world.
WORLD_DAYS = CLOSINGS + 2
# The schedule captures shortly after midnight; so does the demo.
CAPTURE_AFTER_MIDNIGHT = timedelta(minutes=5)
DAY = timedelta(days=1)
ACCOUNTS_MIN, VENUES_MIN, ASSETS_MIN = 4, 2, 10
# Registering, the opening capture, seven closings, the build; the eighth day, the build.
STEPS = 1 + 1 + CLOSINGS + 1 + 1 + 1

SPREAD = """
select
    count(distinct account_id) as accounts, count(distinct venue) as venues,
    count(distinct asset) as assets, count(distinct day) as days
from completeness.verdicts
"""
BROKEN = """
select accounts.venue, accounts.external_id, verdicts.wallet, verdicts.asset, verdicts.component
from completeness.verdicts
join canonical.accounts using (account_id)
where verdicts.day = %(day)s and verdicts.verdict = 'broken'
"""


class Demo:
    """One demo: its venues, its pipeline and what it shows."""

    def __init__(
        self, home: Path, emulated: EmulatedVenues, pipeline: Pipeline, progress: Progress
    ) -> None:
        """Begin at the world's first day."""
        self.home = home
        self.emulated = emulated
        self.world = emulated.worlds[0]
        self.first_day: date = self.world.start.date()
        self.pipeline = pipeline
        self._progress = progress
        self._task = progress.add_task("", total=STEPS, step="")

    def step(self, title: str) -> None:
        """Tell what is done next."""
        self._progress.update(self._task, description=title, step="", advance=1)

    def on_step(self, name: str) -> None:
        """Tell which part of it is being done."""
        self._progress.update(self._task, step=name)

    def midnight(self, day_number: int) -> datetime:
        """Return the midnight that begins the world's day of this number, counted from 0."""
        return self.world.start + day_number * DAY

    def capture(self, day_number: int) -> None:
        """Let the clock pass midnight, then extract what closes the day before."""
        self.emulated.advance_to(self.midnight(day_number) + CAPTURE_AFTER_MIDNIGHT)
        self.pipeline.extract(self.first_day + (day_number - 1) * DAY, self.on_step)

    def read_again(self, day_number: int) -> None:
        """Read the day again later, as the schedule does: its last calls are told by then."""
        settled = self.midnight(day_number) + CAPTURE_AFTER_MIDNIGHT + SETTLED_AFTER
        self.emulated.advance_to(settled)
        self.pipeline.extract(self.first_day + (day_number - 1) * DAY, self.on_step)

    def week(self) -> bool:
        """Close seven days and return whether every cell of them is complete."""
        self.step("Opening capture")
        self.capture(0)
        for number in range(1, CLOSINGS + 1):
            self.step(f"Closing {self.first_day + (number - 1) * DAY}")
            self.capture(number)
        self.read_again(CLOSINGS)
        first, last = self.first_day, self.first_day + (CLOSINGS - 1) * DAY
        self.step("Building and verifying the week")
        self.pipeline.close(first, last, self.on_step)
        report = self.report(first, last, "week.html")
        spread = _row(SPREAD)
        counts = report.counts
        is_complete = counts["complete"] > 0 and not counts["broken"] and not counts["unproven"]
        is_wide = (
            spread["days"] == CLOSINGS
            and spread["accounts"] >= ACCOUNTS_MIN
            and spread["venues"] >= VENUES_MIN
            and spread["assets"] >= ASSETS_MIN
        )
        say(
            f"{spread['days']} days, {spread['accounts']} accounts, {spread['venues']} venues, "
            f"{spread['assets']} assets: {counts['complete']} cell-days complete, "
            f"{counts['broken']} broken, {counts['unproven']} unproven."
        )
        return is_complete and is_wide and not report.unread_wallets

    def hidden_record(self) -> bool:
        """Hide one record of the eighth day; return whether exactly its cells break, that day."""
        number = CLOSINGS
        day = self.first_day + number * DAY
        # Nothing that was read already.
        event = self.choose(
            self.midnight(number) + CAPTURE_AFTER_MIDNIGHT + SETTLED_AFTER,
            self.midnight(number + 1),
        )
        self.emulated.inject(self.world, {"kind": "hide_record", "event_id": event["event_id"]})
        say(f"Hidden from every face of the venue on {day}: {event['label']} ({event['event_id']})")
        self.step(f"Closing {day}, one record of it hidden")
        self.capture(number + 1)
        self.read_again(number + 1)
        self.step("Building and verifying the eighth day")
        self.pipeline.close(day, day, self.on_step)
        report = self.report(self.first_day, day, "eighth-day.html")
        expected = {Cell.of(change) for change in event["changes"]}
        broken = {Cell(*row) for row in _rows(BROKEN, {"day": day})}
        before = [cell for cell in report.cells if cell.day < day]
        unproven = [cell for cell in report.cells if cell.verdict == "unproven"]
        if broken != expected:
            say("The broken cells are not those of the hidden record.")
            table(
                ("venue", "account", "wallet", "asset", "component", "expected", "found"),
                [
                    (
                        *(cell.venue, cell.account_ref, cell.wallet, cell.asset, cell.component),
                        *(cell in expected, cell in broken),
                    )
                    for cell in sorted(expected | broken)
                ],
            )
        return broken == expected and not before and not unproven

    def choose(self, begin: datetime, end: datetime) -> dict[str, Any]:
        """Return the trade that changes the most cells: both assets and the fee's."""
        hideable = self.emulated.hideable(self.world, begin, end)
        return max(hideable, key=lambda event: (event["kind"] == "trade", len(event["changes"])))

    def report(self, first: date, last: date, file: str) -> reports.Report:
        """Print the report of the days and write it as a page."""
        with closing(database.connect(reports.ROLE)) as connection:
            report = reports.read(connection, first, last)
        print_report(report)
        page = self.home / file
        page.write_text(reports.as_html(report))
        say(f"Written: {page}")
        return report


def run(*, keep: bool) -> bool:
    """Run the demo; return whether both halves ended as they should."""
    with (
        terminated_as_interrupted(),
        own_installation("demo", keep=keep) as home,
        Children(lambda _name, _line: None) as children,
        Progress(
            TextColumn("{task.description:<40}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[step]}"),
            console=console,
        ) as progress,
    ):
        task = progress.add_task("Starting the database and the emulated venues", total=1, step="")
        parsed_project()
        with venues.start(
            # Whoever looks at the kept demo with `coinfrs up` meets the same accounts.
            *(children, dict(os.environ)),
            seed=SEED,
            days=WORLD_DAYS,
            keep=home / "emulator",
        ) as emulated:
            adopt(emulated.environment)
            database.ensure_ready()
            database.export()
            with open_instance() as instance:
                progress.remove_task(task)
                demo = Demo(home, emulated, Pipeline(instance), progress)
                _register(demo, children)
                is_week_complete = demo.week()
                is_record_found = demo.hidden_record()
        if keep:
            _tell_how_to_query(home)
    say(
        f"The week {'is complete' if is_week_complete else 'IS NOT COMPLETE'}; the hidden record "
        f"{'broke exactly its own cells' if is_record_found else 'WAS NOT FOUND AS IT SHOULD BE'}."
    )
    return is_week_complete and is_record_found


def _tell_how_to_query(home: Path) -> None:
    """Leave the PG* variables in a file that only the owner reads, and say what to do with it."""
    file = home / "postgres.env"
    file.touch(mode=0o600)
    variables = database.libpq_environment()
    file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    say(f"The database stays up. To query it: set -a; . {file}; psql")
    say(f"To stop it: COINFRS_HOME={home} make down")


def _register(demo: Demo, children: Children) -> None:
    """Sign in as a stranger would, and register every key of the world."""
    demo.step("Signing in with a code")
    signed_in = sign_in(children, dict(os.environ))
    with closing(signed_in):
        for credential in demo.world.credentials:
            demo.on_step(f"registering {credential['name']}")
            signed_in.register(credential)
        shown = signed_in.registered()
    table(
        ("data source", "venue", "account", "kind"),
        [
            (source["name"], source["venue"], source["account_ref"], source["account_kind"])
            for source in shown
        ],
        title="Registered, each proven read-only first",
    )


def _row(statement: str) -> dict[str, Any]:
    with closing(database.connect(reports.ROLE)) as connection:
        cursor = connection.execute(statement)
        columns = [column.name for column in cursor.description or []]
        return dict(zip(columns, cursor.fetchone() or (), strict=True))


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with closing(database.connect(reports.ROLE)) as connection:
        return connection.execute(statement, parameters).fetchall()
