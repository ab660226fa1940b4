"""dbt's parsed project: made once, read by every process.

Parsing takes seconds and would happen again in each run process, so it is done ahead, in a process
of its own, and kept under `dbt_project/target`. A parse holds the name of the database, so a
database that is not called `coinfrs` has a directory of its own. Needs no server.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
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
    """One parse of the project, in both forms; the two always belong together.

    `manifest` is the JSON that Dagster reads, `parse` the same in dbt's own form, which a build in
    process takes instead of parsing. `digest` is that of everything they were made from.
    """

    manifest: dict[str, Any]
    parse: bytes
    digest: str


@dataclass(frozen=True)
class _Files:
    directory: Path

    @property
    def manifest(self) -> Path:
        return self.directory / "manifest.json"

    @property
    def parse(self) -> Path:
        return self.directory / "partial_parse.msgpack"

    @property
    def made_from(self) -> Path:
        return self.directory / "parsed_from.sha256"

    def are_current(self) -> bool:
        """Whether both files were made from exactly the sources that are there now."""
        made = (self.manifest, self.parse, self.made_from)
        return all(file.exists() for file in made) and self.made_from.read_text() == _sources()


def parsed_project(database: str | None = None) -> ParsedProject:
    """Return the current parse for this database (default `PGDATABASE`), parsing if it is stale.

    Of several processes that find it stale, one parses and the others wait for it.

    Raises ParseError when dbt refuses the project.
    """
    name = database or os.environ.get("PGDATABASE") or DEFAULT_DATABASE
    target = PROJECT / "target"
    files = _Files(target if name == DEFAULT_DATABASE else target / name)
    with _alone(files.directory):
        if not files.are_current():
            _parse(files, name)
        return ParsedProject(
            json.loads(files.manifest.read_text()),
            files.parse.read_bytes(),
            files.made_from.read_text(),
        )


def _sources() -> str:
    """Return the digest of every file that dbt reads, and of dbt's own version."""
    digest = hashlib.sha256(version("dbt-core").encode())
    for path in sorted({path for pattern in _SOURCES for path in PROJECT.glob(pattern)}):
        if path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(PROJECT)} {content}\n".encode())
    return digest.hexdigest()


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".parse.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _parse(files: _Files, database: str) -> None:
    """Let dbt parse in a process of its own: it keeps its connections and flags in globals."""
    sources = _sources()
    environment = _PLACEHOLDERS | os.environ | {"PGDATABASE": database}
    for made in (files.manifest, files.parse, files.made_from):
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
            f"--target-path={files.directory}",
        ],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0 or not files.parse.exists():
        raise ParseError(
            "dbt could not parse dbt_project/; correct the file it names:\n"
            + (result.stdout + result.stderr).strip()[-4000:]
        )
    files.made_from.write_text(sources)
