"""`coinfrs up`: everything a single host runs, in the foreground, until Ctrl-C.

The same commands stand in docker-compose.yml, one per service. One code server imports the
definitions and is shared by the webserver and the daemon. The embedded PostgreSQL is left running
(`make down` stops it): its evidence outlives every service.
"""

import contextlib
import json
import os
import re
import shlex
import shutil
import socket
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coinfrs_pipelines.cli.errors import RefusedError, plainly
from coinfrs_pipelines.console import say

if TYPE_CHECKING:
    from coinfrs_pipelines.processes import Child, Children

HOST = "127.0.0.1"
CODE_SERVER_PORT = 4266
WEBSERVER_PORT = 3000
AUTH_SERVICE_PORT = 8000
EMULATOR_PORT = 8810
# A first start parses the dbt project and makes the database.
READY_SECONDS_MAX = 120.0
# The emulated week has passed when it is first looked at, and the day before today can be closed.
EMULATED_DAYS_BEFORE_TODAY = 8
# The world goes on while somebody works with it; after its last day nothing happens in it any more.
EMULATED_DAYS = 100


@dataclass(frozen=True)
class Service:
    """One long-running program: its name, its command and the port on which it answers, if any."""

    name: str
    command: tuple[str, ...]
    port: int | None = None


def code_server() -> Service:
    """Return the process that imports the definitions and starts the runs."""
    return Service(
        "code server",
        (
            *("dagster", "code-server", "start", "--module-name", "coinfrs_pipelines.definitions"),
            *("--host", HOST, "--port", str(CODE_SERVER_PORT), "--location-name", "coinfrs"),
        ),
        CODE_SERVER_PORT,
    )


def webserver(workspace: Path) -> Service:
    """Return Dagster's web interface."""
    return Service(
        "webserver",
        (
            *("dagster-webserver", "--host", HOST, "--port", str(WEBSERVER_PORT)),
            *("--workspace", str(workspace), "--dagster-log-level", "warning"),
        ),
        WEBSERVER_PORT,
    )


def daemon(workspace: Path) -> Service:
    """Return Dagster's daemon, which runs the schedules and sensors."""
    return Service(
        "daemon",
        ("dagster-daemon", "run", "--workspace", str(workspace), "--log-level", "warning"),
    )


def auth_service() -> Service:
    """Return the sign-in service, which listens where PORT and BIND_ADDRESS say."""
    return Service("auth service", ("python", "-m", "auth_service"), AUTH_SERVICE_PORT)


def emulator(today: date, kept: Path) -> Service:
    """Return the emulated venues: eight days have passed and the venue clock runs with ours.

    That is at the first start. Later ones go on with the world that is kept in the directory.
    """
    start = today - timedelta(days=EMULATED_DAYS_BEFORE_TODAY)
    return Service(
        "emulator",
        (
            *("python", "-m", "coinfrs_pipelines.emulator", "--running"),
            *("--start", start.isoformat(), "--days", str(EMULATED_DAYS)),
            *("--keep", str(kept)),
            *("--host", HOST, "--port", str(EMULATOR_PORT)),
        ),
        EMULATOR_PORT,
    )


@plainly
def up(
    with_emulator: Annotated[
        bool, typer.Option("--emulator", help="Run emulated venues too (development only).")
    ] = False,
) -> None:
    """Run Dagster's webserver and daemon and the sign-in service until Ctrl-C stops them all."""
    from coinfrs_pipelines import runs  # noqa: PLC0415 -- imports Dagster.
    from coinfrs_pipelines.core import database  # noqa: PLC0415 -- keeps --help quick.
    from coinfrs_pipelines.core.settings import settings  # noqa: PLC0415 -- as above.
    from coinfrs_pipelines.processes import (  # noqa: PLC0415 -- as above.
        Children,
        terminated_as_interrupted,
    )
    from coinfrs_pipelines.transform.manifest import parsed_project  # noqa: PLC0415 -- as above.

    configuration = settings()
    configuration.require_secrets()
    if with_emulator and not configuration.is_development:
        raise RefusedError("--emulator needs COINFRS_ENVIRONMENT=development.")
    venues = emulator(datetime.now(UTC).date(), configuration.home / "emulator")
    wanted = [code_server(), auth_service(), webserver(Path())]
    _refuse_taken_ports([*wanted, venues] if with_emulator else wanted)
    database.ensure_ready()
    database.export()
    say("Preparing the dbt project")
    parsed_project()
    home = _dagster_home(configuration.home)
    environment = os.environ | {
        "DAGSTER_HOME": str(home),
        "BIND_ADDRESS": HOST,
        "PORT": str(AUTH_SERVICE_PORT),
    }
    with (
        contextlib.suppress(KeyboardInterrupt),
        terminated_as_interrupted(),
        Children(_print_line) as children,
    ):
        if with_emulator:
            environment |= _start_emulator(children, venues, environment, configuration.home)
        with runs.open_instance() as instance:
            for run_id in runs.mark_dead_runs_failed(instance):
                say(f"Run {run_id} had been killed; it is marked failed.")
        workspace = home / "workspace.yaml"
        for service in (code_server(), webserver(workspace), daemon(workspace), auth_service()):
            _start(children, service, environment)
        say(f"Dagster         http://{HOST}:{WEBSERVER_PORT}")
        # The name that the service's links and cookies are for.
        say(f"Pages           http://localhost:{AUTH_SERVICE_PORT} (sign-in codes appear here)")
        say("Ctrl-C stops everything but the database (make down).")
        children.wait_until_one_ends()


