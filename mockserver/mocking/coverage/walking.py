"""Which items of its schema a value shows: the schema is walked with the value that was seen.

Each place counts for itself: what of a value breaks its schema shows nothing, the rest does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from mockserver.errors import Json, SchemaFault
from mockserver.mocking.coverage.items import GIVEN, LEFT_OUT, TAKEN, value
from mockserver.mocking.coverage.nodes import Node, Nodes

LARGEST: Final = 200_000
"""Pairs of a schema and a part of a value that are looked at in one body."""
_MAX_TAG: Final = 8
"""Values that a property may have at most to tell branches apart."""

Tick = Callable[[str, str], object]
"""Told the pointer and the name of each item that is shown."""


class Walker:
    """Walks values of one direction."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._tags: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {}

    def walk(self, pointer: str, seen: Json, tick: Tick) -> bool:
        """Tell what a value of the schema at a pointer shows; return whether all of it was looked at."""
        waiting: list[tuple[str, Json]] = [(pointer, seen)]
        done: set[tuple[str, int]] = set()
        while waiting:
            at, part = waiting.pop()
            # All parts live as long as the whole, so that an identity is that of one part only.
            if (at, id(part)) in done:
                continue
            if len(done) >= LARGEST:
                return False
            done.add((at, id(part)))
            for node in self._nodes.group(at):
                for what in node.shows(part):
                    tick(node.pointer, what)
                if isinstance(part, dict):
                    waiting += self._members(node, part, tick)
                elif isinstance(part, list):
                    waiting += self._items(node, part)
                for branches in node.choices:
                    for branch in self._taken(branches, part):
                        tick(branch, TAKEN)
                        waiting.append((branch, part))
                if node.condition is not None:
                    condition, then, other = node.condition
                    follows = then if self._fits(condition, part) else other
                    if follows:
                        waiting.append((follows, part))
        return True

    @staticmethod
    def _members(node: Node, seen: dict[str, Json], tick: Tick) -> Iterator[tuple[str, Json]]:
        properties = node.properties
        for name, child in properties.items():
            if name in seen:
                tick(child, GIVEN)
                yield child, seen[name]
            else:
                tick(child, LEFT_OUT)
        if node.patterns or node.additional is not None:
            for name, member in seen.items():
                if name in properties:
                    continue
                matched = [child for matches, child in node.patterns if matches(name)]
                for child in matched or ([node.additional] if node.additional is not None else ()):
                    yield child, member
        for name, child in node.dependent.items():
            if name in seen:
                yield child, seen

    @staticmethod
    def _items(node: Node, seen: list[Json]) -> Iterator[tuple[str, Json]]:
        yield from zip(node.prefix, seen, strict=False)
        if node.items is not None:
            for item in seen[len(node.prefix) :]:
                yield node.items, item

    def _taken(self, branches: Sequence[str], seen: Json) -> Sequence[str]:
        """Return the branches that a value takes. The only one that it can be is taken although it may break it."""
        found = [branch for branch in branches if self._may_be(branch, seen)]
        return found if len(found) < 2 else [branch for branch in found if self._fits(branch, seen)]

    def _may_be(self, branch: str, seen: Json) -> bool:
        if not all(node.admits(seen) for node in self._nodes.group(branch)):
            return False
        if not isinstance(seen, dict):
            return not self._nodes.takes_nothing(branch)
        tags = self._tags.get(branch)
        if tags is None:
            tags = self._tags[branch] = tuple(self._tags_of(branch))
        return all(name not in seen or value(seen[name]) in listed for name, listed in tags)

    def _tags_of(self, branch: str) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield the properties that tell a branch from others, with the few values that they have in it."""
        for node in self._nodes.group(branch):
            for name, child in node.properties.items():
                for declared in self._nodes.group(child):
                    if declared.listed is not None and len(declared.listed) <= _MAX_TAG:
                        yield name, declared.listed

    def _fits(self, pointer: str, seen: Json) -> bool:
        try:
            return self._nodes.schemas.validator(pointer).is_valid(seen)
        except (SchemaFault, KeyError, TypeError, ValueError):
            # What cannot be judged, bytes for one, is no branch that anybody has seen taken.
            return False
