"""A mail server for the tests: it keeps what it gets, with STARTTLS or without."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller

from tests.integration.auth.providers import free_port

if TYPE_CHECKING:
    from email.message import EmailMessage

    from aiosmtpd.smtp import SMTP, Envelope
    from aiosmtpd.smtp import Session as SmtpSession

_CODE = re.compile(r"^\s+(\d{6})\s*$", re.MULTILINE)


class Mailbox:
    """One mail server and everything it has received: for each mail its recipients and itself."""

    def __init__(self, tls: ssl.SSLContext | None = None, *, slow_seconds: float = 0) -> None:
        self._slow_seconds = slow_seconds
        self.received: list[tuple[list[str], EmailMessage]] = []
        self.was_encrypted: list[bool] = []
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=free_port(),
            tls_context=tls,
            require_starttls=tls is not None,
        )
        self._controller.start()
        self.port = int(self._controller.port)

    def settings(self, tls: str = "none") -> dict[str, str]:
        """Return the variables that point the service here."""
        return {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(self.port), "SMTP_TLS": tls}

    def codes(self, email: str) -> list[str]:
        """Return the codes mailed to an address so far."""
        return [code_in(message) for to, message in list(self.received) if to == [email]]

    def wait_for(self, email: str) -> None:
        """Wait until an address has got mail."""
        for _ in range(1000):
            if self.codes(email):
                return
            time.sleep(0.02)
        raise AssertionError(f"no mail for {email}")

    def close(self) -> None:
        self._controller.stop()

    async def handle_DATA(self, _server: SMTP, session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        await asyncio.sleep(self._slow_seconds)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.was_encrypted.append(session.ssl is not None)
        self.received.append((list(envelope.rcpt_tos), message))
        return "250 OK"


def code_in(message: EmailMessage) -> str:
    """Return the code that a mail's text holds."""
    body = message.get_body(("plain",))
    assert body is not None
    found = _CODE.search(body.get_content())
    assert found is not None
    return found[1]
