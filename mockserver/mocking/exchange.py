"""One request with its answer, and the journal of the last ones. No HTTP library is known here."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from mockserver.document.model import Operation
from mockserver.errors import Json, Violation
from mockserver.mocking.conditions import Conditions
from mockserver.mocking.preferences import Preferences

BODY_LIMIT: Final = 64 * 1024
"""Bytes of a body that the journal keeps."""


TARGET_LIMIT: Final = 8 * 1024
"""Characters of a path, and bytes of a query, that the journal keeps."""


class ResponseSource(StrEnum):
    """Where an answer came from."""

    STUB = "stub"
    HANDLER = "handler"
    FIXTURE = "fixture"
    STATE = "state"
    EXAMPLE = "example"
    GENERATED = "generated"
    REFUSAL = "refusal"
    EMPTY = "empty"
    CONTROL = "control"
    UPSTREAM = "upstream"


@dataclass(slots=True)
class Request:
    """A request that fits its operation: everything typed by the document.

    Attributes:
        path, query, header, cookie: Parameters by name (headers in lower case), defaults filled in.
        body: The body's value, None without one.
        media_type: `Content-Type` of the body as it was sent.
        path_text: The path as it was sent, with everything that stands before the operation's own.
        raw_query: The query as it was sent, without the question mark; None when unknown.
        origin: Scheme and authority that the client sees, e.g. `http://127.0.0.1:4010`; "" when unknown.
        preferences: What the client asks of the mock, None for nothing.
        conditions: Under which the client wants an answer, None for any.
    """

    operation: Operation
    method: str
    path_text: str
    path: Mapping[str, Json] = field(default_factory=dict)
    query: Mapping[str, Json] = field(default_factory=dict)
    header: Mapping[str, Json] = field(default_factory=dict)
    cookie: Mapping[str, Json] = field(default_factory=dict)
    body: Json = None
    accept: str = ""
    origin: str = ""
    preferences: Preferences | None = None
    media_type: str = ""
    conditions: Conditions | None = None
    raw_query: bytes | None = None


@dataclass(slots=True)
class Answer:
    """What goes back.

    Attributes:
        status: 0 where there is no answer: a stub has ended the connection.
        body: A JSON value; ignored when `content` is there.
        content: The body in bytes, ready to send.
        media_type: None for an answer without body.
        detail: Why this answer, for people.
        violations: Rules of the document that this answer breaks.
    """

    status: int
    body: Json = None
    media_type: str | None = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    source: ResponseSource = ResponseSource.GENERATED
    detail: str = ""
    content: bytes | None = None
    violations: tuple[Violation, ...] | None = None


class Exchange:
    """One request and its answer, as the journal keeps it.

    Attributes:
        path, query: At most their first `TARGET_LIMIT` characters or bytes.
        world: The name of the world in which it was.
        request_body, content: The bodies; once it is in a journal, at most their first `BODY_LIMIT` bytes.
        request_size, content_size: How long they were.
        request_violations: What is wrong with the request, where it was passed on all the same.
    """

    __slots__ = (
        "answer",
        "answer_headers",
        "content",
        "content_size",
        "document",
        "method",
        "number",
        "operation",
        "path",
        "query",
        "received",
        "request_body",
        "request_headers",
        "request_size",
        "request_violations",
        "world",
    )  # fmt: skip

    def __init__(
        self,
        world: str,
        received: datetime,
        document: str | None,
        operation: Operation | None,
        method: str,
        path: str,
        query: bytes,
        request_headers: list[tuple[bytes, bytes]],
        request_body: bytes,
        answer: Answer,
        answer_headers: list[tuple[bytes, bytes]],
        content: bytes,
    ) -> None:
        self.number = 0
        self.world = world
        self.received = received
        self.document = document
        self.operation = operation
        self.method = method
        self.path = path[:TARGET_LIMIT]
        self.query = query[:TARGET_LIMIT]
        self.request_headers = request_headers
        self.request_body = request_body
        self.request_size = len(request_body)
        self.answer = answer
        self.answer_headers = answer_headers
        self.content = content
        self.content_size = len(content)
        self.request_violations: tuple[Violation, ...] = ()

    def cut(self) -> None:
        """Let go of what a journal does not keep of the bodies."""
        self.request_body = self.request_body[:BODY_LIMIT]
        self.content = self.content[:BODY_LIMIT]


class Journal:
    """The last exchanges of one world, oldest first; older ones are dropped.

    Args:
        size: Exchanges that are kept.
        listener: Told of each exchange when it is recorded, before its bodies are cut.

    Attributes:
        count: How many there ever were.
    """

    def __init__(
        self, size: int = 1000, listener: Callable[[Journal, Exchange], object] | None = None
    ) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=size)
        self._listener = listener
        self.count = 0

    def record(self, exchange: Exchange) -> None:
        """Add an exchange and number it, from 1."""
        self.count += 1
        exchange.number = self.count
        self._exchanges.append(exchange)
        if self._listener is not None:
            self._listener(self, exchange)
        exchange.cut()

    def clear(self) -> None:
        """Forget all exchanges; numbering goes on."""
        self._exchanges.clear()

    def forget(self, number: int) -> None:
        """Forget the exchanges up to a number."""
        exchanges = self._exchanges
        while exchanges and exchanges[0].number <= number:
            exchanges.popleft()

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self._exchanges))

    def __len__(self) -> int:
        return len(self._exchanges)
