"""What the faces of margin show, hide by default, page and refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from coinfrs_pipelines.emulator.binance.options import BinanceOptions
from coinfrs_pipelines.emulator.binance.world import BinanceWorld

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = 86_400_000
MASTER, SUB, OTHERS = 0, 1, 2
PAIR = "ETHUSDT"
FLOW = "/sapi/v1/margin/capital-flow"
LOANS = "/sapi/v1/margin/borrow-repay"
INTEREST = "/sapi/v1/margin/interestHistory"
TRANSFERS = "/sapi/v1/margin/transfer"
EXCHANGES = "/sapi/v1/margin/exchange-small-liability-history"
REPAYS = "/sapi/v1/margin/liquidation-loan/repay-history"
CROSS, ISOLATED = "/sapi/v1/margin/account", "/sapi/v1/margin/isolated/account"
PATHS = (FLOW, LOANS, INTEREST, TRANSFERS, EXCHANGES, REPAYS, CROSS, ISOLATED)


def milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


FIRST = milliseconds(START)
WEEK = {"startTime": FIRST, "endTime": FIRST + 7 * DAY}


@pytest.mark.parametrize("path", PATHS)
def test_an_account_without_margin_is_refused(venue: Venue, path: str) -> None:
    asked: dict[str, Any] = {"type": "BORROW"} if path == LOANS else {}
    if path == EXCHANGES:
        asked = {"current": 1, "size": 10}
    assert venue.refusal(path, venue.credential(OTHERS), **asked) == (400, -3003)


# Capital flow


def test_capital_flow_spans_seven_days_and_ends_ninety_days_ago(venue: Venue) -> None:
    key = venue.credential(MASTER)
    eight = {"startTime": FIRST, "endTime": FIRST + 8 * DAY}
    assert venue.refusal(FLOW, key, **eight) == (400, -4047)
    since = venue.read(FLOW, key, startTime=FIRST)
    assert since == venue.read(FLOW, key, **WEEK)
    now = START + timedelta(days=9, minutes=5)
    recent = venue.read(FLOW, key)
    assert recent
    assert min(row["timestamp"] for row in recent) >= milliseconds(now - timedelta(days=7))


def test_without_an_id_the_latest_flows_are_given_and_with_it_those_above(venue: Venue) -> None:
    key = venue.credential(MASTER)
    ids = sorted(row["id"] for row in venue.read(FLOW, key, **WEEK, limit=1_000))
    assert len(set(ids)) == len(ids) > 5
    latest = venue.read(FLOW, key, **WEEK, limit=3)
    assert sorted(row["id"] for row in latest) == ids[-3:]
    above = venue.read(FLOW, key, **WEEK, fromId=ids[1], limit=3)
    assert [row["id"] for row in above] == ids[2:5]
    rows = venue.read(FLOW, key, **WEEK, limit=1_000)
    by_time = sorted(rows, key=lambda row: (row["timestamp"], row["id"]))
    assert [row["id"] for row in by_time] == ids


def test_a_pair_is_only_shown_to_who_asks_for_it(venue: Venue) -> None:
    key = venue.credential(MASTER)
    of_pair = venue.read(FLOW, key, **WEEK, symbol=PAIR)
    of_cross = venue.read(FLOW, key, **WEEK)
    assert of_pair
    assert {row["asset"] for row in of_pair} <= {"ETH", "USDT"}
    assert {row["id"] for row in of_pair}.isdisjoint(row["id"] for row in of_cross)
    for path, given in ((LOANS, {"type": "BORROW"}), (INTEREST, {}), (TRANSFERS, {})):
        asked = {**WEEK, **given, "size": 100}
        rows = venue.read(path, key, **asked, isolatedSymbol=PAIR)["rows"]
        others = venue.read(path, key, **asked)["rows"]
        assert {row["txId"] for row in rows}.isdisjoint(
            row["txId"] for row in others if "isolatedSymbol" in row
        )
        assert all(row.get("isolatedSymbol", PAIR) == PAIR for row in rows)
    assert venue.read(FLOW, venue.credential(SUB), **WEEK, symbol=PAIR) == []


@pytest.mark.parametrize("is_signed", [True, False])
def test_amounts_that_leave_have_a_minus_unless_the_world_has_none(
    open_venue: OpenVenue, *, is_signed: bool
) -> None:
    venue = open_venue(options={"capital_flow_is_signed": is_signed})
    rows = venue.read(FLOW, venue.credential(MASTER), **WEEK, limit=1_000)
    commissions = [row for row in rows if row["type"] == "TRADING_COMMISSION"]
    assert commissions
    assert all((Decimal(row["amount"]) < 0) is is_signed for row in commissions)
    assert all(Decimal(row["amount"]) > 0 for row in rows if row["type"] == "BORROW")


def test_a_fill_is_three_flows_of_one_transaction(venue: Venue) -> None:
    rows = venue.read(FLOW, venue.credential(MASTER), **WEEK, limit=1_000)
    by_transaction: dict[int, list[str]] = {}
    for row in sorted(rows, key=lambda row: int(row["id"])):
        by_transaction.setdefault(row["tranId"], []).append(row["type"])
    kinds = {tuple(types) for types in by_transaction.values()}
    assert ("BUY_INCOME", "BUY_EXPENSE", "TRADING_COMMISSION") in kinds
    assert ("BORROW",) in kinds


# Loans and interest


def test_loans_need_a_start_and_silently_reach_back_seven_days(venue: Venue) -> None:
    key = venue.credential(MASTER)
    assert venue.refusal(LOANS, key, type="BORROW") == (400, -1102)
    assert venue.refusal(LOANS, key, startTime=FIRST) == (400, -1102)
    wide = {"startTime": FIRST - DAY, "endTime": FIRST + 9 * DAY, "size": 100}
    rows = venue.read(LOANS, key, type="BORROW", **wide)["rows"]
    assert rows
    assert min(row["timestamp"] for row in rows) >= FIRST + 2 * DAY
    # The loan of the evening before is there for who asks for its asset, or for it.
    asset = venue.read(LOANS, key, type="BORROW", startTime=FIRST - DAY, endTime=FIRST)["rows"]
    assert venue.read(LOANS, key, type="BORROW", **wide, asset=asset[0]["asset"])["total"] > 0
    [by_id] = venue.read(LOANS, key, type="BORROW", txId=asset[0]["txId"])["rows"]
    assert by_id == asset[0]


def test_a_repayment_is_principal_and_interest(open_venue: OpenVenue) -> None:
    found: list[dict[str, Any]] = []
    for seed in range(7, 12):
        venue = open_venue(seed=seed)
        asked = {**WEEK, "type": "REPAY", "size": 100}
        for position in (MASTER, SUB):
            found += venue.read(LOANS, venue.credential(position), **asked)["rows"]
    assert any(Decimal(row["interest"]) > 0 for row in found)
    for row in found:
        assert Decimal(row["amount"]) == Decimal(row["principal"]) + Decimal(row["interest"])
    assert {row["type"] for row in found} == {"MANUAL", "AUTO"}


def test_pages_are_ten_rows_and_newest_first(venue: Venue) -> None:
    key = venue.credential(MASTER)
    everything = venue.read(INTEREST, key, **WEEK, size=100)
    times = [row["interestAccuredTime"] for row in everything["rows"]]
    assert min(everything["total"], 100) == len(times) > 10
    assert times == sorted(times, reverse=True)
    first, second = (venue.read(INTEREST, key, **WEEK, current=page) for page in (1, 2))
    assert first["rows"] == everything["rows"][:10]
    assert second["rows"][0] == everything["rows"][10]


def test_interest_is_charged_at_midnight_exactly_and_sometimes_paid_in_bnb(
    open_venue: OpenVenue,
) -> None:
    kinds: set[str] = set()
    for seed in range(7, 12):
        venue = open_venue(seed=seed)
        rows = venue.read(INTEREST, venue.credential(MASTER), **WEEK, size=100)["rows"]
        kinds |= {row["type"] for row in rows}
        assert any(row["interestAccuredTime"] % DAY == 0 for row in rows)
        assert all(row["asset"] == "BNB" for row in rows if row["type"].endswith("_CONVERTED"))
        assert all(row["txId"] > 2**53 for row in rows)
    assert kinds == {"PERIODIC", "ON_BORROW", "PERIODIC_CONVERTED", "ON_BORROW_CONVERTED"}


def test_interest_spans_thirty_days(venue: Venue) -> None:
    asked = {"startTime": FIRST - 31 * DAY, "endTime": FIRST}
    assert venue.refusal(INTEREST, venue.credential(MASTER), **asked) == (400, -4047)
    assert venue.refusal(TRANSFERS, venue.credential(MASTER), **asked) == (400, -4047)
    # From a start that is sent alone no more than the last thirty days are shown.
    since = venue.read(INTEREST, venue.credential(MASTER), startTime=FIRST - 31 * DAY)
    lately = venue.read(INTEREST, venue.credential(MASTER), startTime=FIRST - DAY)
    assert since == lately
    assert since["rows"]


# Transfers and the rest


def test_a_transfer_with_a_pair_is_told_here_and_not_by_type(venue: Venue) -> None:
    key = venue.credential(MASTER)
    rows = venue.read(TRANSFERS, key, **WEEK, isolatedSymbol=PAIR, size=100)["rows"]
    from_spot = [row for row in rows if row["transFrom"] == "SPOT"]
    assert {row["type"] for row in from_spot} == {"ROLL_IN"}
    assert {row["toSymbol"] for row in from_spot} == {PAIR}
    flows = venue.read(FLOW, key, **WEEK, symbol=PAIR, type="TRANSFER")
    assert {row["txId"] for row in rows if row["status"] == "CONFIRMED"} == {
        row["tranId"] for row in flows
    }
    asked = {**WEEK, "type": "MAIN_MARGIN", "size": 100}
    by_type = venue.read("/sapi/v1/asset/transfer", key, **asked)["rows"]
    assert {row["txId"] for row in from_spot}.isdisjoint(row["tranId"] for row in by_type)


def test_a_world_may_tell_transfers_in_whole_seconds(open_venue: OpenVenue) -> None:
    venue = open_venue(options={"margin_transfer_times_in_seconds": True})
    rows = venue.read(TRANSFERS, venue.credential(MASTER), **WEEK, isolatedSymbol=PAIR)["rows"]
    assert rows
    assert all(row["timestamp"] < 10**11 for row in rows)


def test_one_hidden_transfer_is_hidden_everywhere(venue: Venue) -> None:
    key = venue.credential(MASTER)
    asked = {**WEEK, "isolatedSymbol": PAIR, "size": 100}
    row = venue.read(TRANSFERS, key, **asked)["rows"][-1]
    venue.fault(kind="hide_record", event_id=f"binance:transfer:{row['txId']}")
    assert row not in venue.read(TRANSFERS, key, **asked)["rows"]
    flows = venue.read(FLOW, key, **WEEK, symbol=PAIR, limit=1_000)
    assert row["txId"] not in {flow["tranId"] for flow in flows}


def test_a_pair_is_there_from_the_transfer_that_opens_it(open_venue: OpenVenue) -> None:
    before = open_venue(START + timedelta(days=1, hours=11))
    assert before.read(ISOLATED, before.credential(MASTER))["assets"] == []
    after = open_venue(START + timedelta(days=1, hours=14))
    [pair] = after.read(ISOLATED, after.credential(MASTER))["assets"]
    assert (pair["symbol"], pair["isolatedCreated"]) == (PAIR, True)
    assert (pair["baseAsset"]["asset"], pair["quoteAsset"]["asset"]) == ("ETH", "USDT")
    asked = {"symbols": "BTCUSDT,ETHBTC"}
    assert after.read(ISOLATED, after.credential(MASTER), **asked) == {"assets": []}
    many = {"symbols": "A,B,C,D,E,F"}
    assert after.refusal(ISOLATED, after.credential(MASTER), **many) == (400, -1130)


def test_worlds_have_every_kind_of_margin() -> None:
    worlds = [BinanceWorld(seed, START, 9, 0, BinanceOptions()) for seed in range(30)]
    flows: set[str] = set()
    loans: set[tuple[str, str, bool]] = set()
    kinds: set[str] = set()
    wallets: set[str] = set()
    for world in worlds:
        movements = world.history.of_kind("margin_transactions")
        flows |= {row[0] for movement in movements for row in movement.fields["rows"]}
        told = [m.fields["loan"] for m in movements if m.fields["loan"] is not None]
        loans |= {(loan.direction, loan.initiator, loan.is_confirmed) for loan in told}
        kinds |= {movement.kind for movement in world.history.movements}
        wallets |= {t.kind for t in world.history.wallet_transfers if not t.is_confirmed}
    assert flows == {
        *("BORROW", "REPAY", "BUY_INCOME", "BUY_EXPENSE", "SELL_INCOME", "SELL_EXPENSE"),
        *("TRADING_COMMISSION", "BUY_LIQUIDATION", "SELL_LIQUIDATION", "LIQUIDATION_FEE"),
        "REPAY_LIQUIDATION",
    }
    assert loans == {
        *(("BORROW", "MANUAL", True), ("BORROW", "MANUAL", False), ("BORROW", "AUTO", True)),
        *(("REPAY", "MANUAL", True), ("REPAY", "AUTO", True)),
    }
    assert {"small_liability_exchanges", "liquidation_repays", "margin_interests"} < kinds
    assert wallets & {"MAIN_MARGIN", "MARGIN_MAIN", "FUNDING_MARGIN", "MARGIN_FUNDING"}
