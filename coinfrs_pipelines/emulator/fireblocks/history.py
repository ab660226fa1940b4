"""Which movements happen in a workspace, and when.

Each day deals from a shuffled deck of kinds, so that every kind comes within a few days and none
depends on luck. Days have their own generators: a longer world begins like a shorter one.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from coinfrs_pipelines.emulator.fireblocks import (
    contracts,
    effectless,
    exchanges,
    incoming,
    issuance,
    late,
    outgoing,
    replacements,
    rewarded,
    sponsored,
    staking,
    timelines,
    unlisted,
    unrecorded,
)
from coinfrs_pipelines.emulator.fireblocks.author import Author
from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS, Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Movement
from coinfrs_pipelines.emulator.fireblocks.options import FireblocksOptions

Kind = Callable[[Author, datetime, Asset], list[Movement]]
Planned = tuple[datetime, Kind, Asset]

DECK: tuple[tuple[Kind, str], ...] = (
    (incoming.deposit, "ETH"),
    (incoming.deposit, "USDC"),
    (incoming.deposit, "LINK"),
    (incoming.deposit, "BTC"),
    (incoming.deposit, "SOL"),
    (incoming.deposit, "XRP"),
    (incoming.deposit, "ETH-OPT"),
    (outgoing.withdrawal, "ETH"),
    (outgoing.withdrawal, "USDC"),
    (outgoing.withdrawal, "LINK"),
    (outgoing.withdrawal, "BTC"),
    (outgoing.withdrawal, "SOL"),
    (outgoing.withdrawal, "XRP"),
    (outgoing.withdrawal, "ETH-OPT"),
    (outgoing.withdrawal, "SOL_USDC_PTHX"),
    (outgoing.vault_transfer, "ETH"),
    (outgoing.vault_transfer, "USDC"),
    (outgoing.vault_transfer, "BTC"),
    (outgoing.vault_transfer, "SOL"),
    (outgoing.own_address, "ETH"),
    (outgoing.own_address, "USDC"),
    (outgoing.consolidation, "BTC"),
    (outgoing.multi_destination, "BTC"),
    (outgoing.reverted, "USDC"),
    (outgoing.reverted, "ETH"),
    (outgoing.reverted, "ETH-OPT"),
    (contracts.contract_call, "USDC"),
    (contracts.contract_call, "LINK"),
    (contracts.batch_call, "USDC"),
    (contracts.program_call, "SOL"),
    (contracts.plain_call, "ETH"),
    (contracts.reverted_call, "ETH"),
    (issuance.approve, "USDC"),
    (issuance.mint, "ACME_ETH_Y7QX"),
    (issuance.burn, "ACME_ETH_Y7QX"),
    (issuance.enable_asset, "SOL_USDC_PTHX"),
    (issuance.enable_asset, "ALGO_USDC_UV4I"),
    (staking.stake, "ETH"),
    (staking.stake, "SOL"),
    (staking.stake_withdrawal, "ETH"),
    (staking.stake_withdrawal, "SOL"),
    (exchanges.from_exchange, "BTC"),
    (exchanges.from_exchange, "USDC"),
    (exchanges.to_exchange, "USDC"),
    (exchanges.to_exchange, "XRP"),
    (exchanges.exchange_refuses, "ETH"),
    (exchanges.within_exchange, "BTC"),
    (sponsored.gas_station, "ETH"),
    (sponsored.gas_tank, "ETH"),
    (sponsored.fee_payer, "SOL"),
    (sponsored.local_relay, "USDC"),
    (sponsored.third_party_relay, "USDC"),
    (sponsored.meta_transaction, "USDC"),
    (replacements.boosted, "ETH"),
    (replacements.boosted, "BTC"),
    (replacements.drop, "ETH"),
    (rewarded.rewarded_transfer, "ALGO"),
    (effectless.never_broadcast, "ETH"),
    (effectless.dropped, "ETH"),
    (effectless.cancelled, "USDC"),
    (effectless.rejected, "BTC"),
    (effectless.blocked, "SOL"),
    (effectless.typed_message, "ETH"),
    (effectless.raw, "BTC"),
)

# Records are made in these hours: what starts on a chain without heights ends on the same day, and
# what a slower chain is sent is mined before midnight.
_OPENS = timedelta(minutes=15)
_CLOSES = timedelta(hours=23, minutes=10)
# A Bitcoin transaction of this time is mined before midnight, and confirmed only after it.
_EVENING = timedelta(hours=23, minutes=37)
_EVENING_DAYS = 2
# A transaction of this time has its first block before midnight on every chain.
_LATE_EVENING = timedelta(hours=23, minutes=38)
_LATE_EVENING_SECONDS = 240
_NEW_WALLETS_FROM_DAY = 2
_APPROVAL_DAYS_MAX = 3

_LATE: tuple[tuple[Kind, str], ...] = (
    (late.confirmed_late, "ETH"),
    (late.confirmed_late, "SOL"),
    (late.screened_late, "USDC"),
    (late.screened_late, "XRP"),
    (late.failed_late, "USDC"),
    (late.approved_late, "BTC"),
)
_REORGS: tuple[tuple[Kind, str], ...] = (
    (late.reorganised, "ETH"),
    (late.reorganised, "BTC"),
    (late.reorganised_deposit, "USDC"),
    (late.reorganised_when_final, "ETH"),
    (late.dropped_after_a_block, "USDC"),
)


def write(
    author: Author, key: str, index: int, start: datetime, days: int, options: FireblocksOptions
) -> Iterator[Movement]:
    """Yield the movements of `days` days from `start` in the order in which they are begun.

    `key` decides what happens, `index` only how it is called.
    """
    deck = _Deck(Random(f"{key}/deck"))
    for day in range(days):
        author.begin_day(Random(f"{key}/{day}"), Random(f"{key}/{day}/ids/{index}"))
        midnight = start + day * timelines.DAY
        for at, kind, asset in sorted(_plan(author, deck, midnight, day, days, options), key=_when):
            author.purse.advance_to(at)
            for movement in kind(author, at, asset):
                author.purse.take(movement)
                yield movement


def _when(planned: Planned) -> datetime:
    return planned[0]


class _Deck:
    """Deals every kind once before any comes again."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._rest: list[tuple[Kind, str]] = []

    def deal(self) -> tuple[Kind, str]:
        if not self._rest:
            self._rest = list(DECK)
            self._rng.shuffle(self._rest)
        return self._rest.pop()


