"""Every page at both widths: accessible (axe), nothing cut off, nothing that the policy refuses.

With COINFRS_SCREENSHOTS=DIRECTORY each is kept as a picture (`make screenshots`).
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from tests.browser.conftest import DESKTOP, PHONE, SCREENSHOTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from coinfrs_pipelines.emulator.world import World
    from tests.browser.books import Books
    from tests.browser.conftest import Visit
    from tests.integration.auth.conftest import Door


def refused_key(page: Page, books: Books) -> None:
    """Try to register a key that may withdraw."""
    key = books.may_withdraw
    page.get_by_label("Name", exact=True).fill("Trading desk")
    page.get_by_label("Where", exact=True).select_option("emulator")
    page.get_by_label("API key", exact=True).fill(key["api_key"])
    page.get_by_label("Secret key").fill(key["api_secret"])
    page.get_by_role("button", name="Prove and store the key").click()
    page.get_by_role("alert").wait_for()


def asked_for_a_code(page: Page, books: Books) -> None:
    page.get_by_label("E-mail address").fill(books.email)
    page.get_by_role("button", name="Mail me a code").click()
    page.get_by_label("Code").wait_for()


# name: whether one is signed in, the path, and what is done there first.
PAGES: dict[str, tuple[bool, Callable[[Books], str], Callable[[Page, Books], None] | None]] = {
    "sign-in": (False, lambda _: "/sign-in", None),
    "sign-in-code": (False, lambda _: "/sign-in", asked_for_a_code),
    "not-found": (False, lambda _: "/nowhere", None),
    "status": (True, lambda _: "/status", None),
    "status-source": (True, lambda b: f"/status/{b.sources['market making']}", None),
    "status-day": (True, lambda b: f"/status/{b.sources['market making']}/2026-01-12", None),
    "sources": (True, lambda _: "/sources", None),
    "source-choose": (True, lambda _: "/sources/add", None),
    "source-add-binance": (True, lambda _: "/sources/add/binance", None),
    "source-refused": (True, lambda _: "/sources/add/binance", refused_key),
    "source-add-fireblocks": (True, lambda _: "/sources/add/fireblocks", None),
    "source": (True, lambda b: f"/sources/{b.sources['treasury']}?done=added", None),
    "source-accounts": (True, lambda b: f"/sources/{b.sources['treasury']}/accounts", None),
    "portfolios": (True, lambda _: "/portfolios", None),
    "portfolio": (True, lambda b: f"/portfolios/{b.portfolio_id}", None),
    "portfolio-booking": (True, lambda b: f"/portfolios/{b.portfolio_id}/booking", None),
}


@pytest.fixture(scope="module")
def two_visits(
    chromium: Browser, door: Door, books: Books, venues: tuple[str, World]
) -> Iterator[dict[bool, Visit]]:
    """Return a browser that is signed in and one that is not."""
    from tests.browser.conftest import Visit  # noqa: PLC0415 -- a class of the conftest.

    books.may_withdraw = venues[1].binance.add_key(
        {
            "account_ref": venues[1].binance.credentials()[1]["account_ref"],
            "permissions": {"enableWithdrawals": True, "enableSpotAndMarginTrading": True},
        }
    )
    visits = {
        is_signed_in: Visit(chromium.new_context(viewport=DESKTOP), door)  # type: ignore[arg-type]
        for is_signed_in in (True, False)
    }
    visits[True].sign_in(books.email)
    yield visits
    for each in visits.values():
        each.context.close()


def keep(page: Page, name: str) -> None:
    """Keep a picture of the page, of few colours, which is a third of the size."""
    folder = Path(SCREENSHOTS)
    folder.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    picture.quantize(160, dither=Image.Dither.NONE).save(folder / name, optimize=True)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_fits(
    two_visits: dict[bool, Visit], books: Books, name: str
) -> None:
    is_signed_in, path, act = PAGES[name]
    visit = two_visits[is_signed_in]
    visit.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    page = visit.open(path(books))
    if act is not None:
        act(page, books)
    page.evaluate("document.fonts.ready")
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if SCREENSHOTS:
            keep(page, f"page-{name}-{size['width']}.png")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0
    assert visit.complaints == []


def test_every_template_is_looked_at() -> None:
    templates = Path(__file__).parents[2] / "auth_service" / "web" / "templates"
    parts = {"layout", "parts", "source_parts"}
    # Shown in tests of their own: a page that leads on by itself, and a data source that has ended.
    elsewhere = {"moment", "source_ended"}
    names = {path.name.partition(".")[0] for path in templates.glob("*.jinja")}
    assert len(names - parts - elsewhere) == len(PAGES) - len({"source-refused"})
