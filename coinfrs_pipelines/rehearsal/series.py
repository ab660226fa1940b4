"""A series of simulations: batches of worlds, each in a process and an installation of its own.

Worlds of one batch are the data sources of one run; batches run side by side, as many as there are
processors. The result is a table of every world, one by what is done to them, and, where it is
asked for, a document. What a batch does stands in `simulation`. The home of a batch with a
difference stays, to be looked into.
"""

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import cast

from coinfrs_pipelines.console import say, table
from coinfrs_pipelines.core import database
from coinfrs_pipelines.processes import Children, terminated_as_interrupted
from coinfrs_pipelines.rehearsal import venues, workspaces, worlds
from coinfrs_pipelines.rehearsal.installation import adopt, own_installation
from coinfrs_pipelines.rehearsal.simulation import simulate
from coinfrs_pipelines.transform.manifest import parsed_project

# About thirty worlds: what they hold at once fits into a small server, and a build serves them all.
BATCH_SEEDS_MAX = 10
# The first ones usually explain the others.
DIFFERENCES_SHOWN_MAX = 20
COLUMNS = ("what is done to the world", "worlds", "legs", "verdicts", "worlds that differ")
DOCUMENT = """# Seeded worlds against their truth

Made by `coinfrs simulate --seeds {seeds} --days {days} --first-seed {first_seed}{venue}`; not
edited by hand. {worlds} worlds of {days} days, seeds {first_seed} to {last_seed}, in
{minutes:.0f} minutes, {processes} processes side by side. {registered}

*Legs* are those of the truth, each of which is compared with a canonical one; *verdicts* are those
given of a cell and day. What must be:

- is whole: every leg is there, and every cell of every day is complete.
- hides a record: exactly the cells that it touches are broken, on exactly its days.
- lacks an endpoint: no cell that its records can move is complete, and every other one is.
- has bad days (requests that fail, a skewed clock, throttling, late and repeated rows): as if it
  were whole.
- lacks keys: of sub-accounts without a key nothing is complete and nothing is missing.
- does what no endpoint shows (gift cards): its cells are broken.
- changes late (statuses by up to ten days, blocks, network records, screenings): in the end as if
  it were whole, with what was said before on record.

"""

REGISTERED = {
    "": "A world is a Binance master with one or two\nsub-accounts and a Fireblocks workspace.",
    "fireblocks": "A world is a Fireblocks workspace.",
}


@dataclass(frozen=True)
class Batch:
    """The worlds of one process."""

    seeds: int
    days: int
    first_seed: int
    venue: str = ""


@dataclass(frozen=True)
class Result:
    """What became of one world; `wrong` is empty where all is as it must be."""

    seed: int
    kind: str
    what: str
    legs: int
    verdicts: int
    wrong: tuple[str, ...]


def run(
    *,
    seeds: int,
    days: int,
    first_seed: int,
    processes: int,
    document: Path | None,
    venue: str = "",
) -> bool:
    """Simulate a series, print what became of it, and return whether all is as it must be.

    `venue` is fireblocks for a series of its workspaces alone.
    """
    began = time.monotonic()
    batches = split(seeds=seeds, days=days, first_seed=first_seed, processes=processes, venue=venue)
    results: list[Result] = []
    parsed_project()
    with terminated_as_interrupted():
        for found in side_by_side(batches, processes):
            _show_wrong(found)
            results += found
    results.sort(key=lambda result: result.seed)
    seconds = time.monotonic() - began
    table(
        ("seed", "what is done to it", "legs", "verdicts", "result"),
        [
            (result.seed, result.what, result.legs, result.verdicts, _in_words(result))
            for result in results
        ],
    )
    table(COLUMNS, _by_kind(results), title=f"{len(results)} worlds, {days} days, {seconds:.0f} s")
    if document is not None:
        about = DOCUMENT.format(
            seeds=seeds,
            days=days,
            first_seed=first_seed,
            last_seed=results[-1].seed,
            worlds=len(results),
            minutes=seconds / 60,
            processes=processes,
            venue=f" --venue {venue}" if venue else "",
            registered=REGISTERED[venue],
        )
        rows = [COLUMNS, tuple("---" for _ in COLUMNS), *_by_kind(results)]
        lines = [f"| {' | '.join(str(cell) for cell in row)} |\n" for row in rows]
        document.write_text(about + "".join(lines))
        say(f"Written to {document}")
    return not any(result.wrong for result in results)


