"""What one whole reading of a wallet's positions is. How it is taken is each venue's business."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Any

from coinfrs_pipelines.connectors.http import Exchange

# The default context rounds sums to 28 digits in silence; here a rounding is an error. No amount
# has a tenth of these digits.
_EXACT = Context(prec=1000, traps=[Inexact, InvalidOperation, Overflow])


@dataclass(frozen=True)
class Reading:
    """All positions of one wallet of one account, read as one.

    The positions held at some instant in [taken_at, reading_ended_at], both venue time and both
    told by the venue. `balances` is JSON text of verbatim slices. A reading is whole if its two
    passes and its controls agree; otherwise `disagreement` says what did not. `exchanges` are the
    answers it was taken from, the last of them the latest.
    """

    account_type: str
    wallet: str
    taken_at: datetime
    reading_ended_at: datetime
    is_whole: bool
    balances: str = field(repr=False)
    exchanges: list[Exchange] = field(repr=False)
    disagreement: str | None = None


def amount(told: Any) -> Decimal | None:
    """Return an amount as it is told, or None where it is no number; nothing told is zero."""
    if told is None or told == "":
        return Decimal(0)
    if isinstance(told, bool) or not isinstance(told, (str, int, Decimal)):
        return None
    try:
        number = Decimal(told)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the exact sum of amounts; None where one is no number, or no sum tells every digit."""
    found = Decimal(0)
    for each in amounts:
        if each is None:
            return None
        try:
            found = _EXACT.add(found, each)
        except (Inexact, InvalidOperation, Overflow):
            return None
    return found
