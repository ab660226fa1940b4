"""Attacks on signing in by a mailed code. P.. are the properties of the security plan."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.integration.auth.conftest import Door

VOLATILE = {"date", "x-request-id", "content-length"}


@pytest.fixture
def door(either: Door) -> Door:
    """Return the service over each store of codes."""
    return either


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_p01_after_three_wrong_guesses_the_right_code_is_refused(door: Door) -> None:
    email = door.somebody()
    code = door.code(email)
    for _ in range(3):
        assert door.verify(email, wrong(code)).status_code == 401
    assert door.verify(email, code).status_code == 401


def test_p02_the_attempts_hold_when_guesses_come_at_once(door: Door) -> None:
    """Sixty at once with the right code among them: only luck puts it among the first three."""

    async def attack(email: str, code: str) -> int:
        guesses = [f"{(int(code) + 1 + number) % 1_000_000:06d}" for number in range(60)]
        guesses[40] = code
        async with httpx.AsyncClient(base_url=door.http.base_url, timeout=30) as http:
            answers = await asyncio.gather(
                *(
                    http.post("/auth/otp/verify", json={"email": email, "otp": otp})
                    for otp in guesses
                )
            )
        return sum(answer.status_code == 200 for answer in answers)

    hits = 0
    for _ in range(5):
        email = door.somebody()
        hits += asyncio.run(attack(email, door.code(email)))
    assert hits <= 2


def test_p03_twenty_parallel_verifies_of_one_code_have_one_success(door: Door) -> None:
    async def attack(email: str, code: str) -> list[int]:
        async with httpx.AsyncClient(base_url=door.http.base_url, timeout=30) as http:
            body = {"email": email, "otp": code}
            answers = await asyncio.gather(
                *(http.post("/auth/otp/verify", json=body) for _ in range(20))
            )
        return [answer.status_code for answer in answers]

    for _ in range(4):
        email = door.somebody()
        statuses = asyncio.run(attack(email, door.code(email)))
        assert sorted(statuses) == [200] + [401] * 19


def test_p04_a_code_is_used_once(door: Door) -> None:
    email = door.somebody()
    code = door.code(email)
    assert [door.verify(email, code).status_code for _ in range(2)] == [200, 401]


def test_p05_a_code_opens_no_other_address(door: Door) -> None:
    attacker, victim = door.somebody(), door.somebody()
    code = door.code(attacker)
    door.code(victim)
    challenge = door.request(attacker).json()["challenge_id"]
    own = door.mailed(attacker, 2)
    assert door.verify(victim, code).status_code == 401
    assert door.verify(victim, own, challenge).status_code == 401


def test_p06_a_resent_code_replaces_the_one_before(door: Door) -> None:
    email = door.somebody()
    first = door.code(email)
    second = door.code(email)
    if first != second:
        assert door.verify(email, first).status_code == 401
    assert door.verify(email, second).status_code == 200
    assert door.verify(email, first).status_code == 401


def test_p100_an_attackers_requests_do_not_take_the_code_that_a_victim_holds(door: Door) -> None:
    email = door.somebody()
    challenge = door.request(email).json()["challenge_id"]
    code = door.mailed(email, 1)
    for _ in range(6):
        theirs = door.request(email)
    assert theirs.status_code == 429
    for _ in range(3):
        door.verify(email, wrong(door.codes(email)[-1]))
    assert door.verify(email, code, challenge).status_code == 200


def test_p08_an_address_gets_five_codes_an_hour_however_it_is_spelt(door: Door) -> None:
    email = door.somebody()
    name, domain = email.split("@")
    spellings = (
        email,
        email.upper(),
        f"{name.title()}@{domain}",
        f"{name}@{domain.upper()}",
    )
    statuses = [door.request(spelling).status_code for _ in range(3) for spelling in spellings]
    assert statuses == [202] * 5 + [429] * 7
    assert door.mailed(email, 5)
    assert len(door.codes(email)) == 5
    refusal = door.request(email)
    assert 3500 < int(refusal.headers["Retry-After"]) <= 3600
    assert refusal.json()["code"] == "RATE_LIMIT_ERROR"


def test_p09_a_days_failures_lock_the_right_code_too(door: Door) -> None:
    email = door.somebody()
    for _ in range(2):
        code = door.code(email)
        for _ in range(3):
            assert door.verify(email, wrong(code)).status_code == 401
    code = door.code(email)
    locked = door.verify(email, code)
    assert (locked.status_code, locked.json()["code"]) == (429, "RATE_LIMIT_ERROR")


def test_p10_known_and_unknown_addresses_get_the_same_answers(door: Door) -> None:
    known, unknown = door.somebody(), door.somebody()
    door.sign_in(known)

    def seen(answer: httpx.Response) -> tuple[int, set[str], set[str]]:
        body = answer.json()
        said = {str(body[name]) for name in body if name not in {"challenge_id", "request_id"}}
        return answer.status_code, said, set(answer.headers) - VOLATILE

    assert seen(door.request(known)) == seen(door.request(unknown))
    for email in (known, unknown):
        door.mailed(email, 2 if email == known else 1)
    assert seen(door.verify(known, wrong(door.codes(known)[-1]))) == seen(
        door.verify(unknown, wrong(door.codes(unknown)[-1]))
    )


def test_p12_a_code_is_in_the_mail_and_nowhere_else(door: Door) -> None:
    email = door.somebody()
    asked = door.request(email)
    code = door.mailed(email, 1)
    answered = door.verify(email, code)
    assert code not in asked.text
    assert code not in answered.text.replace(answered.json()["access_token"], "")
    assert [*door.logged(code), *door.logged(email)] == []


@pytest.mark.parametrize(
    "otp",
    [
        " 123456",
        "123456 ",
        "123456\n",
        "12345",
        "1234567",
        "+12345",
        "-12345",
        "１２３４５６",  # noqa: RUF001 -- full-width digits are the attack.
        "12 456",
        "",
        123456,
        ["123456"],
        {"$ne": ""},
        None,
        True,
    ],
    ids=repr,
)
def test_p13_a_code_is_six_digits_and_text(door: Door, otp: object) -> None:
    assert door.verify("somebody@example.com", otp).status_code == 422


@pytest.mark.parametrize(
    "email",
    [
        "victim@example.com,attacker@example.com",
        "victim@example.com;attacker@example.com",
        "victim@example.com\r\nBcc: attacker@example.com",
        "victim@example.com\n",
        "<victim@example.com>",
        "Victim <victim@example.com>",
        "victim@example.com%0aBcc:attacker@example.com",
        '"victim\r\nBcc: x"@example.com',
        '"victim"@example.com',
        " victim@example.com",
        "victim@example.com ",
        "victim@[127.0.0.1]",
        "victim@localhost",
        "victim@example.com\x00",
        "@example.com",
        "victim",
        f"{'a' * 300}@example.com",
        ["victim@example.com"],
        None,
    ],
    ids=repr,
)
def test_p14_an_address_is_one_mailbox_and_cannot_become_a_header(
    door: Door, email: object
) -> None:
    mails = door.mails()
    assert door.request(email).status_code == 422
    assert door.mails() == mails


@pytest.mark.parametrize(
    "email",
    [
        "аlice@example.com",  # noqa: RUF001 -- a Cyrillic letter is the attack.
        "ａlice@example.com",  # noqa: RUF001 -- a full-width letter is the attack.
        "alice\u200b@example.com",
        "alice@xn--exmple-cua.com",
        "alice@exаmple.com",  # noqa: RUF001 -- a Cyrillic letter is the attack.
        "oﬃce@example.com",
    ],
    ids=ascii,
)
def test_p15_an_address_has_no_letter_that_looks_like_another(door: Door, email: str) -> None:
    assert door.request(email).status_code == 422


def test_p16_an_address_in_any_case_is_one_account(door: Door) -> None:
    email = door.somebody()
    ids = set()
    for spelling in (email, email.upper()):
        code = door.code(email)
        token = door.verify(spelling, code).json()["access_token"]
        with door.with_token(token) as http:
            me = http.get("/users/me").json()
        assert me["email"] == email
        ids.add(me["id"])
    assert len(ids) == 1


def test_parallel_first_sign_ins_make_one_account(door: Door) -> None:
    email = door.somebody()
    entered = []
    for mails in range(1, 5):
        challenge = door.request(email).json()["challenge_id"]
        entered.append(
            {"email": email, "otp": door.mailed(email, mails), "challenge_id": challenge}
        )

    async def sign_in() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=door.http.base_url, timeout=30) as http:
            return await asyncio.gather(
                *(http.post("/auth/otp/verify", json=body) for body in entered)
            )

    answers = asyncio.run(sign_in())
    assert [answer.status_code for answer in answers] == [200] * 4
    ids = set()
    for answer in answers:
        with door.with_token(answer.json()["access_token"]) as http:
            ids.add(http.get("/users/me").json()["id"])
    assert len(ids) == 1
