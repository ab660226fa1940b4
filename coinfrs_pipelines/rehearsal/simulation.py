"""Seeded worlds against their truth: leg by leg, position by position, verdict by verdict.

Many worlds live in one emulator and are the data sources of one run, over the real pipeline and
real HTTP. Half of them have no fault and must be complete; the others hide one record with a net
change of a cell, and exactly its cells must break, on exactly its days.
"""

import os
import random
import time
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from coinfrs_pipelines import registration
from coinfrs_pipelines.console import say, table
from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.encryption import Keyring
from coinfrs_pipelines.processes import Children, terminated_as_interrupted
from coinfrs_pipelines.rehearsal import truth, venues
from coinfrs_pipelines.rehearsal.installation import Pipeline, adopt, own_installation
from coinfrs_pipelines.rehearsal.venues import Cell, EmulatedVenues, Leg, World
from coinfrs_pipelines.runs import open_instance
from coinfrs_pipelines.transform.manifest import parsed_project

CAPTURE_AFTER_MIDNIGHT = timedelta(minutes=5)
DAY = timedelta(days=1)
# The slowest emulated chain has its confirmations by then.
CONFIRMED_AFTER = timedelta(hours=3)
# The first ones usually explain the others.
DIFFERENCES_SHOWN_MAX = 20
# Proofs wait for the venue, not for us.
REGISTERED_AT_ONCE = 8


@dataclass(frozen=True)
class Simulated:
    """One world, the seed it came from, and the label of the record it hides, if any."""

    world: World
    seed: int
    hidden: str | None


@dataclass(frozen=True)
class Judged:
    """What the comparison of one world found; `wrong` is empty where all is as it must be."""

    simulated: Simulated
    legs: int
    verdicts: int
    wrong: list[str]


def run(*, seeds: int, days: int, first_seed: int) -> bool:
    """Simulate `seeds` worlds without a fault and as many with one; return whether all is right."""
    began = time.monotonic()
    with (
        terminated_as_interrupted(),
        own_installation("simulation"),
        Children(lambda _name, _line: None) as children,
    ):
        parsed_project()
        # One day more than is closed, so that the last capture lies inside the world.
        with venues.start(children, dict(os.environ), seed=first_seed, days=days + 1) as emulated:
            adopt(emulated.environment)
            database.ensure_ready()
            database.export()
            judged = simulate(emulated, seeds=seeds, days=days, first_seed=first_seed)
    table(
        ("world", "seed", "hidden record", "legs", "verdicts", "result"),
        [
            (
                result.simulated.world.name,
                result.simulated.seed,
                result.simulated.hidden or "none",
                result.legs,
                result.verdicts,
                f"{len(result.wrong)} differences" if result.wrong else "as it must be",
            )
            for result in judged
        ],
        title=f"{len(judged)} worlds, {days} days, {time.monotonic() - began:.0f} s",
    )
    for result in judged:
        for line in result.wrong[:DIFFERENCES_SHOWN_MAX]:
            say(f"{result.simulated.world.name} (seed {result.simulated.seed}): {line}")
    return not any(result.wrong for result in judged)


def simulate(emulated: EmulatedVenues, *, seeds: int, days: int, first_seed: int) -> list[Judged]:
    """Fill this database from the worlds, close all days, and compare each world with its truth.

    The emulator runs held, with one world of `first_seed`, and its URLs are in the environment.
    """
    captures = captures_of(emulated, days)
    simulated = _make_worlds(emulated, seeds, days, first_seed, captures)
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
        simulated[name] = _hide(emulated, world, seed, events)
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
    _register(simulated)
    with open_instance() as instance:
        pipeline = Pipeline(instance)
        for at in captures:
            emulated.advance_to(at)
            pipeline.extract(at.date() - DAY, lambda _step: None)
            say(f"Extracted {at.date() - DAY} of {len(simulated)} worlds")
        pipeline.close(captures[0].date(), captures[-1].date() - DAY, lambda _step: None)
    say("Built and verified; comparing with the truth")


