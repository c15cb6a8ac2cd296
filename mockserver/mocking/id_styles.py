"""Ids in the style of a document: what its schemas, patterns and examples say that an id looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import Final

from mockserver.document.messages.coercion import Coercion, types_of
from mockserver.document.model import Document, Parameter
from mockserver.errors import CannotGenerate, Json, SchemaFault
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator import Generator
from mockserver.mocking.identifiers import Maker, maker

_TRIED: Final = (1, 2, 3, 12)
"""Numbers whose ids have to be valid, so that a style is taken."""
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PREFIXED: Final = re.compile(r"([A-Za-z]{1,20}[_-]|[A-Z]{2}(?=[0-9a-f]{32}$))([0-9A-Za-z]{6,64})")
_PLAIN: Final = re.compile(r"[0-9A-Za-z]{10,64}")
_USUAL: Final = ("uuid4", "{n}", "{hex:24}", "{hex:32}", "{base62:20}", "{digits:10}", "{hex:12}", "{hex:8}")
"""Templates that are tried where nothing better is known."""
_FREE: Final = re.compile(r"[^/?#%\s]+")
"""What may stand in a path without being lost or written otherwise."""


class IdStyle:
    """Says what the ids of one resource look like.

    Args:
        pointer: The id's schema in the record, None where the record's schema does not declare it.
        parameters: The path parameters by which records are found.
    """

    def __init__(
        self,
        resource: str,
        document: Document,
        generator: Generator,
        dice: Dice,
        pointer: str | None,
        parameters: Sequence[Parameter],
    ) -> None:
        self._resource = resource
        self._document = document
        self._generator = generator
        self._dice = dice
        self._pointer = pointer
        self._parameters = [item for item in parameters if item.schema is not None]
        self._judges: list[Callable[[Json], bool]] = []
        if pointer is not None:
            with suppress(SchemaFault, KeyError, ValueError):
                self._judges.append(document.response_schemas.validator(pointer).is_valid)
        for item in self._parameters:
            with suppress(SchemaFault, KeyError, ValueError):
                self._judges.append(self._judge(item.schema or ""))

    def _judge(self, pointer: str) -> Callable[[Json], bool]:
        schemas = self._document.request_schemas
        validator, coercion = schemas.validator(pointer), Coercion.of(schemas, pointer)
        return lambda id: validator.is_valid(coercion.scalar(str(id)))

    @property
    def is_number(self) -> bool:
        """Whether ids are whole numbers in the records."""
        kinds = self._kinds
        return bool(kinds & {"integer", "number"}) and "string" not in kinds

    @property
    def _kinds(self) -> set[str]:
        if self._pointer is not None:
            kinds = types_of(self._document.response_schemas, self._pointer)
            if kinds:
                return kinds
        for item in self._parameters:
            return types_of(self._document.request_schemas, item.schema or "")
        return set()

    def typed(self, id: Json) -> Json:
        """Return an id, as a client wrote it, in the type that it has in the records."""
        if self.is_number:
            return int(id) if isinstance(id, str) and re.fullmatch(r"0|[1-9][0-9]{0,17}", id) else id
        return str(id) if self._kinds == {"string"} and isinstance(id, int) else id

    def maker(self, template: str | None = None) -> Maker:
        """Return the first way to make ids whose results are valid, in the record and in the path.

        Args:
            template: What the plan asks for; it is left where it makes ids that the document refuses.
        """
        given = [] if template is None else [maker(self._resource, template, self._dice)]
        for candidate in chain(given, self._candidates()):
            with suppress(CannotGenerate, SchemaFault):
                if all(self._is_valid(candidate(number)) for number in _TRIED):
                    return candidate
        usual = "integer" if self.is_number else "uuid4"
        return maker(self._resource, template or usual, self._dice)

    def _is_valid(self, id: Json) -> bool:
        if not isinstance(id, str | int) or isinstance(id, bool) or not _FREE.fullmatch(str(id)):
            return False
        return all(judge(id) for judge in self._judges)

    def _candidates(self) -> Iterator[Maker]:
        if self.is_number:
            least = max(self._least() - 1, 0)
            yield lambda number: least + number
        else:
            for template in self._from_examples():
                yield maker(self._resource, template, self._dice)
            if self._says("pattern"):
                yield from self._generated()
            for template in _USUAL:
                yield maker(self._resource, template, self._dice)
        yield from self._generated()

    def _generated(self) -> Iterator[Maker]:
        pointer = self._pointer
        if pointer is not None:
            yield lambda number: self._generator.value(pointer, key=("id", self._resource, str(number)))
        # What the generator knows are answers; a path's schema says the same in both directions.
        for item in self._parameters:
            place = item.schema
            if place is not None:
                yield lambda number, place=place: self._generator.value(  # type: ignore[misc]
                    place, key=("id", self._resource, str(number))
                )

    def _schemas(self) -> Iterator[dict[str, Json]]:
        places = [(self._document.response_schemas, self._pointer)]
        places += [(self._document.request_schemas, item.schema) for item in self._parameters]
        for schemas, pointer in places:
            if pointer is None:
                continue
            with suppress(KeyError, ValueError):
                _, schema = schemas.resolve(pointer)
                if isinstance(schema, dict):
                    yield schema

    def _says(self, keyword: str) -> bool:
        return any(keyword in schema for schema in self._schemas())

    def _least(self) -> int:
        found = [schema["minimum"] for schema in self._schemas() if isinstance(schema.get("minimum"), int)]
        return max(found, default=1)

    def _from_examples(self) -> Iterator[str]:
        examples: list[Json] = []
        for schema in self._schemas():
            examples.append(schema.get("example"))
            listed = schema.get("examples")
            examples += listed if isinstance(listed, list) else []
        for item in self._parameters:
            examples += item.examples.values()
        for example in examples:
            template = template_of(example)
            if template is not None:
                yield template


def template_of(example: Json) -> str | None:
    """Return the template of ids like an example: `cus_9s6XKzkNRiz8` -> `cus_{base62:12}`; None for a name."""
    if isinstance(example, int) and not isinstance(example, bool):
        return "{n}"
    if not isinstance(example, str):
        return None
    if _UUID.fullmatch(example):
        return "uuid4"
    match = _PREFIXED.fullmatch(example)
    if match is not None:
        return match[1] + _random_part(match[2]) if _is_random(match[2]) else None
    if re.fullmatch(r"[0-9]{1,9}", example):
        return "{n}"
    if _PLAIN.fullmatch(example) and _is_random(example):
        return _random_part(example)
    return None


def _is_random(text: str) -> bool:
    """Return whether a text is no word: it has digits, or letters of both cases within."""
    return any(letter.isdigit() for letter in text) or not (
        text.islower() or text.isupper() or text.istitle()
    )


def _random_part(text: str) -> str:
    if text.isdigit():
        return f"{{digits:{len(text)}}}"
    if re.fullmatch(r"[0-9a-f]+", text):
        return f"{{hex:{len(text)}}}"
    return f"{{base62:{len(text)}}}"
