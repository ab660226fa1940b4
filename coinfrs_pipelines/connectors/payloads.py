"""Cut a venue's JSON into verbatim slices, so that no number is ever changed on its way.

A slice is the exact text between the brackets and commas of the answer: its spelling, its order of
keys, its whitespace. The parser is used to find where values end and, afterwards, to read single
fields; money read here is `Decimal`, integers are exact. What a field means is not decided here.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
# A number that is written out; one of more zeros keeps its exponent.
_WRITTEN_OUT = range(-100, 101)
_SPACE = re.compile(r"[ \t\n\r]*")
# The scanner only finds ends: numbers stay text, so that none is converted for nothing.
_SCAN = json.JSONDecoder(parse_float=str, parse_int=str).raw_decode


class PayloadError(ValueError):
    """The body is not the JSON that was expected at this place."""


def value(body: bytes, path: tuple[str, ...] = ()) -> str:
    """Return the verbatim text of the value at `path`, a chain of object keys.

    Raises:
        PayloadError: the body is not UTF-8 JSON, or holds the path not exactly once.

    """
    text = _text(body)
    start = _after_space(text, 0)
    for key in path:
        start = _member(text, start, key)
    end = _end(text, start)
    if not path and _after_space(text, end) != len(text):
        raise PayloadError("Something follows the JSON document.")
    return text[start:end]


def elements(body: bytes, path: tuple[str, ...] = ()) -> list[str]:
    """Return the verbatim text of each element of the array at `path`.

    Raises:
        PayloadError: the body is not UTF-8 JSON, or has no array at the path.

    """
    array = value(body, path)
    if not array.startswith("["):
        raise PayloadError(f"No array at {'.'.join(path) or 'the top'}.")
    return list(_elements(array))


def read(payload: str) -> dict[str, Any]:
    """Return the fields of a slice; fractions are `Decimal`, integers exact.

    Raises:
        PayloadError: the slice is not a JSON object.

    """
    try:
        fields = json.loads(payload, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise PayloadError("The slice is not JSON.") from None
    if not isinstance(fields, dict):
        raise PayloadError("The slice is not a JSON object.")
    return fields


def plain(field: Any) -> Any:
    """Return a number as text in the one spelling that all of its spellings share; all else as is.

    So 0.10, "0.1" and 1e-1 are the same; no digit is lost.
    """
    if isinstance(field, bool) or not isinstance(field, str | int | Decimal):
        return field
    if isinstance(field, str) and not _NUMBER.fullmatch(field):
        return field
    sign, digits, exponent = Decimal(field).as_tuple()
    written = "".join(map(str, digits)).lstrip("0")
    significant = written.rstrip("0")
    if not significant or not isinstance(exponent, int):
        return "0"
    exponent += len(written) - len(significant)
    number = Decimal((sign, tuple(map(int, significant)), exponent))
    return f"{number:f}" if exponent in _WRITTEN_OUT else str(number)


def text_of(field: Any) -> str:
    """Return a field that is part of an id as text, as JSON spells it.

    Raises:
        PayloadError: the field is missing, null or not a plain value.

    """
    if isinstance(field, bool):
        return "true" if field else "false"
    if isinstance(field, (str, int)) and str(field) != "":
        return str(field)
    raise PayloadError(f"A record has no usable id: {type(field).__name__}.")


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise PayloadError("The body is not UTF-8.") from None


def _after_space(text: str, index: int) -> int:
    return _SPACE.match(text, index).end()  # type: ignore[union-attr]  # The pattern matches nothing too.


def _end(text: str, start: int) -> int:
    try:
        return _SCAN(text, start)[1]
    except (ValueError, RecursionError):
        raise PayloadError("The body is not JSON.") from None


def _elements(array: str) -> Iterator[str]:
    index = _after_space(array, 1)
    while array[index] != "]":
        end = _end(array, index)
        yield array[index:end]
        index = _after_space(array, end)
        if array[index] == ",":
            index = _after_space(array, index + 1)


def _member(text: str, start: int, wanted: str) -> int:
    """Return where the value of the object's key begins; the key must be there exactly once."""
    if text[start : start + 1] != "{":
        raise PayloadError(f"No object around the key {wanted!r}.")
    # The scanner has the last word on the syntax, so the steps below may rely on it.
    end = _end(text, start)
    found: list[int] = []
    index = _after_space(text, start + 1)
    while index < end and text[index] == '"':
        key, index = _SCAN(text, index)
        index = _after_space(text, _after_space(text, index) + 1)
        if key == wanted:
            found.append(index)
        index = _after_space(text, _end(text, index))
        index = _after_space(text, index + 1)
    if len(found) != 1:
        raise PayloadError(f"The key {wanted!r} is there {len(found)} times, not once.")
    return found[0]
