"""What happened in the accounts of one emulated Binance family, and where its ids come from.

The history is plain data, in the order of its instants. `authoring` writes it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random

from coinfrs_pipelines.emulator.binance.records import (
    Deposit,
    FamilyTransfer,
    Hold,
    Movement,
    Trade,
    WalletTransfer,
    Withdrawal,
)
from coinfrs_pipelines.emulator.ledger import Event

# Closing captures are taken five minutes after midnight UTC; no leg lies in these minutes, but for
# what the venue books at midnight exactly: funding, interest, rewards, locked earn that is over.
CLOSING_MINUTES = timedelta(minutes=10)


def after_closing(instant: datetime) -> datetime:
    """Move an instant of the closing minutes behind them; any other stays."""
    into_day = timedelta(
        hours=instant.hour,
        minutes=instant.minute,
        seconds=instant.second,
        microseconds=instant.microsecond,
    )
    return instant + CLOSING_MINUTES if into_day < CLOSING_MINUTES else instant


def is_closing(instant: datetime) -> bool:
    """Return whether the instant lies in the closing minutes."""
    return instant.time() < time(0, CLOSING_MINUTES.seconds // 60)


def is_midnight(instant: datetime) -> bool:
    """Return whether the instant is 00:00:00.000: the first of its day, and out of the closing."""
    return instant.time() == time()


def on_the_hour(day: datetime, *hours: int) -> tuple[datetime, ...]:
    """Return the exact instants of some hours of a day that begins at `day`, midnight among them.

    Only what the venue itself does by the clock may be booked at one of them.
    """
    return tuple(day + timedelta(hours=hour) for hour in hours)


@dataclass
class History:
    """All records of a family; the kinds that are only legs and what is told are `movements`."""

    trades: list[Trade] = field(default_factory=list)
    deposits: list[Deposit] = field(default_factory=list)
    withdrawals: list[Withdrawal] = field(default_factory=list)
    wallet_transfers: list[WalletTransfer] = field(default_factory=list)
    family_transfers: list[FamilyTransfer] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    _kinds: defaultdict[str, list[Movement]] = field(
        default_factory=lambda: defaultdict(list), init=False, repr=False, compare=False
    )
    _sorted_by_kind: int = field(default=0, init=False, repr=False, compare=False)

    def of_kind(self, kind: str) -> list[Movement]:
        """Return the movements of one kind, in the order in which they were booked."""
        for movement in self.movements[self._sorted_by_kind :]:
            self._kinds[movement.kind].append(movement)
        self._sorted_by_kind = len(self.movements)
        return list(self._kinds.get(kind, ()))

    def events(self) -> Iterator[Event]:
        """Yield the event of every record; holds move nothing."""
        for records in (
            self.trades,
            self.deposits,
            self.withdrawals,
            self.wallet_transfers,
            self.family_transfers,
            self.movements,
        ):
            for record in records:
                yield record.event()


class Numbers:
    """The record ids of one world: from a range of its own, rising with time.

    Trade ids count per symbol, as on the venue, so that two symbols share their ids. Order ids are
    beyond 2^53, where a reader that takes JSON numbers for floats loses the last digits.
    """

    def __init__(self, rng: Random, index: int) -> None:
        self._rng = rng
        self._index = index
        self._first_trade = 28_000 + index * 10_000_000
        self._trades: defaultdict[str, int] = defaultdict(lambda: self._first_trade)
        self._transfer = 11_366_865_406 + index * 100_000_000
        self._order = 940_700_000_000_000_001 + index * 1_000_000_000_000
        self._deposit = 769_754_833_590_000_001 + index * 1_000_000_000_000
        self._others: dict[str, int] = {}
        self._texts = 0

    def trade(self, symbol: str) -> int:
        """Return the next trade id of a symbol; others trade in between."""
        self._trades[symbol] += self._rng.randint(1, 40)
        return self._trades[symbol]

    def order(self) -> int:
        """Return the next order id."""
        self._order += self._rng.randint(1, 900)
        return self._order

    def transfer(self) -> int:
        """Return the next tranId, one range for both kinds of transfer."""
        self._transfer += self._rng.randint(1, 90)
        return self._transfer

    def deposit(self) -> str:
        """Return the next deposit id."""
        self._deposit += self._rng.randint(1, 90_000)
        return str(self._deposit)

    def of(self, kind: str, first: int = 45_000_000_001) -> int:
        """Return the next id of a kind of record that has a range of its own, from `first` on."""
        before = self._others.get(kind, first + self._index * 100_000_000)
        self._others[kind] = before + self._rng.randint(1, 90)
        return self._others[kind]

    def text(self, length: int) -> str:
        """Return a new hexadecimal id of up to 64 characters."""
        self._texts += 1
        return hashlib.sha256(f"{self._index}/{self._texts}".encode()).hexdigest()[:length]
