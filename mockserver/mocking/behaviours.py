"""What each action does: one table, action -> function of (operation, request, scope)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from mockserver.document import pointer as ptr
from mockserver.document.plan import ABSENT, Action, OperationPlan
from mockserver.errors import Json
from mockserver.mocking.exchange import Request
from mockserver.mocking.page import Page
from mockserver.mocking.queries import ListQuery
from mockserver.mocking.resources import Change, Rules, State, StateScope
from mockserver.mocking.store import Record, atomically
from mockserver.mocking.values import Value


@dataclass(slots=True)
class Outcome:
    """What an action did.

    Attributes:
        records: The records that it made, found, changed or deleted.
        many: Whether the answer is a list of them.
        page: The page, for lists and everything with many records.
    """

    records: list[Record]
    many: bool = False
    page: Page | None = None


class StatefulOperation:
    """One operation of the plan, compiled."""

    def __init__(self, plan: OperationPlan, rules: Rules) -> None:
        self.plan = plan
        self.kind = rules.kinds[plan.resource.name]
        compiler = rules.compiler

        def compiled(raw: Json, name: str) -> Value | None:
            return (
                None if raw is ABSENT else compiler.compile(raw, plan.resource, ptr.join(plan.pointer, name))
            )

        self.ids = compiled(plan.ids, "ids")
        self.item = compiled(plan.item, "item")
        self.items = compiled(plan.items, "items")
        self.answer = compiled(plan.answer, "answer")
        self.set = {
            name: compiler.compile(raw, plan.resource, ptr.join(plan.pointer, "set", name))
            for name, raw in plan.set.items()
        }
        self.query = ListQuery(plan, rules)
        path_names = [parameter.name for parameter in plan.operation.parameters if parameter.place == "path"]
        ordered = sorted(path_names, key=lambda name: plan.operation.path.find("{" + name + "}"))
        self.bindings = [name for name in ordered if name in plan.resource.references]
        self.id = compiled(plan.id, "id")
        if self.id is None and ordered and ordered[-1] not in self.bindings:
            last = ordered[-1]
            self.id = lambda scope: None if scope.request is None else scope.request.path.get(last)
        self._act = ACTIONS[plan.action]
        self._writes = plan.action not in READING or plan.resource.singleton

    def run(self, request: Request, scope: StateScope) -> Outcome:
        """Do it.

        Raises:
            Refusal: What was asked for is not there, or not possible.
        """
        if not self._writes:
            return self._act(self, request, scope)
        return atomically(scope.state.store, lambda: self._act(self, request, scope))

    def bound(self, request: Request, state: State) -> dict[str, Json]:
        """Return the parents that the path names.

        Raises:
            Refusal: One of them is not there.
        """
        bound: dict[str, Json] = {}
        for name in self.bindings:
            id = request.path.get(name)
            target = self.plan.resource.references[name].resource
            parent = state.find(target, id)
            if parent is None or any(parent.get(key, value) != value for key, value in bound.items()):
                raise state.missing(state.kinds[target], id)
            bound[name] = id
        return bound

    def record(self, request: Request, scope: StateScope) -> Record:
        """Return the record that the request names.

        Raises:
            Refusal: There is none.
        """
        bound = self.bound(request, scope.state)
        return self.by_id(self.id(scope) if self.id else None, bound, scope.state)

    def by_id(self, id: Json, bound: Mapping[str, Json], state: State) -> Record:
        """Return a record by its id.

        Raises:
            Refusal: There is none below these parents.
        """
        record = state.store.get(self.kind.name, id) if isinstance(id, str | int) else None
        if record is None or any(record.data.get(name) != value for name, value in bound.items()):
            raise state.missing(self.kind, id)
        return record

    def page_of(self, records: list[Record]) -> Page:
        """Return records as a page; what of them is shown depends on the answer (`mocking.rendering`)."""
        return Page(items=(), records=records, total=len(records), offset=0, limit=len(records))


def _create(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    state, kind = scope.state, operation.kind
    bound = operation.bound(request, scope.state)
    if operation.items is None:
        sent = request.body if operation.item is None else operation.item(scope)
        change = Change(sent if isinstance(sent, dict) else {}, bound, operation.set)
        return Outcome([state.create(kind, change, scope)])
    sent = operation.items(scope)
    records = [
        state.create(kind, Change(item if isinstance(item, dict) else {}, bound, operation.set), scope)
        for item in (sent if isinstance(sent, list) else ())
    ]
    return Outcome(records, many=True, page=operation.page_of(records))


def _get(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    return Outcome([operation.record(request, scope)])


def _list(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    records, page = operation.query.select(scope, operation.bound(request, scope.state))
    return Outcome(records, many=True, page=page)


def _count(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    _, page = operation.query.select(scope, operation.bound(request, scope.state), counts=True)
    return Outcome([], many=True, page=page)


def _update(
    operation: StatefulOperation, request: Request, scope: StateScope, *, whole: bool = False
) -> Outcome:
    record = operation.record(request, scope)
    sent = request.body if operation.item is None else operation.item(scope)
    given = sent if isinstance(sent, dict) else {}
    if whole:
        # The record stays below the parents that the path names, also when the body is silent about them.
        given = {**operation.bound(request, scope.state), **given}
    change = Change(given, {}, operation.set)
    return Outcome([scope.state.update(operation.kind, record, change, scope, whole=whole)])


def _replace(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    return _update(operation, request, scope, whole=True)


def _upsert(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    bound = operation.bound(request, scope.state)
    id = operation.id(scope) if operation.id else None
    if isinstance(id, str | int) and not scope.state.store.is_used(operation.kind.name, id):
        sent = request.body if operation.item is None else operation.item(scope)
        change = Change(sent if isinstance(sent, dict) else {}, bound, operation.set)
        return Outcome([scope.state.create(operation.kind, change, scope, id=id)])
    return _update(operation, request, scope, whole=True)


def _delete(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    state, kind = scope.state, operation.kind
    if operation.ids is None:
        return Outcome(state.delete(kind, [operation.record(request, scope)], scope))
    bound = operation.bound(request, scope.state)
    ids = operation.ids(scope)
    # All are looked up before the first is deleted: an unknown one leaves everything as it was.
    records = {record.id: record for record in (operation.by_id(id, bound, state) for id in (ids or ()))}
    gone = state.delete(kind, list(records.values()), scope)
    return Outcome(gone, many=True, page=operation.page_of(gone))


def _delete_matching(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    found, _ = operation.query.select(scope, operation.bound(request, scope.state))
    gone = scope.state.delete(operation.kind, found, scope)
    return Outcome(gone, many=True, page=operation.page_of(gone))


ACTIONS: Final[Mapping[Action, Callable[[StatefulOperation, Request, StateScope], Outcome]]] = {
    Action.CREATE: _create,
    Action.GET: _get,
    Action.LIST: _list,
    Action.COUNT: _count,
    Action.UPDATE: _update,
    Action.REPLACE: _replace,
    Action.UPSERT: _upsert,
    Action.DELETE: _delete,
    Action.DELETE_MATCHING: _delete_matching,
}

READING: Final = frozenset({Action.GET, Action.LIST, Action.COUNT})
"""Actions that change nothing, but for making the record of a singleton. The others run in a transaction."""
