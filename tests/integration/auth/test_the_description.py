"""The description of the API says all that happens: read, and tried with thousands of requests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from coinfrs_pipelines.core import database as core_database
from tests.integration.auth.books import People, made
from tests.integration.auth.test_isolation import add_source, decide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.auth.conftest import Door, Serve

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
SECONDS_MAX = 120
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
REFUSAL = {"application/problem+json"}


@pytest.fixture(scope="module")
def door(serve: Serve) -> Door:
    """Return a service of this module's own, whose database the tests look into."""
    return serve()


@pytest.fixture(scope="module")
def document(door: Door) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{door.url}/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_refusal_is_described_as_a_problem_with_an_example(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        answers = operation["responses"]
        assert {"413", "500", "503"} <= set(answers), name
        assert "default" not in answers, name
        for status, answer in answers.items():
            if status >= "400" and "/health" not in name:
                assert set(answer["content"]) == REFUSAL, (name, status)
                [content] = answer["content"].values()
                assert content["example"]["status"] == int(status)
        if "security" in operation:
            assert "401" in answers, name
        if "requestBody" in operation:
            assert {"400", "422"} <= set(answers), name


def test_every_operation_says_what_it_does_and_every_body_has_an_example(
    document: dict[str, Any],
) -> None:
    schemas = document["components"]["schemas"]
    assert {"HTTPValidationError", "ValidationError"}.isdisjoint(schemas)
    tags = {tag["name"] for tag in document["tags"]}
    for name, operation in operations(document):
        assert operation["description"], name
        assert set(operation["tags"]) <= tags, name
        body = operation.get("requestBody")
        if body:
            reference = body["content"]["application/json"]["schema"]["$ref"]
            assert schemas[reference.rsplit("/", 1)[1]]["examples"], name


def test_secrets_go_in_and_never_out(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        secrets = {"api_key", "api_secret", "private_key_pem"} & set(schema.get("properties", {}))
        assert not secrets or name == "CredentialGiven"
    for field in document["components"]["schemas"]["CredentialGiven"]["properties"].values():
        kinds = [field, *field.get("anyOf", [])]
        assert any(kind.get("writeOnly") for kind in kinds), field


def test_nothing_breaks_and_nothing_undescribed_happens(
    door: Door, document: dict[str, Any], tmp_path: Path
) -> None:
    """Schemathesis, with a fixed seed, over every address, for somebody with one of everything."""
    # No key is tried at a real venue: what is emulated is refused here without being asked.
    environment = document["components"]["schemas"]["DataSourceGiven"]["properties"]["environment"]
    environment["enum"] = ["emulator"]
    description = tmp_path / "openapi.json"
    description.write_text(json.dumps(document))
    with People(door) as people:
        books = people.books()
        source_id, account_id = add_source(books.owner.id)
        with core_database.connect("LOGIN") as connection:
            connection.execute("update registry.data_sources set environment = 'emulator'")
        group = f"/location-groups/{books.group['id']}"
        made(books.owner.http.post(f"{group}/accounts", json={"account_id": account_id}))
        decide(books.owner.id, account_id, "2026-01-05", "broken")
        ids = {
            "portfolio_id": books.portfolio["id"],
            "entity_id": books.entity["id"],
            "cost_pool_id": books.pool["id"],
            "chart_type_id": books.chart["id"],
            "location_group_id": books.group["id"],
            "data_source_id": source_id,
            "user_id": books.owner.id,
        }
        settings = tmp_path / "schemathesis.toml"
        overridden = "\n".join(f'"path.{name}" = "{value}"' for name, value in ids.items())
        settings.write_text(f'[parameters]\n{overridden}\n"header.If-Match" = "*"\n')
        ended = subprocess.run(
            (
                str(SCHEMATHESIS),
                f"--config-file={settings}",
                "run",
                str(description),
                f"--url={door.url}",
                f"--header=Authorization: {books.owner.http.headers['authorization']}",
                f"--checks={','.join(CHECKS)}",
                # It would end the session that all others are tried with; test_sessions.py has it.
                "--exclude-path=/api/v1/auth/logout",
                "--phases=examples,coverage,fuzzing",
                "--max-examples=8",
                "--seed=1",
                "--workers=2",
                "--continue-on-failure",
                "--generation-deterministic",
                "--no-color",
            ),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    logged = [json.loads(line) for line in door.logs]
    assert not [line for line in logged if line["event"] == "unexpected_error"]
    # It was not refused at the door everywhere: most addresses did their work at least once.
    served = {
        (line["method"], line["route"])
        for line in logged
        if line["event"] == "request" and line["status"] < 300
    }
    assert len(served) > 40
    assert {"GET", "POST", "PUT", "DELETE"} == {method for method, _ in served}
