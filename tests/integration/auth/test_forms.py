"""P91: forms of the pages, attacked over HTTP; what a browser would not send is sent by hand."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import pytest

from tests.integration.auth.conftest import OWN_PAGE, PAGE_COOKIE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.auth.conftest import Door
    from tests.integration.auth.providers import MisbehavingProvider

FORM = "__Host-coinfrs-form"
REFRESH = "__Host-coinfrs-refresh"
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


class Person:
    """A browser without a browser: it keeps cookies that Python would not send over plain HTTP."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.http = httpx.Client(base_url=door.url)
        self.cookies: dict[str, str] = {}
        self.origin = door.url.replace("127.0.0.1", "localhost")

    def send(self, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers |= given.pop("headers", {})
        answer = self.http.request(method, path, headers=headers, **given)
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0].strip('"')
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer

    def token(self, path: str) -> str:
        found = TOKEN.search(self.send("GET", path).text)
        assert found is not None
        return found[1]

    def post(self, path: str, *, token: str | None, **fields: str) -> httpx.Response:
        """Send a form as a page of ours does, but for the token."""
        data = fields if token is None else {"form_token": token, **fields}
        return self.send("POST", path, data=data, headers={"Origin": self.origin})

    def sign_in(self) -> str:
        """Sign in by the pages and return the address."""
        email = self.door.somebody()
        before = len(self.door.codes(email))
        token = self.token("/sign-in")
        asked = self.post("/sign-in", token=token, email=email, next="/")
        assert asked.status_code == 200, asked.text
        challenge = re.search(r'name="challenge_id" value="([^"]+)"', asked.text)
        assert challenge is not None
        entered = self.post(
            "/sign-in/code",
            token=token,
            email=email,
            otp=self.door.mailed(email, before + 1),
            challenge_id=challenge[1],
            next="/portfolios",
        )
        assert (entered.status_code, entered.headers["location"]) == (303, "/portfolios")
        return email


@pytest.fixture
def person(either: Door) -> Iterator[Person]:
    somebody = Person(either)
    yield somebody
    somebody.http.close()


def make_portfolio(person: Person, token: str | None, **headers: str) -> httpx.Response:
    fields = {"name": "Books", "kind": "company"}
    data = fields if token is None else {"form_token": token, **fields}
    return person.send(
        "POST", "/portfolios", data=data, headers={"Origin": person.origin, **headers}
    )


def test_a_form_of_ours_works(person: Person) -> None:
    """The control: everything that is refused below would work otherwise."""
    person.sign_in()
    assert make_portfolio(person, person.token("/portfolios")).status_code == 303


@pytest.mark.parametrize(
    "token", [None, "", "0" * 64, "é" * 64], ids=["none", "empty", "zeros", "no ASCII"]
)
def test_p91_a_form_without_its_token_is_refused(person: Person, token: str | None) -> None:
    person.sign_in()
    person.token("/portfolios")
    assert make_portfolio(person, token).status_code == 403


def test_p91_the_token_of_another_session_is_refused(person: Person) -> None:
    person.sign_in()
    other = Person(person.door)
    other.sign_in()
    stolen = other.token("/portfolios")
    assert make_portfolio(person, stolen).status_code == 403
    # Not even with the other's nonce: the token is bound to the session, too.
    person.cookies[FORM] = other.cookies[FORM]
    assert make_portfolio(person, stolen).status_code == 403
    other.http.close()


def test_p91_a_token_of_before_signing_in_is_refused_afterwards(person: Person) -> None:
    before = person.token("/sign-in")
    person.sign_in()
    assert make_portfolio(person, before).status_code == 403


@pytest.mark.parametrize(
    "origin",
    ["null", "https://evil.example", "http://localhost.evil.example", "http://localhost:1", ""],
    ids=["null", "another", "a longer name", "another port", "empty"],
)
def test_p91_a_form_of_another_origin_is_refused(person: Person, origin: str) -> None:
    person.sign_in()
    token = person.token("/portfolios")
    assert make_portfolio(person, token, Origin=origin).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", None])
def test_p91_without_an_origin_the_browser_has_to_say_same_origin(
    person: Person, site: str | None
) -> None:
    person.sign_in()
    token = person.token("/portfolios")
    data = {"form_token": token, "name": "Books", "kind": "company"}
    headers = {} if site is None else {"Sec-Fetch-Site": site}
    assert person.send("POST", "/portfolios", data=data, headers=headers).status_code == 403
    good = person.send("POST", "/portfolios", data=data, headers={"Sec-Fetch-Site": "same-origin"})
    assert good.status_code == 303


