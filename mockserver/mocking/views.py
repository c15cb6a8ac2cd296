"""How records are shown at one place of an answer: cut to its schema, and filled up to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mockserver.document.messages.coercion import types_of
from mockserver.document.naming import singular, word
from mockserver.document.plan import Reference
from mockserver.document.shapes import Shape, item_pointer
from mockserver.document.validation import Schemas
from mockserver.errors import CannotGenerate, Json, SchemaFault
from mockserver.mocking.generator.values import atom_of
from mockserver.mocking.hidden import without_hidden
from mockserver.mocking.kinds import Kind
from mockserver.mocking.mending import mended, retyped
from mockserver.mocking.resources import Rules, StateScope
from mockserver.mocking.store import Record
from mockserver.mocking.store.ordering import at_path

Names = tuple[tuple[str, ...], ...]
"""Paths of names that a request lists, e.g. of references to embed."""
_DEEPEST: Final = 4
"""Records in records that are embedded."""


@dataclass(slots=True)
class Wish:
    """What a request wants to see of records.

    Attributes:
        scope: The state that it is about.
        expand: References to embed.
        show: Properties to keep, as they were written and folded (`naming.word`); None for all.
        is_careful: Whether each record is made to keep the schema of its place.
        has_failed: Whether there is one that cannot, and stay the same record.
    """

    scope: StateScope
    expand: Names = ()
    show: frozenset[str] | None = None
    is_careful: bool = False
    has_failed: bool = False


class View:
    """The records of one kind at one place.

    Args:
        kind: The resource.
        rules: The rules of its document.
        place: The schema of the place; None where nothing is known of it.
    """

    def __init__(self, kind: Kind, rules: Rules, place: str | None) -> None:
        self._kind = kind
        self._rules = rules
        self._place = place
        self._schemas = rules.document.response_schemas
        shape = kind.shape if place is None else Shape(self._schemas, place)
        self._shape = shape
        self._unshown = kind.unshown - shape.properties.keys() if shape.open else frozenset()
        is_whole = shape.keeps_all_of(kind.shape) and not kind.reads and not kind.unshown
        self._cut: Callable[[dict[str, Json]], dict[str, Json]] | None = None if is_whole else shape.cut
        self._narrow = {} if self._cut is None else dict(_narrower(self._schemas, shape, kind.shape))
        sure = kind.shape.required
        self._unsure = [
            name
            for name in shape.required
            if (name not in sure or name in self._narrow) and shape.keeps(name)
        ]
        self._inner: dict[str, View] = {}

    def of(self, record: Record, wish: Wish) -> dict[str, Json]:
        """Return what is shown of a record."""
        kind = self._kind
        if self._cut is None:
            data = record.data
        else:
            data = self._cut(wish.scope.state.shown(kind, record, self._shape.keeps))
            if self._unshown:
                data = {name: value for name, value in data.items() if name not in self._unshown}
        if self._narrow:
            data = self._narrowed(record, data, wish)
        if self._unsure:
            missing = [name for name in self._unsure if name not in data]
            if missing:
                data = {**data, **self._filled(record, missing)}
        if wish.expand:
            data = {**data, **dict(self._embedded(record, wish))}
        if wish.show is not None:
            data = self._chosen(data, wish.show)
        if self._place is not None and self._schemas.hides:
            # The cut sees the properties of the record alone, and not those of what is in it.
            data = without_hidden(self._schemas, self._place, data)
        if wish.is_careful and self._place is not None:
            made = self._sound(record, data, is_usual=not wish.expand and wish.show is None)
            if made is None:
                wish.has_failed = True
            else:
                data = made
        return data

    # What is missing.

    def _key(self, record: Record) -> tuple[str, ...]:
        return self._kind.name, str(record.id)

    def _filled(self, record: Record, missing: list[str]) -> dict[str, Json]:
        """Return what a record lacks, made up and kept with it.

        It is a function of the record's id and of the schema alone, so that a list shows what the item does.
        """
        memo = record.rendered.get(self) if record.rendered else None
        if memo is None or any(name not in memo for name in missing):
            memo = dict(self._made_up(record, missing))
            record.rendered = {**(record.rendered or {}), self: memo}
        return {name: memo[name] for name in missing if name in memo}

    def _made_up(self, record: Record, missing: list[str]) -> Iterator[tuple[str, Json]]:
        generator, key = self._rules.generator, self._key(record)
        whole: Json = {}
        if self._place is not None:
            try:
                whole = generator.value(self._place, key=key, lean=True)
            except (CannotGenerate, SchemaFault):
                whole = {}
        for name in missing:
            if isinstance(whole, dict) and name in whole:
                yield name, whole[name]
                continue
            place = self._shape.properties.get(name)
            if place is not None:
                try:
                    yield name, generator.value(place, key=(*key, name))
                except (CannotGenerate, SchemaFault):
                    continue

    def _sound(self, record: Record, data: dict[str, Json], *, is_usual: bool) -> dict[str, Json] | None:
        """Return what keeps the schema of the place; None where that would be another record."""
        memo = (self, "sound")
        if is_usual and not self._kind.reads and record.rendered and memo in record.rendered:
            kept: dict[str, Json] | None = record.rendered[memo]
            return kept
        made = self._made_sound(record, data)
        if is_usual:
            record.rendered = {**(record.rendered or {}), memo: made}
        return made

    def _made_sound(self, record: Record, data: dict[str, Json]) -> dict[str, Json] | None:
        assert self._place is not None
        try:
            if self._schemas.validator(self._place).is_valid(data):
                return data
        except SchemaFault:
            return data
        made = mended(self._schemas, self._rules.generator, self._place, data, self._key(record))
        path = self._kind.id_path
        is_same = isinstance(made, dict) and at_path(made, path) == at_path(data, path)
        return made if is_same else None

    def _narrowed(self, record: Record, data: dict[str, Json], wish: Wish) -> dict[str, Json]:
        """Return the data without what has another type than the place takes; where a record is meant, with that."""
        wrong = [
            name for name, kinds in self._narrow.items() if name in data and not _has_type(data[name], kinds)
        ]
        if not wrong:
            return data
        data = {name: value for name, value in data.items() if name not in wrong}
        for name in wrong:
            same = retyped(self._schemas, self._shape.properties[name], record.data.get(name))
            if _has_type(same, self._narrow[name]) or (name,) == self._kind.id_path:
                # It says the same, whatever type it is written in here; an id is never another one.
                data[name] = same
                continue
            reference = self._kind.plan.references.get(name)
            if reference is not None and "object" in self._narrow[name]:
                other = wish.scope.state.record(self._rules.kinds[reference.resource], record.data[name])
                if other is not None:
                    inner = Wish(wish.scope, is_careful=wish.is_careful)
                    data[name] = self._view_at(reference, name).of(other, inner)
        return data

    # What a request chooses.

    def _chosen(self, data: dict[str, Json], show: frozenset[str]) -> dict[str, Json]:
        required = self._shape.required
        return {
            name: value
            for name, value in data.items()
            if name in required or name in show or word(name) in show
        }

    def knows(self, name: str) -> bool:
        """Return whether a property of this name may be shown."""
        shape = self._shape
        folded = word(name)
        return shape.open or any(other == name or word(other) == folded for other in shape.properties)

    def _embedded(self, record: Record, wish: Wish, depth: int = 0) -> Iterator[tuple[str, Json]]:
        """Yield the properties in which the records stand that the request wants to see with this one."""
        wanted: dict[str, list[tuple[str, ...]]] = {}
        for name, *rest in wish.expand if depth < _DEEPEST else ():
            found = self.reference(name)
            if found is not None:
                wanted.setdefault(found.property, []).extend([tuple(rest)] if rest else [])
        for property, below in wanted.items():
            reference = self._kind.plan.references[property]
            place = self._holder(reference)
            ids = record.data.get(property)
            if place is None or ids is None:
                continue
            view = self._view_at(reference, place)
            inner = Wish(wish.scope, expand=tuple(below), is_careful=wish.is_careful)
            shown = [
                view.of(other, inner) if other is not None else None
                for id in (ids if isinstance(ids, list) else [ids])
                for other in [wish.scope.state.record(self._rules.kinds[reference.resource], id)]
            ]
            if None not in shown:
                yield place, shown if isinstance(ids, list) else shown[0]

    def reference(self, name: str) -> Reference | None:
        """Return the reference that a request means: by its property, or without the `Id` at its end."""
        folded = word(name)
        for reference in self._kind.plan.references.values():
            if folded in (
                word(reference.property),
                word(_bare(reference.property)),
                word(singular(reference.resource)),
            ):
                return reference
        return None

    def _holder(self, reference: Reference) -> str | None:
        """Return the property that takes the record of a reference; None where the schema has none for it."""
        properties = self._shape.properties
        bare = _bare(reference.property)
        names = [name for name in properties if name != reference.property and word(name) == word(bare)]
        for name in (*names, reference.property):
            if name in properties and types_of(self._schemas, properties[name]) & {"object", "array"}:
                return name
        return bare if self._shape.open and bare not in properties else None

    def _view_at(self, reference: Reference, name: str) -> View:
        view = self._inner.get(name)
        if view is None:
            place = self._shape.properties.get(name)
            if place is not None:
                place = item_pointer(self._schemas, place) or place
            view = self._inner[name] = View(self._rules.kinds[reference.resource], self._rules, place)
        return view


def _narrower(schemas: Schemas, shape: Shape, wider: Shape) -> Iterator[tuple[str, set[str]]]:
    """Yield the properties that take fewer types at a place than in a record, with these types."""
    for name, place in shape.properties.items():
        own = wider.properties.get(name)
        if own is None or schemas.resolve(own)[0] == schemas.resolve(place)[0]:
            continue
        kinds, others = types_of(schemas, place), types_of(schemas, own)
        if kinds and not (others and others <= (kinds | {"integer"} if "number" in kinds else kinds)):
            yield name, kinds


def _has_type(value: Json, kinds: set[str]) -> bool:
    atom = atom_of(value)
    return atom in kinds or ("number" in kinds and atom in ("integer", "fraction"))


def _bare(name: str) -> str:
    """Return the name of a reference without what says that it is an id: `owner` of `ownerId` and `owner_ids`."""
    for ending in ("_ids", "Ids", "_id", "Id", "ID", "_gid", "-id", "_uuid", "Uuid"):
        if name.endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


def names_of(value: Mapping[str, Json] | Json) -> Names:
    """Return the names that a request lists: a list, or a text with commas; dots go deeper."""
    texts = value if isinstance(value, list) else [value]
    listed = [part.strip() for text in texts if isinstance(text, str) for part in text.split(",")]
    return tuple(tuple(part.split(".")) for part in listed if part)
