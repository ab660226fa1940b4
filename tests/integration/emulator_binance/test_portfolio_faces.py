"""What the faces of portfolio margin show, hide by default, page and refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = 86_400_000
MASTER, SUB = 0, 1
SINCE = (START - EPOCH) // timedelta(milliseconds=1)
WEEK = {"startTime": SINCE, "endTime": SINCE + 7 * DAY}
MONTH = {"startTime": SINCE - 10 * DAY, "endTime": SINCE + 19 * DAY}
BALANCE, TRADES = "/papi/v1/balance", "/papi/v1/margin/myTrades"
LOANS, REPAYS = "/papi/v1/margin/marginLoan", "/papi/v1/margin/repayLoan"
INTERESTS = "/papi/v1/margin/marginInterestHistory"
NEGATIVE = "/papi/v1/portfolio/interest-history"
EXCHANGES = "/papi/v1/portfolio/negative-balance-exchange-record"


def read(venue: Venue, path: str, **given: Any) -> Any:
    return venue.read(path, venue.credential(MASTER), **given)


def refused(venue: Venue, path: str, **given: Any) -> tuple[int, int]:
    return venue.refusal(path, venue.credential(MASTER), **given)


@pytest.mark.parametrize("path", [INTERESTS, NEGATIVE])
def test_from_a_start_alone_no_more_than_the_last_thirty_days_of_interest_are_shown(
    venue: Venue, path: str
) -> None:
    since = read(venue, path, startTime=SINCE - 31 * DAY)
    assert since == read(venue, path, startTime=SINCE - DAY)
    assert since


def test_the_three_ledgers_of_an_asset_are_shown_and_one_asset_is_no_list(venue: Venue) -> None:
    rows = {row["asset"]: row for row in read(venue, BALANCE)}
    assert Decimal(rows["USDT"]["umWalletBalance"]) > 0
    assert Decimal(rows["BTC"]["cmWalletBalance"]) > 0
    assert rows["USDT"]["cmUnrealizedPNL"] == ""
    assert read(venue, BALANCE, asset="BTC") == rows["BTC"]
    assert venue.refusal(BALANCE, venue.credential(SUB)) == (400, -21001)


def test_income_tells_moves_between_the_ledgers_and_no_transfer_of_the_wallet(
    venue: Venue,
) -> None:
    for ledger in ("um", "cm"):
        rows = read(venue, f"/papi/v1/{ledger}/income", **WEEK, limit=1000)
        assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
        assert {type(row["tranId"]) for row in rows} == {str}
        assert {"FUNDING_FEE", "COMMISSION"} <= {row["incomeType"] for row in rows}
    before = {"startTime": SINCE - DAY, "endTime": SINCE - 1}
    moved = read(venue, "/papi/v1/um/income", **before)
    kept = {t.tran_id for t in venue.world.binance.history.wallet_transfers}
    assert [row["incomeType"] for row in moved] == ["TRANSFER"]
    assert int(moved[0]["tranId"]) not in kept
    wide = {"startTime": SINCE - 300 * DAY, "endTime": SINCE}
    for ledger in ("um", "cm"):
        assert refused(venue, f"/papi/v1/{ledger}/income", **wide) == (400, -1127)
    assert refused(venue, "/papi/v1/um/income", incomeType="AUTO_EXCHANGE") == (400, -1130)


def test_fills_are_read_from_an_id_on_or_the_latest_and_tell_no_quote_amount(
    open_venue: OpenVenue,
) -> None:
    venue = open_venue(seed=1, options={"busier": 1})
    rows = read(venue, TRADES, symbol="BTCUSDT", fromId=0)
    assert len(rows) > 2
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert not any("quoteQty" in row for row in rows)
    assert read(venue, TRADES, symbol="BTCUSDT", fromId=rows[1]["id"], limit=1) == [rows[1]]
    assert read(venue, TRADES, symbol="BTCUSDT", limit=1) == rows[-1:]
    day = {"startTime": SINCE, "endTime": SINCE + DAY}
    assert refused(venue, TRADES, symbol="BTCUSDT", **day) == (400, -1127)
    assert refused(venue, TRADES, symbol="MOONUSDT") == (400, -1121)


@pytest.mark.parametrize("path", [LOANS, REPAYS])
def test_loans_are_asked_for_one_asset_at_a_time_and_a_month_at_most(
    open_venue: OpenVenue, path: str
) -> None:
    venue = open_venue(seed=1, options={"busier": 1})
    found = {
        asset: read(venue, path, asset=asset, **MONTH, size=100) for asset in ("USDT", "ETH", "SOL")
    }
    assert sum(each["total"] for each in found.values()) > 0
    for asset, each in found.items():
        assert {row["asset"] for row in each["rows"]} <= {asset}
        times = [row["timestamp"] for row in each["rows"]]
        assert times == sorted(times, reverse=True)
    assert refused(venue, path, **MONTH) == (400, -1102)
    assert refused(venue, path, asset="USDT") == (400, -1102)
    wide = {"startTime": SINCE - 30 * DAY, "endTime": SINCE + DAY}
    assert refused(venue, path, asset="USDT", **wide)[0] == 400


def test_interest_on_a_negative_balance_is_in_two_lists_or_in_one(open_venue: OpenVenue) -> None:
    venue = open_venue(seed=1, options={"busier": 1})
    rows = read(venue, INTERESTS, **MONTH, size=100)["rows"]
    assert {
        row["interestAccuredTime"] % 3_600_000 for row in rows if row["type"] == "PERIODIC"
    } == {0}
    negative = {(r["interestAccuredTime"], r["interest"]) for r in rows if r["type"] == "PORTFOLIO"}
    assert negative
    alone = read(venue, NEGATIVE, **MONTH, size=100)
    assert {(row["interestAccuredTime"], row["interest"]) for row in alone} == negative
    assert "txId" not in alone[0]
    other = open_venue(
        seed=1, options={"busier": 1, "pm_negative_interest_in_margin_history": False}
    )
    kinds = {row["type"] for row in read(other, INTERESTS, **MONTH, size=100)["rows"]}
    assert "PORTFOLIO" not in kinds
    assert read(other, NEGATIVE, **MONTH, size=100)


def test_an_exchange_tells_a_number_and_neither_what_it_took_nor_what_it_gave(
    open_venue: OpenVenue,
) -> None:
    venue = open_venue(seed=1, options={"busier": 1, "pm_negative_balance_exchanges": True})
    told = read(venue, EXCHANGES, **MONTH)
    assert told["total"] == len(told["rows"]) > 0
    detail = told["rows"][0]["details"][0]
    assert isinstance(detail["negativeBalance"], int | float)
    assert set(detail) == {"asset", "negativeBalance", "negativeMaxThreshold"}
    assert refused(venue, EXCHANGES, startTime=SINCE) == (400, -1102)
    assert read(open_venue(seed=1, options={"busier": 1}), EXCHANGES, **MONTH) == {
        "total": 0,
        "rows": [],
    }
