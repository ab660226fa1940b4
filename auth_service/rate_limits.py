"""How often one may knock: moving windows, counted in Redis wherever REDIS_URL is set.

The counting is the library `limits`; without Redis, in development, it counts in this process.
Venues, too, are asked only so often on behalf of one person. What an e-mail address may ask for is
counted with its codes (`one_time_codes.py`). A store that is down lets nobody through. Who knocks
is the peer's address, and behind TRUSTED_PROXIES the one that the nearest of them saw
(`__main__.py`); an IPv6 network of 64 bits counts as one.
"""

import ipaddress
import math
import time

import redis
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from pydantic import SecretStr

from auth_service.one_time_codes import StoreUnavailable
from auth_service.settings import AuthSettings

PREFIX = "coinfrs:limit"
TIMEOUT_SECONDS = 2.0
# What a household or an office shares.
_IPV6_PREFIX = 64
_ALARM_ONCE_IN_SECONDS = 60
_STORE_ERRORS = (StorageError, redis.RedisError)
# ASVS 6.3.1: guesses at one account's password.
_PASSWORDS_PER_HOUR = 10
# Each one is several requests to a venue, from an address that all our users share there.
PROOFS_PER_HOUR = 20


class TooManyRequests(Exception):  # noqa: N818 -- the vocabulary of the design has no suffixes.
    """The limit is reached; nothing was counted for this request."""

    def __init__(self, wait_seconds: int) -> None:
        self.wait_seconds = wait_seconds
        super().__init__(f"Too many requests; the next one in {wait_seconds} s.")


class RateLimits:
    """The limits of one service: by address of origin, account and person, and over all of it."""

    def __init__(self, settings: AuthSettings) -> None:
        self._strategy = MovingWindowRateLimiter(_storage(settings.redis_url))
        self._by_origin = RateLimitItemPerMinute(settings.ip_limit_per_minute)
        self._failures = RateLimitItemPerHour(settings.otp_alarm_failures_per_hour)
        self._passwords = RateLimitItemPerHour(_PASSWORDS_PER_HOUR)
        self._proofs = RateLimitItemPerHour(PROOFS_PER_HOUR)
        self._last_alarm = -math.inf

    def admit(self, host: str | None) -> None:
        """Count a request to sign in from a peer's address.

        Raises:
            TooManyRequests: its minute is full.
            StoreUnavailable: nothing is known, so nobody is let through.

        """
        self._hit(self._by_origin, "origin", origin_of(host))

    def admit_password(self, subject: str) -> None:
        """Count an attempt at the password of an account, named by a keyed hash of its address.

        Raises:
            TooManyRequests, StoreUnavailable: as `admit`.

        """
        self._hit(self._passwords, "password", subject)

    def admit_proof(self, user_id: str) -> None:
        """Count a question to a venue about a key, by who has it asked.

        Raises:
            TooManyRequests, StoreUnavailable: as `admit`.

        """
        self._hit(self._proofs, "proof", user_id)

    def failed(self) -> bool:
        """Count a wrong code of any address; return whether it is time to raise the alarm."""
        is_few = self._count(self._failures, "wrong codes")
        now = time.monotonic()
        if is_few or now - self._last_alarm < _ALARM_ONCE_IN_SECONDS:
            return False
        self._last_alarm = now
        return True

    def _hit(self, limit: RateLimitItem, *names: str) -> None:
        if self._count(limit, *names):
            return
        reset = self._strategy.get_window_stats(limit, *names).reset_time
        raise TooManyRequests(max(1, math.ceil(reset - time.time())))

    def _count(self, limit: RateLimitItem, *names: str) -> bool:
        try:
            return self._strategy.hit(limit, *names)
        except _STORE_ERRORS as error:
            failure = type(error).__name__
        raise StoreUnavailable(f"The counter of requests does not answer ({failure}).")


def origin_of(host: str | None) -> str:
    """Return what counts as one origin: an IPv4 address or an IPv6 network."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
        address = address.ipv4_mapped
    return str(address)


def _storage(redis_url: SecretStr | None) -> MemoryStorage | RedisStorage:
    if redis_url is None:
        return MemoryStorage(wrap_exceptions=True)
    url = redis_url.get_secret_value()
    if url.startswith("unix:"):
        url = f"redis+{url}"
    return RedisStorage(
        url,
        key_prefix=PREFIX,
        wrap_exceptions=True,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
    )
