"""What the faces outside the exchange of coins tell; those of spot and funding show it."""

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
MANAGED = "/sapi/v1/managed-subaccount"
NFT = "/sapi/v1/nft/history/transactions"


def milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def shown(books: Books, venue: Venue, key: Credential) -> None:
    """Leave it to the books of spot."""


def told(books: Books, venue: Venue, key: Credential, now: datetime) -> None:
    _add_collectibles(books, venue, key, now)
    window = {"startTime": milliseconds(now - timedelta(days=14)), "endTime": milliseconds(now)}
    if key["kind"] == "master":
        for each in venue.read(f"{MANAGED}/info", key)["managerSubUserInfoVoList"]:
            path, email = f"{MANAGED}/queryTransLogForInvestor", each["email"]
            told = venue.read(path, key, email=email, page=1, limit=500, **window)
            _add_managed(books, key, told["managerSubTransferHistoryVos"], "fromEmail", email)
        _add_custody(books, venue, key, window)
    elif key["name"] == "arbitrage":
        told = venue.read(f"{MANAGED}/query-trans-log", key, page=1, limit=500, **window)
        investor = f"investor+{key['account_ref']}@example.com"
        _add_managed(books, key, told["managerSubTransferHistoryVos"], "fromEmail", investor)


def _add_managed(
    books: Books, key: Credential, rows: list[dict[str, str]], side: str, other: str
) -> None:
    for row in rows:
        if row["status"] == "SUCCESS":
            sign = 1 if row[side] == other else -1
            place = (key["account_ref"], "spot", row["asset"], "balance")
            books[place] += sign * Decimal(row["amount"])


def _add_custody(books: Books, venue: Venue, key: Credential, window: dict[str, int]) -> None:
    path = "/sapi/v1/asset/custody/transfer-history"
    for sub in venue.read("/sapi/v1/sub-account/list", key, limit=200)["subAccounts"]:
        for row in venue.read(path, key, email=sub["email"], size=100, **window)["rows"]:
            sign = 1 if row["transferType"] == "Delegate" else -1
            place = (str(sub["subUserId"]), "spot", row["asset"], "balance")
            books[place] += sign * Decimal(row["amount"])


def _add_collectibles(books: Books, venue: Venue, key: Credential, now: datetime) -> None:
    window = {"startTime": milliseconds(now - timedelta(days=14)), "endTime": milliseconds(now)}
    for order_type, sign in enumerate((-1, 1, 1, -1, -1)):
        told = venue.read(NFT, key, orderType=order_type, limit=50, **window)
        for row in told["list"]:
            place = (key["account_ref"], "spot", row["tradeCurrency"], "balance")
            books[place] += sign * Decimal(row["tradeAmount"])
