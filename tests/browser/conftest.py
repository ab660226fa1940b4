"""The pages in Chromium: the running service, emulated venues, tables as dbt leaves them.

Chromium is Debian's. Where it is not installed the tests skip and say what to do; `.ci/run` makes
such a skip a failure.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

from coinfrs_pipelines.emulator.app import serve as serve_emulator
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.emulator.world import World
from tests.browser.books import Books
from tests.conftest import installed
from tests.integration.auth.conftest import Door, serve, signing_key

if TYPE_CHECKING:
    from tests.integration.auth.conftest import Serve

__all__ = ["serve", "signing_key"]

# Read before the environment is cleaned for the tests.
SCREENSHOTS = os.environ.get("COINFRS_SCREENSHOTS", "")
START = datetime(2026, 1, 5, tzinfo=UTC)
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium, for a module: while it runs, no other test can run an event loop."""
    program = installed("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def venues() -> Iterator[tuple[str, World]]:
    """Return the URL of an emulator with a held clock, and its world."""
    emulation = Emulation(VenueClock(START.replace(minute=5), held=True))
    world = emulation.add_world(7, START, 2)
    with serve_emulator(emulation, host="127.0.0.1", port=0) as running:
        yield running.url, world


@pytest.fixture(scope="module")
def door(serve: Serve, venues: tuple[str, World]) -> Door:
    """Return the service, as a person reaches it."""
    return serve(
        COINFRS_BINANCE_SPOT_URL=venues[0],
        COINFRS_FIREBLOCKS_URL=venues[0],
        IP_LIMIT_PER_MIN="1000",
    )


@pytest.fixture(scope="module")
def books(door: Door, venues: tuple[str, World]) -> Books:
    """Register every key of the world for a treasurer, and write verdicts of their days."""
    return Books(door, venues[1])


class Visit:
    """A browser of one person: a page, and what its console said."""

    def __init__(self, context: BrowserContext, door: Door) -> None:
        self.context = context
        self.door = door
        self.url = f"http://localhost:{door.url.rpartition(':')[2]}"
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", self._miss)

    def _hear(self, message: ConsoleMessage) -> None:
        # A refused form is a page with its status, which Chromium notes as an error.
        if not re.match(r"Failed to load resource: .* (4\d\d) ", message.text):
            self.complaints.append(message.text)

    def _miss(self, request: Request) -> None:
        # What was still on its way when the person went on is not missed.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.url}{path}")
        return self.page

    def sign_in(self, email: str) -> Page:
        """Sign in as a person does: the address, the mailed code."""
        before = len(self.door.codes(email))
        self.open("/sign-in")
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_role("button", name="Mail me a code").click()
        self.page.get_by_label("Code").fill(self.door.mailed(email, before + 1))
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(f"{self.url}/status")
        return self.page


OpenVisit = Callable[..., Visit]


@pytest.fixture
def visit(chromium: Browser, door: Door) -> Iterator[OpenVisit]:
    """Return a function that opens a browser; at the end no console may have complained."""
    opened: list[Visit] = []

    def open_one(size: Mapping[str, int] = DESKTOP, **options: Any) -> Visit:
        context = chromium.new_context(viewport=dict(size), **options)  # type: ignore[arg-type]
        opened.append(Visit(context, door))
        return opened[-1]

    yield open_one
    for each in opened:
        each.context.close()
    assert [each.complaints for each in opened] == [[] for _ in opened]
