"""Records with a status or an operation that no enumeration of the venue lists (C.1, C.2).

What they mean for a balance cannot be read from them; here both have moved what they tell.
"""

from dataclasses import replace
from datetime import datetime

from coinfrs_pipelines.emulator.fireblocks import incoming, outgoing, timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author
from coinfrs_pipelines.emulator.fireblocks.chains import Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Movement


def timed_out(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """End a withdrawal in a status that is seen in old enumerations only."""
    return [
        replace(
            movement,
            kind="timed_out",
            stages=(*movement.stages[:-1], replace(movement.stages[-1], status="TIMEOUT")),
        )
        for movement in outgoing.withdrawal(author, at, asset)
    ]


def unstaked(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Credit a vault account by an operation that only texts of the documentation name."""
    timeline = timelines.incoming(asset.chain, author.events, at)
    movement = incoming.deposit_on(author, asset, timeline)
    return [replace(movement, kind="unstaked", operation="UNSTAKE")]
