"""Resources at work: how a record is made, changed, checked and shown, by the rules of the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from mockserver.document.model import Document
from mockserver.document.naming import singular
from mockserver.document.plan import Plan, Reference
from mockserver.errors import CannotGenerate, Json, RecordConflict, Refusal, RefusalKind, Violation
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator import Generator
from mockserver.mocking.kinds import Kind
from mockserver.mocking.store import Condition, Interrupted, Query, Record, Store
from mockserver.mocking.values import (
    Compiler,
    Scope,
    StateView,
    Value,
)

_Stored = TypeVar("_Stored")

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
        bound: Parents that the path names.
        set: Values that the plan sets for this operation.
        trusted: Whether a handler says it, who may also set what is `readOnly` for clients.
    """

    data: Mapping[str, Json]
    bound: Mapping[str, Json]
    set: Mapping[str, Value]
    trusted: bool = False


class Rules:
    """What the plan of one document says, compiled; shared by all worlds.

    Attributes:
        kinds: Resource name -> the resource, compiled.
        referrers: Resource name -> the references that lead to it, with their owners.
        generator: Makes up what nobody gave.
    """

    def __init__(self, document: Document, plan: Plan, *, dice: Dice, locale: str = "en_US") -> None:
        self.document = document
        self.plan = plan
        self.dice = dice
        self.compiler = Compiler(plan.resources, str(plan.source or "plan"))
        self.generator = Generator(document.response_schemas, dice, locale=locale)
        self.kinds = {
            name: Kind(resource, document, self.compiler, dice) for name, resource in plan.resources.items()
        }
        self.referrers: dict[str, list[tuple[Kind, Reference]]] = {name: [] for name in self.kinds}
        for kind in self.kinds.values():
            for reference in kind.plan.references.values():
                self.referrers[reference.resource].append((kind, reference))


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
        record = self.store.get(resource, id) if isinstance(id, str | int) else None
        return None if record is None else self.shown(self.kinds[resource], record)

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
        if not kind.reads:
            return record.data
        scope = Scope(self, record=record.data, principal=self.rules.plan.principal)
        return {
            **record.data,
            **{name: value(scope) for name, value in kind.reads.items() if is_kept is None or is_kept(name)},
        }

    # Writing.

    def create(self, kind: Kind, change: Change, scope: Scope, *, id: Json = None) -> Record:
        """Make a record from what was sent; with `id`, under that one.

        Raises:
            Refusal: A reference leads nowhere, or a unique key is taken.
        """
        closed = kind.server_set if change.trusted else kind.not_sent
        data = {
            name: value
            for name, value in change.data.items()
            if name not in closed and (value is not None or kind.admits_null(name))
        }
        data.update(change.bound)
        kind.mark_live(data)
        if id is None and kind.plan.client_ids:
            id = change.data.get(kind.plan.id_property)
        if not isinstance(id, str | int):
            id = kind.ids.next(self.store)
        data[kind.plan.id_property] = id
        scope.record = data
        self._check_references(kind, data)
        sent = set(data)
        # In the order of the plan, so that a rule may build on those before it.
        for name, server_set, default in kind.rules:
            if server_set is not None:
                data[name] = server_set(scope)
            elif default is not None and data.get(name) is None:
                data[name] = default(scope)
        for name, value in change.set.items():
            data[name] = value(scope)
        if kind.plan.references:
            self._check_references(kind, data, {name for name in data if name not in sent})
        data = kind.keep(data)
        self._complete(kind, id, data)
        return self._stored(lambda: self.store.create(kind.name, id, data))

    def update(
        self, kind: Kind, record: Record, change: Change, scope: Scope, *, whole: bool = False
    ) -> Record:
        """Change a record; `whole` puts the sent data in place of all that a client may set.

        Raises:
            Refusal: See `create`.
        """
        closed = kind.fixed if change.trusted else kind.fixed | kind.not_sent
        sent = {key: value for key, value in kind.keep(change.data).items() if key not in closed}
        sent.update({key: value for key, value in change.bound.items() if key not in kind.fixed})
        data = dict(record.data)
        if whole:
            declared = kind.shape.properties
            data = {
                key: value
                for key, value in data.items()
                if key not in kind.settable and (key in declared or key in kind.unshown)
            }
        for name, value in sent.items():
            if value is None and not kind.admits_null(name):
                data.pop(name, None)
            else:
                data[name] = value
        scope.record = data
        for table in (kind.writes, change.set):
            for name, value in table.items():
                data[name] = value(scope)
        changed = {name for name, value in data.items() if record.data.get(name) != value}
        self._check_references(kind, data, changed)
        data = kind.keep(data)
        self._complete(kind, record.id, data)
        stored = self._stored(
            lambda: self.store.update(kind.name, record.id, data, expected_version=record.version)
        )
        if stored is None:
            if self.store.get(kind.name, record.id) is not None:
                raise Interrupted
            raise self.missing(kind, record.id)
        return stored

    def delete(self, kind: Kind, records: Sequence[Record], scope: Scope) -> list[Record]:
        """Delete records, and what the plan says should go with them: all or none.

        Raises:
            Refusal: Another record, which would stay, restricts the deletion.
        """
        self._check_restrictions(kind, records)
        return [self._delete(kind, record, scope) for record in records]

    def _delete(self, kind: Kind, record: Record, scope: Scope) -> Record:
        gone = (
            {**record.data, kind.plan.soft_delete: scope.now_text} if kind.plan.soft_delete else record.data
        )
        if self.store.delete(kind.name, record.id, data=gone) is not None:
            for referrer, reference in self.rules.referrers[kind.name]:
                if reference.on_delete == "cascade":
                    for dependent in self._dependents(referrer, reference, record.id):
                        self._delete(referrer, dependent, scope)
        return Record(record.id, gone, record.sequence, record.version + 1)

    def missing(self, kind: Kind, id: Json) -> Refusal:
        """Return the refusal for an id that names no live record."""
        return Refusal(RefusalKind.NOT_FOUND, f"there is no {singular(kind.name)} {_quoted(id)}")

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
            if not isinstance(id, str | int) or self.store.get(reference.resource, id) is None:
                message = f"there is no {singular(reference.resource)} {_quoted(id)}"
                violation = Violation(("body", name), "reference", message, id)
                status = None if reference.missing == "declared" else reference.missing
                refusal = RefusalKind.DANGLING
                if status is not None:
                    refusal = REFUSAL_KINDS.get(status, RefusalKind.CONFLICT)
                raise Refusal(refusal, message, violations=[violation], status=status)

    def _check_restrictions(self, kind: Kind, records: Sequence[Record]) -> None:
        doomed = {(kind.name, record.id): (kind, record) for record in records}
        waiting = list(doomed.values())
        while waiting:
            owner, record = waiting.pop()
            for referrer, dependent in self._referring(owner, record, "cascade"):
                if (referrer.name, dependent.id) not in doomed:
                    doomed[referrer.name, dependent.id] = (referrer, dependent)
                    waiting.append((referrer, dependent))
        for owner, record in list(doomed.values()):
            users = [
                referrer.name
                for referrer, dependent in self._referring(owner, record, "restrict")
                if (referrer.name, dependent.id) not in doomed
            ]
            if users:
                message = (
                    f"{singular(owner.name)} {_quoted(record.id)} is in use by {len(users)} of {users[0]}"
                )
                raise Refusal(RefusalKind.CONFLICT, message)

    def _referring(self, kind: Kind, record: Record, on_delete: str) -> Iterator[tuple[Kind, Record]]:
        """Yield the records that name a record by a reference with this deletion rule."""
        for referrer, reference in self.rules.referrers[kind.name]:
            if reference.on_delete == on_delete:
                for dependent in self._dependents(referrer, reference, record.id):
                    yield referrer, dependent

    def _dependents(self, referrer: Kind, reference: Reference, id: Json) -> list[Record]:
        query = Query((Condition((reference.property,), "eq", (id,)),))
        return list(self.store.select(referrer.name, query).records)

    def _complete(self, kind: Kind, id: Json, data: dict[str, Json]) -> None:
        """Fill what the record's schema requires and nobody gave: null where it may be, else a generated value."""
        missing = [name for name in kind.shape.required if name not in data and name not in kind.reads]
        left = []
        for name in missing:
            if kind.admits_null(name):
                data[name] = None
            else:
                left.append(name)
        if left:
            key = (kind.name, str(id))
            given = {name: value for name, value in data.items() if name not in kind.unshown}
            try:
                whole = self.rules.generator.value(kind.plan.schema, key=key, given=given)
            except CannotGenerate:
                # The record as a whole cannot be valid, e.g. because of a value that was sent; its parts may be.
                whole = {
                    name: self.rules.generator.value(kind.shape.properties[name], key=(*key, name))
                    for name in left
                    if name in kind.shape.properties
                }
            data.update({name: whole[name] for name in left if name in whole})


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
