"""The one partition axis, the UTC day that a run closes, and the arithmetic that belongs to it.

A partition names the day being closed and not the window that is asked of a venue: what is still to
read is a question to coverage. Data sources are rows inside a partition, never a second axis.
"""

from datetime import UTC, date, datetime, time, timedelta

import dagster as dg

FIRST_DAY = date(2024, 1, 1)

day = dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), timezone="UTC")


def midnight(on: date) -> datetime:
    """Return the first instant of a UTC day; it belongs to that day and not to the one before."""
    return datetime.combine(on, time.min, tzinfo=UTC)


def day_of(instant: datetime) -> date:
    """Return the UTC day that holds an instant; the instant must be aware."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone; give an aware instant")
    return instant.astimezone(UTC).date()


def closing_window(closed: date) -> tuple[datetime, datetime]:
    """Return the half-open span [D+1, D+2) in which a live capture closes the day D."""
    opens = midnight(closed + timedelta(days=1))
    return opens, opens + timedelta(days=1)


def days_closed(partition_keys: list[str]) -> list[date]:
    """Return the days a run closes, in order; a range run has several and captures for the last."""
    return sorted(date.fromisoformat(key) for key in partition_keys)
