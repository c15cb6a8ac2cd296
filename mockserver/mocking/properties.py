"""What a path of property names leads to in the records of a resource, and what texts mean there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from mockserver import jsontext
from mockserver.document.messages.coercion import Coercion
from mockserver.document.naming import word
from mockserver.document.shapes import Shape
from mockserver.errors import Json
from mockserver.mocking.kinds import Kind
from mockserver.mocking.resources import Rules
from mockserver.mocking.store import Condition

_NEXT_DAY: Final = {"gt": "ge", "le": "lt"}
"""Operators that count a whole day as a part of what lies before the bound."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property of records.

    Attributes:
        kind: The resource whose records have it, through references.
        is_computed: Whether it is only computed for answers.
        coercion: Knows the types of its schema; None where no schema says anything.
    """

    kind: Kind
    is_computed: bool = False
    coercion: Coercion | None = None

    @property
    def is_list(self) -> bool:
        """Whether it is always a list."""
        return self.coercion is not None and "array" in self.coercion.kinds <= {"array", "null"}

    @property
    def holds_objects(self) -> bool:
        """Whether it is a list of objects."""
        return self.coercion is not None and self.is_list and self.coercion.items().kinds == {"object"}

    def typed(self, value: Json, *, of_item: bool = False) -> list[Json]:
        """Return what a value of a request may stand for in a record: several, where its type leaves that open."""
        coercion = self.coercion
        if coercion is not None and of_item and self.is_list:
            coercion = coercion.items()
        if coercion is None or not coercion.kinds or isinstance(value, dict | list) or value is None:
            return [value]
        if isinstance(value, str):
            read = coercion.scalar(value, nulls=False)
            return (
                [value] if isinstance(read, str) else [read, value] if "string" in coercion.kinds else [read]
            )
        if coercion.kinds <= {"string", "null"}:
            return [jsontext.dumps(value).decode()]
        return [value]

    def is_within_day(self, value: Json) -> bool:
        """Return whether it is a time, and a value a day."""
        is_time = self.coercion is not None and self.coercion.own("format") == "date-time"
        return is_time and isinstance(value, str) and _day(value) is not None

    def bounds(self, path: tuple[str, ...], operator: str, value: Json) -> Condition:
        """Return the condition that a value lies on one side of a bound; days bound times."""
        bound = self.typed(value)[0]
        format = self.coercion.own("format") if self.coercion is not None else None
        if isinstance(bound, str):
            if format == "date" and len(bound) > 10 and bound[10] in "Tt ":
                bound = bound[:10]
            elif format != "date" and (day := _day(bound)) is not None:
                if operator in _NEXT_DAY:
                    day, operator = day + timedelta(days=1), _NEXT_DAY[operator]
                bound = f"{day.isoformat()}T00:00:00Z"
        return Condition(path, operator, (bound,))


def _day(text: str) -> date | None:
    if len(text) != 10 or text[4] != "-":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def find(rules: Rules, kind: Kind, path: tuple[str, ...]) -> Property | None:
    """Return the property at a path, through objects and references; None where the records have none."""
    name, rest = path[0], path[1:]
    reference = kind.plan.references.get(name)
    if rest and reference is not None:
        return find(rules, rules.kinds[reference.resource], rest)
    if name in kind.reads:
        return Property(kind, is_computed=True)
    schemas = rules.document.response_schemas
    shape: Shape | None = kind.shape
    is_kept = reference is not None or name in kind.plan.scope or name == kind.plan.id_property.split(".")[0]
    place: str | None = None
    for number, name in enumerate(path):
        place = shape.properties.get(name) if shape is not None else None
        if place is None and not (shape is None or shape.open or (number == 0 and is_kept)):
            return None
        if place is None or number + 1 == len(path):
            shape = None
            continue
        kinds = Coercion.of(schemas, place).kinds
        if kinds and "object" not in kinds:
            return None
        shape = Shape(schemas, place)
    return Property(kind, coercion=None if place is None else Coercion.of(schemas, place))


def spelled(rules: Rules, kind: Kind, name: str) -> tuple[str, ...] | None:
    """Return the path of the property that a request means by a name: `created_at` is `createdAt`."""
    path = tuple(name.split("."))
    declared = kind.shape.properties
    if path[0] not in declared and path[0] not in kind.reads and path[0][:1].isalnum():
        folded = word(path[0])
        near = next((other for other in declared if folded and word(other) == folded), None)
        if near is not None:
            path = (near, *path[1:])
    return path if find(rules, kind, path) is not None else None
