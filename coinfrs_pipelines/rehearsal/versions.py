"""What was known when: verdicts that were given before late records came, and after.

What the newest verdicts must be is `truth`'s business; here, that each is on record as it is now
and that those which changed are on record as they were.
"""

from collections import defaultdict
from datetime import date
from typing import Any

from coinfrs_pipelines.rehearsal import truth
from coinfrs_pipelines.rehearsal.venues import Cell

# A version per change; the newest of a cell and day is the last.
VERSIONS = """
select
    accounts.venue, accounts.external_id, versions.wallet, versions.asset, versions.component,
    versions.day, versions.verdict, versions.reasons, versions.movement_amount
from completeness.verdict_versions as versions
join canonical.accounts using (account_id)
where accounts.external_id = any(%(accounts)s)
order by versions.id
"""
NOW = """
select
    accounts.venue, accounts.external_id, verdicts.wallet, verdicts.asset, verdicts.component,
    verdicts.day, verdicts.verdict, verdicts.reasons, verdicts.movement_amount
from completeness.verdicts
join canonical.accounts using (account_id)
where accounts.external_id = any(%(accounts)s)
"""

Told = tuple[str, list[str], Any]


def wrong_versions(accounts: list[str]) -> list[str]:
    """Return where the versions do not end with today's verdict, or nothing was ever restated."""
    told: defaultdict[tuple[Cell, date], list[Told]] = defaultdict(list)
    for *parts, day, verdict, reasons, movement in truth.rows(VERSIONS, accounts):
        told[Cell(*parts), day].append((verdict, reasons, movement))
    wrong = []
    for *parts, day, verdict, reasons, movement in truth.rows(NOW, accounts):
        of_cell = told.get((Cell(*parts), day), [])
        if not of_cell or of_cell[-1] != (verdict, reasons, movement):
            wrong.append(f"{' '.join(parts)} on {day}: its newest version is not its verdict")
    if not restated(told):
        wrong.append("no verdict was restated, although records changed late")
    return wrong


def restated(told: dict[tuple[Cell, date], list[Told]]) -> int:
    """Return how many cells and days were not complete at first and are in the end."""
    return sum(
        versions[0][0] != "complete" and versions[-1][0] == "complete" for versions in told.values()
    )
