"""Binance signatures, against the vectors that Binance publishes."""

import hashlib
import hmac
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from coinfrs_pipelines.connectors.binance.auth import SPOT_IP, BinanceAuth, connect, signer
from coinfrs_pipelines.connectors.http import Bucket, Endpoint, LocalBudget, VenueClock
from coinfrs_pipelines.connectors.private_keys import UnusableKeyError

# Published documentation keys (rest-api.md).
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
ORDER = (
    "side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"
    "&recvWindow=5000&timestamp=1499827319559"
)
# The full-width digits of the published vector.
FULL_WIDTH = "".join(chr(0xFF10 + digit) for digit in range(1, 7))


@pytest.mark.parametrize(
    ("symbol", "signature"),
    [
        ("LTCBTC", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
        (FULL_WIDTH, "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"),
    ],
)
def test_the_published_vectors(symbol: str, signature: str) -> None:
    assert signer(SECRET)(f"symbol={quote(symbol)}&{ORDER}") == signature


def test_the_signature_is_over_the_query_as_it_is_sent(binance: Any) -> None:
    made = binance(lambda _: {})
    made.client.call(Endpoint("/api/v3/x", 1, SPOT_IP), {"email": "a+b@c.d"})
    sent = made.venue.asked[-1].raw_query
    payload, _, signature = sent.rpartition("&signature=")
    assert payload.startswith("email=a%2Bb%40c.d&recvWindow=10000&timestamp=")
    assert signature == hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).hexdigest()


def test_nothing_is_signed_without_the_venues_time() -> None:
    auth = BinanceAuth("key", "secret", VenueClock())
    with pytest.raises(RuntimeError):
        next(auth.auth_flow(httpx.Request("GET", "https://api.binance.com/api/v3/account")))


def test_the_timestamp_is_exact_to_the_millisecond() -> None:
    clock = VenueClock()
    clock.receive(datetime(2026, 1, 6, 0, 0, 0, 123_000, tzinfo=UTC))
    request = httpx.Request("GET", "https://api.binance.com/api/v3/account")
    next(BinanceAuth("key", "secret", clock).auth_flow(request))
    assert b"timestamp=1767657600123&" in request.url.query


def test_weights_counted_by_account_are_read_from_their_own_header(binance: Any) -> None:
    counted: dict[str, int] = {}

    class Budget:
        def acquire(self, *_: object) -> float:
            return 0

        def report(self, bucket: Any, used: int, _now: datetime) -> None:
            counted[bucket.name] = used

    headers = {
        "X-SAPI-USED-UID-WEIGHT-1M": "7",
        "X-SAPI-USED-IP-WEIGHT-1M": "8",
        "X-MBX-USED-WEIGHT-1M": "9",
    }
    made = binance(lambda _: (200, {}, headers), budget=Budget())
    made.client.call(Endpoint("/sapi/v1/x", 1, Bucket("by account", 180_000, per_account=True)))
    made.client.call(Endpoint("/api/v3/x", 1, SPOT_IP))
    assert counted == {"by account": 7, "spot-ip": 9}


def _pem(key: Any, password: bytes | None = None) -> str:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    return pem.decode()


def test_an_ed25519_key_signs_what_its_public_half_verifies(binance: Any) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    made = binance(lambda _: {}, secret=_pem(key))
    made.client.call(Endpoint("/api/v3/x", 1, SPOT_IP), {"email": "a+b@c.d"})
    payload, _, signature = made.venue.asked[-1].raw_query.rpartition("&signature=")
    assert signature == quote(unquote(signature), safe="")
    key.public_key().verify(b64decode(unquote(signature)), payload.encode())


def test_an_rsa_key_signs_what_its_public_half_verifies() -> None:
    key = rsa.generate_private_key(65537, 2048)
    signature = signer("\n" + _pem(key).replace("\n", "\r\n"))("a=%40&timestamp=1")
    assert set(signature).isdisjoint("+/=")
    key.public_key().verify(
        b64decode(unquote(signature)), b"a=%40&timestamp=1", padding.PKCS1v15(), SHA256()
    )


def test_private_keys_that_binance_does_not_take_are_refused_without_being_quoted() -> None:
    good = ed25519.Ed25519PrivateKey.generate()
    public = good.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 -- refused.
    for pem, told in (
        ("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----", "not a PEM private key"),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "certificate"),
        (public.decode(), "public key"),
        (_pem(good, b"a passphrase"), "without a passphrase"),
        (_pem(ec.generate_private_key(ec.SECP256R1())), "Ed25519"),
        (_pem(small), "2048"),
        (_pem(good) + "x" * 20_000, "too long"),
    ):
        with pytest.raises(UnusableKeyError, match=told) as caught:
            connect("k", pem, {"": "http://127.0.0.1:1"}, LocalBudget())
        assert pem.splitlines()[1] not in str(caught.value)
        assert caught.value.__context__ is None
