"""Schemas as coverage sees them: what each asks for of its own, and what stands below it; made once and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.dialect import HIDDEN, MEANT_NULL
from mockserver.document.validation import Schemas, matcher
from mockserver.errors import Json
from mockserver.mocking.coverage.items import KIND, NOT_NULL, value

MAX_VALUES: Final = 100
"""Values of an enum that are asked for one by one; of a longer one none is."""
_KEY: Final = "coverage"
_TYPES: Final[Mapping[type, tuple[str, ...]]] = {
    dict: ("object",),
    list: ("array",),
    str: ("string",),
    bool: ("boolean",),
    int: ("integer", "number"),
    float: ("number",),
    type(None): ("null",),
}


@dataclass(frozen=True, slots=True)
class Node:
    """One Schema Object, without what it refers to.

    Attributes:
        pointer: Where it stands.
        parts: Pointers of what holds together with it: the target of its `$ref`, its `allOf`.
        choices: For `oneOf` and `anyOf` the pointers of their branches.
        properties: Name -> pointer.
        patterns: What names have to look like -> pointer.
        additional: Pointer for all other properties, None where nothing is said of them.
        prefix, items: Pointers for the items of an array.
        condition: Pointers of `if`, `then` and `else`; "" for one that is not there.
        dependent: Name of a property -> pointer of what holds where it is there.
        required: Names of properties.
        types: Names of types, empty for any.
        asked: What it asks to be seen of the value itself.
        listed: Its enum or const as items, None without one.
        is_enum_long: Whether its enum has too many values to ask for each.
        is_hidden: Whether it is marked as absent from messages of this direction.
    """

    pointer: str
    parts: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]
    properties: Mapping[str, str]
    patterns: tuple[tuple[Callable[[str], bool], str], ...]
    additional: str | None
    prefix: tuple[str, ...]
    items: str | None
    condition: tuple[str, str, str] | None
    dependent: Mapping[str, str]
    required: frozenset[str]
    types: frozenset[str]
    asked: tuple[str, ...]
    listed: frozenset[str] | None
    is_enum_long: bool
    is_hidden: bool

    def shows(self, seen: Json) -> tuple[str, ...]:
        """Return what of `asked` a value shows."""
        if not self.asked:
            return ()
        text = value(seen) if not isinstance(seen, dict | list | bytes) else ""
        named = tuple(KIND + name for name in _TYPES.get(type(seen), ()))
        return tuple(
            what
            for what in self.asked
            if what == text or what in named or (what == NOT_NULL and seen is not None)
        )

    def admits(self, seen: Json) -> bool:
        """Return whether a value may be one of this schema, at a quick look that does not go into it."""
        if self.types and not self.types.intersection(_TYPES.get(type(seen), ())):
            # Of numbers without a fraction it is all the same how they are written.
            if not (isinstance(seen, float) and seen.is_integer() and "integer" in self.types):
                return False
        if self.listed is not None and not isinstance(seen, bytes) and value(seen) not in self.listed:
            return False
        return not isinstance(seen, dict) or self.required <= seen.keys()


class Nodes:
    """The schemas of one document and direction by their pointers."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self._nodes: dict[str, Node | None] = {}
        self._groups: dict[str, tuple[Node, ...]] = {}
        self._found: dict[str, Json] = {}

    @staticmethod
    def of(schemas: Schemas) -> Nodes:
        """Return what there is for these schemas already, else new."""
        kept: Nodes = schemas.derived.setdefault(_KEY, Nodes(schemas))
        return kept

    def at(self, pointer: str) -> Node | None:
        """Return a node; None where there is no schema, or one that takes nothing or says nothing."""
        if pointer not in self._nodes:
            schema = self._schema(pointer)
            node = self._nodes[pointer] = (
                _node(schema, pointer, HIDDEN[self.schemas.direction]) if isinstance(schema, dict) else None
            )
            if node is not None:
                # To find each by its pointer from the root takes longer than all else.
                self._found.update(
                    (place, schema["properties"][name]) for name, place in node.properties.items()
                )
        return self._nodes[pointer]

    def _schema(self, pointer: str) -> Json:
        """Return what stands at a pointer, None for nothing."""
        if pointer not in self._found:
            try:
                self._found[pointer] = self.schemas.at(pointer)
            except (KeyError, ValueError):
                self._found[pointer] = None
        return self._found[pointer]

    def group(self, pointer: str) -> tuple[Node, ...]:
        """Return the schemas that all hold for a value of a schema: itself, its references and `allOf`."""
        found = self._groups.get(pointer)
        if found is None:
            seen: dict[str, Node] = {}
            waiting = [pointer]
            while waiting:
                at = waiting.pop()
                node = None if at in seen else self.at(at)
                if node is not None:
                    seen[at] = node
                    waiting += reversed(node.parts)
            found = self._groups[pointer] = tuple(seen.values())
        return found

    def takes_nothing(self, pointer: str) -> bool:
        """Return whether no value fits a schema, as far as it says so itself: `false`, or `not: {}`."""
        schema = self._schema(pointer)
        return schema is False or (isinstance(schema, dict) and schema.get("not") in ({}, True))

    def is_hidden(self, pointer: str) -> bool:
        """Return whether a property is absent from messages of this direction, by itself or what it refers to."""
        return any(node.is_hidden for node in self.group(pointer))


