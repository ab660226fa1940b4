"""The assets of a step: one table or many, daily, and what the UI shows of them.

What a step does, and to which data sources, stands in `sources.py`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg

from coinfrs_pipelines.connectors.streams import Stream
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.coverage import Subject
from coinfrs_pipelines.extract.landing import Landed
from coinfrs_pipelines.extract.permissions import permission_proofs
from coinfrs_pipelines.extract.sources import Report, Step, perform
from coinfrs_pipelines.partitions import day
from coinfrs_pipelines.resources import Installation


def register_asset(venue: str, streams: Sequence[Stream]) -> dg.AssetsDefinition:
    """Return the asset that writes a venue's declarations where dbt can read them."""

    def register(
        _context: dg.AssetExecutionContext, installation: Installation
    ) -> dg.MaterializeResult[Any]:
        with installation.connection() as connection:
            count = coverage.register_streams(connection, streams)
        return dg.MaterializeResult(metadata={"streams": count})

    key = dg.AssetKey(["coverage", f"{venue}_streams"])
    description = "Every stream that can move a wallet, read or not, written to coverage.streams."
    return _asset(register, venue, key, [permission_proofs], description)


def asset_of(
    step: Step, name: str, deps: Sequence[dg.AssetsDefinition], description: str
) -> dg.AssetsDefinition:
    """Return the asset that carries out a step: `name` in the staging schema of its venue."""

    def carry_out(
        context: dg.AssetExecutionContext, installation: Installation
    ) -> dg.MaterializeResult[Any]:
        reports = perform(context, installation, step)
        return dg.MaterializeResult(metadata=_metadata(reports))

    key = dg.AssetKey([f"staging_{step.venue}", name])
    return _asset(carry_out, step.venue, key, deps, description)


def assets_of(
    step: Step,
    name: str,
    tables: Mapping[Subject, tuple[str, str]],
    deps: Iterable[dg.AssetKey],
) -> dg.AssetsDefinition:
    """Return one step that fills many tables: an asset for each subject, `(table, description)`.

    A source is connected once for all of them. Dagster asks the version of every asset in `deps`
    on every run, so they name what the step makes use of and not all that stands before it.
    """
    deps = list(deps)
    keys = {
        subject: dg.AssetKey([f"staging_{step.venue}", table])
        for subject, (table, _) in tables.items()
    }
    specs = [
        dg.AssetSpec(
            keys[subject],
            deps=deps,
            description=description,
            group_name=step.venue,
            kinds={"postgres", "python"},
        )
        for subject, (_, description) in tables.items()
    ]

    def carry_out(
        context: dg.AssetExecutionContext, installation: Installation
    ) -> Iterator[dg.MaterializeResult[Any]]:
        chosen = {s: key for s, key in keys.items() if key in context.selected_asset_keys}
        reports = perform(context, installation, replace(step, subjects=tuple(chosen)))
        for subject, key in chosen.items():
            of_subject = [
                Report(report.data_source, tuple(o for o in report.outcomes if o[0] == subject))
                for report in reports
            ]
            yield dg.MaterializeResult(key, metadata=_metadata(of_subject))

    decorate = dg.multi_asset(
        name=f"{step.venue}_{name}",
        specs=specs,
        partitions_def=day,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    return decorate(carry_out)


def _asset(
    carry_out: Callable[[dg.AssetExecutionContext, Installation], dg.MaterializeResult[Any]],
    venue: str,
    key: dg.AssetKey,
    deps: Sequence[dg.AssetsDefinition],
    description: str,
) -> dg.AssetsDefinition:
    """Return an asset of this stage: daily, and one run for many days."""
    decorate = dg.asset(
        key=key,
        deps=list(deps),
        description=description,
        group_name=venue,
        partitions_def=day,
        backfill_policy=dg.BackfillPolicy.single_run(),
        kinds={"postgres", "python"},
    )
    return decorate(carry_out)


def _metadata(reports: Sequence[Report]) -> dict[str, Any]:
    """Return what the UI shows of a step: the sums, and a row where there is something to tell.

    Dagster reads the last one again wherever a step depends on it, so what was read as ever and
    brought nothing new is only counted.
    """
    total = Landed()
    records = []
    read = 0
    for report in reports:
        for subject, outcome, landed in report.outcomes:
            total.add(landed)
            is_read = outcome is None or outcome.result == "read"
            read += is_read
            if is_read and not (landed.new_rows or landed.quarantined):
                continue
            records.append(
                dg.TableRecord(
                    {
                        "source": report.data_source.name,
                        "subject": subject.name,
                        "result": outcome.result if outcome else "",
                        "reason": (outcome and outcome.reason) or "",
                        "requests": landed.requests,
                        "new rows": landed.new_rows,
                        "quarantined": landed.quarantined,
                    }
                )
            )
    shown = {"sources": dg.MetadataValue.table(records)} if records else {}
    return {
        "read": read,
        "requests": total.requests,
        "new_rows": total.new_rows,
        "quarantined": total.quarantined,
        **shown,
    }
