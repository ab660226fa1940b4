"""For any seed and instant: what is shown, what is told, and the truth are one sum.

The arithmetic here is the test's own, written from the venue's documentation: it shares nothing
with the product's mapping, nor with the ledger it is compared to.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coinfrs_pipelines.emulator.binance.market import SYMBOLS

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 14, 13, 37, 21, 123_000, tzinfo=UTC)
WEEK = timedelta(days=7)
WALLETS = {0: "spot", 1: "funding"}
CREDITED = {1, 6}
GONE, RETURNED = 6, 1

Books = defaultdict[tuple[str, str, str, str], Decimal]
Credential = dict[str, str]


def milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def shown(venue: Venue, credentials: list[Credential]) -> Books:
    """Return what the live balances say, by (account, wallet, asset, component)."""
    books: Books = defaultdict(Decimal)
    faces = {"spot": "/sapi/v3/asset/getUserAsset", "funding": "/sapi/v1/asset/get-funding-asset"}
    for key in credentials:
        for wallet, path in faces.items():
            for row in venue.read(path, key):
                place = (key["account_ref"], wallet, row["asset"])
                books[*place, "balance"] = sum(
                    (Decimal(row[name]) for name in ("free", "locked", "freeze")), Decimal(0)
                )
                books[*place, "in_transit"] = Decimal(row["withdrawing"])
    return books


def told(venue: Venue, credentials: list[Credential]) -> Books:
    """Return what all history faces add up to."""
    books: Books = defaultdict(Decimal)
    for key in credentials:
        _add_trades(books, venue, key)
        _add_capital(books, venue, key)
        _add_own_transfers(books, venue, key)
    _add_family_transfers(books, venue, credentials)
    return books


def _add_trades(books: Books, venue: Venue, key: Credential) -> None:
    account = key["account_ref"]
    for symbol in SYMBOLS.values():
        for row in venue.read("/api/v3/myTrades", key, symbol=symbol.name, fromId=0, limit=1_000):
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


def _add_own_transfers(books: Books, venue: Venue, key: Credential) -> None:
    sides = {"MAIN_FUNDING": ("spot", "funding"), "FUNDING_MAIN": ("funding", "spot")}
    for kind, (source, target) in sides.items():
        window = {"startTime": milliseconds(NOW - 2 * WEEK), "size": 100}
        for row in venue.read("/sapi/v1/asset/transfer", key, type=kind, **window)["rows"]:
            if row["status"] == "CONFIRMED":
                amount = Decimal(row["amount"])
                books[key["account_ref"], source, row["asset"], "balance"] -= amount
                books[key["account_ref"], target, row["asset"], "balance"] += amount


def _add_family_transfers(books: Books, venue: Venue, credentials: list[Credential]) -> None:
    master = credentials[0]
    accounts = venue.emulation.world_of(master["api_key"]).binance.accounts  # type: ignore[union-attr]  # It was just made.
    uids = {account.email: str(account.uid) for account in accounts}
    for email in uids:
        for weeks in (1, 2):
            start = milliseconds(NOW - weeks * WEEK)
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
                    books[uids[row["fromEmail"]], "spot", row["asset"], "balance"] -= amount
                    books[uids[row["toEmail"]], "spot", row["asset"], "balance"] += amount


def without_zeros(books: Any) -> dict[tuple[str, ...], Decimal]:
    return {place: amount for place, amount in books.items() if amount}


@given(
    seed=st.integers(0, 10**6),
    age=st.integers(1, 6),
    cancels=st.booleans(),
    freezes=st.booleans(),
)
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_is_shown_and_what_is_told_are_the_truth(
    open_venue: OpenVenue, *, seed: int, age: int, cancels: bool, freezes: bool
) -> None:
    venue = open_venue(NOW)
    start = (NOW - timedelta(days=age)).replace(hour=0, minute=0, second=0, microsecond=0)
    options = {"binance": {"cancelled_withdrawals": cancels, "freezes": freezes}}
    world = venue.emulation.add_world(seed, start, 9, options)
    credentials = world.binance.credentials()
    books = without_zeros(shown(venue, credentials))
    assert books == without_zeros(told(venue, credentials))
    truth = venue.http.get(
        f"/emulator/worlds/{world.name}/truth/positions", params={"at": NOW.isoformat()}
    )
    assert books == {
        (row["account_ref"], row["wallet"], row["asset"], row["component"]): amount
        for row in truth.json()["positions"]
        if row["venue"] == "binance" and (amount := Decimal(row["amount"]))
    }
    assert all(amount > 0 for amount in books.values())
