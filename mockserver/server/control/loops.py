"""The way from Flask's worker threads to the event loop, on whose thread alone the state is read and written.

Whatever a function does there is done at once, between two requests: no request sees a half-made reset, and
no answer shows a half-written state.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final, TypeVar

_Result = TypeVar("_Result")

_PATIENCE_SECONDS: Final = 30
"""After this long the loop has stopped for good, and the thread should not keep the process."""

_loop: ContextVar[asyncio.AbstractEventLoop] = ContextVar("control_loop")


def enter() -> None:
    """Note the running loop; threads that begin in this context will find it."""
    _loop.set(asyncio.get_running_loop())


def on_loop(work: Callable[[], _Result]) -> _Result:
    """Run a short function on the loop's thread and return its result."""

    async def run() -> _Result:
        return work()

    return asyncio.run_coroutine_threadsafe(run(), _loop.get()).result(_PATIENCE_SECONDS)
