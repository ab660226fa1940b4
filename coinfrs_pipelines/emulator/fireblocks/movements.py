"""What happens in a workspace: records that go through stages, their legs, what they hold.

How a record looks on the wire at an instant is `records.py`; which ones happen is `history.py`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

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


@dataclass(frozen=True)
class Hold:
    """An amount that an outgoing movement locks until it is mined or has ended."""

    vault_id: str
    asset_id: str
    amount: Decimal


@dataclass(frozen=True)
class Movement:
    """One record of the workspace, and its truth.

    `height` is the block it was mined in, on chains whose wallets or records tell one; legs on the
    height axis carry it and happen at that block's instant, legs on the time axis at completion.
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
    requested: Decimal | None = None
    net: Decimal | None = None
    network_fee: Decimal | None = None
    gas_price_gwei: Decimal | None = None
    treat_as_gross: bool = False
    tx_hash: str = ""
    height: int | None = None
    index: int | None = None
    created_by: str = ""
    note: str = ""
    error_description: str = ""

    @property
    def created_at(self) -> datetime:
        """When the venue made the record."""
        return self.stages[0].at

    @property
    def ended_at(self) -> datetime:
        """When the record reached its last stage."""
        return self.stages[-1].at

    @property
    def is_incoming(self) -> bool:
        """Whether the venue detected it rather than made it."""
        return self.source.vault_id is None

    @property
    def is_frozen(self) -> bool:
        """Whether the screening holds what came in."""
        return self.is_incoming and self.stages[-1].status == "REJECTED"

    @property
    def is_self_transfer(self) -> bool:
        """Whether it stays in one vault account."""
        return not self.is_incoming and self.source.vault_id == self.destination.vault_id

    def stage_at(self, instant: datetime) -> Stage | None:
        """Return the newest stage at `instant`, or None while there is no record."""
        reached = [stage for stage in self.stages if stage.at <= instant]
        return reached[-1] if reached else None

    def ended_by(self, instant: datetime) -> bool:
        """Return whether the record has reached its last stage."""
        return self.ended_at <= instant

    def with_leg(self, leg: Leg) -> "Movement":
        """Return the same record with one leg more."""
        return replace(self, legs=(*self.legs, leg))

    def reverted_with(self, fee: Leg, reason: str) -> "Movement":
        """Return the same record as it is when its block keeps nothing but the fee."""
        return replace(self, legs=(fee,), error_description=reason)