def split(
    *, seeds: int, days: int, first_seed: int, processes: int, venue: str = ""
) -> list[Batch]:
    """Return the batches of a series: as even as they can be, and none larger than the most."""
    count = max(-(-seeds // BATCH_SEEDS_MAX), min(processes, seeds))
    batches = []
    for number in range(count):
        share = seeds // count + (number < seeds % count)
        batches.append(Batch(share, days, first_seed, venue))
        first_seed += workspaces.count(share) if venue else worlds.count(share)
    return batches


def side_by_side(batches: Sequence[Batch], processes: int) -> Iterator[list[Result]]:
    """Yield the results of batches as they come, of so many at once.

    A process for each, for an installation is the environment of its process; one that dies takes
    none of the others with it.
    """
    context = get_context("spawn")
    waiting = list(batches)
    running: dict[Connection, tuple[SpawnProcess, Batch]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                batch = waiting.pop(0)
                receiver, sender = context.Pipe(duplex=False)
                process = context.Process(target=_send, args=(batch, sender))
                process.start()
                sender.close()
                running[receiver] = process, batch
            for ready in wait(list(running)):
                receiver = cast("Connection", ready)
                process, batch = running.pop(receiver)
                try:
                    found: list[Result] = receiver.recv()
                    process.join()
                except EOFError:
                    process.join()
                    found = [_failed(batch, f"its process ended with {process.exitcode}")]
                yield found
    finally:
        for process, _ in running.values():
            process.terminate()
            process.join()


def _send(batch: Batch, sender: Connection) -> None:
    try:
        found = carry_out(batch)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the other batches go on.
        found = [_failed(batch, f"{type(error).__name__}: {error}")]
    sender.send(found)


def _failed(batch: Batch, wrong: str) -> Result:
    """Return what stands for a batch that came to no end."""
    return Result(batch.first_seed, "could not be simulated", "fails", 0, 0, (wrong,))


def carry_out(batch: Batch) -> list[Result]:
    """Simulate the worlds of one batch in this process, in an installation of its own."""
    days, first_seed = batch.days, batch.first_seed
    with (
        terminated_as_interrupted(),
        own_installation(f"simulation-{first_seed}") as home,
        Children(lambda _name, _line: None) as children,
        # One day more than is closed, so that the last capture lies inside the world.
        venues.start(children, dict(os.environ), seed=first_seed, days=days + 1) as emulated,
    ):
        adopt(emulated.environment)
        database.ensure_ready()
        database.export()
        judged = simulate(
            emulated, seeds=batch.seeds, days=days, first_seed=first_seed, venue=batch.venue
        )
        results = [
            Result(
                seed=found.simulated.seed,
                kind=found.simulated.kind,
                what=found.simulated.what,
                legs=found.legs,
                verdicts=found.verdicts,
                wrong=tuple(found.wrong),
            )
            for found in judged
        ]
    if not any(result.wrong for result in results):
        shutil.rmtree(home)
    return results


def _by_kind(results: Sequence[Result]) -> list[tuple[str, int, int, int, int]]:
    """Return the rows of the table by what is done, in the order in which it is done first."""
    order = list(dict.fromkeys(result.kind for result in results))
    by_kind = groupby(sorted(results, key=lambda r: order.index(r.kind)), lambda r: r.kind)
    return [_row(kind, list(found)) for kind, found in by_kind]


def _row(kind: str, results: Sequence[Result]) -> tuple[str, int, int, int, int]:
    return (
        kind,
        len(results),
        sum(result.legs for result in results),
        sum(result.verdicts for result in results),
        sum(1 for result in results if result.wrong),
    )


def _in_words(result: Result) -> str:
    return f"{len(result.wrong)} differences" if result.wrong else "as it must be"


def _show_wrong(results: Iterable[Result]) -> None:
    for result in results:
        for line in result.wrong[:DIFFERENCES_SHOWN_MAX]:
            say(f"Seed {result.seed}, which {result.what}: {line}")
