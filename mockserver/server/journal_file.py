"""Exchanges written to a file as they come, one line of JSON for each.

Nothing is kept back: when the process is killed, all that was answered is in the file. Several processes may write
into one file: a line goes out in one write at its end.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from mockserver.errors import UsageError
from mockserver.mocking import transcript
from mockserver.mocking.exchange import Exchange
from mockserver.mocking.redaction import Redaction
from mockserver.server.calls import Served
from mockserver.server.control.reasons import reason

logger = logging.getLogger("mockserver")


class JournalFile:
    """A file that grows by a line for each exchange; what is in it already stays.

    Args:
        path: Where it is, or is to be.
        documents: What is served; may change meanwhile.

    Raises:
        UsageError: It cannot be written.
    """

    def __init__(self, path: Path, documents: Sequence[Served]) -> None:
        self.path = path
        self._documents = documents
        self._known: list[Served] = []
        self._redaction = Redaction(())
        try:
            is_open = _has_open_line(path)
            # For reading, too: a pipe that nobody reads yet would let us wait.
            self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            if is_open:
                os.write(self._file, b"\n")
        except OSError as error:
            raise UsageError(f"cannot write the journal {path}: {error.strerror or error}") from error

    def write(self, exchange: Exchange) -> None:
        """Add an exchange. When the file cannot be written any more, that is said once, and no more is written."""
        if self._file is None:
            return
        documents = list(self._documents)
        if documents != self._known:
            self._known = documents
            self._redaction = Redaction(served.document for served in documents)
        detail = reason(exchange, {served.name: served for served in documents})
        data = transcript.line(exchange, self._redaction, detail)
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            logger.error("the journal %s is no longer written: %s", self.path, error.strerror or error)
            self.close()

    def close(self) -> None:
        """Write no more."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _has_open_line(path: Path) -> bool:
    """Return whether a file ends in a line that a process had begun before it was killed."""
    if not path.is_file() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"
