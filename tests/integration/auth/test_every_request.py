"""What holds for every request, whatever route it takes. P..: see test_sign_in."""

from __future__ import annotations

import json
import re
import socket
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.auth.conftest import Door

CANARY = "canary-9b1deb4d3b7d"
JSON = {"Content-Type": "application/json"}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    """Check the form of a refusal and return its body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["request_id"] == answer.headers["x-request-id"]
    assert {"type", "title", "detail"} <= set(body)
    return body


def routes(door: Door) -> Iterator[tuple[str, str, bool]]:
    """Yield each method and path of the description, and whether it needs a signed-in user."""
    for path, methods in httpx.get(f"{door.url}/openapi.json").json()["paths"].items():
        is_open = path.startswith(("/.well-known/", "/api/v1/health", "/api/v1/auth/"))
        for method in methods:
            yield method.upper(), path, not is_open


def test_p53_nothing_of_anybodys_is_shown_without_a_token(door: Door) -> None:
    closed = [(method, path) for method, path, is_closed in routes(door) if is_closed]
    assert len(closed) > 40
    for method, path in closed:
        path = re.sub(r"{\w+}", str(uuid4()), path)  # noqa: PLW2901 -- a place in it.
        answer = httpx.request(method, f"{door.url}{path}", json={})
        problem(answer, 401, "AUTHENTICATION_ERROR")


def test_p56_unknown_fields_are_refused_and_not_repeated(door: Door) -> None:
    with door.signed_in() as http:
        for path, body in (
            ("/auth/otp/request", {"email": door.somebody(), "is_admin": True}),
            ("/auth/otp/verify", {"email": door.somebody(), "otp": "123456", "id": 1}),
            ("/datasources", {"owner_id": CANARY}),
            ("/auth/otp/request", {"email": door.somebody(), CANARY: True}),
        ):
            refused = problem(http.post(path, json=body), 422, "VALIDATION_ERROR")
            assert "(unknown field)" in json.dumps(refused["errors"])
            assert CANARY not in json.dumps(refused)


@pytest.mark.parametrize(
    "body",
    [
        {"email": CANARY},
        {"email": [CANARY]},
        {"email": {"nested": CANARY}},
        {"otp": CANARY, "email": "somebody@example.com"},
        {"venue": CANARY, "environment": CANARY, "name": CANARY, "credential": CANARY},
        {"venue": "binance", "environment": "emulator", "name": [CANARY], "credential": [CANARY]},
        {"credential": {"api_key": [CANARY], "api_secret": {"x": CANARY}, CANARY: CANARY}},
        {"history_start": CANARY},
        CANARY,
        [CANARY],
    ],
    ids=json.dumps,
)
def test_p67_a_refusal_never_repeats_what_was_sent(door: Door, body: object) -> None:
    with door.signed_in() as http:
        for path in ("/auth/otp/request", "/auth/otp/verify", "/datasources"):
            answer = http.post(path, json=body)
            problem(answer, 422, "VALIDATION_ERROR")
            assert CANARY not in answer.text
    assert not [line for line in door.logs if CANARY in line]


def test_p80_a_body_has_a_limit_announced_or_not(door: Door) -> None:
    large = json.dumps({"email": "a" * 300_000}).encode()

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(large), 10_000):
            yield large[start : start + 10_000]

    for content in (large, chunks()):
        answer = door.http.post("/auth/otp/request", content=content, headers=JSON)
        problem(answer, 413, "VALIDATION_ERROR")
    problem(door.request("a" * 60_000), 422, "VALIDATION_ERROR")


def test_p80_an_announced_length_may_lie(door: Door) -> None:
    """More is never read than what was announced, and what is announced is limited."""
    with socket.create_connection(("127.0.0.1", door.http.base_url.port or 0), 10) as raw:
        raw.sendall(
            b"POST /api/v1/auth/otp/request HTTP/1.1\r\nHost: x\r\n"
            b"Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{"
        )
        assert raw.recv(12) == b"HTTP/1.1 413"


def test_p82_every_answer_has_the_security_headers(door: Door) -> None:
    answers = {
        200: door.http.get("/health"),
        202: door.request(door.somebody()),
        401: door.http.get("/users/me"),
        404: door.http.get("/nowhere"),
        405: httpx.delete(f"{door.url}/api/v1/users/me"),
        413: door.http.post("/auth/otp/request", content=b"a" * 300_000),
        422: door.request(None),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["strict-transport-security"].startswith("max-age=63072000")
        # Forms of pages have to say where they come from.
        is_page = answer.headers["content-type"].startswith("text/html")
        assert answer.headers["referrer-policy"] == ("same-origin" if is_page else "no-referrer")
        assert answer.headers["cache-control"] == "no-store"
        assert len(answer.headers["x-request-id"]) == 32
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"email": "\xff"}',
        b"nonsense",
        b"[" * 20_000,
        b'{"a":' * 5_000,
        b'{"email": NaN}',
        b'{"email": "a\\u0000@example.com"}',
        b'{"email": "\\ud800@example.com"}',
    ],
    ids=repr,
)
def test_p83_a_malformed_body_is_a_plain_refusal(door: Door, content: bytes) -> None:
    with door.signed_in() as http:
        for path in ("/auth/otp/request", "/auth/otp/verify", "/datasources"):
            answer = http.post(path, content=content, headers=JSON)
            assert answer.status_code in {400, 422}
            problem(answer, answer.status_code, "VALIDATION_ERROR")
            assert "Traceback" not in answer.text


def test_p83_a_nul_in_a_name_reaches_no_database(door: Door) -> None:
    body = {
        "venue": "binance",
        "environment": "production",
        "name": "a\x00b",
        "credential": {"api_key": "k", "api_secret": "s"},
    }
    with door.signed_in() as http:
        refused = problem(http.post("/datasources", json=body), 422, "VALIDATION_ERROR")
    assert refused["reason"] == "wrong_name"


def test_p83_other_methods_and_types_are_plain_refusals(door: Door) -> None:
    wrong_method = httpx.put(f"{door.url}/api/v1/users/me")
    problem(wrong_method, 405, "VALIDATION_ERROR")
    assert wrong_method.headers["allow"] == "GET"
    form = door.http.post("/auth/otp/request", data={"email": door.somebody()})
    problem(form, 422, "VALIDATION_ERROR")
    problem(httpx.get(f"{door.url}/api/v1/health/"), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost:1", "169.254.169.254", "localhost@evil.example", "a/../b"]
)
def test_p87_the_host_header_decides_nothing(door: Door, host: str) -> None:
    headers = {"Host": host, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    for path in ("/health", "/health/", "/users/me", "//evil.example/"):
        answer = door.http.get(path, headers=headers)
        assert "location" not in answer.headers
        assert "evil" not in answer.text
        assert answer.status_code in {200, 401, 404}
    email = door.somebody()
    code = door.code(email)
    token = door.http.post(
        "/auth/otp/verify", json={"email": email, "otp": code}, headers=headers
    ).json()["access_token"]
    with door.with_token(token) as http:
        assert http.get("/users/me").status_code == 200


def test_there_is_no_page_of_documentation(door: Door) -> None:
    """FastAPI's loads scripts from elsewhere; the description itself shows no internals."""
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        assert httpx.get(f"{door.url}{path}").status_code == 404
    described = httpx.get(f"{door.url}/openapi.json").json()
    credential = described["components"]["schemas"]["CredentialGiven"]["properties"]
    assert credential["api_key"]["writeOnly"] is True
    assert "HTTPValidationError" not in described["components"]["schemas"]


def test_p85_a_log_line_is_one_line_of_known_fields(door: Door) -> None:
    httpx.get(f'{door.url}/a%0d%0a{{"event":"fake"}}', headers={"User-Agent": "x\ty"})
    door.http.get("/health")
    events = [json.loads(line) for line in door.logs]
    assert all("event" in event for event in events)
    assert "fake" not in {event["event"] for event in events}
    assert not [line for line in door.logs if "User-Agent" in line or "x\\ty" in line]
