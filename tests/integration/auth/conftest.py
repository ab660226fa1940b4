"""The running service, attacked over HTTP: its own process, as `coinfrs up` starts it."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import IO

import httpx
import pytest
from joserfc.jwk import ECKey

START_SECONDS_MAX = 30
_SENT = re.compile(r"^Sign-in code for (\S+): (\d{6}) ")


class Door:
    """One running service, seen from outside: its address, its mailbox and its logs."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url = url
        self.process = process
        self.http = httpx.Client(base_url=f"{url}/api/v1", timeout=30)
        self.mailbox: list[str] = []
        self.logs: list[str] = []
        self._addresses = count(1)
        self._readers = [
            threading.Thread(target=_read, args=(stream, lines), daemon=True)
            for stream, lines in ((process.stdout, self.mailbox), (process.stderr, self.logs))
        ]
        for reader in self._readers:
            reader.start()

    def stop(self) -> None:
        """Stop the process, and read what it still had to say."""
        self.http.close()
        self.process.terminate()
        self.process.wait(15)
        for reader in self._readers:
            reader.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    def somebody(self) -> str:
        """Return an address that nobody has used yet."""
        return f"somebody{next(self._addresses)}@example.com"

    def request(self, email: object) -> httpx.Response:
        return self.http.post("/auth/otp/request", json={"email": email})

    def verify(self, email: str, otp: object, challenge_id: str | None = None) -> httpx.Response:
        body = {"email": email, "otp": otp}
        if challenge_id is not None:
            body["challenge_id"] = challenge_id
        return self.http.post("/auth/otp/verify", json=body)

    def codes(self, email: str) -> list[str]:
        """Return the codes mailed to an address so far."""
        mails = [_SENT.match(line) for line in list(self.mailbox)]
        return [mail[2] for mail in mails if mail is not None and mail[1] == email]

    def code(self, email: str) -> str:
        """Ask for a code and wait for its mail."""
        before = len(self.codes(email))
        assert self.request(email).status_code == 202
        return self.mailed(email, before + 1)

    def mailed(self, email: str, mails: int) -> str:
        """Return an address's last code once so many were mailed."""
        for _ in range(400):
            codes = self.codes(email)
            if len(codes) >= mails:
                return codes[-1]
            time.sleep(0.01)
        raise AssertionError(f"no mail for {email}")

    def sign_in(self, email: str) -> str:
        """Return an access token."""
        answer = self.verify(email, self.code(email))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def with_token(self, token: str) -> httpx.Client:
        """Return a client that sends an access token; the caller closes it."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.http.base_url, headers=headers, timeout=60)

    def signed_in(self, email: str | None = None) -> httpx.Client:
        """Return a client of somebody who has just signed in; the caller closes it."""
        return self.with_token(self.sign_in(email or self.somebody()))


Serve = Callable[..., Door]
StartRedis = Callable[[], tuple[str, "subprocess.Popen[bytes]"]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> tuple[ECKey, Path]:
    """Return a signing key, with which a test can mint tokens, and its file."""
    key = ECKey.generate_key("P-256", {"kid": "test"}, private=True)
    file = tmp_path_factory.mktemp("jwt") / "key.json"
    file.write_text(json.dumps(key.as_dict(private=True)))
    return key, file


@pytest.fixture(scope="module")
def serve(module_database: Mapping[str, str], signing_key: tuple[ECKey, Path]) -> Iterator[Serve]:
    """Return a function that starts the service with further variables in its environment."""
    started: list[Door] = []

    def start(**variables: str) -> Door:
        port = free_port()
        environment = {
            **os.environ,
            **module_database,
            "JWT_PRIVATE_KEY_FILE": str(signing_key[1]),
            "PORT": str(port),
            **variables,
        }
        process = subprocess.Popen(
            (sys.executable, "-m", "auth_service"),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        door = Door(f"http://127.0.0.1:{port}", process)
        started.append(door)
        ends = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < ends and process.poll() is None:
            try:
                door.http.get("/health")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return door
        raise RuntimeError(f"the service did not start: {door.logs}")

    yield start
    for door in started:
        door.stop()


@pytest.fixture(scope="module")
def door(serve: Serve) -> Door:
    """Return the service as it is by default."""
    return serve()


def _read(stream: IO[str] | None, lines: list[str]) -> None:
    assert stream is not None
    for line in stream:
        lines.append(line.rstrip("\n"))  # noqa: PERF401 -- others read it meanwhile.
