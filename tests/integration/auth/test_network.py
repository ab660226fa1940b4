"""Attacks by where requests come from, and on the way mail takes. P..: see test_sign_in."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from auth_service.mail import SmtpMail, sign_in_code
from auth_service.settings import AuthSettings
from tests.integration.auth.conftest import FRONT_END
from tests.integration.auth.mailbox import Mailbox
from tests.integration.auth.test_sign_in import wrong

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.integration.auth.conftest import Door, Serve, StartRedis

SLOW_SECONDS = 3.0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a certificate of 127.0.0.1 and its key, which nobody trusts by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of the tests")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "mail.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture(scope="module")
def encrypted_mailbox(certificate: Path) -> Iterator[Mailbox]:
    """Return a slow mail server that speaks STARTTLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    opened = Mailbox(context, slow_seconds=SLOW_SECONDS)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def plain_mailbox() -> Iterator[Mailbox]:
    """Return a mail server that speaks no TLS at all."""
    opened = Mailbox()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def behind_a_proxy(
    serve: Serve, start_redis: StartRedis, certificate: Path, encrypted_mailbox: Mailbox
) -> Iterator[Door]:
    """Return a service that trusts proxies, admits three a minute, and trusts the mail server."""
    door = serve(
        REDIS_URL=start_redis()[0],
        IP_LIMIT_PER_MIN="3",
        TRUSTED_PROXIES="127.0.0.0/8, 10.0.0.0/8",
        SSL_CERT_FILE=str(certificate),
        **encrypted_mailbox.settings("starttls"),
    )
    yield door
    # Before the mail server: letters may still be on their way.
    door.stop()


@pytest.fixture(scope="module")
def exposed(serve: Serve, plain_mailbox: Mailbox) -> Door:
    """Return a service that insists on STARTTLS, whose alarm is easily raised."""
    return serve(
        OTP_ALARM_FAILURES_PER_HOUR="2",
        **plain_mailbox.settings("starttls"),
    )


def ask(door: Door, headers: Mapping[str, str]) -> int:
    """Ask for a code for an address nobody has used."""
    body = {"email": door.somebody()}
    return door.http.post("/auth/otp/request", json=body, headers=headers).status_code


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        f"{FRONT_END}.evil.example",
        FRONT_END.replace("https", "http"),
        f"{FRONT_END}:444",
        "https://xapp.example.com",
    ],
)
def test_p51_a_page_of_another_origin_may_read_nothing(door: Door, origin: str) -> None:
    preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for answer in (
        door.http.get("/health", headers={"Origin": origin}),
        door.http.options("/auth/refresh", headers=preflight),
    ):
        assert "access-control-allow-origin" not in answer.headers


