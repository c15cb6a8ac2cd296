"""How much of a document a schema drags along: what a compiled validator of it will hold."""

from __future__ import annotations

from typing import Any

from mockserver.document import pointer as ptr
from mockserver.errors import Json


class Weights:
    """Weighs the schemas of one document, in JSON objects that can be reached from them."""

    def __init__(self, root: Json) -> None:
        self._root = root
        self._own: dict[str, tuple[int, frozenset[str]]] = {}

    def of(self, pointer: str, most: int) -> int:
        """Return the weight of the schema at a pointer; no more than about `most` is counted."""
        seen = {pointer}
        waiting = [pointer]
        total = 0
        while waiting and total <= most:
            size, targets = self._measured(waiting.pop())
            total += size
            for target in targets:
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return total

    def _measured(self, pointer: str) -> tuple[int, frozenset[str]]:
        """Return the number of objects in a schema itself, and where its references lead."""
        found = self._own.get(pointer)
        if found is None:
            try:
                found = _measure(ptr.lookup(self._root, pointer))
            except (KeyError, ValueError):
                found = 1, frozenset()
            self._own[pointer] = found
        return found


def _measure(schema: Json) -> tuple[int, frozenset[str]]:
    count = 0
    targets: set[str] = set()
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            count += 1
            reference = node.get("$ref")
            if isinstance(reference, str) and reference.startswith("#"):
                targets.add(ptr.of_reference(reference))
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return count, frozenset(targets)
