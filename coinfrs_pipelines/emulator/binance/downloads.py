"""Files that the emulated Binance makes of an account's income: asked for, made, then fetched.

A file holds what had happened when it was asked for. It is not there at once, and it is fetched
without a key by whoever knows its link, until the link expires.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from coinfrs_pipelines.emulator.binance.wire import from_milliseconds

PATH = "/downloads/income/"
# By account and calendar month: both kinds of futures and the web site together, and portfolio
# margin by itself.
PER_MONTH_MAX = {"futures": 100, "portfolio_margin": 5}
LINK_LASTS = timedelta(days=7)
POLLS_BEFORE_IT_IS_MADE = 1
HEADER = ("Date(UTC)", "type", "Amount", "Asset", "Symbol", "Transaction ID")


@dataclass
class Download:
    """A file that was asked for; `number` is the venue's name of it, `token` that of its link."""

    number: str
    token: str
    uid: int
    product: str
    asked_at: datetime
    body: bytes = field(repr=False)
    polls: int = 0

    @property
    def is_made(self) -> bool:
        """Return whether it is there to be fetched."""
        return self.polls > POLLS_BEFORE_IT_IS_MADE

    @property
    def expires_at(self) -> datetime:
        """Return when its link stops working."""
        return self.asked_at + LINK_LASTS


@dataclass
class Downloads:
    """All files that the accounts of a world have asked for."""

    _made: list[Download] = field(default_factory=list)

    def left(self, uid: int, product: str, now: datetime) -> int:
        """Return how many more of a product the account may ask for in this month."""
        asked = (uid, product, now.year, now.month)
        return PER_MONTH_MAX[product] - sum(
            (one.uid, one.product, one.asked_at.year, one.asked_at.month) == asked
            for one in self._made
        )

    def ask(self, uid: int, product: str, body: bytes, now: datetime) -> Download:
        """Ask for a file with this content."""
        number = f"{uid}{len(self._made) + 1:06}"
        token = hashlib.sha256(f"link/{number}".encode()).hexdigest()
        self._made.append(Download(number, token, uid, product, now, body))
        return self._made[-1]

    def poll(self, uid: int, number: str) -> Download | None:
        """Ask whether a file of the account is there yet; None if there is none of this name."""
        for one in self._made:
            if (one.uid, one.number) == (uid, number):
                one.polls += 1
                return one
        return None

    def fetch(self, token: str, now: datetime) -> bytes | None:
        """Return the file of a link, or None where it leads nowhere or not any more."""
        for one in self._made:
            if one.token == token and one.is_made and now < one.expires_at:
                return one.body
        return None


def income_file(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Write rows of income as the file that the venue's users know; it does not tell the trade."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in rows:
        at = from_milliseconds(row["time"]).strftime("%Y-%m-%d %H:%M:%S")
        told = (row["incomeType"], row["income"], row["asset"], row["symbol"], row["tranId"])
        writer.writerow((at, *told))
    return text.getvalue().encode("utf-8-sig")
