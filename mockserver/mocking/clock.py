"""The one door of time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta


class Clock:
    """Tells the time: the one handed in, or an instant at which it stands still.

    Two readings are never the same and never go back, so that what was made later also says so.
    """

    def __init__(self, now: Callable[[], datetime], *, frozen: datetime | None = None) -> None:
        self._now = now
        self._frozen = frozen
        self._last: datetime | None = None

    def now(self) -> datetime:
        """Return the time, at least a millisecond after the last one that was asked for."""
        now = self._frozen or self._now()
        # What is finer than a millisecond would be lost on the wire, and two times would look the same.
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        if self._last is not None and now <= self._last:
            now = self._last + timedelta(milliseconds=1)
        self._last = now
        return now

    def look(self) -> datetime:
        """Return the time without moving a clock that stands still."""
        return self._frozen or self._now()

    def reset(self) -> None:
        """Forget the last reading: a clock that stands still begins anew."""
        self._last = None
