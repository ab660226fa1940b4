"""The venue clock is held or runs, and only moves forward."""

from datetime import UTC, datetime, timedelta

import pytest

from coinfrs_pipelines.emulator.clock import ClockRefusedError, VenueClock

START = datetime(2026, 1, 5, 0, 5, tzinfo=UTC)


def test_a_held_clock_stands_still() -> None:
    clock = VenueClock(START, held=True)
    assert {clock.now() for _ in range(1_000)} == {START}


def test_a_running_clock_runs_from_where_it_started() -> None:
    clock = VenueClock(START)
    assert not clock.held
    assert timedelta(0) <= clock.now() - START < timedelta(seconds=5)


def test_time_is_told_in_whole_milliseconds() -> None:
    clock = VenueClock(START.replace(microsecond=123_456), held=True)
    assert clock.now().microsecond == 123_000


def test_a_held_clock_stays_held_when_it_is_moved() -> None:
    clock = VenueClock(START, held=True)
    clock.advance_to(START + timedelta(days=1))
    assert (clock.now(), clock.held) == (START + timedelta(days=1), True)


@pytest.mark.parametrize("held", [True, False])
def test_a_clock_refuses_to_go_back_and_past_real_now(*, held: bool) -> None:
    clock = VenueClock(START, held=held)
    with pytest.raises(ClockRefusedError):
        clock.advance_to(START - timedelta(seconds=1))
    with pytest.raises(ClockRefusedError):
        clock.advance_to(datetime.now(UTC) + timedelta(minutes=1))


def test_a_clock_cannot_start_in_the_future() -> None:
    with pytest.raises(ClockRefusedError):
        VenueClock(datetime.now(UTC) + timedelta(minutes=1))


def test_a_clock_may_run_and_be_held_again() -> None:
    clock = VenueClock(START, held=True)
    clock.run()
    assert not clock.held
    clock.hold()
    assert clock.held
    assert START <= clock.now() < START + timedelta(seconds=5)
