"""The way from Flask's worker threads to the event loop, on whose thread alone the state is read and written.

Whatever a function does there is done at once, between two requests: no request sees a half-made reset, and
no answer shows a half-written state.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final, TypeVar

from mockserver.mocking.worlds import Worlds

_Result = TypeVar("_Result")

_PATIENCE_SECONDS: Final = 30
"""After this long the loop has stopped for good, and the thread should not keep the process."""

_loop: ContextVar[tuple[asyncio.AbstractEventLoop, Worlds]] = ContextVar("control_loop")


def enter(worlds: Worlds) -> None:
    """Note the running loop and what is touched there; threads that begin in this context will find it."""
    _loop.set((asyncio.get_running_loop(), worlds))


def on_loop(work: Callable[[], _Result]) -> _Result:
    """Run a short function on the loop's thread and return its result; other processes know of it before that."""
    loop, worlds = _loop.get()

    async def run() -> _Result:
        worlds.default.fetch()
        try:
            return work()
        finally:
            worlds.agree()

    return asyncio.run_coroutine_threadsafe(run(), loop).result(_PATIENCE_SECONDS)
