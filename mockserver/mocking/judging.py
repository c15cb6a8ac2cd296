"""One exchange between any client and any server, held against a document: what was asked, what came, what is wrong.

The mock's own stack refuses a request at the first stage that finds fault with it. Here nothing is refused: both
messages are read as far as they can be read, and everything that the document does not allow is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.document.media_types import FORM, essence_of, is_json, is_sequence, is_xml, matching
from mockserver.document.messages import sequences, xmltext
from mockserver.document.messages.bodies import BodyReader
from mockserver.document.messages.charsets import NotText, UnknownCharset, charset_of, decode
from mockserver.document.messages.codings import decompressed
from mockserver.document.messages.coercion import Coercion
from mockserver.document.messages.fields import split_fields
from mockserver.document.messages.forms import FormReader
from mockserver.document.messages.parameters import ParameterReader, ParameterValues
from mockserver.document.messages.xmltree import XmlError
from mockserver.document.model import Document, Operation
from mockserver.document.routing import Route, Router
from mockserver.errors import Json, Refusal, Violation
from mockserver.mocking.conformance import Conformance
from mockserver.mocking.exchange import Answer
from mockserver.mocking.guard import Guard

Headers = Sequence[tuple[bytes, bytes]]

BODY_LIMIT: Final = 20 * 1024 * 1024
"""Bytes of a body, decompressed, that are looked at."""

BODILESS: Final = frozenset({204, 205, 304})
"""Statuses that have no body (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5)."""


@dataclass(slots=True)
class Message:
    """A request as it was on the wire.

    Attributes:
        path: As it was sent, without the query.
        query: As it was sent, without the question mark.
        headers: Names in any case.
        body: As it was sent; `is_whole` tells whether that is all of it.
    """

    method: str
    path: str
    query: bytes = b""
    headers: Headers = ()
    body: bytes = b""
    is_whole: bool = True

    def header(self, name: str) -> str | None:
        """Return a header by its name in lower case, several fields of one name joined (RFC 9110 section 5.3)."""
        return joined(self.headers, name)


@dataclass(slots=True)
class Reply:
    """An answer as it was on the wire; its body as it was sent, `is_whole` tells whether that is all of it."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    is_whole: bool = True

    def header(self, name: str) -> str | None:
        """Return a header by its name in lower case, several fields of one name joined (RFC 9110 section 5.3)."""
        return joined(self.headers, name)


@dataclass(slots=True)
class Judged:
    """What an exchange is by its document.

    Attributes:
        route: Where the request led.
        values: The typed parameters, defaults filled in; empty without an operation.
        body: The value of the request's body, None for none or one that cannot be read.
        answer: The value of the answer's body; bytes where the document does not say what they mean.
        request: What is wrong with the request; the location begins with `path`, `query`, `header`, `cookie`,
            `body`, `method` or `security`.
        response: What is wrong with the answer; the location begins with `status`, `header` or `body`.
    """

    route: Route
    values: ParameterValues = field(default_factory=ParameterValues)
    body: Json = None
    answer: Json = None
    request: tuple[Violation, ...] = ()
    response: tuple[Violation, ...] = ()

    @property
    def operation(self) -> Operation | None:
        """The operation that the request was for."""
        return self.route.operation


def joined(headers: Headers, name: str) -> str | None:
    """Return a header by its name in lower case, several fields of one name joined (RFC 9110 section 5.3)."""
    wanted = name.encode("latin-1", "replace")
    found = [value.decode("latin-1") for key, value in headers if key.lower() == wanted]
    return ("; " if name == "cookie" else ", ").join(found) if found else None


class _Compiled:
    """What is known of one operation once it was asked for."""

    def __init__(self, document: Document, operation: Operation) -> None:
        schemes = document.security_schemes.values()
        keys = [scheme.parameter for scheme in schemes if scheme.place == "query"]
        self.parameters = ParameterReader(operation, document.request_schemas, keys)
        self.body = BodyReader(operation, document.request_schemas)
        self.guard = Guard(document, operation, {})


