"""What schemas say about an object: which properties there are, and what holds for each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.mocking.generator.nodes import Node
from mockserver.mocking.generator.patterns import compiled

MANY: Final = 1 << 30
MOST_PROPERTIES: Final = 2000
"""Properties of the largest object that is made up."""


class ObjectPlan:
    """What schemas say about an object.

    Attributes:
        properties: Declared properties, in the order of the document, with the pointers of their schemas.
        required: Properties that must be there, in order.
        forbidden: Properties that must not be there.
        low: The least number of properties.
        high: The greatest number of properties.
        dependent: Properties that must be there when another is.
        names: Pointers of schemas for the names.
        patterns: Regular expressions that declare properties, with the pointers of their schemas.
        is_map: Whether properties that are not declared have a schema of their own.
        is_free: Whether nothing is said about properties at all.
    """

    def __init__(
        self,
        pieces: Mapping[str, Mapping[str, Any]],
        demanded: Iterable[str],
        forbidden: set[str],
        excluded: Mapping[str, list[str]],
    ) -> None:
        self.properties: dict[str, list[str]] = {}
        self.patterns: list[tuple[str, str]] = []
        self.names: list[str] = []
        self.dependent: dict[str, list[str]] = {}
        self.low, self.high = 0, MANY
        self.forbidden = forbidden
        self.is_map = False
        self._excluded = excluded
        self._rest: list[tuple[frozenset[str], list[str], str, bool]] = []
        self._unevaluated: list[tuple[str, bool]] = []
        self._children: dict[str, Node | None] = {}
        required: dict[str, None] = {}
        for pointer, piece in pieces.items():
            self._read(pointer, piece, required)
        for name in demanded:
            required[name] = None
        order = {name: index for index, name in enumerate(self.properties)}
        self.required = sorted(required, key=lambda name: order.get(name, len(order)))
        self.is_free = not (self.properties or self.patterns or self._rest or self._unevaluated or required)

    def _read(self, pointer: str, piece: Mapping[str, Any], required: dict[str, None]) -> None:
        properties = piece.get("properties")
        declared: frozenset[str] = frozenset()
        if isinstance(properties, dict):
            declared = frozenset(properties)
            for name in properties:
                self.properties.setdefault(name, []).append(ptr.join(pointer, "properties", name))
        patterns = piece.get("patternProperties")
        own = list(patterns) if isinstance(patterns, dict) else []
        self.patterns += [(pattern, ptr.join(pointer, "patternProperties", pattern)) for pattern in own]
        if "additionalProperties" in piece and piece["additionalProperties"] is not True:
            closed = piece["additionalProperties"] is False
            self._rest.append((declared, own, f"{pointer}/additionalProperties", closed))
            self.is_map |= not closed
        elif piece.get("additionalProperties") is True:
            self._rest.append((declared, own, "", False))
        if "unevaluatedProperties" in piece and piece["unevaluatedProperties"] is not True:
            closed = piece["unevaluatedProperties"] is False
            self._unevaluated.append((f"{pointer}/unevaluatedProperties", closed))
        if "propertyNames" in piece:
            self.names.append(f"{pointer}/propertyNames")
        self.low = max(self.low, int(piece.get("minProperties") or 0))
        if "maxProperties" in piece:
            self.high = min(self.high, int(piece["maxProperties"]))
        if isinstance(piece.get("required"), list):
            required.update(dict.fromkeys(piece["required"]))
        for keyword in ("dependentRequired", "dependencies"):
            dependent = piece.get(keyword)
            for name, names in dependent.items() if isinstance(dependent, dict) else ():
                if isinstance(names, list):
                    self.dependent.setdefault(name, []).extend(names)

    def child(self, name: str) -> Node | None:
        """Return what holds for a property, None where it may not be there."""
        if name not in self._children:
            if len(self._children) > 500:
                self._children.clear()
            self._children[name] = self._child(name)
        return self._children[name]

    def _child(self, name: str) -> Node | None:
        if name in self.forbidden:
            return None
        parts = list(self.properties.get(name, ()))
        parts += [pointer for pattern, pointer in self.patterns if _matches(pattern, name)]
        evaluated = bool(parts)
        for declared, patterns, pointer, closed in self._rest:
            if name in declared or any(_matches(pattern, name) for pattern in patterns):
                continue
            if closed:
                return None
            evaluated = True
            if pointer:
                parts.append(pointer)
        if not evaluated:
            for pointer, closed in self._unevaluated:
                if closed:
                    return None
                parts.append(pointer)
        return Node(tuple(parts), tuple(self._excluded.get(name, ())))


def _matches(pattern: str, name: str) -> bool:
    found: re.Pattern[str] | None = compiled(pattern)
    return found is not None and found.search(name) is not None
