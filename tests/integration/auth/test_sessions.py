"""Attacks on sessions: renewing and ending them, and the cookie. P..: see test_sign_in."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.integration.auth.conftest import (
    OWN_PAGE,
    PAGE_COOKIE,
    REFRESH_COOKIE,
    Door,
    Session,
    cookie_of,
)

FOREIGN = (
    "https://evil.example",
    "null",
    "http://localhost.evil.example",
    "http://localhost:1",
    "",
)


@pytest.fixture
def door(either: Door) -> Door:
    """Return the service over each denylist."""
    return either


def test_p44_a_refresh_token_is_no_access_token_nor_the_other_way_round(door: Door) -> None:
    session = door.session()
    assert session.me(session.refresh_token).status_code == 401
    assert session.refresh(session.access_token).status_code == 401
    assert session.me().status_code == 200


def test_p45_a_refresh_token_is_renewed_once_and_its_successor_works(door: Door) -> None:
    session = door.session()
    first = session.refresh_token
    assert session.refresh().status_code == 200
    assert session.refresh_token != first
    assert session.refresh().status_code == 200
    assert session.me().status_code == 200


def test_p45_a_used_refresh_token_ends_the_session_and_its_access_tokens(door: Door) -> None:
    session = door.session()
    stolen, first_access = session.refresh_token, session.access_token
    assert session.refresh().status_code == 200
    assert session.refresh(stolen).json()["reason"] == "ended"
    assert session.refresh().status_code == 401
    assert session.me().status_code == 401
    assert session.me(first_access).status_code == 401
    assert door.event("refresh_token_reused")["level"] == "warning"


def test_p46_of_forty_parallel_renewals_at_most_one_succeeds(door: Door) -> None:
    async def attack(token: str) -> list[int]:
        headers = {"Cookie": f"{REFRESH_COOKIE}={token}", **OWN_PAGE}
        async with httpx.AsyncClient(base_url=door.http.base_url, timeout=30) as http:
            answers = await asyncio.gather(
                *(http.post("/auth/refresh", headers=headers) for _ in range(40))
            )
        return [answer.status_code for answer in answers]

    for _ in range(2):
        statuses = asyncio.run(attack(door.session().refresh_token))
        assert statuses.count(200) == 1
        assert statuses.count(401) == 39


def test_p47_logging_out_ends_the_refresh_token_and_the_access_token(door: Door) -> None:
    session = door.session()
    answer = session.post("/auth/logout")
    assert answer.status_code == 204
    assert cookie_of(answer, REFRESH_COOKIE) == cookie_of(answer, PAGE_COOKIE) == ""
    assert session.refresh().status_code == 401
    assert session.me().status_code == 401


def test_p47_logging_out_works_with_the_access_token_alone(door: Door) -> None:
    session = door.session()
    bearer = {"Authorization": f"Bearer {session.access_token}", **OWN_PAGE}
    assert door.http.post("/auth/logout", headers=bearer).status_code == 204
    assert session.me().status_code == 401
    assert session.refresh().status_code == 401


def test_logging_out_without_a_session_is_the_same_answer(door: Door) -> None:
    assert door.http.post("/auth/logout", headers=OWN_PAGE).status_code == 204


def test_p48_logging_out_leaves_other_sessions_of_the_same_person_alone(door: Door) -> None:
    email = door.somebody()
    laptop, phone = door.session(email), door.session(email)
    assert laptop.post("/auth/logout").status_code == 204
    assert phone.me().status_code == 200
    assert phone.refresh().status_code == 200


def test_p49_the_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_http(
    door: Door,
) -> None:
    email = door.somebody()
    answer = door.verify(email, door.code(email))
    # The other one takes the cookie of pages away, which may be somebody else's.
    [header, _] = answer.headers.get_list("set-cookie")
    name, *flags = [part.strip().lower() for part in header.split(";")]
    assert name.startswith("__host-coinfrs-refresh=")
    assert {"httponly", "secure", "samesite=strict", "path=/", "max-age=604800"} == set(flags)
    token = cookie_of(answer, REFRESH_COOKIE)
    assert len(token) == 43
    assert token not in answer.text
    renewed = Session(door, answer).refresh()
    assert cookie_of(renewed, REFRESH_COOKIE) not in renewed.text


@pytest.mark.parametrize("path", ["/auth/refresh", "/auth/logout"])
def test_p50_another_sites_page_can_neither_renew_nor_end_a_session(door: Door, path: str) -> None:
    session = door.session()
    attacks = [{"Origin": origin} for origin in FOREIGN]
    attacks += [{"Sec-Fetch-Site": site} for site in ("cross-site", "same-site", "none")]
    for headers in attacks:
        refused = session.post(path, **headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "AUTHORIZATION_ERROR")
    bare = {"Cookie": f"{REFRESH_COOKIE}={session.refresh_token}"}
    assert door.http.post(path, headers=bare).status_code == 403
    assert session.me().status_code == 200
    own = f"http://localhost:{door.http.base_url.port}"
    allowed = session.post(path, **{"Origin": own, "Sec-Fetch-Site": "same-origin"})
    assert allowed.status_code in {200, 204}


def test_a_refresh_token_of_nobody_is_refused(door: Door) -> None:
    session = door.session()
    for token in ("", "a", "A" * 43, "%00", "a" * 4000):
        assert session.refresh(token).status_code == 401
    assert session.refresh().status_code == 200


def test_p69_a_refresh_token_is_kept_as_a_hash_alone(door: Door) -> None:
    session = door.session()
    with door.administration() as connection:
        kept = connection.execute(
            "select string_agg(t::text, '') from auth.refresh_tokens as t"
        ).fetchone()
    assert kept is not None
    assert session.refresh_token not in kept[0]
    assert session.refresh_token.encode().hex() not in kept[0]


def test_p68_p99_no_token_is_in_a_log_or_an_address(door: Door) -> None:
    session = door.session()
    session.refresh()
    session.post("/auth/logout")
    for secret in (session.access_token, session.refresh_token):
        assert not [line for line in door.logs if secret in line]
