"""The properties of one resource's records, found by what parameters call them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.dialect import COMPOSITIONS
from mockserver.document.inference import times
from mockserver.document.inference.model import Found
from mockserver.document.inference.spellings import known
from mockserver.document.inference.view import View
from mockserver.document.naming import singular, word, words

_COMMON: Final = known(
    "id name type status state value key code url title description kind format date time count page order sort text "
    "label path data object size version language lang role category active enabled limit offset message content "
    "source mode level start end from to id_ ids names types statuses"
)
"""Names that many nested objects have: a parameter of such a name means the record's own property, or nothing."""
_KEYS: Final = ("id", "gid", "uuid", "sid", "login", "username", "slug", "key", "code", "name")
"""Properties by which an object inside a record is named, the surest first."""
_TAILS: Final = ("id", "ids", "uuid", "gid", "sid", "code", "key", "list")
"""Words that a property may have at the end, and its parameter not: `language` for `languageCode`."""

_HAPPENED: Final = (
    "starttime", "startedat", "startat", "startdate", "date", "timestamp", "time", "occurredat", "eventtime",
    "datetime",
    "sentat", "postedat", "publishedat", "orderdate", "transactiondate",
)  # fmt: skip
_OBJECT: Final = frozenset({"object"})
_SHORTEST: Final = 3
"""Letters that say nothing yet."""
_DEPTH: Final = 6
_SPELLING: Final = re.compile(
    r"^(?P<sign>[-+]?)(?P<name>[\w.\-/ ]*?[\w])(?:[:., _-]?(?P<way>asc|desc|ascending|descending))?$",
    re.IGNORECASE,
)
"""A field with its direction: `-name`, `name:desc`, `name_asc`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A property of a record, or of something inside it or beyond a reference.

    Attributes:
        path: Names from the record on.
        schema: Pointer of its schema, None for a reference that no schema declares.
    """

    path: tuple[str, ...]
    schema: str | None

    @property
    def dotted(self) -> str:
        """As the plan writes it."""
        return ".".join(self.path)


