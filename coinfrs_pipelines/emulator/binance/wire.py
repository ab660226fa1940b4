"""How the emulated Binance writes instants, amounts and JSON."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.ledger import EXACT

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EIGHT_DECIMALS = Decimal("0.00000001")


def milliseconds(instant: datetime) -> int:
    """Return the instant in whole milliseconds since 1970."""
    return (instant - EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(count: int) -> datetime:
    """Return the instant of so many milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=count)


def whole_second(instant: datetime) -> datetime:
    """Cut an instant to its second."""
    return instant.replace(microsecond=0)


def second_text(instant: datetime) -> str:
    """Write an instant as withdrawals do: to the second, UTC, without saying so."""
    return instant.strftime("%Y-%m-%d %H:%M:%S")


def short(amount: Decimal) -> str:
    """Write an amount without trailing zeros, as the wallets do: `887.47061626`, `0`."""
    return f"{EXACT.normalize(amount):f}"


def padded(amount: Decimal) -> str:
    """Write an amount with eight decimals, or more where it has more, as the exchange does."""
    exact = EXACT.normalize(amount)
    if int(exact.as_tuple().exponent) > EIGHT_DECIMALS.as_tuple().exponent:  # type: ignore[operator]  # Amounts are finite.
        exact = exact.quantize(EIGHT_DECIMALS, context=EXACT)
    return f"{exact:f}"


@dataclass(frozen=True)
class Number:
    """An amount that the venue writes as a JSON number: every digit of it, never a float's."""

    amount: Decimal


# JSON has no way past floats but text: numbers go through it with a mark that no text begins with.
_NUMBER_MARK = "\x00"
_MARKED_NUMBER = re.compile(r'"\\u0000(-?[0-9.]+)"')


def body(content: Any) -> bytes:
    """Write a JSON body: compact, and UTF-8 as it is."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=_marked)
    return _MARKED_NUMBER.sub(r"\1", text).encode()


def _marked(value: object) -> str:
    if isinstance(value, Number):
        return _NUMBER_MARK + short(value.amount)
    raise TypeError(f"An answer holds {type(value).__name__}, which JSON does not have.")


def wrapped(data: Any, total: int | None = None, **others: Any) -> dict[str, Any]:
    """Wrap an answer as fiat, pay and C2C do; an error in one of them has another code."""
    counted = {} if total is None else {"total": total}
    told = {"code": "000000", "message": "success", "data": data, **counted, "success": True}
    return {**told, **others}
