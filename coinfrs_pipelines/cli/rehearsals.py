"""`coinfrs demo`, `simulate`, `economy` and `scale`: the whole product against emulated venues."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from coinfrs_pipelines.cli.errors import plainly
from coinfrs_pipelines.cli.outputs import refuse_unwritable
from coinfrs_pipelines.rehearsal.world_kinds import Kind


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
    seeds: Annotated[
        int,
        typer.Option(
            help="Worlds without a fault; as many hide a record, half as many lack an endpoint, "
            "and half as many have bad days.",
            min=1,
        ),
    ] = 10,
    days: Annotated[int, typer.Option(help="Days that each world is closed for.", min=1)] = 5,
    first_seed: Annotated[int, typer.Option(help="The first seed; the others follow it.")] = 100,
    processes: Annotated[
        int, typer.Option(help="How many batches of worlds run side by side.", min=1)
    ] = os.cpu_count() or 1,
    document: Annotated[
        Path | None, typer.Option(help="Where a summary is written, if anywhere.")
    ] = None,
    venue: Annotated[
        Literal["fireblocks"] | None,
        typer.Option(help="Register the keys of this venue alone, in worlds made for it."),
    ] = None,
    only: Annotated[
        Kind | None, typer.Option(help="Make worlds of this kind alone, as many as --seeds says.")
    ] = None,
) -> None:
    """Compare seeded worlds with their truth, leg by leg and cell by cell.

    Of a hidden record exactly its cells must break. What only an endpoint that is gone could tell
    must be unproven, and bad days of a venue must change nothing. Records that change late must be
    as if they had not, in the end.
    """
    refuse_unwritable(document)
    from coinfrs_pipelines.rehearsal import (  # noqa: PLC0415 -- keeps --help quick.
        series,
        world_kinds,
    )

    try:
        is_as_it_must_be = series.run(
            seeds=seeds,
            days=days,
            first_seed=first_seed,
            processes=processes,
            document=document,
            venue=venue or "",
            only=only,
        )
    except world_kinds.NoSuchKindError as refused:
        raise typer.BadParameter(str(refused), param_hint="--only") from None
    if not is_as_it_must_be:
        raise typer.Exit(1)


@plainly
def economy(
    seed: Annotated[int, typer.Option(help="The seed of the world that is measured.")] = 7,
    document: Annotated[Path, typer.Option(help="Where the tables are written.")] = Path(
        "docs/request-economy.md"
    ),
) -> None:
    """Measure what an account-day and an account-year cost, next to the least they could.

    Exit status 0 says that no bucket spent more than 1.2 times its minimum and that no request was
    refused for its weight.
    """
    refuse_unwritable(document)
    from coinfrs_pipelines.rehearsal import (  # noqa: PLC0415 -- keeps --help quick.
        economy as rehearsal,
    )

    if not rehearsal.run(seed=seed, document=document):
        raise typer.Exit(1)


@plainly
def scale(
    vault_accounts: Annotated[
        int, typer.Option(help="How many vault accounts the workspace has; ten wallets each.")
    ] = 5000,
    seed: Annotated[int, typer.Option(help="The seed of the world that is measured.")] = 7,
    document: Annotated[Path, typer.Option(help="Where the result is written.")] = Path(
        "docs/fireblocks-scale.md"
    ),
) -> None:
    """Measure what a day of a large Fireblocks workspace costs to capture and to prove.

    Exit status 0 says that every cell and wallet was complete, and that the first reading of the
    day took at most 130 requests.
    """
    refuse_unwritable(document)
    from coinfrs_pipelines.rehearsal import scale as rehearsal  # noqa: PLC0415 -- keeps --help quick.

    if not rehearsal.run(vault_accounts=vault_accounts, seed=seed, document=document):
        raise typer.Exit(1)
