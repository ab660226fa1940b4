"""The whole vocabulary of what a venue's refusal means, and the one place that decides it.

Whether an answer is worth another try, ends a wallet, a key or a host is decided here, from tables,
and nowhere else. An error's text holds the venue's own message and never a URL, a query, a header,
a key or a token. What to do about an error (retry, outcome, refusal) is the caller's.

The codes come from the protocol references: binance.md A4, fireblocks.md A.3.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

DETAIL_CHARACTERS_MAX = 300

# What a venue's message might echo of a request: a URL, or a run of letters long enough to be a
# key, a signature or a token. A UUID (a Fireblocks API key) has 36, Binance's shortest secret 64.
_ECHO = re.compile(r"https?://\S+|[\w.+=-]{32,}")
_CODE = re.compile(r"[\w-]{1,31}")


class VenueError(Exception):
    """A venue refused, failed or could not be understood.

    `status` is the HTTP status or None where nothing was answered, `code` the venue's own code as
    text, `detail` its message, cut and cleaned.
    """

    reason: ClassVar[str] = "venue_error"

    def __init__(
        self, venue: str, detail: str, *, status: int | None = None, code: str | None = None
    ) -> None:
        self.venue = venue
        self.status = status
        # A venue's word as well: what does not look like a code may be an echo of the request.
        self.code = code if code is None or _CODE.fullmatch(code) else "[…]"
        self.detail = clean(detail)
        said = ", ".join(
            part
            for part in (
                f"HTTP {status}" if status is not None else "",
                f"code {self.code}" if code is not None else "",
            )
            if part
        )
        super().__init__(f"{venue}: {self.reason}{f' ({said})' if said else ''}: {self.detail}")


class Transient(VenueError):  # noqa: N818 -- the vocabulary is one of adjectives, the base says Error.
    """The venue or the way to it failed; the same request may succeed later."""

    reason = "transient"


class Throttled(VenueError):  # noqa: N818 -- see Transient.
    """Too many requests; `retry_after_seconds` is what the venue asked for, if it did."""

    reason = "throttled"

    def __init__(
        self,
        venue: str,
        detail: str,
        *,
        status: int | None = None,
        code: str | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(venue, detail, status=status, code=code)
        self.retry_after_seconds = retry_after_seconds


class Banned(VenueError):  # noqa: N818 -- see Transient.
    """The venue shut out this IP address until `until` (venue time; None if it did not say)."""

    reason = "banned"

    def __init__(
        self,
        venue: str,
        detail: str,
        *,
        status: int | None = None,
        code: str | None = None,
        until: datetime | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(venue, detail, status=status, code=code)
        self.until = until
        self.retry_after_seconds = retry_after_seconds


class Unauthorised(VenueError):  # noqa: N818 -- see Transient.
    """The key is unknown, revoked, or signs wrongly: the data source cannot be read."""

    reason = "unauthorised"


class NotEnabled(VenueError):  # noqa: N818 -- see Transient.
    """The account lacks the product, or the key's role does not reach it: not the same as empty."""

    reason = "not_enabled"


class Permanent(VenueError):  # noqa: N818 -- see Transient.
    """The request is wrong, or the endpoint gone: no repetition helps."""

    reason = "permanent"


class WalkNotProven(Permanent):
    """The pages of a walk contradict themselves or the question, also when read again."""

    reason = "walk_not_proven"


def clean(message: str) -> str:
    """Return a venue's message on one line, cut, without what it may echo of the request."""
    line = _ECHO.sub("[…]", " ".join(message.split()))
    printable = "".join(letter for letter in line if letter.isprintable())
    return printable[:DETAIL_CHARACTERS_MAX]


