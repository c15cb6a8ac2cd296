"""One exchange: a request that goes to the upstream, and what comes back of it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from starlette.types import Message as Event
from starlette.types import Receive, Scope, Send

from mockserver.document.media_types import is_sequence
from mockserver.errors import Refusal, RefusalKind
from mockserver.mocking.exchange import Answer, ResponseSource
from mockserver.mocking.judging import Judged, Reply
from mockserver.mocking.problems import PROBLEM_JSON, problem, undeclared_status
from mockserver.server.calls import Call, ClientGone
from mockserver.server.proxying import holding, missing, refusing
from mockserver.server.proxying.asking import Asking
from mockserver.server.proxying.connection import Connection
from mockserver.server.proxying.context import Context, Relayed, listed
from mockserver.server.proxying.failures import Aborted, UpstreamError
from mockserver.server.proxying.fields import Fields, relocated, through
from mockserver.server.proxying.heads import Head
from mockserver.server.proxying.probing import probe
from mockserver.server.proxying.wire import Wire
from mockserver.server.told import violations_header

_OURS: Final = frozenset({b"mock-source", b"mock-violations"})
_SOURCE: Final = (b"Mock-Source", b"upstream")
_STOPPED: Final = "the proxy was stopped"
_NO_WEBSOCKET: Final = "WebSocket connections are not passed on: connect to the upstream itself"


class Passage:
    """One exchange.

    Args:
        context: What it needs.
        scope: Of the request.
        receive: Where its body comes from.
        send: Where its answer goes.
        wire: The request as it came.
    """

    def __init__(self, context: Context, scope: Scope, receive: Receive, send: Send, wire: Wire) -> None:
        self._context = context
        self._scope = scope
        self._send = send
        self._wire = wire
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._received: datetime = context.world.clock.look()
        self._asking = Asking(context, scope, receive, wire)
        self._is_recorded = False

    async def run(self) -> None:
        """Pass the request on, and its answer back. Nothing gets out but the end of the connection."""
        asking = self._asking
        try:
            if b"websocket" in self._wire.value(b"upgrade").lower():
                await self._give_up(Refusal(RefusalKind.FAULT, _NO_WEBSOCKET, status=501))
            elif not self._context.options.errors or await self._may_pass():
                await self._pass()
        except ClientGone:
            self._record_end("the client went away before it had sent all")
        except Aborted as error:
            if asking.refusal is None:
                self._record_end(str(error))
            else:
                await self._give_up(asking.refusal)
        except Refusal as refusal:
            await self._give_up(refusal)
        except asyncio.CancelledError:
            if not self._is_recorded:
                self._record_end(_STOPPED)
            raise
        except UpstreamError as error:
            await self._give_up(Refusal(RefusalKind.FAULT, str(error), status=error.status), str(error))
        finally:
            asking.end()

    async def _may_pass(self) -> bool:
        """Judge the request before it goes on, and answer it where it must not."""
        await self._asking.upload.gather()
        judged = self._asking.judged()
        refusal = refusing.of_request(judged)
        if refusal is not None:
            await self._refuse(refusal, judged)
        return refusal is None

    async def _pass(self) -> None:
        connection, head = await self._asking.answer()
        judged = self._asking.judged()
        operation, options = judged.operation, self._context.options
        limit, pieces, is_whole = options.judge_limit, list[bytes](), False
        may_be_missing = options.mock_missing and operation is not None and head.status in missing.MISSING
        if may_be_missing or holding.is_held(operation, head, limit):
            stall = holding.STALL_SECONDS if head.length is None else holding.LENGTH_STALL_SECONDS
            pieces, is_whole = await _hold(connection, limit, None if options.errors else stall)
        if not is_whole:
            await self._stream(connection, head, judged, pieces)
            return
        trailers, content = connection.trailers, b"".join(pieces)
        # Some servers have one connection at a time, and the next question may come from here.
        self._asking.end()
        if may_be_missing and await self._is_missing(judged, head, content):
            await self._mock(judged, head.status)
        else:
            await self._finish(head, judged, content, trailers)

    async def _finish(self, head: Head, judged: Judged, content: bytes, trailers: Fields) -> None:
        """Pass on an answer of which all is known."""
        reply = Reply(head.status, head.fields, content, holding.is_readable(head.fields))
        if await self._start(head, judged, reply):
            await self._send_end(content, trailers)
            self._record(head, judged, reply, len(content))

    async def _stream(self, connection: Connection, head: Head, judged: Judged, pieces: list[bytes]) -> None:
        """Pass on an answer piece by piece, and judge it when it is over."""
        limit = self._context.options.judge_limit
        is_empty = head.is_bodiless or head.length == 0
        reply = Reply(head.status, head.fields, b"" if is_empty else b"-", is_whole=is_empty)
        if not await self._start(head, judged, reply):
            return
        if is_sequence(holding.content_type(head.fields)):
            connection.patience = 0  # the next event may be hours away
        kept, size = pieces, sum(map(len, pieces))
        await self._send_piece(b"".join(pieces))
        try:
            while piece := await connection.read():
                size += len(piece)
                if size <= limit:
                    kept.append(piece)
                else:
                    kept = []
                await self._send_piece(piece)
        except (UpstreamError, asyncio.CancelledError) as error:
            reply = Reply(head.status, head.fields, b"".join(kept), is_whole=False)
            is_ours = isinstance(error, Aborted | asyncio.CancelledError)
            self._record(head, judged, reply, size, str(error) or _STOPPED, "" if is_ours else str(error))
            if isinstance(error, asyncio.CancelledError):
                raise
            if not self._wire.cut():
                raise ConnectionError(str(error)) from error
            return
        await self._send_end(b"", connection.trailers)
        is_kept = size <= limit
        content = b"".join(kept) if is_kept else b""
        reply = Reply(head.status, head.fields, content, is_kept and holding.is_readable(head.fields))
        if reply.is_whole and not is_empty:
            self._context.judge_reply(judged, self._asking.message.method, reply)
        note = "" if is_kept else f"a body of {size} bytes, more than is judged"
        self._record(head, judged, reply, size, note)

    async def _start(self, head: Head, judged: Judged, reply: Reply) -> bool:
        """Judge an answer and send its head, or refuse it; tell whether it was sent."""
        options = self._context.options
        self._context.judge_reply(judged, self._asking.message.method, reply)
        if options.errors and (refusal := refusing.of_response(judged, head.status)) is not None:
            await self._refuse(refusal, judged, reply)
            return False
        fields = [field for field in through(head.fields) if field[0].lower() not in _OURS]
        if options.rewrite_location:
            host = self._wire.value(b"host")
            fields = relocated(
                fields, self._context.way.address, f"{self._scope['scheme']}://".encode() + host
            )
        fields.append(_SOURCE)
        if found := listed(judged):
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
        return True

    async def _send_piece(self, data: bytes) -> None:
        if data:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def _send_end(self, data: bytes, trailers: Fields) -> None:
        await self._send({"type": "http.response.body", "body": data, "trailers": trailers})

    # Answers that are not the upstream's.

    async def _is_missing(self, judged: Judged, head: Head, content: bytes) -> bool:
        """Return whether the upstream does not have the operation, and the mock can answer instead."""
        operation, message = judged.operation, self._asking.message
        if operation is None or not self._asking.upload.is_kept:
            return False
        media_type = holding.content_type(head.fields)
        said = missing.Said(message.path, head.status, media_type, content[: missing.BODY_LIMIT])

        async def ask(path: str) -> missing.Said | None:
            return await probe(self._context, self._wire.fields, path)

        return await self._context.missing.is_missing(operation, said, ask, self._loop.time())

    async def _mock(self, judged: Judged, status: int) -> None:
        """Let the mock answer for an operation that the upstream does not have."""
        assert judged.operation is not None
        # What was still sending the body ends now, and reads no more of it.
        await asyncio.sleep(0)
        receive = self._asking.upload.again()
        self._context.missing.mocked[judged.operation.id] += 1

        async def send(event: Event) -> None:
            if event["type"] == "http.response.start":
                told = (b"mock-upstream-status", b"%d" % status)
                event = {**event, "headers": [*event["headers"], told]}
            await self._send(event)

        await self._context.mock(dict(self._scope), receive, send)

    async def _refuse(self, refusal: Refusal, judged: Judged, reply: Reply | None = None) -> None:
        """Answer with an error in the shape that the document declares."""
        served = self._context.served
        call = Call(self._scope, self._context.world, errors=False, cors=False)
        call.served = served
        call.target = served.operations[judged.operation.id] if judged.operation else None
        if refusal.kind is RefusalKind.UNAUTHENTICATED and call.target and call.target.challenge:
            refusal.headers.setdefault("WWW-Authenticate", call.target.challenge)
        accept = call.header("accept") or ""
        answer = served.engine.refuse(refusal, judged.operation, path=call.place, accept=accept)
        answer.violations = None
        fields, content = call.written(answer)
        fields.append((b"mock-violations", violations_header(listed(judged))))
        await self._say(answer, fields, content, judged, reply)

    async def _give_up(self, refusal: Refusal, failure: str = "") -> None:
        """Answer that there is no answer, in words that belong to no document (RFC 9457)."""
        status = refusal.status or undeclared_status(refusal.kind)
        answer = Answer(
            status,
            problem(refusal, status),
            PROBLEM_JSON,
            refusal.headers,
            ResponseSource.REFUSAL,
            refusal.message,
        )
        call = Call(self._scope, self._context.world, errors=False, cors=False)
        fields, content = call.written(answer)
        await self._say(answer, fields, content, self._asking.judged(), failure=failure)

    async def _say(
        self,
        answer: Answer,
        fields: list[tuple[bytes, bytes]],
        content: bytes,
        judged: Judged,
        reply: Reply | None = None,
        failure: str = "",
    ) -> None:
        """Send an answer of our own, and note it."""
        sizes = self._asking.upload.size, len(content)
        self._context.record(self._asking.message, judged, self._received, answer, fields, content, sizes)
        self._tell(judged, reply, answer.detail, failure)
        await self._send({"type": "http.response.start", "status": answer.status, "headers": fields})
        is_head = self._asking.message.method == "HEAD"
        await self._send({"type": "http.response.body", "body": b"" if is_head else content})

    # What is known afterwards.

    def _record(
        self, head: Head, judged: Judged, reply: Reply, size: int, detail: str = "", failure: str = ""
    ) -> None:
        """Note an exchange in the journal, and tell whoever listens."""
        notes = [detail] if detail else []
        if self._asking.upload.has_body and not self._asking.message.is_whole:
            notes.append("the body of the request was not judged")
        if not (reply.is_whole or head.is_bodiless):
            notes.append("the body of the answer was not judged")
        detail = "; ".join(notes)
        answer = Answer(
            head.status,
            media_type=None,
            source=ResponseSource.UPSTREAM,
            detail=detail,
            violations=judged.response,
        )
        sizes = self._asking.upload.size, size
        message = self._asking.message
        self._context.record(message, judged, self._received, answer, head.fields, reply.body, sizes)
        if judged.operation is not None:
            self._context.missing.saw(judged.operation, head.status)
        self._tell(judged, reply, detail, failure)

    def _record_end(self, detail: str) -> None:
        """Note an exchange that the client has ended."""
        judged, message = self._asking.judged(), self._asking.message
        answer = Answer(0, media_type=None, source=ResponseSource.UPSTREAM, detail=detail)
        sizes = self._asking.upload.size, 0
        self._context.record(message, judged, self._received, answer, [], b"", sizes)
        self._tell(judged, None, detail)

    def _tell(self, judged: Judged, reply: Reply | None, detail: str, failure: str = "") -> None:
        self._is_recorded = True
        elapsed_ms = (self._loop.time() - self._began) * 1000
        message = self._asking.message
        self._context.tell(Relayed(message, reply, judged, self._received, elapsed_ms, detail, failure))


async def _hold(connection: Connection, limit: int, stall: float | None) -> tuple[list[bytes], bool]:
    """Return what comes of a body before it is too much, or the next piece too slow; and whether that is all."""
    pieces: list[bytes] = []
    size = 0
    while piece := await connection.read(stall):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            return pieces, False
    return pieces, piece is not None
