"""Values that break their schema, made whole: what breaks it goes, and what is missing is made up."""

from __future__ import annotations

from collections.abc import Collection

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
