"""What goes with a record when it is deleted, and what stands in the way of that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mockserver.document.naming import singular
from mockserver.document.plan import Reference
from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking.identifiers import either
from mockserver.mocking.kinds import Kind
from mockserver.mocking.rules import Rules
from mockserver.mocking.store import Condition, Query, Record, Store
from mockserver.mocking.values import Scope


def delete(rules: Rules, store: Store, kind: Kind, records: Sequence[Record], scope: Scope) -> list[Record]:
    """Delete records, and what the plan says should go with them: all or none. Return what they were like.

    Raises:
        Refusal: Another record, which would stay, restricts the deletion.
    """
    if rules.referrers[kind.name]:
        _check_restrictions(rules, store, kind, records)
    return [_delete(rules, store, kind, record, scope) for record in records]


def _delete(rules: Rules, store: Store, kind: Kind, record: Record, scope: Scope) -> Record:
    gone = record.data
    if kind.plan.soft_delete:
        scope.record = record.data
        gone = {**record.data, kind.plan.soft_delete: kind.soft_value(scope)}
    if store.delete(kind.name, record.id, data=gone) is not None:
        for referrer, reference in rules.referrers[kind.name]:
            if reference.on_delete == "cascade":
                for dependent in _dependents(rules, store, referrer, reference, record.id):
                    _delete(rules, store, referrer, dependent, scope)
    return Record(record.id, gone, record.sequence, record.version + 1)


def _check_restrictions(rules: Rules, store: Store, kind: Kind, records: Sequence[Record]) -> None:
    doomed = {(kind.name, record.id): (kind, record) for record in records}
    waiting = list(doomed.values())
    while waiting:
        owner, record = waiting.pop()
        for referrer, dependent in _referring(rules, store, owner, record, "cascade"):
            if (referrer.name, dependent.id) not in doomed:
                doomed[referrer.name, dependent.id] = (referrer, dependent)
                waiting.append((referrer, dependent))
    for owner, record in list(doomed.values()):
        users = [
            referrer.name
            for referrer, dependent in _referring(rules, store, owner, record, "restrict")
            if (referrer.name, dependent.id) not in doomed
        ]
        if users:
            name = repr(record.id) if isinstance(record.id, str) else str(record.id)
            message = f"{singular(owner.name)} {name} is in use by {len(users)} of {users[0]}"
            raise Refusal(RefusalKind.WRONG_STATE, message)


def _referring(
    rules: Rules, store: Store, kind: Kind, record: Record, on_delete: str
) -> Iterator[tuple[Kind, Record]]:
    """Yield the records that name a record by a reference with this deletion rule."""
    for referrer, reference in rules.referrers[kind.name]:
        if reference.on_delete == on_delete:
            for dependent in _dependents(rules, store, referrer, reference, record.id):
                yield referrer, dependent


def _dependents(rules: Rules, store: Store, referrer: Kind, reference: Reference, id: Json) -> list[Record]:
    query = Query((Condition((reference.property,), "eq", either(id)),))
    return list(store.select(referrer.name, query).records)
