"""What the faces of futures and options show, and tell but for transfers, which spot tells."""

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
WEEK = 7 * 86_400_000
BALANCES = {"um_futures": "/fapi/v3/balance", "cm_futures": "/dapi/v1/balance"}
INCOME = {"um_futures": "/fapi/v1/income", "cm_futures": "/dapi/v1/income"}
# All that the emulated accounts ever have; what is missing here does not add up.
TYPES = {
    "um_futures": (
        *("REALIZED_PNL", "FUNDING_FEE", "COMMISSION", "INSURANCE_CLEAR", "WELCOME_BONUS"),
        *("REFERRAL_KICKBACK", "COMMISSION_REBATE", "API_REBATE", "CONTEST_REWARD"),
        *("AUTO_EXCHANGE", "FEE_RETURN", "BFUSD_REWARD"),
    ),
    "cm_futures": (
        *("REALIZED_PNL", "FUNDING_FEE", "COMMISSION", "WELCOME_BONUS", "DELIVERED_SETTELMENT"),
    ),
}


def products(venue: Venue, key: Credential) -> frozenset[str]:
    world = venue.emulation.world_of(key["api_key"])
    assert world is not None
    return world.binance.account(int(key["account_ref"])).products


def shown(books: Books, venue: Venue, key: Credential) -> None:
    if "futures" in products(venue, key):
        for wallet, path in BALANCES.items():
            for row in venue.read(path, key):
                books[key["account_ref"], wallet, row["asset"], "balance"] += Decimal(
                    row["balance"]
                )
    if "options" in products(venue, key):
        for row in venue.read("/eapi/v1/marginAccount", key)["asset"]:
            books[key["account_ref"], "options", row["asset"], "balance"] += Decimal(
                row["marginBalance"]
            )


def told(books: Books, venue: Venue, key: Credential, now: datetime) -> None:
    account, end = key["account_ref"], (now - EPOCH) // timedelta(milliseconds=1)
    if "futures" in products(venue, key):
        for wallet, path in INCOME.items():
            for row in income(venue, key, path, TYPES[wallet], end):
                books[account, wallet, row["asset"], "balance"] += Decimal(row["income"])
    if "options" in products(venue, key):
        for row in venue.read("/eapi/v1/bill", key, currency="USDT", limit=1000):
            if row["type"] != "TRANSFER":
                books[account, "options", row["asset"], "balance"] += Decimal(row["amount"])


def income(
    venue: Venue, key: Credential, path: str, types: tuple[str, ...], end: int
) -> list[dict[str, Any]]:
    """Return two weeks of income, type by type: no second has a thousand rows of one type."""
    rows: dict[str, dict[str, Any]] = {}
    for kind in types:
        for weeks in (2, 1):
            since, until = end - weeks * WEEK, end - (weeks - 1) * WEEK
            while True:
                page = venue.read(
                    path, key, incomeType=kind, startTime=since, endTime=until, limit=1000
                )
                rows |= {str(sorted(row.items())): row for row in page}
                if len(page) < 1_000:
                    break
                since = page[-1]["time"]
    return list(rows.values())
