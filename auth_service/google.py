"""Sign-in at Google: the authorization code flow with PKCE, state and nonce (RFC 9700).

State, nonce and verifier are kept here, used once, and bound to the browser by a cookie. Authlib
makes the request and exchanges the code; `id_tokens.py` holds the rules of what comes back. The
issuer is a setting: discovery tells where its endpoints are and nothing else. Left out: which user
an identity is (`users.py`).
"""

import asyncio
import hashlib
import hmac
import json
import math
import secrets
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import anyio.to_thread
import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.deprecate import AuthlibDeprecationWarning

from auth_service.id_tokens import InvalidIdToken, SigningKeys, identity_of
from auth_service.settings import AuthSettings
from auth_service.short_lived import Kind, ShortLived
from auth_service.users import Identity

with warnings.catch_warnings():
    # It prefers the successor of httpx; ours is httpx (decision 0006).
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client

SCOPE = "openid email"
STATE_SECONDS = 600
CALLBACK_PATH = "/api/v1/auth/oauth/google/callback"
_SECRET_BYTES = 32
_DISCOVERY_SECONDS = 3600
_TIMEOUT_SECONDS = 10.0
_ANSWER_BYTES_MAX = 262_144
# Whoever signs in while the provider is down is told at once, not after a time-out of their own.
_RETRY_SECONDS = 10.0


class SignInRefused(Exception):  # noqa: N818 -- the vocabulary of the design has no suffixes.
    """The browser came back with something else than it was sent for; `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class ProviderFailed(SignInRefused):
    """The provider does not answer, or not as it should."""


@dataclass(frozen=True)
class Departure:
    """Where to send the browser, and the value of the cookie that it brings back."""

    url: str
    browser: str


class Google:
    """One client at the issuer of the settings."""

    def __init__(self, settings: AuthSettings, states: ShortLived) -> None:
        if settings.google_client_id is None or settings.google_client_secret is None:
            raise ValueError("Google is not configured.")
        self._issuer = settings.google_issuer
        self._client_id = settings.google_client_id
        self._secret = settings.google_client_secret
        self._redirect_uri = f"{settings.public_base_url}{CALLBACK_PATH}"
        self._states = states
        self._endpoints: dict[str, Any] = {}
        self._discovered_at = -math.inf
        self._discovering = asyncio.Lock()
        self._failed_at: dict[str, float] = {}
        self._keys = SigningKeys(self._fetch_keys)

    async def depart(self, next_path: str) -> Departure:
        """Begin a sign-in that ends at a path of ours.

        Raises:
            ProviderFailed: its endpoints are not known.
            StoreUnavailable: the sign-in could not be remembered.

        """
        endpoints = await self._discover()
        state, nonce, verifier, browser = (secrets.token_urlsafe(_SECRET_BYTES) for _ in range(4))
        remembered = {
            "nonce": nonce,
            "verifier": verifier,
            "browser": _hash(browser),
            "next": next_path,
        }
        await anyio.to_thread.run_sync(
            lambda: self._states.put(
                Kind.STATE, _hash(state), json.dumps(remembered), seconds=STATE_SECONDS
            )
        )
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                endpoints["authorization_endpoint"],
                state=state,
                code_verifier=verifier,
                nonce=nonce,
            )
        return Departure(url, browser)

    async def arrive(self, query: Mapping[str, str], browser: str | None) -> tuple[Identity, str]:
        """Return who came back with these parameters and that cookie, and the path to go to.

        Raises:
            SignInRefused: it is not the sign-in that this browser began, or the provider refused.
            ProviderFailed: the provider's answer breaks a rule.
            StoreUnavailable: it could not be looked up.

        """
        taken = await anyio.to_thread.run_sync(
            self._states.take, Kind.STATE, _hash(query.get("state", ""))
        )
        if taken is None:
            raise SignInRefused("state")
        began = json.loads(taken)
        if not hmac.compare_digest(began["browser"], _hash(browser or "")):
            raise SignInRefused("browser")
        endpoints = await self._discover()
        self._require_issuer(query, endpoints)
        if "error" in query or not query.get("code"):
            raise SignInRefused("refused_there")
        token = await self._exchange(endpoints["token_endpoint"], query["code"], began["verifier"])
        try:
            identity = await identity_of(
                token.get("id_token"),
                self._keys,
                issuer=self._issuer,
                client_id=self._client_id,
                nonce=began["nonce"],
                access_token=token.get("access_token"),
            )
        except InvalidIdToken as error:
            rule = error.rule
        else:
            return identity, str(began["next"])
        raise ProviderFailed(f"id_token_{rule}")

    def _require_issuer(self, query: Mapping[str, str], endpoints: Mapping[str, Any]) -> None:
        """Refuse an answer of another issuer (RFC 9207)."""
        said = query.get("iss")
        is_promised = endpoints.get("authorization_response_iss_parameter_supported") is True
        if said != self._issuer and (said is not None or is_promised):
            raise SignInRefused("issuer")

    async def _exchange(self, endpoint: str, code: str, verifier: str) -> Mapping[str, Any]:
        """Exchange the code; what is not a plain 200 with JSON is a failure."""
        token: Any = None
        reason = "token_endpoint"
        try:
            async with self._client() as client:
                client.register_compliance_hook("access_token_response", _token_answer)
                token = await client.fetch_token(
                    endpoint, code=code, code_verifier=verifier, grant_type="authorization_code"
                )
        except AuthlibBaseError as error:
            # A code that was used or is not ours; which of them is the provider's to know.
            reason = "code" if error.error == "invalid_grant" else "token_endpoint"
        except Exception:  # noqa: BLE001 -- whatever it could not read, nobody signs in with it.
            token = None
        if isinstance(token, dict):
            return token
        raise SignInRefused(reason) if reason == "code" else ProviderFailed(reason)

    async def _discover(self) -> dict[str, Any]:
        """Return where the issuer's endpoints are, asked once an hour."""
        async with self._discovering:
            if time.monotonic() - self._discovered_at >= _DISCOVERY_SECONDS:
                found = await self._get(f"{self._issuer}/.well-known/openid-configuration")
                if not isinstance(found, dict) or found.get("issuer") != self._issuer:
                    raise ProviderFailed("discovery_issuer")
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    self._require_transport(found.get(name))
                self._endpoints = found
                self._discovered_at = time.monotonic()
        return self._endpoints

    def _require_transport(self, url: object) -> None:
        """Refuse an endpoint that is less protected than the issuer itself."""
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts is None or not parts.hostname or parts.username is not None:
            raise ProviderFailed("discovery_endpoint")
        if parts.scheme != "https" and parts.scheme != urlsplit(self._issuer).scheme:
            raise ProviderFailed("discovery_endpoint")

    async def _fetch_keys(self) -> Any:
        return await self._get((await self._discover())["jwks_uri"])

    async def _get(self, url: str) -> Any:
        """Return a document of the provider's; after a failure it is not asked again for a while.

        Raises:
            ProviderFailed: it does not answer, or not with a plain document.

        """
        if time.monotonic() - self._failed_at.get(url, -math.inf) < _RETRY_SECONDS:
            raise ProviderFailed("provider_failed_just_now")
        document: Any = None
        try:
            async with (
                httpx.AsyncClient(timeout=_TIMEOUT_SECONDS) as client,
                client.stream("GET", url) as answer,
            ):
                document = _plain(await _whole(answer), HTTPStatus.OK).json()
        except (httpx.HTTPError, ValueError, RecursionError):
            document = None
        if document is None:
            self._failed_at[url] = time.monotonic()
            raise ProviderFailed("provider_document")
        return document

    def _client(self) -> AsyncOAuth2Client:
        return _Client(
            client_id=self._client_id,
            client_secret=self._secret.get_secret_value(),
            scope=SCOPE,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            follow_redirects=False,
            timeout=_TIMEOUT_SECONDS,
        )


