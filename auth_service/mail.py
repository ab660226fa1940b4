"""How a sign-in code or an invitation reaches a person: on the console, in development only.

`settings.require_ready` refuses to start anywhere else. A transport that sends real mail is another
implementation of `Mail`.
"""

import sys
from typing import Protocol

import structlog


class Mail(Protocol):
    """Sends messages; called after the answer has gone out."""

    def send_code(self, email: str, code: str, *, valid_seconds: int) -> None:
        """Bring a sign-in code to its owner."""
        ...

    def send_invitation(
        self, email: str, *, portfolio: str, role: str, invited_by: str, url: str
    ) -> None:
        """Tell somebody that they are invited to a portfolio, by whom, and where to sign in."""
        ...


class ConsoleMail:
    """Prints what would be mailed to standard output, apart from the logs on standard error."""

    def __init__(self) -> None:
        """Warn: whoever sees this console can sign in as anybody."""
        structlog.get_logger().warning("sign_in_codes_go_to_the_console")

    def send_code(self, email: str, code: str, *, valid_seconds: int) -> None:
        """Print a sign-in code."""
        line = f"Sign-in code for {email}: {code} (valid for {valid_seconds} seconds)"
        print(line, file=sys.stdout, flush=True)  # noqa: T201  # The console is the mailbox here.

    def send_invitation(
        self, email: str, *, portfolio: str, role: str, invited_by: str, url: str
    ) -> None:
        """Print an invitation."""
        line = f"Invitation for {email}: {invited_by} asks you into {portfolio} as {role}. {url}"
        print(line, file=sys.stdout, flush=True)  # noqa: T201  # The console is the mailbox here.
