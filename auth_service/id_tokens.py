"""Every rule about an id_token (OpenID Connect Core 3.1.3.7), in one place and in our own hands.

The algorithm is pinned to RS256, which Google signs with: what a discovery document or a header
says of algorithms and keys is never followed (RFC 8725). Keys come from the issuer's JWK set, asked
again after an hour, and for an unknown `kid` at most once a minute. Left out: the exchange that
brings the token.
"""

import asyncio
import base64
import hashlib
import hmac
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from auth_service.email_addresses import canonical_email
from auth_service.users import Identity

ALGORITHM = "RS256"
# Clocks differ; a token is a second old when it comes.
LEEWAY_SECONDS = 30
AGE_SECONDS_MAX = 600
_RSA_BITS_MIN = 2048
_REFETCH_SECONDS = 60
# A key that the issuer has withdrawn is not accepted for longer.
_KEYS_SECONDS = 3600
# OpenID Connect Core, section 2: never longer.
_SUBJECT_CHARACTERS_MAX = 255
_TOKEN_CHARACTERS_MAX = 16_384

FetchKeys = Callable[[], Awaitable[Any]]


class InvalidIdToken(Exception):  # noqa: N818 -- the vocabulary of the design has no suffixes.
    """The id_token breaks a rule; `rule` names it, for the log only."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        super().__init__(rule)


class SigningKeys:
    """The public keys of an issuer by their `kid`."""

    def __init__(self, fetch: FetchKeys) -> None:
        self._fetch = fetch
        self._keys: dict[str, RSAKey] = {}
        self._fetched_at = -math.inf
        self._fetching = asyncio.Lock()

    async def get(self, kid: str) -> RSAKey | None:
        """Return a key, asking the issuer where it is unknown and a minute has passed."""
        async with self._fetching:
            age = time.monotonic() - self._fetched_at
            if age >= (_KEYS_SECONDS if kid in self._keys else _REFETCH_SECONDS):
                self._keys = _usable(await self._fetch())
                self._fetched_at = time.monotonic()
            return self._keys.get(kid)


async def identity_of(
    id_token: object,
    keys: SigningKeys,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: object,
) -> Identity:
    """Return whom an id_token speaks of.

    Raises:
        InvalidIdToken: a rule is broken.

    """
    claims = await _authentic(id_token, keys)
    now = int(time.time())
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    subject, audience = claims.get("sub"), claims.get("aud")
    said_nonce = claims.get("nonce")
    rules = {
        "iss": claims.get("iss") == issuer,
        "aud": audience in (client_id, [client_id]),
        "azp": claims.get("azp", client_id) == client_id,
        "exp": now - LEEWAY_SECONDS < expires,
        "iat": now - AGE_SECONDS_MAX < issued < now + LEEWAY_SECONDS,
        "nbf": "nbf" not in claims or 0 < _time(claims, "nbf") < now + LEEWAY_SECONDS,
        "sub": isinstance(subject, str) and 0 < len(subject) <= _SUBJECT_CHARACTERS_MAX,
        "nonce": isinstance(said_nonce, str)
        and hmac.compare_digest(said_nonce.encode(), nonce.encode()),
        "at_hash": "at_hash" not in claims or claims["at_hash"] == _left_half(access_token),
    }
    for rule, is_kept in rules.items():
        if not is_kept:
            raise InvalidIdToken(rule)
    return Identity(
        issuer=issuer,
        subject=str(subject),
        email=_address(claims.get("email")),
        is_email_verified=claims.get("email_verified") is True,
    )


async def _authentic(id_token: object, keys: SigningKeys) -> dict[str, Any]:
    """Return the claims of a token that the issuer signed."""
    if not isinstance(id_token, str) or not 0 < len(id_token) <= _TOKEN_CHARACTERS_MAX:
        raise InvalidIdToken("absent")
    claims: dict[str, Any] | None = None
    try:
        header = jws.extract_compact(id_token.encode()).headers()
        kid = header.get("kid")
        key = await keys.get(kid) if isinstance(kid, str) else None
        if key is not None:
            claims = jwt.decode(id_token, key, algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError, TypeError):
        claims = None
    if claims is None:
        raise InvalidIdToken("signature")
    return claims


def _usable(document: Any) -> dict[str, RSAKey]:
    """Return the RSA keys of a JWK set that are for signatures and long enough."""
    usable = {}
    members = document.get("keys") if isinstance(document, dict) else None
    for member in members if isinstance(members, list) else []:
        try:
            is_ours = member["kty"] == "RSA" and member.get("use", "sig") == "sig"
            key = RSAKey.import_key({name: member[name] for name in ("kty", "n", "e")})
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
        if is_ours and isinstance(member.get("kid"), str) and _bits(key) >= _RSA_BITS_MIN:
            usable[member["kid"]] = key
    return usable


def _bits(key: RSAKey) -> int:
    return key.public_key.key_size


def _time(claims: dict[str, Any], name: str) -> int:
    """Return a claim's seconds of the epoch; what is none happened at its beginning."""
    value = claims.get(name)
    return value if type(value) is int else 0


def _left_half(access_token: object) -> str | None:
    """Return what `at_hash` must be (section 3.1.3.6, for an algorithm of 256 bits)."""
    if not isinstance(access_token, str):
        return None
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def _address(value: object) -> str | None:
    try:
        return canonical_email(value) if isinstance(value, str) else None
    except ValueError:
        return None
