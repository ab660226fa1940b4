"""Small real HTTP servers that answer as a test says, and clients of both venues for them."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import stamina
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from coinfrs_pipelines.connectors.binance.auth import connect as connect_binance
from coinfrs_pipelines.connectors.fireblocks.auth import connect as connect_fireblocks
from coinfrs_pipelines.connectors.http import Budget, Exchange, LocalBudget, VenueClient

NOW = datetime(2026, 1, 6, 0, 0, 30, tzinfo=UTC)
NOW_MS = int(NOW.timestamp()) * 1000
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
API_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
FIREBLOCKS_API_KEY = "3f9c2a51-8a51-4f0c-9d6e-0f2b6c1d7e88"


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def raw_query(self) -> str:
        return urlsplit(self.target).query

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    """What the server answers."""

    body: Any = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def answered(given: Any) -> Answer:
    """Read what a test answers: a body, JSON or bytes as they are, or status, body and headers."""
    if isinstance(given, Answer):
        return given
    if isinstance(given, tuple):
        status, body, *headers = given
        return Answer(body, status, headers[0] if headers else {})
    return Answer(given)


@dataclass
class Venue:
    """A server, what it was asked, and what it answers next."""

    url: str
    asked: list[Asked]
    answer: Callable[[Asked], Any]

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


@pytest.fixture(autouse=True)
def _retries_are_instant() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5):
        yield


def _serve(venue: Venue, stack: ExitStack) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def respond(self) -> None:
            asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()})
            venue.asked.append(asked)
            answer = answered(venue.answer(asked))
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = respond  # noqa: N815 -- the names that http.server calls.

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    stack.callback(server.server_close)
    stack.callback(thread.join)
    stack.callback(server.shutdown)
    venue.url = f"http://127.0.0.1:{server.server_address[1]}"


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[Asked], Any]], Venue]]:
    """Start a server that answers as the given function says."""
    with ExitStack() as stack:

        def start(answer: Callable[[Asked], Any]) -> Venue:
            venue = Venue("", [], answer)
            _serve(venue, stack)
            return venue

        yield start


def told(answer: Callable[[Asked], Any], now: Callable[[], int] = lambda: NOW_MS) -> Any:
    """Let a Binance stand-in tell the time beside what the test wants it to answer."""

    def respond(asked: Asked) -> Any:
        if asked.path == "/api/v3/time":
            return Answer({"serverTime": now()})
        return answer(asked)

    return respond


@dataclass
class Client:
    """A client of a stand-in venue, and the evidence that it left."""

    client: VenueClient
    venue: Venue
    exchanges: list[Exchange]


@pytest.fixture
def binance(serve: Any) -> Iterator[Callable[..., Client]]:
    """Connect to a Binance stand-in that tells the time and answers as given."""
    with ExitStack() as stack:

        def connect(
            answer: Callable[[Asked], Any],
            *,
            now: Callable[[], int] = lambda: NOW_MS,
            budget: Budget | None = None,
            secret: str = SECRET,
        ) -> Client:
            venue = serve(told(answer, now))
            exchanges: list[Exchange] = []
            client = connect_binance(
                API_KEY,
                secret,
                dict.fromkeys(("", "um", "cm", "options", "pm", "downloads"), venue.url),
                budget or LocalBudget(),
                exchanges.append,
            )
            stack.enter_context(client)
            return Client(client, venue, exchanges)

        yield connect


@pytest.fixture(scope="session")
def private_key_pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def fireblocks(serve: Any, private_key_pem: str) -> Iterator[Callable[..., Client]]:
    """Connect to a Fireblocks stand-in that tells the time in its Date header."""
    with ExitStack() as stack:

        def connect(answer: Callable[[Asked], Any]) -> Client:
            def respond(asked: Asked) -> Answer:
                given = answered(answer(asked))
                headers = {"Date": "Tue, 06 Jan 2026 00:00:30 GMT", **given.headers}
                return Answer(given.body, given.status, headers)

            venue = serve(respond)
            exchanges: list[Exchange] = []
            client = connect_fireblocks(
                FIREBLOCKS_API_KEY,
                private_key_pem,
                {"": venue.url},
                LocalBudget(),
                exchanges.append,
            )
            stack.enter_context(client)
            return Client(client, venue, exchanges)

        yield connect