_BINANCE_CODE = re.compile(r"-?\d+")
# Binance, binance.md A4. A code in no table is Permanent: a bug is better loud than retried.
_BINANCE_TRANSIENT = frozenset(
    [
        "-1000",
        "-1001",
        "-1004",
        "-1006",
        "-1007",
        "-1008",
        "-1016",
        "-1021",
        "-3000",
        "-3044",
        "-10001",
    ]
)
_BINANCE_THROTTLED = frozenset(["-1003", "-1015", "-4005", "-6009", "-12014"])
_BINANCE_UNAUTHORISED = frozenset(["-1002", "-1022", "-1099", "-2014", "-2015"])
# -5012 has two meanings; that of a pending transfer is told apart by its message below.
_BINANCE_NOT_ENABLED = frozenset(
    [
        "-3003",
        "-3999",
        "-4006",
        "-5011",
        "-5012",
        "-5021",
        "-10005",
        "-11001",
        "-21001",
        "100001002",
    ]
)
# The endpoint accepts narrower or later windows only: binance.md A4 "Window too wide / too old".
BINANCE_WINDOW_TOO_WIDE = frozenset(["-1127", "-3011", "-3025", "-4047", "-6021", "-6073", "-7001"])
# There is no such endpoint (any more): completeness is broken until it is replaced (A4). The second
# is what the venue says of a path that it does not know.
_BINANCE_ENDPOINT_GONE = frozenset(["-21015", "-5000"])
# The request itself is wrong, whoever asks: it says nothing about the account.
_BINANCE_BAD_REQUEST = frozenset([*(str(code) for code in range(-1149, -1099)), "-1023"])
# -1021 means a wrong clock: it is read again and the request signed anew.
BINANCE_CLOCK_CODES = frozenset({"-1021"})
_BINANCE_SUCCESS = frozenset({"200", "0", "000000", "000000000"})
# What stands beside the code of a whole answer, and not beside that of a row.
_BESIDE_A_CODE = frozenset({"msg", "message", "success", "status"})
_BANNED_UNTIL = re.compile(r"banned until (\d{13})")
_NO_SUB_ACCOUNTS = "sub-account function is not enabled"
_TRANSFER_PENDING = "pending"

# Fireblocks, fireblocks.md A.3: expired, or issued in the future.
FIREBLOCKS_CLOCK_CODES = frozenset({"-10", "-12"})

_SUCCESS_STATUS = range(200, 300)
_REDIRECT_STATUS = range(300, 400)
_FAILURE_STATUS = range(500, 600)
_TIMEOUT, _TOO_MANY, _TEAPOT, _UNAUTHORISED, _FORBIDDEN = 408, 429, 418, 401, 403


def classify_binance(status: int, headers: Mapping[str, str], body: bytes) -> VenueError | None:
    """Return what an answer of Binance means, or None where it is a success.

    Errors inside HTTP 200 are found by their inner `code` and by a `success` that is false; bodies
    that are not JSON and redirects are never a success.
    """
    document = _json(body)
    is_failure, code, message = _binance_status(document)
    if status in _SUCCESS_STATUS:
        if document is None:
            return Transient("binance", "The answer is not JSON.", status=status)
        if not is_failure:
            return None
    detail = message or _without_message(status, document)
    retry_after = _retry_after(headers)
    ban = _BANNED_UNTIL.search(detail)
    if status == _TEAPOT or ban:
        until = datetime.fromtimestamp(int(ban[1]) / 1000, UTC) if ban else None
        return Banned(
            "binance",
            detail,
            status=status,
            code=code,
            until=until,
            retry_after_seconds=retry_after,
        )
    if status == _TOO_MANY or code in _BINANCE_THROTTLED:
        return Throttled(
            "binance", detail, status=status, code=code, retry_after_seconds=retry_after
        )
    return _binance_kind(status, code, detail)("binance", detail, status=status, code=code)


def _binance_kind(status: int, code: str | None, detail: str) -> type[VenueError]:
    """Return the class by the code first: Binance answers most of its errors with HTTP 400."""
    lowered = detail.lower()
    if code == "-5012" and _TRANSFER_PENDING in lowered:
        return Transient
    if code in _BINANCE_NOT_ENABLED or _NO_SUB_ACCOUNTS in lowered:
        return NotEnabled
    if code in _BINANCE_UNAUTHORISED:
        return Unauthorised
    if code in _BINANCE_TRANSIENT or status in _FAILURE_STATUS or status == _TIMEOUT:
        return Transient
    if status == _UNAUTHORISED:
        return Unauthorised
    return Permanent


