"""Remove one defence at a time and see that an attack notices: `make attack-mutants`.

For each mutant a copy of the package is changed and put first on Python's path; the product knows
nothing of it. A mutant is caught if an attack fails; a service that does not even start catches
nothing. The table of what was removed and caught goes to docs/attack-mutants.md.
"""

from __future__ import annotations

import argparse
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from coinfrs_pipelines.core.embedded_postgres import THROWN_AWAY, EmbeddedPostgres
from tests.conftest import make_template
from tests.integration.auth import mutants, registry_mutants
from tests.integration.auth.mutants import Mutant

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent.relative_to(ROOT)
PACKAGE = "auth_service"
MUTANTS = (*mutants.MUTANTS, *registry_mutants.MUTANTS)
TABLE = ROOT / "docs" / "attack-mutants.md"
SECONDS_MAX = 300
_NOTHING = "**nothing**"
_ROW = re.compile(r"^\| \d+ \| ([^|]+) \| [^|]+ \| (.+) \|$", re.MULTILINE)
_HEAD = """\
# Do the attacks bite?

One defence of the sign-in service is removed at a time, in a copy, and the attacks that are named
for it run against the service of that copy. Written by `make attack-mutants`; the removals are in
`tests/integration/auth/mutants.py` and `registry_mutants.py`.

**{caught} of {all} removed defences are noticed.**

| # | removed | file of `auth_service` | noticed by |
|---|---|---|---|"""


@dataclass(frozen=True)
class Result:
    """What became of a mutant: the attacks that failed, and how the run ended."""

    mutant: Mutant
    failed: tuple[str, ...]
    said: str

    @property
    def is_caught(self) -> bool:
        return bool(self.failed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="mutants at once, a cluster each")
    parser.add_argument("--only", default="", help="mutants whose description matches this")
    given = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if re.search(given.only, mutant.removed)]
    for mutant in MUTANTS:
        changed(mutant)
    with tempfile.TemporaryDirectory() as directory:
        clusters = [_cluster(Path(directory) / f"cluster{number}") for number in range(given.jobs)]
        try:
            _require_green(chosen, clusters[0])
            results = _run(chosen, clusters, Path(directory))
        finally:
            for cluster in clusters:
                cluster.stop()
    survivors = [result for result in results if not result.is_caught]
    for survivor in survivors:
        print(f"SURVIVED: {survivor.mutant.removed}\n{survivor.said}")
    TABLE.write_text(_table(results))
    print(f"{len(results) - len(survivors)} of {len(results)} caught")
    return 1 if survivors else 0


def _cluster(directory: Path) -> EmbeddedPostgres:
    # Postgres of root runs as another account, which has to get there.
    directory.parent.chmod(0o711)
    server = EmbeddedPostgres(directory, THROWN_AWAY)
    server.start()
    make_template(server)
    return server


def _require_green(mutants: list[Mutant], cluster: EmbeddedPostgres) -> None:
    """Refuse to judge by attacks that fail without any mutant."""
    attacks = sorted({attack for mutant in mutants for attack in mutant.attacks})
    ended = _attack(attacks, cluster, {})
    if ended.returncode != 0:
        said = f"{ended.stdout[-4000:]}\n{ended.stderr[-4000:]}"
        raise SystemExit(f"The attacks fail without a mutant:\n{said}")


def _run(mutants: list[Mutant], clusters: list[EmbeddedPostgres], directory: Path) -> list[Result]:
    free: queue.Queue[EmbeddedPostgres] = queue.Queue()
    for cluster in clusters:
        free.put(cluster)

    def judge(numbered: tuple[int, Mutant]) -> Result:
        number, mutant = numbered
        copy = directory / f"mutant{number}"
        shutil.copytree(
            ROOT / PACKAGE, copy / PACKAGE, ignore=shutil.ignore_patterns("__pycache__")
        )
        (copy / PACKAGE / mutant.file).write_text(changed(mutant))
        cluster = free.get()
        try:
            ended = _attack(
                list(mutant.attacks), cluster, {"PYTHONPATH": str(copy), "PYTHONSAFEPATH": "1"}
            )
        finally:
            free.put(cluster)
        found = re.findall(r"^FAILED \S*?::(test_\w+)", ended.stdout, re.MULTILINE)
        result = Result(mutant, tuple(sorted(set(found))), ended.stdout[-2000:])
        print(f"{'caught' if result.is_caught else 'SURVIVED':8} {mutant.removed}", flush=True)
        return result

    with ThreadPoolExecutor(len(clusters)) as threads:
        return list(threads.map(judge, enumerate(mutants)))


def changed(mutant: Mutant) -> str:
    """Return the file of a mutant as it shall be; what it changes stands there once."""
    text = (ROOT / PACKAGE / mutant.file).read_text()
    if text.count(mutant.text) != 1:
        raise SystemExit(
            f"{mutant.file} holds {text.count(mutant.text)} times what {mutant.removed!r} changes; "
            "follow the code in mutants.py."
        )
    return text.replace(mutant.text, mutant.instead)


def _attack(
    attacks: list[str], cluster: EmbeddedPostgres, variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    options = ("-q", "-x", "--tb=short", "-p", "no:cacheprovider", "-o", "addopts=")
    return subprocess.run(
        (
            *(sys.executable, "-m", "pytest", *options, "-rfE", "--import-mode=importlib"),
            *(str(HERE / attack) for attack in attacks),
        ),
        cwd=ROOT,
        env={**os.environ, "TESTS_CLUSTER": str(cluster.directory), **variables},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


def _table(results: list[Result]) -> str:
    """Return the table; of what was not run now it keeps what it said before."""
    noticed = dict(_ROW.findall(TABLE.read_text())) if TABLE.exists() else {}
    for result in results:
        names = ", ".join(f"`{name}`" for name in result.failed)
        noticed[result.mutant.removed] = names or _NOTHING
    rows = [
        f"| {number} | {mutant.removed} | `{mutant.file}` | "
        f"{noticed.get(mutant.removed, _NOTHING)} |"
        for number, mutant in enumerate(MUTANTS, 1)
    ]
    caught = sum(not row.endswith(f"{_NOTHING} |") for row in rows)
    return "\n".join((_HEAD.format(caught=caught, all=len(MUTANTS)), *rows, ""))


if __name__ == "__main__":
    sys.exit(main())
