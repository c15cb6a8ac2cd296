"""One resource of a plan, compiled: its rules, and the properties that its records keep."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.model import Document, Parameter
from mockserver.document.naming import word
from mockserver.document.plan import ABSENT, Resource
from mockserver.document.shapes import Shape
from mockserver.document.validation import Validator
from mockserver.errors import Json
from mockserver.mocking.conditions import tag_of
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator import Generator
from mockserver.mocking.id_styles import IdStyle
from mockserver.mocking.identifiers import IdMaker, Maker, either, is_key, is_same, other_type, unused
from mockserver.mocking.store import Condition, Record, Store
from mockserver.mocking.store.interface import Key
from mockserver.mocking.store.ordering import at_path
from mockserver.mocking.values import Compiler, Value, counter_name, group_counter, needs_request

_MOST_SHAPES: Final = 1024
"""Shapes of objects inside records that are kept."""
DUE: Final = "@due"
"""Where a record says when the clock moves it on, in milliseconds since 1970."""


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
        parameters: The path parameters that name its records.
    """

    def __init__(
        self, plan: Resource, document: Document, compiler: Compiler, dice: Dice, generator: Generator
    ) -> None:
        self.plan = plan
        self.name = plan.name
        self.ids = IdMaker(plan.name, self._way_of_making, dice)
        self.parameters: list[Parameter] = []
        self._dice, self._generator = dice, generator
        self._document = document
        self._nullable: dict[str, bool] = {}
        self._shapes: dict[tuple[str, ...], Shape] = {}
        self.defaults: dict[str, Value] = {}
        self.creates: dict[str, Value] = {}
        self.writes: dict[str, Value] = {}
        self.timed_writes: dict[str, Value] = {}
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
                    if kind == "write" and not needs_request(raw, but_time=True):
                        self.timed_writes[name] = table[name]
                    if isinstance(raw, dict) and "next" in raw:
                        self.counters[name] = Counter(counter_name(plan, ptr.join(place, kind)), raw)
            if rules.seed is not ABSENT:
                self.seeds[name] = compiler.compile(rules.seed, plan, ptr.join(place, "seed"))
        self.wraps = {name: rules.wrap for name, rules in plan.fields.items() if rules.wrap}
        self.server_set = {*self.creates, *self.writes, *self.reads}
        if "." not in plan.id_property:
            self.server_set.add(plan.id_property)
        self.fixed = self.server_set | {name for name, rules in plan.fields.items() if rules.immutable}
        self.fixed |= {*plan.scope, DUE}
        self.soft_value = compiler.compile(plan.soft_value, plan, ptr.join(plan.pointer, "delete", "value"))
        self._is_dated = plan.soft_value == "$now"
        if plan.soft_delete and self._is_dated:
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
    def _own_names(self) -> dict[str, str]:
        """Name as `naming.word` writes it -> the property that is declared; those that are one word are left out."""
        found: dict[str, str] = {}
        for name in self.shape.properties:
            plain = word(name)
            found[plain] = "" if plain in found else name
        return {plain: name for plain, name in found.items() if name}

    def spelled(self, sent: Json) -> Json:
        """Return what was sent under the names that records have: `FriendlyName` as `friendly_name`."""
        properties = self.shape.properties
        if not isinstance(sent, dict) or not properties or sent.keys() <= properties.keys():
            return sent
        own = self._own_names
        spelled: dict[str, Json] = {}
        fields: dict[str, Json] = sent
        for name, value in fields.items():
            other: str = name if name in properties else own.get(word(name), name)
            spelled[name if other in sent else other] = value
        return spelled

    @cached_property
    def id_path(self) -> tuple[str, ...]:
        """Where the id stands in a record."""
        name = self.plan.id_property
        return (name,) if name in self.shape.properties else tuple(name.split("."))

    @cached_property
    def _style(self) -> IdStyle:
        place = self.place_of(self.id_path)
        return IdStyle(self.name, self._document, self._generator, self._dice, place, self.parameters)

    def _way_of_making(self) -> Maker:
        return self._style.maker(self.plan.make)

    def typed_id(self, id: Key) -> Key:
        """Return an id, as a client wrote it, in the type that it has in the records."""
        typed: Key = self._style.typed(id)
        return typed

    def typed(self, name: str, id: Json) -> Json:
        """Return the id of another record in the type that a property takes."""
        place = self.shape.properties.get(name)
        other = other_type(id) if is_key(id) else None
        if place is None or other is None:
            return id
        is_valid = self._document.response_schemas.validator(place).is_valid
        return other if is_valid(other) and not is_valid(id) else id

    def place_of(self, path: tuple[str, ...]) -> str | None:
        """Return the pointer of the schema of a property, through objects; None for an undeclared one."""
        shape = self._shape_at(path[:-1])
        return None if shape is None else shape.properties.get(path[-1])

    def _shape_at(self, path: tuple[str, ...]) -> Shape | None:
        """Return the shape of the object at a path; None for what is not declared."""
        if not path:
            return self.shape
        known = self._shapes.get(path)
        if known is None:
            place = self.place_of(path)
            if place is None:
                return None
            known = Shape(self._document.response_schemas, place)
            if len(self._shapes) < _MOST_SHAPES:  # schemas may be circular, and paths are what clients send
                self._shapes[path] = known
        return known

    @cached_property
    def unshown(self) -> frozenset[str]:
        """What records keep although their schema does not declare it: an id, a parent in the path, a scope."""
        names = {name for name in self.plan.references if not self.shape.declares(name)}
        declared = self.shape.properties
        # Where nothing at all is declared, the id is what a client needs to know.
        if self.id_path[0] not in declared and (declared or self.plan.singleton):
            names.add(self.id_path[0])
        return frozenset(names) | self.inner

    @cached_property
    def inner(self) -> frozenset[str]:
        """What records keep and no answer shows, whatever its schema lets through."""
        inner = {name for name in self.plan.scope if name not in self.shape.properties}
        if self.plan.lifecycle is not None and self.plan.lifecycle.moves:
            inner.add(DUE)
        return frozenset(inner)

    @cached_property
    def read_only(self) -> frozenset[str]:
        """Properties that are `readOnly`, and have no rule."""
        marked = {name for name in self.shape.properties if self.shape.marks(name, "readOnly")}
        return frozenset(marked - self.server_set)

    @cached_property
    def not_sent(self) -> frozenset[str]:
        """Properties of a new record that a client does not decide about: those of rules, and `readOnly` ones."""
        return self.read_only | self.server_set

    @cached_property
    def settable(self) -> frozenset[str]:
        """Properties that a client may set."""
        return frozenset(
            name
            for name in self.shape.properties
            if name not in self.fixed and not self.shape.marks(name, "readOnly")
        )

    def below(self, bound: Mapping[str, Json]) -> list[Condition]:
        """Return the conditions of being below some parents and in a scope, see `lookups.Bindings`."""
        return [
            Condition((name,), "eq", (*either(value), None) if name in self.plan.scope else either(value))
            for name, value in bound.items()
        ]

    def is_below(self, data: Mapping[str, Json], bound: Mapping[str, Json]) -> bool:
        """Return whether a record is below some parents and in a scope.

        One that was made where the request did not name the scope is in all of them.
        """
        for name, value in bound.items():
            own = data.get(name)
            if not is_same(own, value) and (own is not None or name not in self.plan.scope):
                return False
        return True

    def empty_of(self, path: tuple[str, ...]) -> Json:
        """Return the empty value that a property may have: a list, a text or an object; None for none."""
        place = self.place_of(path)
        if place is None:
            return None
        is_valid = self._document.response_schemas.validator(place).is_valid
        empty: tuple[Json, ...] = ([], "", {})
        return next((value for value in empty if is_valid(value)), None)

    def admits_null(self, *path: str) -> bool:
        """Return whether a property, or a member of one, may be null in a record; an undeclared property may."""
        place = self.place_of(path)
        if place is None:
            return len(path) == 1  # a member that nobody declares is one of a map, where null takes it away
        known = self._nullable.get(place)
        if known is None:
            known = self._nullable[place] = self._document.response_schemas.validator(place).is_valid(None)
        return known

    def is_read_only(self, path: tuple[str, ...]) -> bool:
        """Return whether a member of a property is declared `readOnly`."""
        shape = self._shape_at(path[:-1])
        return shape is not None and path[-1] in shape.properties and shape.marks(path[-1], "readOnly")

    @cached_property
    def validator(self) -> Validator:
        """Judges the records as they are shown whole.

        Raises:
            SchemaFault: The schema cannot be compiled.
        """
        return self._document.response_schemas.validator(self.plan.schema)

    def id_of(self, data: Mapping[str, Json]) -> Json:
        """Return the id that stands in a record, or in what was sent for one."""
        return at_path(data, self.id_path)

    def put_id(self, data: dict[str, Json], id: Key) -> None:
        """Write the id where it stands in a record."""
        put(data, self.id_path, id)

    def put_nulls(self, data: dict[str, Json]) -> None:
        """Put null into a record for what its schema requires, nobody gave, and may be null."""
        for name in self.shape.required:
            if name not in data and name not in self.reads and self.admits_null(name):
                data[name] = None

    def references_left_out(self, data: Mapping[str, Json]) -> list[str]:
        """Return the references that a record does not say, and for which the plan has no value either."""
        return [name for name in self.plan.references if name not in data and name not in self.seeds]

    def single_id(self, bound: Mapping[str, Json], number: int = 0) -> Key:
        """Return the id of the first record that there is exactly one of below some parents, or of a later one."""
        return self.ids.named(*(f"{name}={value}" for name, value in bound.items()), str(number))

    def next_single_id(self, store: Store, bound: Mapping[str, Json]) -> Key:
        """Return the id of the one record below some parents; another one after each that was deleted.

        Raises:
            Refusal: No id is left.
        """
        return unused(store, self.name, (self.single_id(bound, attempt) for attempt in count()))

    @cached_property
    def constants(self) -> dict[str, Json]:
        """Properties for which the schema leaves one value only, such as a type tag."""
        schemas, found = self._document.response_schemas, {}
        for name in self.shape.certain:
            with suppress(KeyError, ValueError):
                _, schema = schemas.resolve(self.shape.properties[name])
                if isinstance(schema, dict) and "const" in schema:
                    found[name] = schema["const"]
                elif (
                    isinstance(schema, dict)
                    and isinstance(schema.get("enum"), list)
                    and len(schema["enum"]) == 1
                ):
                    found[name] = schema["enum"][0]
        return found

    def begin(self, data: dict[str, Json]) -> None:
        """Give a new record what it begins with: constants, and the first state where it has none."""
        for name, value in self.constants.items():
            data.setdefault(name, value)
        lifecycle = self.plan.lifecycle
        if lifecycle is not None and lifecycle.initial is not ABSENT and data.get(lifecycle.property) is None:
            data[lifecycle.property] = lifecycle.initial

    @cached_property
    def _tag_property(self) -> str | None:
        return next((name for name in self.shape.properties if word(name) == "etag"), None)

    def tags_of(self, record: Record) -> tuple[str, ...]:
        """Return the entity tags of a record, without quotes: ours, and the one that it carries itself."""
        own = record.data.get(self._tag_property) if self._tag_property is not None else None
        tag = tag_of(self._dice, self.name, record)
        return (tag, own.strip('"')) if isinstance(own, str) else (tag,)

    def mark_live(self, data: dict[str, Json]) -> None:
        """Say that a record is not deleted: by null, or by leaving out what may not be null; a flag is false."""
        name, value = self.plan.soft_delete, self.plan.soft_value
        if name is None:
            return
        if value is True:
            data[name] = False
        elif not self._is_dated:
            if data.get(name) == value:
                data.pop(name)
        elif self.admits_null(name):
            data[name] = None
        else:
            data.pop(name, None)

    def is_marked_deleted(self, data: Mapping[str, Json]) -> bool:
        """Return whether a record says of itself that it is deleted."""
        name = self.plan.soft_delete
        if name is None:
            return False
        found = data.get(name)
        return found is not None if self._is_dated else bool(found == self.plan.soft_value)

    def revive(self, data: dict[str, Json]) -> None:
        """Take the mark of deletion from a record that was made up with it."""
        name = self.plan.soft_delete or ""
        place = self.shape.properties.get(name)
        data.pop(name, None)
        if place is not None:
            _, schema = self._document.response_schemas.resolve(place)
            others = schema.get("enum", ()) if isinstance(schema, dict) else ()
            live = [value for value in others if value != self.plan.soft_value]
            if live:
                data[name] = live[0]

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


def put(data: dict[str, Json], path: tuple[str, ...], value: Json) -> None:
    """Write a value at a path of names; the objects on the way are made anew, for others may share them."""
    *above, last = path
    for name in above:
        inner = data.get(name)
        data[name] = data = {**inner} if isinstance(inner, dict) else {}
    data[last] = value


def _wrapped(value: Json, wrap: str) -> Json:
    return value if value is None or isinstance(value, dict) else {wrap: value}
