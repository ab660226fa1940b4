"""JSON as the venue writes it, without a float on the way.

Amounts of record are strings. The deprecated top-level numbers are numbers, and lose the digits a
double loses: whoever books them is found out.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Any

_DOUBLE = Context(prec=17)
_SCIENTIFIC_BELOW = Decimal("1e-6")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def plain(amount: Decimal) -> str:
    """Write an amount in full digits: no exponent, no trailing zeros."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Number:
    """A JSON number whose text is given."""

    def __init__(self, text: str) -> None:
        self.text = text


def deprecated_number(amount: Decimal) -> Number:
    """Return the amount as the venue's deprecated fields give it: 17 digits, `1e-18` when tiny."""
    rounded = _DOUBLE.plus(amount)
    if not rounded or abs(rounded) >= _SCIENTIFIC_BELOW:
        return Number(plain(rounded))
    sign, digits, _ = rounded.normalize(_DOUBLE).as_tuple()
    head, tail = str(digits[0]), "".join(map(str, digits[1:]))
    mantissa = f"{head}.{tail}" if tail else head
    return Number(f"{'-' if sign else ''}{mantissa}e{rounded.adjusted()}")


def epoch_ms(instant: datetime) -> int:
    """Return whole milliseconds since 1970."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def to_json(value: Any) -> str:
    """Write text, whole numbers, booleans, null, lists, dicts and `Number`; there is no more."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        members = (f"{json.dumps(name)}:{to_json(member)}" for name, member in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(to_json, value)) + "]"
    if value is None or isinstance(value, str | int):
        return json.dumps(value)
    raise TypeError(f"A {type(value).__name__} has no place on the wire.")
