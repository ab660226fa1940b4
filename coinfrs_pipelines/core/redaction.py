"""What a secret looks like in text, and how it is taken out before the text is kept.

Two kinds are known: shapes (a header, a signed query, a token, a private key, a password in a
URL), and the exact values of the credentials that this process has opened. An exact value is the
only way to recognise a Fireblocks API key, which looks like any other UUID.

The patterns never match a quote or an unescaped backslash, so serialised JSON stays valid JSON.
This is the net below typed errors, not a substitute for them: no message names a secret at all.
"""

import logging
import re
import threading

MASK = "***"
# No venue's key or secret is shorter, or of one kind of character. A password that is a word
# ("completeness") would mask what Dagster calls things, and Dagster reads back what it wrote.
SHORTEST_SECRET = 16

_VALUE = r"[^\s\"'\\,;&}\])]+"
_QUOTE = r"\\*[\"']"
_PEM = r"(?:[A-Za-z0-9+/=\s:,-]|\\+[nr])"
# Either a quoted key and a quoted value (JSON, a dict, a tuple), or a bare name. Never a quoted
# key and a bare value: `"password": null` must stay JSON.
_IS = rf"(?:{_QUOTE}\s*[:,]\s*b?{_QUOTE}|\s*[:=]\s*(?:b?{_QUOTE})?)"
# Each with what its text holds in lower case if there is anything to find: most texts hold none of
# it, and to look for a word takes a hundredth of the time.
_PATTERNS = (
    # A header in a dict, a tuple, a repr or a raw request, also inside escaped JSON.
    (
        ("apikey", "api-key", "authorization", "cookie"),
        re.compile(
            r"(?i)((?:x-mbx-apikey|x-api-key|authorization|proxy-authorization|set-cookie|cookie)"
            rf"{_IS})(?:(?:bearer|basic)\s+)?{_VALUE}"
        ),
    ),
    # A named value in a query, a form, a repr or JSON.
    (
        ("signature", "key", "secret", "token", "password"),
        re.compile(
            r"(?i)(\b(?:signature|api_?key|api_?secret|secret_?key|encryption_keys?|token"
            rf"|access_token|refresh_token|listen_?key|password|pgpassword){_IS}){_VALUE}"
        ),
    ),
    (("://",), re.compile(r"(://[^:/\s\"'@\\]+:)[^@/\s\"'\\]+(?=@)")),
    (("eyj",), re.compile(r"()\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")),
    (
        ("-----begin",),
        re.compile(
            rf"()-----BEGIN [A-Z ]*PRIVATE KEY-----(?:{_PEM}*?-----END [A-Z ]*PRIVATE KEY-----"
            rf"|{_PEM}*)"
        ),
    ),
    # A Binance key or secret: 64 letters and digits that are no hash. The look-arounds keep off
    # base64, in which Dagster stores its cursors. Nothing short tells that there is one.
    (
        ("",),
        re.compile(
            r"()(?<![A-Za-z0-9+/])(?=[A-Za-z0-9]{64}(?![A-Za-z0-9+/=]))"
            r"(?=[a-z0-9]*[A-Z])(?=[A-Fa-f0-9]*[G-Zg-z])[A-Za-z0-9]{64}"
        ),
    ),
)

_lock = threading.Lock()
# The longest first, for one may be a part of another; replaced as a whole, under the lock.
_known: tuple[str, ...] = ()


def remember(*secrets: str) -> None:
    """Mask these exact values from now on, in this process; too short or too plain ones are not.

    Of a value of several lines (a PEM) each line is remembered, because JSON and reprs change the
    line ends between them.
    """
    global _known  # noqa: PLW0603 -- what this process has opened, all of it.
    lines = (line.strip() for secret in secrets for line in secret.splitlines())
    with _lock:
        new = {line for line in lines if _is_unmistakable(line)}.difference(_known)
        if new:
            _known = tuple(sorted({*_known, *new}, key=len, reverse=True))


def _is_unmistakable(value: str) -> bool:
    kinds = sum(any(map(kind, value)) for kind in (str.isdigit, str.islower, str.isupper))
    return len(value) >= SHORTEST_SECRET and kinds > 1 and not value.startswith("-----")


def scrub(text: str) -> str:
    """Return the text with every secret this process can recognise replaced by `***`."""
    for secret in _known:
        text = text.replace(secret, MASK)
    lowered = text.lower()
    for signs, pattern in _PATTERNS:
        if any(sign in lowered for sign in signs):
            text = pattern.sub(rf"\g<1>{MASK}", text)
    return text


class RedactingLogger(logging.Logger):
    """A logger whose records are scrubbed before any handler sees them, tracebacks included."""

    def handle(self, record: logging.LogRecord) -> None:
        """Scrub the record, then handle it as every logger does."""
        record.msg, record.args = scrub(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = scrub(logging.Formatter().formatException(record.exc_info))
        super().handle(record)


def redact_logs() -> None:
    """Have every logger made from now on in this process redact what it passes on."""
    logging.setLoggerClass(RedactingLogger)
