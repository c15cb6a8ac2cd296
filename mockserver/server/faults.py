"""Connections that end as they should not: what clients see of servers that fail, of networks, of boxes in between."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.types import Receive, Send

from mockserver.mocking.exchange import Answer
from mockserver.server.calls import Call
from mockserver.server.transport import GatheringTransport

WHAT: Final = {
    "close": "the connection was closed without an answer",
    "reset": "the connection was reset without an answer",
    "garbage": "the answer was no HTTP",
    "truncate": "the connection was closed in the middle of the answer",
    "timeout": "there was no answer",
}
"""Kind -> what to say of it."""

_GARBAGE: Final = bytes(range(128, 256)) + b"\r\n\r\n" + bytes(range(32))
_LOOK_SECONDS: Final = 0.1
_LINGER_NOT: Final = struct.pack("ii", 1, 0)


class BrokenOff(ConnectionError):
    """The connection has ended instead of an answer; raised where there is none, but a call in this process.

    Attributes:
        kind: How, by the names of `WHAT`.
    """

    def __init__(self, kind: str, world: str) -> None:
        super().__init__(f"{WHAT[kind]}: so says a stub of the world {world}")
        self.kind = kind


async def end(kind: str, answer: Answer | None, call: Call, receive: Receive, send: Send) -> None:
    """End the connection of a request in one of the ways that `WHAT` knows.

    Raises:
        BrokenOff: There is no connection.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if not isinstance(transport, GatheringTransport):
        raise BrokenOff(kind, call.world.name)
    if answer is not None:
        await _send_half(answer, call, send)
    await _WAYS[kind](transport)
    # Only when the client has gone is it clear to the server that there is nothing more to say.
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_half(answer: Answer, call: Call, send: Send) -> None:
    headers, content = call.written(answer)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})


async def _close(transport: GatheringTransport) -> None:
    transport.finish()


async def _reset(transport: GatheringTransport) -> None:
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.cut()


async def _send_garbage(transport: GatheringTransport) -> None:
    transport.write(_GARBAGE)
    transport.finish()


async def _wait(transport: GatheringTransport) -> None:
    # Who has closed one side may still wait for the answer, but mostly has gone.
    while not (transport.is_half_closed or transport.is_closing()):
        await asyncio.sleep(_LOOK_SECONDS)
    transport.finish()


_WAYS: Final[dict[str, Callable[[GatheringTransport], Awaitable[None]]]] = {
    "close": _close,
    "reset": _reset,
    "garbage": _send_garbage,
    "truncate": _close,
    "timeout": _wait,
}
