"""One declared response of one operation in one media type: its examples, its generated values, its last touches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.media_types import is_json, is_sequence
from mockserver.document.messages.coercion import types_of
from mockserver.document.model import Document, Operation, Response
from mockserver.document.shapes import Shape, item_pointer
from mockserver.errors import CannotGenerate, Json, SchemaFault, Violation
from mockserver.mocking import bodies
from mockserver.mocking.behaviours import Outcome
from mockserver.mocking.conformance import Conformance
from mockserver.mocking.exchange import Answer, Request, ResponseSource
from mockserver.mocking.fixtures import Fixtures
from mockserver.mocking.generator import ABSENT
from mockserver.mocking.headers import ResponseHeaders
from mockserver.mocking.hidden import without_hidden
from mockserver.mocking.negotiation import Offer
from mockserver.mocking.problems import Problems
from mockserver.mocking.reflection import Reflection
from mockserver.mocking.resources import Rules
from mockserver.mocking.world import World

_EMPTY: Final[Mapping[str, Json]] = {
    "object": {},
    "array": [],
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
}
"""Type of a schema -> what is answered where no value of the schema can be made."""
_SAYING: Final = frozenset(
    {"allOf", "anyOf", "const", "default", "enum", "example", "examples", "oneOf", "pattern", "x-faker"}
)
"""Keywords by which a schema says more of a text than that it is one."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What all operations of one document share.

    Attributes:
        made: Usual answers that are not from state, by what they are a function of; a memo.
    """

    document: Document
    rules: Rules
    fixtures: Fixtures
    conformance: Conformance
    problems: Problems
    dynamic: bool
    made: dict[tuple[object, ...], Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draw:
    """What a generated answer depends on besides its operation and path.

    Attributes:
        salt: Names that make it another one.
        count: Items of its list, None for as many as there happen to be.
        is_new: Whether it is another one at each request, so that examples are left alone.
    """

    salt: tuple[str, ...] = ()
    count: int | None = None
    is_new: bool = False

    @classmethod
    def of(cls, request: Request, world: World, *, dynamic: bool) -> Draw:
        """Return what holds for a request.

        A dynamic answer is a function of its number in its world: the same requests in the same order are answered
        the same. A seed of the client's own makes it a function of that alone.
        """
        preferences = request.preferences
        if preferences is None:
            return cls(("dynamic", str(world.next_draw())), None, True) if dynamic else _USUAL
        salt: tuple[str, ...] = ()
        if preferences.seed is not None:
            salt = ("seed", preferences.seed)
        elif dynamic:
            salt = ("dynamic", str(world.next_draw()))
        return cls(salt, preferences.count, dynamic)


_USUAL: Final = Draw()


class Reply:
    """A response that may be sent.

    Attributes:
        media: The declared media type, None for an answer without body.
        name: The media type as it is sent.
        is_json: Whether that is JSON.
    """

    def __init__(
        self, tools: Tools, operation: Operation, status: int, response: Response | None, offer: Offer | None
    ) -> None:
        self._tools = tools
        self._operation = operation
        self.status = status
        self.response = response
        self.media = offer.media if offer is not None else None
        self.name = offer.name if offer is not None else None
        self.is_json = self.name is None or is_json(self.name)
        self._is_sequence = self.name is not None and is_sequence(self.name)

    def start(self, source: ResponseSource, detail: str = "") -> Answer:
        """Return an answer without a body yet."""
        return Answer(self.status, None, self.name, source=source, detail=detail)

    def complete(
        self,
        answer: Answer,
        request: Request | None = None,
        outcome: Outcome | None = None,
        *,
        path: str = "",
    ) -> Answer:
        """Give an answer what every answer has: headers, what is wrong with it, its bytes where it is not JSON."""
        headers = self._headers
        if headers is not None:
            headers.add(answer, request, outcome)
        if answer.violations is None:
            answer.violations = self._tools.conformance.violations(self._operation, answer)
        if not self.is_json and answer.media_type is not None and answer.content is None:
            schemas = self._tools.document.response_schemas
            written = bodies.write(answer.body, bodies.Form(answer.media_type, self.media, schemas))
            answer.content, answer.media_type = written
        return answer

    def empty(self, request: Request) -> Answer:
        """Return an answer without a body."""
        return self.complete(self.start(ResponseSource.EMPTY), request)

    @cached_property
    def _headers(self) -> ResponseHeaders | None:
        tools = self._tools
        made = ResponseHeaders(
            tools.document, tools.rules.plan, tools.rules.generator, tools.rules.dice,
            self._operation, self.status, self.response,
        )  # fmt: skip
        return None if made.is_empty else made

    @cached_property
    def is_stable(self) -> bool:
        """Whether its headers depend on nothing of the request but the values in its path, and it is JSON."""
        return self.is_json and (self._headers is None or self._headers.is_stable)

    def key(self, request: Request) -> tuple[object, ...] | None:
        """Return what the usual answer to a request without a body is a function of; None where it is not known."""
        if request.body is not None or not self.is_stable:
            return None
        names = self._reflection.query_names if self._reflection is not None else ()
        return self, *map(str, request.path.values()), *(str(request.query.get(name)) for name in names)

    @cached_property
    def _reflection(self) -> Reflection | None:
        """What comes back of requests; None for files and for what is said by no schema."""
        if self.media is None or self.media.schema is None or is_sequence(self.name or ""):
            return None
        return Reflection(self._tools.document.response_schemas, self._operation, self.media.schema)

    # Examples.

    @cached_property
    def examples(self) -> Mapping[str, Json]:
        """The examples that keep their schema, by name; a single one has the name ""."""
        return {name: value for name, value in self._declared.items() if name not in self.broken_examples}

    @cached_property
    def broken_examples(self) -> Mapping[str, tuple[Violation, ...]]:
        """What is wrong with the other examples, by name. A schema that cannot be compiled judges none of them."""
        broken: dict[str, tuple[Violation, ...]] = {}
        for name, value in self._declared.items():
            answer = self.start(ResponseSource.EXAMPLE)
            answer.body = value
            found = self._tools.conformance.body_violations(self._operation, answer)
            if any(violation.rule != "schema" for violation in found):
                broken[name] = found
        return broken

    @cached_property
    def _declared(self) -> Mapping[str, Json]:
        """The examples of the media type, then those of its schema."""
        media = self.media
        if media is None:
            return {}
        found = dict(media.examples)
        root = self._tools.document.root
        places: list[tuple[str, Json]] = []
        with suppress(KeyError, ValueError):
            places.append(("", ptr.lookup(root, media.pointer)))
        if media.schema is not None:
            with suppress(KeyError, ValueError):
                pointer, _ = self._tools.document.response_schemas.resolve(media.schema)
                places += [
                    ("schema", ptr.lookup(root, place)) for place in dict.fromkeys((media.schema, pointer))
                ]
        for kind, node in places:
            for name, value in _examples_of(node, is_schema=bool(kind)):
                found.setdefault(name if name not in found else f"{kind}{name}", value)
        if media.schema is None:
            return found
        schemas, schema = self._tools.document.response_schemas, media.schema
        return {name: without_hidden(schemas, schema, value) for name, value in found.items()}

    def example(self, request: Request, name: str | None = None, *, reflected: bool = True) -> Answer | None:
        """Return an answer with the first example, or the one of a name; None if there is none that is valid."""
        examples = self.examples
        if name is None:
            # The one that is about what the path names, before the first.
            suiting = (
                name for name, value in examples.items()
                if reflected and self._reflection is not None and self._reflection.suits(value, request)
            )  # fmt: skip
            name = next(suiting, next(iter(examples), None))
        if name is None or name not in examples:
            return None
        answer = self.start(ResponseSource.EXAMPLE, name)
        answer.body = examples[name]
        if reflected and self._reflection is not None:
            # The items of a list stay as their author has written them.
            answer.body = self._reflection.applied(answer.body, request, with_items=False)
        return self.complete(answer, request)

    # Generated values.

    def generated(self, request: Request, draw: Draw) -> Answer:
        """Return an answer that is made up: a function of the seed, the operation, the path's values and the draw.

        Raises:
            Refusal: The client wants a number of items that cannot be.
        """
        answer = self.start(ResponseSource.GENERATED)
        key = (self._operation.id, *(f"{name}={value}" for name, value in request.path.items()), *draw.salt)
        failed: Violation | None = None
        try:
            answer.body = self._value(request, draw, key)
        except SchemaFault as error:
            failed = Violation(("body",), "schema", str(error), None, error.pointer)
        except CannotGenerate as error:
            if draw.count is not None:
                raise self._not_so_many(request, error.reason) from error
            failed = Violation(("body",), "generated", str(error), None, error.pointer)
        if failed is not None:
            answer.body = self._nothing(failed.pointer)
        self.complete(answer, request)
        if failed is not None and not any(item.rule == "schema" for item in answer.violations or ()):
            answer.violations = (failed, *(answer.violations or ()))
        return answer

    def _value(self, request: Request, draw: Draw, key: tuple[str, ...]) -> Json:
        media = self.media
        assert media is not None
        if self._is_sequence:
            return self._sequence(request, draw, key)
        if self._sample is not None:
            return self._sample
        if media.schema is None:
            return {}
        generator, reflection = self._tools.rules.generator, self._reflection
        if draw.count is not None:
            value = generator.value(media.schema, key=key, given=self._counted(draw.count, request))
        else:
            given = ABSENT if reflection is None else reflection.given(request)
            try:
                value = generator.value(media.schema, key=key, given=given)
            except CannotGenerate:
                if given is ABSENT:
                    raise
                value = generator.value(media.schema, key=key)
        # With a number of its own, the list is as long as that says, and not as the query does.
        if reflection is None:
            return value
        return reflection.applied(value, request, is_cut=draw.count is None)

    def _sequence(self, request: Request, draw: Draw, key: tuple[str, ...]) -> Json:
        """Return the items of a sequence: each of the schema of an item, or together of that of a list."""
        media, generator = self.media, self._tools.rules.generator
        assert media is not None
        if media.item_schema is None and media.schema is not None and self._list_place == "":
            given = ABSENT if draw.count is None else self._counted(draw.count, request)
            return generator.value(media.schema, key=key, given=given)
        pointer = media.item_schema or media.schema
        count = bodies.USUAL_COUNT if draw.count is None else draw.count
        if pointer is None:
            return [{"number": number} for number in range(1, count + 1)]
        return [generator.value(pointer, key=(*key, str(number))) for number in range(count)]

    @cached_property
    def _sample(self) -> bytes | str | None:
        """A file of the media type, where the schema says no more than that it is one."""
        media = self.media
        found = bodies.sample(self.name or "")
        if media is None or found is None or media.schema is None:
            return found
        schemas = self._tools.document.response_schemas
        try:
            _, schema = schemas.resolve(media.schema)
            kinds = types_of(schemas, media.schema)
        except (KeyError, ValueError):
            return None
        says = set(schema) if isinstance(schema, dict) else set()
        is_text = kinds <= {"string", "null"} and not says & _SAYING
        if isinstance(found, bytes):
            return found if is_text or bodies.is_file_type(self.name or "") else None
        # A text by its property's or operation's name says more than a sample of plain text.
        is_plain = (self.name or "").startswith("text/plain")
        return found if is_text and not is_plain and schemas.validator(media.schema).is_valid(found) else None

    def _nothing(self, pointer: str) -> Json:
        """Return an empty value of the type that a schema asks for."""
        if self._is_sequence:
            return []
        try:
            schemas = self._tools.document.response_schemas
            _, schema = schemas.resolve(self.media.schema if self.media and self.media.schema else pointer)
        except (KeyError, ValueError):
            return {}
        kind = schema.get("type", "object") if isinstance(schema, dict) else "object"
        kind = kind[0] if isinstance(kind, list) and kind else kind
        return _EMPTY.get(kind) if isinstance(kind, str) else {}

    def _counted(self, count: int, request: Request) -> Json:
        """Return what has to be given to the generator for a list of so many items."""
        items: list[Any] = [ABSENT] * count
        place = self._list_place
        if place is None:
            raise self._not_so_many(request, "it is no list")
        if place == "":
            return items
        return {place: items}

    def _not_so_many(self, request: Request, reason: str) -> Exception:
        preferences = request.preferences
        assert preferences is not None
        return preferences.impossible(
            "count", f"{self._operation} -> {self.status} cannot have {preferences.count} items: {reason}"
        )

    @cached_property
    def _list_place(self) -> str | None:
        """The name of the property that holds the list, "" for a list itself, None where there is none."""
        if self.media is None or self.media.schema is None:
            return None
        schemas = self._tools.document.response_schemas
        if item_pointer(schemas, self.media.schema) is not None:
            return ""
        lists = [
            name
            for name, pointer in Shape(schemas, self.media.schema).properties.items()
            if item_pointer(schemas, pointer) is not None
        ]
        known = [name for name in ("data", "items", "results", "content", "records") if name in lists]
        return next(iter((*known, *lists)), None)


def _examples_of(node: Json, *, is_schema: bool) -> Iterator[tuple[str, Json]]:
    """Yield the examples of a Media Type or Schema Object that the model does not hold, by name."""
    if not isinstance(node, dict):
        return
    if is_schema and isinstance(node.get("examples"), list):
        yield from ((str(number), value) for number, value in enumerate(node["examples"], 1))
    if is_schema and "example" in node:
        yield "", node["example"]
    if "x-example" in node:
        yield "", node["x-example"]
    extra = node.get("x-examples")
    if isinstance(extra, dict):
        for name, value in extra.items():
            yield str(name), value["value"] if isinstance(value, dict) and "value" in value else value
