"""An installation of the product's own, made for a rehearsal and thrown away with it.

A home under `.coinfrs`, an embedded server in it, development secrets: of the caller's environment
only what any program needs of its machine reaches it, and it reaches nothing of the caller's.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import dagster as dg

from coinfrs_pipelines import runs
from coinfrs_pipelines.core.embedded_postgres import THROWN_AWAY, EmbeddedPostgres
from coinfrs_pipelines.core.settings import default_home, settings
from coinfrs_pipelines.runs import Carried

# What programs need of their machine. Everything else a shell holds may be about another
# installation: settings of ours, and what libpq, dbt, Dagster or an HTTP client would read.
OF_THE_MACHINE = frozenset(
    {
        *("PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "HOME", "USER", "LOGNAME", "SHELL"),
        *("LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP"),
        *("TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"),
    }
)
FAMILIES_OF_THE_MACHINE = ("LC_", "PYTHON")
# A held minute must hold the requests of a whole day; scaled on both sides, emulator and pipeline.
LIMITS_FACTOR = 1000
# Venues on this machine answer at once: more threads would only wait for each other.
SOURCES_AT_ONCE = 2

StepListener = Callable[[str], None]


class RunFailedError(Exception):
    """A run of the rehearsal failed for a reason that is no venue's; the message is the run's."""


@contextlib.contextmanager
def own_installation(name: str, *, keep: bool = False) -> Iterator[Path]:
    """Make a fresh home called `name` and make it this process's own; yield its directory.

    The server is stopped at the end unless it is to be kept. The environment is put back.
    """
    home = default_home() / name
    server = EmbeddedPostgres(home / "postgres", None if keep else THROWN_AWAY)
    if home.exists():
        server.stop()
        shutil.rmtree(home)
    home.mkdir(mode=0o700, parents=True)
    before = dict(os.environ)
    for variable in list(os.environ):
        if variable not in OF_THE_MACHINE and not variable.startswith(FAMILIES_OF_THE_MACHINE):
            del os.environ[variable]
    adopt(
        {
            "COINFRS_HOME": str(home),
            "COINFRS_ENVIRONMENT": "development",
            "COINFRS_LIMITS_FACTOR": str(LIMITS_FACTOR),
            "COINFRS_SOURCES_AT_ONCE": str(SOURCES_AT_ONCE),
        }
    )
    try:
        # Whoever asks for the database later attaches to the server as it was started here.
        server.start()
        yield home
    finally:
        if not keep:
            server.stop()
        os.environ.clear()
        adopt(before)


def adopt(variables: Mapping[str, str]) -> None:
    """Put variables into this process's environment, and have the settings read again."""
    os.environ.update(variables)
    settings.cache_clear()


class Pipeline:
    """The jobs of the code location, carried out in this process against its instance."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        """Load the code location, which makes the database ready."""
        from coinfrs_pipelines.definitions import (  # noqa: PLC0415 -- importing it uses the settings.
            defs,
        )

        self._instance = instance
        self._extract = defs.resolve_job_def("extract")
        self._close = defs.resolve_job_def("close")

    def extract(self, day: date, on_step: StepListener) -> Carried:
        """Capture and read what closes a day. Raises RunFailedError."""
        return self._carry_out(self._extract, day, day, on_step)

    def close(self, first: date, last: date, on_step: StepListener) -> Carried:
        """Build every model once, then verify the days. Raises RunFailedError."""
        return self._carry_out(self._close, first, last, on_step)

    def _carry_out(
        self, job: dg.JobDefinition, first: date, last: date, on_step: StepListener
    ) -> Carried:
        def listen(event: dg.DagsterEvent) -> None:
            if event.is_step_start and event.step_key:
                on_step(event.step_key)
            if event.is_step_materialization and event.asset_key:
                on_step(event.asset_key.path[-1])

        carried = runs.carry_out(job, self._instance, runs.days(first, last), listener=listen)
        if not carried.is_success:
            raise RunFailedError(f"The run {job.name} failed: " + "; ".join(carried.failures))
        return carried
