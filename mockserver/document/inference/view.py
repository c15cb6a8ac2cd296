"""Schemas as inference asks for them: each question is answered once for a document."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.model import Document
from mockserver.errors import Json

_DEPTH: Final = 12
"""References and compositions followed, one in the other."""
_NOTHING: Final[dict[str, Any]] = {}


class View:
    """What the schemas of one document say, by their pointers.

    Reads the document as it stands, and not one direction of it: `readOnly` and `writeOnly` properties are both there.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self._targets: dict[str, str] = {}
        self._nodes: dict[str, dict[str, Any]] = {}
        self._properties: dict[str, dict[str, str]] = {}
        self._required: dict[str, frozenset[str]] = {}
        self._schemas: dict[str, dict[str, Any]] = {}
        self._known_types: dict[str, frozenset[str]] = {}

    @cached_property
    def components(self) -> dict[str, str]:
        """Pointer of each named schema -> its name; those of OpenAPI 2.0 stand under `definitions`."""
        found: dict[str, str] = {}
        for place in ("/definitions", "/components/schemas"):
            found.update((ptr.join(place, name), name) for name in self.node(place))
        return found

    def node(self, pointer: str) -> dict[str, Any]:
        """Return the Schema Object at a pointer; an empty one where there is none."""
        found = self._nodes.get(pointer)
        if found is None:
            there = self._at(pointer)
            found = self._nodes[pointer] = there if isinstance(there, dict) else _NOTHING
        return found

    def _at(self, pointer: str) -> Json:
        """Return what stands at a pointer, None for nothing; `ptr.lookup` at a third of its price, for thousands."""
        node: Any = self.document.root
        for token in pointer.split("/")[1:]:
            name = ptr.unescape(token) if "~" in token else token
            if isinstance(node, dict):
                node = node.get(name)
            elif isinstance(node, list) and name.isdigit() and int(name) < len(node):
                node = node[int(name)]
            else:
                return None
        return node

    def _child(self, pointer: str, node: Json, *tokens: str | int) -> str:
        """Return the pointer of what is known to stand below another pointer."""
        place = pointer
        for token in tokens:
            text = str(token)
            place += f"/{ptr.escape(text) if '~' in text or '/' in text else text}"
        if place not in self._nodes:
            self._nodes[place] = node if isinstance(node, dict) else _NOTHING
        return place

    def target(self, pointer: str) -> str:
        """Return the pointer of what a schema comes down to.

        References are followed, and so are compositions that add nothing: `allOf` of one schema, `anyOf` or `oneOf` of
        one schema and null.
        """
        found = self._targets.get(pointer)
        if found is None:
            found = pointer
            for _ in range(_DEPTH):
                further = self._next(found)
                if further is None:
                    break
                found = further
            self._targets[pointer] = found
        return found

    def _next(self, pointer: str) -> str | None:
        node = self.node(pointer)
        reference = node.get("$ref")
        if isinstance(reference, str):
            try:
                return ptr.of_reference(reference)
            except ValueError:
                return None
        if "properties" in node:
            return None
        for keyword in ("allOf", "anyOf", "oneOf"):
            branches = node.get(keyword)
            if isinstance(branches, list):
                real = [index for index, branch in enumerate(branches) if not _is_empty(branch, keyword)]
                return self._child(pointer, branches[real[0]], keyword, real[0]) if len(real) == 1 else None
        return None

    def schema(self, pointer: str) -> dict[str, Any]:
        """Return the Schema Object that a schema comes down to."""
        found = self._schemas.get(pointer)
        if found is None:
            found = self._schemas[pointer] = self.node(self.target(pointer))
        return found

    def name(self, pointer: str) -> str:
        """Return the name of what a schema comes down to, "" for one that has none."""
        return self.components.get(self.target(pointer), "")

    def properties(self, pointer: str) -> dict[str, str]:
        """Return the properties that a schema declares, through all its compositions: name -> pointer."""
        place = self.target(pointer)
        found = self._properties.get(place)
        if found is None:
            found = self._properties[place] = {}
            required: set[str] = set()
            for at, node, conditional in self._objects(place, False, 0):
                declared = node.get("properties")
                declared = declared if isinstance(declared, dict) else {}
                for name in declared:
                    own = self._child(at, declared[name], "properties", name)
                    if name not in found or self._depth_of(found[name]) < self._depth_of(own):
                        found[name] = own
                names = node.get("required")
                if not conditional and isinstance(names, list):
                    required.update(name for name in names if isinstance(name, str))
            self._required[place] = frozenset(required)
        return found

    def _depth_of(self, pointer: str) -> int:
        """Return how much a schema says: the parts of a composition may say one property again, and better."""
        items = self.items(pointer)
        return 2 * bool(self.properties(pointer if items is None else items)) + bool(self.types(pointer))

    def required(self, pointer: str) -> frozenset[str]:
        """Return the properties that a schema asks for in every branch."""
        self.properties(pointer)
        return self._required[self.target(pointer)]

    def _objects(
        self, pointer: str, conditional: bool, depth: int
    ) -> Iterator[tuple[str, dict[str, Any], bool]]:
        if depth > _DEPTH:
            return
        place = self.target(pointer)
        node = self.node(place)
        yield place, node, conditional
        for keyword in ("allOf", "anyOf", "oneOf"):
            branches = node.get(keyword)
            for index, node_there in enumerate(branches) if isinstance(branches, list) else ():
                branch = self._child(place, node_there, keyword, index)
                yield from self._objects(branch, conditional or keyword != "allOf", depth + 1)

    def types(self, pointer: str) -> frozenset[str]:
        """Return the JSON types that a schema lets through, null left out; empty where it does not say."""
        found = self._known_types.get(pointer)
        if found is None:
            found = self._known_types[pointer] = frozenset(self._types(pointer, 0))
        return found

    def _types(self, pointer: str, depth: int) -> set[str]:
        node = self.schema(pointer)
        declared = node.get("type")
        if isinstance(declared, str):
            return {declared} - {"null"}
        if isinstance(declared, list):
            return {name for name in declared if isinstance(name, str)} - {"null"}
        if "properties" in node or "additionalProperties" in node:
            return {"object"}
        if "items" in node:
            return {"array"}
        values = self.values(pointer)
        if values:
            return {_type_of(value) for value in values} - {"null"}
        found: set[str] = set()
        place = self.target(pointer)
        for keyword in ("allOf", "anyOf", "oneOf") if depth < _DEPTH else ():
            branches = node.get(keyword)
            for index in range(len(branches)) if isinstance(branches, list) else ():
                found |= self._types(ptr.join(place, keyword, index), depth + 1)
        return found

    def is_free(self, pointer: str) -> bool:
        """Return whether a schema lets through objects without saying what is in them."""
        types = self.types(pointer)
        return not self.properties(pointer) and types <= {"object"} and self.items(pointer) is None

    def is_object(self, pointer: str) -> bool:
        """Return whether a schema is one of objects."""
        types = self.types(pointer)
        return "object" in types or (not types and bool(self.properties(pointer)))

    def items(self, pointer: str) -> str | None:
        """Return the pointer of the schema of an array's items, None for what is no array."""
        place = self.target(pointer)
        node = self.node(place)
        items = node.get("items")
        return self._child(place, items, "items") if isinstance(items, dict) else None

    def values(self, pointer: str) -> list[Json]:
        """Return the values of an `enum` or `const`, null left out; none where there is neither."""
        node = self.schema(pointer)
        values = node.get("enum")
        if not isinstance(values, list):
            values = [node["const"]] if "const" in node else []
        return [value for value in values if value is not None]

    def format(self, pointer: str) -> str:
        """Return the `format` of a schema, "" without one."""
        found = self.schema(pointer).get("format")
        return found if isinstance(found, str) else ""

    def marks(self, pointer: str, mark: str) -> bool:
        """Return whether a schema, or what it refers to, carries a mark such as `readOnly`."""
        return self.node(pointer).get(mark) is True or self.schema(pointer).get(mark) is True


def _is_empty(branch: Json, keyword: str) -> bool:
    """Return whether a branch adds nothing: null beside another, or words about the schema in an `allOf`."""
    if not isinstance(branch, dict):
        return True
    if keyword == "allOf":
        return not branch.keys() - {"description", "title", "nullable", "example", "examples", "deprecated"}
    return (
        branch.get("type") == "null"
        or branch.get("enum") == [None]
        or ("const" in branch and branch["const"] is None)
    )


def _type_of(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    for kind, name in (
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (list, "array"),
        (dict, "object"),
    ):
        if isinstance(value, kind):
            return name
    return "null"
