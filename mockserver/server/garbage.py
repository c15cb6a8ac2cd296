"""Python's cyclic garbage collector, at times that suit a server.

What clients store is a lot of data without cycles. The collector, left alone, looks all of it through again and
again, and every request waits meanwhile. Here it looks at what is new, a little every now and then, and at
everything when nobody asks for anything.
"""

from __future__ import annotations

import gc
from typing import Final

LONGEST_PAUSE: Final = 64
"""Calls between two looks at what is new, at the most."""
IDLE_TICKS: Final = 20
"""Calls without any new request after which everything is looked at once."""


class GarbageCollector:
    """Runs the collector by hand; `tick` is to be called about ten times a second."""

    def __init__(self) -> None:
        self._seen = 0
        self._idle = 0
        self._pause = 1
        self._skip = 0
        self._is_due = False

    def _collect_new(self) -> None:
        """Look at what is new, the less often the longer nothing was found: requests make no garbage with cycles."""
        self._skip -= 1
        if self._skip <= 0:
            self._pause = 1 if gc.collect(1) else min(2 * self._pause, LONGEST_PAUSE)
            self._skip = self._pause
        gc.freeze()

    def start(self) -> None:
        """Set aside all that was loaded, which stays for good, and take over."""
        gc.collect()
        gc.freeze()
        gc.disable()

    def expect(self) -> None:
        """Say that much of what was set aside has just become garbage."""
        self._idle = 0
        self._is_due = True

    def tick(self, requests: int) -> None:
        """Collect what fits the moment.

        Args:
            requests: How many there were since the start.
        """
        if requests != self._seen:
            self._seen = requests
            self._idle = 0
            self._collect_new()
            return
        self._idle += 1
        if self._idle == IDLE_TICKS and (requests or self._is_due):
            self._is_due = False
            # What was set aside may have become garbage since, e.g. with a connection that was closed.
            gc.unfreeze()
            gc.collect()
            gc.freeze()
