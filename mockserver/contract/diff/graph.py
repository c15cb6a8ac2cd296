"""Pairs of nodes of two documents, each compared once, and which messages they belong to.

Documents are graphs with circles, and a schema may belong to hundreds of operations. So no path is ever followed
twice: pairs are made once, their differences are found once, and the messages that reach them are sets of bits that
flow along the edges until nothing moves any more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mockserver.contract.diff import logic, marks, members, scalars, unions
from mockserver.contract.diff.differences import Difference, Rule, Scene
from mockserver.contract.diff.equality import Equality
from mockserver.contract.diff.lifecycle import Calendar, schema_lifecycle
from mockserver.contract.diff.members import Step
from mockserver.contract.diff.nodes import Node
from mockserver.contract.diff.reading import TOO_DEEP, Forms
from mockserver.contract.diff.verdicts import Effect, Verdict, law
from mockserver.document.dialect import Direction
from mockserver.document.model import Document

RULES: Final[tuple[Rule, ...]] = (
    *scalars.RULES, *members.RULES, *logic.RULES, *unions.RULES, *marks.RULES,
)  # fmt: skip
WHOLE: Final[tuple[Rule, ...]] = (scalars.nullable, *unions.RULES, *marks.RULES)
"""What is asked where one side is a union and the other one is not."""
CHILDREN: Final = (members.children, logic.children, unions.children)


class Key(NamedTuple):
    """Two nodes that are compared.

    Attributes:
        textual: Whether values are written as texts.
        hidden: Whether this is left out of messages of this direction (`readOnly`, `writeOnly`).
    """

    old: Node
    new: Node
    textual: bool = False
    hidden: bool = False


@dataclass(slots=True)
class Pair:
    """What is known of two nodes: their own differences, and the pairs below."""

    differences: list[Difference] = field(default_factory=list)
    children: list[tuple[Step | None, Key]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Root:
    """Where a message begins.

    Attributes:
        operation: Index of its operation.
        scope: `body`, `parameter` or `header`.
        base: How its location begins.
    """

    operation: int
    scope: str
    base: tuple[str | int, ...]
    key: Key


@dataclass(frozen=True, slots=True)
class Seen:
    """A pair with differences, and what it belongs to.

    Attributes:
        root: A message that it belongs to, and the shortest way from there.
        operations: Indices of all operations whose messages it belongs to.
    """

    key: Key
    differences: tuple[Difference, ...]
    root: Root
    steps: tuple[Step, ...]
    operations: tuple[int, ...]


class Comparison:
    """All pairs of two documents for one direction."""

    def __init__(self, old: Document, new: Document, direction: Direction, calendar: Calendar) -> None:
        is_request = direction is Direction.REQUEST
        before, after = (
            (document.request_schemas if is_request else document.response_schemas) for document in (old, new)
        )
        self.direction = direction
        self.old, self.new = Forms(before), Forms(after)
        self._equality = Equality(before, after)
        self._pairs: dict[Key, Pair] = {}
        self._worst: dict[Key, Verdict | None] = {}
        self._calendar = calendar
        self._scenes = {
            textual: Scene(direction, textual, self.old, self.new, self._judge(textual), calendar.is_over)
            for textual in (False, True)
        }

    def key(self, old: str | None, new: str | None, *, textual: bool = False) -> Key:
        """Return the key of two schemas; None stands for anything."""
        return Key(
            self.old.node(old) if old is not None else (),
            self.new.node(new) if new is not None else (),
            textual,
        )

    def pair(self, key: Key) -> Pair:
        """Return what is known of a pair, found out when it is asked for the first time."""
        found = self._pairs.get(key)
        if found is not None:
            return found
        # It stands here before it is whole: unions may lead back to it.
        pair = self._pairs[key] = Pair()
        if key.old == key.new == () or self._equality.same(key.old, key.new):
            return pair
        try:
            self._fill(pair, key)
        except RecursionError:
            pair.children.clear()
            pair.differences[:] = [Difference("not-compared", Effect.UNKNOWN, TOO_DEEP)]
        return pair

    def _fill(self, pair: Pair, key: Key) -> None:
        old, new, scene = self.old.of(key.old), self.new.of(key.new), self._scenes[key.textual]
        is_whole = unions.is_whole(old, new, scene)
        for rule in WHOLE if is_whole else RULES:
            pair.differences += rule(old, new, scene)
        pair.differences += schema_lifecycle(old, new, scene, self._calendar)
        for kind in () if is_whole else CHILDREN:
            for step, before, after in kind(old, new, scene):
                hidden = key.hidden or (self.old.hidden(before) and self.new.hidden(after))
                pair.children.append((step, Key(before, after, key.textual, hidden)))

    def worst(self, key: Key) -> Verdict | None:
        """Return the worst of all differences from a pair on, None for no difference."""
        if key not in self._worst:
            found = [
                self.verdict_of(item, at) for at in self._reach(key) for item in self.pair(at).differences
            ]
            self._worst[key] = min(found, key=lambda verdict: verdict.rank, default=None)
        return self._worst[key]

    def verdict_of(self, difference: Difference, key: Key) -> Verdict:
        """Return the verdict on a difference."""
        if key.hidden:
            return Verdict.SAFE
        return difference.verdict or law(difference.effect, self.direction)

    def seen(self, roots: Sequence[Root]) -> Iterator[Seen]:
        """Yield all pairs with differences that messages lead to, each once."""
        came: dict[Key, tuple[Key, Step | None] | Root] = {}
        owners: dict[Key, int] = {}
        waiting: deque[Key] = deque()
        for root in roots:
            if root.key not in came:
                came[root.key] = root
                waiting.append(root.key)
            owners[root.key] = owners.get(root.key, 0) | 1 << root.operation
        order: list[Key] = []
        while waiting:
            key = waiting.popleft()
            order.append(key)
            for step, child in self.pair(key).children:
                if child not in came:
                    came[child] = key, step
                    waiting.append(child)
        moving = deque(order)
        queued = set(order)
        while moving:
            key = moving.popleft()
            queued.discard(key)
            bits = owners.get(key, 0)
            for _, child in self.pair(key).children:
                if bits & ~owners.get(child, 0):
                    owners[child] = owners.get(child, 0) | bits
                    if child not in queued:
                        queued.add(child)
                        moving.append(child)
        for key in order:
            differences = self.pair(key).differences
            if differences:
                root, steps = _way(key, came)
                yield Seen(key, tuple(differences), root, steps, tuple(_bits(owners[key])))

    def _judge(self, textual: bool) -> Callable[[Node, Node], Verdict | None]:
        return lambda old, new: self.worst(Key(old, new, textual))

    def _reach(self, start: Key) -> list[Key]:
        seen = {start}
        waiting = [start]
        for key in waiting:
            for _, child in self.pair(key).children:
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)
        return waiting


def _way(key: Key, came: dict[Key, tuple[Key, Step | None] | Root]) -> tuple[Root, tuple[Step, ...]]:
    steps: list[Step] = []
    found = came[key]
    while not isinstance(found, Root):
        before, step = found
        if step is not None:
            steps.append(step)
        found = came[before]
    return found, tuple(reversed(steps))


def _bits(bits: int) -> Iterator[int]:
    index = 0
    while bits:
        if bits & 1:
            yield index
        bits >>= 1
        index += 1
