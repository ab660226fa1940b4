"""Files of income: made after a while, few a month, fetched by whoever has the link."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import Venue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = 86_400_000
SINCE = (START - EPOCH) // timedelta(milliseconds=1)
WINDOW: dict[str, Any] = {"startTime": SINCE, "endTime": SINCE + 6 * DAY}
MASTER, SUB, WITHOUT_FUTURES = 0, 1, 2
ASK, POLL, INCOME = "/fapi/v1/income/asyn", "/fapi/v1/income/asyn/id", "/fapi/v1/income"
PM = "/papi/v1/um/income"


def ask(venue: Venue, position: int = MASTER, **given: Any) -> str:
    number: str = venue.read(ASK, venue.credential(position), **(WINDOW | given))["downloadId"]
    return number


def poll(venue: Venue, number: str, position: int = MASTER) -> Any:
    return venue.read(POLL, venue.credential(position), downloadId=number)


@pytest.mark.parametrize("income", [INCOME, PM])
def test_a_file_tells_the_income_of_its_span_without_the_trades(venue: Venue, income: str) -> None:
    key = venue.credential(MASTER)
    number = venue.read(f"{income}/asyn", key, **WINDOW)["downloadId"]
    venue.read(f"{income}/asyn/id", key, downloadId=number)
    link = venue.read(f"{income}/asyn/id", key, downloadId=number)["url"]
    rows = list(csv.reader(io.StringIO(httpx.get(link).content.decode("utf-8-sig"))))
    assert rows[0] == ["Date(UTC)", "type", "Amount", "Asset", "Symbol", "Transaction ID"]
    told = venue.read(income, key, **WINDOW, limit=1000)
    assert len(told) == len(rows) - 1 > 0
    for row, record in zip(rows[1:], told, strict=True):
        at = EPOCH + timedelta(milliseconds=record["time"])
        assert row == [
            at.strftime("%Y-%m-%d %H:%M:%S"),
            *(record["incomeType"], record["income"], record["asset"], record["symbol"]),
            str(record["tranId"]),
        ]
        assert Decimal(row[2])


def test_it_is_not_there_at_once_and_its_link_expires(venue: Venue) -> None:
    number = ask(venue)
    first = poll(venue, number)
    assert (first["status"], first["url"], first["expirationTimestamp"]) == ("processing", "", -1)
    link = poll(venue, number)["url"]
    assert httpx.get(link).status_code == httpx.codes.OK
    venue.emulation.clock.advance_to(venue.emulation.clock.now() + timedelta(days=8))
    assert httpx.get(link).status_code == httpx.codes.FORBIDDEN


def test_nobody_else_can_ask_for_the_link(venue: Venue) -> None:
    number = ask(venue)
    other = venue.signed(POLL, venue.credential(SUB), downloadId=number)
    assert other.json()["code"] == -1130
    without = venue.signed(ASK, venue.credential(WITHOUT_FUTURES), **WINDOW)
    assert without.json()["code"] == -2015


def test_a_span_has_two_ends_and_is_no_longer_than_a_year(venue: Venue) -> None:
    key = venue.credential(MASTER)
    assert venue.signed(ASK, key, startTime=SINCE).json()["code"] == -1102
    wide = venue.signed(ASK, key, startTime=SINCE, endTime=SINCE + 366 * DAY)
    assert wide.json()["code"] == -1127


def test_a_month_has_a_hundred_files_of_both_kinds_together(venue: Venue) -> None:
    now = venue.emulation.clock.now()
    downloads = venue.world.binance.downloads
    uid = venue.world.binance.master.uid
    for _ in range(99):
        downloads.ask(uid, "futures", b"", now)
    venue.read("/dapi/v1/income/asyn", venue.credential(MASTER), **WINDOW)
    assert venue.signed(ASK, venue.credential(MASTER), **WINDOW).status_code == 429
    assert ask(venue, SUB)
    assert downloads.left(uid, "futures", now + timedelta(days=31)) == 100


def test_a_month_has_five_files_of_portfolio_margin_by_themselves(venue: Venue) -> None:
    key = venue.credential(MASTER)
    for _ in range(5):
        venue.read(f"{PM}/asyn", key, **WINDOW)
    assert venue.signed(f"{PM}/asyn", key, **WINDOW).status_code == 429
    assert ask(venue)
