"""The resources of a plan that can be tried: something makes records of them, and something shows them again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mockserver.contract.requests.places import Names
from mockserver.document.naming import variables
from mockserver.document.plan import ABSENT, Action, OperationPlan, Plan, Resource

Wanted = Callable[[OperationPlan], bool]


@dataclass(frozen=True, slots=True)
class Subject:
    """One resource with the operations that tell its story; None for what it has not.

    Attributes:
        parents: Resources of which a record must be there first.
        friends: Resources that its records may refer to.
    """

    resource: Resource
    create: OperationPlan
    get: OperationPlan | None = None
    list: OperationPlan | None = None
    update: OperationPlan | None = None
    delete: OperationPlan | None = None
    parents: tuple[str, ...] = ()
    friends: tuple[str, ...] = ()

    @property
    def operations(self) -> Iterator[OperationPlan]:
        """Its operations."""
        for operation in (self.create, self.get, self.list, self.update, self.delete):
            if operation is not None:
                yield operation


def subjects_of(plan: Plan, wanted: Wanted) -> list[Subject]:
    """Return what can be tried, parents and what is referred to first.

    Args:
        plan: What the operations do.
        wanted: Whether an operation is to be called; a parent's creation is, whenever a child needs it.
    """
    names = Names(plan)
    found: dict[str, Subject] = {}
    for resource in plan.resources.values():
        own = [item for item in plan.operations.values() if item.resource is resource]
        create = _first(own, Action.CREATE)
        if create is None or resource.singleton:
            continue
        found[resource.name] = Subject(
            resource,
            create,
            _first(own, Action.GET),
            _first(own, Action.LIST),
            _first(own, Action.UPDATE) or _first(own, Action.REPLACE),
            _first(own, Action.DELETE),
            tuple(dict.fromkeys(_parents(own, names))),
            tuple(reference.resource for reference in resource.references.values()),
        )
    needed = {name for name, subject in found.items() if any(map(wanted, subject.operations))}
    return [found[name] for name in _in_order(found, needed)]


def _first(own: list[OperationPlan], action: Action) -> OperationPlan | None:
    """Return the plainest operation of an action: about one record, not a sub-action, the shortest path first."""

    def is_plain(item: OperationPlan) -> bool:
        is_about_many = item.items is not ABSENT or item.ids is not ABSENT
        needs_body = action is Action.LIST and item.operation.request_body is not None
        is_sub_action = action is Action.UPDATE and bool(item.set or item.when)
        return not (is_about_many or is_sub_action or needs_body)

    fitting = [item for item in own if item.action is action and is_plain(item)]
    return min(fitting, key=lambda item: len(item.operation.path), default=None)


def _parents(own: list[OperationPlan], names: Names) -> Iterator[str]:
    for item in own:
        about = names.of(item.operation.path, item)
        for name in variables(item.operation.path):
            if name in about and about[name][0] != item.resource.name:
                yield about[name][0]


def _in_order(found: dict[str, Subject], needed: set[str]) -> list[str]:
    """Return the names of what is needed, each after those that it needs or refers to; circles are cut."""
    ordered: dict[str, None] = {}
    entered: set[str] = set()

    def visit(name: str) -> None:
        if name in entered or name not in found:
            return
        entered.add(name)
        for other in (*found[name].parents, *found[name].friends):
            visit(other)
        ordered[name] = None

    for name in found:
        if name in needed:
            visit(name)
    return list(ordered)
