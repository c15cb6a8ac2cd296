"""Several processes on one listening socket, made by forking, and a parent that watches over them.

What the parent has loaded is shared by all without being loaded again. It answers nothing itself, and holds nothing
open: a worker opens the state for itself.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Final

from mockserver.errors import UsageError
from mockserver.settings import MEMORY, Settings

GRACE_SECONDS: Final = 5
"""For so long workers may end what they do; then they are killed."""
QUICK_SECONDS: Final = 2
MAX_QUICK_DEATHS: Final = 5
"""After so many deaths in a row of workers that lived no longer than that, the parent gives up."""


def check(settings: Settings) -> None:
    """Find out whether several workers can serve what the settings say.

    Raises:
        UsageError: They cannot.
    """
    if settings.workers > 1 and settings.state == MEMORY:
        raise UsageError(
            f"--workers {settings.workers} needs a state that processes share, and that in memory is not; "
            "add --state sqlite:FILE or --state redis://HOST:PORT"
        )
    if settings.workers > 1 and not hasattr(os, "fork"):
        raise UsageError(f"--workers {settings.workers} is not possible on {sys.platform}; use one worker")


class Supervisor:
    """Keeps a number of workers alive until it is told to stop.

    Args:
        count: How many.
        work: What a worker does, with its number from 0, and a function to be called when it is ready.
        on_start: Called when all are ready for the first time.
        say: Told of a worker that died.
    """

    def __init__(
        self,
        count: int,
        work: Callable[[int, Callable[[], None]], None],
        on_start: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self._count = count
        self._work = work
        self._on_start = on_start
        self._say = say
        self._numbers: dict[int, int] = {}
        self._born: dict[int, float] = {}
        self._waiting = set(range(count))
        self._quick_deaths = 0
        self._is_stopping = False

    def run(self) -> int:
        """Run the workers, and return the exit code."""
        read, write = os.pipe()
        os.set_blocking(read, False)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        for number in range(self._count):
            self._fork(number, write)
        code = 0
        is_started = False
        while self._numbers and not self._is_stopping:
            if select.select([read], [], [], 0.1)[0]:
                self._waiting -= set(os.read(read, 4096))
            if not self._waiting and not is_started:
                is_started = True
                self._on_start()
            code = self._look_after(write)
            if code:
                break
        self._end()
        return code

    def _stop(self, *_: object) -> None:
        self._is_stopping = True

    def _fork(self, number: int, ready: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self._numbers[pid] = number
            self._born[pid] = time.monotonic()
            return
        code = 1
        try:
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_: os._exit(0))
            if os.getppid() != parent:
                return
            self._work(number, lambda: _tell(ready, number))
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            # Nothing of the parent's own ending is to be done here.
            os._exit(code)

    def _look_after(self, ready: int) -> int:
        """Put others in the place of workers that died; an exit code if that has no end."""
        for pid, number in list(self._numbers.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended or self._is_stopping:
                continue
            lived = time.monotonic() - self._born.pop(pid)
            del self._numbers[pid]
            how = (
                f"was ended by {signal.Signals(os.WTERMSIG(status)).name}"
                if os.WIFSIGNALED(status)
                else f"ended with code {os.WEXITSTATUS(status)}"
            )
            self._quick_deaths = self._quick_deaths + 1 if lived < QUICK_SECONDS else 0
            if self._quick_deaths >= MAX_QUICK_DEATHS:
                self._say(f"worker {number} {how}, again and again; the server stops")
                return 1
            self._say(f"worker {number} {how}; another takes its place")
            self._fork(number, ready)
        return 0

    def _end(self) -> None:
        for pid in self._numbers:
            _send(pid, signal.SIGTERM)
        until = time.monotonic() + GRACE_SECONDS
        while self._numbers:
            for pid in list(self._numbers):
                try:
                    ended, _ = os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    ended = pid
                if ended:
                    del self._numbers[pid]
            if self._numbers and time.monotonic() > until:
                for pid in self._numbers:
                    _send(pid, signal.SIGKILL)
            time.sleep(0.01)


def _tell(ready: int, number: int) -> None:
    os.write(ready, bytes([number]))


def _send(pid: int, name: signal.Signals) -> None:
    try:
        os.kill(pid, name)
    except ProcessLookupError:
        return
