"""A request on its way to the upstream: its head, its body while it comes, and the head of what comes back."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from starlette.types import Receive, Scope

from mockserver.errors import Refusal
from mockserver.mocking.judging import Judged, Message
from mockserver.server.calls import ClientGone
from mockserver.server.proxying import holding
from mockserver.server.proxying.connection import Connection
from mockserver.server.proxying.context import Context
from mockserver.server.proxying.failures import Stale, UpstreamError
from mockserver.server.proxying.fields import Fields, inbound, through, written
from mockserver.server.proxying.heads import Head
from mockserver.server.proxying.upload import Upload
from mockserver.server.proxying.wire import Wire

CONTINUE_SECONDS: Final = 1.0
"""How long the upstream is waited for to say that a body may come (RFC 9110 section 10.1.1)."""

_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods that may be sent again (RFC 9110 section 9.2.2)."""


class Asking:
    """One request to the upstream.

    Attributes:
        message: The request; its body is filled in as far as it is known when it is judged.
        upload: Its body.
        refusal: Why the body could not be read to its end; None as long as it can.
        connection: What it was sent over last.
    """

    def __init__(self, context: Context, scope: Scope, receive: Receive, wire: Wire) -> None:
        self._context = context
        self._scope = scope
        self._receive = receive
        self._wire = wire
        path, _, query = wire.target.partition(b"?")
        self.message = Message(scope["method"], path.decode("latin-1"), query, wire.fields, is_whole=False)
        self.upload = Upload(scope, receive, context.options.judge_limit, has_body=wire.has_body)
        self.refusal: Refusal | None = None
        self.connection: Connection | None = None
        self._judged: Judged | None = None
        self._pump: asyncio.Task[None] | None = None
        self._may_go_on: asyncio.Event | None = None

    def judged(self) -> Judged:
        """Return what the request is; judged again when more of it is known."""
        message, upload = self.message, self.upload
        is_whole = upload.is_complete and upload.is_kept and holding.is_readable(self._wire.fields)
        if self._judged is None or (is_whole and not message.is_whole):
            message.body = upload.copy
            message.is_whole = is_whole
            self._judged = self._context.judge_request(message)
        return self._judged

    async def answer(self) -> tuple[Connection, Head]:
        """Send the request, and return the head of the answer with what the rest comes over.

        Raises:
            UpstreamError: There is no answer.
        """
        pool = self._context.pool
        can_repeat = self.message.method in _REPEATABLE
        connection = await pool.take(can_repeat=can_repeat)
        while True:
            self._begin(connection)
            if self.upload.is_complete:
                # The upstream thinks about its answer meanwhile.
                self.judged()
            try:
                return connection, await connection.head()
            except Stale:
                if not can_repeat or not self.upload.is_kept:
                    raise
                self._stop()
                await asyncio.sleep(0)  # what was still sending the body ends now
                self.upload.rewind()
                pool.give(connection)
                connection = await pool.fresh()

    def end(self) -> None:
        """Let go of the connection, whatever is still under way."""
        self._wire.on_gone = None
        self._stop()
        if self.connection is not None:
            self._context.pool.give(self.connection)
            self.connection = None

    def _stop(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            self._pump = None

    def _begin(self, connection: Connection) -> None:
        context, wire, way, upload = self._context, self._wire, self._context.way, self.upload
        self.connection = connection
        is_chunked = upload.has_body and bool(wire.value(b"transfer-encoding"))
        client, method = self._scope.get("client"), self.message.method
        fields = inbound(
            wire.fields,
            host=None if context.options.preserve_host else way.address.authority.encode(),
            client=client[0] if client else None,
            scheme=self._scope.get("scheme", "http"),
            is_chunked=is_chunked,
            tells_way=context.options.tells_way,
        )
        if upload.has_body and b"100-continue" in wire.value(b"expect").lower():
            if upload.size:
                # The body is here already.
                fields = [field for field in fields if field[0].lower() != b"expect"]
            else:
                self._may_go_on = asyncio.Event()
        connection.patience = way.patience_seconds
        wire.on_gone = connection.abort
        head = written(b"%s %s HTTP/1.1" % (method.encode(), way.target(wire.target)), way.signed(fields))
        connection.begin(method, head, self._on_interim, is_all=not upload.has_body)
        if upload.has_body or not wire.is_real:
            self._pump = asyncio.create_task(self._send_body(connection, is_chunked=is_chunked))
            # After the first step of the task, which may have something to send already.
            asyncio.get_running_loop().call_soon(connection.flush)

    def _on_interim(self, status: int, reason: bytes, fields: Fields) -> None:
        self._wire.send_interim(status, reason, through(fields))
        if status == 100 and self._may_go_on is not None:
            self._may_go_on.set()

    async def _send_body(self, connection: Connection, *, is_chunked: bool) -> None:
        """Send the body of the request while it comes; then see whether the client stays."""
        try:
            if self._may_go_on is not None:
                # Some never say it: a body is sent to them all the same.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._may_go_on.wait(), CONTINUE_SECONDS)
            if self.upload.has_body:
                async for piece in self.upload.pieces():
                    await connection.write(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
                if is_chunked:
                    await connection.write(written(b"0", self._wire.trailers))
                connection.end()
                self.judged()
            while not self._wire.is_real:
                if (await self._receive())["type"] == "http.disconnect":
                    raise ClientGone
        except ClientGone:
            connection.abort()
        except Refusal as refusal:
            self.refusal = refusal
            connection.abort()
        except UpstreamError:
            return  # an upstream that takes no more may have said why: whoever waits for its answer sees that
