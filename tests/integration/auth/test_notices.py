"""Letters about disabled keys leave the outbox once, whatever services and mail servers do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.integration.auth.mailbox import Mailbox
from tests.integration.auth.providers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from tests.integration.auth.conftest import Door, Serve

SUBJECT = "Treasury is no longer read: its key may do more than read"
REASON = "The key may do more than read: enableWithdrawals is true."


@pytest.fixture
def letters() -> Iterator[Mailbox]:
    opened = Mailbox()
    yield opened
    opened.close()


def leave_notice(administration: psycopg.Connection) -> str:
    """Disable a data source of somebody, with a notice, and return the owner's address."""
    email = f"{uuid4()}@example.com"
    administration.execute(
        """
        with owner as (insert into auth.users (email) values (%s) returning id),
        disabled as (
            insert into registry.data_sources
                (owner_id, venue, environment, name, account_ref, account_kind, disabled_at,
                 disabled_reason)
            select id, 'binance', 'production', 'Treasury', '1', 'master', now(), %s from owner
            returning id
        )
        insert into registry.notices (data_source_id) select id from disabled
        """,
        [email, REASON],
    )
    return email


def wait_until_sent(administration: psycopg.Connection) -> None:
    for _ in range(1000):
        [(unsent,)] = administration.execute(
            "select count(*) from registry.notices where sent_at is null"
        ).fetchall()
        if not unsent:
            return
        time.sleep(0.02)
    raise AssertionError("notices were not sent")


def attempts(door: Door) -> list[tuple[int, bool]]:
    with door.administration() as administration:
        return administration.execute(
            "select attempts, sent_at is not null from registry.notices"
            " join registry.data_sources on data_sources.id = data_source_id"
        ).fetchall()


def test_two_services_send_every_letter_once(serve: Serve, letters: Mailbox) -> None:
    services = [serve(**letters.settings()) for _ in range(2)]
    with services[0].administration() as administration:
        owners = sorted(leave_notice(administration) for _ in range(30))
        wait_until_sent(administration)
        disabled = administration.execute("select id::text from registry.data_sources").fetchall()
    for service in services:
        service.stop()
    told = [
        (event["data_source_id"],)
        for service in services
        for event in service.events("owner_told_of_disabled_key")
    ]
    assert sorted(told) == sorted(disabled)
    assert sorted(to for [to], _message in letters.received) == owners
    message = letters.received[0][1]
    assert message["Subject"] == SUBJECT
    for form in ("plain", "html"):
        body = message.get_body((form,))
        assert body is not None
        text = body.get_content()
        assert REASON in text
        assert "http://localhost:" in text


def test_a_letter_that_no_mail_server_takes_is_sent_later(serve: Serve, letters: Mailbox) -> None:
    without = serve(SMTP_HOST="127.0.0.1", SMTP_PORT=str(free_port()), SMTP_TLS="none")
    with without.administration() as administration:
        administration.execute("delete from registry.notices")
        owner = leave_notice(administration)
        without.event("mail_failed")
        without.stop()
        assert attempts(without) == [(1, False)]
        # A minute has passed.
        administration.execute("update registry.notices set next_attempt_at = now()")
        with_server = serve(**letters.settings())
        wait_until_sent(administration)
    assert attempts(with_server) == [(2, True)]
    assert [to for to, _message in letters.received] == [[owner]]
