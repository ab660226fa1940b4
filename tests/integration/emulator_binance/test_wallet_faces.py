"""What the faces of the wallet family show, page, keep back and refuse."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

DAY = 86_400_000
START = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp()) * 1_000
WINDOW = {"startTime": START, "endTime": START + 9 * DAY}
DIVIDENDS = "/sapi/v1/asset/assetDividend"
DUST = "/sapi/v1/asset/dribblet"
CONVERSIONS = "/sapi/v1/convert/tradeFlow"
REBATES = "/sapi/v1/rebate/taxQuery"
CLOUD_MINING = "/sapi/v1/asset/ledger-transfer/cloud-mining/queryByPage"


# Dividends


def test_dividends_come_newest_first_and_their_total_may_be_more_than_the_rows(
    venue: Venue,
) -> None:
    key = venue.credential(0)
    everything = venue.read(DIVIDENDS, key, limit=500, **WINDOW)
    times = [row["divTime"] for row in everything["rows"]]
    assert times == sorted(times, reverse=True)
    assert everything["total"] == len(times) > 3
    few = venue.read(DIVIDENDS, key, limit=3, **WINDOW)
    assert few == {"rows": everything["rows"][:3], "total": len(times)}


def test_the_rows_of_one_payment_share_their_tran_id_and_not_their_id(venue: Venue) -> None:
    rows = venue.read(DIVIDENDS, venue.credential(0), limit=500, **WINDOW)["rows"]
    assert len({row["id"] for row in rows}) == len(rows) > len({row["tranId"] for row in rows})
    assert any(len(row["amount"].partition(".")[2]) > 8 for row in rows)


def test_dividends_are_of_the_last_week_unless_asked_otherwise_and_half_a_year_at_most(
    venue: Venue,
) -> None:
    key = venue.credential(0)
    now = START + 9 * DAY + 300_000
    week = {row["id"] for row in venue.read(DIVIDENDS, key, limit=500)["rows"]}
    rows = venue.read(DIVIDENDS, key, limit=500, **WINDOW)["rows"]
    assert week == {row["id"] for row in rows if row["divTime"] >= now - 7 * DAY}
    wide = {"startTime": START - 180 * DAY - 1, "endTime": START}
    assert venue.refusal(DIVIDENDS, key, **wide) == (400, -4047)


def test_a_dividend_may_be_taken_back(open_venue: OpenVenue) -> None:
    taken = []
    for seed in range(4):
        venue = open_venue(seed=seed)
        rows = venue.read(DIVIDENDS, venue.credential(0), limit=500, **WINDOW)["rows"]
        taken += [Decimal(row["amount"]) for row in rows if row["direction"] == -1]
    assert taken
    assert all(amount > 0 for amount in taken)


# Conversions


def test_dust_is_told_net_of_its_charge_and_that_of_margin_only_when_asked_for(
    venue: Venue,
) -> None:
    told = venue.read(DUST, venue.credential(0))
    assert told["total"] == len(told["userAssetDribblets"]) > 0
    for row in told["userAssetDribblets"]:
        details = row["userAssetDribbletDetails"]
        net = sum(Decimal(detail["transferedAmount"]) for detail in details)
        assert net == Decimal(row["totalTransferedAmount"])
        assert all(detail["transId"] != row["transId"] for detail in details)
    assert venue.read(DUST, venue.credential(0), accountType="MARGIN")["total"] == 0


def test_a_window_of_conversions_that_is_too_wide_shows_nothing(venue: Venue) -> None:
    key = venue.credential(0)
    everything = venue.read(CONVERSIONS, key, limit=1_000, **WINDOW)
    assert everything["list"]
    assert everything["moreData"] is False
    wide = {"startTime": START - 30 * DAY, "endTime": START + 9 * DAY}
    assert venue.read(CONVERSIONS, key, limit=1_000, **wide)["list"] == []
    assert venue.refusal(CONVERSIONS, key, startTime=START) == (400, -1102)


def test_conversions_say_that_there_are_more_than_they_show(open_venue: OpenVenue) -> None:
    counts = []
    for seed in range(3):
        venue = open_venue(seed=seed)
        key = venue.credential(0)
        everything = venue.read(CONVERSIONS, key, limit=1_000, **WINDOW)["list"]
        some = venue.read(CONVERSIONS, key, limit=1, **WINDOW)
        assert some["moreData"] is (len(everything) > 1)
        assert len(some["list"]) == 1
        counts.append(len(everything))
    assert max(counts) > 1


def test_an_order_that_is_not_filled_is_shown_only_in_some_worlds(open_venue: OpenVenue) -> None:
    pending = {}
    for shows in (False, True):
        statuses: set[str] = set()
        for day in range(1, 9):
            at = datetime(2026, 1, 5 + day, 0, 5, tzinfo=UTC)
            venue = open_venue(at, seed=3, options={"convert_shows_pending": shows})
            window = {"startTime": START, "endTime": START + day * DAY}
            for position in range(3):
                rows = venue.read(CONVERSIONS, venue.credential(position), **window)["list"]
                statuses |= {row["orderStatus"] for row in rows}
        pending[shows] = "PROCESS" in statuses
    assert pending == {False: False, True: True}


# Rebates and cloud mining


def test_rebates_have_no_ids_and_some_are_equal_in_every_field(open_venue: OpenVenue) -> None:
    told = []
    for seed in range(3):
        venue = open_venue(seed=seed)
        answer = venue.read(REBATES, venue.credential(0), **WINDOW)["data"]
        assert answer["totalRecords"] == len(answer["data"])
        told += answer["data"]
    assert len({tuple(row.items()) for row in told}) < len(told)
    assert {row["type"] for row in told} == {1, 2}
    assert all(set(row) == {"asset", "type", "amount", "updateTime"} for row in told)


def test_only_a_master_has_rebates_and_a_month_of_them_at_most(venue: Venue) -> None:
    assert venue.refusal(REBATES, venue.credential(1)) == (400, 100001002)
    wide = {"startTime": START - 22 * DAY, "endTime": START + 9 * DAY}
    assert venue.refusal(REBATES, venue.credential(0), **wide) == (400, -4047)


def test_the_end_of_a_window_of_cloud_mining_is_exclusive(venue: Venue) -> None:
    key = venue.credential(0)
    rows = venue.read(CLOUD_MINING, key, size=100, **WINDOW)["rows"]
    last = rows[0]["createTime"]
    before = venue.read(CLOUD_MINING, key, size=100, startTime=START, endTime=last)
    assert rows[0]["tranId"] not in {row["tranId"] for row in before["rows"]}
    there = venue.read(CLOUD_MINING, key, size=100, startTime=last, endTime=last + 1)
    assert rows[0]["tranId"] in {row["tranId"] for row in there["rows"]}
