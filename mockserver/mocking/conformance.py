"""Does an answer keep the contract? Status, media type, headers and body against the declared response."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.document.media_types import is_json, is_sequence, matching
from mockserver.document.messages.coercion import Coercion, types_of
from mockserver.document.model import Document, MediaType, Operation, Parameter, Response
from mockserver.document.shapes import item_pointer
from mockserver.document.validation import Validator
from mockserver.errors import Json, SchemaFault, Violation
from mockserver.mocking.exchange import Answer

UNDECLARED: Final = frozenset({304, 405, 406, 412, 413, 500, 501, 503})
"""Statuses that belong to HTTP and not to an operation: nobody declares them all."""
OF_HTTP: Final = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "keep-alive",
        "transfer-encoding",
    }
)
"""Headers that the server sets for itself, or does without, whatever a document declares."""
_MOST_RULES: Final = 8192
"""Rules that are kept: the media types under a range are the client's choice."""

Judge = Callable[[Json], list[Violation]]


@dataclass(frozen=True, slots=True)
class _Body:
    """How a body is judged.

    Attributes:
        broken: What is wrong with every body: its schema cannot be compiled.
        is_sequence: Whether a list is judged item by item.
        takes_text: Whether a text is a value of the schema, and not the body as it is to be written.
    """

    validator: Validator | None = None
    broken: tuple[Violation, ...] = ()
    is_sequence: bool = False
    takes_text: bool = True


@dataclass(frozen=True, slots=True)
class _Rules:
    """What an answer of one operation, status and media type must keep.

    Attributes:
        broken: Rules that every such answer breaks.
        required: Required headers.
        headers: Name in lower case -> what judges the header's text.
    """

    broken: tuple[Violation, ...] = ()
    required: tuple[Parameter, ...] = ()
    headers: tuple[tuple[str, Judge], ...] = ()
    body: _Body = _Body()


