"""Sign-in by a code that is mailed: six digits, minutes of life, few guesses, one use.

The same work is done for an address that has an account and one that has none; the account is made
when a code was right. What is kept of an address and a code are hashes keyed with a pepper that no
store holds (from SECRET_KEY), because six digits can be guessed under any other hash.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from auth_service.one_time_codes import OneTimeCodes, Outcome

CODE_DIGITS = 6
CHALLENGE_BYTES = 16
PEPPER_PURPOSE = "one-time codes"


class TooManyCodes(Exception):  # noqa: N818 -- the vocabulary of the design has no suffixes.
    """The address has asked for as many codes as an hour allows."""

    def __init__(self, wait_seconds: int) -> None:
        self.wait_seconds = wait_seconds
        super().__init__(f"Too many codes; the next one in {wait_seconds} s.")


class WrongCode(Exception):  # noqa: N818 -- as above.
    """The code is wrong, used, replaced or expired; which of them is not told."""


class TooManyFailures(Exception):  # noqa: N818 -- as above.
    """So many wrong codes were entered for the address that none is accepted today."""


@dataclass(frozen=True)
class Challenge:
    """One request for a code."""

    challenge_id: str
    code: str = field(repr=False)


class EmailCodes:
    """Issues codes and checks them."""

    def __init__(self, codes: OneTimeCodes, pepper: bytes) -> None:
        self._codes = codes
        self._pepper = pepper

    def request(self, email: str) -> Challenge:
        """Make a code for an address in its canonical form; the caller mails it.

        Raises:
            TooManyCodes: the hour's are used up; nothing was made.
            StoreUnavailable: nothing was made.

        """
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        challenge = Challenge(secrets.token_urlsafe(CHALLENGE_BYTES), code)
        wait_seconds = self._codes.issue(
            self.subject(email), challenge.challenge_id, self._hash("code", email, code)
        )
        if wait_seconds:
            raise TooManyCodes(wait_seconds)
        return challenge

    def verify(self, email: str, code: str, challenge_id: str | None) -> None:
        """Use up a code; returning means that it was right.

        Raises:
            WrongCode, TooManyFailures: it was not, or is not accepted.
            StoreUnavailable: it could not be checked.

        """
        outcome = self._codes.redeem(
            self.subject(email), challenge_id, self._hash("code", email, code)
        )
        if outcome is Outcome.LOCKED:
            raise TooManyFailures
        if outcome is not Outcome.ACCEPTED:
            raise WrongCode

    def subject(self, email: str) -> str:
        """Return what stands for a canonical address in a store: a hash nobody can turn round."""
        return self._hash("address", email)

    def _hash(self, *parts: str) -> str:
        """Return a keyed hash of the parts; none of them can hold the line end between them."""
        return hmac.new(self._pepper, "\n".join(parts).encode(), hashlib.sha256).hexdigest()
