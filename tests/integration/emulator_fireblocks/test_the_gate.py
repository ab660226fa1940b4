"""What stands before the Fireblocks faces: tokens, the venue's clock, limits, roles."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.integration.emulator_fireblocks.conftest import OpenWorkspace, Workspace

WORKSPACE = "/v1/workspace"
PROBES = (
    "/v1/transactions/validate_address/ETH/0x0000000000000000000000000000000000000000",
    "/v1/gas_station",
    "/v1/supported_assets",
    "/v1/exchange_accounts/paged?limit=1",
    "/v1/management/api_users",
)


def other_algorithm(header: Mapping[str, Any], claims: Mapping[str, Any], secret: bytes) -> str:
    """Return a token that is signed with a secret, or with nothing."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims)]
    payload = b".".join(part.rstrip(b"=") for part in parts)
    signature = hmac.new(secret, payload, hashlib.sha256).digest() if secret else b""
    return f"{payload.decode()}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


@pytest.mark.parametrize("issued_before", [0, 1, 54])
def test_a_token_of_55_seconds_is_accepted(workspace: Workspace, issued_before: int) -> None:
    issued_at = workspace.seconds - issued_before
    assert workspace.send(WORKSPACE, iat=issued_at, exp=issued_at + 55).status_code == 200


def test_a_token_that_lives_longer_is_refused(workspace: Workspace) -> None:
    assert workspace.refusal(WORKSPACE, exp=workspace.seconds + 56) == (401, -5)


def test_an_expired_token_is_refused_with_the_code_for_it(workspace: Workspace) -> None:
    issued_at = workspace.seconds - 55
    assert workspace.refusal(WORKSPACE, iat=issued_at, exp=issued_at + 55) == (401, -10)


def test_a_token_from_the_future_is_refused_unless_the_option_says_otherwise(
    workspace: Workspace, open_workspace: OpenWorkspace
) -> None:
    ahead = {"iat": workspace.seconds + 2, "exp": workspace.seconds + 57}
    assert workspace.refusal(WORKSPACE, **ahead) == (401, -12)
    tolerant = open_workspace(future_iat_tolerance_seconds=2)
    assert tolerant.send(WORKSPACE, **ahead).status_code == 200


def test_another_users_signature_is_refused(workspace: Workspace) -> None:
    stranger = rsa.generate_private_key(65537, 2048)
    token = workspace.sign(workspace.claims(WORKSPACE), stranger)
    assert workspace.refusal(WORKSPACE, token) == (401, -1)


def test_a_wrong_signature_is_told_as_an_octet_stream(workspace: Workspace) -> None:
    """Which is JSON all the same: who trusts the type of a body does not read the code."""
    stranger = rsa.generate_private_key(65537, 2048)
    answer = workspace.send(WORKSPACE, workspace.sign(workspace.claims(WORKSPACE), stranger))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.json() == {"message": "invalid signature", "code": -1}


def test_a_changed_claim_breaks_the_signature(workspace: Workspace) -> None:
    header, _, signature = workspace.sign(workspace.claims(WORKSPACE)).split(".")
    claims = json.dumps(workspace.claims(WORKSPACE)).encode()
    forged = base64.urlsafe_b64encode(claims).decode().rstrip("=")
    assert workspace.refusal(WORKSPACE, f"{header}.{forged}.{signature}") == (401, -1)


def test_no_other_algorithm_is_accepted(workspace: Workspace) -> None:
    """Neither `none` nor an HMAC keyed with the public key, which everybody knows."""
    public = workspace.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    claims = workspace.claims(WORKSPACE)
    for algorithm, secret in (("none", b""), ("HS256", public), ("RS512", b"anything")):
        token = other_algorithm({"alg": algorithm, "typ": "JWT"}, claims, secret)
        assert workspace.refusal(WORKSPACE, token) == (401, -5)


@pytest.mark.parametrize("token", ["a.b.c", "no token at all", "é", "..", "e30.e30.", "x" * 9_000])
def test_what_is_no_token_is_refused_and_never_fails(workspace: Workspace, token: str) -> None:
    headers = {
        b"X-API-Key": workspace.api_key.encode(),
        b"Authorization": f"Bearer {token}".encode(),
    }
    answer = workspace.http.get(WORKSPACE, headers=headers)
    assert (answer.status_code, answer.json()["code"]) in {(401, -5), (401, -1)}


