"""What a schema asks for, with `$ref`, `allOf` and chosen branches put together, remembered by pointer.

A node is a conjunction of schemas of the document, named by their pointers, with the branches of `anyOf`, `oneOf`, `if` and the like
that were chosen. Nothing is copied or rewritten: a plan points into the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.dialect import HIDDEN
from mockserver.document.validation import Schemas
from mockserver.errors import Json
from mockserver.mocking.generator.arrays import ArrayPlan
from mockserver.mocking.generator.names import words
from mockserver.mocking.generator.nodes import Group, Node
from mockserver.mocking.generator.numbers import NumberPlan, is_number
from mockserver.mocking.generator.objects import ObjectPlan
from mockserver.mocking.generator.strings import StringPlan
from mockserver.mocking.generator.values import ABSENT, fingerprint

CACHE_SIZE: Final = 8192

ATOMS: Final[Mapping[str, frozenset[str]]] = {
    "null": frozenset({"null"}),
    "boolean": frozenset({"boolean"}),
    "integer": frozenset({"integer"}),
    "number": frozenset({"integer", "fraction"}),
    "string": frozenset({"string"}),
    "array": frozenset({"array"}),
    "object": frozenset({"object"}),
}
ALL: Final = frozenset().union(*ATOMS.values())
IMPLIED: Final = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties",
               "propertyNames", "dependentRequired", "dependentSchemas", "unevaluatedProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "unevaluatedItems"),
    "string": ("pattern", "minLength", "maxLength", "format"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}  # fmt: skip
"""The type that is meant where none is said, by the keywords beside it."""
PLAIN: Final = frozenset(
    {
        "type", "enum", "const", "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum",
        "exclusiveMaximum", "multipleOf", "title", "description", "example", "examples", "default", "$ref", "deprecated",
        "readOnly", "writeOnly", "$comment",
    }
)  # fmt: skip
"""Keywords that a plan judges by itself, and those that judge nothing."""
COMPONENTS: Final = "/components/schemas/"


class Planner:
    """Makes plans, and remembers them."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self.hidden = HIDDEN[schemas.direction]
        self.plan = lru_cache(maxsize=CACHE_SIZE)(self._plan)
        self.options = lru_cache(maxsize=CACHE_SIZE)(self._options)
        self.is_hidden = lru_cache(maxsize=CACHE_SIZE)(self._is_hidden)

    def _plan(self, node: Node) -> Plan:
        return Plan(self, node)

    def _options(self, node: Node, group: Group) -> tuple[int, ...]:
        """Return the branches of a group that may have a value: null comes last, -1 stands for none of them."""
        if group.kind == "discriminator":
            return (*range(len(group.options)), -1)
        plans = [(index, self.plan(node.choose(group.pointer, index))) for index in range(len(group.options))]
        found = [(plan.atoms == {"null"}, index) for index, plan in plans if plan.is_possible]
        return tuple(index for _, index in sorted(found)) or tuple(range(len(group.options)))

    def schema(self, pointer: str) -> Json:
        """Return the schema at a pointer; what is not there says nothing."""
        try:
            return self.schemas.at(pointer)
        except (KeyError, ValueError):
            return True

    def target(self, reference: Json) -> str | None:
        """Return the pointer that a reference leads to, None if it leads out of the document."""
        if not isinstance(reference, str):
            return None
        try:
            return ptr.of_reference(reference)
        except ValueError:
            return None

    def named(self, name: str) -> str | None:
        """Return the pointer that a discriminator's mapping means: a reference or a component's name."""
        if name.startswith("#"):
            return self.target(name)
        pointer = COMPONENTS + ptr.escape(name.rpartition("/")[2].partition(".")[0])
        return pointer if self.schema(pointer) is not True else None

    def _is_hidden(self, pointer: str) -> bool:
        """Say whether a property does not belong into messages of this direction."""
        seen: set[str] = set()
        place: str | None = pointer
        while place is not None and place not in seen:
            seen.add(place)
            schema = self.schema(place)
            if not isinstance(schema, dict):
                return False
            if schema.get(self.hidden) is True:
                return True
            place = self.target(schema.get("$ref"))
        return False


