"""Which schemas of two documents are word for word the same, with all that they refer to: these need no comparison."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from mockserver import jsontext
from mockserver.contract.diff.nodes import Node, target_of
from mockserver.document.validation import Schemas
from mockserver.errors import Json


class Equality:
    """Answers for two documents."""

    def __init__(self, old: Schemas, new: Schemas) -> None:
        self._old, self._new = old, new
        self._known: dict[str, bool] = {}

    def same(self, old: Node, new: Node) -> bool:
        """Return whether two nodes are equal by what stands there; they may still be equal when they are not."""
        return old == new and all(self._equal(pointer) for pointer in old)

    def _equal(self, pointer: str) -> bool:
        found = self._known.get(pointer)
        if found is None:
            before = _at(self._old, pointer)
            found = before is not None and _alike(before, _at(self._new, pointer))
            found = found and self._different.isdisjoint(_targets(before))
            self._known[pointer] = found
        return found

    @cached_property
    def _different(self) -> set[str]:
        """Pointers that references lead to, and at which something else stands now, or somewhere behind."""
        referring: dict[str, list[str]] = {}
        different: set[str] = set()
        for target in {*_targets(self._old.root)}:
            before = _at(self._old, target)
            if before is None or not _alike(before, _at(self._new, target)):
                different.add(target)
            for following in _targets(before):
                referring.setdefault(following, []).append(target)
        waiting = [*different]
        while waiting:
            for source in referring.get(waiting.pop(), ()):
                if source not in different:
                    different.add(source)
                    waiting.append(source)
        return different


def _alike(before: Json, after: Json) -> bool:
    """Return whether two schemas are written alike; to Python alone 1 and true are the same."""
    return bool(before == after) and jsontext.dumps(before) == jsontext.dumps(after)


def _at(schemas: Schemas, pointer: str) -> Json:
    try:
        return schemas.at(pointer)
    except (KeyError, ValueError):
        return None


def _targets(schema: Json) -> Iterator[str]:
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            target = target_of(node)
            if target is not None:
                yield target
            waiting += [value for value in node.values() if isinstance(value, dict | list)]
        elif isinstance(node, list):
            waiting += [value for value in node if isinstance(value, dict | list)]
