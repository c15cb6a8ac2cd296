"""Which records a request is about: parents and scopes that its path names, ids of either type, natural keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mockserver.document import pointer as ptr
from mockserver.document.plan import ABSENT, OperationPlan, Reference
from mockserver.errors import Json
from mockserver.mocking.exchange import Request
from mockserver.mocking.identifiers import either, is_same
from mockserver.mocking.kinds import Kind
from mockserver.mocking.resources import State, StateScope
from mockserver.mocking.rules import Find, Rules, path_names
from mockserver.mocking.store import Condition, Query, Record
from mockserver.mocking.values import Value

_DEPTH = 6
"""Parents of parents that are followed."""


@dataclass(frozen=True, slots=True)
class _Parent:
    """A path parameter that names a parent.

    Attributes:
        find: What the parent is found by, None for its id.
    """

    parameter: str
    reference: Reference
    kind: Kind
    above: Bindings
    find: Find | None


class Bindings:
    """What every record must have that the requests with some path parameters are about: its parents and scope.

    Args:
        names: The path parameters.
    """

    def __init__(self, kind: Kind, names: Sequence[str], rules: Rules, depth: int = 0) -> None:
        self._kind = kind
        self._scope = rules.scopes[kind.name]
        references = kind.plan.references.values()
        # Where a resource has several paths, a parent may have another name in each.
        bound = {item.property: item for item in references}
        bound.update({item.path: item for item in references if item.path})
        self.parents: list[_Parent] = []
        for name in names if depth < _DEPTH else ():
            reference = bound.get(name)
            if reference is None or any(known.reference is reference for known in self.parents):
                continue
            parent = rules.kinds[reference.resource]
            others = [other for other in names if other != name]
            above = Bindings(parent, others, rules, depth + 1)
            self.parents.append(_Parent(name, reference, parent, above, rules.find_of(parent, names)))
        self.parameters = {parent.parameter for parent in self.parents}

    def of(self, request: Request, scope: StateScope, *, lenient: bool = False) -> dict[str, Json]:
        """Return property -> value for one request.

        Args:
            request: The request.
            scope: What its values may look at.
            lenient: Whether a parent that never was is taken as it is named.

        Raises:
            Refusal: A parent is not there.
        """
        bound: dict[str, Json] = {}
        for parent in self.parents:
            id = request.path.get(parent.parameter)
            record = self._record(parent, id, request, scope, lenient=lenient)
            if record is not None and all(
                is_same(record.data.get(name, value), value) for name, value in bound.items()
            ):
                id = record.id
            elif not lenient or scope.state.was_deleted(parent.kind, id):
                raise scope.state.missing(parent.kind, id)
            bound[parent.reference.property] = self._kind.typed(parent.reference.property, id)
        for name, value in self._scope.items():
            found = value(scope)
            if found is not None:
                bound[name] = found
        return bound

    def _record(
        self, parent: _Parent, id: Json, request: Request, scope: StateScope, *, lenient: bool
    ) -> Record | None:
        above = parent.above.of(request, scope, lenient=lenient)
        if parent.find is not None:
            return found(parent.kind, parent.find, above, scope)
        record = scope.state.record(parent.kind, id)
        return record if record is not None and parent.kind.is_below(record.data, above) else None


def found(kind: Kind, find: Find, bound: Mapping[str, Json], scope: StateScope) -> Record | None:
    """Return the record with some properties, below parents and in a scope."""
    conditions = kind.below(bound)
    for path, value in find:
        wanted = value(scope)
        if wanted is None:
            return None
        conditions.append(Condition(path, "eq", either(wanted)))
    # What tells most stands last in a path, and a store looks into the index of the first condition.
    records = scope.state.store.select(kind.name, Query(tuple(reversed(conditions)), limit=1)).records
    return records[0] if records else None


class Lookup:
    """Finds the records that the requests to one operation are about.

    Attributes:
        id: The id that a request names, None for none.
        find: What records are found by, where that is not their id.
    """

    def __init__(self, plan: OperationPlan, rules: Rules) -> None:
        self.kind = rules.kinds[plan.resource.name]
        self._lenient = plan.generates_missing
        names = path_names(plan.operation)
        self._bindings = Bindings(self.kind, names, rules)
        self.find = rules.compiled_find(plan)
        self.id: Value | None = None
        if plan.id is not ABSENT:
            self.id = rules.compiler.compile(plan.id, plan.resource, ptr.join(plan.pointer, "id"))
        elif names and names[-1] not in self._bindings.parameters and names[-1] not in plan.resource.scope:
            last = names[-1]
            self.id = lambda scope: None if scope.request is None else scope.request.path.get(last)

    def bound(self, request: Request, scope: StateScope) -> dict[str, Json]:
        """Return the parents and the scope of a request.

        Raises:
            Refusal: A parent is not there.
        """
        return self._bindings.of(request, scope, lenient=self._lenient)

    def found(self, scope: StateScope) -> dict[tuple[str, ...], Json]:
        """Return the natural key that a request names."""
        return {path: value(scope) for path, value in self.find}

    def existing(self, bound: Mapping[str, Json], scope: StateScope) -> Record | None:
        """Return the record that a request names, None where there is none."""
        if self.kind.plan.singleton:
            return single(self.kind, bound, scope.state)
        if self.find:
            return found(self.kind, self.find, bound, scope)
        return self.by_id(self.id(scope) if self.id else None, bound, scope.state)

    def by_id(self, id: Json, bound: Mapping[str, Json], state: State) -> Record | None:
        """Return a record by its id, None where there is none below these parents."""
        record = state.record(self.kind, id)
        return record if record is not None and self.kind.is_below(record.data, bound) else None

    def named(self, scope: StateScope) -> Json:
        """Return what a request calls the record, for people."""
        if self.find:
            return self.find[-1][1](scope)
        return self.id(scope) if self.id else None


def single(kind: Kind, bound: Mapping[str, Json], state: State) -> Record | None:
    """Return the one record that there is below these parents."""
    records = state.store.select(kind.name, Query(tuple(reversed(kind.below(bound))), limit=1)).records
    return records[0] if records else None
