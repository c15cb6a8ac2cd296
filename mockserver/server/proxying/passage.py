"""One request on its way to the upstream, and its answer on its way back."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from typing import Final

from starlette.types import Receive, Scope, Send

from mockserver import jsontext
from mockserver.document.media_types import is_sequence
from mockserver.errors import Refusal, RefusalKind
from mockserver.mocking.exchange import Answer, ResponseSource
from mockserver.mocking.judging import Judged, Message, Reply
from mockserver.mocking.problems import PROBLEM_JSON, problem, undeclared_status
from mockserver.server.calls import ClientGone
from mockserver.server.proxying import holding
from mockserver.server.proxying.connection import Connection, Head
from mockserver.server.proxying.context import Context, Relayed, listed
from mockserver.server.proxying.failures import Aborted, Stale, UpstreamError
from mockserver.server.proxying.fields import Fields, inbound, through, value_of, written
from mockserver.server.proxying.upload import Upload
from mockserver.server.proxying.wire import Wire
from mockserver.server.told import violations_header

CONTINUE_SECONDS: Final = 1.0
"""How long the upstream is waited for to say that a body may come (RFC 9110 section 10.1.1)."""

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods that may be sent again (RFC 9110 section 9.2.2)."""

_OURS: Final = frozenset({b"mock-source", b"mock-violations"})
_SOURCE: Final = (b"Mock-Source", b"upstream")


