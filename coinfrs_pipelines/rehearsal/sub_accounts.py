"""What must come of sub-accounts whose keys were never registered: all of them shown, none proven.

Their master's key tells some of their wallets; of the others there is only the day of the wallet.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.rehearsal.truth import Interval, live_intervals, rows, wrong_positions
from coinfrs_pipelines.rehearsal.venues import Cell

Amounts = Mapping[Cell, Decimal]
TOLD_TO_MASTERS = frozenset({"spot", "cross_margin", "um_futures", "cm_futures"})
REASON = "sub_account_without_key"

VERDICTS = """
select
    accounts.external_id, verdicts.wallet, verdicts.asset, verdicts.component, verdicts.day,
    verdicts.verdict, verdicts.reasons, verdicts.difference
from completeness.verdicts
join canonical.accounts using (account_id)
where accounts.external_id = any(%(accounts)s)
"""
WALLET_DAYS = """
select
    accounts.external_id, wallet_days.wallet, wallet_days.day, wallet_days.verdict,
    wallet_days.reasons
from completeness.wallet_days
join canonical.accounts using (account_id)
where accounts.external_id = any(%(accounts)s)
"""
MASTERS = """
select subs.external_id
from canonical.accounts as subs
join canonical.accounts as masters on masters.account_id = subs.parent_account_id
where subs.external_id = any(%(accounts)s) and subs.kind = 'sub_account' and masters.kind = 'master'
"""


def of(accounts: Collection[str], amounts: Amounts) -> dict[Cell, Decimal]:
    """Return the amounts in the cells of these accounts."""
    return {cell: amount for cell, amount in amounts.items() if cell.account_ref in accounts}


def wrong_without_key(
    true_at: Mapping[datetime, Amounts], subs: Collection[str], captures: list[datetime]
) -> list[str]:
    """Compare what is known of sub-accounts without a key with the truth; none are none wrong."""
    if not subs:
        return []
    accounts = sorted(subs)
    told_at = {
        at: {
            cell: amount
            for cell, amount in of(accounts, amounts).items()
            if cell.wallet in TOLD_TO_MASTERS
        }
        for at, amounts in true_at.items()
    }
    intervals = live_intervals(captures)
    listed = {ref for (ref,) in rows(MASTERS, accounts)}
    return [
        *(
            f"{account} is no sub-account of a master"
            for account in accounts
            if account not in listed
        ),
        *wrong_positions(told_at, accounts),
        *_wrong_cells(told_at, accounts, intervals),
        *_wrong_wallets(true_at, accounts, intervals),
    ]


def falsely_complete(subs: Collection[str]) -> int:
    """Count the verdicts on sub-accounts without a key that are complete: there must be none."""
    verdicts = rows(VERDICTS, sorted(subs)) if subs else []
    return sum(verdict == "complete" for *_, verdict, _, _ in verdicts)


def _wrong_cells(
    told_at: Mapping[datetime, Amounts], accounts: list[str], intervals: list[Interval]
) -> list[str]:
    found: dict[tuple[str, str, str, str, date], tuple[Any, ...]] = {}
    for *place, verdict, reasons, difference in rows(VERDICTS, accounts):
        found[tuple(place)] = (verdict, reasons, difference)
    wrong = [
        f"{place} is {verdict} ({', '.join(reasons)}), must be unproven: {REASON}"
        for place, (verdict, reasons, _) in found.items()
        if verdict != "unproven" or REASON not in reasons
    ]
    wrong += [
        f"{place} shows no difference"
        for place, (_, _, difference) in found.items()
        if difference is None
    ]
    for interval in intervals:
        held = {
            (cell.account_ref, cell.wallet, cell.asset, cell.component, interval.day)
            for at in (interval.begin, interval.end)
            for cell, amount in told_at[at].items()
            if amount
        }
        wrong += [f"no verdict: {place}" for place in sorted(held - found.keys())]
    return wrong


def _wrong_wallets(
    true_at: Mapping[datetime, Amounts], accounts: list[str], intervals: list[Interval]
) -> list[str]:
    days: defaultdict[tuple[str, str], dict[date, tuple[str, list[str]]]] = defaultdict(dict)
    for account, wallet, on, verdict, reasons in rows(WALLET_DAYS, accounts):
        days[account, wallet][on] = (verdict, reasons)
    wrong = [
        f"the wallet {account} {wallet} is {verdict} on {on}, must be unproven: {REASON}"
        for (account, wallet), of_wallet in days.items()
        for on, (verdict, reasons) in of_wallet.items()
        if verdict != "unproven" or REASON not in reasons
    ]
    for interval in intervals:
        held = {
            (cell.account_ref, cell.wallet.partition(":")[0])
            for cell, amount in true_at[interval.end].items()
            if amount and cell.account_ref in accounts
        }
        wrong += [
            f"no day of the wallet {account} {wallet}: {interval.day}"
            for account, wallet in sorted(held)
            if interval.day not in days[account, wallet]
        ]
    return wrong
