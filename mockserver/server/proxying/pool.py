"""Connections to the upstream: made, kept alive, and let go."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final

from mockserver.server.proxying.connection import Connection
from mockserver.server.proxying.failures import Unreachable
from mockserver.server.proxying.fields import Fields
from mockserver.server.proxying.target import Address, basic

IDLE_SECONDS: Final = 20.0
"""How long a connection is kept that nobody uses, unless the upstream says less."""

SURE_SECONDS: Final = 1.0
"""How long a connection may have been idle for a request that could not be sent again: servers close theirs, too."""

LOOK_SECONDS: Final = 0.25
"""How often somebody looks for waits that are too long."""

_MOST_IDLE: Final = 256


@dataclass(frozen=True, slots=True)
class Way:
    """How to get to the upstream.

    Attributes:
        tls: What to make TLS connections with, also to the proxy; None where none is made.
        proxy: An HTTP proxy to go through.
        connect_seconds: For the connection, handshakes included.
        patience_seconds: For the answer, and between two pieces of it; 0 for as long as it takes.
    """

    address: Address
    tls: ssl.SSLContext | None = None
    proxy: Address | None = None
    connect_seconds: float = 10.0
    patience_seconds: float = 60.0

    @property
    def is_absolute(self) -> bool:
        """Whether requests name the whole URL, for the proxy on the way (RFC 9112 section 3.2.2)."""
        return self.proxy is not None and not self.address.is_tls

    def target(self, target: bytes) -> bytes:
        """Return the target of a request on its way, from the one that the client sent."""
        if target == b"*":
            return target
        path = self.address.base.encode() + target
        return self.address.origin.encode() + path if self.is_absolute else path

    def signed(self, fields: Fields) -> Fields:
        """Return fields with what the proxy on the way wants to know."""
        if self.is_absolute and self.proxy is not None and self.proxy.credentials:
            return [*fields, (b"Proxy-Authorization", basic(self.proxy.credentials).encode())]
        return fields


class Pool:
    """The connections to one upstream. Belongs to one event loop."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._keeper: asyncio.Task[None] | None = None

    async def take(self, *, can_repeat: bool) -> Connection:
        """Return a connection for one exchange; it comes back by `give`.

        Args:
            can_repeat: Whether the request may be sent again on another connection.

        Raises:
            UpstreamError: There is none to be had.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._idle:
            connection = self._idle.pop()
            limit = IDLE_SECONDS if can_repeat else SURE_SECONDS
            if connection.keep_seconds is not None:
                # It counts from when the answer was sent; a second is for the way.
                limit = min(limit, connection.keep_seconds - 1)
            if not connection.is_closed and now - connection.idle_since <= limit:
                return connection
            connection.close()
        return await self.fresh()

    async def fresh(self) -> Connection:
        """Return a connection that was not used before.

        Raises:
            UpstreamError: There is none to be had.
        """
        loop = asyncio.get_running_loop()
        if self._keeper is None:
            self._keeper = loop.create_task(self._keep())
        way = self._way
        try:
            async with asyncio.timeout(way.connect_seconds):
                connection = await self._connect(loop)
        except TimeoutError as error:
            failure = Unreachable(
                f"there is no connection to {_place(way)} within {way.connect_seconds:g} seconds"
            )
            failure.status = 504
            raise failure from error
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", "") or error.reason or str(error)
            raise Unreachable(f"no TLS connection to {_place(way)}: {reason}") from error
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise Unreachable(f"no connection to {_place(way)}: {reason}") from error
        connection.patience = way.patience_seconds
        return connection

    def give(self, connection: Connection) -> None:
        """Take a connection back; it is closed where nothing more may come over it."""
        if connection.is_reusable and len(self._idle) < _MOST_IDLE:
            connection.rest()
            self._idle.append(connection)
        else:
            connection.rest()
            connection.close()

    def forget(self) -> None:
        """Let go of the connections that nobody uses, e.g. when another server has taken the place of the upstream."""
        self._idle = []

    def close(self) -> None:
        """Close all connections."""
        if self._keeper is not None:
            self._keeper.cancel()
            self._keeper = None
        for connection in list(self._all):
            connection.abort()

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> Connection:
        way = self._way
        hop = way.proxy or way.address
        context = way.tls if hop.is_tls else None
        name = hop.host if context is not None else None

        def made() -> Connection:
            connection = Connection(loop, self._all.discard)
            self._all.add(connection)
            return connection

        _, connection = await loop.create_connection(
            made, hop.host, hop.port, ssl=context, server_hostname=name
        )
        if way.proxy is not None and way.address.is_tls:
            try:
                await self._tunnel(loop, connection, way.proxy)
            except BaseException:
                connection.abort()
                raise
        return connection

    async def _tunnel(self, loop: asyncio.AbstractEventLoop, connection: Connection, proxy: Address) -> None:
        """Ask the proxy for a connection through it, and begin TLS in it (RFC 9110 section 9.3.6)."""
        address = self._way.address
        host = f"[{address.host}]" if ":" in address.host else address.host
        place = f"{host}:{address.port}"
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        if proxy.credentials:
            lines.append(f"Proxy-Authorization: {basic(proxy.credentials)}")
        connection.begin("CONNECT", "\r\n".join([*lines, "", ""]).encode("latin-1"), is_all=True)
        head = await connection.head()
        if not 200 <= head.status < 300:
            reason = f"{head.status} {head.reason.decode('latin-1')}".strip()
            raise Unreachable(f"the proxy {proxy.origin} gives no way to {place}: {reason}")
        await connection.upgrade(self._way.tls, address.host)

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = loop.time()
            for connection in list(self._all):
                connection.check(now)
            idle = self._idle
            while idle and (idle[0].is_closed or now - idle[0].idle_since > IDLE_SECONDS):
                idle.pop(0).close()


def _place(way: Way) -> str:
    text = f"the upstream {way.address.origin}"
    return text if way.proxy is None else f"{text} by the proxy {way.proxy.origin}"
