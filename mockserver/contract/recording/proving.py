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
from mockserver.mocking.store import MemoryStore

Seeds = dict[str, list[dict[str, Any]]]

_ROUNDS = 4
"""Parents of parents that are put in."""


def proven(rules: Rules, seeds: Seeds) -> tuple[Seeds, list[str]]:
    """Return the records that can be seeds, with those that they need, and sentences about the others.

    A record that refers to one that nobody has shown gets it: its id is known, the rest is made up when it is served.
    """
    notes: list[str] = []
    found = {name: list(records) for name, records in seeds.items()}
    for _ in range(_ROUNDS):
        state = State(rules, MemoryStore())
        for kind in fixtures.in_order(state):
            found[kind.name] = [
                record for record in found.get(kind.name, []) if _takes(state, kind, record, notes)
            ]
        lost = list(_lost(state, found))
        if not lost:
            break
        for resource, id in lost:
            kind = rules.kinds[resource]
            stub: dict[str, Any] = {}
            kind.put_id(stub, kind.typed_id(id))
            found.setdefault(resource, []).append(stub)
            notes.append(f"{resource}: {id!r} was only referred to; the rest of it is made up")
    return {name: records for name, records in found.items() if records}, list(dict.fromkeys(notes))


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
