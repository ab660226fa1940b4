"""Sessions: one per sign-in, renewed by refresh tokens that are used once, ended for good.

A refresh token is 256 random bits, of which the SHA-256 is stored. Renewing uses it up by one
conditional update, so of parallel renewals one wins. A used token that comes again ends the session
and its access tokens, for somebody else has it, too; only within a short grace it is taken for a
race that a second tab lost. However often it is renewed, a session ends at its absolute age.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Engine, Row, text

from auth_service.settings import AuthSettings
from auth_service.short_lived import Kind, ShortLived

TOKEN_BYTES = 32
# An access token that is being issued while its session ends must not outlive the denylist.
_DENIED_LONGER_SECONDS = 60
Method = Literal["code", "google", "legacy_password"]

_START = text("""
    insert into auth.sessions (id, user_id, method, expires_at)
    values (:session, :user, :method, clock_timestamp() + make_interval(secs => :absolute))
""")
_SWEEP = text("""
    delete from auth.sessions where id in (
        select id from auth.sessions where expires_at <= clock_timestamp()
        limit 100 for update skip locked)
""")
# A token lives no longer than its session.
_ADD = text("""
    insert into auth.refresh_tokens (digest, session_id, expires_at)
    select :digest, id, least(expires_at, clock_timestamp() + make_interval(secs => :life))
    from auth.sessions where id = :session
    returning greatest(1, ceil(extract(epoch from expires_at - clock_timestamp())))::integer
""")
_USE = text("""
    update auth.refresh_tokens as t set used_at = clock_timestamp()
    from auth.sessions as s
    where t.digest = :digest and t.used_at is null and t.expires_at > clock_timestamp()
      and s.id = t.session_id and s.ended_at is null
    returning s.id, s.user_id
""")
_FIND = text("""
    select t.session_id, s.user_id, t.used_at is not null as is_used,
           t.used_at > clock_timestamp() - make_interval(secs => :grace) as is_recent
    from auth.refresh_tokens as t join auth.sessions as s on s.id = t.session_id
    where t.digest = :digest
""")
_END = text("""
    update auth.sessions set ended_at = clock_timestamp(), end_reason = :reason
    where id = :session and ended_at is null
""")


class InvalidRefresh(Exception):  # noqa: N818 -- the vocabulary of the design has no suffixes.
    """The refresh token is unknown, expired or used, or its session has ended."""


class LostRace(InvalidRefresh):
    """The refresh token was used a moment ago: the answer to that request holds the next one."""


@dataclass(frozen=True)
class Renewed:
    """The next refresh token of a session, which lives so many seconds."""

    session_id: UUID
    user_id: UUID
    refresh_token: str = field(repr=False)
    lives_seconds: int


class Sessions:
    """The tables `auth.sessions` and `auth.refresh_tokens`, and the denylist of ended sessions."""

    def __init__(self, engine: Engine, ended: ShortLived, settings: AuthSettings) -> None:
        self._engine = engine
        self._ended = ended
        self._settings = settings

    def start(self, user_id: UUID, method: Method) -> Renewed:
        """Begin a session of a user who has just signed in."""
        session_id, token = uuid4(), _token()
        with self._engine.begin() as connection:
            connection.execute(_SWEEP)
            connection.execute(
                _START,
                {
                    "session": session_id,
                    "user": user_id,
                    "method": method,
                    "absolute": self._settings.refresh_absolute_seconds,
                },
            )
            lives = connection.execute(_ADD, self._new(token, session_id)).scalar_one()
        return Renewed(session_id, user_id, token, lives)

    def renew(self, refresh_token: str) -> Renewed:
        """Use up a refresh token for the next one of its session.

        Raises:
            LostRace: it was used moments ago; nothing has ended.
            InvalidRefresh: it is none; where it was used before, its session has now ended.
            StoreUnavailable: the session could not be put on the denylist, and goes on.

        """
        token = _token()
        with self._engine.begin() as connection:
            row = connection.execute(_USE, {"digest": _digest(refresh_token)}).one_or_none()
            if row is not None:
                lives = connection.execute(_ADD, self._new(token, row.id)).scalar_one()
                return Renewed(row.id, row.user_id, token, lives)
        found = self._find(refresh_token)
        if found is None or not found.is_used:
            raise InvalidRefresh
        if found.is_recent:
            raise LostRace
        structlog.get_logger().warning(
            "refresh_token_reused", session_id=str(found.session_id), user_id=str(found.user_id)
        )
        self.end(found.session_id, "reuse")
        raise InvalidRefresh

    def end(self, session_id: UUID, reason: Literal["logout", "reuse"]) -> None:
        """End a session: its refresh tokens, and its access tokens before their time.

        Raises:
            StoreUnavailable: it goes on.

        """
        seconds = self._settings.access_ttl_seconds + _DENIED_LONGER_SECONDS
        self._ended.put(Kind.ENDED_SESSION, str(session_id), reason, seconds=seconds)
        with self._engine.begin() as connection:
            connection.execute(_END, {"session": session_id, "reason": reason})

    def of_token(self, refresh_token: str) -> UUID | None:
        """Return the session that a refresh token belongs to, whether or not it still serves."""
        found = self._find(refresh_token)
        return None if found is None else UUID(str(found.session_id))

    def has_ended(self, session_id: UUID) -> bool:
        """Tell whether access tokens of a session are void.

        Raises:
            StoreUnavailable: nothing is known, so none is accepted.

        """
        return self._ended.has(Kind.ENDED_SESSION, str(session_id))

    def _find(self, refresh_token: str) -> Row[Any] | None:
        with self._engine.connect() as connection:
            return connection.execute(
                _FIND,
                {
                    "digest": _digest(refresh_token),
                    "grace": self._settings.refresh_grace_seconds,
                },
            ).one_or_none()

    def _new(self, token: str, session_id: UUID) -> dict[str, object]:
        return {
            "digest": _digest(token),
            "session": session_id,
            "life": self._settings.refresh_ttl_seconds,
        }


def _token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