def test_a_request_without_token_or_with_an_unknown_key_is_refused(workspace: Workspace) -> None:
    assert workspace.http.get(WORKSPACE).json()["code"] == -3
    basic = {"X-API-Key": workspace.api_key, "Authorization": "Basic YTpi"}
    assert workspace.http.get(WORKSPACE, headers=basic).json()["code"] == -3
    workspace.api_key = "00000000-0000-4000-8000-000000000000"
    assert workspace.refusal(WORKSPACE) == (401, -7)


def test_the_token_names_the_user_of_the_header(workspace: Workspace) -> None:
    assert workspace.refusal(WORKSPACE, sub="somebody else") == (401, -6)
    assert workspace.refusal(WORKSPACE, sub=None) == (401, -2)


def test_the_uri_is_the_raw_request_target(workspace: Workspace) -> None:
    """Percent-encoding is not touched: the decoded form of what was sent is another target."""
    sent = "/v1/transactions?assets=BTC%2CETH&limit=1"
    assert workspace.send(sent).status_code == 200
    assert workspace.refusal(sent, uri="/v1/transactions?assets=BTC,ETH&limit=1") == (401, -4)
    assert workspace.refusal(sent, uri="/v1/transactions") == (401, -4)
    assert workspace.refusal(sent, uri="/v1/transactions?assets=BTC%2CETH&limit=2") == (401, -4)
    assert workspace.refusal(WORKSPACE, uri=None) == (401, -4)


def test_both_hashes_of_an_empty_body_are_accepted_and_no_other(workspace: Workspace) -> None:
    quoted = hashlib.sha256(b'""').hexdigest()
    assert workspace.send(WORKSPACE, bodyHash=quoted).status_code == 200
    assert workspace.refusal(WORKSPACE, bodyHash=hashlib.sha256(b"{}").hexdigest()) == (401, -5)
    assert workspace.refusal(WORKSPACE, bodyHash=None) == (401, -5)


@pytest.mark.parametrize("nonce", ["text", 1, 2**62])
def test_a_nonce_is_text_or_a_whole_number_and_is_served_once(
    workspace: Workspace, nonce: str | int
) -> None:
    token = workspace.sign(workspace.claims(WORKSPACE, nonce=nonce))
    assert workspace.send(WORKSPACE, token).status_code == 200
    assert workspace.refusal(WORKSPACE, token) == (401, -7)


@pytest.mark.parametrize("nonce", [None, "", True, 1.5, ["a"]])
def test_a_token_without_a_proper_nonce_is_refused(workspace: Workspace, nonce: Any) -> None:
    assert workspace.refusal(WORKSPACE, nonce=nonce) == (401, -5)