class Plan:
    """What a node asks for.

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
        layouts: The properties that an object gets, remembered by `Fields`.
    """

    def __init__(self, planner: Planner, node: Node) -> None:
        self.planner = planner
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
        self.layouts: dict[tuple[bool, bool], Any] = {}
        self._chosen = dict(node.choices)
        self._atoms = ALL
        self._banned: list[Json] = []
        self._impossible = False
        for pointer in node.parts:
            self._add(pointer)
        for pointer in node.excluded:
            self._refuse(pointer)
        if "string" in self._atoms and not self.strings.is_possible:
            self._atoms -= {"string"}
        for pointer, piece in list(self.pieces.items()):
            if isinstance(piece.get("discriminator"), dict):
                self._discriminate(pointer, piece, piece["discriminator"])

    def _add(self, pointer: str) -> None:
        if pointer in self.pieces:
            return
        schema = self.planner.schema(pointer)
        if not isinstance(schema, dict):
            self._impossible |= schema is False
            return
        self.pieces[pointer] = schema
        kinds = schema.get("type")
        if kinds is not None:
            listed = kinds if isinstance(kinds, list) else [kinds]
            self._atoms &= frozenset().union(*(ATOMS.get(kind, frozenset()) for kind in listed))
        target = self.planner.target(schema.get("$ref"))
        if target is not None:
            self._add(target)
        for index in range(len(_list(schema, "allOf"))):
            self._add(f"{pointer}/allOf/{index}")
        for keyword in ("anyOf", "oneOf"):
            if options := _list(schema, keyword):
                self._branch(Group(f"{pointer}/{keyword}", keyword, tuple(f"{pointer}/{keyword}/{i}" for i in range(len(options)))))
        if "if" in schema and ("then" in schema or "else" in schema):
            self._branch(Group(f"{pointer}/if", "if", (f"{pointer}/then", f"{pointer}/else")))
        for name in _dict(schema, "dependentSchemas"):
            place = ptr.join(pointer, "dependentSchemas", name)
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
        """Take in that a schema must not hold: by its keywords where that is simple, else by its validator."""
        schema = self.planner.schema(pointer)
        if not isinstance(schema, dict):
            self._impossible |= schema is True
            return
        said = {key for key in schema if key not in ("title", "description", "example", "examples", "default")}
        target = self.planner.target(schema.get("$ref"))
        if not said:
            self._impossible = True
        elif said == {"$ref"} and target is not None:
            self._refuse(target)
        elif said == {"not"}:
            self._add(f"{pointer}/not")
        elif said == {"anyOf"}:
            for index in range(len(_list(schema, "anyOf"))):
                self._refuse(f"{pointer}/anyOf/{index}")
        elif said == {"type"}:
            kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            self._atoms -= frozenset().union(*(ATOMS.get(kind, frozenset()) for kind in kinds))
        elif said in ({"enum"}, {"const"}):
            self._banned.extend(_list(schema, "enum") or [schema.get("const")])
        elif said <= {"required", "type"} and len(_list(schema, "required")) == 1:
            self.forbidden.add(schema["required"][0])
        elif said <= {"properties", "required", "type"} and len(_dict(schema, "properties")) == 1:
            name = next(iter(schema["properties"]))
            self.child_excluded.setdefault(name, []).append(ptr.join(pointer, "properties", name))
            if name not in _list(schema, "required"):
                self.demanded[name] = None
        else:
            self.refused.append(pointer)

    def _discriminate(self, pointer: str, piece: Mapping[str, Any], discriminator: Mapping[str, Any]) -> None:
        """Pin the property that tells branches apart to the value that means the chosen one."""
        name = discriminator.get("propertyName")
        if not isinstance(name, str):
            return
        mapping = {
            value: target
            for value, place in _dict(discriminator, "mapping").items()
            if isinstance(place, str) and (target := self.planner.named(place)) is not None
        }
        for keyword in ("oneOf", "anyOf"):
            chosen = self._chosen.get(f"{pointer}/{keyword}")
            if chosen is not None:
                branch = f"{pointer}/{keyword}/{chosen}"
                target = self.planner.target(self.pieces.get(branch, {}).get("$ref"))
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
        values += [ptr.unescape(target.rpartition("/")[2]) for target in targets if target not in mapping.values()]
        if values:
            self.pins.setdefault(name, []).extend(values)

    @cached_property
    def values(self) -> list[Json] | None:
        """The only values that are possible, or None when any is that fits."""
        lists = [
            [piece["const"]] if "const" in piece else _list(piece, "enum")
            for piece in self.pieces.values()
            if "const" in piece or isinstance(piece.get("enum"), list)
        ]
        for piece in self.pieces.values():
            if "const" in piece and isinstance(piece.get("enum"), list):
                lists.append(piece["enum"])
        if not lists:
            return None
        found = {fingerprint(value): value for value in lists[0]}
        for others in lists[1:]:
            kept = {fingerprint(value) for value in others}
            found = {mark: value for mark, value in found.items() if mark in kept}
        return [value for value in found.values() if self.admits(value)]

    def admits(self, value: Json) -> bool:
        """Say whether a value has a possible type and keeps to lengths, patterns and bounds."""
        if atom_of(value) not in self._atoms or (self._banned and fingerprint(value) in self._banned_marks):
            return False
        if isinstance(value, str):
            fits = self.strings.admits(value)
        else:
            fits = self.numbers.admits(value) if is_number(value) else True
        return fits and not (self.rivals and any(rival._surely_holds(value) for rival in self._rival_plans))

    @cached_property
    def _rival_plans(self) -> list[Plan]:
        plans = (self.planner.plan(Node((rival,))) for rival in self.rivals)
        return [plan for plan in plans if not plan.groups and plan._is_plain]

    @cached_property
    def _is_plain(self) -> bool:
        """Whether what is said can be judged here for scalars, without a validator."""
        return not self.refused and all(
            key in PLAIN or key.startswith("x-") for piece in self.pieces.values() for key in piece
        )

    def _surely_holds(self, value: Json) -> bool:
        if isinstance(value, dict | list) or not self.admits(value):
            return False
        return self.values is None or fingerprint(value) in {fingerprint(known) for known in self.values}

    @cached_property
    def _banned_marks(self) -> frozenset[str]:
        return frozenset(fingerprint(value) for value in self._banned)

    @cached_property
    def atoms(self) -> frozenset[str]:
        """The types that are possible; numbers that are not whole are a type of their own."""
        return self._atoms

    @cached_property
    def is_possible(self) -> bool:
        """Whether nothing at first sight stands in the way of a value."""
        if self._impossible or not self._atoms or self.values == []:
            return False
        if self._atoms == {"object"}:
            return all(self._has_value(name) for name in self.objects.required)
        return True

    def _has_value(self, name: str) -> bool:
        child = self.objects.child(name)
        if child is None:
            return False
        if len(child.parts) < 2 and not child.excluded:
            return True
        plan = self.planner.plan(child)
        return not plan._impossible and bool(plan._atoms) and plan.values != []

    @cached_property
    def implied(self) -> tuple[str, ...]:
        """The types to choose from, null and what the keywords do not speak of left out where others remain."""
        others = self._atoms - {"null"} - ({"integer"} if "fraction" in self._atoms else set())
        if len(others) < 2:
            return tuple(others)
        if self._atoms == ALL or len(others) > 3:
            for kind, keywords in IMPLIED.items():
                if any(key in piece for piece in self.pieces.values() for key in keywords):
                    kind = "fraction" if kind == "integer" and "fraction" in others else kind
                    if kind in others:
                        return (kind,)
            seen = {kind for value in self.examples if (kind := atom_of(value)) in others}
            return (min(seen),) if seen else (("string",) if "string" in others else (min(others),))
        return tuple(sorted(others))

    @cached_property
    def examples(self) -> list[Json]:
        """Examples in the schemas."""
        found = [value for piece in self.pieces.values() for value in _list(piece, "examples")]
        found += [piece["example"] for piece in self.pieces.values() if "example" in piece]
        return [value for value in found if atom_of(value) in self._atoms]

    @cached_property
    def default(self) -> Json:
        """The default, or ABSENT."""
        return next((piece["default"] for piece in self.pieces.values() if "default" in piece), ABSENT)

    @cached_property
    def title(self) -> tuple[str, ...]:
        """The words of the component that this is, or nothing."""
        for pointer in self.pieces:
            if pointer.startswith(COMPONENTS) and pointer.count("/") == 3:
                return words(ptr.unescape(pointer.rpartition("/")[2]))
        return ()

    @cached_property
    def home(self) -> str:
        """The component that this is, else the first schema: what comes again where a schema is recursive."""
        named = (place for place in self.pieces if place.startswith(COMPONENTS) and place.count("/") == 3)
        return next(named, next(iter(self.pieces), ""))

    @cached_property
    def avoided(self) -> frozenset[str]:
        """Optional properties that would make another branch of a `oneOf` hold as well."""
        found: set[str] = set()
        mine = self.objects
        for rival in self.rivals:
            other = self.planner.plan(Node((rival,)))
            if other.groups or not other.objects.required:
                continue
            if not any(self._is_apart(other, name) for name in mine.required if name in other.objects.properties):
                found.update(other.objects.required)
        return frozenset(found.difference(mine.required))

    def _is_apart(self, other: Plan, name: str) -> bool:
        """Say whether no value of a property fits both this and another plan."""
        child, rival = self.objects.child(name), other.objects.child(name)
        if child is None or rival is None:
            return True
        one, two = self.planner.plan(child), self.planner.plan(rival)
        if one.groups or two.groups:
            return False
        if not one.atoms & two.atoms:
            return True
        if one.values is None or two.values is None:
            return False
        marks = {fingerprint(value) for value in one.values}
        return marks.isdisjoint(fingerprint(value) for value in two.values)

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The schemas' keywords in one mapping, for rules to look at."""
        merged: dict[str, Any] = {}
        for piece in reversed(self.pieces.values()):
            merged.update(piece)
        return merged

    @cached_property
    def numbers(self) -> NumberPlan:
        """What is said about a number."""
        return NumberPlan(list(self.pieces.values()))

    @cached_property
    def strings(self) -> StringPlan:
        """What is said about a text."""
        return StringPlan(list(self.pieces.values()))

    @cached_property
    def arrays(self) -> ArrayPlan:
        """What is said about an array."""
        return ArrayPlan(self.pieces)

    @cached_property
    def objects(self) -> ObjectPlan:
        """What is said about an object."""
        return ObjectPlan(self.pieces, self.demanded, self.forbidden, self.child_excluded)


def atom_of(value: Json) -> str:
    """Return the type of a value, `fraction` for a number that is not whole."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    if isinstance(value, float):
        return "fraction"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _list(schema: Mapping[str, Any], keyword: str) -> list[Any]:
    value = schema.get(keyword)
    return value if isinstance(value, list) else []


def _dict(schema: Mapping[str, Any], keyword: str) -> dict[str, Any]:
    value = schema.get(keyword)
    return value if isinstance(value, dict) else {}

