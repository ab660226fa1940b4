"""What holds for this process's way out, whichever client uses it: bans, and what may be logged."""

import ipaddress
import logging
import threading
import time
from datetime import datetime
from typing import Any

import httpx

from coinfrs_pipelines.connectors.errors import Banned

# How long a ban is respected that names no end (Binance: two minutes for a first offence).
BAN_SECONDS = 120


class Bans:
    """The hosts that shut this IP address out: all clients of the process stay away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[str, float] = {}

    def add(self, host: str, error: Banned, venue_now: datetime | None) -> None:
        """Remember until when the host wants to hear nothing, counted from the venue's own time.

        A later answer that is vaguer does not shorten what an earlier one has told.
        """
        seconds: float = error.retry_after_seconds or BAN_SECONDS
        if error.until is not None and venue_now is not None:
            seconds = max(seconds, (error.until - venue_now).total_seconds())
        ends = time.monotonic() + seconds
        with self._lock:
            self._ends[host] = max(ends, self._ends.get(host, ends))

    def check(self, venue: str, host: str) -> None:
        """Raise Banned while the host's ban lasts, without asking the host."""
        with self._lock:
            left = self._ends.get(host, 0.0) - time.monotonic()
        if left > 0:
            raise Banned(
                venue,
                f"The venue has banned this IP address; nothing is sent for {left:.0f} s more.",
                retry_after_seconds=left,
            )

    def clear(self) -> None:
        """Forget every ban, as a new process would."""
        with self._lock:
            self._ends.clear()


BANS = Bans()


class _WithoutQuery(logging.Filter):
    """Takes the query, and with it the signature, out of what httpx logs of every request."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_without_query(each) for each in record.args)
        return True


def _without_query(logged: Any) -> Any:
    return logged.copy_with(query=None) if isinstance(logged, httpx.URL) else logged


def keep_queries_out_of_logs() -> None:
    """Filter httpx's log of requests; doing it twice changes nothing."""
    logger = logging.getLogger("httpx")
    if not any(isinstance(each, _WithoutQuery) for each in logger.filters):
        logger.addFilter(_WithoutQuery())


def is_loopback(host: str) -> bool:
    """Return whether a host name is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
