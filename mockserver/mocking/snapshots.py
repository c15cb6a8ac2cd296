"""A world as a JSON value, and back: all that it holds, and all that decides what comes next.

    {format: mockserver-snapshot, version: 1, world: NAME, clock: {...}, draws: N, stubs: {...},
     documents: {DOCUMENT: {RESOURCE: {records: [...], deleted: [...], counters: {...}}}}}

A record is `{id, version, sequence, data}`. What is deleted stays, so that its id is not given again, and so do the
counters from which ids are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.errors import Json, Refusal, RefusalKind, StoreUnavailable, Violation
from mockserver.mocking.identifiers import is_key
from mockserver.mocking.kinds import Kind
from mockserver.mocking.resources import State
from mockserver.mocking.store import Dump, MemoryStore, Record
from mockserver.mocking.store.interface import MAX_ATTEMPTS, Interrupted, Key
from mockserver.mocking.store.ordering import comparable
from mockserver.mocking.stubs import Stubs
from mockserver.mocking.world import World

FORMAT: Final = "mockserver-snapshot"
VERSION: Final = 1
_LARGEST: Final = 2**53 - 1
"""What all JSON readers can count to (RFC 8259 section 6)."""
_MOST_SAID: Final = 20
"""Faults of a snapshot that are told."""
_BIT: Final = 100
"""Records that are judged in a row."""

Dumps = dict[str, dict[str, Dump]]
"""Document -> resource -> everything in it."""


def save(world: World, resources: Mapping[str, Iterable[str]] | None = None) -> dict[str, Json]:
    """Return a world as a JSON object; with `resources` by document, only these."""
    documents: dict[str, Json] = {}
    for name in world.documents:
        state = world.state(name)
        wanted = list(state.kinds) if resources is None else list(resources.get(name, ()))
        dumps = state.store.dump(wanted)
        documents[name] = {resource: _saved(dump) for resource, dump in dumps.items()}
    return {
        "format": FORMAT,
        "version": VERSION,
        "world": world.name,
        "clock": world.clock.save(),
        "draws": world.draws,
        "stubs": world.stubs.save(),
        "documents": documents,
    }


def _saved(dump: Dump) -> dict[str, Json]:
    live: list[Json] = []
    deleted: list[Json] = []
    for record, is_live in dump.records():
        saved = {
            "id": record.id,
            "version": record.version,
            "sequence": record.sequence,
            "data": record.data,
        }
        (live if is_live else deleted).append(saved)
    return {"records": live, "deleted": deleted, "counters": dict(dump.counters)}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot that has been read.

    Attributes:
        clock, draws, stubs: As they were saved.
        dumps: The records by document and resource.
    """

    clock: Mapping[str, Json]
    draws: int
    stubs: Json
    dumps: Dumps


def read(raw: Json, world: World) -> Snapshot:
    """Read a snapshot for a world; whether its records fit the document, `faults` tells.

    Raises:
        Refusal: It is none, or is about documents or resources that are not here.
    """
    reading = _Reading()
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise Refusal(RefusalKind.INVALID, f"this is no snapshot; its format is {FORMAT}")
    if raw.get("version") != VERSION:
        message = f"the snapshot has version {raw.get('version')!r}; this server reads {VERSION}"
        raise Refusal(RefusalKind.INVALID, message)
    dumps: Dumps = {}
    for name, resources in reading.object(raw.get("documents"), "/documents").items():
        place = ptr.join("/documents", name)
        if name not in world.documents:
            reading.fault(place, f"there is no document {name!r}; there are {_listed(world.documents)}")
            continue
        kinds = world.states.seeded[name].kinds
        dumps[name] = {}
        for resource, parts in reading.object(resources, place).items():
            here = ptr.join(place, resource)
            if resource not in kinds:
                reading.fault(here, f"{name} has no resource {resource!r}; it has {_listed(kinds)}")
                continue
            dumps[name][resource] = reading.dump(parts, here)
    reading.end()
    return Snapshot(
        reading.object(raw.get("clock", {"mode": "running", "offset_ms": 0}), "/clock"),
        reading.number(raw.get("draws", 0), "/draws", 0),
        raw.get("stubs", {"last": 0, "stubs": []}),
        dumps,
    )


def faults(snapshot: Snapshot, world: World) -> Iterator[list[Violation]]:
    """Yield what of a snapshot does not fit the documents of a world, bit by bit: each takes a moment only."""
    for name, dumps in snapshot.dumps.items():
        seeded = world.states.seeded[name]
        origin = seeded.store
        assert isinstance(origin, MemoryStore)
        state = seeded.on(MemoryStore(origin))
        state.store.restore(dumps)
        for resource, dump in dumps.items():
            place = ptr.join("/documents", name, resource, "records")
            found = _faults_of(state, state.kinds[resource], dump, place)
            while bit := list(islice(found, _BIT)):
                yield [violation for violations in bit for violation in violations]


def _faults_of(state: State, kind: Kind, dump: Dump, place: str) -> Iterator[list[Violation]]:
    """Yield what is wrong with each record."""
    judge = state.rules.document.response_schemas.validator(kind.plan.schema)
    taken: set[Any] = set()
    for index, id in enumerate(dump.live):
        record = state.store.get(kind.name, id)
        assert record is not None
        here = ptr.join(place, str(index))
        found = list(_faults_of_record(state, kind, record, here, taken))
        shown = {name: value for name, value in state.shown(kind, record).items() if name not in kind.unshown}
        for violation in judge.violations(shown):
            at = ptr.join(here, "data", *map(str, violation.location))
            found.append(violation._replace(location=(at,)))
        yield found


