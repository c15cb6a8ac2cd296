"""One resource of a plan, compiled: its rules, and the properties that its records keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mockserver.document import pointer as ptr
from mockserver.document.model import Document
from mockserver.document.plan import ABSENT, Resource
from mockserver.document.shapes import Shape
from mockserver.errors import Json
from mockserver.mocking.dice import Dice
from mockserver.mocking.identifiers import IdMaker
from mockserver.mocking.values import Compiler, Value, counter_name, group_counter, needs_request


@dataclass(frozen=True, slots=True)
class Counter:
    """A property that numbers the records of a group."""

    name: str
    raw: Mapping[str, Any]

    def of(self, record: Mapping[str, Json]) -> str:
        """Return the name of the counter of a record's group."""
        return group_counter(self.name, self.raw["next"], record)


class Kind:
    """One resource, compiled.

    Attributes:
        plan: Its description.
        shape: The properties that its records keep.
        reads: Properties that are computed for each answer.
    """

    def __init__(self, plan: Resource, document: Document, compiler: Compiler, dice: Dice) -> None:
        self.plan = plan
        self.name = plan.name
        self.ids = IdMaker(plan.name, plan.make or "uuid4", dice)
        self._document = document
        self.defaults: dict[str, Value] = {}
        self.creates: dict[str, Value] = {}
        self.writes: dict[str, Value] = {}
        self.reads: dict[str, Value] = {}
        self.seeds: dict[str, Value] = {}
        self.counters: dict[str, Counter] = {}
        for name, rules in plan.fields.items():
            place = ptr.join(plan.pointer, "fields", name)
            for kind, table in (
                ("default", self.defaults), ("create", self.creates), ("write", self.writes), ("read", self.reads),
            ):  # fmt: skip
                raw = getattr(rules, kind)
                if raw is not ABSENT:
                    table[name] = compiler.compile(raw, plan, ptr.join(place, kind))
                    if kind != "read" and not needs_request(raw):
                        self.seeds[name] = table[name]
                    if isinstance(raw, dict) and "next" in raw:
                        self.counters[name] = Counter(counter_name(plan, ptr.join(place, kind)), raw)
            if rules.seed is not ABSENT:
                self.seeds[name] = compiler.compile(rules.seed, plan, ptr.join(place, "seed"))
        self.wraps = {name: rules.wrap for name, rules in plan.fields.items() if rules.wrap}
        self.server_set = {plan.id_property, *self.creates, *self.writes, *self.reads}
        self.fixed = self.server_set | {name for name, rules in plan.fields.items() if rules.immutable}
        if plan.soft_delete:
            self.fixed.add(plan.soft_delete)  # only a deletion sets it
        self.rules = [
            (name, self.creates.get(name) or self.writes.get(name), self.defaults.get(name))
            for name in plan.fields
        ]

    @cached_property
    def shape(self) -> Shape:
        """The properties that its records keep."""
        return Shape(self._document.response_schemas, self.plan.schema)

    @cached_property
    def unshown(self) -> frozenset[str]:
        """References that records keep although their schema does not declare them, e.g. a parent in the path."""
        return frozenset(name for name in self.plan.references if not self.shape.declares(name))

    @cached_property
    def not_sent(self) -> frozenset[str]:
        """Properties of a new record that a client does not decide about: those of rules, and `readOnly` ones."""
        read_only = {name for name in self.shape.properties if self.shape.marks(name, "readOnly")}
        return frozenset(self.server_set | read_only)

    @cached_property
    def settable(self) -> frozenset[str]:
        """Properties that a client may set."""
        return frozenset(
            name
            for name in self.shape.properties
            if name not in self.fixed and not self.shape.marks(name, "readOnly")
        )

    def admits_null(self, name: str) -> bool:
        """Return whether a property may be null in a record."""
        place = self.shape.properties.get(name)
        return place is None or self._document.response_schemas.validator(place).is_valid(None)

    def references_left_out(self, data: Mapping[str, Json]) -> list[str]:
        """Return the references that a record does not say, and for which the plan has no value either."""
        return [name for name in self.plan.references if name not in data and name not in self.seeds]

    def mark_live(self, data: dict[str, Json]) -> None:
        """Say that a record is not deleted: by null, or by leaving out what may not be null."""
        name = self.plan.soft_delete
        if name and self.admits_null(name):
            data[name] = None
        elif name:
            data.pop(name, None)

    def keep(self, data: Mapping[str, Json]) -> dict[str, Json]:
        """Return the properties that a record of this kind keeps, wrapped where the plan says so."""
        shape = self.shape
        # In the order of the schema, which is the one that people know.
        kept = {name: data[name] for name in shape.properties if name in data}
        if shape.open:
            kept.update((name, value) for name, value in data.items() if name not in kept)
        for name in self.unshown:
            if name in data:
                kept[name] = data[name]
        for name, wrap in self.wraps.items():
            if name in kept:
                kept[name] = _wrapped(kept[name], wrap)
        return kept


def _wrapped(value: Json, wrap: str) -> Json:
    return value if value is None or isinstance(value, dict) else {wrap: value}
