"""What the faces of BFUSD, RWUSD, soft staking and on-chain yields show, and change later."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from coinfrs_pipelines.emulator.binance.faces.yields import FACES

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import Venue

DAY = 86_400_000
OPENING, DAYS = datetime(2026, 1, 5, tzinfo=UTC), 9
START = int(OPENING.timestamp()) * 1_000
NOW = START + 9 * DAY + 300_000
WINDOW = {"startTime": START - DAY, "endTime": START + 9 * DAY}
BFUSD, SOFT = "/sapi/v1/bfusd/history", "/sapi/v1/soft-staking/history/rewardsRecord"
ONCHAIN = "/sapi/v1/onchain-yields/locked/history"


def rows_of_everybody(venue: Venue, path: str, **given: Any) -> list[dict[str, Any]]:
    return [
        row
        for position in range(3)
        for row in venue.read(path, venue.credential(position), size=100, **WINDOW, **given)["rows"]
    ]


def rows_of_many_worlds(venue: Venue, path: str, **given: Any) -> list[dict[str, Any]]:
    return venue.rows_of_many_worlds(path, size=100, **WINDOW, **given)


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.path)
def test_a_window_is_thirty_days_unless_asked_otherwise_and_limited(
    venue: Venue, face: Any
) -> None:
    key, path = venue.credential(0), face.path
    days, start = (184, START - 100 * DAY) if face.weight == 150 else (90, START - 40 * DAY)
    usual = venue.read(path, key)
    assert usual == venue.read(path, key, startTime=NOW - 30 * DAY, endTime=NOW)
    # BFUSD and RWUSD end now where no end is asked for, the others thirty days on.
    open_ended = venue.read(path, key, startTime=start)["total"]
    assert open_ended == (usual["total"] if face.weight == 150 else 0)
    wide = {"startTime": START - days * DAY - 1, "endTime": START}
    assert venue.refusal(path, key, **wide) == (400, -4047)


def test_a_redemption_gives_less_than_it_takes_by_its_fee(venue: Venue) -> None:
    rows = rows_of_many_worlds(venue, f"{BFUSD}/redemptionHistory")
    assert rows
    for row in rows:
        assert Decimal(row["amount"]) - Decimal(row["fee"]) == Decimal(row["receiveAmount"])
        assert Decimal(row["fee"]) > 0
        assert row["arrivalTime"] >= row["time"]


def test_soft_staking_pays_several_assets_at_midnight_and_some_rows_are_equal(
    venue: Venue,
) -> None:
    rows = rows_of_everybody(venue, SOFT)
    assert {row["time"] % DAY for row in rows} == {0}
    assert len({row["rewardAsset"] for row in rows}) > 1
    twins = Counter(tuple(sorted(row.items())) for row in rows)
    assert twins.most_common(1)[0][1] > 1
    assert {row["asset"] for row in rows_of_everybody(venue, SOFT, asset="BNB")} == {"BNB"}


def test_an_onchain_subscription_tells_its_wallets_and_where_both_gave_how_much(
    venue: Venue,
) -> None:
    path = f"{ONCHAIN}/subscriptionRecord"
    rows = rows_of_many_worlds(venue, path)
    assert {row["sourceAccount"] for row in rows} == {"SPOT", "FUNDING", "SPOTANDFUNDING"}
    for row in rows:
        if row["sourceAccount"] == "SPOTANDFUNDING":
            parts = Decimal(row["amtFromSpot"]) + Decimal(row["amtFromFunding"])
            assert parts == Decimal(row["amount"])
        else:
            assert "amtFromSpot" not in row


def test_an_onchain_redemption_is_created_and_paid_when_it_is_delivered(
    venue: Venue,
) -> None:
    path = f"{ONCHAIN}/redemptionRecord"
    rows = rows_of_many_worlds(venue, path)
    assert rows
    for row in rows:
        is_paid = int(row["deliverDate"]) < NOW
        assert row["isComplete"] is is_paid
        assert row["status"] == ("PAID" if is_paid else "CREATED")
