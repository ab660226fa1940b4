"""When a record goes through its stages, and in which block it is mined.

Nothing happens in the first ten minutes after midnight, when days are closed: what falls there is
put off until they are over. On chains whose wallets have no height all ends within two minutes.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from coinfrs_pipelines.emulator.fireblocks.chains import Chain
from coinfrs_pipelines.emulator.fireblocks.movements import Stage

DAY = timedelta(days=1)
QUIET_AFTER_MIDNIGHT = timedelta(minutes=10)
# How long another party thinks about what it is asked for.
_MANUAL_APPROVAL = timedelta(seconds=15)

_SUBMITTED = "SUBMITTED"
CONFIRMING = ("CONFIRMING", "PENDING_BLOCKCHAIN_CONFIRMATIONS")
_COMPLETED = ("COMPLETED", "CONFIRMED")


@dataclass(frozen=True)
class Timeline:
    """The stages of a record, its block, and the instant at which its legs happen."""

    stages: tuple[Stage, ...]
    height: int | None
    takes_effect_at: datetime


def seconds(rng: Random, least: float, most: float) -> timedelta:
    """Draw a duration in whole milliseconds."""
    return timedelta(milliseconds=rng.randrange(int(least * 1000), int(most * 1000)))


def midnight_before(instant: datetime) -> datetime:
    """Return the beginning of the instant's day."""
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)


