"""What may go wrong in a simulated world: an endpoint that is gone, or a venue on its bad days.

A record that no face shows is not here: `simulation` hides it. What a fault must not change, and
what it must leave unproven, `truth` compares.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from coinfrs_pipelines.connectors.binance.streams import STREAMS as BINANCE
from coinfrs_pipelines.connectors.fireblocks.streams import STREAMS as FIREBLOCKS
from coinfrs_pipelines.connectors.streams import Stream
from coinfrs_pipelines.rehearsal.venues import Cell, EmulatedVenues, World

FOR_EVER = 10**9
# What another stream tells too is proven without it, of some the refusal is an answer, and some are
# asked of few accounts alone.
CAN_BE_GONE = tuple(
    stream
    for stream in (*BINANCE, *FIREBLOCKS)
    if stream.is_read
    and stream.wallets
    and stream.alternative_group is None
    and not stream.absent_if_refused
    and stream.product != "trade_group"
)
# An account has opened a product if there was ever anything in this wallet of it.
WALLETS_OF_PRODUCTS = {
    "margin": "cross_margin",
    "futures": "um_futures",
    "options": "options",
    "portfolio_margin": "portfolio_margin",
}
# Records of these say no instant at which they moved anything: shown late they are known late.
UNTOLD_INSTANTS = (
    *("conversions", "c2c_orders", "flexible_earn_redemption", "dual_investments"),
    "flexible_liquidation",
)
# Far enough for the venue to refuse what is signed by it.
SKEW_MILLISECONDS_MAX = 90_000
# A record that comes this long after the capture of its day comes before the next one.
LATE_BY = timedelta(hours=23)


@dataclass(frozen=True)
class Gone:
    """The endpoint of a stream, which does not answer in a world from before its first capture on.

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


def make_gone(emulated: EmulatedVenues, world: World, rng: random.Random, before: datetime) -> Gone:
    """Let one endpoint of a world answer nothing more; `before` is the end of the world's truth."""
    stream = rng.choice(CAN_BE_GONE)
    fault = {"kind": "gone", "path": stream.path, "requests": FOR_EVER}
    emulated.inject(world, fault)
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


def have_a_bad_day(
    emulated: EmulatedVenues,
    world: World,
    rng: random.Random,
    *,
    capture: datetime,
    is_last: bool,
) -> None:
    """Let the venue be as venues are at one capture, before it is read.

    It throttles, fails for a while, tells a wrong time, has no snapshot of an account, and shows
    some records only a day later. On the last day none of these: nothing is read after it.
    """
    for kind in ("http_429", "http_5xx"):
        path = rng.choice(CAN_BE_GONE).path
        emulated.inject(world, {"kind": kind, "path": path, "requests": rng.randint(1, 2)})
    skew = rng.choice((-1, 1)) * rng.randint(1, SKEW_MILLISECONDS_MAX)
    emulated.inject(world, {"kind": "clock_skew", "milliseconds": skew, "requests": 1})
    account = rng.choice([told for told in world.credentials if told["venue"] == "binance"])
    day = (capture - timedelta(days=1)).date().isoformat()
    emulated.inject(
        world, {"kind": "missing_snapshot", "account_ref": account["account_ref"], "day": day}
    )
    if is_last:
        return
    late = [
        event["event_id"]
        for event in emulated.hideable(world, capture - timedelta(days=1), capture)
        if event["kind"] not in UNTOLD_INSTANTS
        and {change["venue"] for change in event["changes"]} == {"binance"}
    ]
    shown_from = (capture + LATE_BY).isoformat()
    # Each once: what is left out when it is late at last comes another day later.
    chosen = rng.sample(late, min(4, len(late)))
    for event_id in chosen[:2]:
        emulated.inject(world, {"kind": "late_row", "event_id": event_id, "from": shown_from})
    for event_id in chosen[2:]:
        emulated.inject(world, {"kind": "drop_row", "event_id": event_id, "path": "/"})
