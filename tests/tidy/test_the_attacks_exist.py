"""The removals of `make attack-mutants` fit the code, and the attacks that they name are there."""

import subprocess
import sys

from tests.integration.auth.mutate import HERE, MUTANTS, ROOT, _changed


def test_every_removal_fits_the_code_and_its_attacks_are_collected() -> None:
    for mutant in MUTANTS:
        _changed(mutant)
    attacks = sorted({str(HERE / attack) for mutant in MUTANTS for attack in mutant.attacks})
    options = ("-q", "--collect-only", "-p", "no:cacheprovider", "-o", "addopts=")
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--import-mode=importlib", *attacks],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert collected.returncode == 0, collected.stderr
