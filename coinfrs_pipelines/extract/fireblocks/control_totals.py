"""Land the venue's own totals over all vault accounts beside the captures of a closing.

Once per closing day and only while its captures may be taken: it is a control of them.
"""

from coinfrs_pipelines.connectors.fireblocks import positions
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.attempts import Attempt
from coinfrs_pipelines.extract.coverage import READ, Outcome, Subject
from coinfrs_pipelines.extract.landing import ReadingOf
from coinfrs_pipelines.partitions import closing_window

CONTROL_TOTALS = Subject("control_totals")
QUARANTINED = Outcome("failed", "quarantined", "The totals are no JSON that can be stored.")


def read_control_totals(attempt: Attempt, subject: Subject) -> Outcome | None:
    """Read the totals for the run's last day; None where no capture of that day is taken now."""
    day, source = attempt.run.last_day, attempt.data_source
    opens, closes = closing_window(day)
    name = positions.CONTROL_TOTAL
    if coverage.is_captured(attempt.connection, source, name, day, subject.name):
        return READ
    if not opens <= attempt.client.venue_now < closes:
        return None
    with attempt.keeping_evidence(subject.name):
        reading = positions.control_totals(attempt.client)
    if not opens <= reading.taken_at < closes:
        return None
    landed = attempt.land_readings(
        subject.name,
        [ReadingOf(reading, source.account_ref, day, f"{name}:{reading.taken_at.isoformat()}")],
    )
    return QUARANTINED if landed.quarantined else READ
