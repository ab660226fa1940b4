"""`python -m auth_service` refuses to start in one line, with exit status 2."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from coinfrs_pipelines.core import database as core_database

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.integration.auth.conftest import Serve, StartRedis


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


def test_outside_development_with_everything_set_it_serves_and_prints_no_code(
    serve: Serve, start_redis: StartRedis
) -> None:
    door = serve(
        COINFRS_ENVIRONMENT="production",
        REDIS_URL=start_redis()[0],
        PUBLIC_BASE_URL="https://books.example.com",
        # Nobody listens there, so the mail is lost, and the log says so.
        SMTP_HOST="127.0.0.1",
        SMTP_PORT="9",
    )
    assert door.http.get("/health").json() == {"status": "ok"}
    assert door.request("somebody@example.com").status_code == 202
    assert door.event("mail_failed")["level"] == "error"
    assert door.mailbox == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("revision", "advice"), [("0042", "coinfrs migrate"), ("9999", "use newer code")]
)
def test_beside_a_database_of_another_revision_it_does_not_start(
    revision: str, advice: str
) -> None:
    with core_database.connect("LOGIN") as connection:
        connection.execute("update alembic_version set version_num = %s", [revision])
    status, said = start()
    assert status == 2
    assert revision in said.splitlines()[-1]
    assert advice in said.splitlines()[-1]


@pytest.mark.usefixtures("empty_database")
def test_before_the_migrations_it_does_not_start() -> None:
    """Once another database of the cluster was migrated the role is there, but not the table."""
    status, said = start()
    assert status == 2
    assert "coinfrs migrate" in said.splitlines()[-1]
