"""`make test` without root and without Debian: it goes on and says what to install."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests import conftest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def nobodys_path(tmp_path: Path) -> Path:
    """Make a PATH of somebody who is not root and has neither server nor browser."""
    scripts = {"id": "echo 1000", "sudo": 'touch "$0.called"', "apt-get": 'touch "$0.called"'}
    for name, script in scripts.items():
        file = tmp_path / name
        file.write_text(f"#!/bin/bash\n{script}\n")
        file.chmod(0o755)
    # What the Makefile itself asks while it is read.
    find = shutil.which("find")
    assert find is not None
    (tmp_path / "find").symlink_to(find)
    return tmp_path


@pytest.mark.parametrize(
    ("target", "package"), [("redis", "redis-server"), ("chromium", "chromium")]
)
def test_without_root_make_says_what_to_install_and_goes_on(
    nobodys_path: Path, target: str, package: str
) -> None:
    make = shutil.which("make")
    assert make is not None
    done = subprocess.run(
        [make, target],
        cwd=ROOT,
        env={"PATH": str(nobodys_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"As root: apt-get install {package}" in done.stdout
    assert not list(nobodys_path.glob("*.called"))


def test_a_test_without_its_program_skips_unless_every_test_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    monkeypatch.setattr(conftest, "IS_EVERY_TEST_WANTED", False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install redis-server"):
        conftest.installed("redis-server")
    monkeypatch.setattr(conftest, "IS_EVERY_TEST_WANTED", True)
    with pytest.raises(RuntimeError, match="redis-server is missing"):
        conftest.installed("redis-server")