def test_p91_nobody_is_signed_in_by_a_form_of_another_site(person: Person) -> None:
    """Login CSRF: the attacker's own code, entered by the victim's browser."""
    attacker = person.door.somebody()
    code = person.door.code(attacker)
    challenge = "A" * 22
    fields = {"email": attacker, "otp": code, "challenge_id": challenge}
    token = person.token("/sign-in")
    for data, headers in (
        (fields, {"Origin": person.origin}),
        ({**fields, "form_token": token}, {"Origin": "https://evil.example"}),
        ({**fields, "form_token": token}, {}),
    ):
        answer = person.send("POST", "/sign-in/code", data=data, headers=headers)
        assert answer.status_code == 403
        assert "__Host-coinfrs-refresh" not in person.cookies


def test_the_cookies_of_the_pages_are_host_only_and_out_of_reach_of_scripts(person: Person) -> None:
    person.sign_in()
    person.cookies.pop(PAGE_COOKIE)
    person.cookies.pop(FORM)
    answer = person.send("GET", "/portfolios")
    lines = answer.headers.get_list("set-cookie")
    assert {line.partition("=")[0] for line in lines} == {
        PAGE_COOKIE, "__Host-coinfrs-refresh", FORM,
    }  # fmt: skip
    for line in lines:
        flags = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"httponly", "secure", "path=/", "samesite=strict"} <= flags
        assert not any(flag.startswith("domain") for flag in flags)


@pytest.mark.parametrize("way", ["a code over the API", "Google"])
def test_the_pages_of_one_person_close_when_another_signs_in_at_the_browser(
    person: Person, provider: MisbehavingProvider, way: str
) -> None:
    """Else whoever sits there next acts as the first one, for as long as the access token lives."""
    provider.behave()
    door = person.door
    alice, bob = person.sign_in(), door.somebody()
    assert alice in person.send("GET", "/portfolios").text
    if way == "Google":
        left = person.send("GET", "/api/v1/auth/oauth/google")
        account = {"sub": bob, "email": bob, "email_verified": True}
        code = provider.authorize(left.headers["location"], **account)
        state = dict(parse_qsl(urlsplit(left.headers["location"]).query))["state"]
        callback = "/api/v1/auth/oauth/google/callback"
        answer = person.send("GET", callback, params={"code": code, "state": state})
        assert answer.status_code == 303, answer.text
    else:
        body = {"email": bob, "otp": door.code(bob)}
        assert person.send("POST", "/api/v1/auth/otp/verify", json=body).status_code == 200
    shown = person.send("GET", "/portfolios").text
    assert bob in shown
    assert alice not in shown


def test_the_pages_close_when_the_api_ends_the_session(person: Person) -> None:
    person.sign_in()
    answer = person.send("POST", "/api/v1/auth/logout", headers=OWN_PAGE)
    assert answer.status_code == 204
    assert PAGE_COOKIE not in person.cookies
    assert person.send("GET", "/portfolios").headers["location"].startswith("/sign-in")


def test_a_page_is_refused_as_a_page_and_the_api_as_the_api(person: Person) -> None:
    missing = person.send("GET", "/nowhere")
    assert missing.status_code == 404
    assert missing.headers["content-type"].startswith("text/html")
    assert "Not Found" in missing.text
    for path in ("/api/v1/nowhere", "/static/nowhere.css"):
        answer = person.send("GET", path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_page_may_load_from_here_alone_and_run_nothing(person: Person) -> None:
    answer = person.send("GET", "/sign-in")
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "font-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "<script" not in answer.text
    assert " style=" not in answer.text


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("/sources", "/sources"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\nb", "/"),
        ("javascript:alert(1)", "/"),
    ],
    ids=["a path", "another host", "a backslash", "an address", "two lines", "a script"],
)
def test_p30_after_signing_in_one_stays_here(person: Person, asked: str, shown: str) -> None:
    answer = person.send("GET", "/sign-in", params={"next": asked})
    assert f'name="next" value="{shown}"' in answer.text


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b"a=1&a=2", b"&".join(b"f%d=1" % n for n in range(200)), b""],
    ids=["no text", "a field twice", "too many fields", "empty"],
)
def test_what_is_no_form_is_refused(person: Person, body: bytes) -> None:
    person.sign_in()
    headers = {"Origin": person.origin, "Content-Type": "application/x-www-form-urlencoded"}
    answer = person.send("POST", "/portfolios", content=body, headers=headers)
    assert answer.status_code in {403, 422}
    other = {"Origin": person.origin, "Content-Type": "multipart/form-data; boundary=x"}
    assert person.send("POST", "/portfolios", content=b"--x--", headers=other).status_code == 422