def judge(emulated: EmulatedVenues, simulated: Simulated, captures: list[datetime]) -> Judged:
    """Compare one world with its truth."""
    world = simulated.world
    true_legs = emulated.truth(world, captures[-1])
    accounts = sorted({leg.cell.account_ref for leg in true_legs})
    true_at: dict[datetime, dict[Cell, Decimal]] = {
        at: emulated.positions(world, at)
        for at in [*captures, *(_midnight(capture.date(), world) for capture in captures)]
    }
    wrong, verdicts = truth.wrong_verdicts(true_legs, true_at, accounts, captures)
    wrong += truth.wrong_positions(true_at, accounts)
    wrong += truth.wrong_legs(true_legs, accounts, captures[0], captures[-1])
    if not verdicts:
        wrong.append("nothing was judged at all")
    legs = sum(captures[0] <= leg.at for leg in true_legs)
    return Judged(simulated, legs, verdicts, wrong)


def _make_worlds(
    emulated: EmulatedVenues, seeds: int, days: int, first_seed: int, captures: list[datetime]
) -> list[Simulated]:
    simulated = []
    start = captures[0].date()
    for number in range(2 * seeds):
        seed = first_seed + number
        world = emulated.worlds[0] if number == 0 else emulated.add_world(seed, start, days + 1)
        if number < seeds:
            simulated.append(Simulated(world, seed, None))
            continue
        # Whole between the first and the last capture, wherever in between it lies.
        hideable = [
            event
            for event in emulated.hideable(world, captures[0], captures[-1])
            if not _is_on_its_way_in(event, captures)
        ]
        simulated.append(_hide(emulated, world, seed, hideable))
    return simulated


def _hide(
    emulated: EmulatedVenues, world: World, seed: int, hideable: list[dict[str, Any]]
) -> Simulated:
    event = random.Random(seed).choice(hideable)  # noqa: S311 -- repeatable, not secret.
    emulated.inject(world, {"kind": "hide_record", "event_id": event["event_id"]})
    return Simulated(world, seed, f"{event['at']} {event['label']}")


def _is_on_its_way_in(event: Mapping[str, Any], captures: list[datetime]) -> bool:
    """Whether a capture may show the record as a pending amount, though the record is hidden.

    Such a cell is unproven and not broken: what is pending and not explained proves nothing.
    """
    at = datetime.fromisoformat(event["at"])
    return any(change["venue"] == "fireblocks" for change in event["changes"]) and any(
        capture - CONFIRMED_AFTER < at < capture for capture in captures
    )


def _register(simulated: Iterable[Simulated]) -> None:
    """Register every credential of every world; each world is a client of its own."""
    keyring = Keyring.from_settings()
    wanted = [
        (entry.world, _owner(f"{entry.world.name}@example.com"), credential)
        for entry in simulated
        for credential in entry.world.credentials
    ]

    def register(entry: tuple[World, UUID, dict[str, str]]) -> None:
        world, owner_id, credential = entry
        secret = "private_key_pem" if "private_key_pem" in credential else "api_secret"
        registration.register(
            lambda: database.connect("coinfrs_registry"),
            keyring,
            owner_id=owner_id,
            venue=credential["venue"],
            environment="emulator",
            name=f"{world.name} {credential['name']}",
            credential=registration.credential_of(
                credential["venue"],
                {"api_key": credential["api_key"], secret: credential[secret]},
            ),
        )

    with ThreadPoolExecutor(REGISTERED_AT_ONCE) as threads:
        list(threads.map(register, wanted))


def _owner(email: str) -> UUID:
    with closing(database.connect("coinfrs_auth", autocommit=True)) as connection:
        row = connection.execute(
            "insert into auth.users (email) values (%s) "
            "on conflict (email) do update set email = excluded.email returning id",
            [email],
        ).fetchone()
        return UUID(str(row[0] if row else None))


def _midnight(day: date, world: World) -> datetime:
    return world.start + (day - world.start.date())
