"""What schemas ask for: their items and those of all that they lead to, each once.

Schemas are walked as the graph that they are, so that circles end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mockserver.document import pointer as ptr
from mockserver.mocking.coverage.items import GIVEN, LEFT_OUT, TAKEN
from mockserver.mocking.coverage.nodes import Node, Nodes

_MOST_SCHEMAS: Final = 400_000
"""Schemas that are looked at."""

Names = frozenset[str]


class Wanted(NamedTuple):
    """An item of a schema.

    Attributes:
        pointer, what: As in `Item`.
        label: Where it is in the value, for people: `owner.pets[].name`.
    """

    pointer: str
    what: str
    label: str


@dataclass(slots=True)
class Reach:
    """The items of some schemas.

    Attributes:
        is_cut: Whether there were more than are asked for.
        long_enums: Pointers of the enums that are too long to ask for each value.
    """

    items: list[Wanted] = field(default_factory=list)
    is_cut: bool = False
    long_enums: list[str] = field(default_factory=list)


def reach(nodes: Nodes, heads: Iterable[str], *, most: int, levels: int | None = None) -> Reach:
    """Return the items of schemas and of all that they lead to, those near the top first.

    Args:
        nodes: The schemas.
        heads: Pointers of the schemas of whole messages.
        most: No more items than that.
        levels: No more levels of objects and lists than that; None for all.
    """
    found = Reach()
    known: set[tuple[str, str]] = set()
    nothing: Names = frozenset()
    waiting = deque((head, nothing, "", 0) for head in dict.fromkeys(heads))
    done: set[tuple[str, Names]] = set()
    while waiting and not (found.is_cut and len(known) >= most):
        pointer, outer, label, level = waiting.popleft()
        if (pointer, outer) in done:
            continue
        if len(done) >= _MOST_SCHEMAS:
            found.is_cut = True
            break
        done.add((pointer, outer))
        group = nodes.group(pointer)
        required = outer.union(*(node.required for node in group))
        for item in _own(nodes, group, required, label):
            if item[:2] in known:
                continue
            if len(known) >= most:
                found.is_cut = True
                break
            known.add(item[:2])
            found.items.append(item)
        for node in group:
            if node.is_enum_long and node.pointer not in found.long_enums:
                found.long_enums.append(node.pointer)
            waiting.extendleft((*same, level) for same in _beside(nodes, node, required, label))
        below = [place for node in group for place in _below(nodes, node, label)]
        if levels is None or level < levels:
            waiting.extend((child, nothing, place, level + 1) for child, place in below)
        elif any(nodes.group(child) for child, _ in below):
            found.is_cut = True
    return found


def _own(nodes: Nodes, group: Iterable[Node], required: Names, label: str) -> Iterator[Wanted]:
    """Yield the items of a value, and of what it may have or not."""
    for node in group:
        yield from (Wanted(node.pointer, what, label) for what in node.asked)
        for name, child in _live(nodes, node):
            if name not in required:
                place = _member(label, name)
                yield Wanted(child, GIVEN, place)
                yield Wanted(child, LEFT_OUT, place)
        for branches in node.choices:
            live = [branch for branch in branches if not nodes.takes_nothing(branch)]
            if len(live) > 1:
                yield from (Wanted(branch, TAKEN, f"{label}({title(nodes, branch)})") for branch in live)


def _below(nodes: Nodes, node: Node, label: str) -> Iterator[tuple[str, str]]:
    """Yield pointer and place of the schemas of members and items."""
    yield from ((child, _member(label, name)) for name, child in _live(nodes, node))
    yield from ((child, f"{label}.*") for _, child in node.patterns)
    if node.additional is not None:
        yield node.additional, f"{label}.*"
    yield from ((child, f"{label}[{index}]") for index, child in enumerate(node.prefix))
    if node.items is not None:
        yield node.items, f"{label}[]"


def _beside(nodes: Nodes, node: Node, required: Names, label: str) -> Iterator[tuple[str, Names, str]]:
    """Yield pointer, required names and place of the schemas that may hold for the same value."""
    for name, child in node.dependent.items():
        yield child, required | {name}, label
    if node.condition is not None:
        yield from ((child, required, label) for child in node.condition[1:] if child)
    for branches in node.choices:
        for branch in branches:
            if not nodes.takes_nothing(branch):
                yield branch, required, f"{label}({title(nodes, branch)})" if len(branches) > 1 else label


def _live(nodes: Nodes, node: Node) -> Iterator[tuple[str, str]]:
    """Yield name and pointer of the properties that a message of this direction can have."""
    for name, child in node.properties.items():
        if not nodes.takes_nothing(child) and not nodes.is_hidden(child):
            yield name, child


def _member(label: str, name: str) -> str:
    return f"{label}.{name}" if label else name


def title(nodes: Nodes, pointer: str) -> str:
    """Return what a person may call a branch: the name of what it refers to, its title or type, else its number."""
    node = nodes.at(pointer)
    if node is not None:
        for part in node.parts:
            if "/allOf/" not in part:
                return ptr.split(part)[-1]
        schema = nodes.schemas.at(pointer)
        said = schema.get("title") if isinstance(schema, dict) else None
        if isinstance(said, str) and said:
            return said
        if len(node.types) == 1:
            return next(iter(node.types))
    return f"branch {int(ptr.split(pointer)[-1]) + 1}"
