"""The venue clock: it runs or is held, and never goes back nor past real now.

A held clock stands still until it is moved, so that a week of daily captures can be walked through
in a minute; who holds it where nothing happens, in the closing minutes, reads what stands still.
"""

import threading
from datetime import UTC, datetime, timedelta


class ClockRefusedError(ValueError):
    """The clock was asked to go back, or past real now."""


class VenueClock:
    """What the emulated venues take for the time, in aware UTC with millisecond precision."""

    def __init__(self, start: datetime | None = None, *, held: bool = False) -> None:
        self._lock = threading.Lock()
        real = datetime.now(UTC)
        self._held_at: datetime | None = None
        self._offset = (start or real) - real
        if held:
            self._held_at = start or real
        if self.now() > datetime.now(UTC):
            raise ClockRefusedError("A venue clock cannot start after real now.")

    @property
    def held(self) -> bool:
        """Whether the clock stands still."""
        return self._held_at is not None

    def now(self) -> datetime:
        """Return the venue's time, cut to whole milliseconds."""
        instant = self._held_at or datetime.now(UTC) + self._offset
        return instant.replace(microsecond=instant.microsecond // 1000 * 1000)

    def advance_to(self, instant: datetime) -> None:
        """Move forward to `instant`; a held clock stays held, a running one runs on from there."""
        with self._lock:
            if instant < self.now():
                raise ClockRefusedError(f"The venue clock is already past {instant.isoformat()}.")
            real = datetime.now(UTC)
            if instant > real + timedelta(milliseconds=1):
                raise ClockRefusedError("The venue clock cannot be moved past real now.")
            if self.held:
                self._held_at = instant
            else:
                self._offset = instant - real

    def run(self) -> None:
        """Let a held clock run on from where it stands."""
        with self._lock:
            self._offset = self.now() - datetime.now(UTC)
            self._held_at = None

    def hold(self) -> None:
        """Stop the clock where it stands."""
        with self._lock:
            self._held_at = self.now()
