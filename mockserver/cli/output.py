"""Where reports go: files that are there as a whole or not at all, and streams that may be closed before the end."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from mockserver.errors import UsageError


def probe(path: Path) -> None:
    """Find out whether a report can be written, before the work of hours; nothing is left behind.

    Raises:
        UsageError: It cannot.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        if path.exists():
            path.open("r+b" if path.is_file() else "ab").close()
        if _is_replaced(path):
            part = _part(path)
            part.open("wb").close()
            part.unlink()
    except OSError as error:
        raise _refused(path, error) from error


def write(path: Path, text: str) -> None:
    """Write a report: a reader finds the old one or the new one, whenever we are stopped.

    Raises:
        UsageError: It cannot be written.
    """
    data = text.encode("utf-8", "replace")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not _is_replaced(path):
            path.write_bytes(data)
            return
        part = _part(path)
        try:
            part.write_bytes(data)
            os.replace(part, path.resolve())
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _refused(path, error) from error


def _is_replaced(path: Path) -> bool:
    """Return whether a file can take the place of what is there; not of /dev/stdout and its like."""
    return path.is_file() or not path.exists()


def _part(path: Path) -> Path:
    real = path.resolve()
    return real.with_name(f".{real.name}.{os.getpid()}.part")


def _refused(path: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write the report {path}: {error.strerror or error}")


class _Steady(io.TextIOBase):
    """A stream that takes on when nobody reads it any more, as after `| head`: the work and its exit code go on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What characters it takes."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write a text, unless the stream is gone."""
        with _until_gone(self._stream):
            self._stream.write(text)
        return len(text)

    @property
    def buffer(self) -> BinaryIO:
        """Where bytes go."""
        return self._stream.buffer

    def flush(self) -> None:
        """Hand on what was written."""
        with _until_gone(self._stream):
            self._stream.flush()

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return its descriptor."""
        return self._stream.fileno()

    def writable(self) -> bool:
        """Return True."""
        return True


def steady(stream: TextIO) -> TextIO:
    """Return a stream that stays usable when nobody reads it any more."""
    return cast("TextIO", _Steady(stream))


def write_bytes(stream: TextIO, data: bytes) -> None:
    """Write bytes to a stream of text, which may be gone."""
    with _until_gone(stream):
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()


@contextlib.contextmanager
def _until_gone(stream: TextIO) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # Also Python's own last flush goes nowhere then, and says nothing about it.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
