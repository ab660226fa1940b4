"""What a person does with the pages, in Chromium and without JavaScript."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from coinfrs_pipelines.emulator.world import World
    from tests.browser.books import Books
    from tests.browser.conftest import OpenVisit
    from tests.integration.auth.conftest import Door

INJECTED = '"><script>document.title="owned"</script><img src=x onerror=alert(1)>'


@pytest.fixture
def newcomer(visit: OpenVisit, door: Door) -> Visit:
    """Return the browser of somebody who has just signed in for the first time."""
    there = visit(java_script_enabled=False)
    there.sign_in(door.somebody())
    return there


def fill_in_key(page: Page, key: dict[str, str], name: str) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Where", exact=True).select_option("emulator")
    if key["venue"] == "fireblocks":
        page.get_by_label("API user’s id").fill(key["api_key"])
    else:
        page.get_by_label("API key", exact=True).fill(key["api_key"])
    if "private_key_pem" in key:
        if key["venue"] == "binance":
            page.get_by_text("My key is self-generated").click()
        page.get_by_label(re.compile("^Private key")).fill(key["private_key_pem"])
    else:
        page.get_by_label(re.compile("^Secret key")).fill(key["api_secret"])
    page.get_by_role("button", name="Prove and store the key").click()


def test_a_treasurer_sees_what_is_proven_and_follows_it_to_the_cell(
    visit: OpenVisit, books: Books
) -> None:
    page = visit(java_script_enabled=False).sign_in(books.email)
    told = "market making, 12 Jan 2026: broken; 24 complete, 3 broken, 0 unproven"
    cell = page.get_by_role("link", name=told)
    assert cell.inner_text().split() == ["✗", "3"]
    cell.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("market making, 12 Jan 2026")
    row = page.get_by_role("row", name=re.compile("USDT"))
    expect(row).to_contain_text("28,334.870996231")
    expect(row).to_contain_text("480.17479375")
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="Status").click()
    expect(page.get_by_text("3 days left")).to_be_visible()
    expect(
        page.get_by_text("The position at the beginning of the day is not known")
    ).to_be_visible()
    outside = page.get_by_role("region", name="Table: accounts outside the proof")
    expect(outside.get_by_role("row", name=re.compile("Kraken"))).to_contain_text("Its trades")
    # Nothing is known of the days before these.
    expect(page.get_by_role("link", name="← Earlier")).to_have_count(0)
    page.goto(f"{page.url}?last=2026-01-03")
    expect(page.get_by_role("navigation", name="Days shown")).to_contain_text("3 Jan 2026")
    page.get_by_role("link", name="Later →").click()
    expect(page.get_by_role("navigation", name="Days shown")).to_contain_text("12 Jan 2026")


def test_nobody_sees_the_status_of_another_ones_sources(newcomer: Visit, books: Books) -> None:
    page = newcomer.open("/status")
    expect(page.get_by_role("heading", name="Begin with a data source")).to_be_visible()
    source = books.sources["market making"]
    for path in (
        f"/status/{source}",
        f"/status/{source}/2026-01-12",
        f"/sources/{source}",
        f"/sources/{source}/accounts",
        f"/portfolios/{books.portfolio_id}",
        f"/portfolios/{books.portfolio_id}/booking",
    ):
        expect(newcomer.open(path).get_by_role("heading", level=1)).to_have_text("Not Found")


def test_a_key_goes_from_the_venues_page_to_a_mapped_account(
    newcomer: Visit, venues: tuple[str, World]
) -> None:
    """All by hand: an Ed25519 key, a portfolio, what it takes to book, and the account in it."""
    world = venues[1]
    uid = world.binance.credentials()[2]["account_ref"]
    key = world.binance.add_key({"account_ref": uid, "kind": "ed25519"})
    page = newcomer.open("/sources/add")
    page.get_by_role("link", name="Add a Binance key").click()
    fill_in_key(page, key, "Arbitrage desk")
    expect(page.get_by_role("status")).to_contain_text("Proven read-only, and stored sealed")
    assert key["private_key_pem"].splitlines()[1] not in page.content()
    page.get_by_role("link", name="Status of its days").click()
    empty = page.get_by_role("heading", name="No day of Arbitrage desk is decided yet")
    expect(empty).to_be_visible()

    page.get_by_role("link", name="Portfolios").click()
    page.get_by_label("Name", exact=True).fill("Northwind")
    page.get_by_role("button", name="Make the portfolio").click()
    page.get_by_label("New entity").fill("Northwind AG")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="How it is booked").click()
    page.get_by_label("New cost pool").fill("Main")
    page.get_by_role("button", name="Add").first.click()
    page.locator("#chart-name").fill("Digital assets")
    page.get_by_label(re.compile("^Type")).fill("digital_assets")
    page.get_by_label("Code of balances").fill("1210")
    page.get_by_role("button", name="Add").nth(1).click()
    page.locator("#group-name").fill("Desk")
    page.get_by_role("button", name="Add").last.click()
    expect(page.get_by_role("heading", name="Desk")).to_be_visible()
    expect(page.get_by_text("not approved yet")).to_be_visible()

    page.get_by_role("link", name="Data sources").click()
    page.get_by_role("link", name="Map accounts of Arbitrage desk").click()
    page.get_by_role("combobox").select_option(label="Northwind: Desk")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(page.get_by_role("combobox").locator("option:checked")).to_have_text("Northwind: Desk")


def test_a_refused_key_is_told_by_the_name_of_the_permission(
    newcomer: Visit, venues: tuple[str, World]
) -> None:
    world = venues[1]
    uid = world.binance.credentials()[0]["account_ref"]
    flags = {"enableWithdrawals": True, "permitsUniversalTransfer": True}
    key = world.binance.add_key({"account_ref": uid, "permissions": flags})
    page = newcomer.open("/sources/add/binance")
    fill_in_key(page, key, "Too much")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This key was refused: it may do more than read")
    expect(alert.get_by_role("listitem")).to_have_text(
        [
            "Enable Withdrawals (enableWithdrawals)",
            "Permits Universal Transfer (permitsUniversalTransfer)",
        ]
    )
    # What is no secret is still there, and what is one is not.
    expect(page.get_by_label("Name", exact=True)).to_have_value("Too much")
    expect(page.get_by_label("API key", exact=True)).to_have_value("")
    assert key["api_secret"] not in page.content()
    assert key["api_key"] not in page.content()

    editor = world.fireblocks.add_key({"role": "EDITOR"})
    page = newcomer.open("/sources/add/fireblocks")
    fill_in_key(page, editor, "Not a viewer")
    expect(page.get_by_role("alert")).to_contain_text("Make an API user with the role Viewer")
    page = newcomer.open("/sources")
    expect(page.get_by_role("heading", name="No data source yet")).to_be_visible()


def test_a_key_that_grew_a_permission_ends_its_data_source(
    newcomer: Visit, venues: tuple[str, World]
) -> None:
    world = venues[1]
    uid = world.binance.credentials()[1]["account_ref"]
    key = world.binance.add_key({"account_ref": uid})
    page = newcomer.open("/sources/add/binance")
    fill_in_key(page, key, "Growing")
    page.get_by_role("button", name="Prove the key again").click()
    expect(page.get_by_role("status")).to_contain_text("Proven read-only again")
    permissions = world.binance.key(key["api_key"]).permissions  # type: ignore[union-attr]
    permissions["enableWithdrawals"] = True  # type: ignore[index]
    page.get_by_role("button", name="Prove the key again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The data source is disabled")
    expect(page.get_by_role("alert")).to_contain_text("Enable Withdrawals")
    page = newcomer.open("/sources")
    ended = page.get_by_role("region", name="Ended data sources")
    expect(ended.get_by_role("row", name=re.compile("Growing"))).to_contain_text(
        "enableWithdrawals"
    )


def test_an_auditor_who_is_invited_sees_and_changes_nothing(visit: OpenVisit, books: Books) -> None:
    auditor = visit(java_script_enabled=False)
    auditor.sign_in("auditor@example.com")
    page = auditor.open("/portfolios")
    expect(page.get_by_text(f"{books.email} invites you to Meridian Trading")).to_be_visible()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Meridian Trading")
    expect(page.get_by_role("button", name=re.compile("Add|Invite|Delete"))).to_have_count(0)
    # The account that is mapped in the portfolio, and none of the treasurer's others.
    page = auditor.open("/status")
    expect(page.locator("table.heatmap tbody tr")).to_have_count(1)
    expect(page.locator("table.heatmap tbody tr")).to_contain_text("market making")


def test_a_data_source_is_ended_by_who_owns_it(newcomer: Visit, venues: tuple[str, World]) -> None:
    world = venues[1]
    page = newcomer.open("/sources/add/fireblocks")
    fill_in_key(page, world.fireblocks.credentials()[0], "Vaults")
    page.get_by_text("End this data source").click()
    page.get_by_label("I want to end Vaults").check()
    page.get_by_role("button", name="End the data source").click()
    expect(page.get_by_role("heading", name="No data source yet")).to_be_visible()


def test_what_a_portfolio_refuses_is_told_where_it_was_filled_in(newcomer: Visit) -> None:
    page = newcomer.open("/portfolios")
    page.get_by_label("Name", exact=True).fill("Southwind")
    page.get_by_role("button", name="Make the portfolio").click()
    for _ in range(2):
        page.get_by_label("New entity").fill("Southwind SA")
        page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("This was refused")
    expect(page.get_by_label("New entity")).to_have_value("Southwind SA")
    page.get_by_label("Invite by e-mail").fill("nobody@localhost")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_label("Invite by e-mail")).to_have_attribute("aria-invalid", "true")
    page.get_by_label(re.compile("^New role of")).select_option("none")
    page.get_by_role("button", name=re.compile("^Save the role|^Save")).first.click()
    expect(page.get_by_role("alert")).to_contain_text("owner")
    page.get_by_role("link", name="How it is booked").click()
    page.locator("#chart-name").fill("Digital assets")
    page.get_by_label(re.compile("^Type")).fill("Not A Type")
    page.get_by_label("Code of balances").fill("12 10")
    page.get_by_role("button", name="Add").last.click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label(re.compile("^Type"))).to_have_value("Not A Type")


def test_signing_out_ends_the_session_and_not_only_its_cookie(newcomer: Visit) -> None:
    cookies = newcomer.context.cookies()
    newcomer.page.get_by_role("button", name="Sign out").click()
    newcomer.page.wait_for_url(f"{newcomer.url}/sign-in")
    newcomer.context.add_cookies(cookies)  # type: ignore[arg-type]
    newcomer.open("/status")
    assert newcomer.page.url.startswith(f"{newcomer.url}/sign-in?next=%2Fstatus")


def test_a_page_is_opened_again_after_its_access_token_is_gone(newcomer: Visit) -> None:
    newcomer.context.clear_cookies(name="__Host-coinfrs-page")
    page = newcomer.open("/portfolios")
    expect(page.get_by_role("heading", level=1)).to_have_text("Portfolios")
    names = {cookie.get("name") for cookie in newcomer.context.cookies()}
    assert "__Host-coinfrs-page" in names


def test_who_comes_from_elsewhere_is_still_signed_in(newcomer: Visit) -> None:
    """A link in a mail, or the way back from Google: the first request has no strict cookie."""
    newcomer.page.route(
        "http://elsewhere.example/",
        lambda route: route.fulfill(
            content_type="text/html", body=f'<a href="{newcomer.url}/sources">go</a>'
        ),
    )
    newcomer.page.goto("http://elsewhere.example/")
    newcomer.page.get_by_role("link", name="go").click()
    expect(newcomer.page.get_by_role("heading", level=1)).to_have_text("Data sources")


def test_the_page_that_was_wanted_opens_after_signing_in(visit: OpenVisit, door: Door) -> None:
    there = visit(java_script_enabled=False)
    email = door.somebody()
    page = there.open("/sources/add/binance")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Mail me a code").click()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong, used or expired")
    page.get_by_label("Code").fill(door.mailed(email, 1))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add a Binance key")


def test_p92_a_name_that_is_markup_is_shown_as_text_and_runs_nothing(
    visit: OpenVisit, door: Door
) -> None:
    there = visit()
    page = there.sign_in(door.somebody())
    there.open("/portfolios")
    page.get_by_label("Name", exact=True).fill(INJECTED)
    page.get_by_role("button", name="Make the portfolio").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(INJECTED)
    page.get_by_label("New entity").fill(INJECTED)
    page.get_by_role("button", name="Add").click()
    for path in ("/portfolios", there.page.url.removeprefix(there.url)):
        there.open(path)
        expect(page.get_by_text(INJECTED).first).to_be_visible()
        assert page.title() != "owned"
        assert page.locator("img[src=x]").count() == 0


def test_p92_the_policy_refuses_what_escaping_would_have_missed(
    chromium: Browser, door: Door
) -> None:
    """Markup that is put into a page all the same runs no script and loads nothing foreign."""
    visit = Visit(chromium.new_context(), door)
    page = visit.open("/sign-in")
    page.evaluate("document.body.innerHTML = '<img src=https://evil.example/x.png>'")
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.owned = 1';"
        " document.body.append(s) }"
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.owned") is None
    refused = " ".join(visit.complaints)
    assert "script-src" in refused or "default-src" in refused
    assert "img-src" in refused
    visit.context.close()


def test_p91_a_form_of_another_site_does_nothing(newcomer: Visit) -> None:
    """The browser sends neither the session nor a token, and says where the form comes from."""
    newcomer.page.route(
        "http://evil.example/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<form method=post action="{newcomer.url}/portfolios"><input name=name value=x>'
            "<input name=kind value=company><button>go</button></form>",
        ),
    )
    newcomer.page.goto("http://evil.example/")
    newcomer.page.get_by_role("button", name="go").click()
    # Nobody was signed in as far as the form could tell; the person is led on to where they are.
    expect(newcomer.page.get_by_role("heading", level=1)).to_have_text("Status")
    page = newcomer.open("/portfolios")
    expect(page.get_by_role("row")).to_have_count(0)
