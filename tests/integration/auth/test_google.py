"""Attacks on signing in at Google, over a provider that misbehaves. P..: see test_sign_in."""

from __future__ import annotations

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, hmac, serialization
from joserfc.jwk import RSAKey

from tests.integration.auth.conftest import REFRESH_COOKIE, cookie_of
from tests.integration.auth.providers import (
    CLIENT_ID,
    CLIENT_SECRET,
    ENDLESS_BYTES,
    CertifiedProvider,
    MisbehavingProvider,
    free_port,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.auth.conftest import Door, Serve

OAUTH_COOKIE = "__Host-coinfrs-oauth"
START = "/auth/oauth/google"
CALLBACK = "/auth/oauth/google/callback"
NOW = int(time.time())


@pytest.fixture(autouse=True)
def _behaves(provider: MisbehavingProvider) -> None:
    provider.behave()


@pytest.fixture
def door(either: Door) -> Door:
    """Return the service over each store of states."""
    return either


@pytest.fixture(scope="module")
def elsewhere(serve: Serve) -> Iterator[tuple[Door, MisbehavingProvider]]:
    """Return a service, and its provider, of which nothing may be learnt."""
    other = MisbehavingProvider()
    yield serve(**other.settings()), other
    other.stop()


@pytest.fixture(scope="module")
def certified(serve: Serve) -> Iterator[tuple[Door, CertifiedProvider]]:
    """Return a service that takes the certified provider for Google."""
    port = free_port()
    judge = CertifiedProvider(free_port(), f"http://localhost:{port}/api/v1{CALLBACK}")
    yield serve(PORT=str(port), **judge.settings()), judge
    judge.stop()


class Browser:
    """One browser on its way to the provider and back."""

    def __init__(self, door: Door, **query: str) -> None:
        self.door = door
        answer = door.http.get(START, params=query)
        assert answer.status_code == 303, answer.text
        self.address = str(answer.headers["location"])
        self.asked = dict(parse_qsl(urlsplit(self.address).query))
        self.cookie = cookie_of(answer, OAUTH_COOKIE)
        self.set_cookie = str(answer.headers["set-cookie"])

    def back(self, code: str | None, /, **changes: str | None) -> httpx.Response:
        """Return to the service with a code; changes are put over the parameters."""
        query = {"code": code, "state": self.asked["state"], **changes}
        return self.door.http.get(
            CALLBACK,
            params={name: value for name, value in query.items() if value is not None},
            headers={"Cookie": f"{OAUTH_COOKIE}={self.cookie}"},
        )


def sign_in(
    door: Door, provider: MisbehavingProvider, email: str, sub: str, **claims: object
) -> httpx.Response:
    """Go there and come back as somebody whom the provider vouches for."""
    browser = Browser(door)
    account = {"sub": sub, "email": email, "email_verified": True, **claims}
    return browser.back(provider.authorize(browser.address, **account))


def user_of(door: Door, answer: httpx.Response) -> dict[str, Any]:
    """Return who is signed in, by the cookie of an answer."""
    assert answer.status_code == 303, answer.text
    token = cookie_of(answer, REFRESH_COOKIE)
    headers = {"Cookie": f"{REFRESH_COOKIE}={token}", "X-Coinfrs-Request": "1"}
    renewed = door.http.post("/auth/refresh", headers=headers)
    assert renewed.status_code == 200
    with door.with_token(renewed.json()["access_token"]) as http:
        me: dict[str, Any] = http.get("/users/me").json()
    return me


def refused(answer: httpx.Response, *statuses: int) -> None:
    """Check that an answer lets nobody in."""
    assert answer.status_code in (statuses or (401, 502)), answer.text
    assert REFRESH_COOKIE not in answer.headers.get("set-cookie", "")
    assert "location" not in answer.headers


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def test_p20_somebody_signs_in_and_comes_back_to_where_they_were_going(
    door: Door, provider: MisbehavingProvider
) -> None:
    email = door.somebody()
    browser = Browser(door, next="/sources?day=2026-01-01")
    answer = browser.back(
        provider.authorize(browser.address, sub=f"s-{email}", email=email, email_verified=True)
    )
    assert user_of(door, answer)["email"] == email
    assert answer.headers["location"] == (
        f"http://localhost:{door.http.base_url.port}/sources?day=2026-01-01"
    )
    assert f'{OAUTH_COOKIE}=""; ' in ", ".join(answer.headers.get_list("set-cookie"))


def test_p20_the_certified_provider_signs_somebody_in(
    certified: tuple[Door, CertifiedProvider],
) -> None:
    door, judge = certified
    browser = Browser(door)
    address = judge.authorize(
        browser.address, sub="certified-1", email="certified@example.com", email_verified=True
    )
    query = dict(parse_qsl(urlsplit(address).query))
    assert query["iss"] == judge.issuer
    code = query.pop("code")
    answer = browser.back(code, **query)
    assert user_of(door, answer)["email"] == "certified@example.com"
    # The provider itself refuses a code that was used.
    again = Browser(door)
    refused(again.back(code, iss=judge.issuer), 401)


def test_p25_an_issuer_that_promises_to_name_itself_has_to(
    certified: tuple[Door, CertifiedProvider],
) -> None:
    """RFC 9207, which the certified provider announces."""
    door, judge = certified
    browser = Browser(door)
    address = judge.authorize(
        browser.address, sub="certified-2", email="promise@example.com", email_verified=True
    )
    query = dict(parse_qsl(urlsplit(address).query))
    refused(browser.back(query["code"], state=query["state"]), 401)


def test_p21_what_is_asked_of_the_provider_is_fresh_minimal_and_unguessable(door: Door) -> None:
    first, second = Browser(door), Browser(door)
    asked = first.asked
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT_ID
    assert asked["scope"] == "openid email"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"http://localhost:{door.http.base_url.port}/api/v1{CALLBACK}"
    for name in ("state", "nonce", "code_challenge"):
        # 22 characters of base64 are 128 bits.
        assert len(asked[name]) >= 22
        assert asked[name] != second.asked[name]
    assert first.cookie not in first.address
    flags = {flag.strip().lower() for flag in first.set_cookie.split(";")[1:]}
    assert flags == {"httponly", "secure", "samesite=lax", "path=/", "max-age=600"}


@pytest.mark.parametrize("state", [None, "", "guess", "A" * 43])
def test_p22_without_the_state_nobody_comes_back(
    door: Door, provider: MisbehavingProvider, state: str | None
) -> None:
    browser = Browser(door)
    code = provider.authorize(browser.address, sub="1", email="a@example.com", email_verified=True)
    refused(browser.back(code, state=state), 401)


def test_p23_a_state_is_used_once(door: Door, provider: MisbehavingProvider) -> None:
    browser = Browser(door)
    account = {"sub": "p23", "email": "p23@example.com", "email_verified": True}
    assert browser.back(provider.authorize(browser.address, **account)).status_code == 303
    refused(browser.back(provider.authorize(browser.address, **account)), 401)


def test_p24_a_victims_browser_does_not_finish_what_an_attacker_began(
    door: Door, provider: MisbehavingProvider
) -> None:
    account = {"sub": "p24", "email": "p24@example.com", "email_verified": True}
    for cookie in ("", Browser(door).cookie):
        attacker = Browser(door)
        code = provider.authorize(attacker.address, **account)
        attacker.cookie = cookie
        refused(attacker.back(code), 401)


def test_p22_a_parameter_that_comes_twice_is_refused(
    door: Door, provider: MisbehavingProvider
) -> None:
    account = {"sub": "twice", "email": "twice@example.com", "email_verified": True}
    for order in ("code={code}&code=other", "code=other&code={code}"):
        browser = Browser(door)
        codes = order.format(code=provider.authorize(browser.address, **account))
        cookie = {"Cookie": f"{OAUTH_COOKIE}={browser.cookie}"}
        twice = f"{CALLBACK}?{codes}&state={browser.asked['state']}"
        refused(door.http.get(twice, headers=cookie), 401)


def test_the_providers_own_refusal_is_a_plain_refusal(door: Door) -> None:
    browser = Browser(door)
    refused(browser.back(None, error="access_denied"), 401)


def test_p25_a_code_of_another_sign_in_is_refused(
    door: Door, provider: MisbehavingProvider
) -> None:
    """PKCE: a code that was caught elsewhere does not go with this browser's verifier."""
    victim, attacker = Browser(door), Browser(door)
    account = {"sub": "pkce", "email": "pkce@example.com", "email_verified": True}
    caught = provider.authorize(victim.address, **account)
    refused(attacker.back(caught), 401)


WRONG_CLAIMS: list[dict[str, Any]] = [
    {"aud": "another-client"},
    {"aud": [CLIENT_ID, "another-client"]},
    {"aud": None},
    {"azp": "another-client"},
    {"iss": "https://evil.example"},
    {"iss": "accounts.google.com"},
    {"iss": None},
    {"exp": NOW - 100},
    {"exp": None},
    {"exp": str(NOW + 3600)},
    {"iat": NOW + 3600},
    {"iat": NOW - 7200},
    {"iat": None},
    {"nbf": NOW + 3600},
    {"nonce": "another"},
    {"nonce": ""},
    {"nonce": None},
    {"sub": None},
    {"sub": ""},
    {"sub": 1},
    {"sub": "a" * 256},
    {"at_hash": "another"},
]


@pytest.mark.parametrize(
    "claims",
    WRONG_CLAIMS,
    # No instants: workers that collect at different times must agree on the names.
    ids=[f"{'/'.join(claims)}-{number}" for number, claims in enumerate(WRONG_CLAIMS)],
)
def test_p25_an_id_token_with_a_wrong_claim_is_refused(
    door: Door, provider: MisbehavingProvider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    refused(sign_in(door, provider, door.somebody(), "wrong-claim"), 502)


def unsigned(header: dict[str, Any], claims: dict[str, Any], algorithm: str = "none") -> str:
    return f"{part({**header, 'alg': algorithm})}.{part(claims)}."


def by_hmac(secret: bytes) -> Callable[[dict[str, Any], dict[str, Any]], str]:
    def encode(header: dict[str, Any], claims: dict[str, Any]) -> str:
        text = f"{part({**header, 'alg': 'HS256'})}.{part(claims)}"
        code = hmac.HMAC(secret, hashes.SHA256())
        code.update(text.encode())
        return f"{text}.{base64.urlsafe_b64encode(code.finalize()).rstrip(b'=').decode()}"

    return encode


def forged(kind: str, provider: MisbehavingProvider) -> str | Callable[..., str]:
    """Return what makes an id_token of a kind that the issuer did not sign."""
    rogue = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
    public = {name: str(value) for name, value in rogue.as_dict(private=False).items()}
    pem = provider.key.public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    def tampered(header: dict[str, Any], claims: dict[str, Any]) -> str:
        first, _, signature = provider.signed(header, claims).split(".")
        return f"{first}.{part({**claims, 'sub': 'victim'})}.{signature}"

    def with_header(**more: object) -> Callable[..., str]:
        return lambda header, claims: provider.signed({**header, **more}, claims, rogue)

    return {
        "none": unsigned,
        "None": lambda header, claims: unsigned(header, claims, "None"),
        "HMAC with the public key": by_hmac(pem),
        "HMAC with the client secret": by_hmac(CLIENT_SECRET.encode()),
        "stripped": lambda header, claims: provider.signed(header, claims).rpartition(".")[0] + ".",
        "tampered": tampered,
        "rogue key": with_header(),
        "unknown kid": with_header(kid="unknown"),
        "no kid": lambda header, claims: provider.signed(
            {name: value for name, value in header.items() if name != "kid"}, claims
        ),
        "brings its key": with_header(jwk=public),
        "names its keys": with_header(jku="http://127.0.0.1:9/jwks"),
        "absent": lambda *_: "",
        "no token": lambda *_: "nonsense",
        "endless": lambda header, claims: provider.signed(header, {**claims, "x": "a" * 20_000}),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        *("none", "None", "HMAC with the public key", "HMAC with the client secret"),
        *("stripped", "tampered", "rogue key", "unknown kid", "no kid", "brings its key"),
        *("names its keys", "absent", "no token", "endless"),
    ],
)
def test_p25_p26_an_id_token_that_the_issuer_did_not_sign_is_refused(
    door: Door, provider: MisbehavingProvider, kind: str
) -> None:
    """Also where discovery lists `none` and HS256, as this provider's does."""
    provider.encode = forged(kind, provider)  # type: ignore[assignment]
    refused(sign_in(door, provider, door.somebody(), "forged"), 502)


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"Content-Type": "application/json"}, b'{"access_token": "a"}'),
        (200, {"Content-Type": "application/json"}, b"[]"),
        (200, {"Content-Type": "application/json"}, b"not json"),
        (200, {"Content-Type": "text/html"}, b"<html>"),
        (500, {"Content-Type": "application/json"}, b"{}"),
        (302, {"Location": "http://127.0.0.1:9/token"}, b""),
        (400, {"Content-Type": "application/json"}, b'{"error": "invalid_client"}'),
    ],
    ids=["no id_token", "a list", "no JSON", "a page", "failing", "a redirect", "a refusal"],
)
def test_p25_a_token_endpoint_that_answers_otherwise_signs_nobody_in(
    door: Door, provider: MisbehavingProvider, answer: tuple[int, dict[str, str], bytes]
) -> None:
    provider.token_answer = lambda _: answer
    refused(sign_in(door, provider, door.somebody(), "odd-answer"), 502)


