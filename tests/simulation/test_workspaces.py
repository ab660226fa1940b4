"""Worlds of Fireblocks alone against their truth, one of which changes its records for days.

`coinfrs simulate --venue fireblocks` does the same with more seeds and days.
"""

import os
from collections.abc import Iterator, Mapping

import pytest

from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.processes import Children
from coinfrs_pipelines.rehearsal import venues, versions, workspaces, world_kinds
from coinfrs_pipelines.rehearsal.installation import LIMITS_FACTOR
from coinfrs_pipelines.rehearsal.simulation import Judged, simulate

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("views_made")]

SEEDS, DAYS, FIRST_SEED = 1, 2, 500


@pytest.fixture(scope="module")
def judged(module_database: Mapping[str, str]) -> Iterator[list[Judged]]:  # noqa: ARG001 -- it is filled from them.
    with pytest.MonkeyPatch.context() as patch, Children(lambda _name, _line: None) as children:
        patch.setenv("COINFRS_LIMITS_FACTOR", str(LIMITS_FACTOR))
        with venues.start(children, dict(os.environ), seed=FIRST_SEED, days=DAYS + 1) as running:
            for name, value in running.environment.items():
                patch.setenv(name, value)
            settings.cache_clear()
            yield simulate(
                running, seeds=SEEDS, days=DAYS, first_seed=FIRST_SEED, venue=workspaces.VENUE
            )


def of_kind(judged: list[Judged], kind: str) -> list[Judged]:
    found = [each for each in judged if each.simulated.kind == kind]
    assert found
    return found


def test_every_workspace_of_the_series_is_judged_and_no_other_key_is_registered(
    judged: list[Judged],
) -> None:
    assert len(judged) == len(world_kinds.plan(SEEDS, venue=workspaces.VENUE))
    assert all(found.legs > 0 and found.verdicts > 0 for found in judged)
    with core_database.connect("LOGIN") as connection:
        registered = connection.execute("select distinct venue from registry.data_sources")
        assert registered.fetchall() == [(workspaces.VENUE,)]


@pytest.mark.parametrize("kind", ["is whole", "hides a record", "has bad days"])
def test_a_workspace_is_complete_but_for_what_is_hidden(judged: list[Judged], kind: str) -> None:
    """Of a hidden record exactly its cells are broken, on exactly its days."""
    for found in of_kind(judged, kind):
        assert found.wrong == []


def test_what_changes_late_is_true_in_the_end_and_what_was_said_before_is_on_record(
    judged: list[Judged],
) -> None:
    for found in of_kind(judged, "changes late"):
        assert found.wrong == []


def test_a_version_that_is_not_on_record_is_noticed(judged: list[Judged]) -> None:
    [late, *_] = of_kind(judged, "changes late")
    workspace = late.simulated.credentials[0]["account_ref"]
    with core_database.connect("LOGIN", autocommit=True) as connection:
        accounts = [
            row[0]
            for row in connection.execute(
                "select external_id from canonical.accounts where external_id like %s || '/%%'",
                [workspace],
            ).fetchall()
        ]
        assert versions.wrong_versions(accounts) == []
        connection.execute("delete from completeness.verdict_versions where verdict <> 'complete'")
    assert "no verdict was restated, although records changed late" in versions.wrong_versions(
        accounts
    )