def test_p51_a_page_of_a_listed_origin_may(door: Door) -> None:
    answer = door.http.options(
        "/auth/refresh",
        headers={
            "Origin": FRONT_END,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-coinfrs-request",
        },
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == FRONT_END
    assert answer.headers["access-control-allow-credentials"] == "true"
    session = door.session()
    assert session.post("/auth/refresh", Origin=FRONT_END).status_code == 200


def test_p51_without_a_list_no_origin_may(exposed: Door) -> None:
    answer = exposed.http.get("/health", headers={"Origin": FRONT_END})
    assert "access-control-allow-origin" not in answer.headers


def test_p90_a_mail_server_without_tls_gets_no_mail(exposed: Door, plain_mailbox: Mailbox) -> None:
    assert ask(exposed, {}) == 202
    assert exposed.event("mail_failed")["level"] == "error"
    assert plain_mailbox.received == []
    assert exposed.mailbox == [], "a code went to the console"


def test_p09_many_wrong_codes_of_anybody_raise_an_alarm_and_keep_nobody_out(
    exposed: Door,
) -> None:
    """The codes are not mailed here, so each guess is at a code that nobody knows."""
    for _ in range(3):
        email = exposed.somebody()
        assert exposed.request(email).status_code == 202
        assert exposed.verify(email, "000000").status_code == 401
    assert exposed.event("sign_in_failures_alarm")["level"] == "critical"
    assert exposed.request(exposed.somebody()).status_code == 202


def test_p81_claiming_to_be_forwarded_buys_nothing(serve: Serve) -> None:
    door = serve(IP_LIMIT_PER_MIN="20")
    statuses = []
    for number in range(30):
        client = f"198.51.100.{number}"
        headers = {
            "X-Forwarded-For": client,
            "X-Real-IP": client,
            "Forwarded": f"for={client}",
            "X-Client-IP": client,
            "True-Client-IP": client,
        }
        statuses.append(ask(door, headers))
    assert statuses.count(429) >= 10
    assert statuses[-1] == 429
    refused = door.http.post("/auth/logout", headers={"X-Coinfrs-Request": "1"})
    assert refused.json()["code"] == "RATE_LIMIT_ERROR"
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    # What needs no guessing is not limited.
    assert door.http.get("/health").status_code == 200


def test_p81_behind_a_proxy_the_address_that_it_saw_counts(behind_a_proxy: Door) -> None:
    for number in range(6):
        spoofed = {"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.7"}
        assert ask(behind_a_proxy, spoofed) == (202 if number < 3 else 429)
    through_two = {"X-Forwarded-For": "203.0.113.99, 198.51.100.7, 10.1.2.3"}
    assert ask(behind_a_proxy, through_two) == 429
    assert ask(behind_a_proxy, {"X-Forwarded-For": "198.51.100.8"}) == 202


def test_p81_a_network_of_ipv6_addresses_is_one_origin(behind_a_proxy: Door) -> None:
    statuses = [
        ask(behind_a_proxy, {"X-Forwarded-For": f"2001:db8:1:2::{number}"})
        for number in range(1, 6)
    ]
    assert statuses == [202] * 3 + [429] * 2
    assert ask(behind_a_proxy, {"X-Forwarded-For": "2001:db8:1:3::1"}) == 202


def test_p90_mail_goes_encrypted_and_after_the_answer(
    behind_a_proxy: Door, encrypted_mailbox: Mailbox
) -> None:
    email = behind_a_proxy.somebody()
    started = time.monotonic()
    answer = behind_a_proxy.http.post(
        "/auth/otp/request", json={"email": email}, headers={"X-Forwarded-For": "198.51.100.20"}
    )
    assert answer.status_code == 202
    assert time.monotonic() - started < SLOW_SECONDS
    encrypted_mailbox.wait_for(email)
    assert all(encrypted_mailbox.was_encrypted)


def test_p90_a_mail_server_that_nobody_vouches_for_gets_no_mail(
    encrypted_mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in encrypted_mailbox.settings("starttls").items():
        monkeypatch.setenv(name, value)
    letter = sign_in_code("impostor@example.com", "123456", valid_seconds=60, service="x")
    asyncio.run(SmtpMail(AuthSettings()).send(letter))
    assert encrypted_mailbox.codes("impostor@example.com") == []


def test_p12_a_letter_holds_its_code_in_both_forms_and_not_in_its_subject(door: Door) -> None:
    assert door.letters is not None
    email = door.somebody()
    code = door.code(email)
    to, message = door.letters.received[-1]
    assert to == [email] == [message["To"]]
    assert message["From"] == "coinfrs <no-reply@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert code not in str(message["Subject"])
    for form in ("plain", "html"):
        body = message.get_body((form,))
        assert body is not None
        assert code in body.get_content()
        assert "for 5 minutes" in body.get_content()


def test_p09_the_alarm_is_silent_while_all_is_well(door: Door) -> None:
    email = door.somebody()
    assert door.verify(email, wrong(door.code(email))).status_code == 401
    assert door.events("sign_in_failures_alarm") == []
