"""What the face of dual investments shows, pages, and changes later."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from coinfrs_pipelines.emulator.binance.faces.dual_investments import FACES

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

[FACE] = FACES
START = datetime(2026, 1, 5, tzinfo=UTC)


def positions(venue: Venue, **given: Any) -> list[dict[str, Any]]:
    return [
        row
        for position in range(3)
        for row in venue.read(FACE.path, venue.credential(position), pageSize=100, **given)["list"]
    ]


def test_all_positions_are_told_by_pages_of_ten(venue: Venue) -> None:
    key = venue.credential(0)
    everything = venue.read(FACE.path, key, pageSize=100)
    assert everything["total"] == len(everything["list"]) > 1
    first = venue.read(FACE.path, key)
    assert first == {"total": everything["total"], "list": everything["list"][:10]}
    last = venue.read(FACE.path, key, pageSize=1, pageIndex=everything["total"])
    assert last["list"] == everything["list"][-1:]
    assert venue.refusal(FACE.path, key, pageSize=101) == (400, -1130)


def test_a_position_is_told_by_its_status(venue: Venue) -> None:
    rows = positions(venue)
    for status in {row["purchaseStatus"] for row in rows}:
        told = positions(venue, status=status)
        assert told == [row for row in rows if row["purchaseStatus"] == status]


def test_no_position_is_settled_in_a_world_without_that_option(venue: Venue) -> None:
    statuses = Counter(row["purchaseStatus"] for row in positions(venue))
    assert set(statuses) <= {"PURCHASE_SUCCESS", "PURCHASE_FAIL", "REFUNDING", "REFUND_SUCCESS"}
    assert statuses["PURCHASE_SUCCESS"] > 1


def test_a_position_is_pending_then_bought_then_settling_and_settled(
    open_venue: OpenVenue,
) -> None:
    venue = open_venue(START, options={"dual_investments_settle": True})
    movement = next(
        movement
        for movement in venue.world.binance.history.of_kind("dual_investments")
        if movement.fields["is_successful"]
        and not movement.fields["is_refunded"]
        and movement.fields["ended_at"] - movement.fields["settles_at"] > timedelta(minutes=1)
    )
    key = next(
        key for key in venue.world.binance.credentials() if key["account_ref"] == str(movement.uid)
    )
    seen = []
    for at in ("at", "decided_at", "settles_at", "ended_at"):
        instant = movement.at if at == "at" else movement.fields[at]
        venue.emulation.clock.advance_to(instant + timedelta(seconds=1))
        rows = venue.read(FACE.path, key, pageSize=100)["list"]
        seen += [row["purchaseStatus"] for row in rows if row["id"] == movement.record_id]
    assert seen == ["PENDING", "PURCHASE_SUCCESS", "SETTLING", "SETTLED"]
