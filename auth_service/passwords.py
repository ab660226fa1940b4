"""Passwords of before, for users who have not moved to mailed codes yet; off by default.

Argon2id with OWASP's parameters; bcrypt hashes of an older system are checked and replaced at the
next sign-in. Checking costs the same for an account without a password. Left out: changing and
resetting one, because the way from here is a code.
"""

import os

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher
from sqlalchemy import Engine, text

from auth_service.users import User

# OWASP's second choice: 19 MiB a check, so that a flood of them stays small.
_MEMORY_KIB, _PASSES, _LANES = 19_456, 2, 1
CHECKS_AT_ONCE = max(1, min(4, os.cpu_count() or 1))

_FIND = text("""
    select id, email, created_at, token_epoch, password_hash,
           email_verified_at is not null as is_proven
    from auth.users where email = :email
""")
# Of a proven address nothing changes; of one that nobody has proven the newest registration counts.
_REGISTER = text("""
    insert into auth.users (email, password_hash, registration_challenge)
    values (:email, :hash, :challenge)
    on conflict (email) do update
    set password_hash = excluded.password_hash,
        registration_challenge = excluded.registration_challenge
    where auth.users.email_verified_at is null and auth.users.registration_challenge is not null
""")
_REPLACE = text("update auth.users set password_hash = :hash where id = :id")


class WrongPassword(Exception):  # noqa: N818 -- the vocabulary of the design has no suffixes.
    """The address or the password is wrong, or the address is not proven; which is not told."""


class Passwords:
    """The column `auth.users.password_hash`; each call hashes, so call it `CHECKS_AT_ONCE` wide."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._hasher = PasswordHash(
            (
                Argon2Hasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES),
                BcryptHasher(),
            )
        )
        self._nobodys = self._hasher.hash(os.urandom(16).hex())

    def register(self, email: str, password: str, challenge_id: str) -> None:
        """Keep a password that counts once somebody answers that code request."""
        kept = self._hasher.hash(password)
        with self._engine.begin() as connection:
            connection.execute(_REGISTER, {"email": email, "hash": kept, "challenge": challenge_id})

    def check(self, email: str, password: str) -> User:
        """Return the user of an address and its password.

        Raises:
            WrongPassword: there is none, or the address was never proven.

        """
        with self._engine.connect() as connection:
            row = connection.execute(_FIND, {"email": email}).one_or_none()
        known = row.password_hash if row is not None else None
        is_right, renewed = self._verify(password, known or self._nobodys)
        if row is None or known is None or not is_right or not row.is_proven:
            raise WrongPassword
        if renewed is not None:
            with self._engine.begin() as connection:
                connection.execute(_REPLACE, {"id": row.id, "hash": renewed})
        return User(row.id, row.email, row.created_at, row.token_epoch)

    def _verify(self, password: str, known: str) -> tuple[bool, str | None]:
        try:
            return self._hasher.verify_and_update(password, known)
        except (PwdlibError, ValueError):
            # A hash of another kind, or more than bcrypt's 72 bytes: no password is right then.
            return False, None
