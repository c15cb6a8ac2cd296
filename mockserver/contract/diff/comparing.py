"""Compares two documents: the door of this package."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Final, NamedTuple, Self

from mockserver.contract.diff import answers, hooks, operations, requests, security, versions
from mockserver.contract.diff.changes import Change, Spot, advice_of, id_of, worst_first
from mockserver.contract.diff.differences import Difference, raw
from mockserver.contract.diff.graph import Comparison, Root
from mockserver.contract.diff.ground import Ground, Local, OperationRule, Schemas
from mockserver.contract.diff.lifecycle import Calendar
from mockserver.contract.diff.marks import LEVELS
from mockserver.contract.diff.matching import match
from mockserver.contract.diff.nodes import Node
from mockserver.contract.diff.verdicts import Verdict, law, reason_of
from mockserver.document.dialect import Direction
from mockserver.document.model import Document, Operation

RULES: Final[tuple[OperationRule, ...]] = (
    *operations.RULES, *security.RULES, *requests.RULES, *answers.RULES,
)  # fmt: skip
HOOK_RULES: Final = (operations.life, operations.stability, *requests.RULES, *answers.RULES)
"""What is asked of webhooks and callbacks."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a person chose.

    Attributes:
        include: Patterns of paths (`/pets*`) that are compared; empty for all.
        exclude: Patterns of paths that are not.
        deprecation_days: Days that a sunset must be away when it is announced; 0 where none needs to be.
        stability: The least `x-stability-level` whose operations may break nobody.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    deprecation_days: int = 0
    stability: str = "beta"

    def takes(self, path: str) -> bool:
        """Return whether a path is compared."""
        is_wanted = not self.include or any(fnmatchcase(path, pattern) for pattern in self.include)
        return is_wanted and not any(fnmatchcase(path, pattern) for pattern in self.exclude)


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it.

    Attributes:
        changes: The worst first, otherwise in the order of the old document.
        operations: Those that were looked at, by their names; those that are only in the new document come last.
    """

    old: Document
    new: Document
    changes: tuple[Change, ...]
    operations: tuple[str, ...]


class _Id(NamedTuple):
    """What makes two changes one."""

    id: str
    verdict: Verdict
    direction: Direction | None
    text: str
    old: str
    new: str


Place = Callable[[Document, str], Spot]
"""Finds where something stands in what the author wrote."""


def unplaced(document: Document, pointer: str) -> Spot:
    """Return a place without a line."""
    file, origin = document.origin(pointer)
    return Spot(file or str(document.source), origin if pointer else "")


def compare(
    old: Document, new: Document, today: date, options: Options | None = None, place: Place = unplaced
) -> Compared:
    """Return what changed between two documents.

    Args:
        old: What clients know.
        new: What they will meet.
        today: Decides about sunsets.
        options: None for the defaults.
        place: Finds lines.
    """
    chosen = options or Options()
    calendar = Calendar(today, chosen.deprecation_days)
    run = _Run(old, new, calendar, chosen, place).run()
    changes, names = [*run.changes()], [*run.names]
    hooked = hooks.pair(old, new)
    if hooked is not None:
        found = _Run(
            hooked.old, hooked.new, calendar, chosen, hooked.placed(place, old, new), are_hooks=True
        ).run()
        changes += found.changes()
        names += found.names
    changes += versions.changes(old, new, changes, place)
    return Compared(old, new, tuple(worst_first(changes)), tuple(names))


class _Run:
    """One comparison.

    Args:
        are_hooks: Whether the server is the client in these operations (`hooks`).
    """

    def __init__(
        self,
        old: Document,
        new: Document,
        calendar: Calendar,
        options: Options,
        place: Place,
        *,
        are_hooks: bool = False,
    ) -> None:
        self.are_hooks = are_hooks
        self.ground = Ground(old, new, calendar)
        self.options = options
        self.place = place
        self.names: list[str] = []
        self.unstable: set[str] = set()
        self.found: dict[_Id, tuple[Change, list[str]]] = {}
        self.roots: dict[Direction, list[Root]] = {direction: [] for direction in Direction}
        self.comparisons = {direction: Comparison(old, new, direction, calendar) for direction in Direction}

    def run(self) -> Self:
        old, new = self.ground.old, self.ground.new
        matched = match(old, new)
        for operation, moved in matched.gone:
            if self._enter(operation, old):
                self._tell([operations.gone(operation, moved, self.ground)], self._name(operation))
        for before, after in matched.both:
            if self._enter(before, old):
                self._compare(before, after)
        for direction, comparison in self.comparisons.items():
            self._schemas(direction, comparison)
        for operation in matched.added:
            if self._enter(operation, new):
                self._tell([operations.added(operation)], self._name(operation))
        if not self.are_hooks:
            self._tell((item for item in security.schemes(self.ground) if isinstance(item, Local)), "")
        return self

    def changes(self) -> Iterator[Change]:
        """Yield what was found."""
        for change, names in self.found.values():
            yield self._settled(replace(change, operations=tuple(dict.fromkeys(names))))

    def _name(self, operation: Operation) -> str:
        return hooks.name_of(operation) if self.are_hooks else str(operation)

    def _enter(self, operation: Operation, document: Document) -> bool:
        if not self.options.takes(operation.path):
            return False
        name = self._name(operation)
        self.names.append(name)
        level = raw(document, operation.pointer).get("x-stability-level", LEVELS[-1])
        if level in LEVELS and LEVELS.index(level) < LEVELS.index(self.options.stability):
            self.unstable.add(name)
        return True

    def _compare(self, before: Operation, after: Operation) -> None:
        name = self._name(before)
        for rule in HOOK_RULES if self.are_hooks else RULES:
            for told in rule(before, after, self.ground):
                if isinstance(told, Local):
                    self._tell([told], name)
                else:
                    self._root(told, len(self.names) - 1)

    def _root(self, told: Schemas, operation: int) -> None:
        direction = hooks.flipped(told.direction) if self.are_hooks else told.direction
        key = self.comparisons[direction].key(told.old, told.new, textual=told.textual)
        self.roots[direction].append(Root(operation, told.scope, told.location, key))

    def _schemas(self, direction: Direction, comparison: Comparison) -> None:
        for seen in comparison.seen(self.roots[direction]):
            # The one that the location is of comes first.
            names = [self.names[index] for index in (seen.root.operation, *seen.operations)]
            for difference in seen.differences:
                identifier = id_of(
                    difference.kind,
                    direction,
                    seen.root.scope,
                    is_inner=bool(seen.steps),
                    is_hidden=seen.key.hidden,
                )
                if self.are_hooks:
                    identifier = hooks.id_of_schema(identifier)
                member = () if difference.name is None else (difference.name,)
                self._add(
                    identifier,
                    difference,
                    comparison.verdict_of(difference, seen.key),
                    direction,
                    (*seen.root.base, *seen.steps, *member),
                    names,
                    (seen.key.old, seen.key.new),
                )

    def _tell(self, told: Iterable[Local], name: str) -> None:
        for item in told:
            found, direction, identifier = (
                item.difference,
                item.direction,
                item.difference.kind.removeprefix("="),
            )
            if self.are_hooks:
                identifier = hooks.id_of_message(identifier)
                if direction is not None:
                    # What was said of it holds for the other side.
                    direction = hooks.flipped(direction)
                    found = replace(found, verdict=None, reason="")
            verdict = found.verdict or law(found.effect, direction)
            self._add(identifier, found, verdict, direction, item.location, [name] if name else [])

    def _add(
        self,
        identifier: str,
        found: Difference,
        verdict: Verdict,
        direction: Direction | None,
        location: tuple[str | int, ...],
        names: list[str],
        nodes: tuple[Node, Node] = ((), ()),
    ) -> None:
        key = _Id(identifier, verdict, direction, found.text, *found.at)
        known = self.found.get(key)
        if known is not None:
            known[1].extend(names)
            return
        reason = found.reason or reason_of(found.effect, direction)
        if verdict is Verdict.SAFE and not found.reason and law(found.effect, direction) is not Verdict.SAFE:
            reason = "It is not part of these messages."
        change = Change(
            identifier,
            verdict,
            found.effect,
            direction,
            found.text,
            reason,
            "",
            (),
            location,
            self.place(self.ground.old, found.at.old) if found.at.old else Spot("", ""),
            self.place(self.ground.new, found.at.new) if found.at.new else Spot("", ""),
            found.kind,
            *nodes,
            found.name,
            found.value,
        )
        self.found[key] = change, [*names]

    def _settled(self, change: Change) -> Change:
        """Return a change with what follows from all that it touches."""
        verdict, reason = change.verdict, change.reason
        if verdict is not Verdict.SAFE and change.operations and self.unstable.issuperset(change.operations):
            verdict = Verdict.SAFE
            reason = f"What is less stable than {self.options.stability} may change (x-stability-level)."
        return replace(
            change, verdict=verdict, reason=reason, advice=advice_of(change.id, verdict, change.direction)
        )
