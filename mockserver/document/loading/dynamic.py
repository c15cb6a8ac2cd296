"""Dynamic references said with plain ones (JSON Schema 2020-12 core, section 8.2.3.2).

What `$dynamicRef` means depends on the schemas through which a value's judgement came. For each way that makes a
difference a copy of the schema is made, in which it is a plain `$ref`: validators and generators need not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from mockserver.document import pointer as ptr
from mockserver.document.structure import BUNDLED, SCHEMA_FIELDS, SCHEMA_LISTS, SCHEMA_MAPS, map_schemas
from mockserver.errors import Json

Scope = Mapping[str, str]
"""Name of a dynamic anchor -> pointer of the outermost schema that has it on the way."""

MOST_COPIES: Final = 2000
"""Copies that are made; beyond, references mean what they mean without their context."""


class DynamicReference(NamedTuple):
    """A `$dynamicRef`: the anchor's name, and the pointer that it means without any context."""

    name: str
    pointer: str


class Specialiser:
    """Replaces the dynamic references of a bundled document.

    Args:
        root: The document; its copies are put under `x-bundled`.
        references: Identity of a schema -> its dynamic reference.
        resources: Identity of a schema -> base URI of the resource that it belongs to.
        anchors: Base URI -> its dynamic anchors.
    """

    def __init__(
        self,
        root: dict[str, Any],
        references: Mapping[int, DynamicReference],
        resources: Mapping[int, str],
        anchors: Mapping[str, Scope],
    ) -> None:
        self._root = root
        self._references = references
        self._resources = resources
        self._anchors = anchors
        self._copies: dict[tuple[str, frozenset[tuple[str, str]]], str] = {}
        self._made: dict[str, Json] = {}
        self._names: dict[str, frozenset[str]] = {}

    def run(self) -> dict[str, Any]:
        """Return the document without dynamic references."""
        root: dict[str, Any] = map_schemas(self._root, lambda schema, _pointer: self._copy(schema, {}))
        if self._made:
            bundled = dict(root.get(BUNDLED, {}))
            bundled["schemas"] = {**bundled.get("schemas", {}), **self._made}
            root[BUNDLED] = bundled
        return root

    def _within(self, schema: Json, scope: Scope) -> Scope:
        """Return the scope inside a schema: what was met before wins."""
        own = self._anchors.get(self._resources.get(id(schema), ""))
        return {**own, **scope} if own else scope

    def _copy(self, schema: Json, scope: Scope) -> Json:
        if not isinstance(schema, dict):
            return schema
        scope = self._within(schema, scope)
        dynamic = self._references.get(id(schema))
        result: dict[str, Any] = {}
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                result[key] = self._reference(ptr.of_reference(value), scope)
            elif key in SCHEMA_FIELDS:
                result[key] = self._copy(value, scope)
            elif key in SCHEMA_LISTS and isinstance(value, list):
                result[key] = [self._copy(item, scope) for item in value]
            elif key in SCHEMA_MAPS and isinstance(value, dict):
                result[key] = {name: self._copy(item, scope) for name, item in value.items()}
            else:
                result[key] = value
        if dynamic is not None:
            target = self._reference(scope.get(dynamic.name, dynamic.pointer), scope)
            if "$ref" in result:
                result["allOf"] = [*result.get("allOf", ()), {"$ref": target}]
            else:
                result["$ref"] = target
        return result

    def _reference(self, pointer: str, scope: Scope) -> str:
        """Return a reference to a schema as it is in a scope."""
        schema = ptr.lookup(self._root, pointer)
        names = self._reachable(pointer)
        scope = {name: target for name, target in self._within(schema, scope).items() if name in names}
        if not names or len(self._copies) >= MOST_COPIES:
            return ptr.to_reference(pointer)
        key = (pointer, frozenset(scope.items()))
        if key not in self._copies:
            name = f"{pointer}@{len(self._copies)}"
            self._copies[key] = ptr.join("", BUNDLED, "schemas", name)
            self._made[name] = self._copy(schema, scope)
        return ptr.to_reference(self._copies[key])

    def _reachable(self, pointer: str) -> frozenset[str]:
        """Return the names of the dynamic references that a schema leads to, also by way of these."""
        if pointer not in self._names:
            seen = {pointer}
            waiting = [pointer]
            names: set[str] = set()
            while waiting:
                stack: list[Any] = [ptr.lookup(self._root, waiting.pop())]
                while stack:
                    node = stack.pop()
                    targets: list[str] = []
                    if isinstance(node, dict):
                        dynamic = self._references.get(id(node))
                        if dynamic is not None:
                            names.add(dynamic.name)
                            targets.append(dynamic.pointer)
                        if isinstance(node.get("$ref"), str):
                            targets.append(ptr.of_reference(node["$ref"]))
                        stack += node.values()
                    elif isinstance(node, list):
                        stack += node
                    fresh = [target for target in targets if target not in seen]
                    seen.update(fresh)
                    waiting += fresh
            self._names[pointer] = frozenset(names)
        return self._names[pointer]
