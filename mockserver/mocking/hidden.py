"""Takes out of a value what its schema keeps out of messages of this direction: `writeOnly` of answers."""

from __future__ import annotations

from typing import Final

from mockserver.document import pointer as ptr
from mockserver.document.dialect import HIDDEN
from mockserver.document.validation import Schemas
from mockserver.errors import Json, SchemaFault

_DEEPEST: Final = 64
"""References and compositions followed without a step into the value: more are a circle."""


def without_hidden(schemas: Schemas, pointer: str, value: Json) -> Json:
    """Return a value without the properties that its schema marks as hidden (OAS 3.1.1 section 4.8.24).

    Of `anyOf` and `oneOf` the branches count that the value fits, all of them where it fits none. The value itself is
    not changed.
    """
    if not schemas.hides or not isinstance(value, dict | list):
        return value
    hidden = _Hidden(schemas)
    hidden.look(pointer, value, (), 0)
    return _cut(value, (), hidden.places) if hidden.places else value


class _Hidden:
    """Finds the places in a value that are hidden."""

    def __init__(self, schemas: Schemas) -> None:
        self.places: set[tuple[str | int, ...]] = set()
        self._schemas = schemas
        self._mark = HIDDEN[schemas.direction]

    def look(self, pointer: str, value: Json, path: tuple[str | int, ...], depth: int) -> None:
        if depth > _DEEPEST or not isinstance(value, dict | list):
            return
        try:
            schema = self._schemas.at(pointer)
        except KeyError:
            return
        if not isinstance(schema, dict):
            return
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            self.look(ptr.of_reference(reference), value, path, depth + 1)
        for keyword, is_choice in (("allOf", False), ("anyOf", True), ("oneOf", True)):
            found = schema.get(keyword)
            count = len(found) if isinstance(found, list) else 0
            branches = [ptr.join(pointer, keyword, index) for index in range(count)]
            if is_choice:
                # What fits none of them may be completed yet, and is one of them then.
                branches = [branch for branch in branches if self._fits(branch, value)] or branches
            for branch in branches:
                self.look(branch, value, path, depth + 1)
        if isinstance(value, dict):
            properties = schema.get("properties")
            for name in value.keys() & (properties.keys() if isinstance(properties, dict) else ()):
                place = ptr.join(pointer, "properties", name)
                if self._is_marked(place):
                    self.places.add((*path, name))
                else:
                    self.look(place, value[name], (*path, name), 0)
        elif "items" in schema:
            for index, item in enumerate(value):
                self.look(ptr.join(pointer, "items"), item, (*path, index), 0)

    def _is_marked(self, pointer: str) -> bool:
        try:
            nodes = self._schemas.at(pointer), self._schemas.resolve(pointer)[1]
        except (KeyError, ValueError):
            return False
        return any(isinstance(node, dict) and node.get(self._mark) is True for node in nodes)

    def _fits(self, pointer: str, value: Json) -> bool:
        try:
            return self._schemas.validator(pointer).is_valid(value)
        except SchemaFault:
            return False


def _cut(value: Json, path: tuple[str | int, ...], places: set[tuple[str | int, ...]]) -> Json:
    if isinstance(value, dict):
        return {
            name: _cut(member, (*path, name), places)
            for name, member in value.items()
            if (*path, name) not in places
        }
    if isinstance(value, list):
        return [_cut(item, (*path, index), places) for index, item in enumerate(value)]
    return value
