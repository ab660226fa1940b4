"""Checks the signed token of a request, in the way that the venue's error codes describe.

`uri` is compared with the request target as it was sent: percent-encoding is not touched. The hash
of a GET's body comes in two forms, because the official clients differ, and both are let in.
"""

import hashlib
from collections import defaultdict
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError

from coinfrs_pipelines.emulator.fireblocks import refusals
from coinfrs_pipelines.emulator.fireblocks.users import ApiUser

_BEARER = "Bearer "
# Official clients use 55 s; the 30 s of one page is stale.
TOKEN_SECONDS_MAX = 55
# Of nothing, and of the two characters `""`.
BODY_HASHES = frozenset(hashlib.sha256(body).hexdigest() for body in (b"", b'""'))
# Past this many, nonces of tokens that have expired are forgotten.
_NONCES_KEPT = 10_000


class Nonces:
    """Which nonces were served, for as long as their tokens live."""

    def __init__(self) -> None:
        self._served: defaultdict[str, dict[str | int, int]] = defaultdict(dict)

    def spend(self, claims: dict[str, Any], now: datetime) -> None:
        """Note the nonce of a token that is about to be served.

        Raises:
            Refusal: it was served before.

        """
        served = self._served[claims["sub"]]
        if claims["nonce"] in served:
            raise refusals.nonce_used()
        if len(served) > _NONCES_KEPT:
            alive = {nonce: end for nonce, end in served.items() if end >= now.timestamp()}
            served.clear()
            served.update(alive)
        served[claims["nonce"]] = claims["exp"]


def check(
    authorization: str, user: ApiUser, target: str, now: datetime, future_seconds: int
) -> dict[str, Any]:
    """Return the claims of a token that is the user's, for this target, and of this time.

    Args:
        authorization: the header as it came.
        user: whose API key the request names.
        target: path and query as they were sent.
        now: the venue's time.
        future_seconds: how far ahead of it `iat` may lie.

    Raises:
        Refusal: with the code of what is wrong.

    """
    if not authorization.startswith(_BEARER):
        raise refusals.token_missing()
    claims = _claims(authorization.removeprefix(_BEARER), user)
    if not claims.get("sub"):
        raise refusals.api_key_missing()
    if claims["sub"] != user.api_key:
        raise refusals.wrong_user()
    if claims.get("uri") != target:
        raise refusals.wrong_url()
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if type(issued_at) is not int or type(expires_at) is not int:
        raise refusals.invalid_format()
    if issued_at > now.timestamp() + future_seconds:
        raise refusals.from_the_future()
    if expires_at <= now.timestamp():
        raise refusals.expired()
    # No code is known for the two below; a token with other claims is of no valid format.
    if expires_at - issued_at > TOKEN_SECONDS_MAX or claims.get("bodyHash") not in BODY_HASHES:
        raise refusals.invalid_format()
    nonce = claims.get("nonce")
    if type(nonce) not in {str, int} or nonce == "":
        raise refusals.invalid_format()
    return claims


def _claims(token: str, user: ApiUser) -> dict[str, Any]:
    try:
        claims = jwt.decode(token, user.public_key, algorithms=["RS256"]).claims
    except BadSignatureError:
        raise refusals.invalid_signature() from None
    except (JoseError, ValueError, TypeError):
        raise refusals.invalid_format() from None
    if not isinstance(claims, dict):
        raise refusals.invalid_format()
    return claims