def _start(children: "Children", service: Service, environment: dict[str, str]) -> "Child":
    program, *arguments = service.command
    child = children.start(service.name, (_program(program), *arguments), environment)
    if service.port is not None:
        port = service.port
        children.wait_for(child, lambda: _answers(port), READY_SECONDS_MAX)
    return child


def _program(name: str) -> str:
    """Return the program of this environment, which need not be on PATH."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise RefusedError(f"{name} is not installed: run `make environment`.")
    return found


def _start_emulator(
    children: "Children", venues: Service, environment: dict[str, str], home: Path
) -> dict[str, str]:
    """Start the emulated venues, leave their credentials as files and say how to register them."""
    child = _start(children, venues, environment)
    children.wait_for(child, lambda: any(line.startswith("{") for line in child.lines), 10.0)
    announced: dict[str, Any] = json.loads(
        next(line for line in child.lines if line.startswith("{"))
    )
    directory = home / "emulator"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    urls = {
        "COINFRS_BINANCE_SPOT_URL": str(announced["binance_url"]),
        "COINFRS_FIREBLOCKS_URL": str(announced["fireblocks_url"]),
    }
    say(f"The keys of the emulated accounts are in {directory}: paste them into the pages,")
    say("or register them from another terminal:")
    variables = {"COINFRS_ENVIRONMENT": "development"} | urls
    # By its path: who has not activated the environment has no `coinfrs`.
    program = shlex.quote(_program("coinfrs"))
    say("  export " + " ".join(f"{name}={value}" for name, value in variables.items()))
    for credential in announced["worlds"][0]["credentials"]:
        file = directory / f"{re.sub(r'[^a-z0-9]+', '-', credential['name'].lower())}.json"
        pem = credential.get("private_key_pem")
        secret = "private_key_pem" if pem else "api_secret"
        file.write_text(
            json.dumps({name: credential[name] for name in ("api_key", secret)}, indent=2)
        )
        file.chmod(0o600)
        if pem:
            # As it has to be pasted: in JSON its line ends are escaped.
            file.with_suffix(".pem").write_text(pem)
            file.with_suffix(".pem").chmod(0o600)
        say(
            f"  {program} sources add --venue {credential['venue']} --environment emulator "
            f"--name {shlex.quote(credential['name'])} --credential-file {shlex.quote(str(file))}"
        )
    return urls


def _print_line(name: str, line: str) -> None:
    # The emulator announces its credentials in one line of JSON, which is no news to a person.
    if not (name == "emulator" and line.startswith("{")):
        say(f"{name:<12} | {line}")


def _dagster_home(home: Path) -> Path:
    """Return DAGSTER_HOME: our dagster.yaml, and a workspace that names the shared code server."""
    from coinfrs_pipelines.runs import INSTANCE_CONFIG  # noqa: PLC0415 -- imports Dagster.

    directory = home / "dagster"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(INSTANCE_CONFIG, directory / INSTANCE_CONFIG.name)
    (directory / "workspace.yaml").write_text(
        "load_from:\n"
        "  - grpc_server:\n"
        f"      host: {HOST}\n"
        f"      port: {CODE_SERVER_PORT}\n"
        "      location_name: coinfrs\n"
    )
    return directory


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _refuse_taken_ports(services: list[Service]) -> None:
    for service in services:
        if service.port is not None and _answers(service.port):
            raise RefusedError(
                f"Port {service.port} is taken, so the {service.name} cannot start: "
                "stop what listens there (another `coinfrs up`?)."
            )
