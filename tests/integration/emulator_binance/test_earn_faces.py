"""What the faces of simple earn show, page, keep back and refuse."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

DAY = 86_400_000
START = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp()) * 1_000
FLEXIBLE, LOCKED = "/sapi/v1/simple-earn/flexible", "/sapi/v1/simple-earn/locked"
SUBSCRIPTIONS = f"{FLEXIBLE}/history/subscriptionRecord"
REDEMPTIONS = f"{FLEXIBLE}/history/redemptionRecord"
REWARDS = f"{FLEXIBLE}/history/rewardsRecord"
COLLATERALS = f"{FLEXIBLE}/history/collateralRecord"
SEEDS = range(4)


def test_a_window_of_thirty_days_is_allowed_and_one_millisecond_more_is_not(venue: Venue) -> None:
    key = venue.credential(0)
    for path in (SUBSCRIPTIONS, REWARDS, COLLATERALS, f"{LOCKED}/history/redemptionRecord"):
        end = START + 30 * DAY
        assert "rows" in venue.read(path, key, startTime=START, endTime=end)
        assert venue.refusal(path, key, startTime=START, endTime=end + 1) == (400, -6021)


def test_a_start_alone_asks_for_the_thirty_days_after_it(venue: Venue) -> None:
    key = venue.credential(0)
    everything = venue.read(SUBSCRIPTIONS, key, size=100)
    assert everything["total"] == len(everything["rows"]) > 1
    assert venue.read(SUBSCRIPTIONS, key, startTime=START - 29 * DAY, size=100)["rows"]
    assert not venue.read(SUBSCRIPTIONS, key, startTime=START - 40 * DAY, size=100)["rows"]


def test_pages_follow_each_other_and_tell_the_total(venue: Venue) -> None:
    key = venue.credential(0)
    whole = venue.read(REWARDS, key, size=100)
    pages = [venue.read(REWARDS, key, size=7, current=number) for number in (1, 2)]
    assert [row for page in pages for row in page["rows"]] == whole["rows"][:14]
    assert {page["total"] for page in pages} == {whole["total"]}
    assert venue.refusal(REWARDS, key, size=101)[0] == 400


def test_a_position_without_what_is_pledged_is_what_spot_shows_free(venue: Venue) -> None:
    for position in range(3):
        key = venue.credential(position)
        rows = venue.read(f"{FLEXIBLE}/position", key, size=100)["rows"]
        account = venue.read("/api/v3/account", key, omitZeroBalances="true")["balances"]
        snapshot = {entry["asset"]: entry for entry in account}
        assert rows
        for row in rows:
            token = snapshot[f"LD{row['asset']}"]
            assert Decimal(token["free"]) == Decimal(row["totalAmount"])
            assert Decimal(token["locked"]) == Decimal(row["collateralAmount"])
        user_assets = venue.read("/sapi/v3/asset/getUserAsset", key)
        assert not {f"LD{row['asset']}" for row in rows} & {row["asset"] for row in user_assets}


def test_the_spot_account_may_leave_flexible_earn_out(open_venue: OpenVenue) -> None:
    venue = open_venue(options={"spot_shows_earn": False})
    balances = venue.read("/api/v3/account", venue.credential(0))["balances"]
    assert [row["asset"] for row in balances if row["asset"].startswith("LD")] == ["LDO"]


def test_a_redemption_waits_for_its_payment_and_no_field_tells_when_it_came(
    open_venue: OpenVenue,
) -> None:
    statuses: Counter[str] = Counter()
    for seed in SEEDS:
        venue = open_venue(seed=seed)
        for position in range(3):
            rows = venue.read(REDEMPTIONS, venue.credential(position), size=100)["rows"]
            statuses.update(row["status"] for row in rows)
            assert {row["destAccount"] for row in rows} <= {"SPOT", "FUND"}
    assert statuses["PAID"] > statuses["FAILED"] > 0


def test_real_time_rewards_come_at_midnight_and_may_be_told_twice(open_venue: OpenVenue) -> None:
    twins = 0
    for seed in SEEDS:
        rows = _realtime(open_venue(seed=seed))
        assert rows
        assert all(row["time"] % DAY == 0 for row in rows)
        equal = Counter(tuple(row.items()) for row in rows)
        twins += sum(count > 1 for count in equal.values())
    assert twins > 0


def _realtime(venue: Venue) -> list[dict[str, str | int]]:
    rows: list[dict[str, str | int]] = venue.read(
        REWARDS, venue.credential(0), type="REALTIME", size=100
    )["rows"]
    return rows


def test_the_total_of_collaterals_is_text(venue: Venue) -> None:
    told = venue.read(COLLATERALS, venue.credential(0), size=100)
    assert told["total"] == str(len(told["rows"]))
    assert {row["type"] for row in told["rows"]} == {"BORROW", "REPAY"}


def test_a_locked_position_is_paid_at_the_end_or_later_when_it_ends_early(
    open_venue: OpenVenue,
) -> None:
    kinds: Counter[str] = Counter()
    for seed in SEEDS:
        venue = open_venue(seed=seed)
        rows = venue.read(f"{LOCKED}/history/redemptionRecord", venue.credential(0), size=100)
        for row in rows["rows"]:
            kinds[row["type"]] += 1
            assert row["deliverDate"] % DAY == 0
            assert (row["time"] == row["deliverDate"]) is (row["type"] == "MATURE")
            assert (Decimal(row["lossAmount"]) > 0) is (row["type"] == "AHEAD")
    assert set(kinds) == {"MATURE", "AHEAD"}
