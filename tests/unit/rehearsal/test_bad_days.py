"""Bad days are of the venues whose keys are registered, and what was felt of them is told."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from coinfrs_pipelines.emulator import admin
from coinfrs_pipelines.emulator.app import serve
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.rehearsal import bad_days
from coinfrs_pipelines.rehearsal.venues import EmulatedVenues

START = datetime(2026, 1, 5, tzinfo=UTC)
CAPTURE = START + timedelta(days=1, minutes=5)


@pytest.fixture
def emulated() -> Iterator[EmulatedVenues]:
    emulation = Emulation(VenueClock(CAPTURE, held=True), limits_factor=Decimal(1))
    world = emulation.add_world(7, START, 3)
    with serve(emulation) as running:
        announced = {
            "worlds": [admin.describe(world)],
            "binance_url": running.url,
            "fireblocks_url": running.url,
            "admin_url": f"{running.url}/emulator",
        }
        with EmulatedVenues(announced) as venues:
            yield venues


def injected(
    emulated: EmulatedVenues, *venues: str, capture: datetime = CAPTURE, is_last: bool = False
) -> list[dict[str, Any]]:
    world = emulated.worlds[0]
    bad_days.have_a_bad_day(emulated, world, venues, seed=3, capture=capture, is_last=is_last)
    return [told["fault"] for told in emulated.faults(world)]


def test_of_fireblocks_alone_its_own_requests_fail_and_its_own_records_are_late(
    emulated: EmulatedVenues,
) -> None:
    faults = injected(emulated, "fireblocks")
    assert {fault["path"].split("/")[1] for fault in faults if "path" in fault} <= {"v1", ""}
    venue_of = {leg.event_id: leg.cell.venue for leg in emulated.truth(emulated.worlds[0], CAPTURE)}
    late = [fault for fault in faults if fault["kind"] in {"late_row", "drop_row"}]
    assert {venue_of[fault["event_id"]] for fault in late} == {"fireblocks"}
    kinds = {fault["kind"] for fault in faults}
    assert kinds == {*bad_days.FELT_BY_ALL, bad_days.FELT_BY_LARGE, "late_row", "drop_row"}


def test_of_both_venues_both_have_bad_days(emulated: EmulatedVenues) -> None:
    faults = injected(emulated, "binance", "fireblocks")
    for kind in ("http_429", "http_5xx", "cut_connection", "repeat_page"):
        paths = [fault["path"] for fault in faults if fault["kind"] == kind]
        assert {path.startswith("/v1/") for path in paths} == {True, False}
    kinds = Counter(fault["kind"] for fault in faults)
    assert kinds["missing_snapshot"] == 1
    assert kinds["late_row"] == 2 * bad_days.LATE_A_DAY


def test_nothing_is_late_on_the_last_day(emulated: EmulatedVenues) -> None:
    kinds = {fault["kind"] for fault in injected(emulated, "binance", "fireblocks", is_last=True)}
    assert not kinds & {"late_row", "drop_row"}


def test_a_path_fails_on_one_day_in_one_way(emulated: EmulatedVenues) -> None:
    """What one day leaves of a count would add up with the next day's to more than is retried."""
    for number in range(3):
        faults = injected(emulated, "binance", capture=CAPTURE + timedelta(days=number))
    paths = [fault["path"] for fault in faults if fault["kind"] in bad_days.FAILING]
    assert len(set(paths)) == len(paths) == 3 * 4 * len(bad_days.FAILING)
    assert not [one for one in paths for other in paths if one != other and one.startswith(other)]


def test_what_nobody_felt_is_a_difference(emulated: EmulatedVenues) -> None:
    injected(emulated, "fireblocks")
    counted = bad_days.felt(emulated, emulated.worlds[0])
    kinds = len(bad_days.FELT_BY_ALL)
    assert len(bad_days.not_felt(counted, is_large=False)) == kinds
    assert len(bad_days.not_felt(counted, is_large=True)) == kinds + 1
    assert bad_days.not_felt(dict.fromkeys(bad_days.FELT_BY_ALL, 1), is_large=False) == []
