"""Take the capture that closes a day: once, in the day after it, and never for a day that is past.

Venue time decides. A capture that is not taken is an outcome with its reason and never a balance of
zero. How a wallet is read whole is the connectors' business.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from coinfrs_pipelines.connectors.http import VenueClient
from coinfrs_pipelines.connectors.positions import Reading
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.attempts import Attempt, named
from coinfrs_pipelines.extract.coverage import READ, Outcome, Subject
from coinfrs_pipelines.extract.landing import ReadingOf
from coinfrs_pipelines.partitions import closing_window

LIVE_CAPTURES = "live_captures"

DAY_NOT_OVER = Outcome("not_taken", "day_not_over", "The venue's day has not ended yet.")
DAY_IS_PAST = Outcome(
    "not_taken", "day_is_past", "A capture closes a day only on the day after it; this is later."
)
NOT_THE_LAST_DAY = Outcome(
    "not_taken", "not_the_last_day", "A run captures for its last day; run this day by itself."
)


def capture(
    attempt: Attempt,
    subject: Subject,
    read: Callable[[VenueClient], Sequence[Reading]],
    account_ref_of: Callable[[Reading], str],
) -> Outcome | None:
    """Capture a wallet for the run's last day, and say why the other days get none.

    None where there is nothing to add to what is on record: the day is past, and an earlier attempt
    has said what became of it.

    Raises:
        VenueError: the venue refuses; what it answered has landed.
        LandingError: the database refuses.

    """
    run, connection, data_source = attempt.run, attempt.connection, attempt.data_source
    now = attempt.client.venue_now
    _record_earlier_days(attempt, subject, now)
    if coverage.is_captured(connection, data_source, subject.name, run.last_day):
        return READ
    opens, closes = closing_window(run.last_day)
    if now < opens:
        return DAY_NOT_OVER
    if now >= closes:
        days = coverage.never_attempted(connection, data_source, subject, [run.last_day])
        return DAY_IS_PAST if days else None
    with attempt.keeping_evidence(LIVE_CAPTURES):
        readings = read(attempt.client)
    if any(not opens <= reading.taken_at < closes for reading in readings):
        return DAY_IS_PAST
    landed = attempt.land_readings(
        LIVE_CAPTURES,
        [_of_day(reading, account_ref_of(reading), run.last_day) for reading in readings],
    )
    return _outcome(readings, landed.quarantined)


def _of_day(reading: Reading, account_ref: str, closes_day: date) -> ReadingOf:
    """Name a reading by what it is of and when; one that is not whole is no version of a whole."""
    name = f"{reading.wallet}:{reading.taken_at.isoformat()}"
    if not reading.is_whole:
        name += ":partial"
    return ReadingOf(reading, account_ref, closes_day, name)


def _outcome(readings: Sequence[Reading], quarantined: int) -> Outcome:
    partial = [reading for reading in readings if not reading.is_whole]
    if partial:
        types = named([reading.account_type for reading in partial])
        first = partial[0].disagreement
        return Outcome("failed", "not_whole", f"{types}: {first}")
    if quarantined:
        return Outcome("failed", "quarantined", "The balances are no JSON that can be stored.")
    return READ


def _record_earlier_days(attempt: Attempt, subject: Subject, now: datetime) -> None:
    """Say of each earlier day of the run that it gets no capture, unless that was said before."""
    for day in coverage.never_attempted(
        attempt.connection, attempt.data_source, subject, attempt.run.days[:-1]
    ):
        if not coverage.is_captured(attempt.connection, attempt.data_source, subject.name, day):
            is_past = now >= closing_window(day)[1]
            attempt.record(subject, day, DAY_IS_PAST if is_past else NOT_THE_LAST_DAY)
