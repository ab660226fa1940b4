"""The document of a series of simulations: what was done, what must be, and what became of it.

It tells of the kinds of worlds that there were, and of no others.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from coinfrs_pipelines.connectors.binance.streams import STREAMS as BINANCE
from coinfrs_pipelines.connectors.fireblocks.streams import STREAMS as FIREBLOCKS
from coinfrs_pipelines.connectors.streams import Stream
from coinfrs_pipelines.rehearsal.faults import CAN_BE_GONE

COLUMNS = (
    *("what is done to the world", "worlds", "seeds", "legs", "verdicts"),
    *("falsely complete", "worlds that differ"),
)
DOCUMENT = """# Seeded worlds against their truth

Made by `{command}`; not edited by hand.
{worlds} worlds of {days} days in {minutes:.0f} minutes, {processes} processes side by side.
{registered}

*Legs* are those of the truth that were compared with a canonical one, one by one: not those that
are hidden, and none of a world that lacks an endpoint. *Verdicts* are those given of a cell and
day; *falsely complete* counts those that are complete and must not be. What must be:

{bullets}

{falsely_complete}
{felt}
{rows}"""
REGISTERED = {
    "": "A world is a Binance master with up to two sub-accounts and a Fireblocks workspace.",
    "fireblocks": "A world is a Fireblocks workspace.",
}
MUST_BE = {
    "is whole": "every leg is there, and every cell of every day is complete.",
    "hides a record": "exactly the cells that it touches are broken, on exactly its days.",
    "lacks an endpoint": "no cell that its records can move is complete, and every other one is.",
    "has bad days": "as if it were whole, although requests are refused, fail and are cut, a clock"
    "\n  is wrong, pages begin early, and records come late or are left out of an answer.",
    "lacks keys": "of sub-accounts without a key nothing is complete and nothing is missing.",
    "does what no endpoint shows": "gift cards break their cells.",
    "changes late": "statuses by up to ten days, blocks, network records and screenings; in the end"
    "\n  as if it were whole, with what was said before on record.",
    "could not be simulated": "none of these was compared with anything.",
}
GONE = "lacks an endpoint"


@dataclass(frozen=True)
class Result:
    """What became of one world; `wrong` is empty where all is as it must be.

    `legs` are those that were compared, `felt` how often faults struck, by their kind.
    """

    seed: int
    kind: str
    what: str
    legs: int = 0
    verdicts: int = 0
    falsely_complete: int = 0
    felt: Mapping[str, int] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """How a series was made: its command, and what that came to."""

    command: str
    days: int
    processes: int
    venue: str
    seconds: float


def of_series(made: Made, results: Sequence[Result]) -> str:
    """Write the document of a series in Markdown."""
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *by_kind(results)]
    kinds = dict.fromkeys(result.kind for result in results)
    told = felt(results)
    text = DOCUMENT.format(
        command=made.command,
        worlds=len(results),
        days=made.days,
        minutes=made.seconds / 60,
        processes=made.processes,
        registered=REGISTERED[made.venue],
        bullets="\n".join(f"- {kind}: {MUST_BE[kind]}" for kind in kinds),
        falsely_complete=falsely_complete(results),
        felt=f"\n{told}\n" if told else "",
        rows="".join(f"| {' | '.join(str(cell) for cell in row)} |\n" for row in rows),
    )
    return f"{text}\n{_never_gone()}" if GONE in kinds else text


def by_kind(results: Sequence[Result]) -> list[tuple[str | int, ...]]:
    """Return the rows of the table by what is done, in the order in which it is done first."""
    order = list(dict.fromkeys(result.kind for result in results))
    grouped = groupby(sorted(results, key=lambda r: order.index(r.kind)), lambda r: r.kind)
    return [_row(kind, list(found)) for kind, found in grouped]


def _row(kind: str, results: Sequence[Result]) -> tuple[str | int, ...]:
    return (
        *(kind, len(results), in_ranges(result.seed for result in results)),
        sum(result.legs for result in results),
        sum(result.verdicts for result in results),
        sum(result.falsely_complete for result in results),
        sum(1 for result in results if result.wrong),
    )


def in_ranges(seeds: Iterable[int]) -> str:
    """Write seeds as few ranges: "7000-7009, 7032"."""
    ranges: list[list[int]] = []
    for seed in sorted(seeds):
        if ranges and seed == ranges[-1][1] + 1:
            ranges[-1][1] = seed
        else:
            ranges.append([seed, seed])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)


def falsely_complete(results: Sequence[Result]) -> str:
    """Say how many verdicts were the worst that there are."""
    return f"Falsely complete: {sum(result.falsely_complete for result in results)}."


def felt(results: Sequence[Result]) -> str:
    """Say how often the faults of bad days struck, by their kind; empty where there were none."""
    counted: Counter[str] = Counter()
    for result in results:
        counted.update(result.felt)
    told = ", ".join(f"{kind} {count}" for kind, count in counted.items())
    return f"Faults felt in bad days: {told}." if told else ""


def _never_gone() -> str:
    """Name the streams that no world lacks, with the reason."""
    reasons: dict[str, list[str]] = {}
    for stream in (*BINANCE, *FIREBLOCKS):
        if stream.is_read and stream not in CAN_BE_GONE:
            reasons.setdefault(_why_never_gone(stream), []).append(f"`{stream.name}`")
    lines = [f"- {why}: {', '.join(names)}." for why, names in reasons.items()]
    return "\n".join(["Streams that are never taken away:", "", *lines, ""])


def _why_never_gone(stream: Stream) -> str:
    if not stream.wallets:
        return "move nothing"
    if stream.alternative_group is not None:
        return "another stream tells the same, and proves it without them"
    return "asked of few accounts alone"
