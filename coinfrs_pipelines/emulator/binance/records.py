"""The records of the emulated Binance and the legs that each of them moves.

This is the double entry: a record knows the cells it changes and when. What a face shows of a
record, and from which instant on, is the business of the face.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.ledger import Cell, Event, Leg

VENUE = "binance"


def cell(uid: int, wallet: str, asset: str, component: str = "balance") -> Cell:
    """Return the cell of a Binance account; its reference is the uid as text."""
    return Cell(VENUE, str(uid), wallet, asset, component)


@dataclass(frozen=True)
class Trade:
    """One fill of a spot order."""

    uid: int
    symbol: str
    base: str
    quote: str
    trade_id: int
    order_id: int
    price: Decimal
    qty: Decimal
    quote_qty: Decimal
    commission: Decimal
    commission_asset: str
    at: datetime
    is_buyer: bool
    is_maker: bool

    @property
    def event_id(self) -> str:
        """Return the id of the event in the truth."""
        return f"binance:trade:{self.symbol}:{self.trade_id}"

    def event(self) -> Event:
        """Exchange base and quote; the commission is a leg of its own, in any asset."""
        sign = 1 if self.is_buyer else -1
        legs = (
            Leg(cell(self.uid, "spot", self.base), sign * self.qty, self.at),
            Leg(cell(self.uid, "spot", self.quote), -sign * self.quote_qty, self.at),
            Leg(cell(self.uid, "spot", self.commission_asset), -self.commission, self.at),
        )
        side = "bought" if self.is_buyer else "sold"
        label = (
            f"{self.uid} {side} {self.qty:f} {self.base} for {self.quote_qty:f} {self.quote}, "
            f"commission {self.commission:f} {self.commission_asset}"
        )
        attributes = {"label": label, "symbol": self.symbol, "record_id": str(self.trade_id)}
        return Event(self.event_id, "trade", self.at, legs, attributes)


@dataclass(frozen=True)
class Deposit:
    """A deposit: seen by the venue at `inserted_at`, in the balance from `credited_at` on."""

    uid: int
    wallet: str
    record_id: str
    coin: str
    network: str
    amount: Decimal
    tx_id: str
    confirmations: int
    inserted_at: datetime
    # None: the deposit was rejected.
    credited_at: datetime | None
    # From here on it may be withdrawn; until then a credited deposit has status 6.
    unlocked_at: datetime

    @property
    def event_id(self) -> str:
        """Return the id of the event in the truth."""
        return f"binance:deposit:{self.record_id}"

    def event(self) -> Event:
        """Credit the amount when the venue credits it; a rejected deposit moves nothing."""
        credited = self.credited_at
        legs: tuple[Leg, ...] = ()
        if credited is not None:
            legs = (Leg(cell(self.uid, self.wallet, self.coin), self.amount, credited),)
        outcome = "deposited" if legs else "had a deposit rejected:"
        label = f"{self.uid} {outcome} {self.amount:f} {self.coin} to {self.wallet}"
        attributes = {"label": label, "record_id": self.record_id}
        return Event(self.event_id, "deposit", credited or self.inserted_at, legs, attributes)


@dataclass(frozen=True)
class Withdrawal:
    """A withdrawal: out of the balance at `applied_at`, gone at `ended_at` or back again."""

    uid: int
    wallet: str
    record_id: str
    coin: str
    network: str
    # What arrives; the debit is this and the fee, both in the same coin.
    amount: Decimal
    fee: Decimal
    tx_id: str
    applied_at: datetime
    processed_at: datetime
    ended_at: datetime
    is_cancelled: bool = False

    @property
    def event_id(self) -> str:
        """Return the id of the event in the truth."""
        return f"binance:withdrawal:{self.record_id}"

    @property
    def debit(self) -> Decimal:
        """Return what leaves the balance."""
        return self.amount + self.fee

    def event(self) -> Event:
        """Move the debit to in_transit when applied for, and out of it, or back, at the end."""
        balance = cell(self.uid, self.wallet, self.coin)
        in_transit = cell(self.uid, self.wallet, self.coin, "in_transit")
        legs = [
            Leg(balance, -self.debit, self.applied_at),
            Leg(in_transit, self.debit, self.applied_at),
            Leg(in_transit, -self.debit, self.ended_at),
        ]
        if self.is_cancelled:
            legs.append(Leg(balance, self.debit, self.ended_at))
        outcome = "cancelled the withdrawal of" if self.is_cancelled else "withdrew"
        label = (
            f"{self.uid} {outcome} {self.amount:f} {self.coin} from {self.wallet}, "
            f"fee {self.fee:f} {self.coin}"
        )
        attributes = {"label": label, "record_id": self.record_id}
        return Event(self.event_id, "withdrawal", self.applied_at, tuple(legs), attributes)


@dataclass(frozen=True)
class WalletTransfer:
    """A user universal transfer between two wallets of one account, of one of the venue's types."""

    uid: int
    kind: str
    source: str
    target: str
    asset: str
    amount: Decimal
    tran_id: int
    at: datetime
    is_confirmed: bool

    @property
    def event_id(self) -> str:
        """Return the id of the event in the truth."""
        return f"binance:transfer:{self.tran_id}"

    def event(self) -> Event:
        """Move the amount between the wallets; a failed transfer moves nothing."""
        legs: tuple[Leg, ...] = ()
        if self.is_confirmed:
            legs = (
                Leg(cell(self.uid, self.source, self.asset), -self.amount, self.at),
                Leg(cell(self.uid, self.target, self.asset), self.amount, self.at),
            )
        moved = "moved" if legs else "failed to move"
        label = f"{self.uid} {moved} {self.amount:f} {self.asset} {self.source} to {self.target}"
        attributes = {"label": label, "record_id": str(self.tran_id)}
        return Event(self.event_id, "transfer", self.at, legs, attributes)


