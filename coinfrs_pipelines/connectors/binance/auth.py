"""How Binance is spoken to: signatures, its clock, and the buckets it counts in.

Keys of all three kinds: HMAC, whose secret is text, and Ed25519 and RSA, whose secret is a private
key in PEM. What the endpoints mean stands in `streams/` and `positions.py`.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Generator, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from coinfrs_pipelines.connectors import private_keys
from coinfrs_pipelines.connectors.errors import BINANCE_CLOCK_CODES, classify_binance
from coinfrs_pipelines.connectors.http import (
    Bucket,
    Budget,
    Endpoint,
    Exchange,
    VenueClient,
    VenueClock,
    Wire,
)
from coinfrs_pipelines.connectors.private_keys import RSA_BITS_MIN, UnusableKeyError
from coinfrs_pipelines.connectors.wire import EPOCH

VENUE = "binance"

# The venue's limit is 6000; the rest is left to the clock, which is counted but never held up.
SPOT_IP = Bucket("spot-ip", 5_900)
# How far a signed timestamp may lie behind the venue's clock; 60,000 is the most (-1131). Twice the
# age of a time that signs, so that a request may be on its way as long as the time is old.
RECEIVE_WINDOW_MS = 10_000
CLOCK_AGE_SECONDS_MAX = 5
CLOCK = Endpoint("/api/v3/time", 1, SPOT_IP, signed=False)


# The hosts of futures, options and portfolio margin count by address, all endpoints together.
UM_IP, CM_IP = Bucket("um-ip", 2_400), Bucket("cm-ip", 2_400)
OPTIONS_IP, PM_IP = Bucket("options-ip", 2_400), Bucket("pm-ip", 6_000)
_BY_HOST = frozenset({SPOT_IP.name, UM_IP.name, CM_IP.name, OPTIONS_IP.name, PM_IP.name})


def sapi_by_ip(path: str) -> Bucket:
    """Return the bucket of a SAPI endpoint counted by IP address: each endpoint has its own."""
    return Bucket(f"sapi-ip:{path}", 12_000)


def sapi_by_account(path: str) -> Bucket:
    """Return the bucket of a SAPI endpoint counted by account: each endpoint has its own."""
    return Bucket(f"sapi-account:{path}", 180_000, per_account=True)


def sapi(path: str, weight: int, *, by_account: bool = False, method: str = "GET") -> Endpoint:
    """Return a SAPI endpoint, counted by IP address or by account."""
    bucket = sapi_by_account(path) if by_account else sapi_by_ip(path)
    return Endpoint(path, weight, bucket, method)


# Takes the payload, percent-encoded already, and returns its signature as it stands in the query.
Sign = Callable[[str], str]


def signer(secret: str) -> Sign:
    """Return how a key signs: a PEM (`-----BEGIN …`) by its kind, any other secret by HMAC-SHA256.

    HMAC signatures are hex; those of private keys base64, which is percent-encoded here.

    Raises:
        UnusableKeyError: the PEM is no unencrypted Ed25519 key, nor RSA of 2048 bits or more.

    """
    if not is_private_key(secret):
        return lambda payload: hmac.new(
            secret.encode(), payload.encode(), hashlib.sha256
        ).hexdigest()
    key = private_keys.load(secret.strip())
    if isinstance(key, Ed25519PrivateKey):
        return lambda payload: _in_query(key.sign(payload.encode()))
    if isinstance(key, RSAPrivateKey) and key.key_size >= RSA_BITS_MIN:
        return lambda payload: _in_query(key.sign(payload.encode(), PKCS1v15(), SHA256()))
    raise UnusableKeyError(
        f"Binance takes Ed25519 keys, and RSA keys of at least {RSA_BITS_MIN} bits."
    )


def is_private_key(secret: str) -> bool:
    """Whether the secret of a key is a PEM; no secret of an HMAC key looks like one."""
    return secret.lstrip().startswith("-----BEGIN ")


def _in_query(signature: bytes) -> str:
    return quote(b64encode(signature), safe="")


class BinanceAuth(httpx.Auth):
    """Adds key, timestamp and signature to a request, at every try anew.

    Parameters are percent-encoded before they come here; since 2026-01-15 the signature is over the
    encoded form (-1022 otherwise). The timestamp is the last venue time received.
    """

    def __init__(self, api_key: str, api_secret: str, clock: VenueClock) -> None:
        """Take a key and its secret; see `signer` for what may be one, and what it raises."""
        self._api_key = api_key
        self._sign = signer(api_secret)
        self._clock = clock

    def __repr__(self) -> str:
        return "BinanceAuth(***)"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the query, in which POST requests have their parameters too."""
        now = self._clock.now
        if now is None:
            raise RuntimeError("The venue's clock is read before anything is signed.")
        query = request.url.query.decode()
        timestamp = (now - EPOCH) // timedelta(milliseconds=1)
        payload = f"{query}&" if query else ""
        payload += f"recvWindow={RECEIVE_WINDOW_MS}&timestamp={timestamp}"
        signed = f"{payload}&signature={self._sign(payload)}"
        request.url = request.url.copy_with(query=signed.encode())
        request.headers["X-MBX-APIKEY"] = self._api_key
        yield request


def _told_time(path: str, _headers: Mapping[str, str], body: bytes) -> datetime | None:
    """Only /api/v3/time tells the venue's clock; a gateway's Date header is not it."""
    if path != CLOCK.path:
        return None
    try:
        return EPOCH + int(json.loads(body)["serverTime"]) * timedelta(milliseconds=1)
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def _counted(bucket: Bucket, headers: Mapping[str, str]) -> int | None:
    """Return what the venue has counted in the bucket, from the header of its kind."""
    if bucket.name in _BY_HOST:
        name = "x-mbx-used-weight-1m"
    else:
        kind = "uid" if bucket.per_account else "ip"
        name = f"x-sapi-used-{kind}-weight-1{'s' if bucket.window_seconds == 1 else 'm'}"
    text = headers.get(name, "")
    return int(text) if text.isdecimal() else None


WIRE = Wire(
    venue=VENUE,
    resolution=timedelta(milliseconds=1),
    clock=CLOCK,
    clock_age_seconds_max=CLOCK_AGE_SECONDS_MAX,
    clock_tick_seconds=0.2,
    clock_codes=BINANCE_CLOCK_CODES,
    told_time=_told_time,
    counted=_counted,
    classify=classify_binance,
)


def connect(
    api_key: str,
    api_secret: str,
    base_urls: Mapping[str, str],
    budget: Budget,
    on_exchange: Callable[[Exchange], None] | None = None,
) -> VenueClient:
    """Return a client for an API key; nothing is sent yet.

    The secret of an Ed25519 or RSA key is the PEM of its private key.

    Raises:
        UnusableKeyError: the private key cannot sign.

    """
    return VenueClient(
        WIRE,
        base_urls,
        lambda clock: BinanceAuth(api_key, api_secret, clock),
        budget,
        on_exchange,
    )
