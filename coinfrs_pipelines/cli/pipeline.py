"""`coinfrs run` and `coinfrs report`: carry the three stages out for a span of days, and tell."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from coinfrs_pipelines.cli.errors import RefusedError, plainly
from coinfrs_pipelines.cli.outputs import refuse_unwritable
from coinfrs_pipelines.cli.owners import OwnerOfName, named
from coinfrs_pipelines.console import error_console, print_json, say, table, warn

if TYPE_CHECKING:
    import dagster as dg

    from coinfrs_pipelines.runs import Carried

# What went wrong at the venues; the pipeline went on without it and says so here.
NOT_READ = """
select
    data_sources.name, outcomes.account_ref, outcomes.subject, outcomes.result, outcomes.reason,
    outcomes.detail
from coverage.outcomes
join registry.data_sources on data_sources.id = outcomes.data_source_id
where outcomes.run_id = %(run_id)s and outcomes.result in ('failed', 'not_taken')
order by data_sources.name, outcomes.account_ref, outcomes.subject
"""


@plainly
def run(
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DAY", help="First UTC day.")
    ],
    last: Annotated[
        datetime, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DAY", help="Last UTC day.")
    ],
    source: Annotated[
        str | None, typer.Option(help="Read this data source only; the close covers all.")
    ] = None,
    owner: OwnerOfName = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Extract, transform and verify a span of days, as runs that Dagster's UI shows.

    A capture is taken for the last day only, and only on the day after it. Exit status 0 says
    that everything ran, whatever the verdicts.
    """
    from coinfrs_pipelines import runs  # noqa: PLC0415 -- imports Dagster.
    from coinfrs_pipelines.core import database  # noqa: PLC0415 -- keeps --help quick.

    span = _span(first.date(), last.date())
    if owner is not None and source is None:
        raise RefusedError("--owner says whose --source is meant: give both.")
    database.ensure_ready()
    limited = {runs.SOURCE_TAG: str(_active(source, owner))} if source else {}
    with runs.open_instance() as instance:
        for run_id in runs.mark_dead_runs_failed(instance):
            warn(f"Run {run_id} had been killed; it is marked failed.")
        tags = runs.days(*span)
        carried = {
            "extract": carry_out_with_bar("extract", instance, tags | limited),
            "close": carry_out_with_bar("close", instance, tags),
        }
    # First of all: what follows asks tables that a failed build may not have made.
    for done in carried.values():
        for line in done.failures:
            warn(f"Failed: {line}")
    unread = _not_read(carried["extract"].run_id)
    counts = _counts(*span)
    if as_json:
        print_json(
            {
                "from": span[0],
                "to": span[1],
                "runs": {
                    stage: {"run_id": done.run_id, "is_success": done.is_success}
                    for stage, done in carried.items()
                },
                "failures": [line for done in carried.values() for line in done.failures],
                "not_read": unread,
                "counts": counts,
            }
        )
    else:
        if unread:
            table(list(unread[0]), [tuple(row.values()) for row in unread], title="Not read")
        if counts is None:
            say("No day has a verdict yet: no build has made the tables of verdicts.")
        else:
            say(", ".join(f"{count} {verdict}" for verdict, count in counts.items()) + " cell-days")
    if not all(done.is_success for done in carried.values()):
        raise typer.Exit(1)


def carry_out_with_bar(
    job_name: str, instance: "dg.DagsterInstance", tags: dict[str, str]
) -> "Carried":
    """Carry out a job of the code location in this process, showing how far it is."""
    import dagster as dg  # noqa: PLC0415 -- imported by commands that need it only.

    from coinfrs_pipelines import runs  # noqa: PLC0415 -- as above.
    from coinfrs_pipelines.definitions import defs  # noqa: PLC0415 -- as above.

    job = defs.resolve_job_def(job_name)
    seen: set[dg.AssetKey] = set()
    with Progress(
        TextColumn("{task.description:<8}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[step]}"),
        console=error_console,
    ) as progress:
        total = len(list(job.asset_layer.executable_asset_keys))
        task = progress.add_task(job_name, total=total, step="")

        def listen(event: dg.DagsterEvent) -> None:
            if event.is_step_start:
                progress.update(task, step=event.step_key)
            if event.is_step_materialization and event.asset_key is not None:
                seen.add(event.asset_key)
                progress.update(task, completed=len(seen))

        carried = runs.carry_out(job, instance, tags, listener=listen)
        progress.update(task, step="done" if carried.is_success else "failed")
    return carried


def _span(first: date, last: date) -> tuple[date, date]:
    from coinfrs_pipelines.partitions import FIRST_DAY  # noqa: PLC0415 -- imports Dagster.

    _refuse_reversed(first, last)
    if first < FIRST_DAY:
        raise RefusedError(f"--from {first} is before {FIRST_DAY}, the first day there is.")
    today = datetime.now(UTC).date()
    if last >= today:
        raise RefusedError(
            f"{last} is not over yet (UTC): the last day that can be closed is "
            f"{today - timedelta(days=1)}."
        )
    return first, last


def _refuse_reversed(first: date, last: date) -> None:
    if first > last:
        raise RefusedError(f"--from {first} is after --to {last}: give the earlier day first.")


def _active(name: str, owner: str | None) -> UUID:
    found = named(name, owner)
    if found.disabled_at is not None:
        raise RefusedError(f"The data source {name} is disabled: register it again to read it.")
    return found.id


def _not_read(run_id: str) -> list[dict[str, Any]]:
    from psycopg.rows import dict_row  # noqa: PLC0415 -- keeps --help quick.

    from coinfrs_pipelines.core import database  # noqa: PLC0415 -- as above.

    with (
        closing(database.connect("coinfrs_extract")) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(NOT_READ, {"run_id": run_id}).fetchall()


def _counts(first: date, last: date) -> dict[str, int] | None:
    """Count the cell-days of each verdict; None where no build has made the tables yet."""
    from coinfrs_pipelines.core import database  # noqa: PLC0415 -- keeps --help quick.
    from coinfrs_pipelines.verify import verdicts  # noqa: PLC0415 -- as above.

    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    with closing(database.connect("bi_reader")) as connection:
        if not verdicts.is_built(connection):
            return None
        summaries = verdicts.summarise(connection, days)
    return {
        "complete": sum(summary.complete_cells for summary in summaries),
        "broken": sum(summary.broken_cells for summary in summaries),
        "unproven": sum(summary.unproven_cells for summary in summaries),
    }


@plainly
def report(
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], metavar="DAY", help="First UTC day."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], metavar="DAY", help="Last UTC day."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write a page with the heat map and the roll-forward.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the roll-forward as CSV.")] = None,
) -> None:
    """Count the verdicts, then show each broken or unproven cell with its numbers and reasons."""
    if first is not None and last is not None:
        _refuse_reversed(first.date(), last.date())
    for output in (html, csv):
        refuse_unwritable(output)
    from coinfrs_pipelines.core import database  # noqa: PLC0415 -- keeps --help quick.
    from coinfrs_pipelines.verify import report as reports  # noqa: PLC0415 -- imports pandas.
    from coinfrs_pipelines.verify.printed import print_report  # noqa: PLC0415 -- as above.

    with closing(database.connect(reports.ROLE)) as connection:
        made = reports.read(connection, first and first.date(), last and last.date())
    if html is not None:
        html.write_text(reports.as_html(made))
    if csv is not None:
        reports.write_csv(made, csv)
    if as_json:
        print_json(reports.as_json(made))
        return
    print_report(made)
    for path in (html, csv):
        if path is not None:
            say(f"Written: {path}")