class Records:
    """The properties of a resource's records.

    Args:
        view: The schemas.
        found: The resource.
        references: Resource name -> its references: property -> resource name.
        resources: All resources.
    """

    def __init__(
        self,
        view: View,
        found: Found,
        references: Mapping[str, Mapping[str, str]],
        resources: Mapping[str, Found],
    ) -> None:
        self.view = view
        self.found = found
        self._references = references
        self._resources = resources
        self._own = words(found.name)

    @cached_property
    def _by_word(self) -> dict[str, Place]:
        found: dict[str, Place] = {}
        for name, pointer in self.view.properties(self.found.schema).items():
            found.setdefault(word(name), Place((name,), pointer))
        for name in self._references.get(self.found.name, {}):
            if "." not in name:
                found.setdefault(word(name), Place((name,), None))
        found.setdefault(word(self.found.id_property), Place(tuple(self.found.id_property.split(".")), None))
        return found

    @cached_property
    def _inside(self) -> dict[str, list[Place]]:
        """Properties of objects in the record, by their own words and by those with the object's before them."""
        found: dict[str, list[Place]] = {}
        for name, pointer in self.view.properties(self.found.schema).items():
            if self.view.types(pointer) <= {"object"}:
                for inner, place in self.view.properties(pointer).items():
                    for spelling in {word(inner), word(name + inner)}:
                        found.setdefault(spelling, []).append(Place((name, inner), place))
        return found

    @cached_property
    def _beyond(self) -> dict[str, list[Place]]:
        """References of the records to which this one refers."""
        found: dict[str, list[Place]] = {}
        for name, target in self._references.get(self.found.name, {}).items():
            other = self._resources.get(target)
            for further in self._references.get(target, {}) if other is not None else ():
                if target != self.found.name and "." not in further and other is not None:
                    pointer = self.view.properties(other.schema).get(further)
                    found.setdefault(word(further), []).append(Place((name, further), pointer))
        return found

    def find(self, name: str, types: frozenset[str] = frozenset()) -> Place | None:
        """Return what a name in the singular means, None where that is not certain.

        Args:
            name: As a parameter spells it.
            types: Those of the parameter, none where nothing is known; they tell which property names an object.
        """
        folded = word(name)
        if not folded:
            return None
        for spelling in self._spellings(folded, name):
            place = self._by_word.get(spelling)
            if place is not None:
                return self._down(place, types)
        if folded in times.CREATED or folded in times.UPDATED:
            return self.created if folded in times.CREATED else self.updated
        longer = [self._by_word[folded + tail] for tail in _TAILS if folded + tail in self._by_word]
        if len(longer) == 1:
            return longer[0]
        if folded not in _COMMON:
            for places in (self._inside.get(folded, []), self._beyond.get(folded, [])):
                if len(places) == 1:
                    return self._down(places[0], types)
        return None

    def _spellings(self, folded: str, name: str) -> Iterator[str]:
        yield folded
        if folded == "id":
            yield word(self.found.id_property)
        for mark in ("is", "has"):
            yield mark + folded
            if folded.startswith(mark) and len(folded) > len(mark) + 2:
                yield folded.removeprefix(mark)
        own = "".join((*self._own[:-1], singular(self._own[-1]))) if self._own else ""
        last = singular(self._own[-1]) if self._own else ""
        for prefix in {own, last} - {""}:
            rest = folded.removeprefix(prefix)
            if rest and rest != folded:
                yield word(self.found.id_property) if rest == "id" else rest
        if folded == word(self.found.id_parameter):
            yield word(self.found.id_property)

    def _down(self, place: Place, types: frozenset[str]) -> Place | None:
        """Return the property by which an object in a record is named, where a name means the object.

        An object itself is compared with the object.
        """
        if types == _OBJECT:
            return place
        if place.schema is None or not self.view.types(place.schema) <= {"object"}:
            return place
        members = {
            word(inner): (inner, pointer) for inner, pointer in self.view.properties(place.schema).items()
        }
        found = [Place((*place.path, members[key][0]), members[key][1]) for key in _KEYS if key in members]
        fitting = [item for item in found if not types or types & scalar_types(self.view, item.schema)]
        return next(iter((*fitting, *found)), None)

    def ordered(self, text: str) -> tuple[str, Place, bool] | None:
        """Return what an order such as `-name` or `name:desc` is by: the name, what it means, whether it descends."""
        text = text.strip()
        if text in self.view.properties(self.found.schema):
            return text, Place((text,), self.view.properties(self.found.schema)[text]), False
        match = _SPELLING.match(text)
        place = self.find(match["name"]) if match is not None else None
        if match is None or place is None:
            return None
        return match["name"], place, match["sign"] == "-" or (match["way"] or "").lower().startswith("desc")

    def exact(self, name: str) -> Place | None:
        """Return the record's own property of this name."""
        return self._by_word.get(word(name))

    def path(self, parts: tuple[str, ...]) -> Place | None:
        """Return the property at the end of names that a parameter spells out: `customer.email`, `address[city]`."""
        place = self.exact(parts[0])
        for part in parts[1:]:
            if place is None or place.schema is None:
                return None
            inner = {
                word(name): (name, pointer) for name, pointer in self.view.properties(place.schema).items()
            }
            found = inner.get(word(part))
            if found is None:
                return None
            place = Place((*place.path, found[0]), found[1])
        return place

    @cached_property
    def created(self) -> Place | None:
        """When a record was made."""
        return self._time(times.created(self.view, self.found.schema))

    @cached_property
    def updated(self) -> Place | None:
        """When a record was changed last."""
        return self._time(times.updated(self.view, self.found.schema))

    def _time(self, name: str | None) -> Place | None:
        return None if name is None else Place((name,), self.view.properties(self.found.schema)[name])

    @cached_property
    def happened(self) -> Place | None:
        """When what a record tells of happened, where nothing says when the record was made."""
        properties = self.view.properties(self.found.schema)
        named = {word(name): name for name in properties}
        names = (named[spelling] for spelling in _HAPPENED if spelling in named)
        return next(
            (self._time(name) for name in names if times.is_time(self.view, name, properties[name])), None
        )

    def flag(self, name: str) -> Place | None:
        """Return the one flag whose name begins so: `bicyclesAllowed` for `bicycles`."""
        folded = word(name)
        found = [
            place
            for spelling, place in self._by_word.items()
            if spelling.startswith(folded) and place.schema and self.view.types(place.schema) == {"boolean"}
        ]
        return found[0] if len(found) == 1 and len(folded) > _SHORTEST else None

    def values(self, place: Place) -> list[Any]:
        """Return the values that a property may have, in any of the schemas that declare it."""
        if len(place.path) > 1 or place.schema is None:
            return values_of(self.view, place.schema)
        found = [
            values_of(self.view, pointer)
            for pointer in declarations(self.view, self.found.schema, place.path[0])
        ]
        return [value for values in found for value in values] if all(found) else []

    def moment(self, name: str) -> Place | None:
        """Return the property that tells since when something holds: `archivedAt` for `archived`."""
        folded = word(name).removeprefix("is")
        for tail in ("at", "on", "date", "time", "byid", "by", "timestamp"):
            place = self._by_word.get(folded + tail)
            if place is not None and (place.schema is None or "boolean" not in self.view.types(place.schema)):
                return place
        return None


def declarations(view: View, schema: str, name: str, depth: int = 0) -> list[str]:
    """Return the pointers of a property in every schema that an object may have to meet."""
    place = view.target(schema)
    node = view.node(place)
    declared = node.get("properties")
    found = [ptr.join(place, "properties", name)] if isinstance(declared, dict) and name in declared else []
    for keyword in COMPOSITIONS:
        branches = node.get(keyword)
        for index in range(len(branches)) if isinstance(branches, list) and depth < _DEPTH else ():
            found += declarations(view, ptr.join(place, keyword, index), name, depth + 1)
    return found


def scalar_types(view: View, schema: str | None) -> frozenset[str]:
    """Return the types of a value, or of the items of a list."""
    if schema is None:
        return frozenset()
    items = view.items(schema)
    types = view.types(schema)
    if items is not None:
        types = (types - {"array"}) | view.types(items)
    return types


def values_of(view: View, schema: str | None) -> list[Any]:
    """Return the values of an enum, also of a list's items."""
    if schema is None:
        return []
    found = view.values(schema)
    items = view.items(schema)
    return found or (view.values(items) if items is not None else [])
