"""One HTTP request on its way through the stack, and the one door through which every answer leaves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

from starlette.types import Receive, Scope, Send

from mockserver import jsontext
from mockserver.document.media_types import is_json
from mockserver.document.messages.bodies import BodyReader
from mockserver.document.messages.parameters import ParameterReader
from mockserver.document.model import Document, Operation
from mockserver.document.plan import Plan
from mockserver.errors import Refusal, RefusalKind
from mockserver.mocking.challenges import challenge
from mockserver.mocking.engine import Engine
from mockserver.mocking.exchange import Answer, Exchange, Request, ResponseSource
from mockserver.mocking.headers import clean
from mockserver.mocking.problems import PROBLEM_JSON, problem, undeclared_status
from mockserver.mocking.world import DEFAULT, World
from mockserver.server.protocol import FAILURE
from mockserver.server.told import violations_header

if TYPE_CHECKING:
    from mockserver.server.handlers import Handler

CALL: Final = "mockserver.call"
"""Key of the ASGI scope under which the call travels."""

_SHOWN: Final = 300
"""Characters of a path that are shown."""


class ClientGone(Exception):
    """The client closed the connection: there is nobody to answer, and half a request is none."""


class ServedOperation:
    """An operation with all that the server looks up only once."""

    def __init__(self, served: Served, operation: Operation, handler: Handler | None) -> None:
        self.served = served
        self.operation = operation
        self.handler = handler

    @cached_property
    def parameters(self) -> ParameterReader:
        """Reads its parameters; compiled at the first request."""
        document = self.served.document
        keys = [scheme.parameter for scheme in document.security_schemes.values() if scheme.place == "query"]
        return ParameterReader(self.operation, document.request_schemas, keys)

    @cached_property
    def body(self) -> BodyReader:
        """Reads its bodies; compiled at the first request."""
        return BodyReader(self.operation, self.served.document.request_schemas)

    @cached_property
    def needs_origin(self) -> bool:
        """Whether its answers may have to name the server: where they declare a place, or speak of other pages."""
        declared = self.operation.responses.values()
        planned = self.served.plan.operations.get(self.operation.id)
        if planned is not None and ("_uri" in repr(planned.answer) or "_url" in repr(planned.answer)):
            return True
        return any(name.lower().endswith("location") for item in declared for name in item.headers)

    @cached_property
    def challenge(self) -> str:
        """The `WWW-Authenticate` value of its refusals (RFC 9110 section 11.6.1)."""
        return challenge(self.served.document, self.operation)


class Served:
    """A document on the air.

    Attributes:
        name: The name under which it is served.
        operations: By operation id.
    """

    def __init__(
        self, name: str, document: Document, plan: Plan, engine: Engine, handlers: Mapping[str, Handler]
    ) -> None:
        self.name = name
        self.document = document
        self.plan = plan
        self.engine = engine
        self.operations = {
            id: ServedOperation(self, operation, handlers.get(id))
            for id, operation in document.operations.items()
        }


class Call:
    """One request.

    Attributes:
        served: The document that it belongs to, as far as that can be said.
        target: Its operation, once it is known.
        path_values: The raw texts of the path's variables.
        request: The request as it fits its operation, once it does.
        fields: The headers by their names in lower case.
        cors: Whether pages of other origins may read the answer.
        world: The world that it is in.
        named: The name of the world that the request itself names, None for none.
        path: The path as it was sent.
        route: The path without what names the world.
        note: What else is to be said of the answer, whatever it will be.
    """

    __slots__ = (
        "body",
        "cors",
        "errors",
        "fields",
        "method",
        "named",
        "note",
        "path",
        "path_values",
        "query",
        "raw_headers",
        "request",
        "route",
        "scheme",
        "served",
        "target",
        "world",
    )

    def __init__(self, scope: Scope, world: World, *, errors: bool, cors: bool) -> None:
        self.world = world
        self.errors = errors
        self.cors = cors
        self.scheme: str = scope.get("scheme", "http")
        self.method: str = scope["method"]
        raw = scope.get("raw_path")
        self.path: str = raw.decode("latin-1") if raw else scope["path"]
        self.route = self.path
        self.named: str | None = None
        self.note = ""
        self.query: bytes = scope["query_string"]
        self.raw_headers: list[tuple[bytes, bytes]] = scope["headers"]
        self.fields = dict(self.raw_headers)
        if len(self.fields) != len(self.raw_headers):
            self._join_headers(self.fields)
        self.body = b""
        self.served: Served | None = None
        self.target: ServedOperation | None = None
        self.path_values: dict[str, str] = {}
        self.request: Request | None = None

    def enter(self, world: World) -> None:
        """Be in another world than the default one, and keep it from being let go until the end."""
        world.active += 1
        self.world = world

    def header(self, name: str) -> str | None:
        """Return a header by its name in lower case; several fields of one name are joined (RFC 9110 section 5.3)."""
        value = self.fields.get(name.encode("latin-1", "replace"))
        return None if value is None else value.decode("latin-1")

    def _join_headers(self, headers: dict[bytes, bytes]) -> None:
        fields: dict[bytes, list[bytes]] = {}
        for name, value in self.raw_headers:
            fields.setdefault(name, []).append(value)
        for name, values in fields.items():
            headers[name] = (b"; " if name == b"cookie" else b", ").join(values)

    @property
    def origin(self) -> str:
        """Scheme and authority as the client sees them; "" when it does not say."""
        host = self.header("host")
        return f"{self.scheme}://{host}" if host else ""

    @property
    def place(self) -> str:
        """The path as messages show it: not more of it than a person reads."""
        path = self.path
        return path if len(path) <= _SHOWN else f"{path[:_SHOWN]}... ({len(path)} characters)"

    async def read_body(self, scope: Scope, receive: Receive, limit: int) -> None:
        """Read the whole body.

        Raises:
            Refusal: It is larger than `limit` bytes, comes too slowly, or breaks the rules of HTTP.
            ClientGone: The client went away before it had sent all.
        """
        chunks: list[bytes] = []
        size = 0
        announced = self.header("content-length")
        if announced is not None and announced.isdecimal() and int(announced) > limit:
            raise _too_large(limit)
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            chunks.append(chunk)
            if not message.get("more_body"):
                self.body = chunk if len(chunks) == 1 else b"".join(chunks)
                return
            # The call must not keep the scope, which keeps the call: that would be garbage with a cycle.
            failure: Refusal | None = scope.pop(FAILURE, None)
            if failure is not None:
                raise failure

    async def refuse(self, send: Send, refusal: Refusal) -> None:
        """Answer with an error, in the shape that the document declares."""
        if refusal.kind is RefusalKind.UNAUTHENTICATED and self.target is not None and self.target.challenge:
            refusal.headers.setdefault("WWW-Authenticate", self.target.challenge)
        if self.served is None:
            status = refusal.status or undeclared_status(refusal.kind)
            answer = Answer(
                status,
                problem(refusal, status),
                PROBLEM_JSON,
                refusal.headers,
                ResponseSource.REFUSAL,
                refusal.message,
            )
        else:
            operation = self.target.operation if self.target else None
            accept = self.header("accept") or ""
            answer = self.served.engine.refuse(refusal, operation, path=self.place, accept=accept)
        await self.respond(send, answer)

    async def respond(self, send: Send, answer: Answer) -> None:
        """Send an answer and record the exchange."""
        # A refusal that the document does not declare is still the truth, and a stub was forced.
        if answer.violations and self.errors and answer.source not in _ARE_MEANT:
            answer = self._as_error(answer)
        if self.note:
            answer.detail = f"{answer.detail}; {self.note}" if answer.detail else self.note
        headers, content = self.written(answer)
        self.record(answer, headers, content)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if self.method == "HEAD" else content})

    def written(self, answer: Answer) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """Return the header fields and the body of an answer as they are sent."""
        content = answer.content
        if content is None:
            content = serialise(answer)
        # The journal keeps the text; the values behind it may go.
        answer.body = None
        headers: list[tuple[bytes, bytes]] = []
        if answer.media_type is not None:
            headers.append(_content_type(answer.media_type))
        if answer.status >= 200 and answer.status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(content)))
        headers.append(_SOURCES[answer.source])
        for name, value in answer.headers.items():
            text = value if value.isprintable() else clean(value)
            headers.append((_field_name(name), text.encode("utf-8", "replace")))
        if answer.violations:
            headers.append((b"mock-violations", violations_header(("", item) for item in answer.violations)))
        if self.world.name is not DEFAULT:
            headers.append((b"mock-world", self.world.name.encode("ascii")))
        if self.cors and (origin := self.fields.get(b"origin")) is not None:
            _admit(headers, origin)
        return headers, content

    def record(self, answer: Answer, headers: list[tuple[bytes, bytes]], content: bytes) -> None:
        """Put the exchange into the journal of its world, for all who serve it."""
        world, target = self.world, self.target
        world.keep()
        document = self.served.name if self.served else None
        operation = target.operation if target else None
        world.journal.record(
            Exchange(
                world.name, world.clock.look(), document, operation,
                self.method, self.path, self.query, self.raw_headers, self.body, answer, headers, content,
            )
        )  # fmt: skip

    def _as_error(self, answer: Answer) -> Answer:
        listed = "; ".join(str(violation) for violation in answer.violations or ())
        refusal = Refusal(
            RefusalKind.FAULT,
            f"the mock's answer breaks its document: {listed}",
            violations=answer.violations or (),
        )
        return Answer(500, problem(refusal, 500), PROBLEM_JSON, detail=refusal.message)


def _too_large(limit: int) -> Refusal:
    # What is still to come is not worth waiting for.
    message = f"the body is larger than {limit} bytes"
    return Refusal(RefusalKind.TOO_LARGE, message, headers={"Connection": "close"})


def serialise(answer: Answer) -> bytes:
    """Return the body of an answer in bytes."""
    if answer.media_type is None:
        return b""
    body: Any = answer.body
    if not is_json(answer.media_type):
        if isinstance(body, bytes):
            return body
        if isinstance(body, str):
            return body.encode("utf-8", "replace")
    return jsontext.dumps(body)


_ARE_MEANT: Final = (ResponseSource.REFUSAL, ResponseSource.STUB)
_SOURCES: Final = {source: (b"mock-source", source.value.encode()) for source in ResponseSource}
_OF_CORS: Final = frozenset(
    {b"access-control-allow-origin", b"access-control-allow-credentials", b"access-control-expose-headers"}
)
_ALWAYS_EXPOSED: Final = ("Mock-Source", "Mock-Violations", "Content-Length")


@lru_cache(maxsize=1024)
def _field_name(name: str) -> bytes:
    return name.lower().encode("latin-1", "replace")


@lru_cache(maxsize=512)
def _content_type(media_type: str) -> tuple[bytes, bytes]:
    """Return the `Content-Type` field of a media type."""
    name = media_type
    if name.startswith("text/") and "charset" not in name:
        name += "; charset=utf-8"
    return b"content-type", name.encode("latin-1", "replace")


def _admit(headers: list[tuple[bytes, bytes]], origin: bytes) -> None:
    """Let a page of another origin read an answer, with all of its headers (Fetch standard, section 3.2.3)."""
    # What the document says of this was meant for another server.
    headers[:] = [item for item in headers if item[0] not in _OF_CORS]
    exposed = dict.fromkeys(name.decode("latin-1") for name, _ in headers)
    exposed.update(dict.fromkeys(name.lower() for name in _ALWAYS_EXPOSED))
    headers += [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", ", ".join(exposed).encode("latin-1", "replace")),
        (b"vary", b"Origin"),
    ]
