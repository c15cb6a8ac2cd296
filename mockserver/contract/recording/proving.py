"""Seeds that a mock takes: tried as it will read them, each record for itself, before anything is written."""

from __future__ import annotations

from typing import Any

from mockserver.errors import FixtureError
from mockserver.mocking import fixtures
from mockserver.mocking.examples import reason
from mockserver.mocking.identifiers import is_key
from mockserver.mocking.kinds import Kind
from mockserver.mocking.resources import State
from mockserver.mocking.rules import Rules
from mockserver.mocking.store import MemoryStore, Query

Seeds = dict[str, list[dict[str, Any]]]


def proven(rules: Rules, seeds: Seeds) -> tuple[Seeds, list[str]]:
    """Return the records that can be seeds, with those that they need, and sentences about the others.

    A record that refers to one that nobody has shown gets it: its id is known, the rest is made up when it is served.
    One that must refer to something, and does not say to what, gets a record to refer to. What cannot be had takes
    those with it that refer to it: a mock would not start with them.
    """
    notes: list[str] = []
    found = {name: list(records) for name, records in seeds.items()}
    hopeless: set[tuple[str, str]] = set()
    while True:
        state = State(rules, MemoryStore())
        for kind in fixtures.in_order(state):
            taken = []
            for record in found.get(kind.name, []):
                _ground(state, kind, record, found, notes)
                if _takes(state, kind, record, notes):
                    taken.append(record)
            found[kind.name] = taken
        lost = _lost(state, found)
        if not lost:
            return {name: records for name, records in found.items() if records}, list(dict.fromkeys(notes))
        for resource, id in lost:
            place = (resource, str(id))
            if place in hopeless:
                _forget(state, found, resource, id, notes)
                continue
            # Put in once: where it is not taken, nothing can be done for those that refer to it.
            hopeless.add(place)
            kind = rules.kinds[resource]
            stub: dict[str, Any] = {}
            kind.put_id(stub, kind.typed_id(id))
            found.setdefault(resource, []).append(stub)
            notes.append(f"{resource}: {id!r} was only referred to; the rest of it is made up")


def _ground(
    state: State,
    kind: Kind,
    record: dict[str, Any],
    found: Seeds,
    notes: list[str],
    above: tuple[str, ...] = (),
) -> None:
    """Put in what a record must refer to and does not say, where nothing of the kind is there."""
    for name, reference in kind.plan.references.items():
        is_asked_for = name in kind.shape.required and name not in record and not kind.admits_null(name)
        if not is_asked_for or reference.missing is None or reference.resource in (kind.name, *above):
            continue
        if state.store.select(reference.resource, Query(limit=1)).records:
            continue
        parent = state.kinds[reference.resource]
        stub: dict[str, Any] = {}
        parent.put_id(stub, parent.ids.next(state.store))
        _ground(state, parent, stub, found, notes, (*above, kind.name))
        if _takes(state, parent, stub, notes):
            found.setdefault(parent.name, []).append(stub)
            notes.append(f"{parent.name}: one was made up, since {kind.name} must refer to one")


def _forget(state: State, found: Seeds, resource: str, id: Any, notes: list[str]) -> None:
    """Leave out the records that refer to one that cannot be had."""
    for name, records in found.items():
        references = state.kinds[name].plan.references.values()
        names = [
            item.property for item in references if item.resource == resource and item.missing is not None
        ]
        kept = [record for record in records if all(record.get(item) != id for item in names)]
        if len(kept) < len(records):
            notes.append(f"left out: {len(records) - len(kept)} of {name}, which refer to {resource} {id!r}")
            found[name] = kept


def _takes(state: State, kind: Kind, record: dict[str, Any], notes: list[str]) -> bool:
    where = f"a record of {kind.name}"
    try:
        fixtures.seed_one(state, kind, record, where, lean=True)
    except FixtureError as error:
        notes.append(f"left out: {reason(error)}")
        return False
    return True


def _lost(state: State, seeds: Seeds) -> list[tuple[str, Any]]:
    """Return the records that others refer to and that are not there, each once."""
    found: dict[tuple[str, str], tuple[str, Any]] = {}
    for name, records in seeds.items():
        kind = state.kinds[name]
        for record in records:
            for property, reference in kind.plan.references.items():
                id = record.get(property)
                if not is_key(id) or reference.missing is None or id == kind.id_of(record):
                    continue
                if state.find(reference.resource, id) is None:
                    found.setdefault((reference.resource, str(id)), (reference.resource, id))
    return list(found.values())
