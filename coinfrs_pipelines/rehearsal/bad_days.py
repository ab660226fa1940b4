"""The bad days of a venue: what goes wrong at each capture of a world, and must change nothing.

Requests are refused, fail, or are cut in the middle of the answer; a time is told wrongly; pages
begin early; a snapshot is missing; and some records are shown a day late, or left out of one
answer. Which of it was felt the emulator counts: bad days that nobody felt would show nothing.
"""

import itertools
import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from coinfrs_pipelines.connectors.binance import control_totals, wallets
from coinfrs_pipelines.connectors.binance.streams import STREAMS as BINANCE
from coinfrs_pipelines.connectors.fireblocks import streams as fireblocks
from coinfrs_pipelines.connectors.http import Endpoint
from coinfrs_pipelines.rehearsal.venues import EmulatedVenues, World

DAY = timedelta(days=1)
# What fails at each capture, and of how many paths of a venue; of Fireblocks there are few.
FAILING = ("http_429", "http_5xx", "cut_connection")
PATHS_A_DAY: Mapping[str, int] = {"binance": 4, "fireblocks": 1}
# The pages of these begin early, so many times a day.
PAGED: Mapping[str, tuple[str, ...]] = {
    "binance": ("/api/", "/sapi/", "/papi/"),
    "fireblocks": ("/v1/vault/", "/v1/transactions"),
}
REPEATS = 3
# So many wallets that Fireblocks' lists of them have pages: ten for each vault account.
MANY_WALLETS: Mapping[str, Any] = {"fireblocks": {"vault_accounts": 105}}
# Records of these say no instant at which they moved anything: shown late they are known late.
UNTOLD_INSTANTS = (
    *("conversions", "c2c_orders", "flexible_earn_redemption", "dual_investments"),
    "flexible_liquidation",
)
# Far enough for the venue to refuse what is signed by it.
SKEW_MILLISECONDS_MAX = 90_000
# A record that comes this long after the capture of its day comes before the next one.
LATE_BY = timedelta(hours=23)
# Of a record that is shown late, and of one that is left out once.
LATE_A_DAY = DROPPED_A_DAY = 2
# What every world with bad days must have felt, whatever its seed, and what only one whose lists
# are certain to have a second page.
FELT_BY_ALL = (*FAILING, "clock_skew")
FELT_BY_LARGE = "repeat_page"


def _without_prefixes(endpoints: Iterable[Endpoint | None]) -> tuple[str, ...]:
    """Return the paths that are signed for, none of which begins with another.

    What is not signed for fails for all worlds of an emulator at once.
    """
    paths = sorted({endpoint.path for endpoint in endpoints if endpoint and endpoint.signed})
    return tuple(
        path
        for path in paths
        if not any(path != other and path.startswith(other) for other in paths)
    )


# Streams, and what is read around captures. Receipts are asked for of few records alone.
PATHS: Mapping[str, tuple[str, ...]] = {
    "binance": _without_prefixes(
        [
            *(stream.endpoint for stream in BINANCE),
            *(told.endpoint for wallet in wallets.WALLETS for told in wallet.lists),
            *(wallets.ACCOUNT_SNAPSHOT, control_totals.WALLET_BALANCE),
        ]
    ),
    "fireblocks": _without_prefixes(
        [
            *(stream.endpoint for stream in (fireblocks.TRANSACTIONS, fireblocks.VAULT_ACCOUNTS)),
            *(fireblocks.ASSET_WALLETS.endpoint, fireblocks.VAULT_ASSETS),
        ]
    ),
}


