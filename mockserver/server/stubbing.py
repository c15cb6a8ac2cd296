"""Answers a request as a stub of its world orders."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote_plus

from starlette.types import Receive, Send

from mockserver.document.messages.fields import split_fields
from mockserver.mocking.exchange import Answer, Request, ResponseSource
from mockserver.mocking.matching import Sent
from mockserver.mocking.stubs import Stub
from mockserver.server import faults
from mockserver.server.calls import Call, ServedOperation


async def stubbed(
    call: Call, target: ServedOperation, request: Request, receive: Receive, send: Send
) -> bool:
    """Answer a request if a stub orders it, and return whether one has; what else there is to say, the call notes.

    Raises:
        Refusal: The client does not take the media type of the stub.
        BrokenOff: The stub orders a fault, and there is no connection that could have it.
    """
    stub, call.note = call.world.stub_for(target.served.name, target.operation.id, _sent(call, request))
    if stub is None:
        return False
    if stub.delay_ms:
        await asyncio.sleep(stub.delay_ms / 1000)
    if stub.fault is not None:
        await _fail(stub, stub.fault, call, target, request, receive, send)
        return True
    if not stub.answers:
        call.note = f"{stub} made it wait {stub.delay_ms} ms"
        return False
    answer = target.served.engine.stubbed(stub, request)
    if answer.status == 401 and target.challenge:
        answer.headers.setdefault("WWW-Authenticate", target.challenge)
    await call.respond(send, answer)
    return True


async def _fail(
    stub: Stub,
    fault: str,
    call: Call,
    target: ServedOperation,
    request: Request,
    receive: Receive,
    send: Send,
) -> None:
    half = target.served.engine.stubbed(stub, request) if fault == "truncate" else None
    ended = Answer(0, None, None, {}, ResponseSource.STUB, f"{stub}: {faults.WHAT[fault]}", violations=())
    call.record(ended, [], b"")
    await faults.end(fault, half, call, receive, send)


def _sent(call: Call, request: Request) -> Sent:
    texts = {
        unquote_plus(name): [unquote_plus(text) for text in values]
        for name, values in split_fields(call.query, []).items()
    }
    return Sent(request.path, request.query, texts, call.header, request.body)
