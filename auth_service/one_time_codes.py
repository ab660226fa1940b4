"""Where one-time codes live and how often they may be asked for and guessed: one protocol.

Its two implementations are `redis_codes.py` (wherever REDIS_URL is set) and `postgres_codes.py`;
one contract test runs over both. What is kept are keyed hashes that `email_otp.py` makes: a store
that is read by a stranger tells neither an address nor a code. Each call is atomic: parallel
guesses are counted one after the other, before they are compared.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

HOUR_SECONDS = 3600
DAY_SECONDS = 86_400


class StoreUnavailable(Exception):  # noqa: N818 -- the vocabulary of the design has no suffixes.
    """The store cannot be asked. Whoever meets this refuses: nothing is open because it is down."""


class Outcome(StrEnum):
    """What became of an entered code."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    # The day's failures are used up: not even the right code is accepted.
    LOCKED = "locked"


@dataclass(frozen=True)
class Limits:
    """How long a code lives and how often it, and its address, may be tried."""

    ttl_seconds: int
    attempts_max: int
    requests_per_hour: int
    failures_per_day: int


class OneTimeCodes(Protocol):
    """Codes by subject (the keyed hash of an address) and challenge (one request for a code).

    Hours and days are moving windows: what happened longer ago than that does not count.
    """

    def issue(self, subject: str, challenge_id: str, digest: str) -> int:
        """Keep a code's digest; return 0, or the seconds to wait where the hour's are used up.

        Raises:
            StoreUnavailable: nothing is known, so no code may be sent.

        """
        ...

    def redeem(self, subject: str, challenge_id: str | None, digest: str) -> Outcome:
        """Count an attempt, then compare; a code is gone once accepted or tried too often.

        Without a challenge the subject's newest code is meant, and no older one. What no living
        code stands behind is refused and not counted: there is nothing to guess.

        Raises:
            StoreUnavailable: nothing is known, so nobody may sign in.

        """
        ...

    def ping(self) -> None:
        """Ask the store for a sign of life.

        Raises:
            StoreUnavailable: it gives none.

        """
        ...

    def close(self) -> None:
        """Give back what the store holds open; nothing is asked of it afterwards."""
        ...
