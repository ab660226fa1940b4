"""What the faces of simple earn show and tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import defaultdict

    from tests.integration.emulator_binance.conftest import Venue

    Books = defaultdict[tuple[str, str, str, str], Decimal]
    Credential = dict[str, str]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
FLEXIBLE, LOCKED = "/sapi/v1/simple-earn/flexible", "/sapi/v1/simple-earn/locked"
DESTINATIONS = {"SPOT": "spot", "FUND": "funding"}


def shown(books: Books, venue: Venue, key: Credential) -> None:
    for row in venue.read(f"{FLEXIBLE}/position", key, size=100)["rows"]:
        books[key["account_ref"], "earn_flexible", row["asset"], "balance"] = Decimal(
            row["totalAmount"]
        ) + Decimal(row["collateralAmount"])
    for row in venue.read(f"{LOCKED}/position", key, size=100)["rows"]:
        books[key["account_ref"], "earn_locked", row["asset"], "balance"] += Decimal(row["amount"])


def told(books: Books, venue: Venue, key: Credential, now: datetime) -> None:
    """Add up the records; what a bonus or a locked position brings is told by the dividends."""
    account = key["account_ref"]
    for path, wallet in ((FLEXIBLE, "earn_flexible"), (LOCKED, "earn_locked")):
        for row in _rows(venue, f"{path}/history/subscriptionRecord", key, now):
            if row["status"] == "SUCCESS":
                asset = row["asset"]
                books[account, "spot", asset, "balance"] -= Decimal(row["amtFromSpot"])
                books[account, "funding", asset, "balance"] -= Decimal(row["amtFromFunding"])
                books[account, wallet, asset, "balance"] += Decimal(row["amount"])
    for row in _rows(venue, f"{FLEXIBLE}/history/rewardsRecord", key, now, type="REALTIME"):
        books[account, "earn_flexible", row["asset"], "balance"] += Decimal(row["rewards"])
    for row in _rows(venue, f"{LOCKED}/history/redemptionRecord", key, now):
        asset, amount = row["asset"], Decimal(row["amount"])
        books[account, "earn_locked", asset, "balance"] -= amount + Decimal(row["lossAmount"])
        if row["status"] == "PAID":
            books[account, "spot", asset, "balance"] += amount
    for row in _rows(venue, f"{FLEXIBLE}/history/redemptionRecord", key, now):
        asset, amount = row["asset"], Decimal(row["amount"])
        if row["status"] in {"PAID", "PROCESSING"}:
            books[account, "earn_flexible", asset, "balance"] -= amount
        if row["status"] == "PAID":
            books[account, DESTINATIONS[row["destAccount"]], asset, "balance"] += amount


def _rows(
    venue: Venue, path: str, key: Credential, now: datetime, **given: str
) -> list[dict[str, Any]]:
    window = {"startTime": (now - MONTH - EPOCH) // timedelta(milliseconds=1), "size": 100}
    rows: list[dict[str, Any]] = []
    while True:
        page = venue.read(path, key, current=len(rows) // 100 + 1, **window, **given)
        rows += page["rows"]
        if len(rows) >= page["total"]:
            return rows
