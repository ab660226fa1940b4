"""`coinfrs up`: everything starts, one Ctrl-C stops it all, and nothing is left."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from coinfrs_pipelines.cli import services

pytestmark = pytest.mark.slow

COINFRS = [sys.executable, "-c", "from coinfrs_pipelines.cli import app; app()"]
PORTS = (
    services.CODE_SERVER_PORT,
    services.WEBSERVER_PORT,
    services.AUTH_SERVICE_PORT,
    services.EMULATOR_PORT,
)
START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 60

LOADED = "{repositoriesOrError{...on RepositoryConnection{nodes{location{name}}}}}"


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((services.HOST, port)) == 0


@pytest.fixture(autouse=True)
def _free_ports() -> None:
    """Somebody who works on the project may have it running; this test needs the same ports."""
    if taken := [port for port in PORTS if is_taken(port)]:
        pytest.skip(f"ports {taken} are taken")


def test_a_taken_port_is_refused_before_anything_starts(database: Mapping[str, str]) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((services.HOST, services.WEBSERVER_PORT))
        listener.listen()
        result = subprocess.run(
            [*COINFRS, "up"],
            env={**os.environ, **database},
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    assert f"Port {services.WEBSERVER_PORT} is taken" in result.stderr


def test_everything_starts_and_one_interrupt_stops_it_all(database: Mapping[str, str]) -> None:
    process = subprocess.Popen(
        [*COINFRS, "up", "--emulator"],
        env={**os.environ, **database, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    printed = []
    deadline = time.monotonic() + START_SECONDS_MAX
    try:
        for line in process.stdout:
            printed.append(line)
            if "Ctrl-C stops everything" in line:
                break
            assert time.monotonic() < deadline, "".join(printed)
        assert process.poll() is None, "".join(printed)
        dagster = f"http://{services.HOST}:{services.WEBSERVER_PORT}/graphql"
        answer = httpx.post(dagster, json={"query": LOADED}, timeout=60).json()
        [repository] = answer["data"]["repositoriesOrError"]["nodes"]
        assert repository["location"]["name"] == "coinfrs"
        sign_in = f"http://{services.HOST}:{services.AUTH_SERVICE_PORT}/api/v1/health"
        assert httpx.get(sign_in, timeout=10).is_success
        commands = [shlex.split(line) for line in printed if " sources add --venue " in line]
        assert len(commands) == 4
        # Whoever copies one has no `coinfrs` on the path.
        assert {Path(command[0]) for command in commands} == {
            Path(sys.executable).parent / "coinfrs"
        }
        assert (Path(os.environ["COINFRS_HOME"]) / "emulator" / "world.json").exists()
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=STOP_SECONDS_MAX)
    assert process.returncode == 0, rest
    assert not [port for port in PORTS if is_taken(port)]
    assert "Traceback" not in "".join(printed) + rest
