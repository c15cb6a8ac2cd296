"""Does an answer keep the contract? Status, media type, headers and body against the declared response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mockserver.document.media_types import is_json, matching
from mockserver.document.model import Document, Operation, Parameter
from mockserver.document.validation import Validator
from mockserver.errors import SchemaFault, Violation
from mockserver.mocking.exchange import Answer

UNDECLARED: Final = frozenset({405, 406, 413, 500, 501, 503})
"""Statuses that belong to HTTP and not to an operation: nobody declares them all."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """What an answer of one operation, status and media type must keep.

    Attributes:
        broken: Rules that every such answer breaks.
        headers: Required headers.
        validator: Judges the body.
    """

    broken: tuple[Violation, ...] = ()
    headers: tuple[Parameter, ...] = ()
    validator: Validator | None = None


class Conformance:
    """Judges the answers to the requests of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._rules: dict[tuple[str, int, str | None], _Rules] = {}

    def violations(self, operation: Operation, answer: Answer) -> tuple[Violation, ...]:
        """Return the rules of the document that an answer breaks; an undeclared status breaks one."""
        key = (operation.id, answer.status, answer.media_type)
        rules = self._rules.get(key)
        if rules is None:
            rules = self._rules[key] = self._compile(operation, answer)
        found = rules.broken
        if rules.headers:
            given = {name.lower() for name in answer.headers}
            found += tuple(
                Violation(
                    ("header", item.name),
                    "required",
                    f"the header {item.name} is required",
                    None,
                    item.pointer,
                )
                for item in rules.headers
                if item.name.lower() not in given
            )
        if rules.validator is not None and not rules.validator.is_valid(answer.body):
            found += tuple(rules.validator.violations(answer.body, ("body",)))
        return found

    def _compile(self, operation: Operation, answer: Answer) -> _Rules:
        response = operation.response_for(answer.status)
        if response is None:
            if answer.status in UNDECLARED:
                return _Rules()
            message = f"{operation} declares no response {answer.status}"
            return _Rules((Violation(("status",), "status", message, answer.status, operation.pointer),))
        headers = tuple(header for header in response.headers.values() if header.required)
        if answer.media_type is None or not response.content:
            return _Rules((), headers)
        media = matching(response.content, answer.media_type)
        if media is None:
            message = f"{operation} -> {answer.status} declares no {answer.media_type}"
            place = ("header", "Content-Type")
            return _Rules(
                (Violation(place, "content", message, answer.media_type, response.pointer),), headers
            )
        # What falls under a range is judged by what it is.
        name = answer.media_type if "*" in media.name else media.name
        if media.schema is None or not (is_json(name) or name in ("*/*", "application/*")):
            return _Rules((), headers)
        try:
            return _Rules((), headers, self._document.response_schemas.validator(media.schema))
        except SchemaFault as error:
            return _Rules((Violation(("body",), "schema", str(error), None, media.schema),), headers)
