"""The attacks that are named exist, `make attacks` runs them, and removals fit the code."""

import re
import subprocess
import sys

from tests.integration.auth.mutate import HERE, MUTANTS, ROOT, changed

NAMED = re.compile(r"`(test_\w+\.py)`")


def test_every_removal_fits_the_code_and_its_attacks_are_collected() -> None:
    for mutant in MUTANTS:
        changed(mutant)
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


def test_make_attacks_leaves_out_no_module_of_an_attack() -> None:
    [left_out] = re.findall(r"foreach module,([\w ]+),", (ROOT / "Makefile").read_text())
    of_properties = set(NAMED.findall((ROOT / "docs" / "authentication.md").read_text()))
    of_removals = {attack.partition("::")[0] for mutant in MUTANTS for attack in mutant.attacks}
    modules = {f"test_{module}.py" for module in left_out.split()}
    assert all((ROOT / HERE / module).is_file() for module in modules)
    assert not modules & (of_properties | of_removals)
