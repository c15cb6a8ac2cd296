"""Runs Schemathesis in a process of its own, and reads what it tells while it tells it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mockserver.contract.verify.command import EVENTS

REQUEST: Final = "Request"
"""Name of the event that a request is on its way; a few a second at most are yielded."""
SILENT: Final = "Silent"
"""Name of the event that nothing was heard for `SILENCE_S`; it is told once in a row."""
UNREADABLE: Final = "Unreadable"
"""Name of what stands for an event that cannot be read."""
REQUESTS_VARIABLE: Final = "MOCKSERVER_VERIFY_REQUESTS"
"""Environment variable that tells `hooks.py` where to tell of requests."""
LOG: Final = "schemathesis.log"
SILENCE_S: Final = 60.0
PATIENCE_S: Final = 15.0
"""Time to end in after it was asked to; then it is killed."""
RECENT: Final = 5
"""Requests that are remembered: a server may die of one a little later."""
_REQUESTS: Final = "requests"
_PAUSE_S: Final = 0.05
_BREATH_S: Final = 0.2
_CHUNK: Final = 1 << 20


class Pipe:
    """Lines that another process writes. Through a pipe: they are many, and may have secrets.

    Args:
        path: Where to make it.
    """

    def __init__(self, path: Path) -> None:
        if hasattr(os, "mkfifo"):
            os.mkfifo(path)
        else:
            path.touch()
        self.file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        self._left = b""

    def lines(self) -> list[bytes] | None:
        """Return the lines that are whole now, None if nothing has come."""
        try:
            data = os.read(self.file, _CHUNK)
        except BlockingIOError:
            data = b""
        if not data:
            return None
        *lines, self._left = (self._left + data).split(b"\n")
        return lines

    def close(self) -> None:
        """Read no more."""
        os.close(self.file)


class Process:
    """One run of Schemathesis.

    Ctrl-C asks it to end, and is remembered. Whoever stops reading its events before the end calls `kill`.

    Args:
        command: Writes its events to the file `EVENTS` of the folder.
        folder: An empty one.
        environment: Variables besides our own.
        limit_s: It is asked to end after so long; None for never.
        request_limit_s: It is asked to end when a request takes so long.
        budget: It is asked to end after so many requests; None for any number.

    Attributes:
        is_interrupted: Whether a person wanted it to end.
        is_late: Whether it was over the limit.
        is_spent: Whether as many requests were sent as were allowed.
        stuck: The request that did not end, None for none.
        recent: The last requests, the last one last.
        code: The exit code, once it has ended.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        limit_s: float | None = None,
        request_limit_s: float = 60.0,
        budget: int | None = None,
    ) -> None:
        self._log = folder / LOG
        self._events = Pipe(folder / EVENTS)
        self._requests = Pipe(folder / _REQUESTS)
        with self._log.open("wb") as log:
            # In a session of its own: it is for us to hand on a Ctrl-C, once.
            self._process = subprocess.Popen(  # noqa: S603
                command,
                cwd=folder,
                env={**os.environ, **environment, REQUESTS_VARIABLE: str(folder / _REQUESTS)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.is_interrupted = False
        self.is_late = self.is_spent = False
        self.stuck: dict[str, Any] | None = None
        self.recent: deque[dict[str, Any]] = deque(maxlen=RECENT)
        self.code = 0
        self._left = budget
        self._request_limit_s = request_limit_s
        self._under_way: dict[int, tuple[float, dict[str, Any]]] = {}
        self._deadline = None if limit_s is None else time.monotonic() + limit_s
        self._next_breath = 0.0
        self._heard, self._is_silent = time.monotonic(), False

    def events(self) -> Generator[tuple[str, Any], None, None]:
        """Yield its events in their order, as name and value, until it has ended."""
        is_over = False
        while not is_over:
            try:
                # Asked before it is read: what was written before the end is read after it.
                is_over = self._process.poll() is not None
                lines = self._read()
                self._watch()
            except KeyboardInterrupt:
                self.is_interrupted = True
                self._ask_to_end()
                is_over = False
                continue
            is_over = is_over and lines is None
            for line in lines or ():
                yield from _parsed(line)
            if lines and self._left is not None and self._left <= 0 and not self.is_spent:
                # Not earlier: what is found in a scenario is told when it is over.
                self.is_spent = True
                self._ask_to_end()
            now = time.monotonic()
            if now - self._heard > SILENCE_S and not self._is_silent:
                self._is_silent = True
                yield SILENT, SILENCE_S
            if self._under_way and now >= self._next_breath:
                self._next_breath = now + _BREATH_S
                yield REQUEST, self.recent[-1]
        self.code = self._process.wait()
        self._events.close()
        self._requests.close()

    def _read(self) -> list[bytes] | None:
        """Return the events that have come, None if there was nothing to read; take note of requests."""
        began = time.monotonic()
        pipes = [self._events.file, self._requests.file]
        ready, _, _ = select.select(pipes, [], [], _PAUSE_S)
        lines = self._events.lines() if self._events.file in ready else None
        requests = self._requests.lines() if self._requests.file in ready else None
        for line in requests or ():
            worker, request = json.loads(line)
            if request is None:
                self._under_way.pop(worker, None)
            else:
                self._under_way[worker] = time.monotonic(), request
                self.recent.append(request)
                if self._left is not None:
                    self._left -= 1
        if lines is not None or requests is not None:
            self._heard, self._is_silent = time.monotonic(), False
        elif time.monotonic() - began < _PAUSE_S:
            # Nobody has opened a pipe for writing, or nobody has it any more: it is always ready.
            time.sleep(_PAUSE_S)
        return lines

    def _watch(self) -> None:
        """Ask for the end when time is up, or a request does not end; insist when that was long ago."""
        now = time.monotonic()
        if self._deadline is not None and now >= self._deadline:
            if self.is_late or self.is_interrupted or self.is_spent or self.stuck:
                self._process.kill()
            else:
                self.is_late = True
                self._ask_to_end()
        began, request = min(self._under_way.values(), key=lambda item: item[0], default=(now, {}))
        if self.stuck is None and now - began > self._request_limit_s:
            self.stuck = request
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
