"""The proxy as an ASGI application: which requests go to the upstream, and which are answered here."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from mockserver.server.proxying.context import Context
from mockserver.server.proxying.passage import Passage
from mockserver.server.proxying.wire import wire_of


class Proxy:
    """Passes requests on to the upstream, and judges what passes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._control = context.options.control_path.rstrip("/").encode()

    def close(self) -> None:
        """Close the connections to the upstream. To be called on the loop's thread."""
        self._context.pool.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1000})
            return
        wire = wire_of(scope)
        path = wire.target.partition(b"?")[0]
        if path == self._control or path.startswith(self._control + b"/"):
            await self._context.mock(scope, receive, send)
            return
        context = self._context
        if not context.choice.is_plain:
            text, _, query = wire.target.decode("latin-1").partition("?")
            operation = context.router.find(scope["method"], text, query.encode("latin-1")).operation
            if context.choice.is_mock(operation, scope["method"], text):
                await context.mock(scope, receive, send)
                return
        await Passage(context, scope, receive, send, wire).run()