def test_p25_a_good_token_on_a_page_behind_a_redirect_or_in_a_refusal_is_refused(
    door: Door, provider: MisbehavingProvider
) -> None:
    json_too = {"Content-Type": "application/json"}
    for status, headers in (
        (200, {"Content-Type": "text/html"}),
        (302, {"Location": "/jwks"}),
        (400, json_too),
        (401, json_too),
    ):

        def answer(
            id_token: str, status: int = status, headers: dict[str, str] = headers
        ) -> tuple[int, dict[str, str], bytes]:
            body = {"access_token": "a", "token_type": "Bearer", "id_token": id_token}
            return status, headers, json.dumps(body).encode()

        provider.claims = {"at_hash": None}
        provider.token_answer = answer
        refused(sign_in(door, provider, door.somebody(), "right-but-odd"), 502)


def test_p25_an_answer_of_another_issuer_is_refused(
    door: Door, provider: MisbehavingProvider
) -> None:
    """RFC 9207: the mix-up of two providers."""
    browser = Browser(door)
    account = {"sub": "iss", "email": "iss@example.com", "email_verified": True}
    code = provider.authorize(browser.address, **account)
    refused(browser.back(code, iss="https://evil.example"), 401)
    browser = Browser(door)
    code = provider.authorize(browser.address, **account)
    assert browser.back(code, iss=provider.issuer).status_code == 303


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"token_endpoint": "http://user@127.0.0.1/token"},
        None,
    ],
    ids=str,
)
def test_p26_a_discovery_document_of_another_issuer_is_refused(
    elsewhere: tuple[Door, MisbehavingProvider],
    monkeypatch: pytest.MonkeyPatch,
    discovery: dict[str, Any] | None,
) -> None:
    door, other = elsewhere
    changed = None if discovery is None else {**other.discovery, **discovery}
    monkeypatch.setattr(other, "discovery", changed)
    refused(door.http.get(START), 502)


