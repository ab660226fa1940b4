"""One-time codes in Postgres, for development without Redis: codes unlogged, limits logged.

A lock per subject, held to the end of the transaction, puts parallel calls one after the other; an
answer leaves only after what it counted is committed.
"""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from auth_service.one_time_codes import (
    DAY_SECONDS,
    HOUR_SECONDS,
    Limits,
    Outcome,
    StoreUnavailable,
)

_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:subject, 0))")
# One sweeper at a time: two could wait for each other's rows.
_MAY_SWEEP = text("select pg_try_advisory_xact_lock(hashtextextended('auth.one_time_codes', 1))")
_SWEEP = (
    text("delete from auth.one_time_codes where expires_at <= clock_timestamp()"),
    text(
        "delete from auth.code_events"
        " where happened_at <= clock_timestamp() - make_interval(secs => :day)"
    ).bindparams(day=DAY_SECONDS),
)
# How many there were, and the seconds until the oldest of them leaves the window.
_COUNT = text("""
    select count(*),
           coalesce(ceil(extract(epoch from
               min(happened_at) + make_interval(secs => :window) - clock_timestamp())), 0)::integer
    from auth.code_events
    where subject = :subject and kind = :kind
      and happened_at > clock_timestamp() - make_interval(secs => :window)
""")
_RECORD = text("insert into auth.code_events (subject, kind) values (:subject, :kind)")
_KEEP = text("""
    insert into auth.one_time_codes (subject, challenge_id, digest, expires_at)
    values (:subject, :challenge, :digest, clock_timestamp() + make_interval(secs => :life))
""")
# A used code's row stays until it expires, so that no older one becomes the newest.
_FIND = text("""
    select challenge_id
    from auth.one_time_codes
    where subject = :subject and expires_at > clock_timestamp() and digest is not null
      and challenge_id = coalesce(:challenge, (
          select challenge_id from auth.one_time_codes
          where subject = :subject order by issued_at desc limit 1))
""")
_COUNT_ATTEMPT = text("""
    update auth.one_time_codes set attempts = attempts + 1
    where subject = :subject and challenge_id = :challenge
    returning attempts, digest
""")
_CLOSE = text("""
    update auth.one_time_codes set digest = null
    where subject = :subject and challenge_id = :challenge
""")


class PostgresCodes:
    """One-time codes in the schema `auth`, through an engine in the role `coinfrs_auth`."""

    def __init__(self, engine: Engine, limits: Limits) -> None:
        self._engine = engine
        self._limits = limits

    def close(self) -> None:
        """Do nothing: the engine belongs to whoever made it."""

    def issue(self, subject: str, challenge_id: str, digest: str) -> int:
        """Keep a code's digest; see `OneTimeCodes.issue`."""
        with self._locked(subject) as connection:
            if connection.execute(_MAY_SWEEP).scalar_one():
                for statement in _SWEEP:
                    connection.execute(statement)
            asked, wait_seconds = self._count(connection, subject, "request", HOUR_SECONDS)
            if asked >= self._limits.requests_per_hour:
                return max(1, wait_seconds)
            connection.execute(_RECORD, {"subject": subject, "kind": "request"})
            connection.execute(
                _KEEP,
                {
                    "subject": subject,
                    "challenge": challenge_id,
                    "digest": digest,
                    "life": self._limits.ttl_seconds,
                },
            )
        return 0

    def redeem(self, subject: str, challenge_id: str | None, digest: str) -> Outcome:
        """Count an attempt, then compare; see `OneTimeCodes.redeem`."""
        with self._locked(subject) as connection:
            found = connection.execute(
                _FIND, {"subject": subject, "challenge": challenge_id}
            ).one_or_none()
            if found is None:
                return Outcome.REFUSED
            failed, _ = self._count(connection, subject, "failure", DAY_SECONDS)
            if failed >= self._limits.failures_per_day:
                return Outcome.LOCKED
            code = {"subject": subject, "challenge": found.challenge_id}
            attempts, known = connection.execute(_COUNT_ATTEMPT, code).one()
            is_right = attempts <= self._limits.attempts_max and hmac.compare_digest(known, digest)
            if is_right or attempts >= self._limits.attempts_max:
                connection.execute(_CLOSE, code)
            if not is_right:
                connection.execute(_RECORD, {"subject": subject, "kind": "failure"})
        return Outcome.ACCEPTED if is_right else Outcome.REFUSED

    def ping(self) -> None:
        """Ask the server for a sign of life; see `OneTimeCodes.ping`."""
        with self._transaction() as connection:
            connection.execute(text("select 1 from auth.one_time_codes limit 1"))

    @staticmethod
    def _count(
        connection: Connection, subject: str, kind: str, window_seconds: int
    ) -> tuple[int, int]:
        count, wait_seconds = connection.execute(
            _COUNT, {"subject": subject, "kind": kind, "window": window_seconds}
        ).one()
        return count, wait_seconds

    @contextmanager
    def _locked(self, subject: str) -> Iterator[Connection]:
        with self._transaction() as connection:
            connection.execute(_LOCK, {"subject": subject})
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, psycopg.Error) as error:
            failure = type(error).__name__
        else:
            return
        raise StoreUnavailable(f"The database does not answer ({failure}).")
