"""What the faces of the wallet family tell; those of spot and funding show it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import defaultdict

    from tests.integration.emulator_binance.conftest import Venue

    Books = defaultdict[tuple[str, str, str, str], Decimal]
    Credential = dict[str, str]


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REFUND = 249


def milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def shown(books: Books, venue: Venue, key: Credential) -> None:
    """Leave it to the books of spot."""


def told(books: Books, venue: Venue, key: Credential, now: datetime) -> None:
    window = {"startTime": milliseconds(now - timedelta(days=14)), "endTime": milliseconds(now)}
    _add_dividends(books, venue, key, window)
    _add_conversions(books, venue, key, window)
    _add_cloud_mining(books, venue, key, window)
    if key["kind"] == "master":
        _add_rebates(books, venue, key, window)


def _add_dividends(books: Books, venue: Venue, key: Credential, window: dict[str, int]) -> None:
    path = "/sapi/v1/asset/assetDividend"
    for row in venue.read(path, key, limit=500, **window)["rows"]:
        amount = row["direction"] * Decimal(row["amount"])
        books[key["account_ref"], "spot", row["asset"], "balance"] += amount


def _add_conversions(books: Books, venue: Venue, key: Credential, window: dict[str, int]) -> None:
    account = key["account_ref"]
    for row in venue.read("/sapi/v1/asset/dribblet", key)["userAssetDribblets"]:
        for detail in row["userAssetDribbletDetails"]:
            target = detail.get("targetAsset", "BNB")
            books[account, "spot", detail["fromAsset"], "balance"] -= Decimal(detail["amount"])
            books[account, "spot", target, "balance"] += Decimal(detail["transferedAmount"])
    for row in venue.read("/sapi/v1/convert/tradeFlow", key, limit=1_000, **window)["list"]:
        if row["orderStatus"] == "SUCCESS":
            books[account, "spot", row["fromAsset"], "balance"] -= Decimal(row["fromAmount"])
            books[account, "spot", row["toAsset"], "balance"] += Decimal(row["toAmount"])


def _add_cloud_mining(books: Books, venue: Venue, key: Credential, window: dict[str, int]) -> None:
    path = "/sapi/v1/asset/ledger-transfer/cloud-mining/queryByPage"
    for row in venue.read(path, key, size=100, **window)["rows"]:
        sign = 1 if row["type"] == REFUND else -1
        place = (key["account_ref"], "spot", row["asset"], "balance")
        books[place] += sign * Decimal(row["amount"])


def _add_rebates(books: Books, venue: Venue, key: Credential, window: dict[str, int]) -> None:
    for row in venue.read("/sapi/v1/rebate/taxQuery", key, **window)["data"]["data"]:
        books[key["account_ref"], "spot", row["asset"], "balance"] += Decimal(row["amount"])
