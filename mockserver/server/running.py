"""Runs the application on a port, with uvicorn, until it is told to stop."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from mockserver.errors import UsageError


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
        raise UsageError(f"cannot listen on {host} port {port}: {reason}. Choose another with --port.") from error
    return listener


def slow_parts() -> list[str]:
    """Return the packages that make the server fast and are not there."""
    return [name for name in ("uvloop", "httptools") if importlib.util.find_spec(name) is None]


def run(app: ASGIApp, listener: socket.socket, *, on_start: Callable[[], None], tick: Callable[[], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; requests under way are given a second to end.

    Args:
        app: What to serve.
        listener: Where.
        on_start: Called when the first request could come.
        tick: Called every tenth of a second and at the end.
    """
    config = uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=1,
        ws="none",
        interface="asgi3",
    )
    asyncio_loop = config.get_loop_factory()
    server = uvicorn.Server(config)

    async def serve() -> None:
        async def beat() -> None:
            while not server.started and not server.should_exit:
                await asyncio.sleep(0.005)
            on_start()
            while True:
                await asyncio.sleep(0.1)
                tick()

        pulse = asyncio.create_task(beat())
        try:
            await server.serve(sockets=[listener])
        finally:
            pulse.cancel()
            tick()

    with asyncio.Runner(loop_factory=asyncio_loop) as runner:
        try:
            runner.run(serve())
        except KeyboardInterrupt:
            # uvicorn raises the signal again after it has stopped in order.
            return
