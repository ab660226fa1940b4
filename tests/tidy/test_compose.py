"""docker-compose.yml against the commands of `coinfrs up`, as YAML: no Docker engine is needed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from coinfrs_pipelines.cli import services

ROOT = Path(__file__).parents[2]
WORKSPACE = Path("/srv/dagster/workspace.yaml")
# What is published has to be reached from outside its namespace.
EVERYWHERE = "0.0.0.0"  # noqa: S104 -- the expectation.


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


def ours(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the services that run our image."""
    return {
        name: service
        for name, service in compose["services"].items()
        if service["image"] == "coinfrs"
    }


def test_every_service_of_coinfrs_up_runs_the_same_command(compose: dict[str, Any]) -> None:
    emulator = services.emulator(datetime(2026, 1, 9, tzinfo=UTC)).command
    start = emulator.index("--start")
    wanted = {
        "code_server": services.code_server().command,
        "webserver": services.webserver(WORKSPACE).command,
        "daemon": services.daemon(WORKSPACE).command,
        "auth_service": services.auth_service().command,
        "emulator": (*emulator[:start], *emulator[start + 2 :]),
    }
    found = {
        name: tuple(part.replace(EVERYWHERE, services.HOST) for part in service["command"])
        for name, service in ours(compose).items()
        if name not in {"namespace", "migrate"}
    }
    assert found == wanted
    # The first day of the emulator's world comes last.
    assert services.EMULATED_DAYS_BEFORE_TODAY == 8
    assert "8 days ago" in compose["services"]["emulator"]["entrypoint"][2]
    assert compose["services"]["migrate"]["command"] == ["coinfrs", "migrate"]


def test_only_what_a_person_opens_is_published_and_to_this_machine_alone(
    compose: dict[str, Any],
) -> None:
    published = {
        name: service["ports"]
        for name, service in compose["services"].items()
        if "ports" in service
    }
    ports = (services.WEBSERVER_PORT, services.AUTH_SERVICE_PORT)
    assert published == {"namespace": [f"127.0.0.1:{port}:{port}" for port in ports]}
    assert compose["services"]["auth_service"]["environment"]["PORT"] == str(ports[1])


def test_the_emulator_stays_on_loopback_beside_those_who_call_it(compose: dict[str, Any]) -> None:
    for name, service in ours(compose).items():
        if name != "namespace":
            assert service["network_mode"] == "service:namespace"
            assert "networks" not in service
    emulator = compose["services"]["emulator"]
    assert emulator["profiles"] == ["emulator"]
    url = f"http://127.0.0.1:{services.EMULATOR_PORT}"
    environment = compose["services"]["auth_service"]["environment"]
    assert environment["COINFRS_BINANCE_SPOT_URL"] == environment["COINFRS_FIREBLOCKS_URL"] == url


def test_nothing_starts_before_the_migrations_and_no_secret_has_a_default(
    compose: dict[str, Any],
) -> None:
    for name, service in ours(compose).items():
        if name in {"namespace", "migrate"}:
            continue
        condition = service["depends_on"]["migrate"]["condition"]
        assert condition == "service_completed_successfully"
        for secret in ("PGPASSWORD", "ENCRYPTION_KEY", "SECRET_KEY"):
            assert service["environment"][secret].startswith(f"${{{secret}:?")
    assert {"postgres", "redis"} < set(compose["services"])


def test_the_workspace_names_the_code_server(compose: dict[str, Any]) -> None:
    workspace = yaml.safe_load(compose["configs"]["workspace"]["content"])
    [location] = workspace["load_from"]
    assert location["grpc_server"] == {
        "host": services.HOST,
        "port": services.CODE_SERVER_PORT,
        "location_name": "coinfrs",
    }


def test_no_evidence_and_no_key_enters_an_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".coinfrs", ".env", ".git", ".venv"} <= set(ignored)
