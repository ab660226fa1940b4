"""The running service, attacked over HTTP: its own process, as `coinfrs up` starts it.

Most attacks go to two services that live for the whole run: one as in production, over Redis and
with mail by SMTP, and one as in development, over Postgres and with mail on the console. Whoever
asks for `either` attacks both.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from itertools import count
from typing import IO, TYPE_CHECKING

import httpx
import psycopg
import pytest
from joserfc.jwk import ECKey

from tests.conftest import clone, development_settings
from tests.integration.auth.mailbox import Mailbox
from tests.integration.auth.providers import MisbehavingProvider, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from coinfrs_pipelines.core.embedded_postgres import EmbeddedPostgres

    Serve = Callable[..., "Door"]
    StartRedis = Callable[[], tuple[str, "subprocess.Popen[bytes]"]]

START_SECONDS_MAX = 60
REFRESH_COOKIE = "__Host-coinfrs-refresh"
PAGE_COOKIE = "__Host-coinfrs-page"
# What a page of ours sends where it acts by a cookie.
OWN_PAGE = {"X-Coinfrs-Request": "1"}
FRONT_END = "https://app.example.com"
_SENT = re.compile(r"^Sign-in code for (\S+): (\d{6}) ")


class Session:
    """A browser that has signed in: its access token and its cookie, which Python would not send.

    The cookie is Secure, and the service is reached by plain HTTP on this machine.
    """

    def __init__(self, door: Door, answer: httpx.Response) -> None:
        assert answer.status_code == 200, answer.text
        self.door = door
        self.access_token = str(answer.json()["access_token"])
        self.refresh_token = cookie_of(answer, REFRESH_COOKIE)

    def post(self, path: str, token: str | None = None, **headers: str) -> httpx.Response:
        """Act by the cookie, as a page of ours would but for other headers."""
        cookie = f"{REFRESH_COOKIE}={self.refresh_token if token is None else token}"
        return self.door.http.post(path, headers={"Cookie": cookie, **OWN_PAGE, **headers})

    def refresh(self, token: str | None = None) -> httpx.Response:
        """Renew the session, and keep what came where it worked."""
        answer = self.post("/auth/refresh", token)
        if answer.status_code == 200:
            self.access_token = str(answer.json()["access_token"])
            self.refresh_token = cookie_of(answer, REFRESH_COOKIE)
        return answer

    def me(self, access_token: str | None = None) -> httpx.Response:
        """Ask who is signed in."""
        headers = {"Authorization": f"Bearer {access_token or self.access_token}"}
        return self.door.http.get("/users/me", headers=headers)


class Door:
    """One running service, seen from outside: its address, its mailbox and its logs."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url = url
        self.process = process
        self.http = httpx.Client(base_url=f"{url}/api/v1", timeout=30)
        self.mailbox: list[str] = []
        self.letters: Mailbox | None = None
        # Variables that point psycopg to the service's database, and the key its tokens have.
        self.database: Mapping[str, str] = {}
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
        if self.letters is not None:
            return self.letters.codes(email)
        mails = [_SENT.match(line) for line in list(self.mailbox)]
        return [mail[2] for mail in mails if mail is not None and mail[1] == email]

    def line(self, beginning: str) -> str:
        """Return the last line on the console that begins so, once there is one."""
        for _ in range(1000):
            found = [line for line in list(self.mailbox) if line.startswith(beginning)]
            if found:
                return found[-1]
            time.sleep(0.01)
        raise AssertionError(f"no line begins with {beginning}")

    def mails(self) -> int:
        """Return how many mails went out so far."""
        return len(self.mailbox) if self.letters is None else len(self.letters.received)

    def code(self, email: str) -> str:
        """Ask for a code and wait for its mail."""
        before = len(self.codes(email))
        assert self.request(email).status_code == 202
        return self.mailed(email, before + 1)

    def mailed(self, email: str, mails: int) -> str:
        """Return an address's last code once so many were mailed."""
        for _ in range(1000):
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

    def session(self, email: str | None = None) -> Session:
        """Return the session of somebody who has just signed in."""
        address = email or self.somebody()
        return Session(self, self.verify(address, self.code(address)))

    def administration(self) -> psycopg.Connection:
        """Return a connection to the service's database, as its operator; the caller closes it."""
        return psycopg.connect(
            host=self.database["PGHOST"],
            port=self.database["PGPORT"],
            user=self.database["PGUSER"],
            password=self.database["PGPASSWORD"],
            dbname=self.database["PGDATABASE"],
            autocommit=True,
        )

    def wait_until_somebody_waits(self, administration: psycopg.Connection) -> None:
        """Return once a connection of the service waits for a lock."""
        for _ in range(1000):
            [(waiting,)] = administration.execute(
                "select count(*) from pg_stat_activity"
                " where datname = current_database() and wait_event_type = 'Lock'"
            ).fetchall()
            if waiting:
                return
            time.sleep(0.01)
        raise AssertionError("nobody waits for a lock")

    def logged(self, text: str) -> list[str]:
        """Return the log's lines so far that hold a text as a word: ids may hold any six digits."""
        word = re.compile(rf"(?<![\w.-]){re.escape(text)}(?![\w-])")
        return [line for line in list(self.logs) if word.search(line)]

    def events(self, name: str) -> list[dict[str, object]]:
        """Return the log's events of a name so far."""
        found = [json.loads(line) for line in list(self.logs)]
        return [event for event in found if event["event"] == name]

    def event(self, name: str) -> dict[str, object]:
        """Return the log's last event of a name once there is one."""
        for _ in range(1000):
            found = self.events(name)
            if found:
                return found[-1]
            time.sleep(0.01)
        raise AssertionError(f"no event {name}")

    def with_token(self, token: str) -> httpx.Client:
        """Return a client that sends an access token; the caller closes it."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.http.base_url, headers=headers, timeout=60)

    def signed_in(self, email: str | None = None) -> httpx.Client:
        """Return a client of somebody who has just signed in; the caller closes it."""
        return self.with_token(self.sign_in(email or self.somebody()))


def cookie_of(answer: httpx.Response, name: str) -> str:
    """Return the value that an answer gives a cookie."""
    for header in answer.headers.get_list("set-cookie"):
        given, _, rest = header.partition("=")
        if given == name:
            return rest.partition(";")[0].strip('"')
    raise AssertionError(f"no cookie {name}")


@pytest.fixture(scope="session")
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
        key_file = {"JWT_PRIVATE_KEY_FILE": str(signing_key[1])}
        started.append(_started({**os.environ, **module_database, **key_file, **variables}))
        return started[-1]

    yield start
    for door in started:
        door.stop()


@pytest.fixture(scope="session")
def provider() -> Iterator[MisbehavingProvider]:
    """Return the provider that the services of the whole run take for Google."""
    served = MisbehavingProvider()
    yield served
    served.stop()


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    """Return the mail server of the service that is as in production."""
    opened = Mailbox()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def lasting_environment(
    cluster: EmbeddedPostgres,
    signing_key: tuple[ECKey, Path],
    provider: MisbehavingProvider,
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[str, str]:
    """Return the variables of the services of the whole run, with a database of their own."""
    own = {**cluster.parameters, "PGDATABASE": "attacked"}
    clone(cluster, name=own["PGDATABASE"])
    return {
        **os.environ,
        **development_settings(tmp_path_factory.mktemp("home")),
        **own,
        **provider.settings(),
        "JWT_PRIVATE_KEY_FILE": str(signing_key[1]),
        "LEGACY_PASSWORDS": "on",
        "CORS_ORIGINS": FRONT_END,
        "OTP_FAILURES_PER_DAY": "6",
        # A used token is reuse at once; test_expiry.py has the grace.
        "REFRESH_GRACE_S": "0",
    }


@pytest.fixture(scope="session")
def over_redis(
    lasting_environment: Mapping[str, str], start_redis: StartRedis, mailbox: Mailbox
) -> Iterator[Door]:
    """Return the service as in production, but for its name and TLS."""
    door = _started({**lasting_environment, **mailbox.settings(), "REDIS_URL": start_redis()[0]})
    door.letters = mailbox
    yield door
    door.stop()


@pytest.fixture(scope="session")
def over_postgres(lasting_environment: Mapping[str, str]) -> Iterator[Door]:
    """Return the service as in development."""
    door = _started(lasting_environment)
    yield door
    door.stop()


@pytest.fixture(params=["postgres", "redis"])
def either(request: pytest.FixtureRequest) -> Door:
    """Return one of the two, the other one next time."""
    door: Door = request.getfixturevalue(f"over_{request.param}")
    return door


@pytest.fixture
def door(over_redis: Door) -> Door:
    """Return the service as in production, by a shorter name."""
    return over_redis


def _started(environment: Mapping[str, str]) -> Door:
    """Start the service and wait until it answers."""
    port = int(environment.get("PORT") or free_port())
    process = subprocess.Popen(
        (sys.executable, "-m", "auth_service"),
        env={
            # All attacks come from one address; its limit has tests of its own.
            "IP_LIMIT_PER_MIN": "100000",
            **environment,
            "PORT": str(port),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    door = Door(f"http://127.0.0.1:{port}", process)
    door.database = {name: value for name, value in environment.items() if name.startswith("PG")}
    ends = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < ends and process.poll() is None:
        try:
            door.http.get("/health")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return door
    door.stop()
    raise RuntimeError(f"the service did not start: {door.logs}")


def _read(stream: IO[str] | None, lines: list[str]) -> None:
    assert stream is not None
    for line in stream:
        lines.append(line.rstrip("\n"))  # noqa: PERF401 -- others read it meanwhile.
