"""What is kept for minutes by its key: sign-ins under way elsewhere, and sessions that have ended.

One protocol with two implementations, Redis wherever REDIS_URL is set and Postgres in development;
one contract test runs over both. Values are not secret for longer than they live.
"""

from enum import StrEnum
from typing import Any, Protocol, cast

import psycopg
import redis
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from auth_service.one_time_codes import StoreUnavailable

NAMESPACE = "coinfrs"
TIMEOUT_SECONDS = 2.0


class Kind(StrEnum):
    """What a key names; each kind has a namespace of its own."""

    STATE = "oauth-state"
    ENDED_SESSION = "ended-session"


class ShortLived(Protocol):
    """Values by kind and key, each for so many seconds. Every call may raise StoreUnavailable."""

    def put(self, kind: Kind, key: str, value: str, *, seconds: int) -> None:
        """Keep a value, in place of an older one."""
        ...

    def take(self, kind: Kind, key: str) -> str | None:
        """Return a value and forget it, in one step: of parallel takers one gets it."""
        ...

    def has(self, kind: Kind, key: str) -> bool:
        """Tell whether a value is kept."""
        ...

    def close(self) -> None:
        """Give back what the store holds open."""
        ...


class RedisShortLived:
    """The values in the Redis server of REDIS_URL, where they expire by themselves."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
        )

    def put(self, kind: Kind, key: str, value: str, *, seconds: int) -> None:
        """Keep a value; see `ShortLived.put`."""
        self._run("SET", _name(kind, key), value, "EX", seconds)

    def take(self, kind: Kind, key: str) -> str | None:
        """Return a value and forget it; see `ShortLived.take`."""
        return cast("str | None", self._run("GETDEL", _name(kind, key)))

    def has(self, kind: Kind, key: str) -> bool:
        """Tell whether a value is kept."""
        return bool(self._run("EXISTS", _name(kind, key)))

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def _run(self, *command: str | int) -> Any:
        try:
            return cast("Any", self._redis).execute_command(*command)
        except redis.RedisError as error:
            failure = type(error).__name__
        raise StoreUnavailable(f"Redis does not answer ({failure}).")


_SWEEP = text("""
    delete from auth.short_lived where (kind, key) in (
        select kind, key from auth.short_lived where expires_at <= clock_timestamp()
        limit 100 for update skip locked)
""")
_PUT = text("""
    insert into auth.short_lived (kind, key, value, expires_at)
    values (:kind, :key, :value, clock_timestamp() + make_interval(secs => :seconds))
    on conflict (kind, key) do update set value = excluded.value, expires_at = excluded.expires_at
""")
_TAKE = text("""
    delete from auth.short_lived where kind = :kind and key = :key
    returning value, expires_at > clock_timestamp() as is_alive
""")
_HAS = text("""
    select exists (select from auth.short_lived
                   where kind = :kind and key = :key and expires_at > clock_timestamp())
""")


class PostgresShortLived:
    """The values in an unlogged table of the schema `auth`, for development without Redis."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, kind: Kind, key: str, value: str, *, seconds: int) -> None:
        """Keep a value; see `ShortLived.put`."""
        self._run(_SWEEP)
        self._run(_PUT, kind=kind.value, key=key, value=value, seconds=seconds)

    def take(self, kind: Kind, key: str) -> str | None:
        """Return a value and forget it; see `ShortLived.take`."""
        [*rows] = self._run(_TAKE, kind=kind.value, key=key)
        return str(rows[0].value) if rows and rows[0].is_alive else None

    def has(self, kind: Kind, key: str) -> bool:
        """Tell whether a value is kept."""
        return bool(self._run(_HAS, kind=kind.value, key=key)[0][0])

    def close(self) -> None:
        """Do nothing: the engine belongs to whoever made it."""

    def _run(self, statement: Any, **parameters: str | int) -> Any:
        try:
            with self._engine.begin() as connection:
                result = connection.execute(statement, parameters)
                return result.all() if result.returns_rows else []
        except (SQLAlchemyError, psycopg.Error) as error:
            failure = type(error).__name__
        raise StoreUnavailable(f"The database does not answer ({failure}).")


def _name(kind: Kind, key: str) -> str:
    return f"{NAMESPACE}:{kind.value}:{key}"
