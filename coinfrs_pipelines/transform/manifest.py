"""dbt's parsed project: made once, read by every process.

Parsing takes seconds and would happen again in each run process, so it is done ahead, in a process
of its own, and kept under `dbt_project/target`. A parse holds the name of the database, so a
database that is not called `coinfrs` has a directory of its own. Needs no server.
"""

import contextlib
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
DEFAULT_DATABASE = "coinfrs"
# What dbt reads; everything else in the directory is its own output.
_SOURCES = ("*.yml", "models/**/*", "macros/**/*", "tests/**/*", "seeds/**/*")
# The profile asks for these; a parse never connects.
_PLACEHOLDERS = {
    "PGHOST": "localhost",
    "PGPORT": "5432",
    "PGUSER": "nobody",
    "PGPASSWORD": "nothing",
}


class ParseError(Exception):
    """dbt could not parse the project; the message is dbt's own, with the file and line."""


@dataclass(frozen=True)
class ParsedProject:
    """Where a parse of the project for one database lies."""

    directory: Path

    @property
    def manifest(self) -> Path:
        """The JSON that Dagster reads."""
        return self.directory / "manifest.json"

    @property
    def parse(self) -> Path:
        """The same in dbt's own form, which a build in process takes instead of parsing."""
        return self.directory / "partial_parse.msgpack"

    def is_current(self) -> bool:
        """Whether both files exist and nothing they were made from is newer."""
        if not (self.manifest.exists() and self.parse.exists()):
            return False
        made_at = self.manifest.stat().st_mtime
        return all(path.stat().st_mtime <= made_at for path in _source_files())

    def read(self) -> dict[str, Any]:
        """Return the manifest as Dagster wants it."""
        content: dict[str, Any] = json.loads(self.manifest.read_text())
        return content


def parsed_project(database: str | None = None) -> ParsedProject:
    """Return the current parse for this database (default `PGDATABASE`), parsing if it is stale.

    Of several processes that find it stale, one parses and the others wait for it.
    Raises ParseError when dbt refuses the project.
    """
    name = database or os.environ.get("PGDATABASE") or DEFAULT_DATABASE
    target = PROJECT / "target"
    project = ParsedProject(target if name == DEFAULT_DATABASE else target / name)
    if not project.is_current():
        with _alone(project.directory):
            if not project.is_current():
                _parse(project, name)
    return project


def _source_files() -> Iterator[Path]:
    for pattern in _SOURCES:
        yield from (path for path in PROJECT.glob(pattern) if path.is_file())


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".parse.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _parse(project: ParsedProject, database: str) -> None:
    """Let dbt parse in a process of its own: it keeps its connections and flags in globals."""
    environment = _PLACEHOLDERS | os.environ | {"PGDATABASE": database}
    for made in (project.manifest, project.parse):
        made.unlink(missing_ok=True)
    result = subprocess.run(  # noqa: S603 -- our own arguments.
        [
            sys.executable,
            "-c",
            "from dbt.cli.main import cli; cli()",
            "--no-send-anonymous-usage-stats",
            "--no-use-colors",
            "--no-version-check",
            "--log-format-file=text",
            "--log-level-file=none",
            "--no-partial-parse",
            "parse",
            f"--project-dir={PROJECT}",
            f"--profiles-dir={PROJECT}",
            f"--target-path={project.directory}",
        ],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0 or not project.parse.exists():
        raise ParseError(
            "dbt could not parse dbt_project/; correct the file it names:\n"
            + (result.stdout + result.stderr).strip()[-4000:]
        )
    os.utime(project.manifest)
