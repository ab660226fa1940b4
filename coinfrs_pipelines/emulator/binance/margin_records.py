"""What a transaction in a margin wallet says beside its legs: of a loan, and of interest."""

from dataclasses import dataclass
from decimal import Decimal

CROSS_MARGIN = "cross_margin"
PORTFOLIO_MARGIN = "portfolio_margin"
# The kind of interest on a negative balance.
ON_NEGATIVE = "PORTFOLIO"
# A fortieth of a percent a day.
HOURLY_RATE = Decimal("0.00001042")


@dataclass(frozen=True)
class Loan:
    """A loan taken or repaid, as the list of loans and repayments tells it."""

    direction: str
    asset: str
    principal: Decimal
    interest: Decimal
    initiator: str
    is_confirmed: bool = True


@dataclass(frozen=True)
class Charge:
    """One row of interest: on what, and in what it was charged or paid."""

    tx_id: int
    owed_asset: str
    asset: str
    principal: Decimal
    interest: Decimal
    kind: str

    @property
    def is_paid(self) -> bool:
        """Return whether it was paid in BNB at once."""
        return self.kind.endswith("_CONVERTED")
