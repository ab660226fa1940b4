"""A run that is killed at any moment is finished by the same command, with the same result."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.extract.conftest import Pipeline, Tables

# The process kills itself in the middle of a landing: rows are inserted and nothing is committed.
KILLED_RUN = """
import os, signal, sys
import dagster as dg
from coinfrs_pipelines.extract import binance, fireblocks, landing
from coinfrs_pipelines.resources import INSTALLATION

landings = int(sys.argv[2])
write_interval = landing.write_interval

def write_or_die(*arguments):
    global landings
    landings -= 1
    if landings == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    write_interval(*arguments)

landing.write_interval = write_or_die
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


# Of about 75 landings of the day: in the reference lists, in the streams, among the spot trades.
@pytest.mark.slow
@pytest.mark.parametrize("landings", [3, 20, 60])
def test_a_run_killed_in_a_landing_and_run_again_equals_an_undisturbed_one(
    pipeline: Pipeline, tables: Tables, landings: int
) -> None:
    pipeline.register()
    pipeline.close(1)
    undisturbed = (tables.contents(), tables.rows(PROVEN), tables.rows(READ))
    tables.forget_all_runs()

    day = pipeline.day(1).isoformat()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_RUN, day, str(landings)],
        env=dict(os.environ),
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-2000:]
    landed = tables.one("select count(*) from coverage.intervals")
    assert landed < len(undisturbed[1])
    assert pipeline.run(1).success
    assert tables.contents() == undisturbed[0]
    assert tables.rows(PROVEN) == undisturbed[1]
    # Outcomes are one row for each run, so the killed one may have left some.
    assert set(tables.rows(READ)) == set(undisturbed[2])
