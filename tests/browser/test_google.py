"""Signing in at Google in Chromium; the certified OpenID provider stands in for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.integration.auth.providers import CertifiedProvider, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.integration.auth.conftest import Door, Serve

CALLBACK = "/api/v1/auth/oauth/google/callback"


@pytest.fixture(scope="module")
def provider() -> Iterator[tuple[CertifiedProvider, int]]:
    """Return the provider, and the port that it sends people back to."""
    port = free_port()
    judge = CertifiedProvider(free_port(), f"http://localhost:{port}{CALLBACK}")
    yield judge, port
    judge.stop()


@pytest.fixture(scope="module")
def door(serve: Serve, provider: tuple[CertifiedProvider, int]) -> Door:
    judge, port = provider
    return serve(PORT=str(port), **judge.settings())


@pytest.fixture
def visit(chromium: Browser, door: Door) -> Iterator[Visit]:
    there = Visit(chromium.new_context(java_script_enabled=False), door)
    yield there
    there.context.close()


def test_somebody_signs_in_at_google_and_arrives_where_they_were_going(
    visit: Visit, provider: tuple[CertifiedProvider, int]
) -> None:
    """The way back is a redirect of another site, on which no strict cookie is sent."""
    judge, _ = provider
    account = {"sub": "g-1", "email": "certified@example.com", "email_verified": True}
    httpx.put(f"{judge.issuer}/account", json=account)
    page = visit.open("/portfolios")
    page.get_by_role("link", name="Continue with Google").click()
    page.get_by_role("button", name="Continue as certified@example.com").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Portfolios")
    expect(page.get_by_text("certified@example.com")).to_be_visible()
    assert page.url == f"{visit.url}/portfolios"
    assert visit.complaints == []


def test_who_signs_in_at_google_from_the_front_page_arrives_signed_in(
    visit: Visit, provider: tuple[CertifiedProvider, int]
) -> None:
    judge, _ = provider
    account = {"sub": "g-3", "email": "front@example.com", "email_verified": True}
    httpx.put(f"{judge.issuer}/account", json=account)
    page = visit.open("/")
    page.get_by_role("link", name="Continue with Google").click()
    page.get_by_role("button", name="Continue as front@example.com").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Status")
    assert page.url == f"{visit.url}/status"
    assert visit.complaints == []


def test_who_is_refused_at_google_is_told_on_a_page(
    visit: Visit, provider: tuple[CertifiedProvider, int]
) -> None:
    judge, _ = provider
    account = {"sub": "g-2", "email": "unverified@example.com", "email_verified": False}
    httpx.put(f"{judge.issuer}/account", json=account)
    page = visit.open("/sign-in")
    page.get_by_role("link", name="Continue with Google").click()
    page.get_by_role("button", name="Continue as unverified@example.com").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Forbidden")
    expect(page.get_by_text("Google does not say that this address is yours")).to_be_visible()
    page.get_by_role("link", name="Go to the start").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
