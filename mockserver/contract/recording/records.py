"""What answers tell about the records of a server, put together: the seeds of a mock that has the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from mockserver.contract.reading import input_of, places_of
from mockserver.contract.recording.kept import Kept
from mockserver.document.plan import Action, OperationPlan
from mockserver.errors import Json, MockserverError
from mockserver.mocking.behaviours import StatefulOperation
from mockserver.mocking.changes import merged, replaced
from mockserver.mocking.identifiers import is_key
from mockserver.mocking.kinds import Kind
from mockserver.mocking.lookups import Bindings
from mockserver.mocking.resources import State, StateScope
from mockserver.mocking.rules import Rules, path_names
from mockserver.mocking.store import MemoryStore
from mockserver.mocking.store.ordering import at_path

_GONE: Final = frozenset({404, 410})
_ON_ONE: Final = frozenset({Action.GET, Action.UPDATE, Action.REPLACE, Action.UPSERT, Action.DELETE})
_WRITES: Final = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE, Action.UPSERT})

Data = dict[str, Json]


@dataclass(slots=True)
class Seen:
    """One record as it was seen.

    Attributes:
        last: As it was seen last.
        first: As it was before the recording changed it.
        is_new: Whether the recording made it.
        is_changed: Whether the recording changed or deleted it.
        is_gone: Whether it is deleted.
        shown: Operation id -> the properties that its last answer showed.
    """

    last: Data = field(default_factory=dict)
    first: Data = field(default_factory=dict)
    is_new: bool = False
    is_changed: bool = False
    is_gone: bool = False
    shown: dict[str, frozenset[str]] = field(default_factory=dict)


class Records:
    """Learns the records of a server from its answers.

    Args:
        rules: The plan, compiled.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._state = State(rules, MemoryStore())
        self._operations: dict[str, StatefulOperation] = {}
        self._bindings: dict[str, Bindings] = {}
        self._seen: dict[str, dict[str, Seen]] = {name: {} for name in rules.kinds}

    def take(self, kept: Kept) -> bool:
        """Learn from an exchange; say whether a mock with these records answers it, so that it need not be kept."""
        planned = self._rules.plan.operations.get(kept.operation.id)
        if planned is None:
            return False
        operation = self._operations.get(kept.operation.id)
        if operation is None:
            operation = self._operations[kept.operation.id] = StatefulOperation(planned, self._rules)
        scope = StateScope(self._state, request=kept.request, principal=self._rules.plan.principal)
        if kept.status in _GONE and planned.action in _ON_ONE:
            self._lose(self._named(operation, scope), operation.kind)
            return False
        if not kept.is_success:
            return False
        try:
            return self._learn(planned, operation, kept, scope)
        except MockserverError:
            return False  # a part of the request that the plan reads is not as it should be

    def seeds(self, which: str) -> dict[str, list[Data]]:
        """Return the records of each resource, as they were `first` or `last`, in the order in which they were seen."""
        found: dict[str, list[Data]] = {}
        for name, seen in self._seen.items():
            if which == "first":
                found[name] = [item.first for item in seen.values() if not item.is_new and item.first]
            else:
                found[name] = [item.last for item in seen.values() if not item.is_gone and item.last]
        return {name: records for name, records in found.items() if records}

    def gone(self) -> dict[str, set[str]]:
        """Return the keys of the records that are deleted, by resource."""
        return {
            name: {key for key, item in seen.items() if item.is_gone} for name, seen in self._seen.items()
        }

    def _learn(
        self, planned: OperationPlan, operation: StatefulOperation, kept: Kept, scope: StateScope
    ) -> bool:
        kind, action, places = operation.kind, planned.action, places_of(planned)
        bound = self._bound(kept, kind, scope)
        if action in (Action.DELETE, Action.DELETE_MATCHING):
            for id in self._ids(operation, scope):
                self._lose(id, kind)
            return True
        if action is Action.COUNT:
            return True
        items = places.items_in(kept.body)
        if items is not None:
            for item in items:
                self._see(kind, item, bound, kept, action)
            return True
        record = places.record_in(kept.body)
        if record is not None:
            id = kind.id_of(record)
            named = None if action is Action.CREATE else self._named(operation, scope)
            found = dict(bound)
            if operation.lookup.find:
                found.update({".".join(path): value for path, value in operation.lookup.found(scope).items()})
            self._see(kind, record, found, kept, action, id if is_key(id) else named, operation, scope)
            return True
        if action in (Action.GET, Action.LIST):
            return False
        # Done, and not shown: it is as it was sent. Another answer than the mock's own would leave it undone.
        id = self._from_location(kept) if action is Action.CREATE else self._named(operation, scope)
        if is_key(id):
            self._see(kind, {}, bound, kept, action, id, operation, scope)
        return True

    def _see(
        self,
        kind: Kind,
        record: Mapping[str, Any],
        bound: Mapping[str, Json],
        kept: Kept,
        action: Action,
        id: Json = None,
        operation: StatefulOperation | None = None,
        scope: StateScope | None = None,
    ) -> None:
        data = self._kept(kind, {**record, **bound})
        id = kind.id_of(data) if id is None else id
        if id is None and not bound and not kind.plan.singleton:
            return
        if is_key(id):
            kind.put_id(data, kind.typed_id(id))
        key = self._key(kind, id, bound)
        seen = self._seen[kind.name].get(key)
        if seen is None or (seen.is_gone and action is Action.CREATE):
            seen = self._seen[kind.name][key] = Seen(is_new=action is Action.CREATE)
        seen.is_gone = False
        if operation is not None and scope is not None and action in _WRITES:
            seen.is_changed = True
            data = {**self._written(seen, operation, kept, scope, record), **data}
        missing = seen.shown.get(kept.operation.id, frozenset()) - data.keys()
        seen.shown[kept.operation.id] = frozenset(data)
        seen.last = {name: value for name, value in seen.last.items() if name not in missing} | data
        if not seen.is_changed:
            seen.first = {name: value for name, value in seen.first.items() if name not in missing} | data
        elif not seen.is_new:
            # What was not shown before is as it was, as far as anybody knows.
            seen.first = {**data, **seen.first}

    def _written(
        self,
        seen: Seen,
        operation: StatefulOperation,
        kept: Kept,
        scope: StateScope,
        record: Mapping[str, Any],
    ) -> Data:
        """Return what a request says about a record, as far as its answer does not show it."""
        sent, kind = operation.sent(kept.request, scope), operation.kind
        if not isinstance(sent, dict):
            return {}
        if record:
            # Many servers leave out what is empty now.
            emptied = {name for name, value in sent.items() if value is None and name not in record}
            seen.last = {name: value for name, value in seen.last.items() if name not in emptied}
            return {}
        if operation.plan.action is Action.REPLACE:
            return replaced(kind, seen.last, sent, kind.fixed)
        return merged(kind, seen.last, sent, kind.fixed, deep=operation.plan.merge == "deep")

    def _kept(self, kind: Kind, record: Mapping[str, Any]) -> Data:
        """Return what a seed says of a record: no more than its schema declares, and nothing that is computed."""
        declared = kind.shape.properties
        names = [name for name in declared if name in record]
        if kind.shape.open:
            names += [name for name in record if name not in declared]
        names += [name for name in kind.unshown if name in record and name not in names]
        return {name: record[name] for name in names if name not in kind.reads}

    def _bound(self, kept: Kept, kind: Kind, scope: StateScope) -> Data:
        """Return the parents and the scope that the path of a request names."""
        operation = kept.operation
        bindings = self._bindings.get(operation.id)
        if bindings is None:
            bindings = self._bindings[operation.id] = Bindings(kind, path_names(operation), self._rules)
        bound: Data = {}
        for parent in bindings.parents:
            id = kept.request.path.get(parent.parameter)
            if parent.find is not None:
                id = self._found(parent.kind, {path: value(scope) for path, value in parent.find})
            if is_key(id):
                name = parent.reference.property
                bound[name] = kind.typed(name, parent.kind.typed_id(id))
        for name, value in self._rules.scopes[kind.name].items():
            said = input_of(kind.plan.scope[name])
            is_secret = said is not None and (said.place, said.name) in kept.hides
            # A record in no scope is in all of them: a secret cannot tell which it is.
            bound[name] = None if is_secret else value(scope)
        return bound

    def _found(self, kind: Kind, wanted: Mapping[tuple[str, ...], Json]) -> Json:
        for seen in self._seen[kind.name].values():
            if all(at_path(seen.last, path) == value for path, value in wanted.items()):
                return kind.id_of(seen.last)
        return None

    def _named(self, operation: StatefulOperation, scope: StateScope) -> Json:
        """Return the id of the record that a request names, None where nobody knows."""
        with suppress(MockserverError):
            if operation.lookup.find:
                return self._found(operation.kind, operation.lookup.found(scope))
            return operation.lookup.named(scope)
        return None

    def _ids(self, operation: StatefulOperation, scope: StateScope) -> Iterator[Json]:
        if operation.ids is None:
            yield self._named(operation, scope)
            return
        said = operation.ids(scope)
        for item in said.split(",") if isinstance(said, str) else said if isinstance(said, list) else []:
            yield operation.kind.id_of(item) if isinstance(item, dict) else item

    def _lose(self, id: Json, kind: Kind) -> None:
        seen = self._seen[kind.name].get(self._key(kind, id, {})) if is_key(id) else None
        if seen is not None:
            seen.is_gone = seen.is_changed = True

    def _key(self, kind: Kind, id: Json, bound: Mapping[str, Json]) -> str:
        if is_key(id):
            return str(id)
        return " ".join(f"{name}={value}" for name, value in sorted(bound.items()))

    def _from_location(self, kept: Kept) -> Json:
        """Return the id at the end of a `Location` (RFC 9110 section 10.2.2), None without one."""
        place = next((value for name, value in kept.headers.items() if name.lower() == "location"), "")
        return unquote(urlsplit(place).path.rstrip("/").rpartition("/")[2]) or None