class Conformance:
    """Judges the answers to the requests of one document.

    Args:
        document: The document.
        excused: Statuses that need not be declared.
    """

    def __init__(self, document: Document, excused: Collection[int] = UNDECLARED) -> None:
        self._document = document
        self._excused = excused
        self._rules: dict[tuple[str, int, str | None], _Rules] = {}

    def violations(self, operation: Operation, answer: Answer) -> tuple[Violation, ...]:
        """Return the rules of the document that an answer breaks; an undeclared status breaks one."""
        rules = self._rules.get((operation.id, answer.status, answer.media_type))
        if rules is None:
            rules = self._rules_for(operation, answer)
        found = rules.broken
        if rules.required or rules.headers:
            given = {name.lower(): value for name, value in answer.headers.items()}
            found += tuple(
                Violation(
                    ("header", item.name),
                    "required",
                    f"the header {item.name} is required",
                    None,
                    item.pointer,
                )
                for item in rules.required
                if item.name.lower() not in given
            )
            for name, judge in rules.headers:
                if name in given:
                    found += tuple(judge(given[name]))
        body = rules.body
        if body.validator is not None and not body.is_sequence and body.takes_text:
            # The usual case, asked in the fastest way.
            if isinstance(answer.body, bytes) or body.validator.is_valid(answer.body):
                return found
        return found + _judged(body, answer.body)

    def body_violations(self, operation: Operation, answer: Answer) -> tuple[Violation, ...]:
        """Return what is wrong with the body alone."""
        return _judged(self._rules_for(operation, answer).body, answer.body)

    def _rules_for(self, operation: Operation, answer: Answer) -> _Rules:
        key = (operation.id, answer.status, answer.media_type)
        rules = self._rules.get(key)
        if rules is None:
            rules = self._compile(operation, answer)
            if len(self._rules) < _MOST_RULES:
                self._rules[key] = rules
        return rules

    def _compile(self, operation: Operation, answer: Answer) -> _Rules:
        response = operation.response_for(answer.status)
        if response is None:
            if answer.status in self._excused:
                return _Rules()
            message = f"{operation} declares no response {answer.status}"
            responses = ptr.join(operation.pointer, "responses")
            return _Rules((Violation(("status",), "status", message, answer.status, responses),))
        required = tuple(
            header
            for name, header in response.headers.items()
            if header.required and name.lower() not in OF_HTTP
        )
        headers = tuple(self._header_judges(response))
        if answer.media_type is None or not response.content:
            return _Rules((), required, headers)
        media = matching(response.content, answer.media_type)
        if media is None:
            message = f"{operation} -> {answer.status} declares no {answer.media_type}"
            place = ("header", "Content-Type")
            broken = Violation(place, "content", message, answer.media_type, response.pointer)
            return _Rules((broken,), required, headers)
        return _Rules((), required, headers, self._body(media, answer.media_type))

    def _body(self, media: MediaType, name: str) -> _Body:
        schemas = self._document.response_schemas
        pointer, sequence = media.schema, False
        if is_sequence(name):
            if media.item_schema is not None:
                pointer, sequence = media.item_schema, True
            elif pointer is not None:
                sequence = item_pointer(schemas, pointer) is None
        if pointer is None:
            return _Body()
        try:
            validator = schemas.validator(pointer)
            kinds = types_of(schemas, pointer)
        except (SchemaFault, KeyError, ValueError) as error:
            return _Body(broken=(Violation(("body",), "schema", str(error), None, pointer),))
        takes_text = is_json(name) or not kinds or "string" in kinds
        return _Body(validator, is_sequence=sequence, takes_text=takes_text)

    def _header_judges(self, response: Response) -> list[tuple[str, Judge]]:
        found: list[tuple[str, Judge]] = []
        for header in response.headers.values():
            if header.schema is None or header.name.lower() in OF_HTTP:
                continue
            try:
                judge = self._header_judge(header, header.schema)
            except (SchemaFault, KeyError, ValueError):
                # What cannot be compiled is reported when the document is loaded; it judges nothing.
                continue
            found.append((header.name.lower(), judge))
        return found

    def _header_judge(self, header: Parameter, schema: str) -> Judge:
        validator = self._document.response_schemas.validator(schema)
        coercion = Coercion.of(self._document.response_schemas, schema)
        place = ("header", header.name)

        def judge(text: Json) -> list[Violation]:
            value = _header_value(header, coercion, text)
            return [] if validator.is_valid(value) else validator.violations(value, place)

        return judge


def _judged(body: _Body, value: Json) -> tuple[Violation, ...]:
    validator = body.validator
    if validator is None or isinstance(value, bytes):
        return body.broken
    if isinstance(value, str) and (not body.takes_text or body.is_sequence):
        # The text of the body itself, such as an example in XML, of which the schema says what it means.
        return ()
    if body.is_sequence:
        items = value if isinstance(value, list) else [value]
        return tuple(
            violation
            for number, item in enumerate(items)
            if not validator.is_valid(item)
            for violation in validator.violations(item, ("body", number))
        )
    return () if validator.is_valid(value) else tuple(validator.violations(value, ("body",)))


def _header_value(header: Parameter, coercion: Coercion, text: str) -> Json:
    """Return the value that a header's text stands for, in style simple (OAS 3.1.1 section 4.8.21)."""
    if header.media_type is not None:
        if not is_json(header.media_type):
            return text
        try:
            return jsontext.loads(text)
        except jsontext.JsonError:
            return text
    parts = [part.strip() for part in text.split(",")]
    if coercion.is_array:
        return coercion.array(parts if text else [])
    if coercion.is_object:
        pairs = (
            [part.partition("=")[::2] for part in parts]
            if header.explode
            else list(zip(parts[::2], parts[1::2], strict=False))
        )
        return {name: coercion.property(name).scalar(value) for name, value in pairs}
    return coercion.scalar(text)
