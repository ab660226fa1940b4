"""What the faces of staking show, page, change later and refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from coinfrs_pipelines.emulator.binance.faces.staking import FACES

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

DAY = 86_400_000
OPENING, DAYS = datetime(2026, 1, 5, tzinfo=UTC), 9
START = int(OPENING.timestamp()) * 1_000
WINDOW = {"startTime": START - DAY, "endTime": START + 9 * DAY}
ETH, SOL = "/sapi/v1/eth-staking", "/sapi/v1/sol-staking/sol/history"
STAKINGS, REDEMPTIONS = f"{ETH}/eth/history/stakingHistory", f"{ETH}/eth/history/redemptionHistory"
BOOSTS = f"{SOL}/boostRewardsHistory"


EXCHANGES = {
    STAKINGS: "eth_staking",
    f"{SOL}/stakingHistory": "sol_staking",
    f"{ETH}/wbeth/history/unwrapHistory": "wbeth_unwrap",
    "/sapi/v1/bfusd/history/subscriptionHistory": "bfusd_subscription",
    "/sapi/v1/rwusd/history/subscriptionHistory": "rwusd_subscription",
}
EXCHANGED_BACK = {"eth_redemption", "sol_redemption", "bfusd_redemption", "rwusd_redemption"}


def rows_of_everybody(venue: Venue, path: str, **given: Any) -> list[dict[str, Any]]:
    return [
        row
        for position in range(3)
        for row in venue.read(path, venue.credential(position), size=100, **WINDOW, **given)["rows"]
    ]


def rows_of_many_worlds(venue: Venue, path: str, **given: Any) -> list[dict[str, Any]]:
    return venue.rows_of_many_worlds(path, size=100, **WINDOW, **given)


def test_a_history_is_read_by_pages_and_tells_its_total(venue: Venue) -> None:
    key = venue.credential(0)
    everything = venue.read(STAKINGS, key, size=100, **WINDOW)
    assert everything["total"] == len(everything["rows"]) > 1
    pages = [
        venue.read(STAKINGS, key, size=1, current=number + 1, **WINDOW)
        for number in range(everything["total"])
    ]
    assert [page["rows"][0] for page in pages] == everything["rows"]
    assert {page["total"] for page in pages} == {everything["total"]}


@pytest.mark.parametrize("path", [face.path for face in FACES])
def test_a_window_is_thirty_days_unless_asked_otherwise_and_three_months_at_most(
    venue: Venue, path: str
) -> None:
    key, kind = venue.credential(0), {"type": "CLAIM"} if path == BOOSTS else {}
    assert venue.read(path, key, **kind) == venue.read(
        path, key, startTime=START - 21 * DAY, endTime=START + 9 * DAY + 300_000, **kind
    )
    # Without an end it is not now that ends it.
    assert venue.read(path, key, startTime=START - 40 * DAY, **kind)["total"] == 0
    wide = {"startTime": START - 90 * DAY - 1, "endTime": START}
    assert venue.refusal(path, key, **wide, **kind) == (400, -4047)


def test_a_staking_may_be_pending_and_then_succeed_or_fail(
    venue: Venue, open_venue: OpenVenue
) -> None:
    statuses = {row["status"] for path in EXCHANGES for row in rows_of_many_worlds(venue, path)}
    assert statuses == {"SUCCESS", "FAILED"}
    world, at = next(
        (world, movement.at)
        for world in venue.emulation.worlds.values()
        for kind in EXCHANGES.values()
        for movement in world.binance.history.of_kind(kind)
        if movement.fields["final_at"] > movement.at > OPENING
    )
    while_it_waits = open_venue(at + timedelta(seconds=1), seed=world.binance.seed)
    assert "PENDING" in {
        row["status"] for path in EXCHANGES for row in rows_of_everybody(while_it_waits, path)
    }


def test_a_redemption_is_pending_until_it_arrives(venue: Venue) -> None:
    rows = rows_of_many_worlds(venue, REDEMPTIONS)
    now = START + 9 * DAY + 300_000
    assert rows
    assert all(row["arrivalTime"] > row["time"] for row in rows)
    assert {row["status"] for row in rows if row["arrivalTime"] >= now} <= {"PENDING", "FAILED"}
    assert {row["status"] for row in rows if row["arrivalTime"] < now} <= {"SUCCESS", "FAILED"}
    assert all(Decimal(row["distributeAmount"]) > Decimal(row["amount"]) for row in rows)


@pytest.mark.parametrize("stays", [False, True])
def test_what_is_redeemed_leaves_at_once_or_stays_until_it_is_paid(
    venue: Venue, *, stays: bool
) -> None:
    options = {"binance": {"redeemed_leaves_on_arrival": stays}}
    worlds = [venue.emulation.add_world(seed, OPENING, DAYS, options) for seed in range(4)]
    instants = [
        len({leg.at for leg in movement.legs})
        for world in worlds
        for movement in world.binance.history.movements
        if movement.kind in EXCHANGED_BACK and len(movement.legs) == 2
    ]
    assert set(instants) == ({1} if stays else {2})


def test_claims_are_told_in_seconds_several_at_one_time(venue: Venue) -> None:
    rows = rows_of_many_worlds(venue, BOOSTS, type="CLAIM")
    assert rows
    assert all(row["time"] < 10**10 for row in rows)
    assert len({row["time"] for row in rows}) < len(rows)
    assert any(len(row["amount"].partition(".")[2]) > 8 for row in rows)
    assert rows_of_many_worlds(venue, BOOSTS, type="DISTRIBUTE") == []


def test_claims_want_their_type(venue: Venue) -> None:
    assert venue.refusal(BOOSTS, venue.credential(0), **WINDOW) == (400, -1102)
