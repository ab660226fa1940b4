"""What the faces of fiat, Pay and trades between users tell; those of spot and funding show it."""

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
WALLETS = {"1": "funding", "2": "spot"}
SIGNS = (("0", 1), ("1", -1))


def milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def shown(books: Books, venue: Venue, key: Credential) -> None:
    """Leave it to the books of spot."""


def told(books: Books, venue: Venue, key: Credential, now: datetime) -> None:
    _add_payments(books, venue, key, now)
    if key["kind"] == "master":
        _add_fiat(books, venue, key)
        _add_trades(books, venue, key)


def _add_payments(books: Books, venue: Venue, key: Credential, now: datetime) -> None:
    start, end = milliseconds(now - timedelta(days=14)), milliseconds(now)
    rows = venue.read("/sapi/v1/pay/transactions", key, startTime=start, endTime=end)["data"]
    assert len(rows) < 100
    for row in rows:
        total = Decimal(row["amount"])
        whole = {
            "currency": row["currency"],
            "walletAssetCost": {str(row["walletType"]): str(total.copy_abs())},
        }
        for fund in row["fundsDetail"] or [whole]:
            for number, part in fund["walletAssetCost"].items():
                place = (key["account_ref"], WALLETS[number], fund["currency"], "balance")
                books[place] += Decimal(part).copy_sign(total)


def _add_fiat(books: Books, venue: Venue, key: Credential) -> None:
    def spot(asset: str) -> tuple[str, str, str, str]:
        return (key["account_ref"], "spot", asset, "balance")

    for kind, sign in SIGNS:
        orders = venue.read("/sapi/v1/fiat/orders", key, transactionType=kind, rows=500)
        for row in orders["data"]:
            if row["status"] in {"Successful", "Finished"}:
                books[spot(row["fiatCurrency"])] += sign * Decimal(row["amount"])
        payments = venue.read("/sapi/v1/fiat/payments", key, transactionType=kind, rows=500)
        for row in payments.get("data", []):
            if row["status"] == "Completed":
                books[spot(row["cryptoCurrency"])] += sign * Decimal(row["obtainAmount"])
                if row.get("paymentMethod", "Cash Balance") == "Cash Balance":
                    books[spot(row["fiatCurrency"])] -= sign * Decimal(row["sourceAmount"])


def _add_trades(books: Books, venue: Venue, key: Credential) -> None:
    path = "/sapi/v1/c2c/orderMatch/listUserOrderHistory"
    for side, sign in (("BUY", 1), ("SELL", -1)):
        for row in venue.read(path, key, tradeType=side)["data"]:
            if row["orderStatus"] == "COMPLETED":
                place = (key["account_ref"], "funding", row["asset"], "balance")
                books[place] += sign * Decimal(row["amount"])
                books[place] -= Decimal(row["commission"]) + Decimal(row.get("takerCommission", 0))