@pytest.mark.parametrize("what", ["a refusal", "endless"])
def test_p26_a_document_that_is_none_is_refused_and_not_asked_for_at_every_sign_in(
    serve: Serve, what: str
) -> None:
    """Whoever comes next is told at once; what has no end is not read to one."""
    other = MisbehavingProvider()
    door = serve(**other.settings())
    if what == "endless":
        other.is_endless = True
    else:
        other.document_status = 400
    refused(door.http.get(START), 502)
    assert other.bytes_read < ENDLESS_BYTES / 4
    other.behave()
    refused(door.http.get(START), 502)
    assert len(other.requests) == 1
    other.stop()


def test_p25_a_token_endpoint_that_never_ends_is_not_read_to_the_end(
    door: Door, provider: MisbehavingProvider
) -> None:
    browser = Browser(door)
    account = {"sub": "endless", "email": door.somebody(), "email_verified": True}
    code = provider.authorize(browser.address, **account)
    provider.is_endless = True
    refused(browser.back(code), 502)
    assert provider.bytes_read < ENDLESS_BYTES / 4


@pytest.mark.parametrize("verified", [False, "true", None, 1, "absent"])
def test_p27_an_address_that_is_not_verified_there_opens_nothing(
    door: Door, provider: MisbehavingProvider, verified: object
) -> None:
    victim = door.somebody()
    session = door.session(victim)
    said = {} if verified == "absent" else {"email_verified": verified}
    browser = Browser(door)
    code = provider.authorize(browser.address, sub=f"u-{verified}", email=victim, **said)
    refused(browser.back(code), 403)
    browser = Browser(door)
    code = provider.authorize(browser.address, sub=f"n-{verified}", email=door.somebody(), **said)
    refused(browser.back(code), 403)
    assert session.me().status_code == 200


