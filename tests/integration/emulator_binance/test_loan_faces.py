"""What the faces of loans show, and change later."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from coinfrs_pipelines.emulator.binance.faces.loans import FACES

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

DAY, MINUTE = 86_400_000, timedelta(minutes=1)
OPENING, DAYS = datetime(2026, 1, 5, tzinfo=UTC), 9
START = int(OPENING.timestamp()) * 1_000
WINDOW = {"startTime": START - DAY, "endTime": START + 9 * DAY}
FLEXIBLE, VIP = "/sapi/v2/loan/flexible", "/sapi/v1/loan/vip/repay/history"
APPLICATIONS = "/sapi/v1/loan/vip/request/data"
LIQUIDATIONS = f"{FLEXIBLE}/liquidation/history"
BORROWS, ADJUSTMENTS = f"{FLEXIBLE}/borrow/history", f"{FLEXIBLE}/ltv/adjustment/history"


def rows_of_many_worlds(venue: Venue, path: str, **given: Any) -> list[dict[str, Any]]:
    return venue.rows_of_many_worlds(path, limit=100, **WINDOW, **given)


@pytest.mark.parametrize("path", [face.path for face in FACES if face.path != APPLICATIONS])
def test_a_window_is_ninety_days_unless_asked_otherwise_and_half_a_year_at_most(
    venue: Venue, path: str
) -> None:
    key, now = venue.credential(0), START + 9 * DAY + 300_000
    assert venue.read(path, key) == venue.read(path, key, startTime=now - 90 * DAY, endTime=now)
    wide = {"startTime": START - 180 * DAY - 1, "endTime": START}
    assert venue.refusal(path, key, **wide) == (400, -4047)


def test_loans_are_made_or_refused_and_told_by_their_coins(venue: Venue) -> None:
    rows = rows_of_many_worlds(venue, BORROWS)
    assert {row["status"] for row in rows} >= {"SUCCEEDS", "FAILED"}
    in_usdt = rows_of_many_worlds(venue, BORROWS, loanCoin="USDT")
    assert in_usdt == [row for row in rows if row["loanCoin"] == "USDT"]


def test_two_changes_of_collateral_may_be_equal(venue: Venue) -> None:
    rows = rows_of_many_worlds(venue, ADJUSTMENTS)
    assert {row["direction"] for row in rows} == {"ADDITIONAL", "REDUCED"}
    twins = Counter(tuple(sorted(row.items())) for row in rows)
    assert twins.most_common(1)[0][1] > 1


def test_a_liquidation_tells_what_is_left_once_it_is_over(open_venue: OpenVenue) -> None:
    venue = open_venue(OPENING)
    movement = next(
        movement
        for movement in venue.world.binance.history.of_kind("flexible_liquidation")
        if movement.fields["returned"] and movement.fields["ended_at"] - movement.at > MINUTE
    )
    key = next(
        key for key in venue.world.binance.credentials() if key["account_ref"] == str(movement.uid)
    )
    seen = []
    for instant in (movement.at, movement.fields["ended_at"]):
        venue.emulation.clock.advance_to(instant + timedelta(seconds=1))
        rows = venue.read(LIQUIDATIONS, key, limit=100)["rows"]
        seen += [
            (row["status"], Decimal(row["returnCollateralAmount"]))
            for row in rows
            if row["liquidationStartingTime"] == int(movement.at.timestamp() * 1_000)
        ]
    assert seen == [("Liquidating", 0), ("Liquidated", movement.fields["returned"])]


def test_an_application_for_a_vip_loan_waits_and_is_then_paid_out_or_refused(
    open_venue: OpenVenue,
) -> None:
    venue = open_venue(OPENING)
    key = venue.credential(0)
    applications = venue.world.binance.history.of_kind("vip_borrow")
    for movement in applications:
        seen = []
        for instant in (movement.at, movement.fields["paid_at"]):
            venue.emulation.clock.advance_to(instant + timedelta(seconds=1))
            rows = venue.read(APPLICATIONS, key, limit=100)["rows"]
            seen += [row["status"] for row in rows if row["requestId"] == movement.record_id]
        is_paid = movement.fields["is_successful"]
        assert seen == ["Pending", "Accruing_Interest" if is_paid else "Failed"]
    assert {movement.fields["is_successful"] for movement in applications} == {True, False}
    answer = venue.read(APPLICATIONS, key, limit=1, current=2)
    assert (len(answer["rows"]), answer["total"]) == (1, len(applications))
    assert venue.read(APPLICATIONS, venue.credential(1))["total"] == 0


def test_a_vip_loan_is_repaid_in_parts_of_one_order(venue: Venue) -> None:
    rows = rows_of_many_worlds(venue, VIP)
    assert {row["repayStatus"] for row in rows} <= {"Repaid", "Repaying", "Failed"}
    assert len({row["orderId"] for row in rows}) < len(rows)
    assert all(int(row["orderId"]) > 2**53 for row in rows)
    assert all(isinstance(row["repayTime"], str) for row in rows)
