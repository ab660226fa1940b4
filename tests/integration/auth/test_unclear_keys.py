"""A venue whose answers are not what a proof needs: P61 and P65. Nothing is ever stored.

The emulator answers as a venue does; this one answers as nobody should.
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import pytest

from coinfrs_pipelines.core import database as core_database
from tests.integration.auth.books import with_key
from tests.integration.auth.test_forms import Person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from tests.integration.auth.conftest import Door, Serve

READ_ONLY = {
    "ipRestrict": False,
    "createTime": 1_700_000_000_000,
    "enableReading": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": False,
    "enableMargin": False,
    "enableFutures": False,
    "permitsUniversalTransfer": False,
    "enableVanillaOptions": False,
    "enableSpotAndMarginTrading": False,
    "enablePortfolioMarginTrading": False,
}
RESTRICTIONS = "/sapi/v1/account/apiRestrictions"


class Venue(BaseHTTPRequestHandler):
    """Answers each path with the status, content type and body that the test has put there."""

    answers: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}
    asked: ClassVar[list[str]] = []
    meanwhile: ClassVar[Callable[[], None] | None] = None

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.asked.append(path)
        if Venue.meanwhile is not None:
            Venue.meanwhile()
        status, headers, body = self.answers.get(path, (404, {}, b"{}"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def answers(
    content: object, status: int = 200, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, body


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Venue)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def door(serve: Serve, url: str) -> Door:
    return serve(COINFRS_BINANCE_SPOT_URL=url)


@pytest.fixture
def venue(door: Door) -> Iterator[dict[str, tuple[int, dict[str, str], bytes]]]:
    """Return the answers of a key that is read-only, for the test to change."""
    assert door.url
    Venue.answers.clear()
    Venue.asked.clear()
    Venue.meanwhile = None
    Venue.answers.update(
        {
            "/api/v3/time": answers({"serverTime": 1_795_000_000_000}),
            RESTRICTIONS: answers(READ_ONLY),
            "/api/v3/account": answers({"uid": 354_000_001, "accountType": "SPOT"}),
            "/sapi/v1/sub-account/list": answers({"subAccounts": []}),
        }
    )
    yield Venue.answers
    with core_database.connect("coinfrs_registry") as connection:
        stored = connection.execute("select name from registry.data_sources").fetchall()
    assert stored in ([], [("control",)])


def register(http: httpx.Client, name: str = "unclear", **headers: str) -> httpx.Response:
    return http.post(
        "/datasources",
        headers=headers,
        json={
            "venue": "binance",
            "environment": "emulator",
            "name": name,
            "credential": {"api_key": "k" * 64, "api_secret": "s" * 64},
        },
    )


def test_p60_the_control_is_accepted(door: Door, venue: dict[str, Any]) -> None:
    assert venue
    with door.signed_in() as http:
        assert register(http, "control").status_code == 201


@pytest.mark.parametrize(
    "changed",
    [
        *[{flag: True} for flag in READ_ONLY if flag.startswith(("enable", "permits"))][1:],
        {"enableWhateverComesNext": True},
        {"enableWhateverComesNext": "false"},
        {"enableWhateverComesNext": None},
        {"enableWhateverComesNext": 0},
        {"enableWithdrawals": "false"},
        {"enableReading": False},
        {"enableReading": "true"},
        {"enableReading": None},
        {"ipRestrict": "yes"},
    ],
    ids=str,
)
def test_p61_every_flag_that_is_not_literally_false_refuses(
    door: Door, venue: dict[str, Any], changed: dict[str, Any]
) -> None:
    venue[RESTRICTIONS] = answers({**READ_ONLY, **changed})
    with door.signed_in() as http:
        refused = register(http)
    assert refused.status_code == 422
    assert refused.json()["reason"] in {"may_write", "unclear"}


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (RESTRICTIONS, answers(b"<html>Blocked</html>", 403, content_type="text/html")),
        (RESTRICTIONS, answers([READ_ONLY])),
        (RESTRICTIONS, answers({})),
        (RESTRICTIONS, answers(b'{"enableReading": true, "enableReading": false}')),
        (RESTRICTIONS, answers({"code": -2015, "msg": "Invalid API-key."}, 401)),
        (RESTRICTIONS, answers({"code": -1022, "msg": "Signature is not valid."}, 400)),
        (RESTRICTIONS, answers(b"", 403)),
        ("/api/v3/account", answers({"accountType": "SPOT"})),
        ("/api/v3/account", answers({"uid": "354000001"})),
        ("/api/v3/account", answers({"uid": True})),
        ("/api/v3/time", answers({})),
    ],
    ids=str,
)
def test_p61_an_unclear_answer_refuses(
    door: Door, venue: dict[str, Any], path: str, answer: tuple[int, dict[str, str], bytes]
) -> None:
    venue[path] = answer
    with door.signed_in() as http:
        refused = register(http)
    assert refused.status_code == 422, refused.text
    assert refused.json()["code"] == "VALIDATION_ERROR"


def test_p61_a_failing_venue_is_a_refusal_to_be_retried(door: Door, venue: dict[str, Any]) -> None:
    venue[RESTRICTIONS] = answers({"code": -1000, "msg": "An unknown error."}, 500)
    with door.signed_in() as http:
        refused = register(http)
    assert (refused.status_code, refused.json()["reason"]) == (422, "transient")
    assert refused.json()["retry_later"] is True


def test_a_venue_that_asks_for_fewer_requests_is_not_asked_again(
    door: Door, venue: dict[str, Any]
) -> None:
    """Somebody waits for the answer: a 429 is a refusal to be retried, not a minute's sleep."""
    venue[RESTRICTIONS] = answers({"code": -1003, "msg": "Too many requests."}, 429)
    with door.signed_in() as http:
        refused = register(http)
    assert (refused.status_code, refused.json()["reason"]) == (422, "throttled")
    assert refused.json()["retry_later"] is True
    assert Venue.asked.count(RESTRICTIONS) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_p65_a_redirect_is_never_followed(
    door: Door, venue: dict[str, Any], url: str, status: int
) -> None:
    venue["/canary"] = answers(READ_ONLY)
    venue[RESTRICTIONS] = answers(b"", status, location=f"{url}/canary")
    with door.signed_in() as http:
        refused = register(http)
    assert refused.status_code == 422
    assert "/canary" not in Venue.asked


