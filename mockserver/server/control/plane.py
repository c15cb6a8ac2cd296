"""The ASGI side of the control plane: the door that it stands behind, and its first awakening.

Connexion names only some of a path's methods in `Allow`, takes a body without length for none, and decodes
slashes in path segments before it looks at them. So path and method are settled here, on the raw path, as the
data plane does, and what goes on is plain: a path and method of the document, and a body with its length.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Mapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockserver import jsontext
from mockserver.document.paths import PathTrie
from mockserver.errors import Refusal, RefusalKind, UsageError
from mockserver.mocking.problems import PROBLEM_JSON, problem, undeclared_status
from mockserver.mocking.worlds import Worlds
from mockserver.server.calls import CALL, Call, Served
from mockserver.server.control import loops
from mockserver.server.control.reloads import Reload
from mockserver.settings import Settings

_BODY_LIMIT_BYTES: Final = 64 * 1024
_SNAPSHOT_LIMIT_BYTES: Final = 256 * 1024 * 1024
_PATH: Final = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_HEADERS: Final = [
    (b"mock-source", b"control"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


class ControlPlane:
    """Answers below the control path. Nothing of Flask is made before the first request.

    Args:
        documents: What is served.
        worlds: Where the state is.
        settings: How it is served.
        reloads: How the last reload of each document ended. This and the documents may change meanwhile.

    Raises:
        UsageError: The control path is no path.
    """

    def __init__(
        self, documents: list[Served], worlds: Worlds, settings: Settings, reloads: Mapping[str, Reload]
    ) -> None:
        self._base = settings.control_path.rstrip("/")
        if not _PATH.fullmatch(self._base):
            raise UsageError(
                f"{settings.control_path!r} is no path for the control API; it should be like /__mock__"
            )
        self._documents = documents
        self._worlds = worlds
        self._settings = settings
        self._reloads = reloads
        self._awake: tuple[ASGIApp, PathTrie[str]] | None = None
        self._waking = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request to the control API."""
        call: Call = scope[CALL]
        # In a thread: the data plane goes on answering meanwhile.
        app, paths = self._awake if self._awake else await asyncio.to_thread(self._wake)
        answer = _Answering(send, head_only=call.method == "HEAD")
        try:
            await self._pass_on(call, app, paths, scope, receive, answer)
        except Refusal as refusal:
            await _refuse(refusal, answer)

    def _wake(self) -> tuple[ASGIApp, PathTrie[str]]:
        from mockserver.server.control import api

        with self._waking:
            if self._awake is None:
                app, declared = api.make_app(
                    self._base, self._documents, self._worlds, self._settings, self._reloads
                )
                paths: PathTrie[str] = PathTrie()
                for template, methods in declared.items():
                    node, _ = paths.place(template)
                    node.methods.update({method: (method, ()) for method in methods})
                self._awake = app, paths
            return self._awake

    async def _pass_on(
        self, call: Call, app: ASGIApp, paths: PathTrie[str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        path = call.route if call.route != self._base else f"{self._base}/"
        match = paths.find(path)
        if match is None:
            raise Refusal(
                RefusalKind.NOT_FOUND,
                f"the control API has no path {call.place}; {self._base}/openapi.yaml lists them",
            )
        method = "GET" if call.method == "HEAD" else call.method
        if method not in match.node.methods:
            headers = {"Allow": match.allow}
            if method == "OPTIONS":
                await send(
                    {
                        "type": "http.response.start",
                        "status": 204,
                        "headers": [(b"allow", match.allow.encode())],
                    }
                )
                await send({"type": "http.response.body", "body": b""})
                return
            raise Refusal(
                RefusalKind.METHOD_NOT_ALLOWED,
                f"{call.place} has no {method}; it has {match.allow}",
                headers=headers,
            )
        limit = _SNAPSHOT_LIMIT_BYTES if path.endswith("/snapshot") else _BODY_LIMIT_BYTES
        await call.read_body(scope, receive, limit)
        loops.enter(self._worlds)
        await app(_plain(scope, call, path, method), _once(call.body), send)


def _plain(scope: Scope, call: Call, path: str, method: str) -> Scope:
    """Return a scope without surprises, whatever this one is mounted below."""
    headers = [
        (name, value)
        for name, value in call.raw_headers
        if name not in (b"content-length", b"transfer-encoding", b"mock-world")
    ]
    if call.named is not None:
        # Whether a header or the path has said so.
        headers.append((b"mock-world", call.named.encode("ascii")))
    if not call.body:
        headers = [(name, value) for name, value in headers if name != b"content-type"]
    elif call.header("content-type") is None:
        headers.append((b"content-type", b"application/json"))
    headers.append((b"content-length", b"%d" % len(call.body)))
    return {
        **scope,
        "method": method,
        "root_path": "",
        # Raw: an encoded slash is no separator. The operations decode what they are given.
        "path": path,
        "raw_path": path.encode("latin-1"),
        "query_string": re.sub(rb"[^!-~]", lambda found: b"%%%02X" % found[0][0], call.query),
        "headers": headers,
        "extensions": {},
    }


def _once(body: bytes) -> Receive:
    """Return a channel that gives a body in one piece, and then nothing more."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


class _Answering:
    """A way out on which every answer gets the headers of the control API, and HEAD no body."""

    def __init__(self, send: Send, *, head_only: bool) -> None:
        self._send = send
        self._head_only = head_only

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
        elif self._head_only and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)


async def _refuse(refusal: Refusal, send: Send) -> None:
    """Answer with Problem Details."""
    status = refusal.status or undeclared_status(refusal.kind)
    content = jsontext.dumps(problem(refusal, status))
    headers = [(b"content-type", PROBLEM_JSON.encode()), (b"content-length", b"%d" % len(content))]
    headers += [
        (name.lower().encode(), value.encode("latin-1", "replace")) for name, value in refusal.headers.items()
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
