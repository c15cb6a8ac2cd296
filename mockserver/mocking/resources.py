"""Resources at work: how a record is made, changed, checked and shown, by the rules of the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeVar

from mockserver.document.model import Operation
from mockserver.document.naming import singular
from mockserver.errors import CannotGenerate, Json, RecordConflict, Refusal, RefusalKind, Violation
from mockserver.mocking import changes, deletions, lifecycles
from mockserver.mocking.identifiers import either, is_key, other_type
from mockserver.mocking.kinds import Kind, put
from mockserver.mocking.rules import Rules
from mockserver.mocking.store import Condition, Interrupted, Query, Record, Store
from mockserver.mocking.store.ordering import at_path
from mockserver.mocking.values import (
    Scope,
    StateView,
    Value,
)

__all__ = ["REFUSAL_KINDS", "Change", "Rules", "State", "StateScope", "Way"]

_Stored = TypeVar("_Stored")
Way = Literal["deep", "shallow", "whole", "patch"]
"""How an update changes a record: merge patch, the same of the first level only, replacement, JSON Patch."""

REFUSAL_KINDS: Final[Mapping[int, RefusalKind]] = {
    400: RefusalKind.INVALID,
    403: RefusalKind.FORBIDDEN,
    404: RefusalKind.NOT_FOUND,
    409: RefusalKind.CONFLICT,
    422: RefusalKind.INVALID,
}


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written.

    Attributes:
        data: What was sent.
        bound: Parents and scope that the request names.
        found: Natural key that the request names, by paths of properties.
        set: Values that the plan sets for this operation.
        trusted: Whether a handler says it, who may also set what is `readOnly` for clients.
        permitted: `readOnly` properties that the request's own schema lets a client say.
    """

    data: Json
    bound: Mapping[str, Json]
    set: Mapping[str, Value]
    trusted: bool = False
    found: Mapping[tuple[str, ...], Json] = field(default_factory=dict)
    permitted: frozenset[str] = frozenset()


