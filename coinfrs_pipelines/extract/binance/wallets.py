"""The positions of an account: live captures of its wallets, and the venue's daily snapshots."""

from datetime import datetime, timedelta

from coinfrs_pipelines.connectors.binance import positions
from coinfrs_pipelines.connectors.binance.wallets import SNAPSHOT_WALLETS, WALLETS
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.attempts import Attempt
from coinfrs_pipelines.extract.binance.products import absent
from coinfrs_pipelines.extract.captures import capture
from coinfrs_pipelines.extract.coverage import READ, Outcome, Subject
from coinfrs_pipelines.extract.landing import ReadingOf
from coinfrs_pipelines.partitions import day_of, midnight

DAY = timedelta(days=1)

SNAPSHOTS = Subject("account_snapshots")
CAPTURES = {Subject(wallet.name, "capture"): wallet for wallet in WALLETS}

NOT_PUBLISHED = Outcome(
    "not_taken", "not_published", "The venue has not published its snapshot of the day (yet)."
)


def read_captures(attempt: Attempt, subject: Subject) -> Outcome | None:
    """Capture one of the account's wallets."""
    wallet = CAPTURES[subject]
    is_absent = absent(attempt, wallet.product)
    if is_absent is not None:
        return is_absent
    return capture(
        attempt,
        subject,
        lambda client: positions.capture(client, wallet),
        lambda _: attempt.data_source.account_ref,
    )


def read_snapshots(attempt: Attempt, _subject: Subject) -> Outcome:
    """Read the venue's own daily snapshots again, a month back at most, for they may be corrected.

    None from before the chains of a wallet begin: nothing could lead up to it.
    """
    now = attempt.client.venue_now
    is_there = True
    for account_type, (wallet, product) in SNAPSHOT_WALLETS.items():
        if absent(attempt, product) is None:
            is_there &= _read_snapshots_of(attempt, account_type, wallet, now)
    return READ if is_there else NOT_PUBLISHED


def _read_snapshots_of(attempt: Attempt, account_type: str, wallet: str, now: datetime) -> bool:
    """Read one type of snapshots; return whether that of the run's last day is there."""
    oldest = midnight(day_of(now)) + DAY - positions.SNAPSHOT_WINDOW
    begins = _chains_begin(attempt, wallet, midnight(day_of(now)))
    with attempt.keeping_evidence(SNAPSHOTS.name):
        readings = positions.account_snapshots(
            attempt.client, account_type, max(begins - DAY, oldest), now
        )
    of_chains = [
        ReadingOf(
            reading,
            attempt.data_source.account_ref,
            day_of(reading.taken_at - DAY),
            f"{reading.account_type}:{reading.taken_at.isoformat()}",
        )
        for reading in readings
        if reading.taken_at >= begins
    ]
    attempt.land_readings(SNAPSHOTS.name, of_chains)
    return any(snapshot.closes_day == attempt.run.last_day for snapshot in of_chains)


def _chains_begin(attempt: Attempt, wallet: str, today: datetime) -> datetime:
    """Return the midnight before the first capture, or where the owner's history begins."""
    first = coverage.first_capture(attempt.connection, attempt.data_source, wallet)
    begins = today if first is None else min(today, midnight(day_of(first)))
    history_start = attempt.data_source.history_start
    return begins if history_start is None else min(begins, midnight(history_start) + DAY)
