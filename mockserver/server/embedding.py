"""An application within another program: a thread with the loop of its state, asked without a port or by one."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import unquote

from starlette.types import Message, Scope

from mockserver.errors import UsageError
from mockserver.server.assembly import Application
from mockserver.server.running import Background, bind, loop_factory

_Result = TypeVar("_Result")
Headers = Sequence[tuple[bytes, bytes]]

_PATIENCE_SECONDS: Final = 30
"""A loop that has not answered by then has stopped for good."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in this process; `target` is the raw path with its query, header names are in lower case."""

    method: str
    target: bytes
    headers: Headers = ()
    body: bytes = b""
    scheme: str = "http"
    host: str = "mock"
    port: int = 80


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a request in this process."""

    status: int
    headers: Headers
    body: bytes


class Embedded:
    """Runs an application on a loop of its own, in a thread. To be closed; it is a context manager.

    Args:
        application: What answers.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._servers: list[tuple[Background, Future[None], socket.socket]] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mockserver", daemon=True)
        self._thread.start()
        if not self._ready.wait(_PATIENCE_SECONDS):
            raise UsageError("the thread of the mock server has not started")

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(self._live())

    async def _live(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await self._stop.wait()

    def run(self, work: Callable[[], _Result]) -> _Result:
        """Run a short function on the loop's thread, between two requests, and return its result."""
        worlds = self.application.worlds

        async def run() -> _Result:
            worlds.default.fetch()
            try:
                return work()
            finally:
                worlds.agree()

        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(_PATIENCE_SECONDS)

    def submit(self, asked: Asked) -> Future[Answered]:
        """Begin to answer a request on the loop's thread.

        The future fails with `BrokenOff` where a stub orders that the connection ends.
        """
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(self._answer(asked), self._loop)

    async def _answer(self, asked: Asked) -> Answered:
        raw, _, query = asked.target.partition(b"?")
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": asked.method,
            "scheme": asked.scheme,
            "path": unquote(raw.decode("latin-1")),
            "raw_path": raw,
            "query_string": query,
            "root_path": "",
            "headers": list(asked.headers),
            "client": ("127.0.0.1", 0),
            "server": (asked.host, asked.port),
            "state": {},
        }
        received: list[Message] = [{"type": "http.request", "body": asked.body, "more_body": False}]
        sent: list[Message] = []

        async def receive() -> Message:
            return received.pop() if received else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.application.asgi(scope, receive, send)
        start, *parts = sent
        return Answered(start["status"], start["headers"], b"".join(part.get("body", b"") for part in parts))

    def listen(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Answer at a port, too, and return its origin; port 0 takes a free one.

        Raises:
            UsageError: The address cannot be had.
        """
        assert self._loop is not None
        listener = bind(host, port)
        server = Background(self.application.asgi, listener)
        # Connections wait in the listener's queue until the loop takes them.
        running = asyncio.run_coroutine_threadsafe(server.serve(), self._loop)
        self._servers.append((server, running, listener))
        return server.origin

    def close(self) -> None:
        """Stop answering; the thread has ended when this returns."""
        for server, running, listener in self._servers:
            server.stop()
            running.result(_PATIENCE_SECONDS)
            listener.close()
        self._servers.clear()
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_PATIENCE_SECONDS)
            self.application.worlds.close()