class _Client(AsyncOAuth2Client):  # type: ignore[misc]  # It has no types.
    """Authlib's client, which reads no answer that is endless."""

    async def send(
        self, request: httpx.Request, *, stream: bool = False, **options: Any
    ) -> httpx.Response:
        """Send a request, and read its answer as far as `_whole` does."""
        answer: httpx.Response = await super().send(request, stream=True, **options)
        return answer if stream else await _whole(answer)


async def _whole(answer: httpx.Response) -> httpx.Response:
    """Read an answer to its end and close it, unless the end is too far off."""
    content = bytearray()
    try:
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) > _ANSWER_BYTES_MAX:
                raise ValueError("too long")
    finally:
        await answer.aclose()
    # The bytes are unpacked by now, and have the length they have.
    headers = [
        (name, value)
        for name, value in answer.headers.multi_items()
        if name not in {"content-encoding", "content-length", "transfer-encoding"}
    ]
    return httpx.Response(
        answer.status_code, headers=headers, content=bytes(content), request=answer.request
    )


def _plain(answer: httpx.Response, *statuses: HTTPStatus) -> httpx.Response:
    """Return an answer of JSON with one of the statuses; refuse any other, as redirects and pages.

    Raises:
        ValueError: it is another.

    """
    is_json = answer.headers.get("content-type", "").split(";")[0].strip().endswith("json")
    if answer.status_code not in statuses or not is_json:
        raise ValueError("not a plain answer")
    return answer


def _token_answer(answer: httpx.Response) -> httpx.Response:
    """Return an answer of the token endpoint: tokens, or a refusal that says so (RFC 6749, 5.2).

    Raises:
        ValueError: it is neither.

    """
    plain = _plain(answer, HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED)
    if plain.status_code != HTTPStatus.OK:
        refusal = plain.json()
        if not isinstance(refusal, dict) or "error" not in refusal:
            raise ValueError("not a plain refusal")
    return plain


def _hash(value: str) -> str:
    """Hash what the browser holds: a store that is read lets nobody finish a sign-in."""
    return hashlib.sha256(value.encode()).hexdigest()
