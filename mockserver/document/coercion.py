"""Turns texts into the JSON types that a schema names: parameters and form fields are texts on the wire."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.validation import Schemas, Validator
from mockserver.errors import Json

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,4000})\Z")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")
UNREADABLE: Final = object()
"""The text stands for no value of the type."""


def _integer(text: str) -> Any:
    if _INTEGER.match(text):
        return int(text)
    number = _number(text)
    return (
        int(number)
        if isinstance(number, float) and number.is_integer() and abs(number) < 2**53
        else UNREADABLE
    )


def _number(text: str) -> Any:
    if not _NUMBER.match(text):
        return UNREADABLE
    if _INTEGER.match(text):
        return int(text)
    value = float(text)
    return UNREADABLE if value in (float("inf"), float("-inf")) else value


def _boolean(text: str) -> Any:
    return {"true": True, "false": False}.get(text, UNREADABLE)


def _null(text: str) -> Any:
    return None if text in ("", "null") else UNREADABLE


SCALARS: Final[Mapping[str, Callable[[str], Any]]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "null": _null,
}
"""JSON type -> the value that a text stands for; texts stand for themselves."""


def types_of(schemas: Schemas, pointer: str, depth: int = 0) -> set[str]:
    """Return the JSON types that a schema names, through references and compositions; empty for any."""
    try:
        place, schema = schemas.resolve(pointer)
    except (KeyError, ValueError):
        return set()
    if not isinstance(schema, dict) or depth > 8:
        return set()
    kinds = schema.get("type")
    if isinstance(kinds, str):
        return {kinds}
    if isinstance(kinds, list):
        return {kind for kind in kinds if isinstance(kind, str)}
    samples = (
        schema["enum"]
        if isinstance(schema.get("enum"), list)
        else [schema["const"]]
        if "const" in schema
        else []
    )
    found = {_type_of(sample) for sample in samples}
    for keyword in ("allOf", "anyOf", "oneOf"):
        for index in range(len(schema.get(keyword, ()))):
            found |= types_of(schemas, ptr.join(place, keyword, index), depth + 1)
    if isinstance(schema.get("$ref"), str):
        try:
            found |= types_of(schemas, ptr.of_reference(schema["$ref"]), depth + 1)
        except ValueError:
            return found
    if not found and "properties" in schema:
        return {"object"}
    return found or ({"array"} if "items" in schema else set())


def _type_of(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


class Coercion:
    """Turns texts into the types of one schema."""

    __slots__ = ("_items", "_pointer", "_properties", "_schemas", "kinds", "scalars")

    def __init__(self, schemas: Schemas, pointer: str | None) -> None:
        self._schemas = schemas
        self._pointer = pointer
        self.kinds = types_of(schemas, pointer) if pointer else set()
        self.scalars = [
            SCALARS[kind] for kind in ("integer", "number", "boolean", "null") if kind in self.kinds
        ]
        self._items: Coercion | None = None
        self._properties: dict[str, Coercion] = {}

    @property
    def is_array(self) -> bool:
        """Whether the value is a list."""
        return "array" in self.kinds

    @property
    def is_object(self) -> bool:
        """Whether the value is an object."""
        return "object" in self.kinds

    @property
    def is_open(self) -> bool:
        """Whether the value may have properties that are not declared by name, and the schema says so."""
        return any(
            schema.get("additionalProperties", False) is not False or "patternProperties" in schema
            for _, schema in self._parts()
        )

    def scalar(self, text: str) -> Json:
        """Return the value that a text stands for; the text itself if it is of none of the types."""
        if not self.scalars:
            return text
        values = [value for read in self.scalars if (value := read(text)) is not UNREADABLE]
        if not values:
            return text
        if "string" not in self.kinds and len(values) == 1:
            return values[0]
        # Several types may be meant: the first that the schema takes is.
        validator = self._validator()
        return next((value for value in values if validator is None or validator.is_valid(value)), text)

    def array(self, texts: Iterable[str]) -> list[Json]:
        """Return a list of values."""
        items = self.items()
        return [items.scalar(text) for text in texts]

    def items(self) -> Coercion:
        """Return the coercion of the items of a list."""
        if self._items is None:
            self._items = Coercion(self._schemas, self._find("items"))
        return self._items

    def property(self, name: str) -> Coercion:
        """Return the coercion of a property of an object."""
        if name not in self._properties:
            self._properties[name] = Coercion(self._schemas, self._find("properties", name))
        return self._properties[name]

    def properties(self) -> dict[str, str]:
        """Return the declared properties of an object, with the pointers of their schemas."""
        found: dict[str, str] = {}
        for place, schema in self._parts():
            declared = schema.get("properties")
            for name in declared if isinstance(declared, dict) else ():
                found.setdefault(name, ptr.join(place, "properties", name))
        return found

    def _find(self, *tokens: str) -> str | None:
        """Return the pointer of a part of the schema, looked for in its compositions too."""
        for place, schema in self._parts():
            node: Any = schema
            for token in tokens:
                node = node.get(token) if isinstance(node, dict) else None
            if isinstance(node, dict):
                return ptr.join(place, *tokens)
        return None

    def _parts(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the schema and those that it is composed of."""
        queue = [self._pointer] if self._pointer else []
        for _ in range(64):
            if not queue:
                return
            try:
                place, schema = self._schemas.resolve(queue.pop(0))
            except (KeyError, ValueError):
                continue
            if not isinstance(schema, dict):
                continue
            yield place, schema
            for keyword in ("allOf", "anyOf", "oneOf"):
                queue += [ptr.join(place, keyword, index) for index in range(len(schema.get(keyword, ())))]
            if isinstance(schema.get("$ref"), str) and schema["$ref"].startswith("#"):
                queue.append(ptr.of_reference(schema["$ref"]))

    def _validator(self) -> Validator | None:
        return self._schemas.validator(self._pointer) if self._pointer else None
