"""The worlds of a series of Fireblocks alone: only the key of the workspace is registered.

A whole world is left alone, another hides one record, another has bad days, and in another records
change for up to ten days after they were final: what is true of them is known only then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from coinfrs_pipelines.rehearsal import bad_days, world_kinds, worlds
from coinfrs_pipelines.rehearsal.venues import EmulatedVenues, World
from coinfrs_pipelines.rehearsal.world_kinds import Kind
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
    emulated: EmulatedVenues,
    captures: list[datetime],
    planned: Sequence[Kind],
    *,
    first_seed: int,
) -> list[Simulated]:
    """Make a world of each of the planned kinds; the first seed's plain one is there already."""
    made = []
    for seed, kind in enumerate(planned, first_seed):
        is_there = seed == first_seed and kind == world_kinds.WHOLE
        made.append(_make(emulated, captures, kind, seed, is_there=is_there))
    return made


def _make(
    emulated: EmulatedVenues, captures: list[datetime], kind: Kind, seed: int, *, is_there: bool
) -> Simulated:
    if is_there:
        return _alone(seed, emulated.worlds[0])
    is_large = worlds.has_many_wallets(kind, seed)
    options = LATE if kind == world_kinds.LATE else bad_days.MANY_WALLETS if is_large else None
    world = emulated.add_world(seed, captures[0].date(), len(captures), options)
    if kind == world_kinds.HIDDEN:
        return _hide(emulated, captures, seed, world)
    made = _alone(seed, world)
    has_bad_days = kind == world_kinds.BAD_DAYS
    is_late = kind == world_kinds.LATE
    return replace(made, has_bad_days=has_bad_days, is_large=is_large, is_late=is_late)


def _alone(seed: int, world: World, hidden: str | None = None) -> Simulated:
    return Simulated(world, seed, hidden=hidden, kinds=worlds.KINDS[VENUE], venue=VENUE)


def _hide(emulated: EmulatedVenues, captures: list[datetime], seed: int, world: World) -> Simulated:
    hideable = [
        event
        for event in emulated.hideable(world, captures[0], captures[-1])
        if {change["venue"] for change in event["changes"]} == {VENUE}
        and not worlds.would_stay_open(event, captures)
    ]
    return _alone(seed, world, worlds.hide(emulated, world, seed, hideable).hidden)
