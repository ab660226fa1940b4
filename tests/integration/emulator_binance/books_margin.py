"""What the faces of cross and isolated margin show and tell.

Their sides of transfers with spot and funding are told by `books_spot`; of those with a pair, here.
"""

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
ACCOUNT_INFO = "/sapi/v1/account/info"
CROSS, PAIR, WALLET = "/sapi/v1/margin/account", "ETHUSDT", "isolated_margin:ETHUSDT"
INTO = {"BORROW", "BUY_INCOME", "SELL_INCOME", "COMMISSION_RETURN"}
OUTSIDE = {"SPOT": "spot", "FUNDING": "funding"}


def milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def has_margin(venue: Venue, key: Credential) -> bool:
    return bool(venue.read(ACCOUNT_INFO, key)["isMarginEnabled"])


def shown(books: Books, venue: Venue, key: Credential) -> None:
    if not has_margin(venue, key):
        return
    rows = [("cross_margin", row) for row in venue.read(CROSS, key)["userAssets"]]
    for pair in venue.read("/sapi/v1/margin/isolated/account", key)["assets"]:
        assert pair["symbol"] == PAIR
        rows += [(WALLET, pair["baseAsset"]), (WALLET, pair["quoteAsset"])]
    for wallet, row in rows:
        place = (key["account_ref"], wallet, row["asset"])
        books[*place, "balance"] = Decimal(row["free"]) + Decimal(row["locked"])
        books[*place, "loan"] = Decimal(row["borrowed"])
        books[*place, "interest"] = Decimal(row["interest"])


def told(books: Books, venue: Venue, key: Credential, now: datetime) -> None:
    if not has_margin(venue, key):
        return
    for weeks in (1, 2):
        start = milliseconds(now - weeks * WEEK)
        window = {"startTime": start, "endTime": start + milliseconds(EPOCH + WEEK) - 1}
        for wallet, symbol in (("cross_margin", {}), (WALLET, {"isolatedSymbol": PAIR})):
            place = (key["account_ref"], wallet)
            flow = {"symbol": PAIR} if symbol else {}
            _add_flows(books, venue, key, place, {**window, **flow, "limit": 1_000})
            _add_debts(books, venue, key, place, {**window, **symbol, "size": 100})
            _add_pair_transfers(books, venue, key, {**window, **symbol, "size": 100})
        _add_the_rest(books, venue, key, {**window, "current": 1, "size": 100})


def _add_flows(
    books: Books, venue: Venue, key: Credential, place: tuple[str, str], asked: dict[str, Any]
) -> None:
    for row in venue.read("/sapi/v1/margin/capital-flow", key, **asked):
        # Transfers between cross margin and another wallet are in the books by asset/transfer.
        if row["type"] == "TRANSFER" and place[1] == "cross_margin":
            continue
        books[*place, row["asset"], "balance"] += Decimal(row["amount"])
        assert row["type"] not in INTO or Decimal(row["amount"]) > 0


def _add_debts(
    books: Books, venue: Venue, key: Credential, place: tuple[str, str], asked: dict[str, Any]
) -> None:
    for kind, sign in (("BORROW", 1), ("REPAY", -1)):
        for row in _all(venue, "/sapi/v1/margin/borrow-repay", key, {**asked, "type": kind}):
            if row["status"] == "CONFIRMED":
                books[*place, row["asset"], "loan"] += sign * Decimal(row["principal"])
                books[*place, row["asset"], "interest"] += sign * Decimal(row["interest"])
    for row in _all(venue, "/sapi/v1/margin/interestHistory", key, asked):
        if row["type"].endswith("_CONVERTED"):
            books[*place, row["asset"], "balance"] -= Decimal(row["interest"])
        else:
            books[*place, row["asset"], "interest"] += Decimal(row["interest"])


def _add_pair_transfers(books: Books, venue: Venue, key: Credential, asked: dict[str, Any]) -> None:
    """Add the other side of transfers with a pair; capital flow tells the pair's own."""
    for row in _all(venue, "/sapi/v1/margin/transfer", key, asked):
        places = {row["transFrom"]: -1, row["transTo"]: 1}
        if row["status"] != "CONFIRMED" or "ISOLATED_MARGIN" not in places:
            continue
        amount = Decimal(row["amount"])
        for place, sign in places.items():
            if place in OUTSIDE and "isolatedSymbol" in asked:
                books[key["account_ref"], OUTSIDE[place], row["asset"], "balance"] += sign * amount
            if place == "CROSS_MARGIN" and "isolatedSymbol" not in asked:
                books[key["account_ref"], "cross_margin", row["asset"], "balance"] += sign * amount


def _add_the_rest(books: Books, venue: Venue, key: Credential, asked: dict[str, Any]) -> None:
    account = key["account_ref"]
    path = "/sapi/v1/margin/exchange-small-liability-history"
    for row in venue.read(path, key, **asked)["rows"]:
        books[account, "cross_margin", row["asset"], "loan"] -= Decimal(row["amount"])
        books[account, "cross_margin", row["targetAsset"], "loan"] += Decimal(row["targetAmount"])
    path = "/sapi/v1/margin/liquidation-loan/repay-history"
    for row in venue.read(path, key, **asked)["rows"]:
        books[account, "spot", row["asset"], "balance"] -= Decimal(row["amount"])


def _all(venue: Venue, path: str, key: Credential, asked: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    page = 1
    while True:
        found = venue.read(path, key, **asked, current=page)
        rows += found["rows"]
        if len(rows) >= found["total"]:
            return rows
        page += 1
