"""A run that is killed at any moment is finished by the same command, with the same result."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from typing import Any

    from tests.integration.extract.conftest import Pipeline, Rows, Tables

pytestmark = pytest.mark.long

# The process kills itself in the middle of a landing: rows are inserted and nothing is committed.
KILLED_RUN = """
import os, signal, sys
import dagster as dg
from coinfrs_pipelines.extract import binance, fireblocks, landing
from coinfrs_pipelines.resources import INSTALLATION

stream, landings = sys.argv[2], int(sys.argv[3])
land_records = landing._land_records

def land_or_die(connection, provenance, *what):
    global landings
    landed = land_records(connection, provenance, *what)
    landings -= provenance.stream == stream
    if landings == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return landed

landing._land_records = land_or_die
dg.materialize(
    [*binance.assets, *fireblocks.assets],
    instance=dg.DagsterInstance.ephemeral(),
    resources=INSTALLATION,
    partition_key=sys.argv[1],
)
"""
PROVEN = """
select data_source_id, stream, scope, range_agg(proven)::text from coverage.intervals
where scope = '' or stream <> 'transactions' group by 1, 2, 3 order by 1, 2, 3
"""
READ = "select data_source_id, subject from coverage.outcomes where result = 'read' order by 1, 2"


@dataclass(frozen=True)
class Known:
    """What a run leaves behind."""

    contents: dict[str, set[tuple[Any, ...]]]
    proven: Rows
    read: Rows


def known(tables: Tables) -> Known:
    return Known(tables.contents(), tables.rows(PROVEN), tables.rows(READ))


@pytest.fixture(scope="module")
def undisturbed(module_pipeline: Pipeline, module_tables: Tables) -> Known:
    """Read a day of every stream, by one key of each venue."""
    module_pipeline.register("master", "workspace")
    module_pipeline.close(1)
    return known(module_tables)


# Among the lists before the captures, among the streams after them, and among the last, the fills.
@pytest.mark.parametrize(
    ("stream", "landings"), [("symbols", 1), ("asset_transfers", 2), ("spot_trades", 1)]
)
def test_a_run_killed_in_a_landing_and_run_again_equals_an_undisturbed_one(
    module_pipeline: Pipeline,
    module_tables: Tables,
    undisturbed: Known,
    stream: str,
    landings: int,
) -> None:
    pipeline, tables = module_pipeline, module_tables
    tables.forget_all_runs()
    day = pipeline.day(1).isoformat()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_RUN, day, stream, str(landings)],
        env=dict(os.environ),
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-2000:]
    landed = (
        "select count(distinct scope) from coverage.requests"
        f" where id in (select request_id from staging_binance.raw_{stream})"
    )
    assert tables.one(landed) == landings - 1
    assert pipeline.run(1).success
    again = known(tables)
    assert again.contents == undisturbed.contents
    # By what came to light last, the second run asks in more places, and finds nothing there.
    asked = {row[:3] for row in undisturbed.proven}
    assert [row for row in again.proven if row[:3] in asked] == undisturbed.proven
    # Outcomes are one row for each run, so the killed one may have left some.
    assert set(again.read) == set(undisturbed.read)
