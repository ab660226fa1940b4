"""Fireblocks: transactions around the captures, captures of every vault account, what they need.

Transactions have no feed of changes (`transactions.py`). Captures are compared with the venue's own
totals (`control_totals.py`), and a fee that no record tells is looked up (`receipts.py`).
"""

from coinfrs_pipelines.connectors.fireblocks import auth, positions
from coinfrs_pipelines.connectors.fireblocks.streams import (
    RECEIPTS,
    STREAMS,
    TRANSACTIONS,
    VAULT_ACCOUNTS,
    VENUE,
)
from coinfrs_pipelines.extract.attempts import Attempt
from coinfrs_pipelines.extract.captures import capture
from coinfrs_pipelines.extract.coverage import READ, Outcome, Subject
from coinfrs_pipelines.extract.evidence import Phase
from coinfrs_pipelines.extract.fireblocks.control_totals import CONTROL_TOTALS, read_control_totals
from coinfrs_pipelines.extract.fireblocks.receipts import read_receipts
from coinfrs_pipelines.extract.fireblocks.transactions import (
    read_after_captures,
    read_before_captures,
)
from coinfrs_pipelines.extract.sources import Step
from coinfrs_pipelines.extract.steps import asset_of, register_asset

VAULT = Subject(positions.WALLET, "capture")

LISTED = """
select distinct source_raw_id from staging_fireblocks.raw_vault_accounts
where data_source_id = %s and account_ref = %s
"""


def read_captures(attempt: Attempt, subject: Subject) -> Outcome | None:
    """Capture all vault accounts of the workspace as one: those that were ever listed, at least."""
    workspace_id = attempt.data_source.account_ref
    rows = attempt.connection.execute(LISTED, [attempt.data_source.id, workspace_id]).fetchall()
    listed = [vault_id for (vault_id,) in rows] or None
    return capture(
        attempt,
        subject,
        lambda client: positions.capture(client, workspace_id, listed),
        lambda reading: f"{workspace_id}/{reading.account_type}",
    )


def read_vault_accounts(attempt: Attempt, _subject: Subject) -> Outcome:
    """Read the list of vault accounts: their names, and which of them are hidden."""
    attempt.read(VAULT_ACCOUNTS)
    return READ


streams_registered = register_asset(VENUE, STREAMS)


raw_vault_accounts = asset_of(
    Step(
        VENUE,
        auth.connect,
        Phase.BEFORE_CAPTURES,
        (Subject(VAULT_ACCOUNTS.name),),
        read_vault_accounts,
    ),
    VAULT_ACCOUNTS.raw_table,
    [streams_registered],
    f"Every version of every vault account of {VAULT_ACCOUNTS.path}, verbatim.",
)
open_transactions = asset_of(
    Step(
        VENUE,
        auth.connect,
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
    Step(VENUE, auth.connect, Phase.CAPTURES, (VAULT,), read_captures),
    "raw_live_captures",
    [open_transactions, raw_vault_accounts],
    "Every reading of a vault account, taken on the day after the one it closes.",
)
raw_control_totals = asset_of(
    Step(VENUE, auth.connect, Phase.CAPTURES, (CONTROL_TOTALS,), read_control_totals),
    "raw_control_totals",
    [raw_live_captures],
    "The venue's own totals of each asset over all vault accounts, read beside the captures.",
)
raw_transactions = asset_of(
    Step(
        VENUE,
        auth.connect,
        Phase.AFTER_CAPTURES,
        (Subject(TRANSACTIONS.name),),
        read_after_captures,
    ),
    TRANSACTIONS.raw_table,
    [raw_live_captures],
    f"Every version of every record of {TRANSACTIONS.path}, verbatim.",
)
raw_receipts = asset_of(
    Step(
        VENUE,
        auth.connect,
        Phase.AFTER_CAPTURES,
        (Subject(RECEIPTS.name),),
        read_receipts,
    ),
    RECEIPTS.raw_table,
    [raw_transactions],
    f"Every version of {RECEIPTS.path} of a transaction whose record tells no fee, verbatim.",
)

assets = [
    streams_registered,
    raw_vault_accounts,
    open_transactions,
    raw_live_captures,
    raw_control_totals,
    raw_transactions,
    raw_receipts,
]
