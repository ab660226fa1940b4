"""`coinfrs`, the command line: what an operator runs by hand.

Each command checks what it is given, calls the part of the product that does the work and prints
what came of it; nothing is decided here. Expected errors are one line that says what to do next.
Dagster, dbt and pandas are imported by the commands that need them, so that `coinfrs --help` is
quick.
"""

from typing import Annotated

import typer

from coinfrs_pipelines.cli import imports, keys, pipeline, rehearsals, services, sources
from coinfrs_pipelines.cli.errors import plainly, print_version
from coinfrs_pipelines.console import say

app = typer.Typer(
    name="coinfrs",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Prove, day by day, that a crypto firm's exchange and custody data is complete.",
)


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Prove, day by day, that a crypto firm's exchange and custody data is complete."""


@app.command()
@plainly
def migrate() -> None:
    """Bring the database to the newest schema; starts the embedded server if no PG* is set."""
    from coinfrs_pipelines.core import database  # noqa: PLC0415 -- keeps --help quick.

    database.migrate()
    where = database.libpq_environment()
    say(
        f"The schema is up to date in {where['PGDATABASE']} at {where['PGHOST']}:{where['PGPORT']}."
    )


app.add_typer(sources.app, name="sources")
app.add_typer(keys.app, name="keys")
app.command()(pipeline.run)
app.command()(pipeline.report)
app.command("import")(imports.import_)
app.command()(rehearsals.demo)
app.command()(rehearsals.simulate)
app.command()(rehearsals.economy)
app.command()(rehearsals.scale)
app.command()(services.up)
