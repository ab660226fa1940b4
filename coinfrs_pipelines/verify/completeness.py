"""The daily close: what dbt decided is recorded, summarised and shown for every day of a run.

    Position(T-2) + Transactions = Position(T-1)

The asset decides nothing: the verdicts are dbt's. It appends what changed to
`completeness.verdict_versions` and lets three checks say, per day, what a person has to look at.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import psycopg

from coinfrs_pipelines.core import database
from coinfrs_pipelines.partitions import day
from coinfrs_pipelines.verify import checks, verdicts
from coinfrs_pipelines.verify.checks import Finding

ROLE: database.Role = "coinfrs_verify"
KEY = dg.AssetKey(["completeness", "daily_close"])
# An event is read by people; the table holds all rows.
ROWS_SHOWN_MAX = 100
# A late row can change years of days at once; older days keep their last evaluation in the UI, and
# their verdicts in the table.
CHANGED_DAYS_SHOWN_MAX = 100

UPSTREAM = ("verdicts", "wallet_days", "position_rollforward")


@dg.asset(
    key=KEY,
    deps=[dg.AssetKey(["completeness", table]) for table in UPSTREAM],
    partitions_def=day,
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=checks.specs(KEY, day),
    group_name="completeness",
    kinds={"postgres"},
    description=(
        "One close per day: the verdicts of its cells, recorded in completeness.verdict_versions "
        "wherever they changed, and summarised."
    ),
)
def daily_close(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """Record, summarise and check the verdicts of the days of this run."""
    run_days = sorted(date.fromisoformat(key) for key in context.partition_keys)
    with database.connect(ROLE) as connection:
        changed = verdicts.append_versions(connection, context.run.run_id)
        connection.commit()
        elsewhere = [changed_day for changed_day in changed if changed_day not in run_days]
        elsewhere = elsewhere[-CHANGED_DAYS_SHOWN_MAX:]
        findings = [
            *judge(connection, run_days),
            *(found for other in elsewhere for found in judge(connection, [other])),
        ]
        summaries = verdicts.summarise(connection, run_days)
    for summary in summaries:
        context.add_asset_metadata(
            {
                "complete_cells": summary.complete_cells,
                "broken_cells": summary.broken_cells,
                "unproven_cells": summary.unproven_cells,
                "wallets": summary.wallets,
                "unproven_wallets": summary.unproven_wallets,
            },
            partition_key=summary.day.isoformat(),
        )
    yield dg.MaterializeResult(
        asset_key=KEY,
        metadata={"days_with_changed_verdicts": len(changed)},
        check_results=list(checks.evaluations(context, KEY, findings, run_days)),
    )


def judge(connection: psycopg.Connection, days: list[date]) -> list[Finding]:
    """Return what the three checks find on each of the days (neighbouring days, in order)."""
    first, last = days[0], days[-1]
    found = []
    untiled = verdicts.untiled(connection, first, last)
    for summary in verdicts.summarise(connection, days):
        rows = [row for row in untiled if row.day == summary.day]
        found += [
            Finding(
                checks.NO_BROKEN_CELL,
                summary.day,
                summary.broken_cells == 0,
                _cells(connection, summary.day, "broken", summary.broken_cells),
            ),
            # A day without a single wallet was never read, and nothing about it is proven.
            Finding(
                checks.NO_UNPROVEN_CELL,
                summary.day,
                summary.unproven_cells == summary.unproven_wallets == 0 and summary.wallets > 0,
                _cells(connection, summary.day, "unproven", summary.unproven_cells)
                | _wallets(connection, summary),
            ),
            Finding(checks.CHAINS_TILE, summary.day, not rows, _untiled(rows)),
        ]
    return found


def _cells(connection: psycopg.Connection, on: date, verdict: str, count: int) -> dict[str, Any]:
    if not count:
        return {f"{verdict}_cells": 0}
    shown = verdicts.cells(connection, on, on, verdicts=(verdict,), limit=ROWS_SHOWN_MAX)
    records = [
        dg.TableRecord(
            {
                "account": f"{cell.venue} {cell.account_name}",
                "wallet": cell.wallet,
                "asset": cell.asset,
                "component": cell.component,
                "expected": _text(cell.expected_amount),
                "observed": _text(cell.observed_amount),
                "difference": _text(cell.difference),
                "reasons": ", ".join(cell.reasons),
            }
        )
        for cell in shown
    ]
    return {
        f"{verdict}_cells": count,
        f"{verdict} cells ({len(shown)} of {count})": dg.MetadataValue.table(records),
    }


def _wallets(connection: psycopg.Connection, summary: verdicts.DaySummary) -> dict[str, Any]:
    """Name the wallets that are unproven as a whole, also where no cell has a row."""
    if not summary.wallets:
        return {"wallets": "nothing was read for this day"}
    records = [
        dg.TableRecord(
            {
                "account": f"{wallet.venue} {wallet.account_name}",
                "wallet": wallet.wallet,
                "cells": f"{wallet.complete_count} of {wallet.cell_count} complete",
                "reasons": ", ".join(wallet.reasons),
            }
        )
        for wallet in verdicts.wallet_days(connection, summary.day, summary.day)
        if wallet.verdict == "unproven"
    ][:ROWS_SHOWN_MAX]
    if not records:
        return {}
    name = f"unproven wallets ({len(records)} of {summary.unproven_wallets})"
    return {name: dg.MetadataValue.table(records)}


def _untiled(rows: list[verdicts.UntiledRow]) -> dict[str, Any]:
    if not rows:
        return {"faults": 0}
    records = [
        dg.TableRecord(
            {
                "fault": row.fault,
                "account": f"{row.venue} {row.account}",
                "wallet": row.wallet,
                "asset": row.asset,
                "component": row.component,
                "kind": row.kind,
                "previous closing": str(row.previous_closing),
                "opening": str(row.opening_taken_at),
            }
        )
        for row in rows[:ROWS_SHOWN_MAX]
    ]
    name = f"faults ({len(records)} of {len(rows)})"
    return {"faults": len(rows), name: dg.MetadataValue.table(records)}


def _text(amount: object) -> str:
    """Return an amount as its digits; an unknown one is not a zero."""
    return "unknown" if amount is None else f"{amount:f}"
