"""Puts schemas together: `$ref`, `allOf` and chosen branches become one conjunction.

Nothing is copied or rewritten: a conjunction points into the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.errors import Json
from mockserver.mocking.generator.lookup import COMPONENTS, Lookup, dict_at, list_at
from mockserver.mocking.generator.nodes import Group, Node

ATOMS: Final[Mapping[str, frozenset[str]]] = {
    "null": frozenset({"null"}),
    "boolean": frozenset({"boolean"}),
    "integer": frozenset({"integer"}),
    "number": frozenset({"integer", "fraction"}),
    "string": frozenset({"string"}),
    "array": frozenset({"array"}),
    "object": frozenset({"object"}),
}
OPPOSITES: Final[Mapping[str, tuple[str, int, tuple[str, ...]]]] = {
    "minimum": ("exclusiveMaximum", 0, ("number",)),
    "maximum": ("exclusiveMinimum", 0, ("number",)),
    "exclusiveMinimum": ("maximum", 0, ("number",)),
    "exclusiveMaximum": ("minimum", 0, ("number",)),
    "minLength": ("maxLength", -1, ("string",)),
    "maxLength": ("minLength", 1, ("string",)),
    "minItems": ("maxItems", -1, ("array",)),
    "maxItems": ("minItems", 1, ("array",)),
    "minProperties": ("maxProperties", -1, ("object",)),
    "maxProperties": ("minProperties", 1, ("object",)),
}
"""Bound -> the bound that holds where it does not, what to add to it, and the types it speaks of."""
ALL: Final = frozenset().union(*ATOMS.values())


class Conjunction:
    """Schemas that hold together.

    Attributes:
        pieces: The schemas that hold, by pointer, in the order of the document.
        groups: Branches that are still to be chosen.
        branches: The chosen branches of `anyOf` and `oneOf`.
        rivals: Branches of chosen `oneOf`s that must not hold.
        refused: Schemas that must not hold, and that are judged by their validators.
        demanded: Properties that must be there beside the required ones.
        forbidden: Properties that must not be there.
        child_excluded: Schemas that a property's value must not match.
        pins: Values that a discriminator asks of a property.
        atoms: The types that are possible; numbers that are not whole are a type of their own.
        banned: Values that are not possible.
        is_contradictory: Whether one of the schemas admits nothing.
    """

    def __init__(self, lookup: Lookup, node: Node) -> None:
        self.lookup = lookup
        self.node = node
        self.pieces: dict[str, Mapping[str, Any]] = {}
        self.groups: list[Group] = []
        self.branches: list[str] = []
        self.rivals: list[str] = []
        self.refused: list[str] = []
        self.demanded: dict[str, None] = {}
        self.forbidden: set[str] = set()
        self.child_excluded: dict[str, list[str]] = {}
        self.pins: dict[str, list[Json]] = {}
        self._chosen = dict(node.choices)
        self.atoms = ALL
        self.banned: list[Json] = []
        self.is_contradictory = False
        for pointer in node.parts:
            self._add(pointer)
        for pointer in node.excluded:
            self._refuse(pointer)
        for pointer, piece in list(self.pieces.items()):
            if isinstance(piece.get("discriminator"), dict):
                self._discriminate(pointer, piece, piece["discriminator"])

    def _add(self, pointer: str) -> None:
        if pointer in self.pieces:
            return
        schema = self.lookup.schema(pointer)
        if not isinstance(schema, dict):
            self.is_contradictory |= schema is False
            return
        self.pieces[pointer] = schema
        if "type" in schema:
            self.atoms &= frozenset().union(*(ATOMS.get(kind, frozenset()) for kind in _kinds(schema)))
        target = self.lookup.target(schema.get("$ref"))
        if target is not None:
            self._add(target)
        for index in range(len(list_at(schema, "allOf"))):
            self._add(f"{pointer}/allOf/{index}")
        for keyword in ("anyOf", "oneOf"):
            if options := list_at(schema, keyword):
                self._branch(
                    Group(
                        f"{pointer}/{keyword}",
                        keyword,
                        tuple(f"{pointer}/{keyword}/{i}" for i in range(len(options))),
                    )
                )
        if "if" in schema and ("then" in schema or "else" in schema):
            self._branch(Group(f"{pointer}/if", "if", (f"{pointer}/then", f"{pointer}/else")))
        for keyword in ("dependentSchemas", "dependencies"):
            for name, part in dict_at(schema, keyword).items():
                place = ptr.join(pointer, keyword, name)
                # Up to draft 7 both kinds of dependencies shared one keyword.
                if not isinstance(part, list):
                    self._branch(Group(place, "dependent", (place, "")))
        if "not" in schema:
            self._refuse(f"{pointer}/not")

    def _branch(self, group: Group) -> None:
        chosen = self._chosen.get(group.pointer)
        if chosen is None:
            self.groups.append(group)
        elif group.kind in ("anyOf", "oneOf"):
            if group.kind == "oneOf":
                self.rivals.extend(option for option in group.options if option != group.options[chosen])
            self.branches.append(group.options[chosen])
            self._add(group.options[chosen])
        elif group.kind == "if":
            if chosen == 0:
                self._add(group.pointer)
            else:
                self._refuse(group.pointer)
            self._add(group.options[chosen])
        elif group.kind == "dependent":
            name = ptr.split(group.pointer)[-1]
            if chosen == 0:
                self.demanded[name] = None
                self._add(group.pointer)
            else:
                self.forbidden.add(name)

    def _refuse(self, pointer: str) -> None:
        """Take in that a schema must not hold: by its keywords where that is simple, else judged."""
        schema = self.lookup.schema(pointer)
        if not isinstance(schema, dict):
            self.is_contradictory |= schema is True
            return
        said = {
            key for key in schema if key not in ("title", "description", "example", "examples", "default")
        }
        target = self.lookup.target(schema.get("$ref"))
        if not said:
            self.is_contradictory = True
        elif said == {"$ref"} and target is not None:
            self._refuse(target)
        elif said == {"not"}:
            self._add(f"{pointer}/not")
        elif said == {"anyOf"}:
            for index in range(len(list_at(schema, "anyOf"))):
                self._refuse(f"{pointer}/anyOf/{index}")
        elif said == {"type"}:
            self.atoms -= frozenset().union(*(ATOMS.get(kind, frozenset()) for kind in _kinds(schema)))
        elif len(bounds := said & OPPOSITES.keys()) == 1 and said <= {*bounds, "type"}:
            self._refuse_bound(pointer, schema, next(iter(bounds)))
        elif said in ({"enum"}, {"const"}):
            self.banned.extend(list_at(schema, "enum") or [schema.get("const")])
        elif said <= {"required", "type"} and len(list_at(schema, "required")) == 1:
            self.forbidden.add(schema["required"][0])
        elif said <= {"properties", "required", "type"} and len(dict_at(schema, "properties")) == 1:
            name = next(iter(schema["properties"]))
            self.child_excluded.setdefault(name, []).append(ptr.join(pointer, "properties", name))
            if name not in list_at(schema, "required"):
                self.demanded[name] = None
        else:
            self.refused.append(pointer)

    def _refuse_bound(self, pointer: str, schema: Mapping[str, Any], keyword: str) -> None:
        """Turn a bound that must not hold into the opposite bound, for a value that the bound speaks of."""
        opposite, step, kinds = OPPOSITES[keyword]
        spoken_of = frozenset().union(*(ATOMS[kind] for kind in kinds))
        if "type" in schema:
            spoken_of &= frozenset().union(*(ATOMS.get(kind, frozenset()) for kind in _kinds(schema)))
            if not spoken_of & self.atoms:
                return
        self.atoms &= spoken_of
        self.pieces[f"{pointer}/{keyword}"] = {opposite: schema[keyword] + step}

    def _discriminate(self, pointer: str, piece: Mapping[str, Any], discriminator: Mapping[str, Any]) -> None:
        """Pin the property that tells branches apart to the value that means the chosen one."""
        name = discriminator.get("propertyName")
        if not isinstance(name, str):
            return
        mapping = {
            value: target
            for value, place in dict_at(discriminator, "mapping").items()
            if isinstance(place, str) and (target := self.lookup.named(place)) is not None
        }
        for keyword in ("oneOf", "anyOf"):
            chosen = self._chosen.get(f"{pointer}/{keyword}")
            if chosen is not None:
                branch = f"{pointer}/{keyword}/{chosen}"
                target = self.lookup.target(self.pieces.get(branch, {}).get("$ref"))
                self._pin(name, [target] if target is not None else [], mapping)
                return
        if "oneOf" in piece or "anyOf" in piece:
            return
        others = [place for place in self.pieces if place.startswith(COMPONENTS) and place != pointer]
        derived = [place for place in others if place in mapping.values()]
        if derived or not mapping:
            own = [place for place in (*others, pointer) if place.count("/") == 3]
            self._pin(name, derived or own[:1], mapping)
            return
        group = Group(f"{pointer}/discriminator", "discriminator", tuple(dict.fromkeys(mapping.values())))
        chosen = self._chosen.get(group.pointer)
        if chosen is None:
            self.groups.append(group)
        elif chosen >= 0:
            self._add(group.options[chosen])
            self._pin(name, [group.options[chosen]], mapping)

    def _pin(self, name: str, targets: list[str], mapping: Mapping[str, str]) -> None:
        values: list[Json] = [value for value, target in mapping.items() if target in targets]
        values += [
            ptr.unescape(target.rpartition("/")[2]) for target in targets if target not in mapping.values()
        ]
        if values:
            self.pins.setdefault(name, []).extend(values)


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema["type"]
    return kinds if isinstance(kinds, list) else [kinds]
