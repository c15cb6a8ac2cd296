"""What the proxy sees of a client's connection, and what it may do there, beyond ASGI.

ASGI has no place for the reason of a status, for 1xx answers and for names as they were spelled. Where a request comes
over our own protocol, a `Wire` in the extensions of its scope has all that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from starlette.types import Message, Scope
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from mockserver.server.limits import Phase, Watch
from mockserver.server.protocol import protocol
from mockserver.server.proxying.fields import Fields, written

WIRE: Final = "mockserver.wire"
"""Key of the extensions of an ASGI scope."""

HALF_CLOSED_SECONDS: Final = 1.0
"""How long somebody is waited for who has closed one side: most who do so have gone, some wait for their answer."""

_BODILESS: Final = frozenset({204, 304})


class Wire:
    """One request as it came over a connection.

    Attributes:
        target: As it was sent, from the path on.
        fields: Names as they were spelled, in their order.
        trailers: The fields after the body; filled when it has come to its end.
        has_body: Whether a body was announced.
        on_gone: Called when the client has gone before its answer was complete.
    """

    __slots__ = ("_cycle", "_values", "fields", "has_body", "on_gone", "target", "trailers")

    def __init__(self, target: bytes, fields: Fields, trailers: Fields, cycle: _Cycle | None = None) -> None:
        self.target = target
        self.fields = fields
        self.trailers = trailers
        values: dict[bytes, bytes] = {}
        for name, value in fields:
            name = name.lower()  # noqa: PLW2901
            values[name] = b"%s, %s" % (values[name], value) if name in values else value
        self._values = values
        self.has_body = b"transfer-encoding" in values or values.get(b"content-length", b"0") != b"0"
        self.on_gone: Callable[[], None] | None = None
        self._cycle = cycle

    def value(self, name: bytes) -> bytes:
        """Return the values of a field by its name in lower case, joined (RFC 9110 section 5.3); b"" without one."""
        return self._values.get(name, b"")

    @property
    def is_real(self) -> bool:
        """Whether there is a connection that tells when the client goes."""
        return self._cycle is not None

    def send_interim(self, status: int, reason: bytes, fields: Fields) -> None:
        """Send a 1xx answer; one that the client asked for is sent once only."""
        if self._cycle is not None:
            self._cycle.send_interim(status, reason, fields)

    def cut(self) -> bool:
        """End the connection at once: the answer is not complete, and the client shall see that."""
        if self._cycle is None:
            return False
        self._cycle.transport.abort()
        return True


def wire_of(scope: Scope) -> Wire:
    """Return the wire of a request; made of its scope where it came over none."""
    wire = scope.get("extensions", {}).get(WIRE)
    if isinstance(wire, Wire):
        return wire
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return Wire(path + (b"?" + query if query else b""), list(scope["headers"]), [])


class _Cycle(RequestResponseCycle):
    """Uvicorn's cycle of a request and its answer, which also sends answers that are not our own.

    An answer is taken for such a one when its start has a `reason`.
    """

    wire: Wire
    _is_relayed = False
    _is_bodiless = False
    sent_bytes = 0

    async def send(self, message: Message) -> None:  # type: ignore[override]
        if "reason" in message:
            self._is_relayed = True
        elif not self._is_relayed:
            await super().send(message)  # type: ignore[arg-type]
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if message["type"] == "http.response.start":
            self._start(message)
        elif message["type"] == "http.response.body":
            self._send_body(message)

    def _start(self, message: Message) -> None:
        self.response_started = True
        self.waiting_for_100_continue = False
        fields: Fields = message["headers"]
        status: int = message["status"]
        self._is_bodiless = self.scope["method"] == "HEAD" or status in _BODILESS
        is_framed = self._is_bodiless or message["is_framed"]
        self.chunked_encoding = not is_framed and self.scope["http_version"] == "1.1"
        if self.chunked_encoding:
            fields.append((b"transfer-encoding", b"chunked"))
        elif not is_framed:
            self.keep_alive = False  # the end of the connection is the end of the body
        if not self.keep_alive:
            fields.append((b"connection", b"close"))
        start = b"HTTP/1.1 %d %s" % (status, message["reason"])
        self.transport.write(written(start, fields))

    def _send_body(self, message: Message) -> None:
        body: bytes = message["body"]
        self.sent_bytes += len(body)
        if body and not self._is_bodiless:
            self.transport.write(b"%x\r\n%s\r\n" % (len(body), body) if self.chunked_encoding else body)
        if message.get("more_body"):
            return
        if self.chunked_encoding:
            self.transport.write(written(b"0", message.get("trailers", [])))
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def send_interim(self, status: int, reason: bytes, fields: Fields) -> None:
        if self.response_started or self.disconnected or self.scope["http_version"] != "1.1":
            return
        if status == 100:
            if not self.waiting_for_100_continue:
                return
            self.waiting_for_100_continue = False
        self.transport.write(written(b"HTTP/1.1 %d %s" % (status, reason), fields))


def relaying_protocol(watch: Watch) -> type[asyncio.Protocol]:
    """Return the class of the protocol for clients of the proxy.

    Args:
        watch: Looks after the connections, and knows their limits.
    """
    base: Any = protocol(watch)

    class RelayingProtocol(base):
        _spelled: Fields
        _body_bytes = 0

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._spelled = []

        def on_header(self, name: bytes, value: bytes) -> None:
            super().on_header(name, value)
            self._spelled.append((name, value))

        def on_headers_complete(self) -> None:
            before = self.cycle
            fields, self._spelled = self._spelled, []
            super().on_headers_complete()
            cycle = self.cycle
            if cycle is before:
                return
            # Uvicorn makes its cycles itself, and leaves no place to say of which class.
            cycle.__class__ = _Cycle
            # What is spelled from now on comes after the body.
            wire = cycle.wire = Wire(self.url, fields, self._spelled, cycle)
            cycle.scope.setdefault("extensions", {})[WIRE] = wire

        def on_body(self, body: bytes) -> None:
            self._body_bytes += len(body)
            super().on_body(body)

        def waits_for(self) -> tuple[Phase, object]:
            phase, seen = super().waits_for()
            if phase is Phase.BODY:
                # A body may take as long as it likes, if only it goes on; and where we do not read, it cannot.
                return (Phase.WORK if self.flow.read_paused else phase), (seen, self._body_bytes)
            return phase, seen

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            _tell_gone(self.cycle)

        def eof_received(self) -> bool | None:
            keeps: bool | None = super().eof_received()
            if keeps:
                self.loop.call_later(HALF_CLOSED_SECONDS, self._look_again, self.cycle, -1)
            return keeps

        def _look_again(self, cycle: _Cycle, sent_bytes: int) -> None:
            if cycle.response_complete or cycle.disconnected:
                return
            if cycle.sent_bytes > max(sent_bytes, 0):
                self.loop.call_later(HALF_CLOSED_SECONDS, self._look_again, cycle, cycle.sent_bytes)
                return
            self.transport.abort()

    return RelayingProtocol


def _tell_gone(cycle: Any) -> None:
    if isinstance(cycle, _Cycle) and cycle.disconnected:
        gone, cycle.wire.on_gone = cycle.wire.on_gone, None
        if gone is not None:
            gone()