def test_no_transaction_is_open_while_the_venue_is_asked(door: Door, venue: dict[str, Any]) -> None:
    """Few venues that take their minute would keep every connection from everybody."""
    venue[RESTRICTIONS] = answers(b"", 403)
    found: list[tuple[str, ...]] = []

    def look() -> None:
        time.sleep(0.2)
        with core_database.connect("LOGIN") as connection:
            found.extend(
                connection.execute(
                    "select query from pg_stat_activity where datname = current_database()"
                    " and state like 'idle in transaction%'"
                    " and xact_start < clock_timestamp() - interval '0.1 s'"
                ).fetchall()
            )

    Venue.meanwhile = look
    with door.signed_in() as http:
        assert register(http, **with_key()).status_code == 422
    assert Venue.asked
    assert found == []


def test_a_person_has_venues_asked_twenty_times_an_hour(door: Door, venue: dict[str, Any]) -> None:
    """By the API and by the pages together; our address there is everybody's."""
    venue[RESTRICTIONS] = answers(b"", 403)
    browser = Person(door)
    email = browser.sign_in()
    token = browser.token("/sources/add/binance")
    fields = {"name": "n", "environment": "emulator", "api_key": "k" * 64, "api_secret": "s" * 64}

    def by_the_pages() -> httpx.Response:
        return browser.post("/sources/add/binance", token=token, **fields)

    with door.signed_in(email) as http, door.signed_in() as other:
        for _ in range(10):
            assert register(http).status_code == 422
            assert by_the_pages().status_code == 422
        asked = len(Venue.asked)
        for refused in (register(http), by_the_pages()):
            assert refused.status_code == 429
            assert 3000 < int(refused.headers["retry-after"]) <= 3600
            assert "20 times an hour" in refused.text
        assert len(Venue.asked) == asked
        assert register(other).status_code == 422
    browser.http.close()
