"""The movements of worlds in which records change late (C.6), one option of the world each."""

from dataclasses import replace
from datetime import datetime

from coinfrs_pipelines.emulator.fireblocks import delays, incoming, outgoing, timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author
from coinfrs_pipelines.emulator.fireblocks.chains import Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Movement, Screening
from coinfrs_pipelines.emulator.fireblocks.payments import Payment, draw, fee_leg, sent
from coinfrs_pipelines.emulator.fireblocks.timelines import Timeline

_SCREENED_AGAIN = (("PASS", "Exchange"), ("ALERT", "Mixer"), ("PASS", "Exchange"))


def confirmed_late(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Complete a withdrawal days after its block."""
    timeline = timelines.outgoing(asset.chain, author.events, at)
    timeline = delays.final_late(timeline, asset.chain, author.events, _days(author))
    return _withdrawn(author, "confirmed_late", asset, timeline)


def screened_late(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let a deposit wait for its screening for days."""
    timeline = timelines.incoming(asset.chain, author.events, at)
    timeline = delays.screened_for_days(timeline, asset.chain, author.events, _days(author))
    movement = incoming.deposit_on(author, asset, timeline)
    return [replace(movement, kind="screened_late")]


def failed_late(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Say days after the block that a transfer was reverted in it."""
    timeline = timelines.outgoing(asset.chain, author.events, at)
    timeline = delays.failed_late(timeline, asset.chain, author.events, _days(author))
    payment = _payment(author, asset)
    if payment is None:
        return []
    (only_the_fee,) = fee_leg(author, payment, timeline)
    movement = sent(author, "failed_late", payment, timeline)
    return [movement.reverted_with(only_the_fee, "execution reverted")]


def approved_late(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let a withdrawal wait for its approval for days."""
    approved = delays.later(author.events, at, _days(author))
    return outgoing.withdrawal(author, at, asset, approved=approved)


def frozen_by_hand(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Freeze a completed deposit on the next day, and let go of it later."""
    timeline = timelines.incoming(asset.chain, author.events, at)
    timeline = delays.held_again(timeline, author.events)
    return [replace(incoming.deposit_on(author, asset, timeline), kind="frozen_by_hand")]


def screened_again(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Change what the screening says of a deposit, days after it was completed."""
    timeline = timelines.incoming(asset.chain, author.events, at)
    movement = incoming.deposit_on(author, asset, timeline)
    instants = [timeline.stages[-1].at]
    for _ in _SCREENED_AGAIN[1:]:
        instants.append(delays.later(author.events, instants[-1], 2))
    screenings = tuple(
        Screening(instant, *said) for instant, said in zip(instants, _SCREENED_AGAIN, strict=True)
    )
    return [replace(movement, kind="screened_again", screenings=screenings)]


def reorganised(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let the block of a withdrawal be left; it is mined again after the closing."""
    timeline = delays.reorganised(asset.chain, author.events, at, is_deposit=False)
    return _withdrawn(author, "reorganised", asset, timeline)


def reorganised_deposit(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let the block of a deposit be left; it is mined again after the closing."""
    timeline = delays.reorganised(asset.chain, author.events, at, is_deposit=True)
    movement = incoming.deposit_on(author, asset, timeline)
    return [replace(movement, kind="reorganised_deposit")]


def reorganised_when_final(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let the block of a withdrawal be left that was called completed at one confirmation."""
    timeline = delays.reorganised_after_completion(asset.chain, author.events, at)
    return _withdrawn(author, "reorganised_when_final", asset, timeline)


def dropped_after_a_block(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let the block of a withdrawal be left for good: nothing has moved after all."""
    payment = _payment(author, asset)
    if payment is None:
        return []
    stages = delays.dropped_after_a_block(asset.chain, author.events, at)
    movement = sent(author, "dropped_after_a_block", payment, Timeline(stages, None, at))
    return [replace(movement, legs=())]


def _days(author: Author) -> int:
    return author.options.late_finality_days


def _payment(author: Author, asset: Asset) -> Payment | None:
    drawn = draw(author, asset)
    if drawn is None:
        return None
    to = author.outside(asset, is_source=False)
    return Payment(asset, drawn.payer, to, drawn.amount, drawn.amount, drawn.fee)


def _withdrawn(author: Author, kind: str, asset: Asset, timeline: Timeline) -> list[Movement]:
    payment = _payment(author, asset)
    return [] if payment is None else [sent(author, kind, payment, timeline)]
