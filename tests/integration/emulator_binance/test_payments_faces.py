"""What the faces of fiat, Pay and trades between users show, hide by default and refuse."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

DAY = 86_400_000
START = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp()) * 1_000
ORDERS = "/sapi/v1/fiat/orders"
PAYMENTS = "/sapi/v1/fiat/payments"
PAY = "/sapi/v1/pay/transactions"
C2C = "/sapi/v1/c2c/orderMatch/listUserOrderHistory"


def over_days(
    open_venue: OpenVenue, path: str, *questions: dict[str, Any]
) -> list[list[dict[str, Any]]]:
    """Return what masters are told of each of their records, morning after morning."""
    told: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for seed in (7, 8, 9):
        mornings = [datetime(2026, 1, 5 + day, 0, 5, tzinfo=UTC) for day in range(1, 9)]
        venue = open_venue(mornings[0], seed=seed)
        for morning, question in product(mornings, questions):
            venue.emulation.clock.advance_to(morning)
            for row in venue.read(path, venue.credential(0), **question).get("data", []):
                name = str(row.get("orderNo") or row["orderNumber"])
                told.setdefault((seed, name), []).append(row)
    return list(told.values())


def test_a_fiat_order_says_when_it_was_settled_and_not_what_it_is(open_venue: OpenVenue) -> None:
    told = over_days(open_venue, ORDERS, {"transactionType": "0"})
    statuses = [[row["status"] for row in rows] for rows in told]
    assert any(each[0] == "Processing" and each[-1] != "Processing" for each in statuses)
    assert all("transactionType" not in row for rows in told for row in rows)
    for rows in told:
        last = rows[-1]
        assert last["createTime"] % 1_000 == last["updateTime"] % 1_000 == 0
        assert (last["updateTime"] > last["createTime"]) is (last["status"] != "Processing")


def test_fiat_is_a_masters_and_its_kind_must_be_asked_for(venue: Venue) -> None:
    for path in (ORDERS, PAYMENTS):
        assert venue.refusal(path, venue.credential(1), transactionType="0") == (400, 100001002)
        assert venue.refusal(path, venue.credential(0)) == (400, -1102)


def test_only_purchases_say_how_they_were_paid_and_no_rows_are_no_list(venue: Venue) -> None:
    key = venue.credential(0)
    bought = venue.read(PAYMENTS, key, transactionType="0")
    assert all("paymentMethod" in row for row in bought["data"])
    sold = venue.read(PAYMENTS, key, transactionType="1")
    assert not any("paymentMethod" in row for row in sold.get("data", []))
    before = {"beginTime": START - 20 * DAY, "endTime": START - 10 * DAY}
    none = venue.read(PAYMENTS, key, transactionType="0", **before)
    assert none["total"] == 0
    assert "data" not in none


def test_a_payment_tells_the_wallets_that_bore_it(venue: Venue) -> None:
    rows = venue.read(PAY, venue.credential(0), startTime=START, endTime=START + 9 * DAY)["data"]
    paid = [row for row in rows if Decimal(row["amount"]) < 0]
    assert paid
    for row in paid:
        for fund in row["fundsDetail"]:
            assert sum(map(Decimal, fund["walletAssetCost"].values())) == Decimal(fund["amount"])
    wide = {"startTime": START - 90 * DAY, "endTime": START + 1}
    assert venue.refusal(PAY, venue.credential(0), **wide) == (400, -4047)


def test_without_a_side_only_purchases_from_users_are_shown(venue: Venue) -> None:
    key = venue.credential(0)
    bought = venue.read(C2C, key)
    assert bought == venue.read(C2C, key, tradeType="BUY")
    assert {row["tradeType"] for row in bought["data"]} == {"BUY"}
    assert {row["tradeType"] for row in venue.read(C2C, key, tradeType="SELL")["data"]} == {"SELL"}
    assert venue.refusal(C2C, venue.credential(1)) == (400, 100001002)


def test_a_trade_between_users_changes_its_status_and_tells_no_time_of_it(
    open_venue: OpenVenue,
) -> None:
    told = over_days(open_venue, C2C, {"tradeType": "BUY"}, {"tradeType": "SELL"})
    assert any(rows[0]["orderStatus"] in {"TRADING", "BUYER_PAYED"} for rows in told)
    assert all(len({row["createTime"] for row in rows}) == 1 for rows in told)


def test_a_gift_card_is_shown_nowhere(open_venue: OpenVenue) -> None:
    venue = open_venue(options={"gift_cards": True})
    cards = venue.world.binance.history.of_kind("gift_cards")
    assert cards
    assert all(
        leg.cell.wallet == "funding" and leg.amount < 0 for card in cards for leg in card.legs
    )
    assert not open_venue().world.binance.history.of_kind("gift_cards")
