"""The worlds of a series of Fireblocks alone: only the key of the workspace is registered.

A whole world is left alone, another hides one record, another has bad days, and in another records
change for up to ten days after they were final: what is true of them is known only then.
"""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from coinfrs_pipelines.rehearsal import worlds
from coinfrs_pipelines.rehearsal.venues import EmulatedVenues, World
from coinfrs_pipelines.rehearsal.worlds import Simulated

VENUE = "fireblocks"
# Days after which no record of a late world changes any more: ten for its status, and a screening
# that holds it, lets go of it or is told anew.
LATE_BY = timedelta(days=20)
LATE: Mapping[str, Any] = {
    VENUE: {
        "late_finality_days": 10,
        "reorgs": True,
        "late_network_records": True,
        "late_screening": True,
        "frozen_deposits": True,
        "frozen_are_released": True,
    }
}


def make_workspaces(
    emulated: EmulatedVenues, captures: list[datetime], *, seeds: int, days: int, first_seed: int
) -> list[Simulated]:
    """Make `seeds` whole worlds, as many that hide a record, and half as many of the others."""
    seeds_of_worlds = itertools.count(first_seed)

    def add(options: Mapping[str, Any] | None = None) -> tuple[int, World]:
        seed = next(seeds_of_worlds)
        if seed == first_seed:
            return seed, emulated.worlds[0]
        return seed, emulated.add_world(seed, captures[0].date(), days + 1, options)

    whole = [_alone(*add()) for _ in range(seeds)]
    hiding = [_alone(*_hide(emulated, captures, *add())) for _ in range(seeds)]
    few = range(max(1, seeds // 2))
    unlucky = [replace(_alone(*add()), has_bad_days=True) for _ in few]
    late = [replace(_alone(*add(LATE)), is_late=True) for _ in few]
    return [*whole, *hiding, *unlucky, *late]


def _alone(seed: int, world: World, hidden: str | None = None) -> Simulated:
    return Simulated(world, seed, hidden=hidden, kinds=worlds.KINDS[VENUE], venue=VENUE)


def _hide(
    emulated: EmulatedVenues, captures: list[datetime], seed: int, world: World
) -> tuple[int, World, str | None]:
    hideable = [
        event
        for event in emulated.hideable(world, captures[0], captures[-1])
        if {change["venue"] for change in event["changes"]} == {VENUE}
        and not worlds.is_on_its_way_in(event, captures)
    ]
    return seed, world, worlds.hide(emulated, world, seed, hideable).hidden


def count(seeds: int) -> int:
    """Return how many worlds `make_workspaces` makes, each of the seed after the last."""
    return 2 * seeds + 2 * max(1, seeds // 2)
