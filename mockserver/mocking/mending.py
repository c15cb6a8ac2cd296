"""Values that break their schema, made whole: what breaks it goes, and what is missing is made up."""

from __future__ import annotations

from collections.abc import Collection

from mockserver import jsontext
from mockserver.document.messages.coercion import Coercion
from mockserver.document.validation import Schemas
from mockserver.errors import CannotGenerate, Json, SchemaFault, Violation
from mockserver.mocking.generator import ABSENT, Generator

Place = tuple[str | int, ...]


def mended(schemas: Schemas, generator: Generator, pointer: str, value: Json, key: tuple[str, ...]) -> Json:
    """Return a value that keeps its schema and as much of what was there as possible; ABSENT where there is none.

    Args:
        schemas: The schemas of this direction.
        generator: Makes up what is missing, as a function of `key`.
        pointer: The schema.
        value: It is not changed.
        key: See `Generator.value`.
    """
    try:
        found = schemas.validator(pointer).violations(value)
        if not found:
            return value
        value = _retyped(schemas, value, found)
        found = schemas.validator(pointer).violations(value)
        if not found:
            return value
        places = {item.location for item in found}
        # Sometimes what is around a fault is at fault.
        for blamed in (places, {place[:-1] for place in places}):
            if () in blamed and not _is_only_incomplete(found):
                return ABSENT
            rest = without(value, blamed - {()})
            try:
                return generator.value(pointer, key=key, given=rest, lean=True)
            except CannotGenerate:
                continue
    except SchemaFault:
        return ABSENT
    return ABSENT


def _retyped(schemas: Schemas, value: Json, found: Collection[Violation]) -> Json:
    """Return a value whose members say the same in the type that is meant: 5 for "5", "true" for true."""
    for item in found:
        if item.rule != "type" or not item.location or not isinstance(item.value, str | int | float):
            continue
        same = retyped(schemas, item.pointer.rpartition("/")[0], item.value)
        if same != item.value or type(same) is not type(item.value):
            value = _put(value, item.location, same)
    return value


def retyped(schemas: Schemas, pointer: str, value: Json) -> Json:
    """Return a text, number or truth value in the type of a schema, if it says the same there; else as it is."""
    coercion = Coercion.of(schemas, pointer)
    if isinstance(value, str):
        return coercion.scalar(value, nulls=False)
    if isinstance(value, int | float) and "string" in coercion.kinds:
        return jsontext.dumps(value).decode()
    return value


def _put(value: Json, place: Place, member: Json) -> Json:
    """Return a value with another one at a place that it has."""
    if not place:
        return member
    head, rest = place[0], place[1:]
    if isinstance(value, list) and isinstance(head, int):
        return [*value[:head], _put(value[head], rest, member), *value[head + 1 :]]
    if isinstance(value, dict):
        return {**value, str(head): _put(value.get(str(head)), rest, member)}
    return value


def _is_only_incomplete(found: Collection[Violation]) -> bool:
    return all(item.rule == "required" for item in found)


def without(value: Json, places: Collection[Place]) -> Json:
    """Return a value without the members at some places; an item of a list becomes ABSENT there."""
    if () in places:
        return ABSENT
    if not places or not isinstance(value, dict | list):
        return value
    below: dict[str | int, set[Place]] = {}
    for head, *rest in places:
        below.setdefault(str(head) if isinstance(value, dict) else head, set()).add(tuple(rest))
    if isinstance(value, list):
        return [without(item, below.get(index, ())) for index, item in enumerate(value)]
    kept = {name: without(member, below.get(name, ())) for name, member in value.items()}
    return {name: member for name, member in kept.items() if member is not ABSENT}
