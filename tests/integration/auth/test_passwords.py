"""Attacks on passwords of before, and on accounts made ahead of their owner. P..: test_sign_in."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from joserfc import jwt
from pwdlib.hashers.bcrypt import BcryptHasher

from tests.integration.auth.test_google import sign_in

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

    from tests.integration.auth.conftest import Door, Serve
    from tests.integration.auth.providers import MisbehavingProvider

PASSWORD = "correct horse battery staple"


def register(door: Door, email: str, password: str = PASSWORD) -> str:
    """Register and return the challenge that the mailed code answers."""
    answer = door.http.post("/auth/register", json={"email": email, "password": password})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["challenge_id"])


def login(door: Door, email: str, password: str = PASSWORD) -> httpx.Response:
    return door.http.post("/auth/login", json={"email": email, "password": password})


def registered(door: Door, email: str) -> None:
    """Register somebody who answers the code at once."""
    challenge = register(door, email)
    assert door.verify(email, door.mailed(email, 1), challenge).status_code == 200


def test_a_password_counts_once_its_own_registration_is_proven(door: Door) -> None:
    email = door.somebody()
    challenge = register(door, email)
    assert login(door, email).status_code == 401
    assert door.verify(email, door.mailed(email, 1), challenge).status_code == 200
    answer = login(door, email)
    assert answer.status_code == 200
    assert "__Host-coinfrs-refresh=" in answer.headers["set-cookie"]
    assert login(door, email, PASSWORD + " ").status_code == 401
    reasons = [event["reason"] for event in door.events("legacy_password_used")]
    assert {"registration", "refused", "sign_in"} <= set(reasons)


@pytest.mark.parametrize("names_challenge", [True, False])
def test_p17_who_proves_an_address_by_a_code_drops_a_strangers_password(
    door: Door, *, names_challenge: bool
) -> None:
    victim = door.somebody()
    register(door, victim, "the attacker's own password")
    challenge = door.request(victim).json()["challenge_id"]
    code = door.mailed(victim, 2)
    assert door.verify(victim, code, challenge if names_challenge else None).status_code == 200
    assert login(door, victim, "the attacker's own password").status_code == 401


def test_p17_who_proves_an_address_at_google_drops_a_strangers_password(
    door: Door, provider: MisbehavingProvider
) -> None:
    provider.behave()
    victim = door.somebody()
    challenge = register(door, victim, "the attacker's own password")
    assert sign_in(door, provider, victim, f"p17-{victim}").status_code == 303
    assert login(door, victim, "the attacker's own password").status_code == 401
    # Nor does the code that the attacker asked for bring it back, when its owner enters it.
    assert door.verify(victim, door.mailed(victim, 1), challenge).status_code == 200
    assert login(door, victim, "the attacker's own password").status_code == 401


def test_p17_a_takeover_ends_the_sessions_and_tokens_of_before(
    door: Door, signing_key: tuple[ECKey, Path]
) -> None:
    """Of an account that came from elsewhere unproven, with a session of who knows whom."""
    victim, token = door.somebody(), secrets.token_urlsafe(32)
    user_id, session_id = str(uuid.uuid4()), str(uuid.uuid4())
    with door.administration() as connection:
        connection.execute(
            "insert into auth.users (id, email, password_hash) values (%s, %s, 'x')",
            [user_id, victim],
        )
        connection.execute(
            "insert into auth.sessions (id, user_id, method, expires_at)"
            " values (%s, %s, 'legacy_password', now() + interval '1 day')",
            [session_id, user_id],
        )
        connection.execute(
            "insert into auth.refresh_tokens (digest, session_id, expires_at)"
            " values (%s, %s, now() + interval '1 day')",
            [hashlib.sha256(token.encode()).digest(), session_id],
        )
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": f"http://localhost:{door.http.base_url.port}",
        "aud": "coinfrs",
        "iat": now,
        "exp": now + 600,
        "sub": user_id,
        "jti": "1",
        "sid": session_id,
        "ep": 0,
    }
    access = jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": "test"}, claims, signing_key[0])
    owner = door.session()
    assert owner.me(access).status_code == 200
    assert door.verify(victim, door.code(victim)).status_code == 200
    assert owner.me(access).status_code == 401
    assert owner.refresh(token).status_code == 401


def test_registering_somebody_who_is_here_changes_nothing_and_says_nothing(door: Door) -> None:
    known, unknown = door.somebody(), door.somebody()
    registered(door, known)
    answers = [
        door.http.post("/auth/register", json={"email": email, "password": "another " * 3})
        for email in (known, unknown)
    ]
    assert {answer.status_code for answer in answers} == {202}
    assert {tuple(answer.json()) for answer in answers} == {("challenge_id",)}
    door.verify(known, door.mailed(known, 2), answers[0].json()["challenge_id"])
    assert login(door, known).status_code == 200
    assert login(door, known, "another " * 3).status_code == 401


def test_p84_an_account_without_a_password_is_opened_by_none(door: Door) -> None:
    email, nobody = door.somebody(), door.somebody()
    door.session(email)
    for password in ("null", "None", PASSWORD, "\x00"):
        with_account, without = login(door, email, password), login(door, nobody, password)
        assert with_account.status_code == without.status_code == 401
        assert with_account.json()["detail"] == without.json()["detail"]


def test_p89_a_long_password_is_wrong_or_refused_and_never_an_error(door: Door) -> None:
    email = door.somebody()
    old = "a password of before, of bcrypt"
    with door.administration() as connection:
        connection.execute(
            "insert into auth.users (email, email_verified_at, password_hash)"
            " values (%s, now(), %s)",
            [email, BcryptHasher(rounds=4).hash(old)],
        )
    assert login(door, email, "a" * 100).status_code == 401
    assert login(door, email, "é" * 100).status_code == 401
    assert login(door, email, "a" * 5000).status_code == 422
    assert login(door, email, old).status_code == 200
    with door.administration() as connection:
        kept = connection.execute(
            "select password_hash from auth.users where email = %s", [email]
        ).fetchone()
    assert kept is not None
    assert kept[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert login(door, email, old).status_code == 200


def test_p89_a_hash_of_an_unknown_kind_opens_nothing(door: Door) -> None:
    email = door.somebody()
    with door.administration() as connection:
        connection.execute(
            "insert into auth.users (email, email_verified_at, password_hash)"
            " values (%s, now(), 'md5:5f4dcc3b5aa765d61d8327deb882cf99')",
            [email],
        )
    assert login(door, email, "password").status_code == 401


def test_guesses_at_one_password_are_few_and_leave_the_code_alone(door: Door) -> None:
    email = door.somebody()
    registered(door, email)
    statuses = [login(door, email, f"guess {number}").status_code for number in range(11)]
    assert statuses == [401] * 10 + [429]
    refused = login(door, email)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert door.session(email).me().status_code == 200


def test_p97_a_flood_of_logins_costs_little_memory(door: Door) -> None:
    """Each check takes 19 MiB; forty at once would take 760."""

    async def flood() -> list[int]:
        limits = httpx.Limits(max_connections=40)
        base = door.http.base_url
        async with httpx.AsyncClient(base_url=base, timeout=60, limits=limits) as http:
            answers = await asyncio.gather(
                *(
                    http.post(
                        "/auth/login",
                        json={"email": f"flood{number}@example.com", "password": PASSWORD},
                    )
                    for number in range(40)
                )
            )
        return [answer.status_code for answer in answers]

    process = Path("/proc") / str(door.process.pid)
    asyncio.run(flood())
    (process / "clear_refs").write_text("5")
    before = _memory(process)
    assert asyncio.run(flood()) == [401] * 40
    assert _memory(process) - before < 200 * 1024


def test_p86_passwords_are_marked_as_deprecated(door: Door) -> None:
    described = httpx.get(f"{door.url}/openapi.json").json()
    for path, methods in described["paths"].items():
        is_old = path in {"/api/v1/auth/register", "/api/v1/auth/login"}
        for operation in methods.values():
            assert operation.get("deprecated", False) is is_old
    for name in ("Registration", "PasswordEntered"):
        password = described["components"]["schemas"][name]["properties"]["password"]
        assert password["writeOnly"] is True


def test_by_default_passwords_are_off(serve: Serve) -> None:
    door = serve()
    for path in ("/auth/register", "/auth/login"):
        body = {"email": "somebody@example.com", "password": PASSWORD}
        answer = door.http.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "AUTHORIZATION_ERROR")
    assert not door.events("legacy_password_used")
    # Nor is there a Google without a client.
    for path in ("/auth/oauth/google", "/auth/oauth/google/callback"):
        assert door.http.get(path).status_code == 404


def _memory(process: Path) -> int:
    """Return the most memory that a process has held since its mark was cleared, in KiB."""
    for line in (process / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise AssertionError("no VmHWM")
