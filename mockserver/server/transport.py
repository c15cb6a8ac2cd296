"""A transport that sends what belongs together in one piece, and that closes without taking the answer away.

Uvicorn writes the head of an answer and its body one after the other. Each write is a system call and wakes the client:
together they cost more than all that is done to make the answer.

A socket that is closed while bytes are still to be read is reset, and the client may lose the answer that tells it why
(RFC 9112 section 9.6). So where the client has not finished its request, only our side is closed at first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class GatheringTransport(asyncio.Transport):
    """A transport that keeps what is written until the event loop goes on, and then writes it at once.

    Args:
        transport: The transport underneath.
        loop: The running loop.
        is_unread: Tells whether the client may still be sending.

    Attributes:
        lingers: Whether our side is closed, and what comes is thrown away.
        is_half_closed: Whether the client has closed its side, and may wait for the answer.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, is_unread: Callable[[], bool]
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._is_unread = is_unread
        self._pending: list[bytes] = []
        self.lingers = False
        self.is_half_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._pending:
            self._loop.call_soon(self.flush)
        self._pending.append(bytes(data))

    def flush(self) -> None:
        pending = self._pending
        if pending:
            self._pending = []
            if self._transport.is_closing():
                return  # the client has gone: nobody reads it
            self._transport.write(b"".join(pending) if len(pending) > 1 else pending[0])

    def close(self) -> None:
        """Close, or close only our side while the client is still sending; `cut` ends that."""
        self.flush()
        if self.lingers:
            return
        if self._transport.is_closing() or not self._is_unread() or not self._transport.can_write_eof():
            self._transport.close()
            return
        self.lingers = True
        self._transport.write_eof()
        if not self._transport.is_reading():
            self._transport.resume_reading()

    def finish(self) -> None:
        """Close when what was written is sent, whether or not the client has anything to say."""
        self.flush()
        self._transport.close()

    def cut(self) -> None:
        """Close now, whatever is still under way."""
        self._pending = []
        self._transport.abort()

    abort = cut

    def lost(self) -> None:
        """Let go of the protocol, whose connection has ended: the two would be garbage with a cycle."""
        self._pending = []
        self._is_unread = bool

    def write_eof(self) -> None:
        self.flush()
        self._transport.write_eof()

    def is_closing(self) -> bool:
        return self.lingers or self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def is_reading(self) -> bool:
        return self._transport.is_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._transport.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._transport.get_protocol()

    def can_write_eof(self) -> bool:
        return self._transport.can_write_eof()

    def get_write_buffer_size(self) -> int:
        return self._transport.get_write_buffer_size() + sum(map(len, self._pending))

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._transport.set_write_buffer_limits(high, low)
