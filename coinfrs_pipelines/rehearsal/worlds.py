"""The worlds of a simulation, in series: what is done to each of them, and which keys it registers.

A whole world is left alone. Another hides one record with a net change of a cell, another loses an
endpoint, another has bad days, of one the keys of the sub-accounts are not registered, and in one
happens what no endpoint of its venue shows.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from coinfrs_pipelines.rehearsal import bad_days, faults, world_kinds
from coinfrs_pipelines.rehearsal.venues import EmulatedVenues, World
from coinfrs_pipelines.rehearsal.world_kinds import Kind

# The slowest emulated chain has its confirmations by then.
CONFIRMED_AFTER = timedelta(hours=3)
# What is sent in the place of something that is not mined yet.
REPLACING = ("booster", "drop")
# The kinds of the accounts whose keys there are, by venue.
KINDS = {"binance": ("master", "sub_account"), "fireblocks": ("workspace",)}
# Options of a world in which something happens that no endpoint shows, and what its events are.
UNSHOWN: Mapping[str, Any] = {"binance": {"gift_cards": True}}
# Each in every fourth world: a master with one sub-account, with one of its trade group, with none,
# and with a second one, which somebody else invests in.
WITH_ONE: Mapping[str, Any] = {"binance": {"sub_accounts": 1}}
GROUPED: Mapping[str, Any] = {"binance": {"sub_accounts": 1, "trade_group": True}}
WITH_NONE: Mapping[str, Any] = {"binance": {"sub_accounts": 0}}
VARIANTS: tuple[Mapping[str, Any], ...] = (WITH_ONE, GROUPED, WITH_NONE, {})
UNSHOWN_KIND, UNSHOWN_NAMED = "gift_cards", "gift cards, which no endpoint shows"
EVERY_KIND = tuple(kind for kinds in KINDS.values() for kind in kinds)


@dataclass(frozen=True)
class Simulated:
    """One world, the seed it came from, and what is done to it."""

    world: World
    seed: int
    hidden: str | None = None
    gone: faults.Gone | None = None
    has_bad_days: bool = False
    # Whether it has so many wallets that lists of them have pages.
    is_large: bool = False
    kinds: tuple[str, ...] = EVERY_KIND
    # The only venue that is registered and judged; both where it is empty.
    venue: str = ""
    # Whether its records change for days after they were final.
    is_late: bool = False

    @property
    def kind(self) -> str:
        """What is done to it and to others like it, in words."""
        if self.hidden and self.hidden.endswith(UNSHOWN_NAMED):
            return "does what no endpoint shows"
        if self.hidden:
            return "hides a record"
        if self.gone:
            return "lacks an endpoint"
        if self.has_bad_days:
            return "has bad days"
        if self.is_late:
            return "changes late"
        return "is whole" if self.has_every_key else "lacks keys"

    @property
    def venues(self) -> tuple[str, ...]:
        """The venues whose keys are registered."""
        return (self.venue,) if self.venue else tuple(KINDS)

    @property
    def has_every_key(self) -> bool:
        """Whether every key of the venues that are judged is registered."""
        return self.kinds == (KINDS[self.venue] if self.venue else EVERY_KIND)

    @property
    def what(self) -> str:
        """What is done to it, in words."""
        if self.hidden:
            return f"hides: {self.hidden}"
        if self.gone:
            return f"lacks the endpoint of {self.gone.stream.name}"
        if self.has_bad_days:
            return "has bad days"
        if self.is_late:
            return "changes records late"
        return "nothing" if self.has_every_key else f"has keys of {', '.join(self.kinds)} only"

    @property
    def credentials(self) -> list[dict[str, str]]:
        """The credentials that are registered."""
        return [
            credential for credential in self.world.credentials if credential["kind"] in self.kinds
        ]

    @property
    def without_key(self) -> frozenset[str]:
        """The references of the sub-accounts whose keys are not registered."""
        return frozenset(
            credential["account_ref"]
            for credential in self.world.credentials
            if credential not in self.credentials and self.venue in ("", credential["venue"])
        )


def make_worlds(
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
        return Simulated(emulated.worlds[0], seed)
    options = VARIANTS[seed % len(VARIANTS)]
    if kind == world_kinds.UNSHOWN:
        options = UNSHOWN
    if kind == world_kinds.KEYLESS and options == WITH_NONE:
        options = WITH_ONE
    is_large = has_many_wallets(kind, seed)
    if is_large:
        options = {**options, **bad_days.MANY_WALLETS}
    world = emulated.add_world(seed, captures[0].date(), len(captures), options)
    if kind == world_kinds.HIDDEN:
        # Whole between the first and the last capture, wherever in between it lies.
        hideable = [
            event
            for event in emulated.hideable(world, captures[0], captures[-1])
            if not would_stay_open(event, captures)
        ]
        return hide(emulated, world, seed, hideable)
    if kind == world_kinds.GONE:
        gone = faults.choose_gone(emulated, world, chance(seed), captures[-1])
        return Simulated(world, seed, gone=gone)
    if kind == world_kinds.KEYLESS:
        return Simulated(world, seed, kinds=("master", "workspace"))
    if kind == world_kinds.UNSHOWN:
        return _with_unshown(emulated, world, seed, captures)
    has_bad_days = kind == world_kinds.BAD_DAYS
    return Simulated(world, seed, has_bad_days=has_bad_days, is_large=is_large)


def chance(seed: int) -> random.Random:
    """Return the choices that belong to a seed."""
    return random.Random(seed)  # noqa: S311 -- repeatable, not secret.


def hide(
    emulated: EmulatedVenues, world: World, seed: int, hideable: list[dict[str, Any]]
) -> Simulated:
    """Hide one of the events in a world."""
    event = chance(seed).choice(hideable)
    emulated.inject(world, {"kind": "hide_record", "event_id": event["event_id"]})
    return Simulated(world, seed, hidden=f"{event['at']} {event['label']}")


def _with_unshown(
    emulated: EmulatedVenues, world: World, seed: int, captures: list[datetime]
) -> Simulated:
    """Say in the world's truth that nobody can see what no endpoint shows."""
    unshown = [
        event
        for event in emulated.hideable(world, captures[0], captures[-1])
        if event["kind"] == UNSHOWN_KIND
    ]
    for event in unshown:
        emulated.inject(world, {"kind": "hide_record", "event_id": event["event_id"]})
    return Simulated(world, seed, hidden=f"{len(unshown)} {UNSHOWN_NAMED}")


def has_many_wallets(kind: Kind, seed: int) -> bool:
    """Whether it is one of the worlds of bad days whose lists of wallets have pages.

    If all were, theirs would be most of the cells and of the time of a series.
    """
    return kind == world_kinds.BAD_DAYS and VARIANTS[seed % len(VARIANTS)] == WITH_NONE


def would_stay_open(event: Mapping[str, Any], captures: list[datetime]) -> bool:
    """Whether its cells would be unproven and not broken, if the record were hidden.

    A capture may show it as a pending amount, which nothing explains; and what failed with a hash
    and without a block is explained only by the record that took its place.
    """
    if event["kind"] in REPLACING:
        return True
    at = datetime.fromisoformat(event["at"])
    return any(change["venue"] == "fireblocks" for change in event["changes"]) and any(
        capture - CONFIRMED_AFTER < at < capture for capture in captures
    )