def out_of_quiet(instant: datetime) -> datetime:
    """Put an instant of the quiet minutes off to just after them, keeping their order."""
    since_midnight = instant - midnight_before(instant)
    if since_midnight >= QUIET_AFTER_MIDNIGHT:
        return instant
    put_off = midnight_before(instant) + QUIET_AFTER_MIDNIGHT + since_midnight / 20
    return put_off.replace(microsecond=put_off.microsecond // 1000 * 1000)


def outgoing(
    chain: Chain, rng: Random, created: datetime, *, approved: datetime | None = None
) -> Timeline:
    """Draw the way of a record that the workspace made, to its completion."""
    stages = [Stage(created, _SUBMITTED)]
    if approved:
        stages.append(Stage(created + seconds(rng, 0.5, 2), "PENDING_AUTHORIZATION"))
    signing = (approved or created) + seconds(rng, 2, 6)
    broadcast = signing + seconds(rng, 4, 15)
    stages.append(Stage(signing, "PENDING_SIGNATURE"))
    stages.append(Stage(broadcast, "BROADCASTING", has_hash=True))
    return _mined(chain, rng, stages, broadcast + seconds(rng, 2, 9))


def incoming(
    chain: Chain, rng: Random, created: datetime, *, mined_after: datetime | None = None
) -> Timeline:
    """Draw the way of a record that the venue detected: in a block, or in the mempool."""
    if chain.family == "utxo":
        seen = [Stage(created, *CONFIRMING, has_hash=True)]
        return _mined(chain, rng, seen, mined_after or created + seconds(rng, 20, 90))
    if chain.wallets_have_height:
        height = chain.height_at(created - seconds(rng, 1, 4))
        return _confirmed(chain, rng, [], created, height)
    return _confirmed(chain, rng, [], created, None)


def from_third_party(chain: Chain, rng: Random, created: datetime) -> Timeline:
    """Draw the way of a record that the workspace made and another party sends."""
    asked = created + seconds(rng, 1, 4)
    stages = [
        Stage(created, _SUBMITTED),
        Stage(asked, "PENDING_3RD_PARTY_MANUAL_APPROVAL"),
        Stage(asked + _MANUAL_APPROVAL, "PENDING_3RD_PARTY"),
    ]
    ready = asked + seconds(rng, 20, 240)
    if chain.family == "utxo":
        stages.append(Stage(ready, *CONFIRMING, has_hash=True))
        ready += seconds(rng, 2, 9)
    return _mined(chain, rng, stages, ready)


def elsewhere(rng: Random, created: datetime) -> tuple[Stage, ...]:
    """Draw the stages of a record that no chain knows of."""
    asked = created + seconds(rng, 1, 4)
    completed = out_of_quiet(asked + seconds(rng, 5, 60))
    return (
        Stage(created, _SUBMITTED),
        Stage(asked, "PENDING_3RD_PARTY"),
        Stage(completed, "COMPLETED", "3RD_PARTY_COMPLETED"),
    )


def ending(timeline: Timeline, status: str, sub_status: str) -> Timeline:
    """Return the same way with another last status."""
    last = replace(timeline.stages[-1], status=status, sub_status=sub_status)
    return replace(timeline, stages=(*timeline.stages[:-1], last))


def reverted(chain: Chain, rng: Random, created: datetime) -> Timeline:
    """Draw the way of a record that failed in its block, as the receipt tells at once."""
    mined = outgoing(chain, rng, created)
    *before, confirming, _ = mined.stages
    failed = Stage(
        confirming.at, "FAILED", "SMART_CONTRACT_EXECUTION_FAILED", has_hash=True, is_mined=True
    )
    takes_effect_at = mined.takes_effect_at if chain.wallets_have_height else failed.at
    return Timeline((*before, failed), mined.height, takes_effect_at)


def _mined(chain: Chain, rng: Random, stages: list[Stage], ready: datetime) -> Timeline:
    """Put a broadcast transaction into the next block outside the quiet minutes."""
    if not chain.wallets_have_height:
        return _confirmed(chain, rng, stages, ready, None)
    height = chain.height_at(ready) + 1
    while out_of_quiet(chain.mined_at(height)) != chain.mined_at(height):
        height += 1
    return _confirmed(chain, rng, stages, chain.mined_at(height) + seconds(rng, 0.8, 3.5), height)


def _confirmed(
    chain: Chain, rng: Random, stages: list[Stage], detected: datetime, height: int | None
) -> Timeline:
    confirming = Stage(out_of_quiet(detected), *CONFIRMING, has_hash=True, is_mined=True)
    if height is None:
        ended = detected + seconds(rng, 8, 40)
        # The block stands in the record only; wallets of these chains know nothing of it.
        named_height = chain.height_at(detected)
        completed = Stage(ended, *_COMPLETED, has_hash=True, is_mined=True)
        return Timeline((*stages, confirming, completed), named_height, ended)
    last_block = chain.mined_at(height + chain.confirmations - 1)
    ended = out_of_quiet(max(last_block, confirming.at) + seconds(rng, 0.8, 3.5))
    completed = Stage(ended, *_COMPLETED, has_hash=True, is_mined=True)
    return Timeline((*stages, confirming, completed), height, chain.mined_at(height))


def without_effect(
    rng: Random, created: datetime, ending: tuple[str, str], *steps: str
) -> tuple[Stage, ...]:
    """Draw the stages of a record that ends without a movement: named steps, then its ending."""
    stages = [Stage(created, _SUBMITTED)]
    for status in steps:
        has_hash = status == "BROADCASTING"
        stages.append(Stage(stages[-1].at + seconds(rng, 2, 30), status, has_hash=has_hash))
    ended = stages[-1].at + seconds(rng, 20, 240)
    had_hash = stages[-1].has_hash
    return (*stages, Stage(out_of_quiet(ended), *ending, has_hash=had_hash))


def held_by_screening(timeline: Timeline) -> Timeline:
    """Let a mined deposit end in the hands of the screening: it is in the wallet, and frozen."""
    *before, confirming, _ = timeline.stages
    held = ending(timeline, "REJECTED", "AUTO_FREEZE").stages[-1]
    wait = (held.at - confirming.at) // timedelta(milliseconds=2) * timedelta(milliseconds=1)
    screening = replace(
        confirming, at=confirming.at + wait, status="PENDING_AML_SCREENING", sub_status=""
    )
    return replace(timeline, stages=(*before, confirming, screening, held))


def seen_by_receiver(timeline: Timeline, rng: Random) -> Timeline:
    """Draw when the receiving side of the same transaction has its own record: once it is mined."""
    *_, confirming, completed = timeline.stages
    noticed = Stage(
        confirming.at + seconds(rng, 0.2, 1.5), *CONFIRMING, has_hash=True, is_mined=True
    )
    ended = Stage(completed.at + seconds(rng, 0.2, 1.5), *_COMPLETED, has_hash=True, is_mined=True)
    return Timeline((noticed, ended), timeline.height, timeline.takes_effect_at)
