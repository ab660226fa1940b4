"""Access tokens: ES256, `typ: at+jwt`, minutes of life, every claim required (RFC 9068, RFC 8725).

The algorithm is pinned on both sides; what a token says about keys is never followed. `sid` names
the sign-in, whose end puts it on a denylist (`sessions.py`); `ep` is the epoch of the user, which
passes when everything of before has to be void. Left out: refresh tokens, which are not JWTs.

Keys rotate by a file that holds a JWK set: the first key signs, every key checks.
"""

import json
import os
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode

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
    epoch: int


class AccessTokens:
    """Issues access tokens with the newest key, and checks them with every key there is."""

    def __init__(
        self, keys: Sequence[ECKey], *, issuer: str, audience: str, ttl_seconds: int
    ) -> None:
        self._key = keys[0]
        self._keys = {str(key.kid): key for key in keys}
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
            ep={"essential": True},
        )

    def issue(self, user_id: UUID, session_id: UUID, epoch: int) -> str:
        """Return a token for a user of a session, in the user's epoch."""
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "iat": now,
            "exp": now + self.ttl_seconds,
            "sub": str(user_id),
            "jti": str(uuid4()),
            "sid": str(session_id),
            "ep": epoch,
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
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            # A header of brackets alone is deeper than the parser goes.
            claims = None
        if claims is None:
            raise InvalidToken
        return claims

    def _checked(self, token: str) -> Claims | None:
        header = json.loads(urlsafe_b64decode(token.split(".", 1)[0].encode()))
        key = self._keys[header["kid"]]
        decoded = jwt.decode(token, key, algorithms=[ALGORITHM])
        if decoded.header.get("typ") != TOKEN_TYPE:
            return None
        self._registry.validate(decoded.claims)
        epoch = decoded.claims["ep"]
        if int(decoded.claims["exp"]) <= time.time() or type(epoch) is not int:
            return None
        return Claims(UUID(decoded.claims["sub"]), UUID(decoded.claims["sid"]), epoch)

    def public_keys(self) -> dict[str, Any]:
        """Return the JWK set that others check our tokens with."""
        return {
            "keys": [
                {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": ALGORITHM}
                for kid, key in self._keys.items()
            ]
        }


def access_tokens(auth: AuthSettings, core: Settings) -> AccessTokens:
    """Make the issuer of the settings; in development its key is generated once and kept.

    Raises:
        SettingsError: the key file is missing, unreadable, or holds another kind of key.

    """
    path = auth.jwt_private_key_file
    if path is None:
        path = _development_key(core.home)
    return AccessTokens(
        _keys_of(path),
        issuer=auth.jwt_issuer,
        audience=auth.jwt_audience,
        ttl_seconds=auth.access_ttl_seconds,
    )


def _keys_of(path: Path) -> list[ECKey]:
    """Read a JWK, or a JWK set whose first key signs; the others only check."""
    problem = ""
    keys: list[ECKey] = []
    try:
        document = json.loads(path.read_text())
        members = document.get("keys", [document])
        keys = [ECKey.import_key(member) for member in members]
    except OSError as error:
        problem = f"cannot be read ({type(error).__name__})"
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        problem = "holds no EC key as a JWK, and no set of them"
    if not problem and any(key.curve_name != "P-256" or not key.kid for key in keys):
        problem = "needs keys of the curve P-256, each with a kid"
    elif not problem and (not keys or not keys[0].is_private):
        problem = "needs a private key, in a set as the first"
    elif len({key.kid for key in keys}) != len(keys):
        problem = "names two keys by the same kid"
    if problem:
        raise SettingsError(f"JWT_PRIVATE_KEY_FILE {problem}.")
    return keys


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
