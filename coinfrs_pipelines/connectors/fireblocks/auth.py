"""How Fireblocks is spoken to: signed tokens, the clock in its Date header, its buckets.

The private key is parsed once (parsing costs more than signing). What the endpoints mean stands in
`streams.py` and `positions.py`.
"""

import hashlib
import uuid
from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from joserfc import jwt
from joserfc.jwk import RSAKey

from coinfrs_pipelines.connectors import private_keys
from coinfrs_pipelines.connectors.errors import FIREBLOCKS_CLOCK_CODES, classify_fireblocks
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

# A token may live 55 s; the 30 s of one page is stale (fireblocks.md A.1).
TOKEN_SECONDS = 55
# No limits are published; they are counted per endpoint, minute and workspace (A.4). This is low
# enough for the lowest tier we know of and reads 50,000 wallets in a minute.
REQUESTS_PER_MINUTE = 100


def bucket(endpoint: str) -> Bucket:
    """Return the bucket of an endpoint: each has its own, shared by the whole workspace."""
    return Bucket(f"workspace:{endpoint}", REQUESTS_PER_MINUTE, per_account=True)


CLOCK = Endpoint("/v1/workspace", 1, bucket("/v1/workspace"))


def private_key(pem: str) -> RSAKey:
    """Return the parsed private key.

    Raises:
        UnusableKeyError: it is no unencrypted PEM of an RSA private key of 2048 bits or more.

    """
    key = private_keys.load(pem)
    if not isinstance(key, RSAPrivateKey) or key.key_size < RSA_BITS_MIN:
        raise UnusableKeyError(f"Fireblocks takes RSA keys of at least {RSA_BITS_MIN} bits.")
    return RSAKey(key, key)


class FireblocksAuth(httpx.Auth):
    """Signs a token for each try: its nonce is used once and its life is short.

    `iat` is the last venue time received; only the first request, which is there to learn it, takes
    real time.
    """

    requires_request_body = True

    def __init__(self, api_key: str, key: RSAKey, clock: VenueClock) -> None:
        self._api_key = api_key
        self._key = key
        self._clock = clock

    def __repr__(self) -> str:
        return "FireblocksAuth(***)"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign path and query exactly as they are sent, and the hash of the body."""
        issued_at = int((self._clock.now or datetime.now(UTC)).timestamp())
        claims = {
            "uri": request.url.raw_path.decode(),
            "nonce": str(uuid.uuid4()),
            "iat": issued_at,
            "exp": issued_at + TOKEN_SECONDS,
            "sub": self._api_key,
            "bodyHash": hashlib.sha256(request.content).hexdigest(),
        }
        token = jwt.encode({"alg": "RS256", "typ": "JWT"}, claims, self._key, algorithms=["RS256"])
        request.headers["X-API-Key"] = self._api_key
        request.headers["Authorization"] = f"Bearer {token}"
        yield request


def _told_time(_path: str, headers: Mapping[str, str], _body: bytes) -> datetime | None:
    """Every answer tells the venue's clock, in whole seconds."""
    try:
        told = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)


def _counted(counted_in: Bucket, headers: Mapping[str, str]) -> int | None:
    """Return what is spent, so that no more of our limit is left than the venue leaves."""
    left = headers.get("x-ratelimit-remaining", "")
    return max(0, counted_in.limit - int(left)) if left.isdecimal() else None


def _cursor(headers: Mapping[str, str]) -> str:
    """Return the cursor in the next-page header, which is a URL whose host is never called."""
    for pair in urlsplit(headers.get("next-page", "")).query.split("&"):
        name, _, cursor = pair.partition("=")
        if name == "next":
            return unquote(cursor)  # Not as a form: a plus sign is a plus sign.
    return ""


WIRE = Wire(
    venue="fireblocks",
    resolution=timedelta(seconds=1),
    clock=CLOCK,
    # A token signed with a time that old still lives long enough to arrive.
    clock_age_seconds_max=20,
    clock_tick_seconds=1.1,
    clock_codes=FIREBLOCKS_CLOCK_CODES,
    told_time=_told_time,
    counted=_counted,
    classify=classify_fireblocks,
    cursor=_cursor,
)


def connect(
    api_key: str,
    private_key_pem: str,
    base_urls: Mapping[str, str],
    budget: Budget,
    on_exchange: Callable[[Exchange], None] | None = None,
) -> VenueClient:
    """Return a client for an API user's id and its private key; nothing is sent yet.

    Raises:
        UnusableKeyError: the private key cannot sign.

    """
    key = private_key(private_key_pem)
    return VenueClient(
        WIRE, base_urls, lambda clock: FireblocksAuth(api_key, key, clock), budget, on_exchange
    )
