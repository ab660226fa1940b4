"""A whole day on which the venue refuses one of the keys, run once: what is lost, what is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import dagster as dg

    from coinfrs_pipelines.core.data_sources import DataSource
    from tests.integration.extract.conftest import Pipeline, Tables

REFUSED = """
select data_sources.name, subject, result, reason from coverage.outcomes
join registry.data_sources on data_sources.id = outcomes.data_source_id
where result <> 'read' and coalesce(detail not like 'The account has no %', true)
"""


@dataclass(frozen=True)
class Refused:
    """The data source whose key is revoked, the others, and the run."""

    revoked: DataSource
    others: list[DataSource]
    run: dg.ExecuteInProcessResult


@pytest.fixture(scope="module")
def day(module_pipeline: Pipeline) -> Refused:
    revoked, *others = module_pipeline.register()
    key = module_pipeline.world.credentials()[0]["api_key"]
    module_pipeline.fault(kind="revoke_key", api_key=key)
    return Refused(revoked, others, module_pipeline.run(0))


def test_a_revoked_key_loses_only_its_own(day: Refused, module_tables: Tables) -> None:
    """The others' rows and outcomes are complete, and the run succeeds."""
    assert day.run.success
    # Nobody invests in the first of the two sub-accounts.
    not_managed = ("market making", "managed_sub_account_transfers", "not_enabled", "not_enabled")
    refused = [row for row in module_tables.rows(REFUSED) if row != not_managed]
    assert {row[0] for row in refused} == {day.revoked.name}
    assert {row[2:] for row in refused} == {("failed", "unauthorised")}
    assert {row[1] for row in refused} >= {"spot", "funding", "deposits", "withdrawals"}
    read = module_tables.rows(
        "select data_source_id from coverage.outcomes where result = 'read'"
        " and subject in ('spot', 'vault')"
    )
    assert {row[0] for row in read} == {source.id for source in day.others}
    # What the venue answered is evidence, too.
    assert module_tables.one(
        "select count(*) from coverage.requests where status >= 400 and data_source_id = %s",
        day.revoked.id,
    )
    proven = (
        "select count(*) from coverage.intervals where data_source_id = %s and stream <> 'symbols'"
    )
    assert module_tables.one(proven, day.revoked.id) == 0


def test_no_step_shows_a_secret(day: Refused, module_pipeline: Pipeline) -> None:
    secrets = {
        value
        for given in module_pipeline.world.credentials()
        for name, value in given.items()
        if name in {"api_key", "api_secret", "private_key_pem"}
    }
    told = str(day.run.all_events)
    assert not [secret for secret in secrets if secret in told]
