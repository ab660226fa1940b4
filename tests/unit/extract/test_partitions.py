"""The day being closed: whole UTC days, half open."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from coinfrs_pipelines.partitions import closing_window, day_of, days_closed, midnight


def test_midnight_belongs_to_the_new_day() -> None:
    first = midnight(date(2026, 1, 6))
    assert day_of(first) == date(2026, 1, 6)
    assert day_of(first - timedelta(microseconds=1)) == date(2026, 1, 5)


def test_a_day_is_a_utc_day_wherever_the_instant_was_told() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert day_of(datetime(2026, 1, 6, 8, 59, tzinfo=tokyo)) == date(2026, 1, 5)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        day_of(datetime(2026, 1, 6))  # noqa: DTZ001 -- that is what is refused.


def test_a_day_is_closed_in_the_day_after_it() -> None:
    assert closing_window(date(2026, 2, 28)) == (
        datetime(2026, 3, 1, tzinfo=UTC),
        datetime(2026, 3, 2, tzinfo=UTC),
    )


def test_the_days_of_a_run_are_in_order() -> None:
    keys = ["2026-01-10", "2026-01-09"]
    assert days_closed(keys) == [date(2026, 1, 9), date(2026, 1, 10)]
