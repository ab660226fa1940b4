"""A stranger's way in: sign in with a mailed code and register keys, over the real API."""

import re
import socket
import sys
from collections.abc import Mapping
from typing import Any

import httpx

from coinfrs_pipelines.processes import Child, Children

EMAIL = "treasurer@example.com"
READY_SECONDS_MAX = 60.0
MAIL_SECONDS_MAX = 10.0
# A proof asks the venue a dozen questions.
REGISTRATION_SECONDS_MAX = 90.0

_CODE = re.compile(r"Sign-in code for \S+: (\d{6})")


class SignInError(Exception):
    """The sign-in service did not answer as its documentation says; the message quotes it."""


class SignedIn:
    """A client of the API that has signed in."""

    def __init__(self, url: str, access_token: str) -> None:
        """Use the token for everything that follows."""
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {access_token}"},
            timeout=REGISTRATION_SECONDS_MAX,
        )

    def register(self, credential: Mapping[str, str]) -> dict[str, Any]:
        """Register one of the emulator's credentials; return what the API shows of it."""
        secret = "private_key_pem" if "private_key_pem" in credential else "api_secret"
        response = self._client.post(
            "/api/v1/datasources",
            json={
                "venue": credential["venue"],
                "environment": "emulator",
                "name": credential["name"],
                "credential": {
                    "api_key": credential["api_key"],
                    secret: credential[secret],
                },
            },
        )
        return _answer(response)

    def registered(self) -> list[dict[str, Any]]:
        """List what is registered."""
        items: list[dict[str, Any]] = _answer(self._client.get("/api/v1/datasources"))["items"]
        return items

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def sign_in(children: Children, environment: Mapping[str, str]) -> SignedIn:
    """Start the sign-in service and sign in with the code that it prints on its console."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    child = children.start(
        "auth service",
        [sys.executable, "-m", "auth_service"],
        {**environment, "PORT": str(port), "BIND_ADDRESS": "127.0.0.1"},
    )
    with httpx.Client(base_url=url, timeout=MAIL_SECONDS_MAX) as client:
        children.wait_for(child, lambda: _is_healthy(client), READY_SECONDS_MAX)
        asked = _answer(client.post("/api/v1/auth/otp/request", json={"email": EMAIL}))
        children.wait_for(child, lambda: _code(child) is not None, MAIL_SECONDS_MAX)
        answer = client.post(
            "/api/v1/auth/otp/verify",
            json={"email": EMAIL, "otp": _code(child), "challenge_id": asked["challenge_id"]},
        )
        return SignedIn(url, _answer(answer)["access_token"])


def _is_healthy(client: httpx.Client) -> bool:
    try:
        return client.get("/api/v1/health").is_success
    except httpx.TransportError:
        return False


def _code(child: Child) -> str | None:
    for line in list(child.lines):
        found = _CODE.search(line)
        if found:
            return found.group(1)
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answer(response: httpx.Response) -> dict[str, Any]:
    if response.is_error:
        raise SignInError(
            f"{response.request.method} {response.request.url.path} answered "
            f"{response.status_code}: {response.text[:500]}"
        )
    document: dict[str, Any] = response.json()
    return document
