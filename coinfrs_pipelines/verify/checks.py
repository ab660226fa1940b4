"""The checks of a day in Dagster's UI; the only module that touches the partitioned-check API.

That API is a preview in Dagster 1.13. In a run of one partition an evaluation carries it; in a
range run it carries none, and several per check are refused, so each day's evaluation is reported
to the instance as an event of the run. (A runless one would do only once: the index of the table
of evaluations knows one per partition without a run.) The verdict tables are the record: were this
module to go, only the colour in the UI would go with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dagster as dg

NO_BROKEN_CELL = "no_broken_cell"
NO_UNPROVEN_CELL = "no_unproven_cell"
CHAINS_TILE = "chains_tile"

DESCRIPTIONS = {
    NO_BROKEN_CELL: "No cell of the day differs from what its opening and its movements explain.",
    NO_UNPROVEN_CELL: "Every cell of the day is judged: both ends seen, every stream read over it.",
    CHAINS_TILE: "The intervals of each chain meet without a gap and without an overlap.",
}


@dataclass(frozen=True)
class Finding:
    """What one check found on one day."""

    check: str
    day: date
    is_passed: bool
    metadata: Mapping[str, Any] = field(default_factory=dict)


def specs(asset: dg.AssetKey, partitions: dg.PartitionsDefinition) -> list[dg.AssetCheckSpec]:
    """Return the three checks; none blocks, because a day that is not proven is news, no fault."""
    return [
        dg.AssetCheckSpec(name, asset=asset, description=description, partitions_def=partitions)
        for name, description in DESCRIPTIONS.items()
    ]


def evaluations(
    context: dg.AssetExecutionContext,
    asset: dg.AssetKey,
    findings: Sequence[Finding],
    run_days: Sequence[date],
) -> Iterator[dg.AssetCheckResult]:
    """Yield the run's own evaluation of each check, and report those of single days beside it.

    `findings` may be about more days than the run's: an older day whose verdict a late row changed.
    """
    is_partitioned = context.has_partition_key
    for finding in findings:
        if not (is_partitioned and finding.day in run_days):
            _report(context, asset, finding)
    for name in DESCRIPTIONS:
        own = [found for found in findings if found.check == name and found.day in run_days]
        failed = [found.day.isoformat() for found in own if not found.is_passed]
        yield dg.AssetCheckResult(
            asset_key=asset,
            check_name=name,
            passed=not failed,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata=own[0].metadata
            if is_partitioned
            else {"days": len(own), "failed_days": ", ".join(failed) or "none"},
        )


def _report(context: dg.AssetExecutionContext, asset: dg.AssetKey, finding: Finding) -> None:
    evaluation = dg.AssetCheckEvaluation(
        asset_key=asset,
        check_name=finding.check,
        passed=finding.is_passed,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata=finding.metadata,
        partition=finding.day.isoformat(),
    )
    event = dg.DagsterEvent(
        event_type_value=dg.DagsterEventType.ASSET_CHECK_EVALUATION.value,
        job_name=context.run.job_name,
        message=f"{finding.check} on {finding.day}: {'passed' if finding.is_passed else 'failed'}",
        event_specific_data=evaluation,
    )
    context.instance.report_dagster_event(event, run_id=context.run.run_id)