def test_a_nonce_may_come_again_where_the_option_says_so(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(nonce_is_enforced=False)
    token = workspace.sign(workspace.claims(WORKSPACE))
    assert [workspace.send(WORKSPACE, token).status_code for _ in range(2)] == [200, 200]


def test_a_revoked_user_gets_401(workspace: Workspace) -> None:
    workspace.fault(kind="revoke_key", api_key=workspace.api_key)
    assert workspace.refusal(WORKSPACE) == (401, -7)


def test_every_answer_tells_the_venues_time_and_its_own_id(workspace: Workspace) -> None:
    now = workspace.emulation.clock.now().replace(microsecond=0)
    answers = [
        workspace.send(WORKSPACE),
        workspace.send("/v1/gas_station"),
        workspace.send("/v1/nothing/here"),
        workspace.http.get(WORKSPACE),
        workspace.http.post(WORKSPACE),
    ]
    assert [answer.status_code for answer in answers] == [200, 403, 404, 401, 405]
    for answer in answers:
        assert parsedate_to_datetime(answer.headers["Date"]) == now
        assert answer.headers.get_list("Date") == [answer.headers["Date"]]
        assert "server" not in answer.headers
    assert len({answer.headers["X-Request-ID"] for answer in answers}) == len(answers)


def test_a_skewed_clock_is_told_and_not_checked_by(workspace: Workspace) -> None:
    workspace.fault(kind="clock_skew", milliseconds=-90_000, requests=1)
    now = workspace.emulation.clock.now().replace(microsecond=0)
    first, second = workspace.send(WORKSPACE), workspace.send(WORKSPACE)
    assert (first.status_code, second.status_code) == (200, 200)
    assert parsedate_to_datetime(first.headers["Date"]) == now - timedelta(seconds=90)
    assert parsedate_to_datetime(second.headers["Date"]) == now


def test_limits_are_the_workspaces_and_renew_with_the_venues_minute(
    open_workspace: OpenWorkspace,
) -> None:
    workspace = open_workspace(limits_factor="1")
    second_user = workspace.world.fireblocks.add_key({})
    target = "/v1/transactions?limit=1"
    left = [workspace.send(target).headers["X-RateLimit-Remaining"] for _ in range(3)]
    assert left == ["999", "998", "997"]
    workspace.use(second_user)
    answer = workspace.send(target)
    assert answer.headers["X-RateLimit-Remaining"] == "996"
    assert answer.headers["X-RateLimit-Limit"] == "1000"
    assert answer.headers["X-RateLimit-WindowSize"] == "60"
    assert answer.headers["Retry-After"] == "60"
    # Each endpoint has its own counter.
    assert workspace.send(WORKSPACE).headers["X-RateLimit-Remaining"] == "999"
    workspace.emulation.clock.advance_to(workspace.emulation.clock.now() + timedelta(seconds=60))
    assert workspace.send(target).headers["X-RateLimit-Remaining"] == "999"


def test_a_full_minute_answers_429_and_the_same_token_is_served_later(
    open_workspace: OpenWorkspace,
) -> None:
    """The official client repeats a 429 with the same token, so its nonce is not used up."""
    half_a_minute = timedelta(seconds=30)
    end = datetime(2026, 1, 14, 0, 5, tzinfo=UTC) + half_a_minute
    workspace = open_workspace(end, limits_factor="0.01")
    target = "/v1/vault/assets"
    assert [workspace.send(target).status_code for _ in range(10)] == [200] * 10
    token = workspace.sign(workspace.claims(target))
    refused = workspace.send(target, token)
    assert (refused.status_code, refused.headers["X-RateLimit-Remaining"]) == (429, "0")
    assert refused.headers["Retry-After"] == "30"
    workspace.emulation.clock.advance_to(end + half_a_minute)
    assert workspace.send(target, token).status_code == 200
    assert workspace.refusal(target, token) == (401, -7)


def test_injected_failures_come_before_anything_else(workspace: Workspace) -> None:
    workspace.fault(kind="http_429", path="/v1/vault", requests=1, retry_after=7)
    workspace.fault(kind="http_5xx", path="/v1/workspace", status=502)
    refused = workspace.send("/v1/vault/assets")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    assert workspace.send("/v1/vault/assets").status_code == 200
    assert workspace.send(WORKSPACE).status_code == 502
    assert workspace.send(WORKSPACE).status_code == 200


def test_a_viewer_is_refused_where_more_is_needed_and_nowhere_else(workspace: Workspace) -> None:
    assert [workspace.send(probe).status_code for probe in PROBES] == [403] * 5
    allowed = ("/v1/transactions", "/v1/vault/accounts_paged", "/v1/vault/accounts/0", WORKSPACE)
    assert [workspace.send(path).status_code for path in allowed] == [200] * 4


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("EDITOR", [200, 200, 200, 403, 403]),
        ("SIGNER", [200, 200, 200, 403, 403]),
        ("NON_SIGNING_ADMIN", [200] * 5),
        ("ADMIN", [200] * 5),
        ("AUDITOR", [403] * 5),
    ],
)
def test_each_role_may_read_what_its_endpoint_permits(
    workspace: Workspace, role: str, expected: list[int]
) -> None:
    workspace.use(workspace.world.fireblocks.add_key({"role": role}))
    assert [workspace.send(probe).status_code for probe in PROBES] == expected


def test_an_unknown_role_is_not_made(workspace: Workspace) -> None:
    url = f"/emulator/worlds/{workspace.world.name}/keys"
    answer = workspace.http.post(url, json={"venue": "fireblocks", "role": "EMPEROR"})
    assert answer.status_code == 400


def test_nothing_can_be_written(workspace: Workspace) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert workspace.http.request(method, "/v1/transactions").status_code == 405


def test_a_key_never_stands_in_a_repr(workspace: Workspace) -> None:
    user = workspace.world.fireblocks.users[0]
    assert "PRIVATE" not in repr(user)
    assert "private_key" not in repr(user)
