"""Records that nobody has sent: what a fixture gives, completed by the plan and the generator, and checked.

A record is a function of the seed, its resource and its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.document import pointer as ptr
from mockserver.errors import CannotGenerate, FixtureError, Json, Refusal
from mockserver.mocking.identifiers import is_key
from mockserver.mocking.kinds import Kind
from mockserver.mocking.resources import State
from mockserver.mocking.store import Query
from mockserver.mocking.store.interface import Key
from mockserver.mocking.values import Scope


def make(
    state: State,
    kind: Kind,
    given: Mapping[str, Any],
    where: str,
    *,
    refers: bool = True,
    variant: int = 0,
    lean: bool = False,
) -> tuple[Key, dict[str, Json]]:
    """Return the id and the data of a record, of which some properties are given.

    Args:
        state: Where the records are that it may refer to.
        kind: Its resource.
        given: What is given of it.
        where: Its place, for messages.
        refers: Whether what it refers to is there; else its references are made up like all the rest.
        variant: Another number for another record under the same id, where the one before is there already.
        lean: Whether only what the schema requires is made up, whatever the plan says.

    Raises:
        FixtureError: What is given breaks the schema, or no valid record was found.
    """
    plan = kind.plan
    lean = lean or plan.lean
    id = kind.id_of(given)
    if id is None:
        try:
            id = kind.ids.next(state.store)
        except Refusal as refusal:
            raise FixtureError(f"{where}: {refusal.message}") from refusal
    data: dict[str, Json] = {**given}
    kind.put_id(data, id)
    data = kind.keep(data)
    if plan.soft_delete and plan.soft_delete not in given:
        kind.mark_live(data)
    # A reference that is left out is empty where it may be, and leads to a seeded record where not.
    empty: list[str] = []
    if refers:
        empty = [
            name
            for name in _left_out(state, kind, data)
            if not _refer(state, kind, str(id), name, data, lean=lean)
        ]
    for name in plan.scope:
        if name not in data:
            data[name] = state.rules.scope_sample(kind, name)
    scope = Scope(state, record=data, principal=state.rules.plan.principal)
    for name in plan.fields:
        if name in kind.counters and isinstance(given.get(name), int):
            state.advance(kind, name, data)
        elif name in kind.seeds and name not in kind.reads and data.get(name) is None and name not in given:
            data[name] = kind.seeds[name](scope)
    data = kind.keep(data)
    if lean:
        kind.put_nulls(data)
    parents = {name: data.pop(name) for name in kind.unshown if name in data}
    shown = {**data, **_reads(kind, scope)}
    try:
        key = (kind.name, str(id)) if not variant else (kind.name, str(id), str(variant))
        whole = state.rules.generator.value(plan.schema, key=key, given=shown, lean=lean)
    except CannotGenerate as error:
        _check(state, kind, shown, where)
        raise FixtureError(f"{where}: {error}") from error
    for name in empty:
        whole.pop(name, None)
    if plan.soft_delete and plan.soft_delete not in data and kind.is_marked_deleted(whole):
        kind.revive(whole)
    _check(state, kind, whole, where)
    stored = {key: value for key, value in whole.items() if key not in kind.reads}
    if not is_key(id):
        raise FixtureError(f"{where}: an id is a text or a whole number, not {id!r}")
    return id, {**stored, **parents}


def _left_out(state: State, kind: Kind, data: Mapping[str, Json]) -> list[str]:
    """Return the references that a record does not say: those to a parent before those to the parent's parents."""
    names = kind.references_left_out(data)

    def shared(name: str) -> int:
        parent = state.kinds[kind.plan.references[name].resource].plan
        return len(parent.references.keys() & kind.plan.references.keys())

    return sorted(names, key=shared, reverse=True)


def _refer(state: State, kind: Kind, id: str, name: str, data: dict[str, Json], *, lean: bool) -> bool:
    """Fill a reference that a fixture leaves out; say whether there was something to refer to."""
    if name in data:
        return True
    is_parent = name in state.rules.parents[kind.name]
    # Where seeds are ours to choose, they hang together; what one record says of another of its kind would be a guess.
    is_empty = not kind.plan.inferred or kind.plan.references[name].resource == kind.name
    if not is_parent and is_empty and name in kind.shape.properties and kind.admits_null(name):
        data[name] = None
        return True
    if not is_parent and lean and name not in kind.shape.required:
        return False
    known = state.store.select(kind.plan.references[name].resource, Query()).records
    if known:
        parent = state.pick(known, kind.name, id, name)
        data[name] = kind.typed(name, parent.id)
        # Who is below a parent is below the parent's parents, and in its scope.
        for other in (*kind.plan.references, *kind.plan.scope):
            if other not in data and other in parent.data:
                data[other] = parent.data[other]
        return True
    # Resources that refer to each other in a circle: one of them comes first. A guess says nothing rather than null.
    is_told = not kind.plan.inferred or name in kind.shape.required
    if is_told and name in kind.shape.properties and kind.admits_null(name):
        data[name] = None
        return True
    return name in kind.shape.required and kind.plan.references[name].missing is None


def _reads(kind: Kind, scope: Scope) -> dict[str, Json]:
    values = {name: value(scope) for name, value in kind.reads.items()}
    # What needs a request is made up here, so that the rest can be judged.
    return {name: value for name, value in values.items() if value is not None or kind.admits_null(name)}


def _check(state: State, kind: Kind, record: dict[str, Any], where: str) -> None:
    violations = state.rules.document.response_schemas.validator(kind.plan.schema).violations(record)
    # What is there and wrong comes before what is missing: the rest of the record may not have been made.
    for violation in sorted(
        violations, key=lambda item: bool(item.location) and item.location[0] not in record
    ):
        place = ptr.join("", *violation.location)
        raise FixtureError(
            f"{where}{place} breaks the schema of {kind.name}: {violation.message}\n"
            f"  rule {violation.rule} at {violation.pointer} of {state.rules.document.source}"
        )
