"""Small worlds against their truth, and that the comparison itself would notice.

`make simulate` does the same with more seeds and days.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.processes import Children
from coinfrs_pipelines.rehearsal import simulation, venues, world_kinds
from coinfrs_pipelines.rehearsal.installation import LIMITS_FACTOR
from coinfrs_pipelines.rehearsal.simulation import Judged, judge, simulate
from coinfrs_pipelines.rehearsal.venues import EmulatedVenues

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("views_made")]

# By its seed the world that hides a record has no sub-account.
SEEDS, DAYS, FIRST_SEED = 1, 2, 301


@pytest.fixture(scope="module")
def emulated(module_database: Mapping[str, str]) -> Iterator[EmulatedVenues]:  # noqa: ARG001 -- it is filled from them.
    """Run the venues, and let the settings of this process name them."""
    with pytest.MonkeyPatch.context() as patch, Children(lambda _name, _line: None) as children:
        patch.setenv("COINFRS_LIMITS_FACTOR", str(LIMITS_FACTOR))
        with venues.start(children, dict(os.environ), seed=FIRST_SEED, days=DAYS + 1) as running:
            for name, value in running.environment.items():
                patch.setenv(name, value)
            settings.cache_clear()
            yield running


@pytest.fixture(scope="module")
def judged(emulated: EmulatedVenues) -> list[Judged]:
    return simulate(emulated, seeds=SEEDS, days=DAYS, first_seed=FIRST_SEED)


def again(emulated: EmulatedVenues, found: Judged) -> list[str]:
    """Compare a world with its truth once more, after something was changed."""
    start = found.simulated.world.start
    captures = [
        start + timedelta(days=number) + simulation.CAPTURE_AFTER_MIDNIGHT
        for number in range(DAYS + 1)
    ]
    return judge(emulated, found.simulated, captures).wrong


def change(statement: str) -> None:
    with core_database.connect("coinfrs_transform", autocommit=True) as connection:
        connection.execute(statement.encode())


def test_every_world_of_a_series_is_compared(judged: list[Judged]) -> None:
    seeds = [found.simulated.seed for found in judged]
    assert seeds == list(range(FIRST_SEED, FIRST_SEED + len(world_kinds.plan(SEEDS))))


def test_worlds_without_a_fault_are_complete_and_equal_to_their_truth(
    judged: list[Judged],
) -> None:
    for found in judged[:SEEDS]:
        assert found.simulated.hidden is None
        assert found.wrong == []
        assert found.verdicts > 0


def test_a_hidden_record_breaks_its_own_cells_on_its_own_days_and_nothing_else(
    judged: list[Judged],
) -> None:
    for found in judged[SEEDS : 2 * SEEDS]:
        assert found.simulated.hidden is not None
        assert found.wrong == []


def test_a_master_without_sub_accounts_is_as_proven_as_any_other(judged: list[Judged]) -> None:
    """One of those that hide a record is complete but for that, and has no other account."""
    [alone] = [
        found
        for found in judged
        if [key["kind"] for key in found.simulated.credentials if key["venue"] == "binance"]
        == ["master"]
        and found.simulated.has_every_key
    ]
    assert alone.simulated.hidden is not None
    assert alone.wrong == []


def test_what_an_endpoint_that_is_gone_can_move_is_unproven_and_nothing_else(
    judged: list[Judged],
) -> None:
    found = judged[2 * SEEDS]
    assert found.simulated.gone is not None
    assert found.wrong == []


def test_bad_days_of_a_venue_change_nothing(judged: list[Judged]) -> None:
    found = judged[2 * SEEDS + 1]
    assert found.simulated.has_bad_days
    assert found.wrong == []
    assert found.falsely_complete == 0


def test_a_sub_account_without_a_key_is_unproven_in_every_cell_and_none_is_missing(
    judged: list[Judged],
) -> None:
    """Its master's own cells are complete all the same."""
    found = judged[-2]
    assert found.simulated.without_key
    assert found.wrong == []
    assert found.verdicts > 0


