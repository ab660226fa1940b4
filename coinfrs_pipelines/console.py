"""How the product speaks to a person or a machine on a terminal: lines, tables and JSON.

Nothing is decided here, and nothing is known of what is printed but what a verdict looks like.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table
from rich.text import Text

console = Console(highlight=False)
error_console = Console(stderr=True, highlight=False)

COLOURS = {"complete": "green", "broken": "red", "unproven": "yellow"}


def say(text: str) -> None:
    """Print one line for a person."""
    console.print(text, markup=False, soft_wrap=True)


def warn(text: str) -> None:
    """Print one line for a person on standard error."""
    error_console.print(text, markup=False, soft_wrap=True)


def print_json(document: Any) -> None:
    """Print a document for a machine: amounts as decimal text, times in ISO 8601."""
    sys.stdout.write(json.dumps(document, indent=2, default=_only_plain) + "\n")


def plain(value: Any) -> Any:
    """Return a value as a machine takes it: amounts as decimal text, times in ISO 8601."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return value


def _only_plain(value: Any) -> Any:
    told = plain(value)
    if told is value:
        raise TypeError(f"{type(value).__name__} has no form in JSON")
    return told


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """Print a table: amounts and counts to the right, verdicts in colour, the unknown as a dash."""
    listed = list(rows)
    drawn = Table(title=title or None, title_justify="left", header_style="bold")
    for number, column in enumerate(columns):
        values = [row[number] for row in listed]
        is_number = any(isinstance(value, int | Decimal) for value in values)
        is_narrow = is_number or any(isinstance(value, date) for value in values)
        drawn.add_column(
            column,
            overflow="fold",
            no_wrap=is_narrow,
            justify="right" if is_number else "left",
        )
    for row in listed:
        drawn.add_row(*(_cell(value) for value in row))
    console.print(drawn)


def _cell(value: object) -> Text:
    """Return a cell as text that is none of rich's markup, whatever a venue calls things."""
    if value is None:
        return Text("-")
    if isinstance(value, Decimal):
        return Text(amount(value))
    if isinstance(value, datetime):
        return Text(f"{value:%Y-%m-%d %H:%M}")
    return Text(str(value), style=COLOURS.get(str(value), ""))


def amount(value: Decimal | None) -> str:
    """Return an amount without trailing zeros; an unknown one is a dash and never a zero."""
    if value is None:
        return "-"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
