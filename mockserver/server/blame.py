"""What goes wrong in a user's code, shown as theirs: their file and line, and none of our frames."""

from __future__ import annotations

import logging
import sysconfig
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from mockserver.errors import MockserverError, Refusal, RefusalKind
from mockserver.mocking.exchange import Request

logger = logging.getLogger("mockserver")

_OURS: Final = str(Path(__file__).parents[1])
_LIBRARIES: Final = tuple(
    {path for name in ("stdlib", "platstdlib", "purelib", "platlib") if (path := sysconfig.get_path(name))}
)


def of(error: BaseException, function: Callable[..., Any], request: Request) -> Refusal:
    """Return the refusal for an error in a user's function, and write its traceback to the log."""
    frames = _frames(error)
    what = str(error) if isinstance(error, MockserverError) else _named(error)
    if not frames:
        # It was called with what it does not take, say by a decorator.
        return of_result(what, function, request)
    listed = "".join(traceback.format_list(frames)).rstrip()
    last = frames[-1]
    _log(f"{last.filename}:{last.lineno}", f"{request.operation} failed in {last.name}():\n{listed}\n{what}")
    return Refusal(RefusalKind.FAULT, f"{Path(last.filename).name}:{last.lineno}: {what}", status=500)


def of_result(reason: str, function: Callable[..., Any], request: Request) -> Refusal:
    """Return the refusal for what a user's function returned, and write it to the log."""
    code = getattr(function, "__code__", None)
    file = Path(code.co_filename) if code is not None else Path(getattr(function, "__module__", "?"))
    line = code.co_firstlineno if code is not None else 0
    name = getattr(function, "__name__", "the handler")
    _log(f"{file}:{line}", f"{request.operation} failed in {name}(), {file}:{line}: {reason}")
    return Refusal(RefusalKind.FAULT, f"{file.name}:{line}: {name}(): {reason}", status=500)


def line(error: BaseException, source: Path) -> str:
    """Return where in a file an error came from, as the end of a sentence; "" where that is not known."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(source)]
    return f" ({source.name}:{frames[-1].lineno})" if frames else ""


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    """Return the frames of an error that are neither ours nor a library's."""
    every = traceback.extract_tb(error.__traceback__)
    inside = (_OURS, *_LIBRARIES)
    return [frame for frame in every if not frame.filename.startswith((*inside, "<"))]


def _named(error: BaseException) -> str:
    return traceback.format_exception_only(error)[-1].strip()


def _log(place: str, text: str) -> None:
    # `place` lets those who would repeat it a thousand times say it once.
    logger.error(text, extra={"place": place})
