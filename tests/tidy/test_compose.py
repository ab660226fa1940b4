"""docker-compose.yml against the commands of `coinfrs up`, as YAML: no Docker engine is needed."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from auth_service.settings import AuthSettings
from coinfrs_pipelines.cli import services
from coinfrs_pipelines.core.settings import LIBPQ_VARIABLES, Settings

ROOT = Path(__file__).parents[2]
WORKSPACE = Path("/srv/dagster/workspace.yaml")
# The volume that outlives the containers (Dockerfile: COINFRS_HOME).
HOME = Path("/var/lib/coinfrs")
# Settings that compose leaves out: the image sets the first, and the emulated venue serves every
# API under the one address of its main API.
LEFT_OUT = {
    "COINFRS_HOME",
    *(f"COINFRS_BINANCE_{api}_URL" for api in ("UM", "CM", "OPTIONS", "PM", "DOWNLOADS")),
}
# What compose itself decides, and what it decides it from.
DECIDED = {
    "PGHOST": "postgres",
    "PGPORT": "5432",
    "PGUSER": "coinfrs",
    "PGDATABASE": "coinfrs",
    "COINFRS_BINANCE_SPOT_URL": "http://127.0.0.1:8810",
    "COINFRS_FIREBLOCKS_URL": "http://127.0.0.1:8810",
    "REDIS_URL": "redis://redis:6379/0",
    "BIND_ADDRESS": "0.0.0.0",  # noqa: S104 -- inside the namespace, which publishes to this machine.
    "PORT": "8000",
    "JWT_PRIVATE_KEY_FILE": "${JWT_PRIVATE_KEY_FILE:+/run/secrets/jwt_private_key}",
}
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
    emulator = services.emulator(date(2026, 1, 9), HOME / "emulator").command
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
        for secret in ("PGPASSWORD", "SECRET_KEY"):
            assert service["environment"][secret].startswith(f"${{{secret}:?")
        # One of the two; which one is known to the programs, and they refuse without.
        for secret in ("ENCRYPTION_KEY", "ENCRYPTION_KEYS"):
            assert service["environment"][secret] == f"${{{secret}:-}}"
        assert service["environment"]["COINFRS_ENVIRONMENT"].startswith("${COINFRS_ENVIRONMENT:?")
    assert {"postgres", "redis"} < set(compose["services"])


def settings_of(*kinds: type[BaseSettings]) -> set[str]:
    """Return the names of the environment variables that settings are read from."""
    return {str(each.alias) for kind in kinds for each in kind.model_fields.values()}


def test_every_setting_reaches_the_program_that_reads_it(compose: dict[str, Any]) -> None:
    core = settings_of(Settings) | set(LIBPQ_VARIABLES)
    for name, service in ours(compose).items():
        if name == "namespace":
            continue
        wanted = core | (settings_of(AuthSettings) if name == "auth_service" else set())
        given = service["environment"]
        assert set(given) == wanted - LEFT_OUT, name
        for setting, value in given.items():
            if setting in DECIDED:
                assert value == DECIDED[setting]
            else:
                assert re.fullmatch(rf"\$\{{{setting}:[-?].*\}}", value), (name, setting)


def test_what_is_empty_is_the_default(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Compose hands on what nobody set as an empty text, or as the default that it writes."""
    monkeypatch.setenv("COINFRS_HOME", str(tmp_path))
    bare = Settings(), AuthSettings()
    for setting, value in compose["services"]["auth_service"]["environment"].items():
        default = re.fullmatch(r"\$\{\w+:-(.*)\}", value)
        if default:
            monkeypatch.setenv(setting, default[1])
    monkeypatch.delenv("PUBLIC_BASE_URL")
    assert (Settings(), AuthSettings()) == bare


def test_the_signing_key_is_mounted_where_the_service_looks_for_it(
    compose: dict[str, Any],
) -> None:
    [secret] = compose["services"]["auth_service"]["secrets"]
    assert DECIDED["JWT_PRIVATE_KEY_FILE"].endswith(f":+/run/secrets/{secret}}}")
    assert compose["secrets"][secret]["file"].startswith("${JWT_PRIVATE_KEY_FILE:-")


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
