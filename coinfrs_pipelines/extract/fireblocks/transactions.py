"""Transactions around the captures, which the venue has no feed of changes of.

What is new is listed by creation time, and records that may still change are read again by their
id: the open ones until they are terminal, and calls until their network records are settled. Both
happen before the captures and after them, so that a record which changes between two runs is seen
on both sides of every capture. Closed records change too: a trailing window is listed daily.

Where nothing is captured any more on a day, what is open waits longer the older it is.
"""

from datetime import datetime, timedelta

from coinfrs_pipelines.connectors.errors import NotEnabled, Permanent, VenueError
from coinfrs_pipelines.connectors.fireblocks.positions import WALLET
from coinfrs_pipelines.connectors.fireblocks.streams import TRANSACTIONS, reread
from coinfrs_pipelines.connectors.streams import MILLISECOND
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.attempts import Attempt, outcome_of_refused
from coinfrs_pipelines.extract.coverage import Outcome, Span, Subject
from coinfrs_pipelines.extract.evidence import Proven

# How far the listing before the captures reaches back into what was listed before: a record may be
# shown a little later than it says it was created.
OVERLAP = timedelta(hours=1)

# An open record waits for a part of its age, and no longer than a day.
PART_OF_AGE = 24
WAIT_MAX = timedelta(days=1)
# A call whose network records may still be added: dbt counts it as settled from then on
# (macros/fireblocks/statuses.sql).
SETTLING = timedelta(hours=1)
# One that was this old when it was first read, and completed, had the time: a year of calls is not
# read again one by one.
OLD = timedelta(days=1)

# What may still change: a status that is not terminal or not known, a deposit that was rejected,
# which is a hold that may be lifted, and a call that has not settled (fireblocks.md C.1, C.6). One
# that was read since the newest capture is read again only when it has waited long enough.
TO_REREAD = """
with versions as (
    select
        raw.source_raw_id, raw.id, raw.occurred_at, raw.raw_payload ->> 'status' as status,
        raw.raw_payload ->> 'operation' as operation,
        raw.raw_payload #>> '{source,type}' as source_type,
        coalesce(raw.raw_payload ->> 'txHash', '') <> '' as has_hash,
        requests.observed_at
    from staging_fireblocks.raw_transactions as raw
    join coverage.requests on requests.id = raw.request_id
    where raw.data_source_id = %(data_source_id)s and raw.account_ref = %(account_ref)s
),
newest as (
    select distinct on (source_raw_id)
        *,
        min(observed_at) filter (where status = 'COMPLETED') over (partition by source_raw_id)
            as completed_at,
        bool_or(status is distinct from 'COMPLETED') over (partition by source_raw_id)
            as was_seen_open
    from versions
    order by source_raw_id, id desc
),
may_change as (
    select
        source_raw_id, coalesce(occurred_at, %(beginning)s) as occurred_at, completed_at,
        was_seen_open,
        coalesce(status, '') not in ('COMPLETED', 'CANCELLED', 'BLOCKED', 'FAILED', 'REJECTED')
        or (status = 'REJECTED' and has_hash and source_type is distinct from 'VAULT_ACCOUNT')
            as is_open
    from newest
    where status is distinct from 'COMPLETED' or operation in ('CONTRACT_CALL', 'PROGRAM_CALL')
),
last_read as (
    select
        may_change.*,
        (
            select max(as_of) from coverage.intervals
            where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
                and stream = %(stream)s and scope in ('', may_change.source_raw_id)
                and proven @> may_change.occurred_at
        ) as read_at
    from may_change
)
select source_raw_id, occurred_at from last_read
where
    (
        is_open
        and (
            %(everything)s
            or read_at is null
            or read_at < (
                select max(taken_at) from staging_fireblocks.raw_live_captures
                where data_source_id = %(data_source_id)s and is_whole
            )
            or %(now)s - read_at >= least((%(now)s - occurred_at) / %(part_of_age)s, %(wait_max)s)
        )
    )
    or (
        completed_at is not null
        and coalesce(read_at, completed_at) < completed_at + %(settling)s
        and %(now)s >= completed_at + %(settling)s
        and (was_seen_open or completed_at < occurred_at + %(old)s)
    )
order by occurred_at, source_raw_id
"""


def read_before_captures(attempt: Attempt, _subject: Subject) -> Outcome:
    """List what was created since the last listing, and see what became of the open records."""
    listed_to = coverage.proven_to(attempt.connection, attempt.data_source, TRANSACTIONS.name)
    again_from = coverage.BEGINNING if listed_to is None else listed_to - OVERLAP
    is_captured = coverage.is_captured(
        attempt.connection, attempt.data_source, WALLET, attempt.run.last_day
    )
    return _read_transactions(attempt, again_from, everything=not is_captured)


def read_after_captures(attempt: Attempt, _subject: Subject) -> Outcome:
    """List the trailing window again, for closed records change too, and the older open records."""
    again_from = attempt.read_again_from(TRANSACTIONS, attempt.client.venue_now)
    return _read_transactions(attempt, again_from, everything=False)


def _read_transactions(attempt: Attempt, again_from: datetime, *, everything: bool) -> Outcome:
    now = attempt.client.venue_now
    listed = attempt.read_spans(
        TRANSACTIONS,
        "",
        again_from=min(again_from, now),
        reach_back_to=coverage.BEGINNING,
        now=now,
    )
    return _reread(attempt, listed, everything=everything)


def _reread(attempt: Attempt, listed: list[Span], *, everything: bool) -> Outcome:
    """Read by its id every record that is due and that the listing just before has not shown."""
    due = [
        (tx_id, created_at)
        for tx_id, created_at in to_reread(attempt, everything=everything)
        if not any(span.start <= created_at < span.end for span in listed)
    ]
    refused: dict[str, VenueError] = {}
    for tx_id, created_at in due:
        try:
            with attempt.keeping_evidence(TRANSACTIONS.name, tx_id):
                page = reread(attempt.client, tx_id)
        except (NotEnabled, Permanent) as error:
            refused[tx_id] = error
        else:
            proven = Proven(created_at, created_at + MILLISECOND)
            attempt.land(TRANSACTIONS, tx_id, [page], proven)
    return outcome_of_refused(refused, len(due))


def to_reread(attempt: Attempt, *, everything: bool) -> list[tuple[str, datetime]]:
    """Return the id and creation time of every transaction that may change and is due.

    With `everything`, all open ones are: a capture is about to be taken. One without a readable
    creation time counts as created at the beginning of time.
    """
    rows = attempt.connection.execute(
        TO_REREAD,
        {
            "data_source_id": attempt.data_source.id,
            "account_ref": attempt.data_source.account_ref,
            "stream": TRANSACTIONS.name,
            "beginning": coverage.BEGINNING,
            "everything": everything,
            "now": attempt.client.venue_now,
            "part_of_age": PART_OF_AGE,
            "wait_max": WAIT_MAX,
            "settling": SETTLING,
            "old": OLD,
        },
    ).fetchall()
    return [(tx_id, created_at) for tx_id, created_at in rows]
