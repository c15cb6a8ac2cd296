"""Ways to a mock server in this process without a port: for httpx, ASGI and WSGI. A door to httpx."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from concurrent.futures import Future
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import httpx

from mockserver.server.embedding import Answered, Asked, Embedded
from mockserver.server.faults import BrokenOff

_AS_HTTPX: Final = {"timeout": httpx.ReadTimeout, "garbage": httpx.RemoteProtocolError}
"""How a connection ended -> what httpx says of it; of all others that it could not be read."""
_PATIENCE_SECONDS: Final = 90
"""Longer than the longest delay that a stub can order."""


class Way:
    """Leads requests into one world of a server, whatever host they name.

    Args:
        embedded: The server.
        world: The name of the world.
    """

    def __init__(self, embedded: Embedded, world: str) -> None:
        self._embedded = embedded
        self._world = world.encode("ascii")

    def submit(
        self,
        method: str,
        target: bytes,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes,
        *,
        scheme: str = "http",
        host: str = "mock",
        port: int | None = None,
    ) -> Future[Answered]:
        """Begin to answer a request."""
        given = [(name.lower(), value) for name, value in headers if name.lower() != b"mock-world"]
        number = port or (443 if scheme == "https" else 80)
        return self._embedded.submit(
            Asked(method, target, [*given, (b"mock-world", self._world)], body, scheme, host, number)
        )


class MockTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """For `httpx.Client(transport=...)` and `httpx.AsyncClient(transport=...)`, with any `base_url`."""

    def __init__(self, way: Way) -> None:
        self._way = way

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of a client."""
        try:
            answered = self._submit(request, request.read()).result(_PATIENCE_SECONDS)
        except BrokenOff as error:
            raise _as_httpx(error, request) from error
        return _response(answered)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of an asynchronous client, on asyncio or trio."""
        try:
            answered = await _awaited(self._submit(request, await request.aread()))
        except BrokenOff as error:
            raise _as_httpx(error, request) from error
        return _response(answered)

    def _submit(self, request: httpx.Request, body: bytes) -> Future[Answered]:
        url = request.url
        return self._way.submit(
            request.method,
            url.raw_path,
            request.headers.raw,
            body,
            scheme=url.scheme,
            host=url.host,
            port=url.port,
        )


def _response(answered: Answered) -> httpx.Response:
    return httpx.Response(answered.status, headers=list(answered.headers), content=answered.body)


def _as_httpx(error: BrokenOff, request: httpx.Request) -> httpx.TransportError:
    return _AS_HTTPX.get(error.kind, httpx.ReadError)(str(error), request=request)


async def _awaited(future: Future[Answered]) -> Answered:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # Another kind of loop, such as trio's.
        import anyio.to_thread

        return await anyio.to_thread.run_sync(future.result)
    return await asyncio.wrap_future(future)


Message = MutableMapping[str, Any]


class AsgiApp:
    """The server as an ASGI application, on the loop of whoever calls it."""

    def __init__(self, way: Way) -> None:
        self._way = way

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer a request, or the events of a lifespan."""
        if scope["type"] == "lifespan":
            while True:
                kind = (await receive())["type"]
                await send({"type": f"{kind}.complete"})
                if kind == "lifespan.shutdown":
                    return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        parts: list[bytes] = []
        while True:
            message = await receive()
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                break
        raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode("ascii")
        query: bytes = scope.get("query_string", b"")
        answered = await _awaited(
            self._way.submit(
                scope["method"], raw + b"?" + query if query else raw, scope["headers"], b"".join(parts)
            )
        )
        await send(
            {"type": "http.response.start", "status": answered.status, "headers": list(answered.headers)}
        )
        await send({"type": "http.response.body", "body": answered.body})


class WsgiApp:
    """The server as a WSGI application (PEP 3333)."""

    def __init__(self, way: Way) -> None:
        self._way = way

    def __call__(
        self, environ: MutableMapping[str, Any], start_response: Callable[..., Any]
    ) -> Sequence[bytes]:
        """Answer a request."""
        length = environ.get("CONTENT_LENGTH") or ""
        body = environ["wsgi.input"].read(int(length)) if length.isdecimal() else b""
        headers = [
            (name[5:].replace("_", "-").lower().encode("latin-1"), str(value).encode("latin-1"))
            for name, value in environ.items()
            if name.startswith("HTTP_")
        ]
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if environ.get(name):
                headers.append(
                    (name.replace("_", "-").lower().encode(), str(environ[name]).encode("latin-1"))
                )
        # What servers decode as Latin-1 is UTF-8 in truth (PEP 3333, "Unicode Issues").
        place = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
        path = (raw or "").partition("?")[0] or quote(place.encode("latin-1"), safe="/:@!$&'()*+,;=~")
        query = environ.get("QUERY_STRING", "")
        target = f"{path}?{query}" if query else path
        answered = self._way.submit(
            environ["REQUEST_METHOD"],
            target.encode("latin-1"),
            headers,
            body,
            scheme=environ.get("wsgi.url_scheme", "http"),
        ).result(_PATIENCE_SECONDS)
        try:
            phrase = HTTPStatus(answered.status).phrase
        except ValueError:
            phrase = "Unknown"
        start_response(
            f"{answered.status} {phrase}",
            [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answered.headers],
        )
        return [answered.body]