def test_what_no_endpoint_shows_breaks_its_own_cells_on_its_own_days_and_nothing_else(
    judged: list[Judged],
) -> None:
    found = judged[-1]
    assert found.simulated.hidden is not None
    assert "gift cards" in found.simulated.hidden
    assert not found.simulated.hidden.startswith("0")
    assert found.wrong == []


def test_all_worlds_were_read_by_the_same_runs(judged: list[Judged]) -> None:
    with core_database.connect("LOGIN") as connection:
        runs = connection.execute("select count(distinct run_id) from coverage.requests").fetchone()
        sources = connection.execute("select count(*) from registry.data_sources").fetchone()
    # The opening, a run for each day, and the last day once more.
    assert runs == (DAYS + 2,)
    assert sources == (sum(len(found.simulated.credentials) for found in judged),)


@pytest.mark.parametrize(
    ("statement", "noticed"),
    [
        ("delete from canonical.transactions", "missing: "),
        ("update canonical.transactions set amount = amount + 0.000000000000000001", "invented: "),
        ("update canonical.transactions set cut_value = cut_value + 1", "missing: "),
        ("update canonical.position_snapshots set amount = amount + 1", "truly"),
        ("update completeness.verdicts set verdict = 'unproven'", "must be"),
        ("delete from completeness.verdicts", "no verdict"),
        ("update completeness.wallet_days set verdict = 'unproven'", "the wallet"),
        ("update completeness.control_totals set state = 'differs'", "control total"),
        ("delete from completeness.control_totals", "no control total"),
    ],
)
def test_the_comparison_notices_what_is_wrong(
    judged: list[Judged], emulated: EmulatedVenues, statement: str, noticed: str
) -> None:
    """A comparison that never fails would prove nothing."""
    notices(judged[0], emulated, statement, noticed)


@pytest.mark.parametrize(
    ("statement", "noticed"),
    [
        ("update completeness.verdicts set verdict = 'complete'", "must be unproven"),
        ("update completeness.verdicts set reasons = array['nothing_judges']", "must be unproven"),
        ("update completeness.verdicts set difference = null", "no difference"),
        ("delete from completeness.verdicts", "no verdict: "),
        ("delete from completeness.wallet_days where wallet = 'funding'", "no day of the wallet"),
        ("update completeness.wallet_days set verdict = 'complete'", "the wallet"),
        ("update canonical.accounts set parent_account_id = null", "no sub-account"),
    ],
)
def test_the_comparison_notices_what_is_wrong_without_a_key(
    judged: list[Judged], emulated: EmulatedVenues, statement: str, noticed: str
) -> None:
    notices(judged[-2], emulated, statement, noticed)


def notices(found: Judged, emulated: EmulatedVenues, statement: str, noticed: str) -> None:
    """Change what was built, compare again, and put it back."""
    table = next(word for word in statement.split() if "." in word)
    change(f"create table intermediate.kept as select * from {table}")
    try:
        change(statement)
        assert [line for line in again(emulated, found) if noticed in line]
    finally:
        change(f"truncate {table}")
        change(f"insert into {table} select * from intermediate.kept")
        change("drop table intermediate.kept")
    assert again(emulated, found) == []


def test_a_break_that_was_missed_is_noticed(judged: list[Judged], emulated: EmulatedVenues) -> None:
    """The hidden world, judged as if another record of it were hidden."""
    found = judged[SEEDS]
    world = found.simulated.world
    whole = emulated.hideable(
        world, world.start + timedelta(hours=1), world.start + timedelta(days=1)
    )
    other = next(event for event in whole if event["label"] not in (found.simulated.hidden or ""))
    emulated.inject(world, {"kind": "hide_record", "event_id": other["event_id"]})
    assert again(emulated, replace(found, wrong=[]))