def test_the_form_of_a_key_takes_no_history_of_before_the_venues(person: Person) -> None:
    person.sign_in()
    fields = {"name": "n", "environment": "emulator", "api_key": "k", "api_secret": "s"}
    token = person.token("/sources/add/binance")
    answer = person.post("/sources/add/binance", token=token, **fields, history_start="0001-01-01")
    assert answer.status_code == 422
    assert "from 2017-01-01 to today" in answer.text


def test_pages_are_no_part_of_the_description(person: Person) -> None:
    paths = person.send("GET", "/openapi.json").json()["paths"]
    assert [path for path in paths if not path.startswith(("/api/", "/.well-known/"))] == []


@contextmanager
def broken_table(door: Door) -> Iterator[None]:
    """Make every look at data sources fail as nobody has expected."""
    rename = "alter table registry.data_sources rename column {} to {}"
    with door.administration() as connection:
        connection.execute(rename.format("account_kind", "kind_of_account"))
        try:
            yield
        finally:
            connection.execute(rename.format("kind_of_account", "account_kind"))


def test_an_error_nobody_expected_is_a_page_to_a_person_and_loses_no_session(
    person: Person,
) -> None:
    person.sign_in()
    used = person.cookies[REFRESH]
    person.cookies.pop("__Host-coinfrs-page")
    with broken_table(person.door):
        answer = person.send("GET", "/sources")
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["x-request-id"] in answer.text
    # The refresh token was used up: its successor came with the failure, and goes on.
    assert person.cookies[REFRESH] != used
    person.cookies.pop("__Host-coinfrs-page")
    assert person.send("GET", "/sources").status_code == 200


def test_an_error_nobody_expected_is_a_problem_to_a_program(either: Door) -> None:
    with either.signed_in() as http:
        with broken_table(either):
            answer = http.get("/datasources")
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "INTERNAL_ERROR"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert "account_kind" not in answer.text


def test_a_form_that_is_too_large_is_refused_as_a_page(person: Person) -> None:
    person.sign_in()
    answer = person.post("/portfolios", token=None, name="a" * 300_000)
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")
    assert "Too large" in answer.text


@pytest.mark.parametrize("path", ["/", "/sign-in?next=/sources", "/sources"])
def test_who_comes_from_another_site_is_first_led_on_from_a_page_of_ours(
    person: Person, path: str
) -> None:
    """Nothing strict came along, so who it is cannot be told yet; the next request tells."""
    person.sign_in()
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    kept, person.cookies = person.cookies, {}
    answer = person.send("GET", path, headers=elsewhere)
    assert answer.status_code == 200
    assert f'content="0;url={path}"' in answer.text
    person.cookies = kept
    arrived = person.send("GET", path, headers={"Sec-Fetch-Site": "same-origin"})
    assert (arrived.status_code, arrived.headers.get("location")) in {
        (200, None),
        (303, "/status"),
        (303, "/sources"),
    }
    # Who has no session is not led in circles.
    person.cookies = {}
    nobody = person.send("GET", path, headers={"Sec-Fetch-Site": "same-origin"})
    assert "url=" not in nobody.text


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/sources/1/validate", "/sources/1"),
        ("/sources/a b?x=1/key", "/sources/a%20b%3Fx%3D1"),
        ("/sign-in/code", "/sign-in"),
        ("/sign-out", "/"),
        ("/portfolios/1/entities/2/delete", "/portfolios/1"),
        ("/portfolios/1/booking/groups/2/approve", "/portfolios/1/booking"),
        ("/portfolios/invitations/1", "/portfolios"),
    ],
)
def test_the_address_of_a_form_leads_to_its_page_and_says_what_it_takes(
    over_postgres: Door, form: str, page: str
) -> None:
    """A refused form leaves its address in the browser, where it is opened again."""
    address = f"{over_postgres.url}{quote(form)}"
    opened = httpx.get(address)
    assert (opened.status_code, opened.headers["location"]) == (303, page)
    other = httpx.delete(address)
    assert (other.status_code, other.headers["allow"]) == (405, "GET, POST")


def test_a_page_and_a_file_that_take_no_form_say_so(over_postgres: Door) -> None:
    for path, methods in (
        ("/status", "GET"),
        ("/portfolios", "GET, POST"),
        ("/static/coinfrs.css", "GET, HEAD"),
        ("/api/v1/portfolios", "GET, POST"),
    ):
        answer = httpx.delete(f"{over_postgres.url}{path}")
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)