def _faults_of_record(
    state: State, kind: Kind, record: Record, place: str, taken: set[Any]
) -> Iterator[Violation]:
    inside = kind.id_of(record.data)
    if inside is not None and inside != record.id:
        message = f"the record has the id {inside!r}, not {record.id!r}"
        yield Violation((ptr.join(place, "id"),), "id", message, record.id)
    for names in kind.plan.unique:
        values = [record.data.get(name) for name in names]
        key = (names, *(comparable(value) for value in values))
        if None not in values and key in taken:
            yield Violation((place,), "unique", f"another record has the same {', '.join(names)}", values)
        taken.add(key)
    for name, reference in kind.plan.references.items():
        target = record.data.get(name)
        if target is None or reference.missing is None or target == record.id:
            continue
        if state.find(reference.resource, target) is None:
            message = f"there is no record {target!r} in {reference.resource}"
            yield Violation((ptr.join(place, "data", name),), "reference", message, target)


def refusal(found: list[Violation]) -> Refusal:
    """Return the refusal of a snapshot that does not fit."""
    said = [f"at {violation.location[0]}: {violation.message}" for violation in found[:_MOST_SAID]]
    more = len(found) - len(said)
    listed = "; ".join(said) + (f"; and {more} more" if more else "")
    message = f"the snapshot does not fit its documents: {listed}. Nothing was restored; force takes it all the same"
    return Refusal(RefusalKind.INVALID, message, violations=found[:_MOST_SAID])


def restore(world: World, snapshot: Snapshot) -> None:
    """Make a world what a snapshot says, all of it or nothing; what the snapshot leaves out is as at the beginning.

    Raises:
        Refusal: Clock or stubs make no sense, or there is no room.
    """
    # On copies, before anything changes.
    world.clock.copy().load(snapshot.clock)
    Stubs().load(snapshot.stubs)
    for _ in range(MAX_ATTEMPTS):
        try:
            with ExitStack() as together:
                states = [world.states[name] for name in world.documents]
                for state in states:
                    together.enter_context(state.store.transaction())
                for name, state in zip(world.documents, states, strict=True):
                    given = snapshot.dumps.get(name, {})
                    left = [resource for resource in state.store.written() if resource not in given]
                    seeded = world.states.seeded[name]
                    known = [resource for resource in left if resource in seeded.kinds]
                    state.store.restore({**seeded.store.dump(known), **given})
        except Interrupted:
            continue
        world.clock.load(snapshot.clock)
        world.stubs.load(snapshot.stubs)
        world.draws = snapshot.draws
        return
    raise StoreUnavailable("the state is written to by too many at once")


def clone(world: World, other: World) -> None:
    """Make another world hold what a world holds; each has its own journal.

    Raises:
        Refusal: There is no room.
    """
    saved = save(world, written(world))
    restore(other, read(saved, other))


def written(*worlds: World) -> dict[str, list[str]]:
    """Return the resources by document that one of some worlds does not share with all others."""
    found: dict[str, dict[str, None]] = {}
    for world in worlds:
        for name in world.documents:
            state = world.state(name)
            if state is not world.states.seeded[name]:
                names = (item for item in state.store.written() if item in state.kinds)
                found.setdefault(name, {}).update(dict.fromkeys(names))
    return {name: list(names) for name, names in found.items()}


class _Reading:
    """Reads the values of a snapshot, and gathers what is wrong with them."""

    def __init__(self) -> None:
        self._faults: list[Violation] = []

    def fault(self, place: str, message: str) -> None:
        self._faults.append(Violation((place or "/",), "snapshot", message))

    def end(self) -> None:
        """Stop if something was wrong.

        Raises:
            Refusal: It was.
        """
        if self._faults:
            raise refusal(self._faults)

    def object(self, value: Json, place: str) -> Mapping[str, Json]:
        if not isinstance(value, dict):
            self.fault(place, "an object is expected")
            self.end()
        found: Mapping[str, Json] = value
        return found

    def number(self, value: Json, place: str, least: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _LARGEST:
            self.fault(place, f"a whole number from {least} is expected, not {value!r}")
            self.end()
        number: int = value
        return number

    def dump(self, parts: Json, place: str) -> Dump:
        """Read a resource."""
        read = self.object(parts, place)
        places: dict[Key, tuple[int, int]] = {}
        live = self._records(read.get("records", []), ptr.join(place, "records"), places)
        deleted = self._records(read.get("deleted", []), ptr.join(place, "deleted"), places)
        counters = {
            name: self.number(value, ptr.join(place, "counters", name), 0)
            for name, value in self.object(read.get("counters", {}), ptr.join(place, "counters")).items()
        }
        return Dump(live, deleted, places, counters)

    def _records(
        self, items: Json, place: str, places: dict[Key, tuple[int, int]]
    ) -> dict[Key, dict[str, Json]]:
        if not isinstance(items, list):
            self.fault(place, "a list is expected")
            return {}
        found: dict[Key, dict[str, Json]] = {}
        sequences = {sequence for sequence, _ in places.values()}
        for index, item in enumerate(items):
            here = ptr.join(place, str(index))
            id, data = (item.get("id"), item.get("data")) if isinstance(item, dict) else (None, None)
            if not is_key(id) or not isinstance(data, dict):
                self.fault(here, "a record is expected: {id, version, sequence, data}")
                continue
            if id in places:
                self.fault(ptr.join(here, "id"), f"the id {id!r} is there twice")
            sequence = self.number(item.get("sequence"), ptr.join(here, "sequence"), 1)
            if sequence in sequences:
                self.fault(ptr.join(here, "sequence"), f"the sequence {sequence} is there twice")
            sequences.add(sequence)
            places[id] = (sequence, self.number(item.get("version", 1), ptr.join(here, "version"), 1))
            found[id] = data
        return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(list(names)[:20]) or "none"
