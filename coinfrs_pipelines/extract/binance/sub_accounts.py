"""Capture the sub-accounts that have no key of their own, by their master's key.

A sub-account's own key is its ledger, and where there is one its master reads nothing of it. What
is read here is a capture of the sub-account and lands as one; that no other key tells what moved
it, and that it proves nothing, is decided in dbt. Wallets that only the own key sees are not asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from coinfrs_pipelines.connectors.binance import positions
from coinfrs_pipelines.connectors.binance.sub_accounts import wallets_of
from coinfrs_pipelines.connectors.binance.wallets import Wallet
from coinfrs_pipelines.connectors.errors import NotEnabled, Permanent, VenueError
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.attempts import Attempt, outcome_of, outcome_of_refused
from coinfrs_pipelines.extract.captures import capture
from coinfrs_pipelines.extract.coverage import Outcome, Subject

# The outcomes of the single wallets are those of their sub-accounts.
SUB_ACCOUNT_WALLETS = Subject("sub_account_wallets")

# A key that the venue refuses is a key all the same: its sub-account is not read in its place.
WITHOUT_KEY = """
select distinct on (listed.source_raw_id)
    listed.source_raw_id as account_ref, listed.raw_payload ->> 'email' as email
from staging_binance.raw_sub_accounts as listed
where listed.data_source_id = %(data_source_id)s and listed.account_ref = %(account_ref)s
    and not exists (
        select from registry.data_sources as own
        where own.owner_id = %(owner_id)s and own.venue = 'binance'
            and own.environment = %(environment)s and own.account_ref = listed.source_raw_id
            and own.disabled_at is null
    )
order by listed.source_raw_id, listed.id desc
"""


@dataclass(frozen=True)
class SubAccount:
    """A sub-account by the names that its master's list gives it."""

    account_ref: str
    email: str


def read_sub_accounts(attempt: Attempt, _subject: Subject) -> Outcome | None:
    """Capture every sub-account without a key; None where all have one, or there is none.

    Raises:
        VenueError: the venue refuses what concerns all of them; each has it as its outcome.

    """
    subs = without_key(attempt)
    wanted = [(sub, wallet) for sub in subs for wallet in wallets_of(sub.email)]
    if not wanted:
        return None
    refused: dict[str, VenueError] = {}
    for number, (sub, wallet) in enumerate(wanted):
        try:
            outcome = _capture(attempt, sub, wallet)
        except (NotEnabled, Permanent) as error:
            # A sub-account without the product is no failure of its master's key.
            if not isinstance(error, NotEnabled):
                refused[f"{sub.account_ref} {wallet.name}"] = error
            outcome = outcome_of(error)
        except VenueError as error:
            _record(attempt, wanted[number:], outcome_of(error))
            raise
        if outcome is not None:
            _record(attempt, [(sub, wallet)], outcome)
    return outcome_of_refused(refused, len(wanted))


def without_key(attempt: Attempt) -> list[SubAccount]:
    """Return the sub-accounts that the master's list ever showed and no active key is of."""
    source = attempt.data_source
    rows = attempt.connection.execute(
        WITHOUT_KEY,
        {
            "data_source_id": source.id,
            "owner_id": source.owner_id,
            "environment": source.environment,
            "account_ref": source.account_ref,
        },
    ).fetchall()
    return [SubAccount(ref, email) for ref, email in rows if email]


def _capture(attempt: Attempt, sub: SubAccount, wallet: Wallet) -> Outcome | None:
    return capture(
        _as_if_of(attempt, sub),
        Subject(wallet.name, "capture"),
        lambda client: positions.capture(client, wallet),
        lambda _: sub.account_ref,
    )


def _as_if_of(attempt: Attempt, sub: SubAccount) -> Attempt:
    """Return the attempt as one at the sub-account: by the master's key, and counted with it."""
    whose = replace(attempt.data_source, account_ref=sub.account_ref, account_kind="sub_account")
    return replace(attempt, data_source=whose)


def _record(
    attempt: Attempt, wanted: Iterable[tuple[SubAccount, Wallet]], outcome: Outcome
) -> None:
    for sub, wallet in wanted:
        of_sub = _as_if_of(attempt, sub)
        coverage.record_outcome(
            of_sub.connection,
            of_sub.run.run_id,
            of_sub.data_source,
            Subject(wallet.name, "capture"),
            of_sub.run.last_day,
            outcome,
        )
