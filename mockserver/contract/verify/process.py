"""Runs Schemathesis in a process of its own, and reads its events while it writes them."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mockserver.contract.verify.command import EVENTS

UNREADABLE: Final = "Unreadable"
"""Name of what stands for an event that cannot be read."""
LOG: Final = "schemathesis.log"
PATIENCE_S: Final = 15.0
"""Time to end in after it was asked to; then it is killed."""
_PAUSE_S: Final = 0.05
_CHUNK: Final = 1 << 20


class Process:
    """One run of Schemathesis.

    Ctrl-C asks it to end, and is remembered. Whoever stops reading its events before the end calls `kill`.

    Args:
        command: Writes its events to the file `EVENTS` of the folder.
        folder: An empty one. Events go through a pipe in it: they are many, and may have secrets.
        environment: Variables besides our own.
        limit_s: It is asked to end after so long; None for never.

    Attributes:
        is_interrupted: Whether a person wanted it to end.
        is_late: Whether it was over the limit.
        code: The exit code, once it has ended.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        limit_s: float | None = None,
    ) -> None:
        self._log = folder / LOG
        pipe = folder / EVENTS
        if hasattr(os, "mkfifo"):
            os.mkfifo(pipe)
        else:
            pipe.touch()
        self._events = os.open(pipe, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with self._log.open("wb") as log:
            # In a session of its own: it is for us to hand on a Ctrl-C, once.
            self._process = subprocess.Popen(  # noqa: S603
                command,
                cwd=folder,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.is_interrupted = False
        self.is_late = False
        self.code = 0
        self._deadline = None if limit_s is None else time.monotonic() + limit_s

    def events(self) -> Generator[tuple[str, Any], None, None]:
        """Yield its events in their order, as name and value, until it has ended."""
        left = b""
        while True:
            try:
                data = self._read()
                self._watch()
            except KeyboardInterrupt:
                self.is_interrupted = True
                self._ask_to_end()
                continue
            if data is None:
                break
            *lines, left = (left + data).split(b"\n")
            for line in lines:
                yield from _parsed(line)
        self.code = self._process.wait()
        os.close(self._events)

    def _read(self) -> bytes | None:
        """Return what has come, b"" for nothing yet, None when nothing more will come."""
        is_over = self._process.poll() is not None
        ready, _, _ = select.select([self._events], [], [], _PAUSE_S)
        try:
            data = os.read(self._events, _CHUNK) if ready else b""
        except BlockingIOError:
            data = b""
        if data:
            return data
        if is_over:
            return None
        if ready:
            # Nobody has opened the pipe for writing, or nobody has it any more.
            time.sleep(_PAUSE_S)
        return b""

    def _watch(self) -> None:
        """Ask for the end when time is up; insist when that was long ago."""
        if self._deadline is None or time.monotonic() < self._deadline:
            return
        if self.is_late or self.is_interrupted:
            self._process.kill()
        else:
            self.is_late = True
            self._ask_to_end()

    def _ask_to_end(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        self._deadline = time.monotonic() + PATIENCE_S

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def last_words(self, lines: int = 12) -> str:
        """Return the end of what it wrote on its terminal."""
        text = self._log.read_text(encoding="utf-8", errors="replace")
        return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])


def _parsed(line: bytes) -> Iterator[tuple[str, Any]]:
    try:
        # Not by `jsontext`: Python writes what is no JSON to others, such as NaN and halves of characters.
        record = json.loads(line)
    except (ValueError, RecursionError):
        yield UNREADABLE, line[:200].decode("utf-8", "replace")
        return
    if isinstance(record, dict):
        yield from record.items()
