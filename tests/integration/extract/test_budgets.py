"""One budget for all runs of one egress address, counted in the database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from coinfrs_pipelines.connectors.http import Bucket
from coinfrs_pipelines.core.database import connect
from coinfrs_pipelines.extract.budgets import SharedBudget, SharedBudgets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.extract.conftest import Tables

NOW = datetime(2026, 1, 6, 0, 5, 12, 500_000, tzinfo=UTC)
SPOT = Bucket("spot", 6000)
SECOND = Bucket("history", 180_000, window_seconds=1, per_account=True)


@pytest.fixture
def open_budget(register: Any) -> Iterator[Callable[..., SharedBudget]]:
    """Return a function that opens the budget of a new data source, as a run of its own would."""
    with ExitStack() as opened:

        def open_one(factor: int = 1, **source: Any) -> SharedBudget:
            connection = opened.enter_context(connect("coinfrs_extract", autocommit=True))
            shared = opened.enter_context(SharedBudgets(connection))
            return shared.of(register(**source), Decimal(factor))

        yield open_one


def test_a_full_window_tells_the_seconds_to_its_end_on_the_venues_clock(
    open_budget: Callable[..., SharedBudget],
) -> None:
    budget = open_budget()
    assert budget.acquire(SPOT, 5990, NOW) == 0
    assert budget.acquire(SPOT, 10, NOW) == 0
    assert budget.acquire(SPOT, 1, NOW) == 47.5
    assert budget.acquire(SPOT, 1, NOW + timedelta(seconds=47.5)) == 0


def test_what_is_too_heavy_for_any_window_is_never_granted(
    open_budget: Callable[..., SharedBudget], tables: Tables
) -> None:
    assert open_budget().acquire(SPOT, 6001, NOW) > 0
    assert tables.one("select count(*) from coverage.budgets") == 0


def test_threads_and_runs_together_never_exceed_it(
    open_budget: Callable[..., SharedBudget], tables: Tables
) -> None:
    """Two runs of four threads each ask for twice what there is."""
    budgets = [open_budget(), open_budget()]
    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(lambda n: budgets[n % 2].acquire(SPOT, 20, NOW), range(600)))
    assert sum(wait == 0 for wait in waits) == 300
    assert tables.one("select used from coverage.budgets") == 6000


def test_an_address_is_shared_by_accounts_and_an_accounts_bucket_is_its_own(
    open_budget: Callable[..., SharedBudget],
) -> None:
    one, two = open_budget(), open_budget()
    assert one.acquire(SPOT, 6000, NOW) == 0
    assert two.acquire(SPOT, 1, NOW) > 0
    assert one.acquire(SECOND, 180_000, NOW) == 0
    assert two.acquire(SECOND, 180_000, NOW) == 0
    assert one.acquire(SECOND, 1, NOW) == 0.5


def test_environments_of_a_venue_do_not_share(open_budget: Callable[..., SharedBudget]) -> None:
    assert open_budget().acquire(SPOT, 6000, NOW) == 0
    assert open_budget(environment="production").acquire(SPOT, 6000, NOW) == 0


def test_what_the_venue_has_counted_raises_and_never_lowers(
    open_budget: Callable[..., SharedBudget], tables: Tables
) -> None:
    budget = open_budget()
    budget.report(SPOT, 5000, NOW)
    assert budget.acquire(SPOT, 1001, NOW) > 0
    assert budget.acquire(SPOT, 500, NOW) == 0
    budget.report(SPOT, 5100, NOW)
    assert tables.one("select used from coverage.budgets") == 5500


def test_the_factor_scales_every_limit(open_budget: Callable[..., SharedBudget]) -> None:
    budget = open_budget(factor=10)
    assert budget.acquire(SPOT, 60_000, NOW) == 0
    assert budget.acquire(SPOT, 1, NOW) > 0


def test_windows_that_are_over_are_forgotten(
    open_budget: Callable[..., SharedBudget], tables: Tables
) -> None:
    budget = open_budget()
    for minutes in range(0, 180, 30):
        budget.acquire(SPOT, 1, NOW + timedelta(minutes=minutes))
    assert tables.one("select count(*) from coverage.budgets") == 3
