"""Where the sweep of spot trades is weekly, a day is unproven until it has run."""

import os
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.processes import Children
from coinfrs_pipelines.rehearsal import clients, simulation, venues
from coinfrs_pipelines.rehearsal.installation import LIMITS_FACTOR, Pipeline
from coinfrs_pipelines.rehearsal.simulation import captures_of, judge
from coinfrs_pipelines.rehearsal.venues import EmulatedVenues
from coinfrs_pipelines.rehearsal.worlds import Simulated
from coinfrs_pipelines.runs import open_instance

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("views_made")]

SEED = 311
# The opening closes Thursday, so that Sunday is closed by the third run after it.
FRIDAY, SATURDAY, SUNDAY = (date(2026, 1, 9) + timedelta(days=number) for number in range(3))

SPOT = """
select distinct day, verdict, reasons from completeness.verdicts
join canonical.accounts using (account_id)
where verdicts.venue = 'binance' and wallet = 'spot' and day between %s and %s
order by day
"""
READ = """
select day, count(distinct scope) from coverage.requests
join (select distinct run_id, day from coverage.outcomes where subject = 'spot_trades') as runs
    using (run_id)
where path = '/api/v3/myTrades' and data_source_id = (
    select id from registry.data_sources where account_kind = 'master'
)
group by day order by day
"""


@pytest.fixture
def emulated(
    database: Mapping[str, str],  # noqa: ARG001 -- it is filled from them.
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[EmulatedVenues]:
    monkeypatch.setenv("COINFRS_LIMITS_FACTOR", str(LIMITS_FACTOR))
    monkeypatch.setenv("COINFRS_SPOT_SWEEP", "weekly")
    with (
        Children(lambda _name, _line: None) as children,
        venues.start(children, dict(os.environ), seed=SEED, days=4, start_day=FRIDAY) as running,
    ):
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        yield running


def rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with core_database.connect("LOGIN") as connection:
        return connection.execute(statement.encode(), parameters or None).fetchall()


def test_the_days_before_the_sweep_are_unproven_and_complete_once_it_has_run(
    emulated: EmulatedVenues,
) -> None:
    world = emulated.worlds[0]
    captures = captures_of(emulated, 3)
    clients.register([(world, world.credentials)])
    with open_instance() as instance:
        pipeline = Pipeline(instance)
        for at in captures[:3]:
            emulated.advance_to(at)
            pipeline.extract(at.date() - simulation.DAY, lambda _step: None)
        pipeline.close(FRIDAY, SATURDAY, lambda _step: None)
        awaiting = rows(SPOT, FRIDAY, SATURDAY)
        emulated.advance_to(captures[3])
        pipeline.extract(SUNDAY, lambda _step: None)
        read = rows(READ)
        # What Fireblocks' last calls of the day moved is told by then.
        emulated.advance_to(captures[3] + simulation.SETTLED_AFTER)
        pipeline.extract(SUNDAY, lambda _step: None)
        pipeline.close(FRIDAY, SUNDAY, lambda _step: None)
    assert awaiting == [
        (FRIDAY, "unproven", ["trades_by_residual"]),
        (SATURDAY, "unproven", ["trades_by_residual"]),
    ]
    assert rows(SPOT, FRIDAY, SUNDAY) == [
        (day, "complete", []) for day in (FRIDAY, SATURDAY, SUNDAY)
    ]
    assert judge(emulated, Simulated(world, SEED), captures).wrong == []
    first, friday, saturday, sunday = (count for _, count in read)
    assert first == sunday
    assert 0 < friday < sunday
    assert 0 < saturday < sunday