def is_refused_for_good(error: VenueError) -> bool:
    """Return whether Binance itself refuses what was asked rightly: not so this time, but always.

    That takes a code of its own that is about who asks. A firewall (403) and a gateway have none,
    and an endpoint that is gone is gone for those, too, who have a part in what it told.
    """
    if isinstance(error, NotEnabled):
        return True
    if not isinstance(error, Permanent) or isinstance(error, WalkNotProven):
        return False
    if not _BINANCE_CODE.fullmatch(error.code or "") or error.status == _FORBIDDEN:
        return False
    about_the_question = _BINANCE_BAD_REQUEST | BINANCE_WINDOW_TOO_WIDE
    return error.code not in about_the_question | _BINANCE_ENDPOINT_GONE | _BINANCE_SUCCESS


def classify_fireblocks(status: int, headers: Mapping[str, str], body: bytes) -> VenueError | None:
    """Return what an answer of Fireblocks means, or None where it is a success.

    The content type is not trusted: some 401 answers are sent as octet streams.
    """
    document = _json(body)
    if status in _SUCCESS_STATUS:
        if document is None:
            return Transient("fireblocks", "The answer is not JSON.", status=status)
        return None
    code, message = _fireblocks_code(document)
    detail = message or _without_message(status, document)
    if status == _TOO_MANY:
        return Throttled(
            "fireblocks",
            detail,
            status=status,
            code=code,
            retry_after_seconds=_retry_after(headers),
        )
    kind: type[VenueError] = Permanent
    if status == _FORBIDDEN and _is_said_by_fireblocks(code, message):
        kind = NotEnabled
    elif status == _UNAUTHORISED:
        kind = Transient if code in FIREBLOCKS_CLOCK_CODES else Unauthorised
    elif status in _FAILURE_STATUS or status == _TIMEOUT:
        kind = Transient
    return kind("fireblocks", detail, status=status, code=code)


def _json(body: bytes) -> Any:
    """Return the document, or None where the body is not JSON; numbers stay text."""
    try:
        return json.loads(body.decode(), parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None


def _binance_status(document: Any) -> tuple[bool, str | None, str]:
    """Return whether a body tells of a failure, and its code and message.

    A `code` is the status of the answer where it stands alone or beside what goes with a status,
    null or not; else it may be a field of a row.
    """
    if not isinstance(document, dict):
        return False, None, ""
    message = str(document.get("msg") or document.get("message") or "")
    says_no = str(document.get("success")).lower() == "false"
    if "code" not in document or (len(document) > 1 and document.keys().isdisjoint(_BESIDE_A_CODE)):
        return says_no, None, message if says_no else ""
    code = document["code"]
    is_failure = says_no or str(code) not in _BINANCE_SUCCESS
    return is_failure, None if code is None else str(code), message


def _fireblocks_code(document: Any) -> tuple[str | None, str]:
    """Return code and message of the classic body, or type and message of the newer families."""
    if not isinstance(document, dict):
        return None, ""
    inner = document.get("error")
    if isinstance(inner, dict):
        return str(inner.get("type", "")) or None, str(inner.get("message", ""))
    code = document.get("code")
    return None if code is None else str(code), str(document.get("message", ""))


def _is_said_by_fireblocks(code: str | None, message: str) -> bool:
    """Return whether a body tells more than a gateway's: HTML has neither of the two.

    The venue's own may lack a code (A.3), but no gateway in front of it says more than one word.
    """
    return code is not None or message.strip().lower() not in {"", "forbidden"}


def _without_message(status: int, document: Any) -> str:
    if status in _REDIRECT_STATUS:
        return "The venue answered with a redirect, which is never followed."
    if document is None:
        return "The answer is not JSON: a gateway or firewall spoke, not the venue."
    return "The venue gave no message."


def _retry_after(headers: Mapping[str, str]) -> int | None:
    """Return the seconds of Retry-After; its date form is not used by these venues."""
    text = headers.get("retry-after", "").strip()
    return int(text) if re.fullmatch(r"\d{1,7}", text) else None