def test_p27_an_account_without_an_address_opens_nothing(
    door: Door, provider: MisbehavingProvider
) -> None:
    for email in (None, "", "аlice@example.com", ["a@example.com"]):  # noqa: RUF001 -- the attack.
        refused(sign_in(door, provider, email, "no-address"), 403)  # type: ignore[arg-type]


def test_p28_a_second_account_there_cannot_take_an_address(
    door: Door, provider: MisbehavingProvider
) -> None:
    email = door.somebody()
    first = user_of(door, sign_in(door, provider, email, f"first-{email}"))
    refused(sign_in(door, provider, email, f"second-{email}"), 409)
    assert user_of(door, sign_in(door, provider, email, f"first-{email}"))["id"] == first["id"]


def test_of_two_first_sign_ins_at_once_both_are_the_same_person(
    door: Door, provider: MisbehavingProvider
) -> None:
    """The other one has made the user and linked the account, and is about to commit."""
    # Both services have one database.
    email = f"{uuid4()}@example.com"
    with ThreadPoolExecutor(1) as thread, door.administration() as administration:
        with administration.transaction():
            [(user_id,)] = administration.execute(
                "insert into auth.users (email, email_verified_at) values (%s, now())"
                " returning id::text",
                [email],
            ).fetchall()
            administration.execute(
                "insert into auth.identities (issuer, subject, user_id) values (%s, %s, %s)",
                [provider.issuer, f"twice-{email}", user_id],
            )
            second = thread.submit(sign_in, door, provider, email, f"twice-{email}")
            door.wait_until_somebody_waits(administration)
        assert user_of(door, second.result())["id"] == user_id


