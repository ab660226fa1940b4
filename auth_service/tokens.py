"""Access tokens: ES256, `typ: at+jwt`, minutes of life, every claim required (RFC 9068, RFC 8725).

The algorithm is pinned on both sides; what a token says about keys is never followed. Left out:
refresh tokens and the denylist of ended sessions. `sid` names the sign-in, so that they only add.
"""

import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from auth_service.settings import AuthSettings
from coinfrs_pipelines.core.settings import Settings, SettingsError

ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 -- the media type of RFC 9068, no secret.
# Ours have about 500 characters.
_TOKEN_CHARACTERS_MAX = 2048
_DEVELOPMENT_FILE = "development-jwt.json"


class InvalidToken(Exception):  # noqa: N818 -- the vocabulary of the design has no suffixes.
    """The token is not one of ours, or no longer valid; which of them is not told."""


@dataclass(frozen=True)
class Claims:
    """Who a valid token speaks for, and since which sign-in."""

    user_id: UUID
    session_id: UUID


class AccessTokens:
    """Issues access tokens and checks them, with one signing key."""

    def __init__(self, key: ECKey, *, issuer: str, audience: str, ttl_seconds: int) -> None:
        self._key = key
        self._issuer = issuer
        self._audience = audience
        self.ttl_seconds = ttl_seconds
        self._registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            jti={"essential": True},
            sid={"essential": True},
        )

    def issue(self, user_id: UUID) -> str:
        """Return a token for a user who has just signed in."""
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "iat": now,
            "exp": now + self.ttl_seconds,
            "sub": str(user_id),
            "jti": str(uuid4()),
            "sid": str(uuid4()),
        }
        header = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])

    def verify(self, token: str) -> Claims:
        """Return whom a token speaks for.

        Raises:
            InvalidToken: forged, expired, of another kind, issuer or audience, or incomplete.

        """
        claims: Claims | None = None
        try:
            if len(token) <= _TOKEN_CHARACTERS_MAX:
                claims = self._checked(token)
        except (JoseError, ValueError, TypeError, KeyError):
            claims = None
        if claims is None:
            raise InvalidToken
        return claims

    def _checked(self, token: str) -> Claims | None:
        decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
        if decoded.header.get("typ") != TOKEN_TYPE or decoded.header.get("kid") != self._key.kid:
            return None
        self._registry.validate(decoded.claims)
        if int(decoded.claims["exp"]) <= time.time():
            return None
        return Claims(UUID(decoded.claims["sub"]), UUID(decoded.claims["sid"]))

    def public_keys(self) -> dict[str, Any]:
        """Return the JWK set that others check our tokens with."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "kid": self._key.kid, "use": "sig", "alg": ALGORITHM}]}


def access_tokens(auth: AuthSettings, core: Settings) -> AccessTokens:
    """Make the issuer of the settings; in development its key is generated once and kept.

    Raises:
        SettingsError: the key file is missing, unreadable, or holds another kind of key.

    """
    path = auth.jwt_private_key_file
    if path is None:
        path = _development_key(core.home)
    return AccessTokens(
        _signing_key(path),
        issuer=auth.jwt_issuer,
        audience=auth.jwt_audience,
        ttl_seconds=auth.access_ttl_seconds,
    )


def _signing_key(path: Path) -> ECKey:
    problem = ""
    key: ECKey | None = None
    try:
        key = ECKey.import_key(json.loads(path.read_text()))
    except OSError as error:
        problem = f"cannot be read ({type(error).__name__})"
    except (JoseError, ValueError, TypeError, KeyError):
        problem = "holds no EC key as a JWK"
    if key is not None and (key.curve_name != "P-256" or not key.is_private or not key.kid):
        problem = "needs a private key of the curve P-256 with a kid"
    if key is None or problem:
        raise SettingsError(f"JWT_PRIVATE_KEY_FILE {problem}.")
    return key


def _development_key(home: Path) -> Path:
    """Return the file with this machine's development key; of two makers one wins."""
    path = home / _DEVELOPMENT_FILE
    if path.exists():
        return path
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(8)}, private=True)
    draft = home / f"{_DEVELOPMENT_FILE}.{os.getpid()}.{secrets.token_hex(4)}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(key.as_dict(private=True), file)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path