class Passage:
    """One exchange.

    Args:
        proxy: What it is for.
        scope, receive, send: Of the request.
        wire: The request as it came.
    """

    def __init__(self, proxy: Context, scope: Scope, receive: Receive, send: Send, wire: Wire) -> None:
        self._proxy = proxy
        self._scope = scope
        self._receive = receive
        self._send = send
        self._wire = wire
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._received: datetime = proxy.world.clock.look()
        path, _, query = wire.target.partition(b"?")
        self._message = Message(scope["method"], path.decode("latin-1"), query, wire.fields)
        self._upload = Upload(scope, receive, proxy.options.judge_limit, has_body=self._has_body(wire))
        self._judged: Judged | None = None
        self._pump: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        self._refusal: Refusal | None = None
        self._may_go_on: asyncio.Event | None = None

    @staticmethod
    def _has_body(wire: Wire) -> bool:
        return wire.has_body and value_of(wire.fields, b"content-length") != b"0"

    async def run(self) -> None:
        """Pass the request on, and its answer back. Nothing gets out but the end of the connection."""
        if b"websocket" in value_of(self._wire.fields, b"upgrade").lower():
            await self._give_up(
                501, "WebSocket connections are not passed on: connect to the upstream itself"
            )
            return
        try:
            await self._pass()
        except ClientGone:
            self._record_end("the client went away before it had sent all")
        except Aborted as error:
            if self._refusal is None:
                self._record_end(str(error))
            else:
                await self._give_up(None, self._refusal.message, self._refusal)
        except Refusal as refusal:
            await self._give_up(None, refusal.message, refusal)
        except UpstreamError as error:
            await self._give_up(error.status, str(error), failure=str(error))
        finally:
            self._wire.on_gone = None
            if self._pump is not None:
                self._pump.cancel()
            if self._connection is not None:
                self._proxy.pool.give(self._connection)

    async def _pass(self) -> None:
        connection, head = await self._ask()
        judged = self._judge_request()
        if not holding.is_held(judged.operation, head, self._proxy.options.judge_limit):
            await self._stream(connection, head, judged, [])
            return
        pieces: list[bytes] = []
        size = 0
        stall = holding.STALL_SECONDS if head.length is None else holding.LENGTH_STALL_SECONDS
        while True:
            piece = await connection.read(stall)
            if piece == b"":
                break
            if piece is not None:
                pieces.append(piece)
                size += len(piece)
            if piece is None or size > self._proxy.options.judge_limit:
                await self._stream(connection, head, judged, pieces)
                return
        await self._finish(connection, head, judged, b"".join(pieces))

    async def _ask(self) -> tuple[Connection, Head]:
        """Send the request, and return the head of the answer with what the rest comes over."""
        method = self._message.method
        has_body = not self._upload.is_complete
        can_repeat = method in _SAFE and not has_body
        connection = await self._proxy.pool.take(can_repeat=can_repeat)
        while True:
            self._begin(connection, method, has_body=has_body)
            if not has_body:
                # The upstream thinks about its answer meanwhile.
                self._judge_request()
            try:
                return connection, await connection.head()
            except Stale:
                if not can_repeat:
                    raise
                self._proxy.pool.give(connection)
                self._connection = None
                connection = await self._proxy.pool.fresh()

    def _begin(self, connection: Connection, method: str, *, has_body: bool) -> None:
        proxy, wire, way = self._proxy, self._wire, self._proxy.way
        self._connection = connection
        is_chunked = has_body and bool(value_of(wire.fields, b"transfer-encoding"))
        client = self._scope.get("client")
        fields = inbound(
            wire.fields,
            host=None if proxy.options.preserve_host else way.address.authority.encode(),
            client=client[0] if client else None,
            scheme=self._scope.get("scheme", "http"),
            is_chunked=is_chunked,
            tells_way=proxy.options.tells_way,
        )
        if has_body and b"100-continue" in value_of(wire.fields, b"expect").lower():
            self._may_go_on = asyncio.Event()
        connection.patience = way.patience_seconds
        wire.on_gone = connection.abort
        head = written(b"%s %s HTTP/1.1" % (method.encode(), way.target(wire.target)), way.signed(fields))
        connection.begin(method, head, self._on_interim, is_all=not has_body)
        if has_body or not wire.is_real:
            self._pump = self._loop.create_task(self._send_body(connection, is_chunked=is_chunked))

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
            if not self._upload.is_complete:
                async for piece in self._upload.pieces():
                    await connection.write(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
                if is_chunked:
                    await connection.write(written(b"0", self._wire.trailers))
                connection.end()
                if self._upload.is_kept:
                    self._judge_request()
            while not self._wire.is_real:
                if (await self._receive())["type"] == "http.disconnect":
                    raise ClientGone
        except ClientGone:
            connection.abort()
        except Refusal as refusal:
            self._refusal = refusal
            connection.abort()
        except UpstreamError:
            return  # an upstream that takes no more may have said why: whoever waits for its answer sees that

    def _judge_request(self) -> Judged:
        """Return what the request is; judged again when more of it is known."""
        message, upload = self._message, self._upload
        is_whole = upload.is_complete and upload.is_kept
        if self._judged is None or (is_whole and not message.is_whole):
            message.body = upload.copy
            message.is_whole = is_whole and holding.is_readable(self._wire.fields)
            self._judged = self._proxy.judge.judge_request(message)
        return self._judged

    async def _finish(self, connection: Connection, head: Head, judged: Judged, content: bytes) -> None:
        """Pass on an answer of which all is known."""
        reply = Reply(head.status, head.fields, content, holding.is_readable(head.fields))
        self._proxy.judge.judge_reply(judged, self._message.method, reply)
        await self._start(head, judged)
        await self._send_end(content, connection)
        self._record(head, judged, reply, len(content))

    async def _stream(self, connection: Connection, head: Head, judged: Judged, pieces: list[bytes]) -> None:
        """Pass on an answer piece by piece, and judge it when it is over."""
        limit = self._proxy.options.judge_limit
        proxy, method = self._proxy, self._message.method
        is_empty = head.is_bodiless or head.length == 0
        first = Reply(head.status, head.fields, b"" if is_empty else b"-", is_whole=is_empty)
        proxy.judge.judge_reply(judged, method, first)
        await self._start(head, judged)
        if is_sequence(holding.content_type(head.fields)):
            connection.patience = 0
        kept = pieces
        size = sum(map(len, pieces))
        is_kept = size <= limit
        await self._send_piece(b"".join(pieces))
        try:
            while piece := await connection.read():
                size += len(piece)
                if is_kept and size > limit:
                    kept, is_kept = [], False
                if is_kept:
                    kept.append(piece)
                await self._send_piece(piece)
        except UpstreamError as error:
            reply = Reply(head.status, head.fields, b"".join(kept) or b"-", is_whole=False)
            self._record(head, judged, reply, size, str(error))
            if not self._wire.cut():
                raise ConnectionError(str(error)) from error
            return
        await self._send_end(b"", connection)
        reply = Reply(head.status, head.fields, b"".join(kept), is_kept and holding.is_readable(head.fields))
        if not is_empty:
            proxy.judge.judge_reply(judged, method, reply)
        self._record(head, judged, reply, size)

    async def _start(self, head: Head, judged: Judged) -> None:
        fields = [field for field in through(head.fields) if field[0].lower() not in _OURS]
        fields.append(_SOURCE)
        found = listed(judged)
        if found:
            fields.append((b"Mock-Violations", violations_header(found)))
        await self._send(
            {
                "type": "http.response.start",
                "status": head.status,
                "headers": fields,
                "reason": head.reason,
                "is_framed": head.length is not None,
            }
        )

    async def _send_piece(self, data: bytes) -> None:
        if data:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def _send_end(self, data: bytes, connection: Connection) -> None:
        await self._send({"type": "http.response.body", "body": data, "trailers": connection.trailers})

    def _record(self, head: Head, judged: Judged, reply: Reply, size: int, detail: str = "") -> None:
        """Note an exchange in the journal, and tell whoever listens."""
        answer = Answer(
            head.status,
            media_type=None,
            source=ResponseSource.UPSTREAM,
            detail=detail,
            violations=judged.response,
        )
        self._proxy.record(
            self._message, judged, self._received, answer, head.fields, reply.body, (self._upload.size, size)
        )
        self._tell(judged, reply, detail, failure=detail)

    def _tell(self, judged: Judged, reply: Reply | None, detail: str = "", failure: str = "") -> None:
        elapsed_ms = (self._loop.time() - self._began) * 1000
        self._proxy.tell(Relayed(self._message, reply, judged, self._received, elapsed_ms, detail, failure))

    def _record_end(self, detail: str) -> None:
        judged = self._judge_request()
        answer = Answer(0, media_type=None, source=ResponseSource.UPSTREAM, detail=detail)
        sizes = self._upload.size, 0
        self._proxy.record(self._message, judged, self._received, answer, [], b"", sizes)
        self._tell(judged, None, detail)

    async def _give_up(
        self, status: int | None, reason: str, refusal: Refusal | None = None, *, failure: str = ""
    ) -> None:
        """Answer that there is no answer (RFC 9457)."""
        refusal = refusal or Refusal(RefusalKind.FAULT, reason)
        if status is None:
            status = undeclared_status(refusal.kind)
        content = jsontext.dumps(problem(refusal, status))
        fields: Fields = [
            (b"content-type", PROBLEM_JSON.encode()),
            (b"content-length", b"%d" % len(content)),
            (b"mock-source", b"refusal"),
            *((name.lower().encode(), value.encode()) for name, value in refusal.headers.items()),
        ]
        judged = self._judge_request()
        answer = Answer(status, media_type=PROBLEM_JSON, source=ResponseSource.REFUSAL, detail=reason)
        self._proxy.record(
            self._message, judged, self._received, answer, fields, content, (self._upload.size, len(content))
        )
        self._tell(judged, None, reason, failure)
        await self._send({"type": "http.response.start", "status": status, "headers": fields})
        is_head = self._message.method == "HEAD"
        await self._send({"type": "http.response.body", "body": b"" if is_head else content})
