"""What a schema lets through: the properties that it declares, and which of them are hidden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.dialect import HIDDEN
from mockserver.document.validation import Schemas
from mockserver.errors import Json

_DEPTH: Final = 12
"""Compositions followed; deeper ones are taken as open."""


class Shape:
    """The top-level properties of a schema.

    Attributes:
        properties: Name -> JSON pointer of its schema, through `$ref`, allOf, anyOf and oneOf; of several that which
            says most.
        required: Names that must be there in every branch.
        certain: Names that are declared whatever branch holds, and only once.
        open: Whether others may stay: `additionalProperties` is named, or nothing is declared.
    """

    __slots__ = ("_hidden", "_schemas", "certain", "open", "properties", "required")

    def __init__(self, schemas: Schemas, pointer: str) -> None:
        self._schemas = schemas
        self.properties: dict[str, str] = {}
        self.required: list[str] = []
        self.open = False
        times: dict[str, int] = {}
        for place, schema, conditional in _objects(schemas, pointer):
            for name in schema.get("properties", {}):
                declared = ptr.join(place, "properties", name)
                known = self.properties.setdefault(name, declared)
                # Of several declarations the one that says most is what is meant: `data` of any page, and of this one.
                if known != declared and _weight(schemas, declared) > _weight(schemas, known):
                    self.properties[name] = declared
                times[name] = times.get(name, 0) + (2 if conditional else 1)
            if not conditional:
                self.required += [name for name in schema.get("required", ()) if name not in self.required]
            if schema.get("additionalProperties", False) is not False or "patternProperties" in schema:
                self.open = True
        self.certain = [name for name, count in times.items() if count == 1]
        if not self.properties:
            self.open = True
        mark = HIDDEN[schemas.direction]
        self._hidden = frozenset(name for name in self.properties if self.marks(name, mark))

    def marks(self, name: str, mark: str) -> bool:
        """Return whether a declared property is marked, e.g. `readOnly`, by itself or by what it refers to."""
        pointer = self.properties[name]
        try:
            schema = self._schemas.at(pointer)
            _, target = self._schemas.resolve(pointer)
        except (KeyError, ValueError):
            return False
        return any(isinstance(node, dict) and node.get(mark) is True for node in (schema, target))

    def declares(self, name: str) -> bool:
        """Return whether a property may stand in a value of this shape, hidden or not."""
        return self.open or name in self.properties

    def keeps(self, name: str) -> bool:
        """Return whether a property may stand in a message of this shape."""
        return (self.open or name in self.properties) and name not in self._hidden

    def keeps_all_of(self, other: Shape) -> bool:
        """Return whether nothing is lost when a record of another shape is cut to this one."""
        return not self._hidden and (
            self.open or (not other.open and other.properties.keys() <= self.properties.keys())
        )

    def cut(self, data: dict[str, Json]) -> dict[str, Json]:
        """Return the properties that may stand in a message of this shape."""
        if self.open:
            return (
                {key: value for key, value in data.items() if key not in self._hidden}
                if self._hidden
                else data
            )
        properties, hidden = self.properties, self._hidden
        return {key: value for key, value in data.items() if key in properties and key not in hidden}


def _objects(
    schemas: Schemas, pointer: str, conditional: bool = False, depth: int = 0
) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Yield (pointer, schema, is in a branch that need not hold) for every schema that an object may have to meet."""
    if depth > _DEPTH:
        return
    try:
        schema = schemas.at(pointer)
    except KeyError:
        return
    if not isinstance(schema, dict):
        return
    yield pointer, schema, conditional
    reference = schema.get("$ref")
    if isinstance(reference, str):
        try:
            target = ptr.of_reference(reference)
        except ValueError:
            return
        yield from _objects(schemas, target, conditional, depth + 1)
    for keyword, is_branch in (("allOf", False), ("anyOf", True), ("oneOf", True)):
        for index in range(len(schema.get(keyword, ()))):
            yield from _objects(
                schemas, ptr.join(pointer, keyword, index), conditional or is_branch, depth + 1
            )


def _weight(schemas: Schemas, pointer: str) -> int:
    """Return how much a schema says of the properties of an object, or of the items of an array."""
    items = item_pointer(schemas, pointer)
    if items is not None:
        return 1 + _weight(schemas, items) if items != pointer else 1
    return sum(len(schema.get("properties", ())) for _, schema, _ in _objects(schemas, pointer))


def item_pointer(schemas: Schemas, pointer: str) -> str | None:
    """Return the pointer of the item schema of an array schema, None for anything else."""
    try:
        place, schema = schemas.resolve(pointer)
    except (KeyError, ValueError):
        return None
    if isinstance(schema, dict) and isinstance(schema.get("items"), dict):
        return ptr.join(place, "items")
    return None
