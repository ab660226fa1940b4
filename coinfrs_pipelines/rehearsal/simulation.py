"""Seeded worlds against their truth: leg by leg, position by position, verdict by verdict.

Many worlds live in one emulator and are the data sources of one run, over the real pipeline and
real HTTP. What is done to nothing must be complete, and so must worlds whose venue has bad days. Of
a hidden record, and of what no endpoint shows, exactly its cells must break, on exactly its days.
What an endpoint that is gone can move must not be complete, and everything else must. Of
sub-accounts without a key nothing is proven and nothing is missing. Where records change late, the
days are judged after the last capture and again when nothing changes any more: then all must be as
in a whole world, and what was said before must be on record. The worlds themselves are made in
`worlds` and `workspaces`; many of them, side by side, are run by `series`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import stamina

from coinfrs_pipelines.connectors.http import TRIES_MAX
from coinfrs_pipelines.console import say
from coinfrs_pipelines.rehearsal import (
    bad_days,
    clients,
    sub_accounts,
    truth,
    versions,
    workspaces,
    world_kinds,
    worlds,
)
from coinfrs_pipelines.rehearsal.installation import Pipeline
from coinfrs_pipelines.rehearsal.venues import Cell, EmulatedVenues, Leg, World
from coinfrs_pipelines.rehearsal.world_kinds import Kind
from coinfrs_pipelines.rehearsal.worlds import Simulated
from coinfrs_pipelines.runs import open_instance

CAPTURE_AFTER_MIDNIGHT = timedelta(minutes=5)
# The last day is read again then, as the schedule does with a day that is unproven: the network
# records of what was called in its last hour are told by then.
SETTLED_AFTER = timedelta(hours=2)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Judged:
    """What the comparison of one world found; `wrong` is empty where all is as it must be.

    `legs` are those that were compared one by one, `falsely_complete` the cells and days that are
    complete and must not be, `felt` how often the faults of bad days struck, by their kind.
    """

    simulated: Simulated
    legs: int
    verdicts: int
    falsely_complete: int
    felt: Mapping[str, int]
    wrong: list[str]


def simulate(
    emulated: EmulatedVenues,
    *,
    seeds: int,
    days: int,
    first_seed: int,
    venue: str = "",
    only: Kind | None = None,
) -> list[Judged]:
    """Fill this database from the worlds, close all days, and compare each world with its truth.

    The emulator runs held, with one world of `first_seed`, and its URLs are in the environment.
    `venue` is fireblocks where only its workspaces are to be registered, `only` the one kind of
    worlds that there are to be.
    """
    captures = captures_of(emulated, days)
    make = workspaces.make_workspaces if venue else worlds.make_worlds
    planned = world_kinds.plan(seeds, venue=venue, only=only)
    simulated = make(emulated, captures, planned, first_seed=first_seed)
    _carry_out(emulated, simulated, captures)
    return [judge(emulated, entry, captures) for entry in simulated]


def contradict(
    emulated: EmulatedVenues,
    options: Mapping[str, Mapping[str, Any]],
    *,
    days: int,
    first_seed: int,
) -> dict[str, list[Leg]]:
    """Hide one record in a world of each of the options, close all days; return its true legs.

    The options, by the venue that they vary and a name, contradict what the connectors assume
    (MAPPINGS.md). Such a world need not be complete, but it must not be so falsely
    (`truth.falsely_complete`).
    """
    captures = captures_of(emulated, days)
    simulated = {}
    for seed, (name, given) in enumerate(options.items(), start=first_seed):
        world = emulated.add_world(seed, captures[0].date(), days + 1, given)
        # Before the last day, so that a position that lags behind shows it too; and in wallets that
        # are there from the beginning, so that there is a verdict on each.
        events = [
            event
            for event in emulated.hideable(world, captures[0], captures[-2])
            if {change["venue"] for change in event["changes"]} == set(given)
            and not any(c["wallet"].startswith(truth.OPENED_LATER) for c in event["changes"])
        ]
        hiding = worlds.hide(emulated, world, seed, events)
        kinds = tuple(kind for venue in given for kind in worlds.KINDS[venue])
        simulated[name] = replace(hiding, kinds=kinds)
    _carry_out(emulated, simulated.values(), captures)
    return {
        name: [leg for leg in emulated.truth(entry.world, captures[-1]) if leg.is_hidden]
        for name, entry in simulated.items()
    }


def captures_of(emulated: EmulatedVenues, days: int) -> list[datetime]:
    """Return when the opening capture and the closing one of each day are taken."""
    start = emulated.worlds[0].start
    return [start + number * DAY + CAPTURE_AFTER_MIDNIGHT for number in range(days + 1)]


def _carry_out(
    emulated: EmulatedVenues, simulated: Collection[Simulated], captures: list[datetime]
) -> None:
    """Register every world, extract it day by day, and close all days at once."""
    clients.register((entry.world, entry.credentials) for entry in simulated)
    for entry in simulated:
        if entry.gone:
            entry.gone.begin(emulated, entry.world)
    seeds = [entry.seed for entry in simulated]
    of_worlds = f"{len(seeds)} worlds (seeds {min(seeds)} to {max(seeds)})"
    is_late = any(entry.is_late for entry in simulated)
    first_day, last_day = captures[0].date(), captures[-1].date() - DAY
    # On a clock that is held no waiting helps: what failed is asked again at once.
    with stamina.set_testing(True, attempts=TRIES_MAX), open_instance() as instance:
        pipeline = Pipeline(instance)
        for at in captures:
            emulated.advance_to(at)
            for entry in simulated:
                if entry.has_bad_days:
                    bad_days.have_a_bad_day(
                        emulated,
                        entry.world,
                        entry.venues,
                        seed=entry.seed,
                        capture=at,
                        is_last=at == captures[-1],
                    )
            pipeline.extract(at.date() - DAY, lambda _step: None)
            say(f"Extracted {at.date() - DAY} of {of_worlds}")
        if is_late:
            pipeline.close(first_day, last_day, lambda _step: None)
        emulated.advance_to(
            captures[-1] + (workspaces.LATE_BY if is_late else timedelta()) + SETTLED_AFTER
        )
        pipeline.extract(last_day, lambda _step: None)
        pipeline.close(first_day, last_day, lambda _step: None)
    say(f"Built and verified {of_worlds}; comparing with the truth")


def judge(emulated: EmulatedVenues, simulated: Simulated, captures: list[datetime]) -> Judged:
    """Compare one world with its truth."""
    world = simulated.world
    known_by = captures[-1] + (workspaces.LATE_BY if simulated.is_late else timedelta())
    true_legs = _of_venue(simulated, emulated.truth(world, known_by))
    accounts = sorted({leg.cell.account_ref for leg in true_legs} - simulated.without_key)
    true_at: dict[datetime, dict[Cell, Decimal]] = {
        at: {
            cell: amount
            for cell, amount in emulated.positions(world, at).items()
            if simulated.venue in ("", cell.venue)
        }
        for at in [*captures, *(_midnight(capture.date(), world) for capture in captures)]
    }
    wrong = sub_accounts.wrong_without_key(true_at, simulated.without_key, captures)
    if simulated.without_key:
        true_legs = [leg for leg in true_legs if leg.cell.account_ref in accounts]
        true_at = {at: sub_accounts.of(accounts, amounts) for at, amounts in true_at.items()}
    gone = simulated.gone
    compared = truth.wrong_verdicts(true_legs, true_at, accounts, captures, gone)
    wrong += compared.wrong
    wrong += truth.wrong_positions(true_at, accounts)
    wrong += truth.wrong_control_totals(accounts) if not simulated.venue else []
    wrong += truth.wrong_totals_of_workspaces(_references(simulated, "workspace"))
    if simulated.is_late:
        wrong += versions.wrong_versions(accounts)
    if gone is None:
        wrong += truth.wrong_legs(true_legs, accounts, captures[0], captures[-1])
    if not compared.verdicts:
        wrong.append("nothing was judged at all")
    felt = bad_days.felt(emulated, world) if simulated.has_bad_days else {}
    if simulated.has_bad_days:
        wrong += bad_days.not_felt(felt, is_large=simulated.is_large)
    legs = [leg for leg in true_legs if not leg.is_hidden and captures[0] <= leg.at < captures[-1]]
    return Judged(
        simulated,
        legs=len(legs) if gone is None else 0,
        verdicts=compared.verdicts,
        falsely_complete=compared.falsely_complete
        + sub_accounts.falsely_complete(simulated.without_key),
        felt=felt,
        wrong=wrong,
    )


def _of_venue(simulated: Simulated, legs: list[Leg]) -> list[Leg]:
    return [leg for leg in legs if simulated.venue in ("", leg.cell.venue)]


def _references(simulated: Simulated, kind: str) -> list[str]:
    return [key["account_ref"] for key in simulated.credentials if key["kind"] == kind]


def _midnight(day: date, world: World) -> datetime:
    return world.start + (day - world.start.date())
