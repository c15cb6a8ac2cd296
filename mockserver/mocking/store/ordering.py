"""How values compare: numbers as numbers, times as instants, null before all, kinds apart from each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from mockserver import jsontext
from mockserver.errors import Json
from mockserver.mocking.instants import from_text
from mockserver.mocking.store.interface import Condition, Order, Position, Record

SortKey = tuple[int, Any]


def comparable(value: Json) -> SortKey:
    """Return a key that is hashable and ordered among all JSON values."""
    if value is None:
        return (0, 0)
    if isinstance(value, bool):
        return (1, value)
    if isinstance(value, int | float):
        return (2, value)
    if isinstance(value, str):
        instant = from_text(value)
        return (3, instant.timestamp()) if instant is not None else (4, value)
    return (5, jsontext.dumps(value, sort_keys=True))


def at_path(data: Json, path: tuple[str, ...]) -> Json:
    """Return the value at the end of a path of property names, null where it ends early."""
    for name in path:
        if not isinstance(data, dict):
            return None
        data = data.get(name)
    return data


def position(record: Record, order: Order) -> Position:
    """Return the place of a record in an order."""
    return Position(tuple(at_path(record.data, path) for path, _ in order if path), record.sequence)


def _same_kind(left: SortKey, right: SortKey) -> bool:
    return left[0] == right[0] and left[0] != 0


ORDERED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "gt": lambda value, bound: value > bound,
    "ge": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "le": lambda value, bound: value <= bound,
}


def predicate(condition: Condition) -> Callable[[dict[str, Json]], bool]:
    """Return a test of a record's data for a condition.

    Raises:
        ValueError: The operator is unknown.
    """
    path = condition.path
    keys = [comparable(value) for value in condition.values]
    if condition.operator in ("eq", "ne"):
        wanted = frozenset(keys)
        expected = condition.operator == "eq"
        return lambda data: (comparable(at_path(data, path)) in wanted) is expected
    if condition.operator in ORDERED:
        compare = ORDERED[condition.operator]

        def is_ordered(data: dict[str, Json]) -> bool:
            value = comparable(at_path(data, path))
            return all(_same_kind(value, bound) and compare(value[1], bound[1]) for bound in keys)

        return is_ordered
    if condition.operator == "exists":
        expected = all(value is not False for value in condition.values)
        return lambda data: (at_path(data, path) is not None) is expected
    needles = tuple(value.lower() for value in condition.values if isinstance(value, str))
    if condition.operator == "contains":

        def is_contained(data: dict[str, Json]) -> bool:
            value = at_path(data, path)
            if isinstance(value, str):
                return any(needle in value.lower() for needle in needles)
            if isinstance(value, list):
                members = {comparable(member) for member in value}
                return any(key in members for key in keys)
            return False

        return is_contained
    if condition.operator == "starts":
        return lambda data: (
            isinstance(value := at_path(data, path), str) and value.lower().startswith(needles)
        )
    if condition.operator == "ends":
        return lambda data: isinstance(value := at_path(data, path), str) and value.lower().endswith(needles)
    if condition.operator == "search":
        return lambda data: _is_in(at_path(data, path), needles)
    raise ValueError(f"unknown operator {condition.operator!r}")


def _is_in(value: Json, needles: tuple[str, ...]) -> bool:
    """Return whether a text that is a value, or in it at any depth, contains one of the needles."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            lower = node.lower()
            if any(needle in lower for needle in needles):
                return True
        elif isinstance(node, dict):
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return False
