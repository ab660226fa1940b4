"""How a record changes late, or again after it was final (C.6).

A timeline goes in and one comes out. What a block means for a balance does not change here: a leg
belongs to the block that its chain kept, which the record may come to name days after the wallet.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from coinfrs_pipelines.emulator.fireblocks.chains import Chain
from coinfrs_pipelines.emulator.fireblocks.movements import Stage
from coinfrs_pipelines.emulator.fireblocks.timelines import (
    CONFIRMING,
    DAY,
    QUIET_AFTER_MIDNIGHT,
    Timeline,
    midnight_before,
    out_of_quiet,
    outgoing,
    seconds,
)

# When in its day something late happens.
_FROM, _TO = timedelta(hours=1), timedelta(hours=22)
# What a frozen amount waits for at most.
_HELD_DAYS_MAX = 4


def later(rng: Random, instant: datetime, days_max: int) -> datetime:
    """Draw an instant of one of the next days."""
    days = rng.randrange(1, days_max + 1)
    in_the_day = seconds(rng, _FROM.total_seconds(), _TO.total_seconds())
    return midnight_before(instant) + days * DAY + in_the_day


def final_late(timeline: Timeline, chain: Chain, rng: Random, days_max: int) -> Timeline:
    """Let a record confirm for days; without heights its balance waits for that too."""
    *before, last = timeline.stages
    ended = later(rng, last.at, days_max)
    takes_effect_at = timeline.takes_effect_at if chain.wallets_have_height else ended
    stages = (*before, replace(last, at=ended))
    return replace(timeline, stages=stages, takes_effect_at=takes_effect_at)


def screened_for_days(timeline: Timeline, chain: Chain, rng: Random, days_max: int) -> Timeline:
    """Let the screening of a deposit take days: it is on its chain, and pending."""
    *before, confirming, last = final_late(timeline, chain, rng, days_max).stages
    begun = out_of_quiet(confirming.at + seconds(rng, 1, 3))
    screening = replace(confirming, at=begun, status="PENDING_AML_SCREENING", sub_status="")
    takes_effect_at = timeline.takes_effect_at if chain.wallets_have_height else last.at
    stages = (*before, confirming, screening, last)
    return replace(timeline, stages=stages, takes_effect_at=takes_effect_at)


def failed_late(timeline: Timeline, chain: Chain, rng: Random, days_max: int) -> Timeline:
    """Let a record that was reverted in its block confirm for days before it says so."""
    *before, confirming, last = final_late(timeline, chain, rng, days_max).stages
    failed = replace(last, status="FAILED", sub_status="SMART_CONTRACT_EXECUTION_FAILED")
    return replace(timeline, stages=(*before, confirming, failed))


def released(timeline: Timeline, rng: Random, days_max: int = _HELD_DAYS_MAX) -> Timeline:
    """Let the screening let go of what it held: the record is completed after all."""
    held = timeline.stages[-1]
    freed = Stage(
        later(rng, held.at, days_max), "COMPLETED", "CONFIRMED", has_hash=True, is_mined=True
    )
    return replace(timeline, stages=(*timeline.stages, freed))


def held_again(timeline: Timeline, rng: Random, days_max: int = _HELD_DAYS_MAX) -> Timeline:
    """Let somebody freeze by hand what was completed, and let go of it later."""
    completed = timeline.stages[-1]
    frozen_at = later(rng, completed.at, 1)
    frozen = replace(completed, at=frozen_at, status="REJECTED", sub_status="FROZEN_MANUALLY")
    return released(replace(timeline, stages=(*timeline.stages, frozen)), rng, days_max)


def reorganised(chain: Chain, rng: Random, created: datetime, *, is_deposit: bool) -> Timeline:
    """Draw a record of the late evening whose block the chain leaves: mined again after midnight.

    The record goes on naming the first block, confirming, until it knows the second.
    """
    *before, confirming = _in_a_block_that_is_left(chain, rng, created, is_deposit=is_deposit)
    height = _height_of_tomorrow(chain, rng, created)
    mined_at = chain.mined_at(height)
    again = replace(confirming, at=mined_at + seconds(rng, 0.8, 3.5), orphaned=None)
    last_block = chain.mined_at(height + chain.confirmations - 1)
    ended = last_block + seconds(rng, 3.6, 5)
    completed = replace(again, at=ended, status="COMPLETED", sub_status="CONFIRMED")
    return Timeline((*before, confirming, again, completed), height, mined_at)


def reorganised_after_completion(chain: Chain, rng: Random, created: datetime) -> Timeline:
    """Draw a record that was called final at one confirmation, and whose block was left then."""
    *before, confirming = _in_a_block_that_is_left(chain, rng, created, is_deposit=False)
    called_final = confirming.at + seconds(rng, 1, 20)
    too_early = replace(confirming, at=called_final, status="COMPLETED", sub_status="CONFIRMED")
    height = _height_of_tomorrow(chain, rng, created)
    mined_at = chain.mined_at(height)
    completed = replace(too_early, at=mined_at + seconds(rng, 0.8, 3.5), orphaned=None)
    return Timeline((*before, confirming, too_early, completed), height, mined_at)


def dropped_after_a_block(chain: Chain, rng: Random, created: datetime) -> tuple[Stage, ...]:
    """Draw a record that was in a block which the chain leaves, and in none after that."""
    *before, confirming = _in_a_block_that_is_left(chain, rng, created, is_deposit=False)
    tomorrow = midnight_before(created) + DAY + QUIET_AFTER_MIDNIGHT
    dropped = replace(
        confirming,
        at=tomorrow + seconds(rng, 600, 3_600),
        status="FAILED",
        sub_status="DROPPED_BY_BLOCKCHAIN",
    )
    return (*before, confirming, dropped)


def _in_a_block_that_is_left(
    chain: Chain, rng: Random, created: datetime, *, is_deposit: bool
) -> tuple[Stage, ...]:
    """Return the stages up to the first confirmation, in a block that is not to stay."""
    if is_deposit:
        orphaned = chain.height_at(created - seconds(rng, 1, 4))
        return (Stage(created, *CONFIRMING, has_hash=True, is_mined=True, orphaned=orphaned),)
    *before, confirming, _ = outgoing(chain, rng, created).stages
    orphaned = chain.height_at(confirming.at)
    return (*before, replace(confirming, orphaned=orphaned))


def _height_of_tomorrow(chain: Chain, rng: Random, created: datetime) -> int:
    tomorrow = midnight_before(created) + DAY + QUIET_AFTER_MIDNIGHT
    return chain.height_at(tomorrow + seconds(rng, 20, 900)) + 1
