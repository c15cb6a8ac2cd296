"""Runs the application on a port, with uvicorn, until it is told to stop."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from mockserver.errors import UsageError
from mockserver.server.limits import Watch, fitted
from mockserver.server.protocol import protocol
from mockserver.settings import Settings


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one.

    Raises:
        UsageError: The address cannot be had.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            # A listening twin would be let in beside us; listening now shows it.
            listener.listen(2048)
        except OSError:
            listener.close()
            raise
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"cannot listen on {host} port {port}: {reason}. Choose another with --port."
        ) from error
    return listener


def slow_parts() -> list[str]:
    """Return the packages that make the server fast and are not there."""
    return [name for name in ("uvloop", "httptools") if importlib.util.find_spec(name) is None]


class _Server(uvicorn.Server):
    """Uvicorn's, but quiet when it ends requests that did not end in time: that is what it was told to do."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def run(
    app: ASGIApp,
    listener: socket.socket,
    *,
    settings: Settings,
    on_start: Callable[[], None],
    tick: Callable[[], None],
    speaking: Callable[[Watch], type[asyncio.Protocol]] = protocol,
    at_end: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM or Ctrl-C; requests under way are given a second to end.

    Args:
        app: What to serve.
        listener: Where.
        settings: What a connection may cost.
        on_start: Called when the first request could come.
        tick: Called every tenth of a second and at the end.
        speaking: Makes the class of the protocol.
        at_end: Called on the loop's thread when no request is under way any more.
    """
    watch = Watch(fitted(settings))
    config = _config(app, watch, speaking)
    asyncio_loop = config.get_loop_factory()
    server = _Server(config)

    async def serve() -> None:
        async def beat() -> None:
            while not server.started and not server.should_exit:
                await asyncio.sleep(0.005)
            on_start()
            while True:
                await asyncio.sleep(0.1)
                tick()

        tasks = [
            asyncio.create_task(beat()),
            asyncio.create_task(watch.keep(server.server_state.connections)),  # type: ignore[arg-type]
        ]
        try:
            await server.serve(sockets=[listener])
        finally:
            for task in tasks:
                task.cancel()
            at_end()
            tick()

    with asyncio.Runner(loop_factory=asyncio_loop) as runner:
        try:
            runner.run(serve())
        except KeyboardInterrupt:
            # uvicorn raises the signal again after it has stopped in order.
            return


class Background:
    """A server that runs beside other things in its process, and says nothing.

    Attributes:
        origin: Where it is, e.g. `http://127.0.0.1:4010`.
    """

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        speaking: Callable[[Watch], type[asyncio.Protocol]] = protocol,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        # Who attacks it knows what was sent: broken HTTP is no news.
        self._watch = Watch(Settings())
        self._server = _Server(_config(app, self._watch, speaking, log_level="error"))
        self._at_end = at_end
        self._listener = listener
        host, port = listener.getsockname()[:2]
        self.origin = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def serve(self) -> None:
        """Serve until it is told to stop."""
        connections = self._server.server_state.connections
        watching = asyncio.create_task(self._watch.keep(connections))  # type: ignore[arg-type]
        try:
            await self._server.serve(sockets=[self._listener])
        finally:
            watching.cancel()
            self._at_end()

    def stop(self) -> None:
        """Stop soon; to be called from any thread."""
        self._server.should_exit = True


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes the fastest loop that there is; None for asyncio's own."""
    return uvicorn.Config(lambda: None, log_config=None).get_loop_factory()


@contextmanager
def in_background(
    app: ASGIApp,
    listener: socket.socket,
    speaking: Callable[[Watch], type[asyncio.Protocol]] = protocol,
    at_end: Callable[[], None] = lambda: None,
) -> Iterator[str]:
    """Serve in a thread for as long as the context is open, and give the origin.

    Args:
        app: What to serve.
        listener: Where.
        speaking: Makes the class of the protocol.
        at_end: Called on the loop's thread when no request is under way any more.
    """
    server = Background(app, listener, speaking, at_end)

    def serve() -> None:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(server.serve())

    thread = threading.Thread(target=serve, name="mockserver", daemon=True)
    thread.start()
    try:
        # Connections wait in the listener's queue until the loop takes them.
        yield server.origin
    finally:
        server.stop()
        thread.join(timeout=5)
        listener.close()


def _config(
    app: ASGIApp,
    watch: Watch,
    speaking: Callable[[Watch], type[asyncio.Protocol]],
    log_level: str = "warning",
) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        log_level=log_level,
        server_header=False,
        proxy_headers=False,
        http=speaking(watch),
        h11_max_incomplete_event_size=watch.settings.target_limit_bytes + watch.settings.head_limit_bytes,
        timeout_graceful_shutdown=1,
        ws="none",
        interface="asgi3",
    )
