"""Letters and how they reach people: by SMTP, and in development on the console.

A letter is a pair of templates in `letters/`, as text and as HTML. It is sent after the answer has
gone out; one that cannot be sent is an error in the log, for the asker is told the same either way.
`settings.require_ready` refuses the console outside development.
"""

import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any, Protocol

import aiosmtplib
import jinja2
import structlog

from auth_service.logs import describe
from auth_service.settings import AuthSettings

TIMEOUT_SECONDS = 15.0
_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("auth_service", "letters"),
    autoescape=jinja2.select_autoescape(("html.jinja",)),
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
)


@dataclass(frozen=True)
class Letter:
    """One letter to one person; `summary` is the line that stands for it on a console.

    `template` names `letters/<template>.txt.jinja` and `.html.jinja`, which get `values`.
    """

    to: str
    subject: str
    template: str
    values: Mapping[str, Any] = field(repr=False)
    summary: str = field(repr=False)


class Mail(Protocol):
    """Sends letters; called after the answer has gone out, and never raises."""

    async def send(self, letter: Letter) -> bool:
        """Bring a letter on its way to its reader, and tell whether that worked."""
        ...


def sign_in_code(to: str, code: str, *, valid_seconds: int, service: str) -> Letter:
    """Return the letter that holds a sign-in code; the subject, shown on lock screens, does not."""
    return Letter(
        to,
        "Your sign-in code",
        "sign_in_code",
        {"code": code, "minutes": max(1, valid_seconds // 60), "service": service},
        f"Sign-in code for {to}: {code} (valid for {valid_seconds} seconds)",
    )


def invitation(to: str, *, portfolio: str, role: str, invited_by: str, service: str) -> Letter:
    """Return the letter that tells somebody of an invitation; it holds no secret."""
    return Letter(
        to,
        f"{invited_by} invites you to a portfolio",
        "invitation",
        {"portfolio": portfolio, "role": role, "invited_by": invited_by, "service": service},
        f"Invitation for {to}: {invited_by} asks you into {portfolio} as {role}. {service}",
    )


def key_disabled(to: str, *, data_source: str, venue: str, reason: str, service: str) -> Letter:
    """Return the letter that tells an owner of a key that grew a permission and was destroyed."""
    return Letter(
        to,
        f"{data_source} is no longer read: its key may do more than read",
        "key_disabled",
        {"data_source": data_source, "venue": venue, "reason": reason, "service": service},
        f"Notice for {to}: {data_source} is disabled. {reason} {service}",
    )


class ConsoleMail:
    """Prints a line for each letter to standard output, apart from the logs on standard error."""

    def __init__(self) -> None:
        """Warn: whoever sees this console can sign in as anybody."""
        structlog.get_logger().warning("sign_in_codes_go_to_the_console")

    async def send(self, letter: Letter) -> bool:
        """Print what the letter says in a line."""
        print(letter.summary, file=sys.stdout, flush=True)  # noqa: T201  # The mailbox here.
        return True


class SmtpMail:
    """Hands letters to the mail server of the settings.

    TLS is what SMTP_TLS says and never "if the server offers it": a server without it gets nothing.
    """

    def __init__(self, settings: AuthSettings) -> None:
        if settings.smtp_host is None:
            raise ValueError("There is no mail server.")
        self._host = settings.smtp_host
        self._settings = settings
        self._tls = ssl.create_default_context()

    async def send(self, letter: Letter) -> bool:
        """Send a letter; a failure is logged without the address and without what it says."""
        settings = self._settings
        password = settings.smtp_password
        try:
            await aiosmtplib.send(
                self._message(letter),
                hostname=self._host,
                port=settings.smtp_port,
                username=settings.smtp_user,
                password=None if password is None else password.get_secret_value(),
                use_tls=settings.smtp_tls == "tls",
                start_tls=settings.smtp_tls == "starttls",
                tls_context=None if settings.smtp_tls == "none" else self._tls,
                timeout=TIMEOUT_SECONDS,
            )
        except Exception as error:  # noqa: BLE001 -- nobody waits for it any more.
            structlog.get_logger().error("mail_failed", **describe(error))
            return False
        return True

    def _message(self, letter: Letter) -> EmailMessage:
        """Return the message; its parser refuses a line end in a header."""
        message = EmailMessage()
        message["From"] = f"coinfrs <{self._settings.smtp_from}>"
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._settings.smtp_from.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        values = {**letter.values, "subject": letter.subject}
        text, html = (
            _TEMPLATES.get_template(f"{letter.template}.{form}.jinja").render(values)
            for form in ("txt", "html")
        )
        message.set_content(text)
        message.add_alternative(html, subtype="html")
        return message


def mail(settings: AuthSettings) -> Mail:
    """Return the way mail takes by the settings."""
    return ConsoleMail() if settings.smtp_host is None else SmtpMail(settings)