class Judge:
    """Judges exchanges by one document.

    Args:
        document: The document.
        router: How its server is mounted; None for the paths that the document says.
    """

    def __init__(self, document: Document, router: Router | None = None) -> None:
        self.document = document
        self.router = router or Router(document)
        self._conformance = Conformance(document, excused=())
        self._compiled: dict[str, _Compiled] = {}

    def judge(self, message: Message, reply: Reply | None = None) -> Judged:
        """Return what an exchange is; without a reply the request alone is judged."""
        judged = self.judge_request(message)
        if reply is not None:
            self.judge_reply(judged, message.method, reply)
        return judged

    def judge_request(self, message: Message) -> Judged:
        """Return what a request is. Its body is left out where not all of it is there."""
        route = self.router.find(message.method, message.path, message.query)
        operation = route.operation
        if operation is None:
            return Judged(route, request=(_lost(message, route),))
        compiled = self._of(operation)
        found: list[Violation] = []
        try:
            compiled.guard.verify(message)
        except Refusal as refusal:
            place = _security_of(self.document, operation)
            found.append(Violation(("security",), "security", refusal.message, None, place))
        values = compiled.parameters.read(route.values, message.query, message.header, found)
        body = None
        if message.is_whole and (compiled.body.expected or message.body):
            body = self._body(compiled, operation, message, found)
        return Judged(route, values, body, request=tuple(found))

    def judge_reply(self, judged: Judged, method: str, reply: Reply) -> None:
        """Add to what is known of a request what its answer is."""
        operation = judged.operation
        if operation is None:
            return
        self.read_reply(judged, method, reply)
        found = list(judged.response)
        is_bodiless = _is_bodiless(method, reply)
        readable = not is_bodiless and reply.is_whole and bool(reply.body)
        if not readable and not is_bodiless and reply.is_whole:
            found += _missing_body(operation, reply.status)
        answer = Answer(
            reply.status,
            # Bytes are not judged: those that could not be read have been told already.
            judged.answer if readable and not found else b"",
            reply.header("content-type") if reply.body and not is_bodiless else None,
            _fields(reply.headers),
        )
        judged.response = (*found, *self._conformance.violations(operation, answer))

    def read_reply(self, judged: Judged, method: str, reply: Reply) -> None:
        """Add to what is known of a request the value of its answer, and only what keeps it from being read.

        In a large document it takes many times longer to compile the schemas of all answers than to read them.
        """
        found: list[Violation] = []
        if judged.operation is not None and reply.is_whole and reply.body and not _is_bodiless(method, reply):
            judged.answer = self._answer(judged.operation, reply, reply.header("content-type"), found)
        judged.response = tuple(found)

    def _of(self, operation: Operation) -> _Compiled:
        compiled = self._compiled.get(operation.id)
        if compiled is None:
            compiled = self._compiled[operation.id] = _Compiled(self.document, operation)
        return compiled

    def _body(
        self, compiled: _Compiled, operation: Operation, message: Message, found: list[Violation]
    ) -> Json:
        if not compiled.body.expected:
            if message.method not in ("GET", "HEAD", "DELETE"):
                # In these a body has no meaning (RFC 9110 section 9.3.1), and some clients send `{}` with all.
                text = f"{operation} declares no body"
                found.append(Violation(("body",), "undeclared", text, None, operation.pointer))
            return None
        try:
            data = _plain(message.body, message.header("content-encoding"))
            return compiled.body.read(data, message.header("content-type") or "", found)
        except Refusal as refusal:
            place = ("header", "Content-Type")
            pointer = operation.request_body.pointer if operation.request_body else operation.pointer
            found += refusal.violations or [Violation(place, "content", refusal.message, None, pointer)]
            return None

    def _answer(
        self, operation: Operation, reply: Reply, media_type: str | None, found: list[Violation]
    ) -> Json:
        """Return the value of an answer's body, and append why it cannot be read."""
        try:
            data = _plain(reply.body, reply.header("content-encoding"))
        except Refusal as refusal:
            found += refusal.violations or [Violation(("body",), "encoding", refusal.message)]
            return None
        response = operation.response_for(reply.status)
        media = matching(response.content, media_type) if response and media_type else None
        pointer = media.schema if media else None
        return self._value(data, media_type or "", pointer, found)

    def _value(self, data: bytes, media_type: str, pointer: str | None, found: list[Violation]) -> Json:
        essence, schemas = essence_of(media_type), self.document.response_schemas
        try:
            charset = charset_of(media_type)
            if is_json(essence):
                if charset in (None, "utf-8"):
                    return jsontext.loads(data)
                return jsontext.loads(decode(data, charset))
            if is_sequence(essence):
                return sequences.read(decode(data, charset), essence)
            if is_xml(essence):
                return xmltext.read(data, schemas, pointer, charset)
            if essence == FORM:
                reader = FormReader(Coercion.of(schemas, pointer), {})
                return reader.read(split_fields(data, found, "body"))
            if essence.startswith("text/"):
                return Coercion.of(schemas, pointer).scalar(decode(data, charset))
        except jsontext.JsonError as error:
            text = f"is not valid JSON: {error.reason} (line {error.line}, column {error.column})"
            found.append(Violation(("body",), "json", text, _head(data), pointer or ""))
        except sequences.SequenceError as error:
            found.append(Violation(("body", error.index), "json", error.reason, None, pointer or ""))
        except XmlError as error:
            found.append(
                Violation(("body",), "xml", f"is not XML that is read: {error}", None, pointer or "")
            )
        except (NotText, UnknownCharset) as error:
            found.append(Violation(("body",), "encoding", str(error), None, pointer or ""))
        else:
            return data
        return None


def _security_of(document: Document, operation: Operation) -> str:
    """Return where the requirements of an operation stand: its own, else those of the whole document."""
    own = ptr.join(operation.pointer, "security")
    try:
        ptr.lookup(document.root, own)
    except KeyError:
        return "/security"
    return own


def _lost(message: Message, route: Route) -> Violation:
    if route.is_known:
        text = f"the path has no {message.method}; it has {route.allow}"
        return Violation(("method",), "method", text, message.method)
    return Violation(
        ("path",), "path", f"no path of the document matches {message.path[:300]}", message.path[:300]
    )


def _missing_body(operation: Operation, status: int) -> Iterable[Violation]:
    """Yield that a body is missing: an answer with declared content has one."""
    response = operation.response_for(status)
    if response is not None and any(media.schema for media in response.content.values()):
        declared = ", ".join(response.content)
        text = f"{operation} -> {status} declares a body ({declared}), and none came"
        yield Violation(("body",), "required", text, None, response.pointer)


def _is_bodiless(method: str, reply: Reply) -> bool:
    return method == "HEAD" or reply.status in BODILESS or reply.status < 200


def _plain(data: bytes, codings: str | None) -> bytes:
    return decompressed(data, codings, BODY_LIMIT) if codings and data else data


def _fields(headers: Headers) -> dict[str, str]:
    names = dict.fromkeys(name.lower().decode("latin-1") for name, _ in headers)
    return {name: joined(headers, name) or "" for name in names}


def _head(data: bytes) -> str:
    return data[:80].decode("utf-8", "replace")
