"""Ctrl-C and SIGTERM that wait until a request is answered: what it has made is then known, and can be deleted."""

from __future__ import annotations

import signal


class Interrupts:
    """Signals as a flag that is asked before each request. A second signal does not wait."""

    def __init__(self) -> None:
        self._is_pending = False

    def install(self) -> None:
        """Take SIGINT and SIGTERM from now on. To be called on the main thread."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.take())

    def take(self) -> None:
        """Note a signal.

        Raises:
            KeyboardInterrupt: It is the second one.
        """
        if self._is_pending:
            raise KeyboardInterrupt
        self._is_pending = True

    def check(self) -> None:
        """Let a signal have its effect, once.

        Raises:
            KeyboardInterrupt: There was one.
        """
        if self._is_pending:
            self._is_pending = False
            raise KeyboardInterrupt
