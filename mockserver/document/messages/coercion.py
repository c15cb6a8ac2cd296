"""Turns texts into the JSON types that a schema names: parameters and form fields are texts on the wire."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.document.dialect import COMPOSITIONS
from mockserver.document.validation import Schemas, matcher
from mockserver.errors import Json

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,4000})\Z")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")
_MAX_ALTERNATIVES: Final = 32
_OPENS: Final = ("[", "{")
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
    for keyword in COMPOSITIONS:
        parts = schema.get(keyword)
        for index in range(len(parts) if isinstance(parts, list) else 0):
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
    """Turns texts into the types of one schema.

    Attributes:
        kinds: The JSON types that the schema names; empty for any.
        parts: The schema and those that it is composed of, with their pointers.
        note: What a reader of another syntax has found out about the schema.
    """

    __slots__ = (
        "_alternatives", "_declared", "_known", "_patterns", "_pointer", "_schemas",
        "kinds", "note", "parts", "scalars",
    )  # fmt: skip

    def __init__(
        self,
        schemas: Schemas,
        pointer: str | None,
        known: dict[str | None, Coercion] | None = None,
        first: str | None = None,
    ) -> None:
        self._schemas = schemas
        self._pointer = pointer
        # Shared by all that is reached from one schema: circular ones come to an end, whatever clients send.
        self._known = {} if known is None else known
        if first is None:
            self._known[pointer] = self
        self.kinds = types_of(schemas, pointer) if pointer else set()
        self.scalars = [
            SCALARS[kind] for kind in ("integer", "number", "boolean", "null") if kind in self.kinds
        ]
        self.parts = (*(self._parts(first) if first else ()), *self._parts(pointer))
        self._alternatives: tuple[Coercion, ...] | None = None
        self.note: Any = None
        self._declared: dict[str, str] | None = None
        self._patterns: list[tuple[Callable[[str], bool], str]] | None = None

    @classmethod
    def of(cls, schemas: Schemas, pointer: str | None) -> Coercion:
        """Return the coercion of a schema, made once."""
        known = schemas.derived.setdefault("coercions", {})
        found: Coercion | None = known.get(pointer)
        return cls(schemas, pointer, known) if found is None else found

    @property
    def is_array(self) -> bool:
        """Whether the value may be a list."""
        return "array" in self.kinds

    @property
    def is_object(self) -> bool:
        """Whether the value may be an object."""
        return "object" in self.kinds

    @property
    def is_mixed(self) -> bool:
        """Whether the value may be a list or an object, but also something else."""
        return len(self.kinds) > 1 and (self.is_array or self.is_object)

    @property
    def is_open(self) -> bool:
        """Whether the value may have properties that are not declared by name, and the schema says so."""
        return any(
            schema.get("additionalProperties", False) is not False or "patternProperties" in schema
            for _, schema in self.parts
        )

    @property
    def pointer(self) -> str | None:
        """The pointer of the schema, None for none."""
        return self._pointer

    def is_valid(self, value: Json) -> bool:
        """Return whether the schema takes a value.

        Raises:
            SchemaFault: The schema cannot be compiled.
        """
        return self._pointer is None or self._schemas.validator(self._pointer).is_valid(value)

    def scalar(self, text: str, *, nulls: bool = True) -> Json:
        """Return the value that a text stands for; the text itself if it is of none of the types.

        Args:
            text: As it was sent, decoded.
            nulls: Whether a text may stand for null where it may stand for itself.
        """
        if text[:1] in _OPENS and (self.is_object or self.is_array):
            return self._structured(text)
        if not self.scalars:
            return text
        values = [value for read in self.scalars if (value := read(text)) is not UNREADABLE]
        if not nulls and "string" in self.kinds:
            values = [value for value in values if value is not None]
        if not values:
            return text
        if "string" not in self.kinds and len(values) == 1:
            return values[0]
        # Several types may be meant: the first that the schema takes is.
        return next((value for value in values if self.is_valid(value)), text)

    def alternatives(self) -> tuple[Coercion, ...]:
        """Return the same for each branch of `oneOf` and `anyOf`: what the branch declares goes before all else.

        Branches that type one property differently cannot be read together.
        """
        if self._alternatives is None:
            branches = [
                ptr.join(place, keyword, index)
                for place, schema in self.parts
                for keyword in ("oneOf", "anyOf")
                if isinstance(schema.get(keyword), list)
                for index in range(len(schema[keyword]))
            ]
            self._alternatives = tuple(
                Coercion(self._schemas, self._pointer, self._known, branch)
                for branch in branches[:_MAX_ALTERNATIVES]
            )
        return self._alternatives

    def _structured(self, text: str) -> Json:
        """Return the list or object that a text is in JSON; the text itself where it is none, or a text is meant."""
        try:
            value = jsontext.loads(text)
        except jsontext.JsonError:
            return text
        return text if "string" in self.kinds and not self.is_valid(value) else value

    def array(self, texts: Iterable[str]) -> list[Json]:
        """Return a list of values."""
        return [self.item(index).scalar(text) for index, text in enumerate(texts)]

    def items(self) -> Coercion:
        """Return the coercion of the items of a list, those aside that have a schema of their own."""
        return self._at(self._find("items"))

    def item(self, index: int) -> Coercion:
        """Return the coercion of one item of a list (`prefixItems`, else `items`)."""
        for place, schema in self.parts:
            prefix = schema.get("prefixItems")
            if isinstance(prefix, list) and index < len(prefix):
                return self._at(ptr.join(place, "prefixItems", index))
        return self.items()

    def property(self, name: str) -> Coercion:
        """Return the coercion of a property of an object: declared by name, by pattern, or of all others."""
        pointer = self.properties().get(name)
        if pointer is None:
            pointer = next((place for matches, place in self._pattern_properties() if matches(name)), None)
        return self._at(pointer if pointer is not None else self._find("additionalProperties"))

    def properties(self) -> dict[str, str]:
        """Return the declared properties of an object, with the pointers of their schemas."""
        if self._declared is None:
            found: dict[str, str] = {}
            for place, schema in self.parts:
                declared = schema.get("properties")
                for name in declared if isinstance(declared, dict) else ():
                    found.setdefault(name, ptr.join(place, "properties", name))
            self._declared = found
        return self._declared

    def requires(self, name: str) -> bool:
        """Return whether the schema, or one that it is composed of, requires a property."""
        return any(
            name in schema["required"] for _, schema in self.parts if isinstance(schema.get("required"), list)
        )

    def own(self, keyword: str) -> Json:
        """Return a keyword of the schema itself, or of what it refers to by `$ref` or a lone `allOf`; None without."""
        pointer, seen = self._pointer, 0
        while pointer is not None and seen < 32:
            seen += 1
            try:
                schema = self._schemas.at(pointer)
            except (KeyError, ValueError):
                return None
            if not isinstance(schema, dict):
                return None
            if keyword in schema:
                return schema[keyword]
            wrapped = schema.get("allOf")
            try:
                if isinstance(schema.get("$ref"), str):
                    pointer = ptr.of_reference(schema["$ref"])
                elif isinstance(wrapped, list) and len(wrapped) == 1:
                    pointer = ptr.join(pointer, "allOf", 0)
                else:
                    return None
            except ValueError:
                return None
        return None

    def _at(self, pointer: str | None) -> Coercion:
        found = self._known.get(pointer)
        return Coercion(self._schemas, pointer, self._known) if found is None else found

    def _find(self, *tokens: str) -> str | None:
        """Return the pointer of a part of the schema, looked for in its compositions too."""
        for place, schema in self.parts:
            node: Any = schema
            for token in tokens:
                node = node.get(token) if isinstance(node, dict) else None
            if isinstance(node, dict):
                return ptr.join(place, *tokens)
        return None

    def _pattern_properties(self) -> list[tuple[Callable[[str], bool], str]]:
        if self._patterns is None:
            self._patterns = []
            for place, schema in self.parts:
                patterns = schema.get("patternProperties")
                for text in patterns if isinstance(patterns, dict) else ():
                    # Not Python's `re`, which a client's name could keep busy for ever.
                    self._patterns.append((matcher(text), ptr.join(place, "patternProperties", text)))
        return self._patterns

    def _parts(self, pointer: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield a schema and those that it is composed of."""
        queue = [pointer] if pointer else []
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
            for keyword in COMPOSITIONS:
                parts = schema.get(keyword)
                if isinstance(parts, list):
                    queue += [ptr.join(place, keyword, index) for index in range(len(parts))]
            queue += [ptr.join(place, keyword) for keyword in ("then", "else") if keyword in schema]
            if isinstance(schema.get("$ref"), str):
                with suppress(ValueError):
                    queue.append(ptr.of_reference(schema["$ref"]))
