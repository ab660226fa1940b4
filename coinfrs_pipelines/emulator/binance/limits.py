"""The weight buckets of the emulated Binance, in calendar windows of the venue's clock.

Every caller of an emulator has one address, so that an IP bucket is one counter. Who goes on after
having been refused is banned, each time for longer. A held clock never opens a new window.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.wire import EPOCH, milliseconds

REFUSALS_BEFORE_BAN = 5
FIRST_BAN = timedelta(minutes=2)
LONGEST_BAN = timedelta(days=3)


@dataclass(frozen=True)
class Bucket:
    """A kind of weight limit, and the header that tells what is used of it."""

    limit: int
    window: timedelta
    header: str
    # The paths that share it begin so; without, each endpoint has its own.
    shared_by: str = ""
    # Whether it counts by account rather than by address.
    is_per_account: bool = False

    def key(self, path: str, account_ref: str) -> str:
        """Return what the counter of a request is kept under."""
        place = self.shared_by or path
        return f"{self.header} {place} {account_ref if self.is_per_account else ''}"


MINUTE = timedelta(minutes=1)
# One host each, with the same header; here they are one server, and their paths keep them apart.
SPOT = Bucket(6_000, MINUTE, "X-MBX-USED-WEIGHT-1M", shared_by="/api")
FAPI = Bucket(2_400, MINUTE, "X-MBX-USED-WEIGHT-1M", shared_by="/fapi")
DAPI = Bucket(2_400, MINUTE, "X-MBX-USED-WEIGHT-1M", shared_by="/dapi")
EAPI = Bucket(2_400, MINUTE, "X-MBX-USED-WEIGHT-1M", shared_by="/eapi")
PAPI = Bucket(6_000, MINUTE, "X-MBX-USED-WEIGHT-1M", shared_by="/papi")
SAPI_IP = Bucket(12_000, MINUTE, "X-SAPI-USED-IP-WEIGHT-1M")
SAPI_UID = Bucket(180_000, MINUTE, "X-SAPI-USED-UID-WEIGHT-1M", is_per_account=True)
SAPI_UID_SECOND = Bucket(
    180_000, timedelta(seconds=1), "X-SAPI-USED-UID-WEIGHT-1S", is_per_account=True
)


@dataclass
class Count:
    """What was used in one window."""

    window_start: datetime
    used: int = 0
    refused: int = 0


class Limits:
    """All counters of one server, and the ban of its one caller."""

    def __init__(self, factor: Decimal) -> None:
        self._factor = factor
        self._counts: dict[str, Count] = {}
        self._banned_until = EPOCH
        self._bans = 0

    def limit(self, bucket: Bucket) -> int:
        """Return the bucket's limit, scaled."""
        return int(bucket.limit * self._factor)

    def check_ban(self, now: datetime) -> None:
        """Refuse everything while the caller is banned.

        Raises:
            Refusal: HTTP 418.

        """
        if now < self._banned_until:
            seconds = _seconds_up(self._banned_until - now)
            raise refusals.banned(milliseconds(self._banned_until), {"Retry-After": str(seconds)})

    def spend(
        self, bucket: Bucket, path: str, account_ref: str, weight: int, now: datetime
    ) -> dict[str, str]:
        """Count a request and return the headers that tell what is used.

        Raises:
            Refusal: HTTP 429 when the window has not enough left, HTTP 418 after several of those.

        """
        start = EPOCH + (now - EPOCH) // bucket.window * bucket.window
        key = bucket.key(path, account_ref)
        count = self._counts.get(key)
        if count is None or count.window_start != start:
            count = self._counts[key] = Count(start)
        count.used += weight
        headers = {bucket.header: str(count.used)}
        if count.used <= self.limit(bucket):
            return headers
        count.refused += 1
        if count.refused > REFUSALS_BEFORE_BAN:
            self._banned_until = now + min(FIRST_BAN * 2**self._bans, LONGEST_BAN)
            self._bans += 1
            self.check_ban(now)
        headers["Retry-After"] = str(_seconds_up(start + bucket.window - now))
        raise refusals.too_much_weight(self.limit(bucket), headers)


def _seconds_up(duration: timedelta) -> int:
    return -(-duration // timedelta(seconds=1))
