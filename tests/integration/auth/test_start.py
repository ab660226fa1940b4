"""`python -m auth_service` refuses to start in one line, with exit status 2."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping


def start(**variables: str) -> tuple[int, str]:
    """Start the service and return its exit status and what it said on standard error."""
    ended = subprocess.run(
        (sys.executable, "-m", "auth_service"),
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return ended.returncode, ended.stderr


def test_outside_development_it_does_not_start(database: Mapping[str, str]) -> None:
    assert database
    status, said = start(COINFRS_ENVIRONMENT="production")
    assert status == 2
    assert len(said.splitlines()) == 1
    for name in ("REDIS_URL", "JWT_PRIVATE_KEY_FILE", "PUBLIC_BASE_URL", "SMTP_HOST"):
        assert name in said


@pytest.mark.usefixtures("empty_database")
def test_before_the_migrations_it_does_not_start() -> None:
    """Once another database of the cluster was migrated the role is there, but not the table."""
    status, said = start()
    assert status == 2
    assert "coinfrs migrate" in said.splitlines()[-1]
