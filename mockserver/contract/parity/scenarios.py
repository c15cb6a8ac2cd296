"""Steps from a plan: of each resource, parents first, records are made, read, listed, changed and deleted.

A scenario makes all that it needs itself, the parents of its records too, so that none depends on another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from mockserver.contract.parity import lists, refusals
from mockserver.contract.parity.steps import LOCATION, SAFE, Scenario, Step, Writes, is_own
from mockserver.contract.reading import at
from mockserver.contract.requests.maker import CannotMake, Draft, Maker
from mockserver.contract.requests.places import sent_at
from mockserver.contract.requests.slots import Slot, put
from mockserver.document.model import Operation
from mockserver.document.plan import ABSENT, Action, OperationPlan, Resource

_CHANGES: Final = (Action.UPDATE, Action.REPLACE, Action.UPSERT)
_VARIANTS: Final = 4
"""Bodies that are made for a second record, of which the one is taken that is least like the first."""
_DEPTH: Final = 6
"""Parents of parents that are made."""


class Scenarios:
    """Makes the scenarios of one document.

    Args:
        maker: Makes the requests.
        writes: How far they may change a server.
        wanted: Tells whether an operation is to be compared; others are called only where they are needed for it.
    """

    def __init__(self, maker: Maker, writes: Writes, wanted: Callable[[Operation], bool]) -> None:
        self.maker = maker
        self.writes = writes
        self._wanted = wanted
        self._of: dict[str, list[OperationPlan]] = {}
        for plan in maker.plan.operations.values():
            self._of.setdefault(plan.resource.name, []).append(plan)

    def all(self) -> Iterator[Scenario]:
        """Yield all scenarios; a wanted operation that none of them calls has one that says why."""
        reached: set[str] = set()
        reasons: dict[str, str] = {}
        for scenario in (*self._resources(reasons), *self._others(reasons)):
            called = {step.operation.id for step in scenario.steps if step.operation is not None}
            if called & self._ids():
                reached |= called
                yield scenario
        for operation in self.maker.document.operations.values():
            if operation.id in self._ids() - reached:
                reason = reasons.get(operation.id) or self._reason(operation)
                yield Scenario(str(operation), "", (), reason, frozenset({operation.id}))

    def _ids(self) -> set[str]:
        return {item.id for item in self.maker.document.operations.values() if self._wanted(item)}

    def _reason(self, operation: Operation) -> str:
        if operation.method not in SAFE and self.writes is Writes.NONE:
            return "it may change the real server; --write own allows it"
        if operation.method not in SAFE and self.writes is Writes.OWN:
            return "it may change what this run has not made; --write all allows it"
        return "it needs a record, and nothing here makes or lists one"

    def _resources(self, reasons: dict[str, str]) -> Iterator[Scenario]:
        for resource in sorted(self.maker.plan.resources.values(), key=lambda item: self._height(item, 0)):
            plans = self._of.get(resource.name, [])
            if not any(plan.operation.id in self._ids() for plan in plans):
                continue
            try:
                make = self._singleton if resource.singleton else self._life
                steps = tuple(self._allowed(make(resource, plans)))
            except CannotMake as error:
                reasons.update(dict.fromkeys((plan.operation.id for plan in plans), str(error)))
                continue
            if steps:
                yield Scenario(
                    resource.name, resource.name, steps, "", frozenset(plan.operation.id for plan in plans)
                )

    def _height(self, resource: Resource, depth: int) -> int:
        parents = [item.resource for item in resource.references.values() if item.resource != resource.name]
        if depth > _DEPTH or not parents:
            return 0
        return 1 + max(self._height(self.maker.plan.resources[name], depth + 1) for name in parents)

    def _allowed(self, steps: Iterator[Step]) -> Iterator[Step]:
        for step in steps:
            operation = step.operation
            is_safe = operation is None or operation.method in SAFE
            if is_safe or self.writes is Writes.ALL or (self.writes is Writes.OWN and is_own(step)):
                yield step

    def obtained(self, names: Collection[str], known: dict[str, str], depth: int = 0) -> list[Step]:
        """Return the steps after which records of some resources are known, parents first.

        Args:
            names: Resources.
            known: Resource -> binding; what becomes known is added.
            depth: How many parents led here.

        Raises:
            CannotMake: There is no way to one of them.
        """
        steps: list[Step] = []
        for name in names:
            if name in known:
                continue
            if depth > _DEPTH:
                raise CannotMake(f"the parents of {name} have no end")
            found = self._made(name, known, depth) or self._picked(name, known, depth)
            if found is None:
                raise CannotMake(
                    f"it needs one of {name}, and no operation that may be used makes or lists them"
                )
            steps += found
            known[name] = name
        return steps

    def _made(self, name: str, known: dict[str, str], depth: int) -> list[Step] | None:
        """Return the steps that make a record, None where that is not possible."""
        if self.writes is Writes.NONE:
            return None
        for plan in sorted(self._of.get(name, ()), key=lambda item: item.action is not Action.CREATE):
            if _makes_one(plan):
                try:
                    own = dict(known)
                    steps = self.obtained(self.maker.needs(plan.operation), own, depth + 1)
                    made = self.creation(plan, own, name, title=f"make one of {name} for what follows")
                except CannotMake:
                    continue
                known.update(own)
                return [*steps, made]
        return None

    def _picked(self, name: str, known: dict[str, str], depth: int) -> list[Step] | None:
        """Return the steps that read a record which is there already, None where nothing lists them."""
        for plan in self._of.get(name, ()):
            if plan.action is Action.LIST and plan.operation.method in SAFE:
                try:
                    own = dict(known)
                    steps = self.obtained(self.maker.needs(plan.operation), own, depth + 1)
                    draft = self.maker.draft(plan.operation, own)
                except CannotMake:
                    continue
                known.update(own)
                return [*steps, Step(f"list {name}", draft, plan.operation, plan, picks=name)]
        return None

    def creation(
        self,
        plan: OperationPlan,
        known: dict[str, str],
        binding: str,
        *,
        variant: int = 0,
        title: str = "create",
    ) -> Step:
        """Return the step that makes a record and remembers it under a name; it knows how to take it back."""
        assumed: Any = None
        if plan.action is Action.UPSERT:
            draft, assumed = self.maker.new(plan, known, variant=variant)
        else:
            draft = self.maker.draft(plan.operation, known, variant=variant)
        sent = _record_of(plan, draft)
        id = tuple(plan.resource.id_property.split("."))
        chosen = at(sent, id)
        if assumed is None and plan.resource.client_ids and chosen is not ABSENT:
            assumed = put({}, id, chosen)
        undo = self._undo(plan.resource, known, binding)
        return Step(
            title,
            draft,
            plan.operation,
            plan,
            saves=binding,
            assumed=assumed,
            echo=sent,
            made=True,
            undo=undo,
        )

    def _undo(self, resource: Resource, known: dict[str, str], binding: str) -> Draft | None:
        """Return what deletes a record, None where nothing does."""
        for plan in self._of.get(resource.name, ()):
            if plan.action is Action.DELETE and plan.ids is ABSENT:
                try:
                    return self.maker.draft(plan.operation, {**known, resource.name: binding}, lean=True)
                except CannotMake:
                    continue
        return None

    def _life(self, resource: Resource, plans: list[OperationPlan]) -> Iterator[Step]:
        """Yield the steps of a record's life."""
        name = resource.name
        known: dict[str, str] = {}
        creates = [plan for plan in plans if plan.action is Action.CREATE and plan.items is ABSENT]
        creates = creates or [plan for plan in plans if _makes_one(plan)]
        is_own = bool(creates) and self.writes is not Writes.NONE
        echo: Any = ABSENT
        if is_own:
            yield from self.obtained(self.maker.needs(creates[0].operation), known)
            yield from lists.before(self.maker, plans, known)
            first = self.creation(creates[0], known, name)
            shown = self._shown(plans, {**known, name: name})
            yield first
            echo = first.echo
            yield from refusals.of_creation(
                self.maker, creates[0], known, self._undo(resource, known, refusals.UNWANTED)
            )
            if first.saves and shown is not None:
                at_it = Slot(LOCATION.format(name))
                yield Step(
                    "follow Location", shown[1], shown[0].operation, shown[0], echo=echo, follows=at_it
                )
            yield self._another(plans, creates[0], known, name, echo)
            for number, plan in enumerate(creates[1:], 2):
                try:
                    yield self.creation(
                        plan, known, f"{name} {number + 1}", variant=number, title="create another"
                    )
                except CannotMake:
                    continue
        elif any(plan.action is Action.LIST for plan in plans):
            steps = self.obtained([name], known)
            if steps[-1].plan is not None and steps[-1].plan.resource.name == name:
                steps[-1] = replace(steps[-1], title="list")
            yield from steps
        known = {**known, name: name}
        yield from self._read(plans, known, echo, "get")
        yield from lists.about(self.maker, plans, known, name, is_own=is_own, echo=echo)
        yield from refusals.of_reading(self.maker, plans, known)
        if is_own:
            yield from self._changes(plans, known, echo)
            yield from refusals.of_writing(self.maker, plans, known)
            yield from self._deletion(plans, known)
        if self.writes is Writes.ALL:
            yield from self._many(plans, known)

    def _shown(self, plans: list[OperationPlan], known: dict[str, str]) -> tuple[OperationPlan, Draft] | None:
        """Return what reads a record, None where nothing does."""
        for plan in plans:
            if plan.action is Action.GET and plan.ids is ABSENT:
                with suppress(CannotMake):
                    return plan, self.maker.draft(plan.operation, known)
        return None

    def _another(
        self, plans: list[OperationPlan], plan: OperationPlan, known: dict[str, str], name: str, echo: Any
    ) -> Step:
        """Return the step that makes a second record, other than the first in all that lists look at, if possible."""
        looked = {item.path[0] for one in plans for item in one.filters if item.path}
        others = [
            self.creation(plan, known, f"{name} 2", variant=variant, title="create another")
            for variant in range(1, _VARIANTS + 1)
        ]
        if not isinstance(echo, dict):
            return others[0]

        def alike(step: Step) -> tuple[int, int]:
            sent = step.echo if isinstance(step.echo, dict) else {}
            same = [key for key, value in echo.items() if sent.get(key) == value]
            return len(looked.intersection(same)), len(same)

        return min(others, key=alike)

    def _read(
        self, plans: list[OperationPlan], known: dict[str, str], echo: Any, title: str
    ) -> Iterator[Step]:
        for plan in plans:
            if plan.action is Action.GET and plan.ids is ABSENT:
                try:
                    draft = self.maker.draft(plan.operation, known)
                except CannotMake:
                    continue
                yield Step(title, draft, plan.operation, plan, echo=echo)

    def _changes(self, plans: list[OperationPlan], known: dict[str, str], echo: Any) -> Iterator[Step]:
        # Sub-actions come last: a record that was cancelled may not be changed any more.
        changes = [
            plan for plan in plans if plan.action in _CHANGES and plan.items is ABSENT and plan.ids is ABSENT
        ]
        for number, plan in enumerate(sorted(changes, key=lambda item: bool(item.set or item.when)), 1):
            try:
                draft = self.maker.draft(plan.operation, known, variant=number)
            except CannotMake:
                continue
            sent = _record_of(plan, draft)
            if plan.action is Action.UPDATE and not plan.set:
                part = self._part(plan, draft)
                if part is not None:
                    changed = _merged(echo, _record_of(plan, part))
                    yield Step("update one property", part, plan.operation, plan, echo=changed)
                    yield from self._read(plans, known, changed, "get after update of one property")
            if isinstance(sent, dict) and not plan.set:
                is_whole = plan.action is not Action.UPDATE
                echo = sent if is_whole or not isinstance(echo, dict) else _merged(echo, sent)
            elif plan.set and isinstance(echo, dict):
                echo = {key: value for key, value in echo.items() if key not in plan.set}
            title = {Action.UPDATE: "update", Action.REPLACE: "replace"}.get(plan.action, "put")
            if plan.set:
                title = f"do {plan.operation.path.rstrip('/').rpartition('/')[2]}"
            yield Step(title, draft, plan.operation, plan, echo=echo)
            yield from self._read(plans, known, echo, f"get after {title}")

    def _part(self, plan: OperationPlan, draft: Draft) -> Draft | None:
        """Return a change of one property, None where the document does not allow that."""
        place, record = sent_at(plan), _record_of(plan, draft)
        if place is None or draft.media is None or draft.media.schema is None or not isinstance(record, dict):
            return None
        for name, value in record.items():
            body = put(draft.body, place, {name: value})
            if len(record) > 1 and not isinstance(value, Slot) and self.maker.takes(draft.media, body):
                return replace(draft, body=body)
        return None

    def _deletion(self, plans: list[OperationPlan], known: dict[str, str]) -> Iterator[Step]:
        deletes = [plan for plan in plans if plan.action is Action.DELETE and plan.ids is ABSENT]
        for plan in deletes[:1]:
            try:
                draft = self.maker.draft(plan.operation, known, lean=True)
            except CannotMake:
                continue
            name = plan.resource.name
            yield Step("delete", draft, plan.operation, plan, forgets=name)
            yield from self._read(plans, known, ABSENT, "get what was deleted")
            yield Step("delete what was deleted", draft, plan.operation, plan)
            yield from lists.after(self.maker, plans, known, name)

    def _many(self, plans: list[OperationPlan], known: dict[str, str]) -> Iterator[Step]:
        """Yield requests about many records: what they make is not known, and stays."""
        for plan in plans:
            is_many = plan.items is not ABSENT or plan.ids is not ABSENT
            if is_many or plan.action in (Action.COUNT, Action.DELETE_MATCHING):
                try:
                    yield Step(
                        "ask about many", self.maker.draft(plan.operation, known), plan.operation, plan
                    )
                except CannotMake:
                    continue

    def _singleton(self, resource: Resource, plans: list[OperationPlan]) -> Iterator[Step]:
        known: dict[str, str] = {}
        needs = [name for plan in plans for name in self.maker.needs(plan.operation)]
        yield from self.obtained(list(dict.fromkeys(needs)), known)
        yield from self._read(plans, known, ABSENT, "get")
        yield from self._changes([*plans], known, ABSENT)

    def _others(self, reasons: dict[str, str]) -> Iterator[Scenario]:
        """Yield a scenario for each operation without state."""
        for operation in self.maker.document.operations.values():
            if operation.id in self.maker.plan.operations or operation.id not in self._ids():
                continue
            if operation.method not in SAFE and self.writes is not Writes.ALL:
                continue
            try:
                known: dict[str, str] = {}
                steps = self.obtained(self.maker.needs(operation), known)
                steps.append(Step("call", self.maker.draft(operation, known), operation))
                steps += refusals.of_call(self.maker, operation, known)
            except CannotMake as error:
                reasons[operation.id] = str(error)
                continue
            group = operation.tags[0] if operation.tags else ""
            yield Scenario(str(operation), group, tuple(steps), "", frozenset({operation.id}))


def _makes_one(plan: OperationPlan) -> bool:
    """Return whether an operation makes a record, maybe under an id of the client's."""
    return plan.action in (Action.CREATE, Action.UPSERT) and plan.items is ABSENT and plan.ids is ABSENT


def _record_of(plan: OperationPlan, draft: Draft) -> Any:
    """Return what a request says of the record, a template; ABSENT for nothing."""
    place = sent_at(plan)
    return ABSENT if place is None or draft.body is ABSENT else at(draft.body, place)


def _merged(old: Any, new: Any) -> Any:
    """Return what is known of a record after a merge (RFC 7396)."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{name: _merged(old.get(name), value) for name, value in new.items()}}
