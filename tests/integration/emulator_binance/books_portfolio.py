"""What the faces of portfolio margin show, and tell but for transfers, which spot tells."""

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
WEEK = timedelta(days=7)
WALLET = "portfolio_margin"
ASSETS = ("USDT", "ETH", "SOL", "BTC", "BNB")
SYMBOLS = {f"{base}USDT": (base, "USDT") for base in ("BTC", "ETH", "SOL", "BNB")}


def milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def has_portfolio_margin(venue: Venue, key: Credential) -> bool:
    return bool(venue.read("/sapi/v1/account/info", key)["isPortfolioMarginRetailEnabled"])


def shown(books: Books, venue: Venue, key: Credential) -> None:
    if not has_portfolio_margin(venue, key):
        return
    for row in venue.read("/papi/v1/balance", key):
        place = (key["account_ref"], WALLET, row["asset"])
        ledgers = ("crossMarginFree", "crossMarginLocked", "umWalletBalance", "cmWalletBalance")
        books[*place, "balance"] = sum((Decimal(row[name]) for name in ledgers), Decimal(0))
        books[*place, "loan"] = Decimal(row["crossMarginBorrowed"])
        books[*place, "interest"] = Decimal(row["crossMarginInterest"])
        assert books[*place, "balance"] == Decimal(row["totalWalletBalance"])
        assert min(Decimal(row[name]) for name in ledgers) >= 0


def told(books: Books, venue: Venue, key: Credential, now: datetime) -> None:
    if not has_portfolio_margin(venue, key):
        return
    for weeks in (1, 2):
        start = milliseconds(now - weeks * WEEK)
        window = {"startTime": start, "endTime": start + milliseconds(EPOCH + WEEK) - 1}
        for ledger in ("um", "cm"):
            path = f"/papi/v1/{ledger}/income"
            for row in venue.read(path, key, **window, limit=1_000):
                if row["incomeType"] != "TRANSFER":
                    add(books, key, row["asset"], "balance", row["income"])
        for asset in ASSETS:
            add_debts(books, venue, key, {**window, "size": 100, "asset": asset})
        path = "/papi/v1/margin/marginInterestHistory"
        for row in all_of(venue, path, key, {**window, "size": 100}):
            if row["type"].endswith("_CONVERTED"):
                add(books, key, row["asset"], "balance", row["interest"], -1)
            else:
                add(books, key, row["asset"], "interest", row["interest"])
    for symbol in SYMBOLS:
        add_fills(books, venue, key, symbol)


def add(
    books: Books, key: Credential, asset: str, component: str, amount: str, sign: int = 1
) -> None:
    books[key["account_ref"], WALLET, asset, component] += sign * Decimal(amount)


def add_debts(books: Books, venue: Venue, key: Credential, asked: dict[str, Any]) -> None:
    for row in all_of(venue, "/papi/v1/margin/marginLoan", key, asked):
        if row["status"] == "CONFIRMED":
            add(books, key, row["asset"], "balance", row["principal"])
            add(books, key, row["asset"], "loan", row["principal"])
    for row in all_of(venue, "/papi/v1/margin/repayLoan", key, asked):
        if row["status"] == "CONFIRMED":
            add(books, key, row["asset"], "balance", row["amount"], -1)
            add(books, key, row["asset"], "loan", row["principal"], -1)
            add(books, key, row["asset"], "interest", row["interest"], -1)


def add_fills(books: Books, venue: Venue, key: Credential, symbol: str) -> None:
    base, quote = SYMBOLS[symbol]
    rows = venue.read("/papi/v1/margin/myTrades", key, symbol=symbol, fromId=0, limit=1_000)
    for row in rows:
        sign = 1 if row["isBuyer"] else -1
        add(books, key, base, "balance", row["qty"], sign)
        spent = Decimal(row["price"]) * Decimal(row["qty"])
        add(books, key, quote, "balance", str(spent), -sign)
        add(books, key, row["commissionAsset"], "balance", row["commission"], -1)


def all_of(venue: Venue, path: str, key: Credential, asked: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    page = 1
    while True:
        found = venue.read(path, key, **asked, current=page)
        rows += found["rows"]
        if len(rows) >= found["total"]:
            return rows
        page += 1
