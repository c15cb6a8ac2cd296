"""A document laid out to be checked: each of its objects with its kind, and who uses what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, Final, NamedTuple

from mockserver.document import pointer as ptr
from mockserver.document.dialect import DATA, Direction
from mockserver.document.model import Document
from mockserver.document.structure import (
    METHODS,
    OBJECTS,
    SCHEMA_FIELDS,
    SCHEMA_LISTS,
    SCHEMA_MAPS,
    ListOf,
    Map,
    Shape,
)
from mockserver.errors import Json

_DIRECTIONS: Final[Mapping[str, Direction | None]] = {
    "response": Direction.RESPONSE,
    "header": Direction.RESPONSE,
    "request-body": Direction.REQUEST,
    "parameter": Direction.REQUEST,
}


class Place(NamedTuple):
    """An object of a document.

    Attributes:
        kind: A key of `structure.OBJECTS`, or `schema`.
        pointer: Where it stands.
        node: What stands there, a JSON object.
        direction: Which way the message goes that it describes, None if it may be either.
    """

    kind: str
    pointer: str
    node: Mapping[str, Any]
    direction: Direction | None


class Subject:
    """What the checks look at.

    Attributes:
        document: The document.
        root: It as a JSON value, normalised.
        written: What stands in its own file, None where that is not known.
    """

    def __init__(self, document: Document, written: Json = None) -> None:
        self.document = document
        self.root = document.root
        self.written = written

    @cached_property
    def places(self) -> Mapping[str, tuple[Place, ...]]:
        """All objects by their kind, in the document's order. References are among them."""
        found: defaultdict[str, list[Place]] = defaultdict(list)
        for place in _walk(self.root, "document", "", None):
            found[place.kind].append(place)
        return {kind: tuple(places) for kind, places in found.items()}

    def each(self, kind: str) -> tuple[Place, ...]:
        """Return the objects of a kind, without those that are only a reference."""
        return tuple(
            place
            for place in self.places.get(kind, ())
            if not isinstance(place.node.get("$ref"), str) or kind in ("path-item", "schema")
        )

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Pointer of each operation -> its method and path."""
        return {operation.pointer: str(operation) for operation in self.document.operations.values()}

    @cached_property
    def _targets(self) -> Mapping[str, list[tuple[str, str]]]:
        """Owner -> the references in it: where each stands, and where it leads."""
        found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for source, target in _references(self.root, ""):
            found[_owner(source)].append((source, target))
        return found

    def targets(self, pointer: str) -> list[str]:
        """Return where the references at or below a place lead."""
        return [
            target
            for source, target in self._targets.get(_owner(pointer), ())
            if source == pointer or source.startswith(f"{pointer}/")
        ]

    @cached_property
    def _users(self) -> Mapping[str, set[str]]:
        """Owner of something -> the owners of the references to it; an owner is an operation or a component."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for owner, references in self._targets.items():
            for _, target in references:
                found[_owner(target)].add(owner)
        return found

    def operations_at(self, pointer: str) -> list[str]:
        """Return which operations use what stands at a pointer, directly or by references."""
        seen: set[str] = set()
        waiting = [_owner(pointer)]
        while waiting:
            owner = waiting.pop()
            if owner not in seen:
                seen.add(owner)
                waiting += self._users.get(owner, ())
        return [
            label
            for place, label in self.labels.items()
            if place in seen or any(place.startswith(f"{item}/") for item in seen if item.count("/") == 2)
        ]

    def touched(self, pointer: str) -> str:
        """Return the operations that use a place, as words: `GET /pets, POST /pets and 3 more`."""
        return listed(self.operations_at(pointer)) or "no operation"


def listed(names: Iterable[str], limit: int = 2) -> str:
    """Return the first names and how many more there are."""
    names = list(dict.fromkeys(names))
    shown = names if len(names) <= limit + 1 else names[:limit]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))


def _owner(pointer: str) -> str:
    """Return the pointer of the operation, else the component or path, that a place belongs to."""
    tokens = pointer.split("/", 4)
    if tokens[1:2] == ["definitions"]:
        return "/".join(tokens[:3])
    if tokens[1:2] == ["paths"]:
        return "/".join(tokens[: 4 if len(tokens) > 3 and tokens[3] in METHODS else 3])
    return "/".join(tokens[:4])


def _walk(node: Json, shape: Shape, pointer: str, direction: Direction | None) -> Iterator[Place]:
    if isinstance(shape, Map):
        for key, value in node.items() if isinstance(node, dict) else ():
            if not key.startswith("x-") or isinstance(value, dict):
                yield from _walk(value, shape.of, ptr.join(pointer, key), direction)
        return
    if isinstance(shape, ListOf):
        for index, value in enumerate(node if isinstance(node, list) else ()):
            yield from _walk(value, shape.of, ptr.join(pointer, index), direction)
        return
    if not isinstance(node, dict):
        return
    direction = _DIRECTIONS.get(shape, direction)
    yield Place(shape, pointer, node, direction)
    if shape == "schema":
        for token, member in _members(node):
            yield from _walk(member, "schema", f"{pointer}/{token}", direction)
        return
    fields = OBJECTS[shape]
    for key, value in node.items():
        if key in fields:
            yield from _walk(value, fields[key], ptr.join(pointer, key), direction)


def _members(schema: Mapping[str, Any]) -> Iterator[tuple[str, Json]]:
    """Yield the schemas of which a schema is made, with their places in it."""
    for key, value in schema.items():
        if (key in SCHEMA_FIELDS and isinstance(value, list)) or key in SCHEMA_LISTS:
            for index, member in enumerate(value if isinstance(value, list) else ()):
                yield f"{key}/{index}", member
        elif key in SCHEMA_FIELDS:
            yield key, value
        elif key in SCHEMA_MAPS and isinstance(value, dict):
            for name, member in value.items():
                yield f"{key}/{ptr.escape(name)}", member


def _references(node: Json, pointer: str) -> Iterator[tuple[str, str]]:
    """Yield where each reference stands and where it leads; what is data may be among them, and does no harm."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            # One that leads out of the document uses nothing here.
            with suppress(ValueError):
                yield pointer, ptr.of_reference(reference)
        for key, value in node.items():
            if isinstance(value, dict | list) and key not in DATA:
                yield from _references(value, ptr.join(pointer, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            if isinstance(value, dict | list):
                yield from _references(value, ptr.join(pointer, index))
