"""A series of simulations: batches of worlds, each in a process and an installation of its own.

Worlds of one batch are the data sources of one run; several batches run side by side. The result is
a table of every world, one by what is done to them, and, where it is asked for, a document. What a
batch does stands in `simulation`. The home of a batch with a difference stays, to be looked into.
"""

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import cast

from coinfrs_pipelines.console import say, table
from coinfrs_pipelines.core import database
from coinfrs_pipelines.processes import Children, terminated_as_interrupted
from coinfrs_pipelines.rehearsal import documents, venues, world_kinds
from coinfrs_pipelines.rehearsal.documents import Result
from coinfrs_pipelines.rehearsal.installation import adopt, own_installation
from coinfrs_pipelines.rehearsal.simulation import simulate
from coinfrs_pipelines.rehearsal.world_kinds import Kind
from coinfrs_pipelines.transform.manifest import parsed_project

# What about thirty worlds hold at once fits into a small server, and a build serves them all.
BATCH_SEEDS_MAX, BATCH_WORLDS_MAX = 10, 30
# The first ones usually explain the others.
DIFFERENCES_SHOWN_MAX = 20


class NoSuchSeriesError(ValueError):
    """A series without a seed or without a day, which would show nothing."""


@dataclass(frozen=True)
class Batch:
    """The worlds of one process."""

    seeds: int
    days: int
    first_seed: int
    venue: str = ""
    only: Kind | None = None

    @property
    def command(self) -> str:
        """How the series is asked for."""
        parts = [f"coinfrs simulate --seeds {self.seeds} --days {self.days}"]
        parts += [f"--first-seed {self.first_seed}"]
        parts += [f"--venue {self.venue}"] if self.venue else []
        parts += [f"--only {self.only}"] if self.only else []
        return " ".join(parts)

    @property
    def seeds_of_worlds(self) -> range:
        """The seed of each of its worlds."""
        planned = world_kinds.plan(self.seeds, venue=self.venue, only=self.only)
        return range(self.first_seed, self.first_seed + len(planned))


def run(
    *,
    seeds: int,
    days: int,
    first_seed: int,
    processes: int,
    document: Path | None,
    venue: str = "",
    only: Kind | None = None,
) -> bool:
    """Simulate a series, print what became of it, and return whether all is as it must be.

    `venue` is fireblocks for a series of its workspaces alone, `only` the one kind of its worlds.

    Raises:
        NoSuchSeriesError: there is not one seed or day.
        NoSuchKindError: the series has no such worlds.

    """
    began = time.monotonic()
    if seeds < 1 or days < 1:
        raise NoSuchSeriesError("A series has at least one seed and one day.")
    whole = Batch(seeds, days, first_seed, venue, only)
    batches = split(whole, processes)
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
    title = f"{len(results)} worlds, {days} days, {seconds:.0f} s"
    # Each seed stands in the table above.
    columns = (*documents.COLUMNS[:2], *documents.COLUMNS[3:])
    table(columns, [row[:2] + row[3:] for row in documents.by_kind(results)], title=title)
    say(documents.falsely_complete(results))
    if felt := documents.felt(results):
        say(felt)
    if document is not None:
        made = documents.Made(whole.command, days, processes, venue, seconds)
        document.write_text(documents.of_series(made, results))
        say(f"Written to {document}")
    return not any(result.wrong for result in results)


def split(series: Batch, processes: int) -> list[Batch]:
    """Return the batches of a series: as even as they can be, and none larger than the most."""
    seeds_max = BATCH_SEEDS_MAX if series.only is None else BATCH_WORLDS_MAX
    count = max(-(-series.seeds // seeds_max), min(processes, series.seeds))
    batches: list[Batch] = []
    first_seed = series.first_seed
    for number in range(count):
        share = series.seeds // count + (number < series.seeds % count)
        batches.append(replace(series, seeds=share, first_seed=first_seed))
        first_seed = batches[-1].seeds_of_worlds.stop
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
                process = context.Process(target=send, args=(batch, sender))
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
                    found = _failed(batch, f"its process ended with {process.exitcode}")
                yield found
    finally:
        for process, _ in running.values():
            process.terminate()
            process.join()


def send(batch: Batch, sender: Connection) -> None:
    """Carry out a batch and send its results; of one that fails, what failed for each world."""
    try:
        found = carry_out(batch)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the other batches go on.
        found = _failed(batch, f"{type(error).__name__}: {error}")
    sender.send(found)


def _failed(batch: Batch, wrong: str) -> list[Result]:
    """Return what stands for the worlds of a batch that came to no end: none of them is proven."""
    return [
        Result(seed, "could not be simulated", "could not be simulated", wrong=(wrong,))
        for seed in batch.seeds_of_worlds
    ]


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
            emulated,
            seeds=batch.seeds,
            days=days,
            first_seed=first_seed,
            venue=batch.venue,
            only=batch.only,
        )
        results = [
            Result(
                seed=found.simulated.seed,
                kind=found.simulated.kind,
                what=found.simulated.what,
                legs=found.legs,
                verdicts=found.verdicts,
                falsely_complete=found.falsely_complete,
                felt=dict(found.felt),
                wrong=tuple(found.wrong),
            )
            for found in judged
        ]
    if not any(result.wrong for result in results):
        shutil.rmtree(home)
    return results


def _in_words(result: Result) -> str:
    return f"{len(result.wrong)} differences" if result.wrong else "as it must be"


def _show_wrong(results: Iterable[Result]) -> None:
    for result in results:
        for line in result.wrong[:DIFFERENCES_SHOWN_MAX]:
            say(f"Seed {result.seed}, which {result.what}: {line}")
