"""Where records stand in requests and answers, as the plan says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from mockserver.contract.reading import Way, at, input_of, places_of
from mockserver.contract.requests.slots import put
from mockserver.document import pointer as ptr
from mockserver.document.naming import variables
from mockserver.document.plan import ABSENT, Action, OperationPlan, Plan, Resource
from mockserver.errors import Json

_ITEM_ACTIONS: Final = (Action.GET, Action.UPDATE, Action.REPLACE, Action.UPSERT, Action.DELETE)


def sent_at(plan: OperationPlan) -> Way | None:
    """Return where in the body of a request the record is; None where it is elsewhere, or there are many."""
    if plan.items is not ABSENT or plan.ids is not ABSENT:
        return None
    if plan.item is ABSENT:
        return ()
    found = input_of(plan.item)
    return tuple(ptr.split(found.name)) if found is not None and found.place == "body" else None


class Names:
    """What the variables of paths stand for: `/pets/{id}` and all below it name a record of `pets` by its `id`.

    Args:
        plan: Says which operations are about one record, and how their paths name it.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._items: dict[str, dict[int, tuple[str, Way]]] = {}
        for item in plan.operations.values():
            if item.action not in _ITEM_ACTIONS or item.resource.singleton:
                continue
            found = dict(_own(item))
            if found and item.operation.path.endswith("}"):
                self._items.setdefault(_shape(item.operation.path), found)

    def keys(self, resource: Resource) -> tuple[Way, ...]:
        """Return the properties by which paths name the records of a resource: its id, where none does."""
        for found in self._items.values():
            ways = tuple(way for name, way in found.values() if name == resource.name)
            if ways:
                return ways
        return (_dotted(resource.id_property),)

    def of(self, path: str, plan: OperationPlan | None = None) -> dict[str, tuple[str, Way]]:
        """Return variable -> (resource, path of the property that it has), as far as that is known.

        Args:
            path: Template of an operation's path.
            plan: What the operation does, None for one without state.
        """
        names = variables(path)
        known: dict[int, tuple[str, Way]] = {}
        segments = path.split("/")
        for length in range(1, len(segments) + 1):
            known.update(self._items.get(_shape("/".join(segments[:length])), {}))
        if plan is not None:
            for reference in plan.resource.references.values():
                for position, name in enumerate(names):
                    if name in (reference.path, reference.property) and position not in known:
                        target = self._plan.resources[reference.resource]
                        known[position] = (target.name, _dotted(target.id_property))
            known.update(_own(plan) if plan.action in _ITEM_ACTIONS else ())
        return {names[position]: found for position, found in known.items() if position < len(names)}


def _own(plan: OperationPlan) -> list[tuple[int, tuple[str, Way]]]:
    """Return position of a variable -> what it is of the record itself."""
    names = variables(plan.operation.path)
    resource = plan.resource
    if not names or resource.singleton:
        return []
    expressions = {f"$request.path.{name}": position for position, name in enumerate(names)}
    if plan.find:
        return [
            (expressions[raw], (resource.name, _dotted(property)))
            for property, raw in plan.find.items()
            if isinstance(raw, str) and raw in expressions
        ]
    if plan.id is ABSENT:
        last = names[-1]
        bound = {item.path or item.property for item in resource.references.values()} | resource.scope.keys()
        if last in bound or plan.ids is not ABSENT or plan.items is not ABSENT:
            return []
        return [(len(names) - 1, (resource.name, _dotted(resource.id_property)))]
    if isinstance(plan.id, str) and plan.id in expressions:
        return [(expressions[plan.id], (resource.name, _dotted(resource.id_property)))]
    return []


def _dotted(name: str) -> Way:
    return tuple(name.split("."))


def _shape(path: str) -> str:
    return re.sub(r"\{[^{}]*\}", "{}", path).rstrip("/")


def named_by(location: str) -> str:
    """Return the last segment of a URL's path, decoded; "" where it has none, or is no URL."""
    try:
        path = urlsplit(location).path
    except ValueError:
        return ""
    return unquote(path.rstrip("/").rpartition("/")[2])


def learnt(plan: OperationPlan, answer: Json, header: Mapping[str, str]) -> Json:
    """Return the record that an answer tells of, with its id; None where neither body nor `Location` says one.

    Args:
        plan: What the operation does.
        answer: The value of the answer's body.
        header: Fields of the answer by their names in lower case.
    """
    places, id = places_of(plan), _dotted(plan.resource.id_property)
    record = places.record_in(answer)
    bare = at(answer, places.record) if places.record is not None else None
    if record is None and isinstance(bare, str | int) and not isinstance(bare, bool):
        # Bare ids are records of which nothing else is known.
        record = put({}, id, bare)
    if record is not None and at(record, id) not in (None, ABSENT):
        return record
    location = header.get("location", "")
    segment = named_by(location)
    if segment:
        return put(record, id, segment)
    return record if plan.resource.singleton else None