@dataclass(frozen=True)
class FamilyTransfer:
    """A transfer between the wallets of two accounts of one family; spot, if none is named."""

    source_uid: int
    target_uid: int
    asset: str
    amount: Decimal
    tran_id: int
    # What subUserHistory calls it in a world whose two histories do not share their ids.
    sub_history_tran_id: int
    client_tran_id: str
    at: datetime
    is_successful: bool
    source_wallet: str = "spot"
    target_wallet: str = "spot"

    @property
    def event_id(self) -> str:
        """Return the id of the event in the truth."""
        return f"binance:transfer:{self.tran_id}"

    def event(self) -> Event:
        """Move the amount between the accounts; a failed transfer moves nothing."""
        legs: tuple[Leg, ...] = ()
        if self.is_successful:
            legs = (
                Leg(cell(self.source_uid, self.source_wallet, self.asset), -self.amount, self.at),
                Leg(cell(self.target_uid, self.target_wallet, self.asset), self.amount, self.at),
            )
        sent = "sent" if legs else "failed to send"
        label = (
            f"{self.source_uid} {sent} {self.amount:f} {self.asset} ({self.source_wallet}) to "
            f"{self.target_uid} ({self.target_wallet})"
        )
        attributes = {"label": label, "record_id": str(self.tran_id)}
        return Event(self.event_id, "transfer", self.at, legs, attributes)


@dataclass(frozen=True)
class Movement:
    """A record that is a few legs, and what its faces tell of them; most kinds are no more.

    Legs may be none (it failed, it is pending), lie at other instants, and in other accounts.
    """

    # Which faces show it: "dividends".
    kind: str
    uid: int
    record_id: str
    # The instant that its faces filter and sort by.
    at: datetime
    legs: tuple[Leg, ...]
    # What the faces need of it beside the rest.
    fields: Mapping[str, Any]
    # A sentence for people.
    label: str

    @property
    def event_id(self) -> str:
        """Return the id of the event in the truth."""
        return f"binance:{self.kind}:{self.record_id}"

    def event(self) -> Event:
        """Return the legs as they are; the event is at the first of them."""
        at = min((leg.at for leg in self.legs), default=self.at)
        attributes = {"label": self.label, "record_id": self.record_id}
        return Event(self.event_id, self.kind, at, self.legs, attributes)


@dataclass(frozen=True)
class Hold:
    """A part of a balance that is not free for a while: in an open order, or frozen. No leg."""

    uid: int
    wallet: str
    asset: str
    amount: Decimal
    begins_at: datetime
    ends_at: datetime
    kind: str
