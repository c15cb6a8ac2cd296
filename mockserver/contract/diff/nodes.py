"""Schemas as sets of pointers that must all hold, and what they are made of.

A node is where one value is described: `allOf`, `$ref` and compositions with a single branch that is not null put
several schemas at one place, and how an author splits them makes no difference to anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.validation import Schemas
from mockserver.errors import Json

Node = tuple[str, ...]
"""Pointers of schemas that hold together, sorted; empty where anything goes."""

COMPOSED: Final = ("anyOf", "oneOf")


@dataclass(frozen=True, slots=True)
class Group:
    """An `anyOf` or `oneOf` with two branches at least that are not null.

    Attributes:
        pointer: Of the list.
        branches: Pointers of the branches, without those for null.
    """

    keyword: str
    pointer: str
    branches: tuple[str, ...]


@dataclass(slots=True)
class Parts:
    """What a node is made of.

    Attributes:
        schemas: Pointer and schema of all that hold for a value that is not null.
        never: Whether no value but null can hold.
        nullable: Whether null holds.
    """

    schemas: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    never: bool = False
    nullable: bool = True


def node_of(schemas: Schemas, *pointers: str) -> Node:
    """Return the node of some pointers, each followed to where it leads."""
    found = set()
    for pointer in pointers:
        try:
            place, schema = schemas.resolve(pointer)
        except (KeyError, ValueError):
            continue
        if schema is not True and schema != {}:
            found.add(place)
    return tuple(sorted(found))


def parts_of(schemas: Schemas, node: Node) -> Parts:
    """Return what a node is made of."""
    parts, seen = Parts(), set[str]()
    for pointer in node:
        _expand(schemas, pointer, parts, seen)
    parts.nullable = all(admits_null(schemas, pointer) for pointer in node)
    return parts


def _expand(schemas: Schemas, pointer: str, parts: Parts, seen: set[str]) -> None:
    try:
        place, schema = schemas.resolve(pointer)
    except (KeyError, ValueError):
        return
    if place in seen:
        return
    seen.add(place)
    if schema is False:
        parts.never = True
    if not isinstance(schema, dict):
        return
    parts.schemas.append((place, schema))
    target = target_of(schema)
    if target is not None:
        _expand(schemas, target, parts, seen)
    for index in range(_length(schema, "allOf")):
        _expand(schemas, ptr.join(place, "allOf", index), parts, seen)
    for keyword in COMPOSED:
        if not _length(schema, keyword):
            continue
        branches = tuple(_branches(schemas, place, keyword, set()))
        if len(branches) > 1:
            parts.groups.append(Group(keyword, ptr.join(place, keyword), branches))
        elif branches:
            _expand(schemas, branches[0], parts, seen)
        else:
            parts.never = True


def _branches(schemas: Schemas, place: str, keyword: str, seen: set[str]) -> Iterator[str]:
    """Yield the pointers of the branches that are not null; an `anyOf` in an `anyOf` is one with it."""
    for index in range(_length(schemas.at(place), keyword)):
        branch = ptr.join(place, keyword, index)
        try:
            target, schema = schemas.resolve(branch)
        except (KeyError, ValueError):
            continue
        if is_null(schema) or target in seen:
            continue
        if keyword == "anyOf" and isinstance(schema, dict) and "anyOf" in schema and not _speaks(schema):
            yield from _branches(schemas, target, keyword, {*seen, target})
        else:
            yield target


def _speaks(schema: dict[str, Any]) -> bool:
    """Return whether a schema says something beside its `anyOf`."""
    return any(not is_remark(key) for key in schema if key != "anyOf")


_REMARKS: Final = frozenset(
    {
        "title", "description", "example", "examples", "externalDocs", "xml", "$comment", "default", "deprecated",
        "discriminator", "$schema", "$id", "$anchor", "summary",
    }
)  # fmt: skip


def is_remark(keyword: str) -> bool:
    """Return whether a keyword says nothing about which values hold."""
    return keyword in _REMARKS or keyword.startswith("x-")


def is_null(schema: Json) -> bool:
    """Return whether a schema takes null and nothing else, by a look at it."""
    if not isinstance(schema, dict):
        return False
    kind = schema.get("type")
    return (
        kind in ("null", ["null"])
        or schema.get("enum") == [None]
        or ("const" in schema and schema["const"] is None)
    )


def target_of(schema: dict[str, Any]) -> str | None:
    """Return the pointer of a schema's `$ref`, None without one."""
    reference = schema.get("$ref")
    try:
        return ptr.of_reference(reference) if isinstance(reference, str) else None
    except ValueError:
        return None


def admits_null(schemas: Schemas, pointer: str, seen: frozenset[str] = frozenset()) -> bool:
    """Return whether null holds at a pointer."""
    try:
        place, schema = schemas.resolve(pointer)
    except (KeyError, ValueError):
        return True
    if place in seen or not isinstance(schema, dict):
        return schema is not False
    seen = seen | {place}
    kind = schema.get("type")
    if kind is not None and kind != "null" and not (isinstance(kind, list) and "null" in kind):
        return False
    if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        return False
    if "const" in schema and schema["const"] is not None:
        return False
    target = target_of(schema)
    if target is not None and not admits_null(schemas, target, seen):
        return False

    def holding(keyword: str) -> int:
        places = [ptr.join(place, keyword, index) for index in range(_length(schema, keyword))]
        return sum(admits_null(schemas, branch, seen) for branch in places)

    if holding("allOf") < _length(schema, "allOf"):
        return False
    if _length(schema, "anyOf") and not holding("anyOf"):
        return False
    if _length(schema, "oneOf") and holding("oneOf") != 1:
        return False
    return "not" not in schema or not admits_null(schemas, ptr.join(place, "not"), seen)


def _length(schema: Json, keyword: str) -> int:
    value = schema.get(keyword) if isinstance(schema, dict) else None
    return len(value) if isinstance(value, list) else 0