def _plan(
    author: Author,
    deck: _Deck,
    midnight: datetime,
    day: int,
    days: int,
    options: FireblocksOptions,
) -> Iterator[Planned]:
    """Plan a day: the deck's kinds at random times, then what has a time of its own."""
    rng = author.events
    for _ in range(options.events_per_day):
        kind, asset_id = deck.deal()
        yield midnight + _daytime(rng), kind, ASSETS[asset_id]
    if day % _EVENING_DAYS == 0:
        at = midnight + _EVENING + timelines.seconds(rng, 1, 330)
        yield at, rng.choice((incoming.deposit, outgoing.vault_transfer)), ASSETS["BTC"]
    for position, asset_id in enumerate(options.new_wallet_assets):
        if day == min(_NEW_WALLETS_FROM_DAY + position, days - 1):
            yield midnight + _daytime(rng), incoming.first_deposit, ASSETS[asset_id]
    if options.frozen_deposits:
        yield midnight + _daytime(rng), incoming.frozen_deposit, ASSETS["USDC"]
    if options.unmined_at_closing:
        at = midnight + timedelta(hours=23, minutes=50) + timelines.seconds(rng, 1, 300)
        yield at, incoming.unmined_deposit, ASSETS["BTC"]
    if options.late_approvals:
        yield midnight + _daytime(rng), _approved_later, ASSETS["ETH"]
    yield from _what_changes_late(rng, midnight, day, options)


def _what_changes_late(
    rng: Random, midnight: datetime, day: int, options: FireblocksOptions
) -> Iterator[Planned]:
    """Plan what only some worlds have: one of each kind in turn, or one a day."""
    if options.late_finality_days:
        for kind, asset_id in _LATE[day % 2 :: 2]:
            yield midnight + _daytime(rng), kind, ASSETS[asset_id]
    if options.reorgs:
        for position in (day, day + 2):
            kind, asset_id = _REORGS[position % len(_REORGS)]
            at = midnight + _LATE_EVENING + timelines.seconds(rng, 1, _LATE_EVENING_SECONDS)
            yield at, kind, ASSETS[asset_id]
    by_option: tuple[tuple[bool, Kind, str], ...] = (
        (options.late_network_records, contracts.late_call, "USDC"),
        (options.late_screening, late.screened_again, "ETH"),
        (options.frozen_are_released, late.frozen_by_hand, "LINK"),
        (options.wallets_enabled_by_transfers, issuance.enabling_transfer, "SOL_USDC_PTHX"),
        (options.heightless_failures, outgoing.reverted, "SOL"),
        (options.unlisted_values, unlisted.timed_out, "LINK"),
        (options.unlisted_values, unlisted.unstaked, "ETH"),
        (options.unrecorded_changes, unrecorded.credit, "ETH"),
        (options.unrecorded_changes and day == _NEW_WALLETS_FROM_DAY, unrecorded.found, "XRP"),
        (options.unrecorded_changes, unrecorded.spend, "BTC"),
    )
    for is_wanted, kind, asset_id in by_option:
        if is_wanted:
            yield midnight + _daytime(rng), kind, ASSETS[asset_id]


def _approved_later(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let a withdrawal wait for its approval over one or more midnights."""
    waits = author.events.randrange(1, _APPROVAL_DAYS_MAX + 1) * timelines.DAY
    approved = timelines.midnight_before(at) + waits + _daytime(author.events)
    return outgoing.withdrawal(author, at, asset, approved=approved)


def _daytime(rng: Random) -> timedelta:
    return timelines.seconds(rng, _OPENS.total_seconds(), _CLOSES.total_seconds())