def test_p29_who_it_is_follows_from_the_subject_and_not_from_the_address(
    door: Door, provider: MisbehavingProvider
) -> None:
    email = door.somebody()
    first = user_of(door, sign_in(door, provider, email, f"sub-{email}"))
    moved = sign_in(door, provider, door.somebody(), f"sub-{email}")
    assert user_of(door, moved) == first


def test_p28_a_verified_address_links_to_the_account_that_a_code_made(
    door: Door, provider: MisbehavingProvider
) -> None:
    email = door.somebody()
    before = door.session(email).me().json()
    assert user_of(door, sign_in(door, provider, email.upper(), f"link-{email}")) == before


@pytest.mark.parametrize(
    "next_path",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/@evil.example",
        "/%0d%0aSet-Cookie:a=b\r\nX: y",
        "/\tevil",
        "",
        "/a#b",
        "http:evil.example",
    ],
)
def test_p30_nobody_is_sent_elsewhere_afterwards(door: Door, next_path: str) -> None:
    answer = door.http.get(START, params={"next": next_path})
    refused(answer, 422)


def test_p31_the_address_to_come_back_to_is_fixed(door: Door) -> None:
    browser = Browser(door, redirect_uri="https://evil.example", client_id="evil")
    assert "evil" not in browser.address
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    assert "evil" not in door.http.get(START, headers=headers).headers["location"]


def test_p96_a_flood_of_unknown_keys_asks_the_issuer_at_most_once_a_minute(
    door: Door, provider: MisbehavingProvider
) -> None:
    assert sign_in(door, provider, door.somebody(), "flood").status_code in {303, 409}
    before = provider.requests.count(("GET", "/jwks"))
    for number in range(5):
        provider.header = {"kid": f"unknown-{number}"}
        refused(sign_in(door, provider, door.somebody(), "flood"), 502)
    assert provider.requests.count(("GET", "/jwks")) - before <= 1


def test_p99_no_token_is_in_any_address(door: Door, provider: MisbehavingProvider) -> None:
    email = door.somebody()
    answer = sign_in(door, provider, email, f"url-{email}")
    assert cookie_of(answer, REFRESH_COOKIE) not in answer.headers["location"]
    assert "token" not in answer.headers["location"]
    assert not [path for _, path in provider.requests if "secret" in path or "code=" in path]
    assert not [line for line in door.logs if CLIENT_SECRET in line or email in line]