class State(StateView):
    """The records of one document in one store, with the rules of its plan.

    All methods answer at once: a store is asked, nothing waits.
    """

    def __init__(self, rules: Rules, store: Store) -> None:
        self.rules = rules
        self.store = store
        self.kinds = rules.kinds
        for kind in self.kinds.values():
            store.declare(kind.name, unique=kind.plan.unique)

    def on(self, store: Store) -> State:
        """Return the state of another store's records under the same rules."""
        return State(self.rules, store)

    # What values may ask.

    def find(self, resource: str, id: Json) -> Mapping[str, Json] | None:
        """See `StateView`."""
        kind = self.kinds[resource]
        record = self.record(kind, id)
        return None if record is None else self.shown(kind, record)

    def record(self, kind: Kind, id: Json) -> Record | None:
        """Return a live record by its id, whichever type that was written in."""
        if not is_key(id):
            return None
        found = self.store.get(kind.name, id)
        if found is None:
            other = other_type(id)
            found = None if other is None else self.store.get(kind.name, other)
        return found

    def was_deleted(self, kind: Kind, id: Json) -> bool:
        """Return whether there was a record of this id, and is no more."""
        return self.record(kind, id) is None and self.is_used(kind, id)

    def is_used(self, kind: Kind, id: Json) -> bool:
        """Return whether an id, whichever type it was written in, is or ever was in use."""
        return is_key(id) and any(self.store.is_used(kind.name, key) for key in either(id))

    def matching(self, resource: str, where: Mapping[str, Json]) -> list[dict[str, Json]]:
        """See `StateView`."""
        kind = self.kinds[resource]
        found = self.store.select(resource, Query(_equal(where)))
        return [kind.shape.cut(self.shown(kind, record)) for record in found.records]

    def count(self, resource: str, where: Mapping[str, Json]) -> int:
        """See `StateView`."""
        return self.store.select(resource, Query(_equal(where), limit=0)).total

    def next_number(self, resource: str, counter: str) -> int:
        """See `StateView`."""
        return self.store.next_number(resource, counter)

    # What seeding asks.

    def pick(self, records: Sequence[Record], *names: str) -> Record:
        """Return one of some records, as a function of the seed and a path of names."""
        return records[self.rules.dice.number("pick", *names) % len(records)]

    def advance(self, kind: Kind, name: str, record: Mapping[str, Json]) -> None:
        """Make a counter go on after the number that a record was given."""
        counter = kind.counters[name]
        self.store.advance(
            kind.name, counter.of(record), int(record[name]) + 1 - int(counter.raw.get("from", 1))
        )

    # Showing.

    def shown(
        self, kind: Kind, record: Record, is_kept: Callable[[str], bool] | None = None
    ) -> dict[str, Json]:
        """Return a record's data with the properties that are computed for each answer.

        With `is_kept`, only those that the answer keeps are computed.
        """
        data = record.data
        if kind.inner:
            data = {name: value for name, value in data.items() if name not in kind.inner}
        if not kind.reads:
            return data
        scope = Scope(self, record=record.data, principal=self.rules.plan.principal)
        return {
            **data,
            **{name: value(scope) for name, value in kind.reads.items() if is_kept is None or is_kept(name)},
        }

    # Writing.

    def settle(self, now: datetime) -> None:
        """Move on all records whose time has come."""
        lifecycles.settle(self.rules, self.store, self, now)

    def create(self, kind: Kind, change: Change, scope: Scope, *, id: Json = None) -> Record:
        """Make a record from what was sent; with `id`, under that one.

        Raises:
            Refusal: A reference leads nowhere, or a unique key is taken.
        """
        closed = kind.server_set if change.trusted else kind.not_sent - change.permitted
        data = {
            name: value
            for name, value in change.data.items()
            if name not in closed and (value is not None or kind.admits_null(name))
        }
        for path, value in change.found.items():
            put(data, path, value)
        data.update(change.bound)
        kind.mark_live(data)
        if id is None and kind.plan.client_ids:
            id = kind.id_of(change.data)
        key = kind.typed_id(id) if is_key(id) else kind.ids.next(self.store)
        kind.put_id(data, key)
        scope.record = data
        self._check_references(kind, data)
        sent = set(data)
        # In the order of the plan, so that a rule may build on those before it.
        for name, server_set, default in kind.rules:
            if server_set is not None:
                data[name] = server_set(scope)
            elif default is not None and data.get(name) is None:
                data[name] = default(scope)
        self._set(kind, data, change, scope)
        kind.begin(data)
        if kind.plan.references:
            self._check_references(kind, data, {name for name in data if name not in sent})
        data = kind.keep(data)
        self._complete(kind, key, data)
        lifecycles.stamp(kind, {}, data, scope)
        return self._stored(lambda: self.store.create(kind.name, key, data))

    def update(
        self, kind: Kind, record: Record, change: Change, scope: Scope, *, way: Way = "shallow"
    ) -> Record:
        """Change a record: merge what was sent, put it in place of all that a client may set, or do its patch.

        Raises:
            Refusal: A reference leads nowhere, a unique key is taken, or the record would no longer keep its schema.
        """
        closed = kind.fixed if change.trusted else kind.fixed | (kind.not_sent - change.permitted)
        old = record.data
        if way == "patch":
            data = changes.patched(kind, old, change.data, closed)
        elif way == "whole":
            data = changes.replaced(kind, old, change.data, closed)
        else:
            data = changes.merged(kind, old, change.data, closed, deep=way == "deep")
        data.update({name: value for name, value in change.bound.items() if name not in kind.fixed})
        kind.put_id(data, record.id)
        scope.record = data
        for name, write in kind.writes.items():
            data[name] = write(scope)
        self._set(kind, data, change, scope)
        changed = {name for name, value in data.items() if old.get(name) != value}
        self._check_references(kind, data, changed)
        data = kind.keep(data)
        kind.put_nulls(data)
        if way != "whole" and not change.trusted:
            self._check_unbroken(kind, old, data, scope, any_rule=way == "patch")
        self._complete(kind, record.id, data)
        lifecycles.stamp(kind, old, data, scope)
        stored = self._stored(
            lambda: self.store.update(kind.name, record.id, data, expected_version=record.version)
        )
        if stored is None:
            if self.store.get(kind.name, record.id) is not None:
                raise Interrupted
            raise self.missing(kind, record.id)
        return stored

    def _set(self, kind: Kind, data: dict[str, Json], change: Change, scope: Scope) -> None:
        """Write what the plan sets; what has no value, e.g. of a parameter that is not there, changes nothing."""
        for name, value in change.set.items():
            found = value(scope)
            if found is not None or kind.admits_null(name):
                data[name] = found

    def _check_unbroken(
        self, kind: Kind, old: Mapping[str, Json], data: dict[str, Json], scope: Scope, *, any_rule: bool
    ) -> None:
        """Refuse a change that breaks the record; where no such refusal is declared, take back what breaks it."""
        broken = changes.breaks(kind, old, data, any_rule=any_rule)
        if not broken:
            return
        operation = scope.request.operation if scope.request is not None else None
        if not any_rule:
            # What the document lets a client take away is emptied, as far as that goes.
            broken = [item for item in broken if not self._emptied(kind, old, data, item, operation)]
        if not broken:
            return
        if any_rule or (operation and (operation.response_for(422) or operation.response_for(400))):
            raise changes.refusal(broken)
        for violation in broken:
            name = str(violation.location[1]) if len(violation.location) > 1 else ""
            if name in old:
                data[name] = old[name]

    def _emptied(
        self,
        kind: Kind,
        old: Mapping[str, Json],
        data: dict[str, Json],
        violation: Violation,
        operation: Operation | None,
    ) -> bool:
        """Empty what the record requires and the request may set to null; say whether that is so."""
        path = tuple(map(str, violation.location[1:]))
        if operation is None or not self.rules.takes_null(operation, path):
            return False
        empty = kind.empty_of(path)
        put(data, path, at_path(old, path) if empty is None else empty)
        return True

    def delete(self, kind: Kind, records: Sequence[Record], scope: Scope) -> list[Record]:
        """Delete records, see `deletions.delete`."""
        return deletions.delete(self.rules, self.store, kind, records, scope)

    def missing(self, kind: Kind, id: Json) -> Refusal:
        """Return the refusal for an id that names no live record."""
        is_told = kind.plan.gone == 410 and self.was_deleted(kind, id)
        reason = RefusalKind.GONE if is_told else RefusalKind.NOT_FOUND
        return Refusal(reason, f"there is no {singular(kind.name)} {_quoted(id)}")

    def _stored(self, write: Callable[[], _Stored]) -> _Stored:
        try:
            return write()
        except RecordConflict as error:
            violations = [
                Violation(("body", name), "unique", str(error), value)
                for name, value in zip(error.properties, error.values, strict=True)
            ]
            raise Refusal(RefusalKind.CONFLICT, str(error), violations=violations[-1:]) from error

    def _check_references(self, kind: Kind, data: Mapping[str, Json], names: set[str] | None = None) -> None:
        for name, reference in kind.plan.references.items():
            id = data.get(name)
            if id is None or reference.missing is None or (names is not None and name not in names):
                continue
            if self.record(self.kinds[reference.resource], id) is None:
                message = f"there is no {singular(reference.resource)} {_quoted(id)}"
                violation = Violation(("body", name), "reference", message, id)
                status = None if reference.missing == "declared" else reference.missing
                refusal = RefusalKind.DANGLING
                if status is not None:
                    refusal = REFUSAL_KINDS.get(status, RefusalKind.CONFLICT)
                raise Refusal(refusal, message, violations=[violation], status=status)

    def _complete(self, kind: Kind, id: Json, data: dict[str, Json]) -> None:
        """Fill what the record's schema requires and nobody gave: null where it may be, else a generated value."""
        kind.put_nulls(data)
        left = [name for name in kind.shape.required if name not in data and name not in kind.reads]
        if left:
            key = (kind.name, str(id))
            given = {name: value for name, value in data.items() if name not in kind.unshown}
            try:
                whole = self.rules.generator.value(kind.plan.schema, key=key, given=given)
            except CannotGenerate:
                # The record as a whole cannot be valid, e.g. because of a value that was sent; its parts may be.
                whole = {}
                for name in left:
                    if name in kind.shape.properties:
                        with suppress(CannotGenerate):
                            whole[name] = self.rules.generator.value(
                                kind.shape.properties[name], key=(*key, name)
                            )
            # In the order of the schema, as after any later change.
            whole = kind.keep({**data, **{name: whole[name] for name in left if name in whole}})
            data.clear()
            data.update(whole)


@dataclass(slots=True)
class StateScope(Scope):
    """A scope whose state can be written to."""

    state: State


def _equal(where: Mapping[str, Json]) -> tuple[Condition, ...]:
    return tuple(
        Condition((name,), "eq", tuple(value) if isinstance(value, list) else (value,))
        for name, value in where.items()
    )


def _quoted(id: Json) -> str:
    return repr(id) if isinstance(id, str) else str(id)
