"""What the faces of spot, funding and the transfers between any wallets show and tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

from coinfrs_pipelines.emulator.binance.market import SYMBOLS

if TYPE_CHECKING:
    from collections import defaultdict

    from tests.integration.emulator_binance.conftest import Venue

    Books = defaultdict[tuple[str, str, str, str], Decimal]
    Credential = dict[str, str]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
WALLETS = {0: "spot", 1: "funding"}
ACCOUNT_TYPES = {
    "SPOT": "spot",
    "USDT_FUTURE": "um_futures",
    "COIN_FUTURE": "cm_futures",
    "MARGIN": "cross_margin",
}
CREDITED = {1, 6}
GONE, RETURNED = 6, 1
# As the documentation pairs them, without isolated margin, whose transfers want a symbol each.
MAIN, FUNDING, MARGIN, UM, CM, OPTION = (
    ("MAIN", "spot"),
    ("FUNDING", "funding"),
    ("MARGIN", "cross_margin"),
    ("UMFUTURE", "um_futures"),
    ("CMFUTURE", "cm_futures"),
    ("OPTION", "options"),
)
PAIRS = (
    *((MAIN, other) for other in (FUNDING, MARGIN, UM, CM, OPTION)),
    *((FUNDING, other) for other in (MARGIN, UM, CM, OPTION)),
    *((MARGIN, other) for other in (UM, CM, OPTION)),
    (UM, OPTION),
    (MAIN, ("PORTFOLIO_MARGIN", "portfolio_margin")),
)


def milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def shown(books: Books, venue: Venue, key: Credential) -> None:
    faces = {"spot": "/sapi/v3/asset/getUserAsset", "funding": "/sapi/v1/asset/get-funding-asset"}
    for wallet, path in faces.items():
        for row in venue.read(path, key):
            place = (key["account_ref"], wallet, row["asset"])
            books[*place, "balance"] = sum(
                (Decimal(row[name]) for name in ("free", "locked", "freeze")), Decimal(0)
            )
            books[*place, "in_transit"] = Decimal(row["withdrawing"])


def told(books: Books, venue: Venue, key: Credential, now: datetime) -> None:
    _add_trades(books, venue, key)
    _add_capital(books, venue, key)
    _add_own_transfers(books, venue, key, now)
    if key["kind"] == "master":
        _add_family_transfers(books, venue, key, now)


def _add_trades(books: Books, venue: Venue, key: Credential) -> None:
    account = key["account_ref"]
    lists = ({"fromId": 0}, "/api/v3/myTrades"), ({"fromAllocationId": 0}, "/api/v3/myAllocations")
    for symbol, (first, path) in product(SYMBOLS.values(), lists):
        for row in venue.read(path, key, symbol=symbol.name, **first, limit=1_000):
            sign = 1 if row["isBuyer"] else -1
            books[account, "spot", symbol.base, "balance"] += sign * Decimal(row["qty"])
            books[account, "spot", symbol.quote, "balance"] -= sign * Decimal(row["quoteQty"])
            fee = (account, "spot", row["commissionAsset"], "balance")
            books[fee] -= Decimal(row["commission"])


def _add_capital(books: Books, venue: Venue, key: Credential) -> None:
    account = key["account_ref"]
    for row in venue.read("/sapi/v1/capital/deposit/hisrec", key):
        if row["status"] in CREDITED:
            wallet = WALLETS[row["walletType"]]
            books[account, wallet, row["coin"], "balance"] += Decimal(row["amount"])
    for row in venue.read("/sapi/v1/capital/withdraw/history", key):
        wallet = WALLETS[row["walletType"]]
        debit = Decimal(row["amount"]) + Decimal(row["transactionFee"])
        if row["status"] != RETURNED:
            books[account, wallet, row["coin"], "balance"] -= debit
        if row["status"] not in {RETURNED, GONE}:
            books[account, wallet, row["coin"], "in_transit"] += debit


def _add_own_transfers(books: Books, venue: Venue, key: Credential, now: datetime) -> None:
    sides = {
        f"{one[0]}_{other[0]}": (one[1], other[1])
        for pair in PAIRS
        for one, other in (pair, pair[::-1])
    }
    window = {"startTime": milliseconds(now - 2 * WEEK), "size": 100}
    for kind, (source, target) in sides.items():
        for row in venue.read("/sapi/v1/asset/transfer", key, type=kind, **window)["rows"]:
            if row["status"] == "CONFIRMED":
                amount = Decimal(row["amount"])
                books[key["account_ref"], source, row["asset"], "balance"] -= amount
                books[key["account_ref"], target, row["asset"], "balance"] += amount


def _add_family_transfers(books: Books, venue: Venue, master: Credential, now: datetime) -> None:
    accounts = venue.emulation.world_of(master["api_key"]).binance.accounts  # type: ignore[union-attr]  # It was just made.
    uids = {account.email: str(account.uid) for account in accounts}
    for email in uids:
        for weeks in (1, 2):
            start = milliseconds(now - weeks * WEEK)
            found = venue.read(
                "/sapi/v1/sub-account/universalTransfer",
                master,
                fromEmail=email,
                startTime=start,
                endTime=start + milliseconds(EPOCH + WEEK) - 1,
            )
            for row in found["result"]:
                if row["status"] == "SUCCESS":
                    amount = Decimal(row["amount"])
                    sender, receiver = (
                        (uids[row[f"{end}Email"]], ACCOUNT_TYPES[row[f"{end}AccountType"]])
                        for end in ("from", "to")
                    )
                    books[*sender, row["asset"], "balance"] -= amount
                    books[*receiver, row["asset"], "balance"] += amount
