"""What the faces outside the exchange of coins show, page and refuse."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

DAY = 86_400_000
START = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp()) * 1_000
WINDOW = {"startTime": START, "endTime": START + 9 * DAY}
PAGE = {"page": 1, "limit": 500}
MANAGED = "/sapi/v1/managed-subaccount"
MASTER, DESK, MANAGED_SUB = 0, 1, 2


# Managed sub-accounts


def test_an_investor_asks_by_the_emails_of_its_list(venue: Venue) -> None:
    key = venue.credential(MASTER)
    told = venue.read(f"{MANAGED}/info", key)
    [listed] = told["managerSubUserInfoVoList"]
    assert told["total"] == 1
    path = f"{MANAGED}/queryTransLogForInvestor"
    asked = venue.read(path, key, email=listed["email"], **PAGE, **WINDOW)
    rows = asked["managerSubTransferHistoryVos"]
    assert asked["count"] == len(rows) > 1
    assert all(listed["email"] in {row["fromEmail"], row["toEmail"]} for row in rows)
    assert venue.refusal(path, key, email="nobody@example.com", **PAGE, **WINDOW) == (400, -5021)
    second = venue.read(path, key, email=listed["email"], page=2, limit=1, **WINDOW)
    assert second["managerSubTransferHistoryVos"] == rows[1:2]


def test_a_managed_sub_account_sees_its_own_and_another_is_refused(venue: Venue) -> None:
    path = f"{MANAGED}/query-trans-log"
    key = venue.credential(MANAGED_SUB)
    rows = venue.read(path, key, **PAGE, **WINDOW)["managerSubTransferHistoryVos"]
    out = venue.read(path, key, transfers="FROM", **PAGE, **WINDOW)["managerSubTransferHistoryVos"]
    into = venue.read(path, key, transfers="to", **PAGE, **WINDOW)["managerSubTransferHistoryVos"]
    assert len(rows) == len(out) + len(into) > 1
    assert venue.refusal(path, venue.credential(DESK), **PAGE, **WINDOW) == (400, -5021)
    assert venue.refusal(path, venue.credential(MASTER), **PAGE, **WINDOW) == (400, 100001002)
    assert venue.refusal(path, key, **PAGE) == (400, -1102)
    wide = {"startTime": START - 183 * DAY, "endTime": START}
    assert venue.refusal(path, key, **PAGE, **wide) == (400, -4047)


# Custody


def test_a_master_asks_for_what_a_custodian_lends_to_one_sub_account(venue: Venue) -> None:
    key, path = venue.credential(MASTER), "/sapi/v1/asset/custody/transfer-history"
    desk, managed = (account.email for account in venue.world.binance.accounts[1:])
    told = venue.read(path, key, email=desk, size=100, **WINDOW)
    rows = told["rows"]
    assert told["total"] == len(rows) > 1
    assert [row["time"] for row in rows] == sorted((row["time"] for row in rows), reverse=True)
    assert all(row["time"] % 1_000 == 0 for row in rows)
    lent = venue.read(path, key, email=desk, type="DELEGATE", size=100, **WINDOW)["rows"]
    assert lent == [row for row in rows if row["transferType"] == "Delegate"]
    assert venue.read(path, key, email=managed, **WINDOW) == {"total": 0, "rows": []}
    assert venue.refusal(path, key, email="nobody@example.com", **WINDOW) == (400, -5021)
    assert venue.refusal(path, venue.credential(DESK), email=desk, **WINDOW) == (400, 100001002)


# Collectibles


def test_collectibles_are_listed_by_their_kind_of_order(venue: Venue) -> None:
    path = "/sapi/v1/nft/history/transactions"
    rows = []
    for number in (MASTER, DESK, MANAGED_SUB):
        for order_type in range(5):
            key = venue.credential(number)
            told = venue.read(path, key, orderType=order_type, limit=50, **WINDOW)
            assert told["total"] == len(told["list"])
            assert {row["orderNo"].partition("_")[0] for row in told["list"]} <= {str(order_type)}
            assert all(row["tradeTime"] % 1_000 == 0 for row in told["list"])
            rows += told["list"]
    assert len({row["orderNo"] for row in rows}) == len(rows) > 1
    key = venue.credential(MASTER)
    assert venue.refusal(path, key, orderType=5, **WINDOW) == (400, -1130)
    assert venue.refusal(path, key, **WINDOW) == (400, -1102)
    wide = {"startTime": START - 91 * DAY, "endTime": START}
    assert venue.refusal(path, key, orderType=0, **wide) == (400, -4047)


# Stocks

STOCK_ORDERS, STOCK_CONVERSIONS = (
    "/sapi/v1/equity/order/history",
    "/sapi/v1/equity/tokenized/history",
)


def test_orders_of_stocks_come_by_pages_and_end_without_a_fill(venue: Venue) -> None:
    key = venue.credential(MASTER)
    told = venue.read(STOCK_ORDERS, key, size=100, **WINDOW)
    rows = told["rows"]
    assert told["total"] == len(rows) > 1
    assert {row["filledQty"] for row in rows} == {"0"}
    assert {row["status"] for row in rows} <= {"ACCEPTED", "CANCELED", "EXPIRED", "REJECTED"}
    second = venue.read(STOCK_ORDERS, key, current=2, size=1, **WINDOW)
    assert (second["page"], second["size"], second["rows"]) == (2, 1, rows[1:2])
    ended = venue.read(STOCK_ORDERS, key, orderStatus="CANCELED,EXPIRED", size=100, **WINDOW)
    assert ended["rows"] == [row for row in rows if row["status"] in {"CANCELED", "EXPIRED"}]
    assert venue.read(STOCK_ORDERS, venue.credential(DESK), **WINDOW)["rows"] == []
    assert venue.refusal(STOCK_ORDERS, key) == (400, -1102)


def test_conversions_of_stocks_lead_from_answer_to_answer_by_their_last_id(venue: Venue) -> None:
    key = venue.credential(MASTER)
    everything = venue.read(STOCK_CONVERSIONS, key, size=100, **WINDOW)
    assert everything["hasMore"] is False
    first = venue.read(STOCK_CONVERSIONS, key, size=1, **WINDOW)
    assert first["hasMore"] is True
    rest = venue.read(STOCK_CONVERSIONS, key, size=100, lastId=first["nextLastId"], **WINDOW)
    assert first["rows"] + rest["rows"] == everything["rows"]


def test_what_is_filled_moves_the_funding_wallet_and_says_so_nowhere(open_venue: OpenVenue) -> None:
    venue = open_venue(options={"stocks_are_filled": True})
    rows = venue.read(STOCK_ORDERS, venue.credential(MASTER), size=100, **WINDOW)["rows"]
    assert {row["status"] for row in rows} == {"FILLED"}
    funding = venue.read("/sapi/v1/asset/get-funding-asset", venue.credential(MASTER))
    assert any(row["asset"].startswith("EQ_") for row in funding)
