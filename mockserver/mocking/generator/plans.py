"""What a schema asks for, remembered by pointer.

A node is a conjunction of schemas of the document, named by their pointers, with the branches of `anyOf`,
`oneOf`, `if` and the like that were chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.dialect import MEANT_NULL
from mockserver.document.naming import words
from mockserver.document.validation import Schemas
from mockserver.errors import Json
from mockserver.mocking.generator import agreement
from mockserver.mocking.generator.arrays import ArrayPlan
from mockserver.mocking.generator.lookup import CACHE_SIZE, Lookup, is_component, list_at
from mockserver.mocking.generator.merge import ALL, Conjunction
from mockserver.mocking.generator.nodes import Group, Node
from mockserver.mocking.generator.numbers import NumberPlan, is_number
from mockserver.mocking.generator.objects import MOST_PROPERTIES, ObjectPlan
from mockserver.mocking.generator.strings import StringPlan
from mockserver.mocking.generator.values import ABSENT, atom_of, fingerprint

IMPLIED: Final = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "propertyNames",
               "minProperties", "maxProperties", "dependentRequired", "dependentSchemas",
               "unevaluatedProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "unevaluatedItems"),
    "string": ("pattern", "minLength", "maxLength", "format"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}  # fmt: skip
"""The type that is meant where none is said, by the keywords beside it."""
PLAIN: Final = frozenset(
    {
        "type", "enum", "const", "minLength", "maxLength", "pattern", "minimum", "maximum", "multipleOf",
        "exclusiveMinimum", "exclusiveMaximum", "title", "description", "example", "examples", "default",
        "$ref", "deprecated", "readOnly", "writeOnly", "$comment", MEANT_NULL,
    }
)  # fmt: skip
"""Keywords that a plan judges by itself, and those that judge nothing."""


class Planner(Lookup):
    """Makes plans, and remembers them."""

    def __init__(self, schemas: Schemas) -> None:
        super().__init__(schemas)
        self.plan = lru_cache(maxsize=CACHE_SIZE)(self._plan)
        self.options = lru_cache(maxsize=CACHE_SIZE)(self._options)

    def _plan(self, node: Node) -> Plan:
        return Plan(self, node)

    def _options(self, node: Node, group: Group) -> tuple[int, ...]:
        """Return the branches of a group that may have a value: null is last, -1 stands for none of them."""
        if group.kind == "discriminator":
            return (*range(len(group.options)), -1)
        plans = [(index, self.plan(node.choose(group.pointer, index))) for index in range(len(group.options))]
        found = [(plan.atoms == {"null"}, index) for index, plan in plans if plan.is_possible]
        return tuple(index for _, index in sorted(found)) or tuple(range(len(group.options)))


class Plan(Conjunction):
    """What a node asks for.

    Attributes:
        layouts: The properties that an object gets, remembered by `Fields`.
    """

    def __init__(self, planner: Planner, node: Node) -> None:
        self.planner = planner
        self.layouts: dict[tuple[bool, bool], Any] = {}
        super().__init__(planner, node)
        if "string" in self.atoms and not self.strings.is_possible:
            self.atoms -= {"string"}
        if "object" in self.atoms and self.objects.low > MOST_PROPERTIES:
            self.atoms -= {"object"}
        if "array" in self.atoms and not self._may_be_array:
            self.atoms -= {"array"}

    @property
    def _may_be_array(self) -> bool:
        return self.arrays.is_possible and not any(
            least and self.planner.schema(pointer) is False for pointer, least, _ in self.arrays.contained
        )

    @cached_property
    def values(self) -> list[Json] | None:
        """The only values that are possible, or None when any is that fits."""
        lists = [
            [piece["const"]] if "const" in piece else list_at(piece, "enum")
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
        if atom_of(value) not in self.atoms or (self.banned and fingerprint(value) in self._banned_marks):
            return False
        if isinstance(value, str):
            fits = self.strings.admits(value)
        else:
            fits = self.numbers.admits(value) if is_number(value) else True
        return fits and not (self.rivals and any(rival._surely_holds(value) for rival in self._rival_plans))

    @cached_property
    def _rival_plans(self) -> list[Plan]:
        plans = (self.planner.plan(Node((rival,))) for rival in self.rivals)
        return [plan for plan in plans if not plan.groups and plan.is_plain]

    @cached_property
    def is_plain(self) -> bool:
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
        return frozenset(fingerprint(value) for value in self.banned)

    @cached_property
    def is_possible(self) -> bool:
        """Whether nothing at first sight stands in the way of a value."""
        if self.is_contradictory or not self.atoms or self.values == []:
            return False
        if self.atoms == {"object"}:
            return all(self._has_value(name) for name in self.objects.required)
        return True

    def _has_value(self, name: str) -> bool:
        child = self.objects.child(name)
        if child is None:
            return False
        if len(child.parts) < 2 and not child.excluded:
            return True
        plan = self.planner.plan(child)
        return not plan.is_contradictory and bool(plan.atoms) and plan.values != []

    @cached_property
    def implied(self) -> tuple[str, ...]:
        """The types to choose from: not null, nor what the keywords do not speak of, where others remain."""
        others = self.atoms - {"null"} - ({"integer"} if "fraction" in self.atoms else set())
        if len(others) < 2:
            return tuple(others)
        if self.atoms == ALL or len(others) > 3:
            for implied, keywords in IMPLIED.items():
                if any(key in piece for piece in self.pieces.values() for key in keywords):
                    kind = "fraction" if implied == "integer" and "fraction" in others else implied
                    if kind in others:
                        return (kind,)
            seen = others.intersection(map(atom_of, self.examples))
            return (min(seen),) if seen else (("string",) if "string" in others else (min(others),))
        return tuple(sorted(others))

    @cached_property
    def examples(self) -> list[Json]:
        """Examples in the schemas."""
        found = [value for piece in self.pieces.values() for value in list_at(piece, "examples")]
        found += [
            piece[key] for piece in self.pieces.values() for key in ("example", "x-example") if key in piece
        ]
        return [value for value in found if atom_of(value) in self.atoms]

    @cached_property
    def default(self) -> Json:
        """The default, or ABSENT."""
        return next((piece["default"] for piece in self.pieces.values() if "default" in piece), ABSENT)

    @cached_property
    def title(self) -> tuple[str, ...]:
        """The words of the component that this is, or nothing."""
        for pointer in self.pieces:
            if is_component(pointer):
                return words(ptr.unescape(pointer.rpartition("/")[2]))
        return ()

    @cached_property
    def home(self) -> str:
        """The component that this is, else the first schema: what comes again where a schema is recursive."""
        named = (place for place in self.pieces if is_component(place))
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
            if not any(
                self._is_apart(other, name) for name in mine.required if name in other.objects.properties
            ):
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
    def is_meant_null(self) -> bool:
        """Whether null is taken only because the author means it (`document.dialect`)."""
        return any(MEANT_NULL in piece for piece in self.pieces.values())

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
    def is_reference(self) -> bool:
        """Whether this text stands where an object with an id could stand as well: it names that object."""
        for branch in self.branches:
            group = branch.rpartition("/")[0]
            others = self.planner.schema(group)
            for index in range(len(others) if isinstance(others, list) else 0):
                other = self.planner.plan(Node((f"{group}/{index}",)))
                if "object" in other.atoms and not other.groups and "id" in other.objects.properties:
                    return True
        return False

    @cached_property
    def tells_of_siblings(self) -> bool:
        """Whether a property follows from others, such as a total from a list."""
        return any(map(agreement.follows_from_others, self.objects.properties)) or bool(self.paging)

    @cached_property
    def paging(self) -> tuple[str, ...]:
        """Properties whose objects speak of the list beside them."""
        return tuple(filter(agreement.speaks_of_list, self.objects.properties))

    @cached_property
    def objects(self) -> ObjectPlan:
        """What is said about an object."""
        return ObjectPlan(self.pieces, self.demanded, self.forbidden, self.child_excluded)
