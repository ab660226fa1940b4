"""`coinfrs demo` and `coinfrs simulate`: the whole product against emulated venues."""

from typing import Annotated

import typer

from coinfrs_pipelines.cli.errors import plainly


@plainly
def demo(
    keep: Annotated[
        bool, typer.Option(help="Leave the demo's database running, to be queried.")
    ] = False,
) -> None:
    """Prove a week end to end on emulated venues, then show one hidden record found.

    Uses a database of its own, made anew each time, whatever PG* says. Exit status 0 says that
    the week was complete and that exactly the cells of the hidden record broke.
    """
    from coinfrs_pipelines.rehearsal import demo as rehearsal  # noqa: PLC0415 -- keeps --help quick.

    if not rehearsal.run(keep=keep):
        raise typer.Exit(1)


@plainly
def simulate(
    seeds: Annotated[int, typer.Option(help="Worlds without a fault, and as many with one.")] = 10,
    days: Annotated[int, typer.Option(help="Days that each world is closed for.")] = 5,
    first_seed: Annotated[int, typer.Option(help="The first seed; the others follow it.")] = 100,
) -> None:
    """Compare seeded worlds with their truth, leg by leg and cell by cell.

    Half of them hide one record; exactly its cells must break, and no other.
    """
    from coinfrs_pipelines.rehearsal import (  # noqa: PLC0415 -- keeps --help quick.
        simulation as rehearsal,
    )

    if not rehearsal.run(seeds=seeds, days=days, first_seed=first_seed):
        raise typer.Exit(1)
