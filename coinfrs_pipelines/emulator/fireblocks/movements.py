"""What happens in a workspace: records that go through stages, their legs, what they hold.

How a record looks on the wire at an instant is `records.py`; which ones happen is `history.py`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from coinfrs_pipelines.emulator.fireblocks.chains import Asset
from coinfrs_pipelines.emulator.ledger import Leg

TERMINAL_STATUSES = frozenset({"COMPLETED", "FAILED", "CANCELLED", "REJECTED", "BLOCKED"})


@dataclass(frozen=True)
class Peer:
    """One side of a record. Only `VAULT_ACCOUNT` is an account of the workspace."""

    type: str
    id: str | None = None
    name: str = "N/A"
    sub_type: str = ""
    address: str = ""
    # Which account inside an exchange account, where both sides are of exchanges.
    trading_account: str = ""

    @property
    def vault_id(self) -> str | None:
        """The vault account this is, if it is one."""
        return self.id if self.type == "VAULT_ACCOUNT" else None


@dataclass(frozen=True)
class Stage:
    """What a record says of itself from `at` on."""

    at: datetime
    status: str
    sub_status: str = ""
    # Whether the record knows its hash, its block (if it has one) and its final fee.
    has_hash: bool = False
    is_mined: bool = False
    # The block that it names, where the chain has left that block since.
    orphaned: int | None = None


@dataclass(frozen=True)
class Hold:
    """An amount that an outgoing movement locks until it is mined or has ended.

    What a contract takes by allowance is not locked before; then `is_shown` is false.
    """

    vault_id: str
    asset_id: str
    amount: Decimal
    is_shown: bool = True


@dataclass(frozen=True)
class NetworkRecord:
    """One transfer of a contract or program call, as the record tells it from `at` on."""

    at: datetime
    asset: Asset
    source: Peer
    destination: Peer
    amount: Decimal
    is_dropped: bool = False


@dataclass(frozen=True)
class Screening:
    """What the screening of addresses says of a record from `at` on; no balance follows from it."""

    at: datetime
    verdict: str
    category: str


@dataclass(frozen=True)
class Sponsor:
    """Who pays the network fee in the sender's place.

    A `fee_payer` and a `local_relay` are vault accounts of the workspace, a `third_party_relay` is
    another workspace, whose service is paid by invoice.
    """

    kind: Literal["fee_payer", "local_relay", "third_party_relay"]
    id: str
    name: str
    is_meta_transaction: bool = False

    @property
    def vault_id(self) -> str | None:
        """The vault account that pays, if it is one of the workspace."""
        return None if self.kind == "third_party_relay" else self.id


@dataclass(frozen=True)
class Movement:
    """One record of the workspace, and its truth.

    `height` is the block it was mined in, on chains whose wallets or records tell one; legs on the
    height axis carry it and happen at that block's instant, legs on the time axis at completion.
    What is not `is_recorded` moves a balance and leaves no record (C.7).
    """

    tx_id: str
    kind: str
    operation: str
    asset: Asset
    source: Peer
    destination: Peer
    stages: tuple[Stage, ...]
    legs: tuple[Leg, ...] = ()
    holds: tuple[Hold, ...] = ()
    destinations: tuple[tuple[Peer, Decimal], ...] = ()
    network_records: tuple[NetworkRecord, ...] = ()
    screenings: tuple[Screening, ...] = ()
    requested: Decimal | None = None
    net: Decimal | None = None
    network_fee: Decimal | None = None
    gas_price_gwei: Decimal | None = None
    # The part of the network fee that pays for the chain below, on chains that have one.
    l1_fee: Decimal | None = None
    # What an exchange keeps of the requested amount.
    service_fee: Decimal | None = None
    # What the payer of a new Solana account leaves in it.
    paid_rent: Decimal | None = None
    # What the chain credits to source and destination by the way (Algorand).
    rewards: tuple[Decimal, Decimal] | None = None
    sponsor: Sponsor | None = None
    treat_as_gross: bool = False
    tx_hash: str = ""
    replaced_hash: str = ""
    height: int | None = None
    index: int | None = None
    created_by: str = ""
    note: str = ""
    error_description: str = ""
    exchange_tx_id: str = ""
    external_tx_id: str | None = None
    # The staking position that it begins, or ends.
    stake_id: str = ""
    is_recorded: bool = True

    @property
    def created_at(self) -> datetime:
        """When the venue made the record."""
        return self.stages[0].at

    @property
    def ended_at(self) -> datetime:
        """When the record reached its last stage."""
        return self.stages[-1].at

    @property
    def concluded_at(self) -> datetime:
        """When the record was first in a final status, after which it may change all the same."""
        for stage in self.stages:
            if stage.status in TERMINAL_STATUSES:
                return stage.at
        return self.ended_at

    @property
    def is_incoming(self) -> bool:
        """Whether it comes from no vault account of the workspace."""
        return self.source.vault_id is None

    @property
    def is_detected(self) -> bool:
        """Whether the venue found it on its chain, rather than made it."""
        return self.is_incoming and not self.created_by

    @property
    def stays_frozen(self) -> bool:
        """Whether the screening holds what came in, and never lets go of it."""
        return self.is_incoming and self.stages[-1].status == "REJECTED"

    @property
    def is_self_transfer(self) -> bool:
        """Whether it stays in one vault account."""
        return not self.is_incoming and self.source.vault_id == self.destination.vault_id

    def stage_at(self, instant: datetime) -> Stage | None:
        """Return the newest stage at `instant`, or None while there is no record."""
        found = None
        for stage in self.stages:
            if stage.at > instant:
                break
            found = stage
        return found

    def concluded_by(self, instant: datetime) -> bool:
        """Return whether the record has been in a final status."""
        return self.concluded_at <= instant

    def is_frozen_at(self, instant: datetime) -> bool:
        """Return whether the screening holds what came in."""
        stage = self.stage_at(instant)
        return self.is_incoming and stage is not None and stage.status == "REJECTED"

    def with_leg(self, leg: Leg) -> "Movement":
        """Return the same record with one leg more."""
        return replace(self, legs=(*self.legs, leg))

    def reverted_with(self, fee: Leg, reason: str) -> "Movement":
        """Return the same record as it is when its block keeps nothing but the fee."""
        return replace(self, legs=(fee,), error_description=reason)
