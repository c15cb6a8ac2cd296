"""What each action does: one table, action -> function of (operation, request, scope)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from mockserver.document import pointer as ptr
from mockserver.document.naming import singular
from mockserver.document.plan import ABSENT, Action, OperationPlan
from mockserver.errors import FixtureError, Json, Refusal, RefusalKind
from mockserver.mocking import making
from mockserver.mocking.changes import is_json_patch
from mockserver.mocking.exchange import Request
from mockserver.mocking.identifiers import is_key
from mockserver.mocking.kinds import put
from mockserver.mocking.lookups import Lookup, single
from mockserver.mocking.page import Page
from mockserver.mocking.permits import permitted
from mockserver.mocking.queries import ListQuery
from mockserver.mocking.resources import Change, Rules, State, StateScope, Way
from mockserver.mocking.store import Record, atomically
from mockserver.mocking.store.interface import Key
from mockserver.mocking.store.ordering import at_path
from mockserver.mocking.values import Value, is_there, operator_of


@dataclass(slots=True)
class Outcome:
    """What an action did.

    Attributes:
        records: The records that it made, found, changed or deleted.
        many: Whether the answer is a list of them.
        page: The page, for lists and everything with many records.
        created: Whether the records are new.
    """

    records: list[Record]
    many: bool = False
    page: Page | None = None
    created: bool = False


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
        self.when = {
            name: [
                compiler.compile(value, plan.resource, ptr.join(plan.pointer, "when", name))
                for value in values
            ]
            for name, values in plan.when.items()
        }
        self.permitted = permitted(plan, rules.document.response_schemas, self.kind.read_only)
        self.query = ListQuery(plan, rules)
        self.lookup = Lookup(plan, rules)
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

    def record(self, request: Request, scope: StateScope) -> Record:
        """Return the record that the request names.

        Raises:
            Refusal: There is none.
        """
        return self.there(self.lookup.bound(request, scope), scope)

    def there(self, bound: Mapping[str, Json], scope: StateScope) -> Record:
        """Return the record that the request names, below parents that were looked up before.

        Raises:
            Refusal: There is none.
        """
        record = self.lookup.existing(bound, scope)
        if record is None and self.kind.plan.singleton:
            record = self._the_one(bound, scope.state)
        elif record is None and self.plan.generates_missing and not self.lookup.find:
            record = self._imagined(bound, scope)
        if record is None:
            raise scope.state.missing(self.kind, self.lookup.named(scope))
        return record

    def _the_one(self, bound: Mapping[str, Json], state: State) -> Record | None:
        """Make the record that there is exactly one of; None if it was deleted."""
        id = self.kind.single_id(bound)
        if state.store.is_used(self.kind.name, id):
            return None
        made = self._made(id, bound, state)
        return None if made is None else state.store.create(self.kind.name, id, made)

    def _imagined(self, bound: Mapping[str, Json], scope: StateScope) -> Record | None:
        """Make up a record that never was, and keep it if it is to be changed; None if it was deleted."""
        state, id = scope.state, self.lookup.named(scope)
        if not is_key(id) or state.is_used(self.kind, id):
            return None
        key = self.kind.typed_id(id)
        made = self._made(key, bound, state, refers=False)
        if made is None:
            return None
        scope.note(
            f"there is no {singular(self.kind.name)} {id!r}, and no error is declared for that: it is made up"
        )
        if self._writes:
            return state.store.create(self.kind.name, key, made)
        return Record(key, made, 0)

    def _made(
        self, id: Key, bound: Mapping[str, Json], state: State, *, refers: bool = True
    ) -> dict[str, Json] | None:
        given = dict(bound)
        self.kind.put_id(given, id)
        try:
            return making.make(state, self.kind, given, self.kind.name, refers=refers)[1]
        except FixtureError:
            return None  # the schema has no such record

    def by_ids(self, ids: Json, bound: Mapping[str, Json], state: State) -> list[Record]:
        """Return records by their ids, each once: a list, or a text with commas.

        Raises:
            Refusal: One of them is not there.
        """
        if ids is None:
            return []
        listed = ids.split(",") if isinstance(ids, str) else ids if isinstance(ids, list) else [ids]
        found: dict[Json, Record] = {}
        for item in listed:
            id = self.kind.id_of(item) if isinstance(item, dict) else item
            record = self.lookup.by_id(id.strip() if isinstance(id, str) else id, bound, state)
            if record is None:
                raise state.missing(self.kind, id)
            found[record.id] = record
        return list(found.values())

    def sent(self, request: Request, scope: StateScope) -> Json:
        """Return what the request says about the record; of a template, what it names and the request has."""
        if self.item is None:
            return self.kind.spelled(request.body)
        item, raw = self.item(scope), self.plan.item
        if isinstance(item, dict) and isinstance(raw, dict) and operator_of(raw) is None:
            item = {
                name: value
                for name, value in item.items()
                if value is not None or is_there(raw.get(name), scope)
            }
        return self.kind.spelled(item)

    def listed(self, scope: StateScope) -> list[Json]:
        """Return what the request says about each of several records."""
        said = None if self.items is None else self.items(scope)
        return [self.kind.spelled(item) for item in said] if isinstance(said, list) else []

    def check_state(self, record: Record, scope: StateScope) -> None:
        """Refuse what is not possible with a record as it is.

        Raises:
            Refusal: It does not have one of the values that the plan asks for.
        """
        scope.record = record.data
        for name, values in self.when.items():
            now = at_path(record.data, tuple(name.split(".")))
            wanted = [value(scope) for value in values]
            if now not in wanted:
                listed = " or ".join(repr(value) for value in wanted)
                message = f"{name} is {now!r}; this is only possible while it is {listed}"
                raise Refusal(RefusalKind.WRONG_STATE, message)

    def check_conditions(self, request: Request, record: Record | None) -> None:
        """Refuse a change under other conditions than those of the client.

        Raises:
            Refusal: See `Conditions.check`.
        """
        if request.conditions is not None:
            request.conditions.check(None if record is None else self.kind.tags_of(record))

    def page_of(self, records: list[Record]) -> Page:
        """Return records as a page; what of them is shown depends on the answer (`mocking.rendering`)."""
        return Page(items=(), records=records, total=len(records), offset=0, limit=len(records))


def _create(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    bound = operation.lookup.bound(request, scope)
    if operation.items is None:
        sent = operation.sent(request, scope)
        if request.conditions is not None:
            operation.check_conditions(request, _already_there(operation, sent, bound, scope))
        return Outcome([_make(operation, sent, bound, scope)], created=True)
    records = [_make(operation, item, bound, scope) for item in operation.listed(scope)]
    return Outcome(records, many=True, page=operation.page_of(records), created=True)


def _already_there(
    operation: StatefulOperation, sent: Json, bound: Mapping[str, Json], scope: StateScope
) -> Record | None:
    """Return the record that a client wants to make, where it says its id, or there is only one."""
    if operation.kind.plan.singleton:
        return single(operation.kind, bound, scope.state)
    id = operation.kind.id_of(sent) if operation.kind.plan.client_ids else None
    return operation.lookup.by_id(id, bound, scope.state)


def _make(
    operation: StatefulOperation, sent: Json, bound: Mapping[str, Json], scope: StateScope, *, id: Json = None
) -> Record:
    kind, state, found = operation.kind, scope.state, operation.lookup.found(scope)
    if kind.plan.singleton:
        previous = single(kind, bound, state)
        if previous is not None:
            # There is exactly one: who makes it again puts another in its place.
            change = Change(_object(sent), bound, operation.set, found=found, permitted=operation.permitted)
            return state.update(kind, previous, change, scope, way="whole")
        id = kind.next_single_id(state.store, bound)
    change = Change(_object(sent), bound, operation.set, found=found, permitted=operation.permitted)
    return state.create(kind, change, scope, id=id)


def _object(sent: Json) -> dict[str, Json]:
    return sent if isinstance(sent, dict) else {}


def _get(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    if operation.ids is None:
        return Outcome([operation.record(request, scope)])
    records = operation.by_ids(operation.ids(scope), operation.lookup.bound(request, scope), scope.state)
    return Outcome(records, many=True, page=operation.page_of(records))


def _list(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    records, page = operation.query.select(scope, operation.lookup.bound(request, scope))
    return Outcome(records, many=True, page=page)


def _count(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    _, page = operation.query.select(scope, operation.lookup.bound(request, scope), counts=True)
    return Outcome([], many=True, page=page)


def _update(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    return _changed(operation, request, scope, _merging(operation))


def _replace(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    return _changed(operation, request, scope, "whole")


def _merging(operation: StatefulOperation) -> Way:
    return "shallow" if operation.plan.merge == "shallow" else "deep"


def _changed(operation: StatefulOperation, request: Request, scope: StateScope, way: Way) -> Outcome:
    bound = operation.lookup.bound(request, scope)
    if operation.items is not None:
        records = [
            _change(operation, record, item, bound, scope, way)
            for item in operation.listed(scope)
            for record in operation.by_ids([item], bound, scope.state)
        ]
        return Outcome(records, many=True, page=operation.page_of(records))
    sent = operation.sent(request, scope)
    if is_json_patch(sent, request.media_type):
        way = "patch"
    if operation.ids is not None:
        found = operation.by_ids(operation.ids(scope), bound, scope.state)
        records = [_change(operation, record, sent, bound, scope, way) for record in found]
        return Outcome(records, many=True, page=operation.page_of(records))
    record = operation.there(bound, scope)
    operation.check_conditions(request, record)
    return Outcome([_change(operation, record, sent, bound, scope, way)])


def _change(
    operation: StatefulOperation,
    record: Record,
    sent: Json,
    bound: Mapping[str, Json],
    scope: StateScope,
    way: Way,
) -> Record:
    operation.check_state(record, scope)
    data = sent if way == "patch" else _object(sent)
    if way == "whole":
        # The record stays below the parents that the path names, also when the body is silent about them.
        data = {**bound, **data}
        for path, value in operation.lookup.found(scope).items():
            # What an upsert names is the record; a replacement may give it another name.
            if operation.plan.action is Action.UPSERT or at_path(data, path) is None:
                put(data, path, value)
    change = Change(data, {}, operation.set, permitted=operation.permitted)
    return scope.state.update(operation.kind, record, change, scope, way=way)


def _upsert(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    bound = operation.lookup.bound(request, scope)
    if operation.items is not None:
        done = [_put(operation, item, bound, scope) for item in operation.listed(scope)]
        records = [record for record, _ in done]
        return Outcome(records, many=True, page=operation.page_of(records))
    record = operation.lookup.existing(bound, scope)
    if record is not None:
        return _changed(operation, request, scope, "whole")
    operation.check_conditions(request, None)
    id = None if operation.lookup.find else operation.lookup.named(scope)
    return Outcome([_make(operation, operation.sent(request, scope), bound, scope, id=id)], created=True)


def _put(
    operation: StatefulOperation, item: Json, bound: Mapping[str, Json], scope: StateScope
) -> tuple[Record, bool]:
    """Replace or make one of many records; say whether it was made."""
    id = operation.kind.id_of(item)
    record = operation.lookup.by_id(id, bound, scope.state)
    if record is not None:
        return _change(operation, record, item, bound, scope, "whole"), False
    return _make(operation, item, bound, scope, id=id), True


def _delete(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    state, kind = scope.state, operation.kind
    bound = operation.lookup.bound(request, scope)
    # All are looked up before the first is deleted: an unknown one leaves everything as it was.
    found = (
        [operation.there(bound, scope)]
        if operation.ids is None
        else operation.by_ids(operation.ids(scope), bound, state)
    )
    for record in found:
        if operation.ids is None:
            operation.check_conditions(request, record)
        operation.check_state(record, scope)
    gone = state.delete(kind, found, scope)
    if operation.ids is None:
        return Outcome(gone)
    return Outcome(gone, many=True, page=operation.page_of(gone))


def _delete_matching(operation: StatefulOperation, request: Request, scope: StateScope) -> Outcome:
    found, _ = operation.query.select(scope, operation.lookup.bound(request, scope))
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
