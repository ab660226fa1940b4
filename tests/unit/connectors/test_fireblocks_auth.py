"""Fireblocks tokens: what they claim, how long they live, whose keys may sign them."""

import hashlib
import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from joserfc import jwt
from joserfc.jwk import RSAKey

from coinfrs_pipelines.connectors.errors import Throttled, Unauthorised
from coinfrs_pipelines.connectors.fireblocks.auth import bucket, connect, private_key
from coinfrs_pipelines.connectors.http import Endpoint, LocalBudget
from coinfrs_pipelines.connectors.private_keys import UnusableKeyError

NOW = datetime(2026, 1, 6, 0, 0, 30, tzinfo=UTC)
THING = Endpoint("/v1/transactions", 1, bucket("/v1/transactions"))


def _claims(asked: Any) -> dict[str, Any]:
    body = asked.headers["authorization"].removeprefix("Bearer ").split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(body + "=="))
    return claims


def test_a_token_claims_exactly_what_is_sent(fireblocks: Any, private_key_pem: str) -> None:
    made = fireblocks(lambda _: [])
    made.client.call(THING, {"assets": "BTC,ETH_TEST5", "limit": "1"})
    asked = made.venue.asked[-1]
    token = asked.headers["authorization"].removeprefix("Bearer ")
    decoded = jwt.decode(token, RSAKey.import_key(private_key_pem), algorithms=["RS256"])
    assert decoded.header == {"alg": "RS256", "typ": "JWT"}
    claims = decoded.claims
    assert claims["uri"] == asked.target == "/v1/transactions?assets=BTC%2CETH_TEST5&limit=1"
    assert claims["sub"] == asked.headers["x-api-key"]
    assert claims["iat"] == int(NOW.timestamp())
    assert claims["exp"] == claims["iat"] + 55
    assert claims["bodyHash"] == hashlib.sha256(b"").hexdigest()


def test_no_nonce_is_used_twice_also_not_by_a_retry(fireblocks: Any) -> None:
    answers = iter([(200, {"id": "w"}), (503, b""), (503, b""), (200, [])])
    made = fireblocks(lambda _: next(answers))
    made.client.call(THING)
    nonces = [_claims(asked)["nonce"] for asked in made.venue.asked]
    assert len(set(nonces)) == len(nonces) == 4


def test_the_first_request_learns_the_time_from_its_refusal(fireblocks: Any) -> None:
    """The venue's clock may be far from real now; its Date header stands in every answer."""

    def answer(asked: Any) -> Any:
        if _claims(asked)["iat"] > NOW.timestamp():
            return (401, {"message": "future iat", "code": -12})
        return (200, {"id": "w"})

    made = fireblocks(answer)
    made.client.refresh_clock()
    assert made.client.venue_now == NOW
    assert [each.status for each in made.exchanges] == [401, 200]
    assert made.client.call(THING).venue_time == NOW


def test_a_token_that_is_refused_for_its_time_is_made_anew_once_per_try(fireblocks: Any) -> None:
    answers = iter([(200, {"id": "w"}), (401, {"message": "expired", "code": -10}), (200, [])])
    made = fireblocks(lambda _: next(answers))
    assert made.client.call(THING).status == 200
    assert made.venue.paths() == ["/v1/workspace", "/v1/transactions", "/v1/transactions"]


def test_another_401_is_final(fireblocks: Any) -> None:
    made = fireblocks(lambda _: (401, {"message": "Token was not accepted.", "code": -7}))
    with pytest.raises(Unauthorised):
        made.client.call(THING)
    assert len(made.venue.asked) == 1


def test_a_retry_after_beyond_the_life_of_a_token_gets_a_new_token(fireblocks: Any) -> None:
    given: list[Any] = [(200, {"id": "w"}), (429, b"", {"Retry-After": "70"}), (200, [])]
    answers = iter(given)

    def answer(asked: Any) -> Any:
        status, body, *headers = next(answers, (200, {"id": "w"}))
        if asked.path == "/v1/workspace":
            return (200, {"id": "w"})
        return (status, body, *headers)

    made = fireblocks(answer)
    assert made.client.call(THING).status == 200
    sent = [a.headers["authorization"] for a in made.venue.asked if a.path == THING.path]
    assert len(set(sent)) == len(sent)


def test_the_venues_own_count_shrinks_our_budget(fireblocks: Any) -> None:
    made = fireblocks(lambda _: (200, [], {"X-RateLimit-Remaining": "0"}))
    made.client.call(THING)
    with pytest.raises(Throttled):
        made.client.call(THING)
    assert made.venue.paths().count(THING.path) == 1


@pytest.mark.parametrize(
    ("header", "cursor"),
    [
        ("https://api.fireblocks.io/v1/transactions?next=abc%2Bd%3D%3D&limit=5", "abc+d=="),
        ("https://api.fireblocks.io/v1/transactions?limit=5&next=a+b", "a+b"),
        ("", ""),
    ],
)
def test_of_the_next_page_only_the_cursor_is_taken(
    fireblocks: Any, header: str, cursor: str
) -> None:
    made = fireblocks(lambda _: (200, [], {"next-page": header} if header else {}))
    assert made.client.call(THING).next_cursor == cursor


def _pem(key: Any, password: bytes | None = None) -> str:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    return pem.decode()


def test_unusable_private_keys_are_refused_without_being_quoted(private_key_pem: str) -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 -- refused.
    refused = [
        "",
        "nonsense",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----",
        _pem(small),
        _pem(ec.generate_private_key(ec.SECP256R1())),
        _pem(rsa.generate_private_key(public_exponent=65537, key_size=2048), b"secret"),
        private_key_pem + "x" * 20_000,
        "🔑",
    ]
    for pem in refused:
        with pytest.raises(UnusableKeyError) as caught:
            connect("k", pem, {"": "http://127.0.0.1:1"}, LocalBudget())
        line = pem.splitlines()[1] if len(pem.splitlines()) > 1 else pem
        assert not line or line not in str(caught.value)
    assert private_key(private_key_pem)


def test_the_key_is_in_no_repr(fireblocks: Any, private_key_pem: str) -> None:
    made = fireblocks(lambda _: [])
    auth = made.client._auth  # noqa: SLF001 -- its repr is asked for.
    assert repr(auth) == "FireblocksAuth(***)"
    assert private_key_pem.splitlines()[1] not in repr(made.client)
