"""What a request says comes back in an answer that is not from state: the id asked for is the id answered.

Path and query values go where they name a property of the answer, or of what a one-level envelope holds; the body of a
POST, PUT or PATCH goes where its properties fit. What would break the schema is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.document.messages.coercion import types_of
from mockserver.document.model import Operation
from mockserver.document.naming import thing_of, variables, word
from mockserver.document.shapes import Shape, item_pointer
from mockserver.document.validation import Schemas
from mockserver.errors import Json, SchemaFault
from mockserver.mocking.exchange import Request
from mockserver.mocking.generator import ABSENT
from mockserver.mocking.hidden import without_hidden

ENVELOPES: Final = ("data", "item", "result", "response", "payload", "record", "object", "entity", "resource")
"""Names of properties that hold what an answer is about; besides these the name of the thing itself."""
LISTS: Final = ("data", "items", "results", "content", "records", "values", "entries", "list", "rows")
"""Names of properties that hold the list of an answer; besides these that of the only list."""
_LIMITS: Final = frozenset(
    {"limit", "perpage", "pagesize", "maxresults", "maxitems", "top", "size", "take", "first"}
)
_CONTROLS: Final = _LIMITS | frozenset(
    {
        "after", "before", "count", "cursor", "desc", "direction", "expand", "fields", "filter", "from", "id",
        "include", "offset", "order", "orderby", "page", "q", "query", "search", "since", "skip", "sort", "sortby",
        "sortorder", "start", "to", "until",
    }
)  # fmt: skip
"""Query parameters that say which items come, and not what they are like."""
_ECHOING: Final = frozenset({"POST", "PUT", "PATCH"})
_MOST: Final = 64
"""Properties that are reflected, at the most."""


class _Target(NamedTuple):
    """A property that takes a value of the request.

    Attributes:
        place: The property of the envelope, "" at the top.
        name: The property.
        pointer: Its schema.
    """

    place: str
    name: str
    pointer: str


class Reflection:
    """What of the requests to one operation comes back in one of its schemas.

    Attributes:
        query_names: The query parameters that make a difference.
    """

    def __init__(self, schemas: Schemas, operation: Operation, pointer: str) -> None:
        self._schemas = schemas
        self._pointer = pointer
        self._echoes = operation.method in _ECHOING
        top = Shape(schemas, pointer)
        self._objects: dict[str, Shape] = {}
        self._list_place: str | None = None
        items = item_pointer(schemas, pointer)
        if items is not None:
            self._list_place = ""
        else:
            self._objects[""] = top
            self._look_into(top, operation)
            items = self._items_below(top)
        self._items = Shape(schemas, items) if items is not None else None
        self._path = {name: list(self._of_path(name, operation)) for name in variables(operation.path)}
        queries = [item.name for item in operation.parameters if item.place == "query"]
        self._query = {name: list(self._of_query(name)) for name in queries}
        self._limits = [name for name in queries if word(name) in _LIMITS]
        self.query_names = tuple(name for name in queries if self._query[name] or name in self._limits)

    def _look_into(self, top: Shape, operation: Operation) -> None:
        inner = {}
        for name, place in top.properties.items():
            if (
                item_pointer(self._schemas, place) is None
                and (shape := Shape(self._schemas, place)).properties
            ):
                inner[name] = shape
        thing = thing_of(operation.path)
        for name, shape in inner.items():
            if word(name) in (*ENVELOPES, word(thing)) or len(top.properties) == 1:
                self._objects[name] = shape

    def _items_below(self, top: Shape) -> str | None:
        lists = {
            name: items
            for name, place in top.properties.items()
            if (items := item_pointer(self._schemas, place)) is not None
        }
        known = [name for name in lists if word(name) in LISTS] or (list(lists) if len(lists) == 1 else [])
        if not known or len(top.properties) > 12:
            return None
        self._list_place = known[0]
        return lists[known[0]]

    def _of_path(self, name: str, operation: Operation) -> Iterator[_Target]:
        is_own = operation.path.rstrip("/").endswith("{" + name + "}")
        names = [word(name)]
        if is_own:
            names += ["id", word(f"{thing_of(operation.path)}id")]
        yield from self._in_objects(names)
        yield from self._in_items([word(name)])

    def _of_query(self, name: str) -> Iterator[_Target]:
        yield from self._in_objects([word(name)])
        if word(name) not in _CONTROLS:
            yield from self._in_items([word(name)])

    def _in_objects(self, names: list[str]) -> Iterator[_Target]:
        """Yield the property of the first name that fits, of the innermost object that has it."""
        for place, shape in reversed(self._objects.items()):
            target = _find(shape, names)
            if target is not None:
                yield _Target(place, *target)
                return

    def _in_items(self, names: list[str]) -> Iterator[_Target]:
        if self._items is not None and names != ["id"]:
            target = _find(self._items, names)
            if target is not None:
                yield _Target("[]", *target)

    # At a request.

    def given(self, request: Request) -> Json:
        """Return the parts of the answer that the request settles, for the generator; ABSENT for none."""
        result: dict[str, Any] = {}
        for target, value in self._settled(request):
            if target.place == "":
                result[target.name] = value
            elif target.place != "[]":
                holder = result.setdefault(target.place, {})
                if isinstance(holder, dict):
                    holder[target.name] = value
        return result or ABSENT

    def applied(self, body: Json, request: Request, *, with_items: bool = True, is_cut: bool = True) -> Json:
        """Return an answer with what the request says in it, as far as it stays valid.

        Args:
            body: The answer.
            request: The request.
            with_items: Whether the items of a list take what the query says, and are no more than it asks for.
            is_cut: Whether the list may become shorter.
        """
        try:
            is_valid = self._schemas.validator(self._pointer).is_valid
        except SchemaFault:
            return body
        if with_items and is_cut:
            body = self._cut(body, request, is_valid)
        changes = [item for item in self._settled(request) if with_items or item[0].place != "[]"]
        changes = [item for item in changes if self._differs(body, *item)][:_MOST]
        if not changes or not is_valid(body):
            return body
        whole = body
        for target, value in changes:
            whole = self._with(whole, target, value)
        if is_valid(whole):
            return whole
        for target, value in changes:
            candidate = self._with(body, target, value)
            if is_valid(candidate):
                body = candidate
        return body

    def suits(self, body: Json, request: Request) -> bool:
        """Return whether an answer is about just what the path names, and some of that can be told."""
        found = [
            (target, value)
            for name, targets in self._path.items()
            for target in targets
            if (value := self._fitting(request.path.get(name), target)) is not ABSENT
        ]
        return bool(found) and not any(self._differs(body, target, value) for target, value in found)

    def _settled(self, request: Request) -> list[tuple[_Target, Json]]:
        """Return what the request settles; the path wins over the query, and that over the body."""
        found = {(target.place, target.name): (target, value) for target, value in self._values(request)}
        return list(found.values())

    def _values(self, request: Request) -> Iterator[tuple[_Target, Json]]:
        if self._echoes and isinstance(request.body, dict):
            yield from self._echo(request.body)
        for table, values in ((self._query, request.query), (self._path, request.path)):
            for name, targets in table.items():
                value = values.get(name)
                if value is None:
                    continue
                for target in targets:
                    fitting = self._fitting(value, target)
                    if fitting is not ABSENT:
                        yield target, fitting

    def _echo(self, sent: Mapping[str, Json]) -> Iterator[tuple[_Target, Json]]:
        """Yield what was sent, for the object that shares most properties with it."""
        best: list[tuple[_Target, Json]] = []
        for place, shape in self._objects.items():
            found = [
                (_Target(place, name, shape.properties[name]), value)
                for name, value in sent.items()
                if name in shape.properties and shape.keeps(name) and not shape.marks(name, "readOnly")
            ]
            if len(found) > len(best):
                best = found
        for target, seen in best[:_MOST]:
            value = without_hidden(self._schemas, target.pointer, seen)
            # An object may be completed yet; all else fits or does not.
            kinds = types_of(self._schemas, target.pointer) if isinstance(value, dict) else ()
            if "object" in kinds or self._is_valid(target.pointer, value):
                yield target, value

    def _fitting(self, value: Json, target: _Target) -> Json:
        """Return a value as the property takes it: a number may be a text there, or the other way round."""
        if target.place == "[]" and isinstance(value, list):
            return value if value and all(self._is_valid(target.pointer, item) for item in value) else ABSENT
        if self._is_valid(target.pointer, value):
            return value
        if isinstance(value, str) and re.fullmatch(r"-?(?:0|[1-9][0-9]{0,15})", value):
            return int(value) if self._is_valid(target.pointer, int(value)) else ABSENT
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value) if self._is_valid(target.pointer, str(value)) else ABSENT
        return ABSENT

    def _is_valid(self, pointer: str, value: Json) -> bool:
        try:
            return self._schemas.validator(pointer).is_valid(value)
        except SchemaFault:
            return False

    def _cut(self, body: Json, request: Request, is_valid: Callable[[Json], bool]) -> Json:
        """Return a list with no more items than the request asks for."""
        for name in self._limits:
            limit = request.query.get(name)
            items = self._list_in(body)
            if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0 or items is None:
                continue
            if len(items) > limit:
                shorter = self._with_list(body, items[:limit])
                body = shorter if is_valid(shorter) else body
        return body

    def _list_in(self, body: Json) -> list[Json] | None:
        found = body.get(self._list_place) if isinstance(body, dict) and self._list_place else body
        return found if isinstance(found, list) else None

    def _with_list(self, body: Json, items: list[Json]) -> Json:
        return {**body, self._list_place: items} if isinstance(body, dict) else items

    def _differs(self, body: Json, target: _Target, value: Json) -> bool:
        if target.place == "[]":
            return bool(self._list_in(body))
        holder = body.get(target.place) if target.place and isinstance(body, dict) else body
        return isinstance(holder, dict) and holder.get(target.name, ABSENT) != value

    def _with(self, body: Json, target: _Target, value: Json) -> Json:
        """Return a copy of an answer with one property set."""
        if target.place == "[]":
            items = self._list_in(body) or []
            choices = value if isinstance(value, list) else [value]
            changed = [
                {**item, target.name: choices[number % len(choices)]} if isinstance(item, dict) else item
                for number, item in enumerate(items)
            ]
            return self._with_list(body, changed)
        if target.place == "":
            return {**body, target.name: value}
        return {**body, target.place: {**body[target.place], target.name: value}}


def _find(shape: Shape, names: list[str]) -> tuple[str, str] | None:
    """Return the property of the first of some names that a shape declares and shows, with its pointer."""
    by_word = {word(name): name for name in reversed(shape.properties)}
    for name in names:
        found = by_word.get(name)
        if found is not None and shape.keeps(found):
            return found, shape.properties[found]
    return None


def id_in(body: Json, names: list[str]) -> Json:
    """Return the id that an answer holds under one of some names, at its top or one level below; None without."""
    wanted = [word(name) for name in names]
    holders = [body, *(body.values() if isinstance(body, dict) else ())]
    for holder in holders:
        if isinstance(holder, dict):
            by_word = {word(str(name)): value for name, value in holder.items()}
            for name in wanted:
                if isinstance(by_word.get(name), str | int) and not isinstance(by_word[name], bool):
                    return by_word[name]
    return None
