"""Attacks on access tokens, some minted with the service's own key. P..: see test_sign_in."""

from __future__ import annotations

import base64
import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, hmac, serialization
from joserfc import jwt
from joserfc.jwk import ECKey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.integration.auth.conftest import Door, Serve


@pytest.fixture(scope="module")
def user_id(over_redis: Door) -> str:
    return str(over_redis.session().me().json()["id"])


class Mint:
    """Makes tokens as the service does, but for what is asked to be different."""

    def __init__(self, door: Door, key: ECKey, user_id: str) -> None:
        self.door = door
        self.key = key
        now = int(time.time())
        self.claims: dict[str, Any] = {
            "iss": f"http://localhost:{door.http.base_url.port}",
            "aud": "coinfrs",
            "iat": now,
            "exp": now + 600,
            "sub": user_id,
            "jti": str(uuid.uuid4()),
            "sid": str(uuid.uuid4()),
            "ep": 0,
        }

    def token(
        self,
        header: Mapping[str, Any] | None = None,
        key: ECKey | None = None,
        without: str = "",
        **claims: Any,
    ) -> str:
        said = {name: value for name, value in {**self.claims, **claims}.items() if name != without}
        signing = key or self.key
        return jwt.encode(
            {"alg": "ES256", "typ": "at+jwt", "kid": "test", **(header or {})},
            said,
            signing,
            algorithms=["ES256"],
        )

    def status(self, token: str) -> int:
        """Return how the service answers the token."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = self.door.http.get("/users/me", headers=headers)
        if answer.status_code == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["code"] == "AUTHENTICATION_ERROR"
        return answer.status_code


@pytest.fixture
def mint(door: Door, signing_key: tuple[ECKey, Path], user_id: str) -> Mint:
    return Mint(door, signing_key[0], user_id)


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def test_p40_a_token_minted_like_ours_is_accepted(mint: Mint) -> None:
    """The control: what the attacks below change is what they are refused for."""
    assert mint.status(mint.token()) == 200


@pytest.mark.parametrize("typ", ["JWT", "jwt", "id_token+jwt", "refresh+jwt", "AT+JWT", ""])
def test_p41_a_token_of_another_type_is_refused(mint: Mint, typ: str) -> None:
    assert mint.status(mint.token({"typ": typ})) == 401


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "sub", "jti", "sid", "ep"])
def test_p41_every_claim_is_required(mint: Mint, name: str) -> None:
    assert mint.status(mint.token(without=name)) == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://localhost"},
        {"iss": ""},
        {"aud": "other"},
        {"aud": ["other"]},
        {"exp": 1},
        {"exp": "soon"},
        {"iat": 99_999_999_999},
        {"nbf": 99_999_999_999},
        {"sub": "00000000-0000-4000-8000-000000000000"},
        {"sub": "not a uuid"},
        {"sub": 1},
        {"sid": "not a uuid"},
        {"ep": 1},
        {"ep": "0"},
        {"ep": False},
    ],
    ids=str,
)
def test_p41_a_claim_of_another_value_is_refused(mint: Mint, claims: dict[str, Any]) -> None:
    assert mint.status(mint.token(**claims)) == 401


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_p42_an_unsigned_token_is_refused(mint: Mint, algorithm: str) -> None:
    header = {"alg": algorithm, "typ": "at+jwt", "kid": "test"}
    unsigned = f"{part(header)}.{part(mint.claims)}."
    assert mint.status(unsigned) == 401
    assert mint.status(unsigned + mint.token().split(".")[2]) == 401


def test_p42_the_public_key_is_no_secret_to_sign_with(door: Door, mint: Mint) -> None:
    """The confusion of HMAC with a public key, as PEM and as the published JWK."""
    jwk = httpx.get(f"{door.url}/.well-known/jwks.json").json()["keys"][0]
    pem = ECKey.import_key(jwk).public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for secret in (pem, json.dumps(jwk).encode()):
        header = {"alg": "HS256", "typ": "at+jwt", "kid": "test"}
        signed = f"{part(header)}.{part(mint.claims)}"
        code = hmac.HMAC(secret, hashes.SHA256())
        code.update(signed.encode())
        signature = base64.urlsafe_b64encode(code.finalize()).rstrip(b"=").decode()
        assert mint.status(f"{signed}.{signature}") == 401


def test_p42_another_key_is_refused_also_where_the_token_brings_it(mint: Mint) -> None:
    rogue = ECKey.generate_key("P-256", {"kid": "test"}, private=True)
    assert mint.status(mint.token(key=rogue)) == 401
    public = {name: str(value) for name, value in rogue.as_dict(private=False).items()}
    header = {"alg": "ES256", "typ": "at+jwt", "kid": "test", "jwk": public}
    genuine = mint.token(key=rogue).split(".")
    assert mint.status(f"{part(header)}.{genuine[1]}.{genuine[2]}") == 401
    assert mint.status(mint.token({"kid": "unknown"})) == 401


def test_p42_a_changed_token_is_refused(mint: Mint, user_id: str) -> None:
    header, claims, signature = mint.token().split(".")
    other = part({**mint.claims, "sub": str(uuid.uuid4()), "was": user_id})
    for token in (
        f"{header}.{other}.{signature}",
        f"{header}.{claims}.",
        f"{header}.{claims}",
        f"{header}.{claims}.{signature[:-4]}AAAA",
        f"{header}..{signature}",
        "a" * 7000,
        f"{header}.{part({**mint.claims, 'padding': 'a' * 4000})}.{signature}",
        "null",
    ):
        assert mint.status(token) == 401, token


def test_p42_a_token_far_longer_than_ours_is_not_even_read(mint: Mint) -> None:
    assert mint.status(mint.token(padding="a" * 200)) == 200
    assert mint.status(mint.token(padding="a" * 4000)) == 401


def test_p42_a_header_that_is_nested_too_deep_is_refused(mint: Mint) -> None:
    """Short enough to be read, and deeper than a parser goes."""
    header = base64.urlsafe_b64encode(b"[" * 1400).rstrip(b"=").decode()
    assert mint.status(f"{header}.e30.c2ln") == 401


@pytest.mark.parametrize("scheme", ["Basic", "Token", "", "Bearer:"])
def test_a_token_is_a_bearer_token(door: Door, mint: Mint, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {mint.token()}".strip()}
    assert door.http.get("/users/me", headers=headers).status_code == 401


def test_p42_the_published_key_has_no_private_part(door: Door) -> None:
    [key] = httpx.get(f"{door.url}/.well-known/jwks.json").json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_a_genuine_token_checks_out_against_the_published_key(door: Door) -> None:
    """What another service would do with nothing but the JWKS."""
    [key] = httpx.get(f"{door.url}/.well-known/jwks.json").json()["keys"]
    token = door.sign_in(door.somebody())
    decoded = jwt.decode(token, ECKey.import_key(key), algorithms=["ES256"])
    assert (decoded.header["typ"], decoded.header["kid"]) == ("at+jwt", key["kid"])
    assert decoded.claims["exp"] - decoded.claims["iat"] == 900


def test_p96_while_keys_rotate_tokens_of_both_are_accepted(
    serve: Serve, signing_key: tuple[ECKey, Path], tmp_path: Path
) -> None:
    """The newest key signs; of the one before the public part is enough to check."""
    newest = ECKey.generate_key("P-256", {"kid": "newest"}, private=True)
    keys = [newest.as_dict(private=True), signing_key[0].as_dict(private=False)]
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": keys}))
    door = serve(JWT_PRIVATE_KEY_FILE=str(file))
    session = door.session()
    assert (
        json.loads(base64.urlsafe_b64decode(session.access_token.split(".")[0] + "=="))["kid"]
        == "newest"
    )
    minting = Mint(door, signing_key[0], session.me().json()["id"])
    assert minting.status(minting.token()) == 200
    assert minting.status(minting.token({"kid": "newest"})) == 401
    published = httpx.get(f"{door.url}/.well-known/jwks.json").json()["keys"]
    assert [key["kid"] for key in published] == ["newest", "test"]
    assert not [key for key in published if "d" in key]
