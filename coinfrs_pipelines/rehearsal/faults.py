"""An endpoint that is gone in a simulated world, and what nobody can know without it.

What it must leave unproven `truth` compares. Faults that pass are in `bad_days`.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from coinfrs_pipelines.connectors.binance.streams import STREAMS as BINANCE
from coinfrs_pipelines.connectors.fireblocks.streams import STREAMS as FIREBLOCKS
from coinfrs_pipelines.connectors.streams import Stream
from coinfrs_pipelines.rehearsal.venues import Cell, EmulatedVenues, World

FOR_EVER = 10**9
# What another stream tells too is proven without it, and some are asked of few accounts alone.
CAN_BE_GONE = tuple(
    stream
    for stream in (*BINANCE, *FIREBLOCKS)
    if stream.is_read
    and stream.wallets
    and stream.alternative_group is None
    and stream.scope_rule not in {"own_email", "managed_emails"}
    and stream.product not in {"trade_group", "managed_sub_account_transfers"}
)
# An account has opened a product if there was ever anything in this wallet of it.
WALLETS_OF_PRODUCTS = {
    "margin": "cross_margin",
    "futures": "um_futures",
    "options": "options",
    "portfolio_margin": "portfolio_margin",
}


@dataclass(frozen=True)
class Gone:
    """The endpoint of a stream, which does not answer in a world from its first capture on.

    Keys were registered before: a proof of a key asks some endpoints, too.

    `masters` are the references of the world's master accounts, `opened` the accounts and wallets
    in which there was ever anything, `trading` those in which there was ever an asset of a symbol
    that is traded: the others have no symbols to ask about.
    """

    stream: Stream
    masters: Collection[str]
    opened: Collection[tuple[str, str]]
    trading: Collection[tuple[str, str]]

    def moves(self, cell: Cell) -> bool:
        """Return whether the endpoint, and no other, tells what may move a cell."""
        by_symbol = self.stream.scope_rule == "symbols"
        return (
            cell.venue == self.stream.venue
            and self.reaches(cell.account_ref, cell.wallet)
            and (not by_symbol or (cell.account_ref, cell.wallet) in self.trading)
        )

    def reaches(self, account_ref: str, wallet: str) -> bool:
        """Return whether the endpoint tells of a wallet of an account."""
        kind = "master" if account_ref in self.masters else "sub_account"
        needed = WALLETS_OF_PRODUCTS.get(self.stream.product or "")
        return (
            wallet.partition(":")[0] in self.stream.wallets
            and self.stream.account_kind in {None, kind}
            and (needed is None or (account_ref, needed) in self.opened)
        )

    def begin(self, emulated: EmulatedVenues, world: World) -> None:
        """Let the endpoint answer nothing more."""
        path = self.stream.path
        emulated.inject(world, {"kind": "gone", "path": path, "requests": FOR_EVER})


def choose_gone(
    emulated: EmulatedVenues, world: World, rng: random.Random, before: datetime
) -> Gone:
    """Choose an endpoint of a world that will be gone; `before` is the end of the world's truth."""
    stream = rng.choice(CAN_BE_GONE)
    moved = [leg.cell for leg in emulated.truth(world, before)]
    listed = emulated.traded_assets()
    return Gone(
        stream,
        frozenset(
            told["account_ref"] for told in world.credentials if told.get("kind") == "master"
        ),
        frozenset((cell.account_ref, cell.wallet) for cell in moved),
        frozenset((cell.account_ref, cell.wallet) for cell in moved if cell.asset in listed),
    )
