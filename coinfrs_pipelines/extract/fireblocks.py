"""Fireblocks: transactions around the captures, captures of every vault account, the account list.

Transactions have no feed of changes: what is new is listed by creation time, and every record that
is still open is read again by its id. Both happen before the captures and after them, so that a
record which changes between two runs is seen on both sides of every capture.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import psycopg

from coinfrs_pipelines.connectors.errors import NotEnabled, Permanent, Unauthorised, VenueError
from coinfrs_pipelines.connectors.fireblocks import auth, positions
from coinfrs_pipelines.connectors.fireblocks.streams import (
    STREAMS,
    TRANSACTIONS,
    VAULT_ACCOUNTS,
    VENUE,
    reread,
)
from coinfrs_pipelines.connectors.http import Budget, Exchange, VenueClient
from coinfrs_pipelines.connectors.private_keys import UnusableKeyError
from coinfrs_pipelines.connectors.streams import MILLISECOND
from coinfrs_pipelines.core.data_sources import Credential, DataSource
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.attempts import Attempt, outcome_of_refused
from coinfrs_pipelines.extract.captures import capture
from coinfrs_pipelines.extract.coverage import READ, Outcome, Span, Subject
from coinfrs_pipelines.extract.evidence import Phase, Proven
from coinfrs_pipelines.extract.steps import Step, asset_of, register_asset

VAULT = Subject(positions.WALLET, "capture")

# How far the listing before the captures reaches back into what was listed before: a record may be
# shown a little later than it says it was created.
OVERLAP = timedelta(hours=1)

# What can still change its status. A status that is not known is open, and so is a deposit that was
# rejected: it is a hold that may be lifted (fireblocks.md C.1).
OPEN_TRANSACTIONS = """
with newest as (
    select distinct on (source_raw_id) source_raw_id, occurred_at, raw_payload
    from staging_fireblocks.raw_transactions
    where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
    order by source_raw_id, id desc
)
select source_raw_id, occurred_at from newest
where coalesce(raw_payload ->> 'status', '')
    not in ('COMPLETED', 'CANCELLED', 'BLOCKED', 'FAILED', 'REJECTED')
    or (
        raw_payload ->> 'status' = 'REJECTED'
        and raw_payload -> 'source' ->> 'type' is distinct from 'VAULT_ACCOUNT'
    )
order by occurred_at, source_raw_id
"""


def connect(
    credential: Credential,
    urls: Mapping[str, str],
    budget: Budget,
    on_exchange: Callable[[Exchange], None],
) -> VenueClient:
    """Return a client for a credential.

    Raises:
        Unauthorised: the private key cannot sign.

    """
    given = {"api_key": credential.api_key, "private_key_pem": credential.secret}
    try:
        return auth.connect(given, urls, budget, on_exchange)
    except UnusableKeyError as error:
        raise Unauthorised(VENUE, str(error)) from None


def read_before_captures(attempt: Attempt, _subject: Subject) -> Outcome:
    """List what was created since the last listing, and see what became of the open records."""
    listed_to = coverage.proven_to(attempt.connection, attempt.data_source, TRANSACTIONS.name)
    again_from = coverage.BEGINNING if listed_to is None else listed_to - OVERLAP
    return _read_transactions(attempt, again_from)


def read_after_captures(attempt: Attempt, _subject: Subject) -> Outcome:
    """List the trailing window again, for closed records change too, and the older open records."""
    again_from = attempt.read_again_from(TRANSACTIONS, attempt.client.venue_now)
    return _read_transactions(attempt, again_from)


def _read_transactions(attempt: Attempt, again_from: datetime) -> Outcome:
    now = attempt.client.venue_now
    listed = attempt.read_spans(
        TRANSACTIONS,
        "",
        again_from=min(again_from, now),
        reach_back_to=coverage.BEGINNING,
        now=now,
    )
    return _read_open(attempt, listed)


def _read_open(attempt: Attempt, listed: list[Span]) -> Outcome:
    """Read every open record by its id that the listing just before has not shown."""
    open_records = [
        (tx_id, created_at)
        for tx_id, created_at in still_open(attempt.connection, attempt.data_source)
        if not any(span.start <= created_at < span.end for span in listed)
    ]
    refused: dict[str, VenueError] = {}
    for tx_id, created_at in open_records:
        try:
            with attempt.keeping_evidence(TRANSACTIONS.name, tx_id):
                page = reread(attempt.client, tx_id)
        except (NotEnabled, Permanent) as error:
            refused[tx_id] = error
        else:
            proven = Proven(created_at, created_at + MILLISECOND)
            attempt.land(TRANSACTIONS, tx_id, [page], proven)
    return outcome_of_refused(refused, len(open_records))


def still_open(
    connection: psycopg.Connection, data_source: DataSource
) -> list[tuple[str, datetime]]:
    """Return the id and creation time of every transaction whose newest version may still change.

    One without a readable creation time counts as created at the beginning of time.
    """
    rows = connection.execute(
        OPEN_TRANSACTIONS,
        {"data_source_id": data_source.id, "account_ref": data_source.account_ref},
    ).fetchall()
    return [(tx_id, created_at or coverage.BEGINNING) for tx_id, created_at in rows]


def read_captures(attempt: Attempt, subject: Subject) -> Outcome | None:
    """Capture all vault accounts of the workspace as one."""
    workspace_id = attempt.data_source.account_ref
    return capture(
        attempt,
        subject,
        lambda client: positions.capture(client, workspace_id),
        lambda reading: f"{workspace_id}/{reading.account_type}",
    )


def read_vault_accounts(attempt: Attempt, _subject: Subject) -> Outcome:
    """Read the list of vault accounts: their names, and which of them are hidden."""
    attempt.read(VAULT_ACCOUNTS)
    return READ


streams_registered = register_asset(VENUE, STREAMS)


open_transactions = asset_of(
    Step(
        VENUE,
        connect,
        Phase.BEFORE_CAPTURES,
        (Subject(TRANSACTIONS.name),),
        read_before_captures,
        is_recorded=False,
    ),
    "open_transactions",
    [streams_registered],
    "Transactions as they stand just before the captures, landed in raw_transactions: one that "
    "changes later changed after the captures.",
)
raw_live_captures = asset_of(
    Step(VENUE, connect, Phase.CAPTURES, (VAULT,), read_captures),
    "raw_live_captures",
    [open_transactions],
    "Every whole reading of a vault account, taken on the day after the one it closes.",
)
raw_vault_accounts = asset_of(
    Step(
        VENUE,
        connect,
        Phase.AFTER_CAPTURES,
        (Subject(VAULT_ACCOUNTS.name),),
        read_vault_accounts,
    ),
    VAULT_ACCOUNTS.raw_table,
    [raw_live_captures],
    f"Every version of every vault account of {VAULT_ACCOUNTS.path}, verbatim.",
)
raw_transactions = asset_of(
    Step(
        VENUE,
        connect,
        Phase.AFTER_CAPTURES,
        (Subject(TRANSACTIONS.name),),
        read_after_captures,
    ),
    TRANSACTIONS.raw_table,
    [raw_live_captures],
    f"Every version of every record of {TRANSACTIONS.path}, verbatim.",
)

assets = [
    streams_registered,
    open_transactions,
    raw_live_captures,
    raw_vault_accounts,
    raw_transactions,
]
