"""What recorded clients really did with a document: which operations, parameters, fields and values.

Values are walked along the schemas of the old document, and what is met is noted at the same nodes at which
differences are found. What a client does with an answer nobody can see: all that it was sent counts as used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from mockserver.contract.diff.forms import Form, identity
from mockserver.contract.diff.nodes import Node
from mockserver.contract.diff.reading import Forms
from mockserver.contract.traffic import Recorded
from mockserver.document.dialect import Direction
from mockserver.document.media_types import essence_of
from mockserver.document.model import Document, Operation
from mockserver.errors import Json
from mockserver.mocking.judging import Judge, Judged, Reply
from mockserver.mocking.transcript import at_home

MOST_VALUES: Final = 1000
"""Different values of one node that are remembered; where there are more, any may have been among them."""
_PLACES: Final = ("path", "query", "header", "cookie")


@dataclass(slots=True)
class Use:
    """What was met at one node.

    Attributes:
        count: Values that are not null.
        nulls: How often null.
        names: Property -> how many objects had it.
        values: Those that are no containers, by their identity; `is_full`: there were more.
        operations: In whose messages.
    """

    count: int = 0
    nulls: int = 0
    names: Counter[str] = field(default_factory=Counter)
    values: dict[str, Json] = field(default_factory=dict)
    is_full: bool = False
    operations: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Usage:
    """What was recorded.

    Attributes:
        exchanges: How many; `foreign`: for how many of them the document has no operation.
        calls: Operation -> how often it was called; names are as in `Change.operations`.
        given: (operation, place, parameter) -> how often it was given.
        bodies: Operation -> how often a body was sent.
        sent: (operation, media type) of requests.
        got: (operation, status) of answers; the status as it is and as the document declares it.
        media: (operation, status, media type) of answers.
        headers: (operation, status, name in lower case) of answers.
        nodes: (direction, node) -> what was met there.
    """

    exchanges: int = 0
    foreign: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    given: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    bodies: Counter[str] = field(default_factory=Counter)
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    got: Counter[tuple[str, str]] = field(default_factory=Counter)
    media: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    headers: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    nodes: dict[tuple[Direction, Node], Use] = field(default_factory=dict)


def usage_of(document: Document, recorded: Iterable[Recorded]) -> Usage:
    """Return what recorded exchanges used of a document."""
    reader = _Reader(document)
    for exchange in recorded:
        reader.take(exchange)
    return reader.usage


class _Reader:
    """Adds one exchange after the other."""

    def __init__(self, document: Document) -> None:
        self.usage = Usage()
        self._judge = Judge(document)
        self._forms = {
            Direction.REQUEST: Forms(document.request_schemas),
            Direction.RESPONSE: Forms(document.response_schemas),
        }

    def take(self, exchange: Recorded) -> None:
        usage = self.usage
        usage.exchanges += 1
        message = at_home(exchange.message, exchange.operation, self._judge.router)
        judged = self._judge.judge_request(message)
        if exchange.reply is not None:
            # Only read: whether the answer kept the document is another question, and needs all validators.
            self._judge.read_reply(judged, message.method, exchange.reply)
        operation = judged.operation
        if operation is None:
            usage.foreign += 1
            return
        name = str(operation)
        usage.calls[name] += 1
        self._parameters(operation, judged, name)
        if message.body or not message.is_whole:
            usage.bodies[name] += 1
            usage.sent[name, essence_of(message.header("content-type") or "")] += 1
            self._body(operation, judged, message.header("content-type") or "", name)
        if exchange.reply is not None:
            self._reply(operation, judged, exchange.reply, name)

    def _parameters(self, operation: Operation, judged: Judged, name: str) -> None:
        for parameter in operation.parameters:
            if parameter.place not in _PLACES:
                continue
            values: dict[str, Json] = getattr(judged.values, parameter.place)
            key = parameter.name.lower() if parameter.place == "header" else parameter.name
            if key not in values or (parameter.place, key) in judged.values.filled:
                continue
            self.usage.given[name, parameter.place, parameter.name] += 1
            if parameter.schema:
                forms = self._forms[Direction.REQUEST]
                self._walk(values[key], forms.node(parameter.schema), Direction.REQUEST, name)

    def _body(self, operation: Operation, judged: Judged, media_type: str, name: str) -> None:
        if operation.request_body is None or judged.body is None:
            return
        for declared, media in operation.request_body.content.items():
            if media.schema and essence_of(declared) == essence_of(media_type):
                node = self._forms[Direction.REQUEST].node(media.schema)
                self._walk(judged.body, node, Direction.REQUEST, name)

    def _reply(self, operation: Operation, judged: Judged, reply: Reply, name: str) -> None:
        response = operation.response_for(reply.status)
        essence = essence_of(reply.header("content-type") or "")
        # As it is declared, which may be a range, and as it is.
        for status in {response.status if response else "", str(reply.status)}:
            self.usage.got[name, status] += 1
            for key, _ in reply.headers:
                self.usage.headers[name, status, key.decode("latin-1").lower()] += 1
            if reply.body:
                self.usage.media[name, status, essence] += 1
        for declared, media in response.content.items() if response else ():
            if media.schema and essence_of(declared) == essence and not isinstance(judged.answer, bytes):
                node = self._forms[Direction.RESPONSE].node(media.schema)
                self._walk(judged.answer, node, Direction.RESPONSE, name)

    def _walk(self, root: Json, start: Node, direction: Direction, operation: str) -> None:
        forms = self._forms[direction]
        waiting: list[tuple[Json, Node]] = [(root, start)]
        while waiting:
            value, node = waiting.pop()
            use = self.usage.nodes.setdefault((direction, node), Use())
            use.operations.add(operation)
            if value is None:
                use.nulls += 1
                continue
            use.count += 1
            form = forms.of(node)
            if isinstance(value, dict):
                use.names.update(value.keys())
                waiting += [(member, _member(form, name)) for name, member in value.items()]
            elif isinstance(value, list):
                waiting += [(item, _item(form, index)) for index, item in enumerate(value)]
            elif not isinstance(value, bytes):
                self._note(use, value)
            for group in form.groups:
                branches = [forms.node(pointer) for pointer in group.branches]
                waiting += [(value, branch) for branch in branches if forms.holds(branch, value)]

    @staticmethod
    def _note(use: Use, value: Json) -> None:
        key = identity(value)
        if key in use.values:
            return
        if len(use.values) < MOST_VALUES:
            use.values[key] = value
        else:
            use.is_full = True


def _member(form: Form, name: str) -> Node:
    return form.properties.get(name, form.additional)


def _item(form: Form, index: int) -> Node:
    return form.prefix[index] if index < len(form.prefix) else form.nodes.get("items", ())