def have_a_bad_day(
    emulated: EmulatedVenues,
    world: World,
    venues: Collection[str],
    *,
    seed: int,
    capture: datetime,
    is_last: bool,
) -> None:
    """Let the venues of a world be as venues are at one capture, before it is read.

    Nothing is late on the last day: nothing is read after it.
    """
    rng = random.Random(seed + capture.toordinal())  # noqa: S311 -- repeatable, not secret.
    number = (capture - world.start) // DAY
    skew = rng.choice((-1, 1)) * rng.randint(1, SKEW_MILLISECONDS_MAX)
    emulated.inject(world, {"kind": "clock_skew", "milliseconds": skew, "requests": 1})
    for venue in sorted(venues):
        for fault in (*_failures(venue, seed, number, rng), *_early_pages(venue)):
            emulated.inject(world, fault)
    if "binance" in venues:
        accounts = [told for told in world.credentials if told["venue"] == "binance"]
        account_ref, day = rng.choice(accounts)["account_ref"], (capture - DAY).date().isoformat()
        emulated.inject(world, {"kind": "missing_snapshot", "account_ref": account_ref, "day": day})
    if not is_last:
        for venue in sorted(venues):
            late = _may_be_late(emulated, world, venue, capture)
            for fault in _late_records(late, rng, capture):
                emulated.inject(world, fault)


def _failures(
    venue: str, seed: int, number: int, rng: random.Random
) -> Iterable[Mapping[str, Any]]:
    """Yield the failures of the day with this number: other paths each day, while there are some.

    A refusal on a clock that stands still is asked again only once more.
    """
    paths = list(PATHS[venue])
    random.Random(seed).shuffle(paths)  # noqa: S311 -- repeatable, not secret.
    a_day = PATHS_A_DAY[venue] * len(FAILING)
    drawn = itertools.islice(itertools.cycle(paths), number * a_day, (number + 1) * a_day)
    for kind, path in zip(itertools.cycle(FAILING), drawn, strict=False):
        yield {"kind": kind, "path": path, "requests": rng.randint(1, 2)}


def _early_pages(venue: str) -> Iterable[Mapping[str, Any]]:
    for path in PAGED[venue]:
        yield {"kind": "repeat_page", "path": path, "rows": 1, "requests": REPEATS}


def _may_be_late(
    emulated: EmulatedVenues, world: World, venue: str, capture: datetime
) -> list[str]:
    """Return the events of a day that are as certain when they are shown a day later.

    A record of Fireblocks without a block tells when it moved something by when it was read alone.
    """
    without_block = {
        leg.event_id
        for leg in emulated.truth(world, capture)
        if leg.cell.venue == "fireblocks" and leg.height is None
    }
    return [
        event["event_id"]
        for event in emulated.hideable(world, capture - DAY, capture)
        if event["kind"] not in UNTOLD_INSTANTS
        and event["event_id"] not in without_block
        and {change["venue"] for change in event["changes"]} == {venue}
    ]


def _late_records(
    late: Sequence[str], rng: random.Random, capture: datetime
) -> Iterable[Mapping[str, Any]]:
    shown_from = (capture + LATE_BY).isoformat()
    # Each once: what is left out when it is late at last comes another day later.
    chosen = rng.sample(late, min(LATE_A_DAY + DROPPED_A_DAY, len(late)))
    for event_id in chosen[:LATE_A_DAY]:
        yield {"kind": "late_row", "event_id": event_id, "from": shown_from}
    for event_id in chosen[LATE_A_DAY:]:
        yield {"kind": "drop_row", "event_id": event_id, "path": "/"}


def felt(emulated: EmulatedVenues, world: World) -> Counter[str]:
    """Return how often the faults of a world struck, by their kind."""
    counted: Counter[str] = Counter()
    for told in emulated.faults(world):
        counted[told["fault"]["kind"]] += told["struck"]
    return counted


def not_felt(counted: Mapping[str, int], *, is_large: bool) -> list[str]:
    """Return what is wrong with bad days whose faults struck so often.

    `is_large` says whether the world has many wallets.
    """
    kinds = (*FELT_BY_ALL, FELT_BY_LARGE) if is_large else FELT_BY_ALL
    return [f"no {kind} was felt" for kind in kinds if not counted.get(kind)]
