"""One-time codes in Redis: each call is one Lua script, so nothing comes between count and compare.

The three keys of a subject share a hash tag, so that a cluster keeps them together. Every key
expires by itself. Times are the server's own.
"""

from typing import Any, cast

import redis

from auth_service.one_time_codes import (
    DAY_SECONDS,
    HOUR_SECONDS,
    Limits,
    Outcome,
    StoreUnavailable,
)

NAMESPACE = "coinfrs:one-time-code"
TIMEOUT_SECONDS = 2.0

# KEYS codes, requests, failures. A field of `codes` is "c:" and the challenge, its value
# "expiry in ms|attempts|digest"; the field "newest" names the challenge that came last.
_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local codes, requests, failures = KEYS[1], KEYS[2], KEYS[3]
"""

# ARGV challenge, digest, code's life in ms, requests per hour, hour in ms.
_ISSUE = (
    _NOW
    + """
local challenge, digest, life, allowed, hour =
    ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
redis.call('ZREMRANGEBYSCORE', requests, '-inf', now - hour)
if redis.call('ZCARD', requests) >= allowed then
    local oldest = redis.call('ZRANGE', requests, 0, 0, 'WITHSCORES')[2]
    return math.max(1, math.ceil((oldest + hour - now) / 1000))
end
redis.call('ZADD', requests, now, challenge)
redis.call('PEXPIRE', requests, hour)
for _, field in ipairs(redis.call('HKEYS', codes)) do
    local expiry = string.match(redis.call('HGET', codes, field), '^(%d+)|')
    if expiry and tonumber(expiry) <= now then redis.call('HDEL', codes, field) end
end
redis.call('HSET', codes, 'c:' .. challenge, (now + life) .. '|0|' .. digest, 'newest', challenge)
redis.call('PEXPIRE', codes, life)
return 0
"""
)

# ARGV challenge or '', digest, attempts per code, failures per day, day in ms.
_REDEEM = (
    _NOW
    + """
local challenge, digest, tries, allowed, day =
    ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if challenge == '' then challenge = redis.call('HGET', codes, 'newest') or '' end
local field = 'c:' .. challenge
local expiry, attempts, known =
    string.match(redis.call('HGET', codes, field) or '', '^(%d+)|(%d+)|(%x+)$')
if not expiry or tonumber(expiry) <= now then return 'refused' end
redis.call('ZREMRANGEBYSCORE', failures, '-inf', now - day)
if redis.call('ZCARD', failures) >= allowed then return 'locked' end
attempts = attempts + 1
redis.call('HSET', codes, field, expiry .. '|' .. attempts .. '|' .. known)
if attempts <= tries and known == digest then
    redis.call('HDEL', codes, field)
    return 'accepted'
end
redis.call('ZADD', failures, now, challenge .. ':' .. attempts)
redis.call('PEXPIRE', failures, day)
if attempts >= tries then redis.call('HDEL', codes, field) end
return 'refused'
"""
)


class RedisCodes:
    """One-time codes in the Redis server of REDIS_URL."""

    def __init__(self, url: str, limits: Limits) -> None:
        self._limits = limits
        self._redis = redis.Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
        )
        self._issue = self._redis.register_script(_ISSUE)
        self._redeem = self._redis.register_script(_REDEEM)

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def issue(self, subject: str, challenge_id: str, digest: str) -> int:
        """Keep a code's digest; see `OneTimeCodes.issue`."""
        answer = self._run(
            self._issue,
            subject,
            challenge_id,
            digest,
            self._limits.ttl_seconds * 1000,
            self._limits.requests_per_hour,
            HOUR_SECONDS * 1000,
        )
        return int(answer)

    def redeem(self, subject: str, challenge_id: str | None, digest: str) -> Outcome:
        """Count an attempt, then compare; see `OneTimeCodes.redeem`."""
        answer = self._run(
            self._redeem,
            subject,
            challenge_id or "",
            digest,
            self._limits.attempts_max,
            self._limits.failures_per_day,
            DAY_SECONDS * 1000,
        )
        return Outcome(answer)

    def ping(self) -> None:
        """Ask the server for a sign of life; see `OneTimeCodes.ping`."""
        try:
            self._redis.ping()
        except redis.RedisError as error:
            failure = type(error).__name__
        else:
            return
        raise StoreUnavailable(f"Redis does not answer ({failure}).")

    def _run(self, script: Any, subject: str, *arguments: str | int) -> Any:
        keys = [f"{NAMESPACE}:{{{subject}}}:{part}" for part in ("codes", "requests", "failures")]
        try:
            return cast("Any", script(keys=keys, args=arguments))
        except redis.RedisError as error:
            failure = type(error).__name__
        raise StoreUnavailable(f"Redis does not answer ({failure}).")
