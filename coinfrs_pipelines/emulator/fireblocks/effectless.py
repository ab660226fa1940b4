"""The records that move nothing: refused, cancelled, lost, or only signed (C.4 rows 10, 15)."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import TypeVar

from coinfrs_pipelines.emulator.fireblocks import timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author
from coinfrs_pipelines.emulator.fireblocks.chains import Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Hold, Movement, Peer, Stage
from coinfrs_pipelines.emulator.fireblocks.payments import draw

Choice = TypeVar("Choice")

# How what was never sent ends, and what it goes through before.
_NEVER_BROADCAST = (
    (("FAILED", "INSUFFICIENT_FUNDS_FOR_FEE"), ("QUEUED", "PENDING_SIGNATURE")),
    (("FAILED", "SIGNING_ERROR"), ("PENDING_ENRICHMENT", "QUEUED", "PENDING_SIGNATURE")),
    (("REJECTED", "REJECTED_AML_SCREENING"), ("PENDING_AML_SCREENING",)),
)
_NEVER_MINED = (
    "DROPPED_BY_BLOCKCHAIN",
    "REJECTED_BY_BLOCKCHAIN",
    "INVALID_NONCE_TOO_LOW",
    "DOUBLE_SPENDING",
)


def never_broadcast(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Fail a transfer before it is sent, or let the screening forbid it."""
    ending, steps = _drawn_from(at, _NEVER_BROADCAST)
    return _attempt(author, at, asset, "never_broadcast", ending, *steps)


def dropped(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send a transfer that has a hash and is never mined."""
    ending = "FAILED", _drawn_from(at, _NEVER_MINED)
    return _attempt(author, at, asset, "dropped", ending, "PENDING_SIGNATURE", "BROADCASTING")


def _drawn_from(at: datetime, choices: Sequence[Choice]) -> Choice:
    """Draw by the instant alone, so that another choice changes no other event of a world."""
    return Random(at.isoformat()).choice(choices)


def cancelled(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Call a transfer back before it is signed."""
    steps = ("PENDING_AUTHORIZATION", "CANCELLING")
    return _attempt(author, at, asset, "cancelled", ("CANCELLED", "CANCELLED_BY_USER"), *steps)


def rejected(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let an approver refuse a transfer."""
    ending = ("REJECTED", "REJECTED_BY_USER")
    return _attempt(author, at, asset, "rejected", ending, "PENDING_AUTHORIZATION")


def blocked(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let the workspace's policy forbid a transfer."""
    return _attempt(author, at, asset, "blocked", ("BLOCKED", "BLOCKED_BY_POLICY"))


def typed_message(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Sign a message: amounts are null, -1 and empty."""
    return _signed(author, at, asset, "TYPED_MESSAGE")


def raw(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Sign bytes; what is done with them elsewhere leaves no record here."""
    return _signed(author, at, asset, "RAW")


def _attempt(
    author: Author,
    at: datetime,
    asset: Asset,
    kind: str,
    ending: tuple[str, str],
    *steps: str,
) -> list[Movement]:
    drawn = draw(author, asset)
    if drawn is None:
        return []
    payer, amount = drawn.payer, drawn.amount
    return [
        Movement(
            tx_id=author.new_id(),
            kind=kind,
            operation="TRANSFER",
            asset=asset,
            source=author.vault(payer, asset),
            destination=author.outside(asset, is_source=False),
            stages=timelines.without_effect(author.events, at, ending, *steps),
            holds=(Hold(payer, asset.id, amount),),
            requested=amount,
            tx_hash=author.new_hash(asset.chain) if "BROADCASTING" in steps else "",
            created_by=author.user_id,
        )
    ]


def _signed(author: Author, at: datetime, asset: Asset, operation: str) -> list[Movement]:
    vault_id = author.events.choice(author.purse.vaults_with(asset.id))
    signing = at + timelines.seconds(author.events, 1, 5)
    completed = signing + timelines.seconds(author.events, 2, 20)
    return [
        Movement(
            tx_id=author.new_id(),
            kind=operation.lower(),
            operation=operation,
            asset=asset,
            source=author.vault(vault_id, asset),
            destination=Peer("UNKNOWN"),
            stages=(
                Stage(at, "SUBMITTED"),
                Stage(signing, "PENDING_SIGNATURE"),
                Stage(timelines.out_of_quiet(completed), "COMPLETED"),
            ),
            created_by=author.user_id,
            note="A signature, not a transfer.",
        )
    ]