def _node(schema: dict[str, Any], pointer: str, mark: str) -> Node:
    def below(keyword: str) -> str | None:
        return ptr.join(pointer, keyword) if isinstance(schema.get(keyword), dict) else None

    def named(keyword: str) -> dict[str, str]:
        found = schema.get(keyword)
        return {name: ptr.join(pointer, keyword, name) for name in found} if isinstance(found, dict) else {}

    def listed(keyword: str) -> tuple[str, ...]:
        found = schema.get(keyword)
        count = len(found) if isinstance(found, list) else 0
        return tuple(ptr.join(pointer, keyword, index) for index in range(count))

    types = schema.get("type")
    kinds = [types] if isinstance(types, str) else types if isinstance(types, list) else []
    required = schema.get("required")
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    texts = list(dict.fromkeys(value(item) for item in values)) if isinstance(values, list) else None
    condition = below("if") or ("if" in schema and ptr.join(pointer, "if")) or None
    return Node(
        pointer,
        parts=(*_reference(schema), *listed("allOf")),
        choices=tuple(branches for key in ("oneOf", "anyOf") if (branches := listed(key))),
        properties=named("properties"),
        patterns=tuple((matcher(name), place) for name, place in named("patternProperties").items()),
        additional=below("additionalProperties"),
        prefix=listed("prefixItems"),
        items=below("items"),
        condition=(condition, below("then") or "", below("else") or "") if condition else None,
        dependent=named("dependentSchemas"),
        required=frozenset(name for name in required if isinstance(name, str))
        if isinstance(required, list)
        else frozenset(),
        types=frozenset(kind for kind in kinds if isinstance(kind, str)),
        asked=_asked(schema, [kind for kind in kinds if isinstance(kind, str)], texts),
        listed=None if texts is None else frozenset(texts),
        is_enum_long=texts is not None and len(texts) > MAX_VALUES,
        is_hidden=schema.get(mark) is True,
    )


def _reference(schema: dict[str, Any]) -> tuple[str, ...]:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return ()
    try:
        return (ptr.of_reference(reference),)
    except ValueError:
        return ()


def _asked(schema: dict[str, Any], kinds: list[str], texts: list[str] | None) -> tuple[str, ...]:
    """Return what a schema asks to be seen of a value: each that it lists, or each of its types."""
    null = value(None)
    if texts is not None and len(texts) <= MAX_VALUES:
        # Of a null that only the author means nothing is asked: others refuse it.
        wanted = [text for text in texts if text != null or not schema.get(MEANT_NULL)]
        return tuple(wanted) if len(wanted) > 1 else ()
    if schema.get(MEANT_NULL):
        return ()
    found: list[str] = []
    others = [kind for kind in kinds if kind != "null"]
    if len(others) > 1:
        found += [KIND + kind for kind in others]
    if texts is None and "boolean" in others:
        found += [value(True), value(False)]
    if "null" in kinds and others:
        found.append(null)
        if len(found) == 1:
            found.append(NOT_NULL)
    return tuple(found)
