"""The store in the memory of one process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from mockserver import jsontext
from mockserver.errors import Json, RecordConflict, StoreFull
from mockserver.mocking.store.backend import Log, Note
from mockserver.mocking.store.collection import Collection, dump_of
from mockserver.mocking.store.declared import Declared
from mockserver.mocking.store.interface import (
    Dump,
    Key,
    Origin,
    Query,
    Record,
    Seeded,
    Selection,
    UniqueKeys,
)

DEFAULT_LIMIT: Final = 1_000_000
"""Records that the stores of one world hold together, deleted ones among them."""


class Room:
    """How many records there may be, together in some stores."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self.used = 0

    def take(self, count: int) -> None:
        """Take room for some records.

        Raises:
            StoreFull: There is none.
        """
        if self.used + count > self.limit:
            raise StoreFull(
                f"the mock holds {self.limit} records, and no more; reset it, or raise --record-limit"
            )
        self.used += count


class MemoryStore:
    """A `Store` that lives as long as its process. Not safe between threads: the server has one.

    Args:
        origin: Where its resources begin; None for a store without any.
        room: How much it may hold.
    """

    def __init__(self, origin: Origin | None = None, room: Room | None = None) -> None:
        self._own: dict[str, Collection] = {}
        self._declared = Declared(origin)
        self._room = room or Room()
        self._undo: list[Callable[[], object]] | None = None
        self._fill: Callable[[str], None] | None = None
        self._planned: Callable[[str], int | None] | None = None

    # As an origin of others.

    def fill_with(
        self, fill: Callable[[str], None], planned: Callable[[str], int | None] | None = None
    ) -> None:
        """Have `fill` called before a resource is looked at or written to, so that it may be made as late as that.

        `planned` tells how many records that will be, None for a resource that has been made.
        """
        self._fill = fill
        self._planned = planned

    def planned(self, resource: str) -> int | None:
        """Return how many records a resource will have that is not made yet, None for one that is."""
        return self._planned(resource) if self._planned is not None else None

    def has(self, resource: str) -> bool:
        """See `Origin`."""
        return resource in self._own

    def collection(self, resource: str) -> Collection:
        """See `Origin`."""
        if self._fill is not None:
            self._fill(resource)
        return self._own[resource]

    # As a store.

    def declare(self, resource: str, *, unique: UniqueKeys = ()) -> None:
        """See `Store`."""
        self._declared.declare(resource, unique)
        mine = self._own.get(resource)
        if mine is not None:
            mine.keep_unique(unique)
        elif not self._declared.has_origin(resource):
            self._own[resource] = Collection(resource, unique)

    def _to_read(self, resource: str) -> Seeded:
        if self._fill is not None:
            self._fill(resource)
        mine = self._own.get(resource)
        return self._declared.seeded(resource) if mine is None else mine

    def _to_write(self, resource: str) -> Collection:
        if self._fill is not None:
            self._fill(resource)
        mine = self._own.get(resource)
        if mine is None:
            theirs = self._declared.seeded(resource)
            self._room.take(len(theirs.live) + len(theirs.deleted))
            mine = self._own[resource] = Collection(resource, self._declared.unique.get(resource, ()))
            mine.take_over(theirs)
            self._on_undo(lambda: self._give_back(resource))
        return mine

    def _give_back(self, resource: str) -> None:
        mine = self._own.pop(resource)
        self._room.used -= len(mine.live) + len(mine.deleted)

    def _on_undo(self, step: Callable[[], object]) -> None:
        if self._undo is not None:
            self._undo.append(step)

    @property
    def is_open(self) -> bool:
        """See `Store`."""
        return self._undo is not None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Store`."""
        is_outermost = self._undo is None
        steps = self._undo = [] if self._undo is None else self._undo
        mark = len(steps)
        try:
            yield
        except BaseException:
            self._undo = None
            while len(steps) > mark:
                steps.pop()()
            self._undo = steps
            raise
        finally:
            if is_outermost:
                self._undo = None

    def get(self, resource: str, id: Key) -> Record | None:
        """See `Store`."""
        return self._to_read(resource).live.get(id)

    def last(self, resource: str, id: Key) -> Record | None:
        """See `Store`."""
        collection = self._to_read(resource)
        return collection.live.get(id) or collection.deleted.get(id)

    def is_used(self, resource: str, id: Key) -> bool:
        """See `Store`."""
        collection = self._to_read(resource)
        return id in collection.live or id in collection.deleted

    def create(self, resource: str, id: Key, data: dict[str, Json]) -> Record:
        """See `Store`."""
        collection = self._to_write(resource)
        if id in collection.live or id in collection.deleted:
            raise RecordConflict(resource, ("id",), (id,))
        collection.check_unique(id, data)
        self._room.take(1)
        collection.sequence += 1
        record = Record(id, data, collection.sequence)
        collection.add(record)
        self._on_undo(lambda: self._uncreate(collection, record))
        return record

    def _uncreate(self, collection: Collection, record: Record) -> None:
        collection.remove(record)
        del collection.live[record.id]
        collection.sequence -= 1
        self._room.used -= 1

    def update(
        self, resource: str, id: Key, data: dict[str, Json], *, expected_version: int | None = None
    ) -> Record | None:
        """See `Store`."""
        old = self._to_read(resource).live.get(id)
        if old is None or expected_version not in (None, old.version):
            return None
        collection = self._to_write(resource)
        collection.check_unique(id, data)
        record = Record(id, data, old.sequence, old.version + 1)
        _exchange(collection, old, record)
        self._on_undo(lambda: _exchange(collection, record, old))
        return record

    def delete(
        self,
        resource: str,
        id: Key,
        *,
        data: dict[str, Json] | None = None,
        expected_version: int | None = None,
    ) -> Record | None:
        """See `Store`."""
        record = self._to_read(resource).live.get(id)
        if record is None or expected_version not in (None, record.version):
            return None
        collection = self._to_write(resource)
        collection.remove(record)
        del collection.live[id]
        kept = record.data if data is None else data
        collection.deleted[id] = Record(id, kept, record.sequence, record.version + 1)
        self._on_undo(lambda: _undelete(collection, record))
        return record

    def select(self, resource: str, query: Query) -> Selection:
        """See `Store`."""
        return self._to_read(resource).select(query)

    def next_number(self, resource: str, counter: str) -> int:
        """See `Store`."""
        counters = self._to_write(resource).counters
        before = counters.get(counter, 0)
        self._set_counter(counters, counter, before + 1)
        return before + 1

    def advance(self, resource: str, counter: str, number: int) -> None:
        """See `Store`."""
        counters = self._to_write(resource).counters
        if number > counters.get(counter, 0):
            self._set_counter(counters, counter, number)

    def _set_counter(self, counters: dict[str, int], counter: str, number: int) -> None:
        before = counters.get(counter)
        counters[counter] = number
        if before is None:
            self._on_undo(lambda: counters.pop(counter))
        else:
            self._on_undo(lambda: counters.update({counter: before}))

    def written(self) -> Sequence[str]:
        """See `Store`."""
        return list(self._own)

    def dump(self, resources: Iterable[str] | None = None) -> Mapping[str, Dump]:
        """See `Store`."""
        names = dict.fromkeys([*self._declared.unique, *self._own]) if resources is None else resources
        return {name: dump_of(self._to_read(name)) for name in names}

    def restore(self, dumps: Mapping[str, Dump]) -> None:
        """See `Store`."""
        for name, dump in dumps.items():
            fresh = Collection(name, self._declared.unique.get(name, ()))
            fresh.load(dump)
            before = self._own.get(name)
            size = len(fresh.live) + len(fresh.deleted)
            freed = 0 if before is None else len(before.live) + len(before.deleted)
            self._room.take(size - freed)
            self._own[name] = fresh
            self._on_undo(lambda name=name, before=before: self._unrestore(name, before))  # type: ignore[misc]

    def _unrestore(self, name: str, before: Collection | None) -> None:
        self._give_back(name)
        if before is not None:
            self._own[name] = before
            self._room.used += len(before.live) + len(before.deleted)

    def reset(self) -> None:
        """See `Store`."""
        for name in list(self._own):
            self._give_back(name)
        self._declared.forget()
        for name, unique in list(self._declared.unique.items()):
            self.declare(name, unique=unique)

    def adopt(self, origin: Origin) -> None:
        """See `Store`."""
        for collection in self._own.values():
            for record in collection.live.values():
                record.rendered = None
        self._declared.adopt(origin)


def _exchange(collection: Collection, old: Record, new: Record) -> None:
    collection.remove(old)
    collection.add(new)


def _undelete(collection: Collection, record: Record) -> None:
    del collection.deleted[record.id]
    collection.add(record)
    collection.restore_order()


class MemoryLog:
    """A `Log` in memory."""

    def __init__(self) -> None:
        self._texts: deque[tuple[int, bytes]] = deque()
        self._count = 0

    def append(self, text: bytes, keep: int) -> int:
        """See `Log`."""
        self._count += 1
        self._texts.append((self._count, text))
        while len(self._texts) > keep:
            self._texts.popleft()
        return self._count

    def read(self, after: int = 0) -> Sequence[tuple[int, bytes]]:
        """See `Log`."""
        return [item for item in self._texts if item[0] > after]

    def count(self) -> int:
        """See `Log`."""
        return self._count

    def clear(self) -> None:
        """See `Log`."""
        self._texts.clear()


class MemoryBackend:
    """A `Backend` that lives as long as its process.

    Args:
        limit: Records that the stores of one world may hold together.
    """

    shared = False

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self._limit = limit
        self._stores: dict[str, dict[str, MemoryStore]] = {}
        self._rooms: dict[str, Room] = {}
        self._notes: dict[str, dict[str, tuple[int, bytes]]] = {}
        self._logs: dict[str, MemoryLog] = {}

    def open(self, world: str, document: str, origin: Origin) -> MemoryStore:
        """See `Backend`."""
        stores = self._stores.setdefault(world, {})
        store = stores.get(document)
        if store is None:
            room = self._rooms.setdefault(world, Room(self._limit))
            store = stores[document] = MemoryStore(origin, room)
        else:
            store.adopt(origin)
        return store

    def records(self, world: str) -> int:
        """Return how many records a world holds on its own, and not only shares with others."""
        room = self._rooms.get(world)
        return 0 if room is None else room.used

    def worlds(self) -> Sequence[str]:
        """See `Backend`."""
        written = [
            name for name, stores in self._stores.items() if any(store.written() for store in stores.values())
        ]
        noted = [name for name, notes in self._notes.items() if notes]
        logged = [name for name, log in self._logs.items() if log.count()]
        return sorted({*written, *noted, *logged})

    def drop(self, world: str) -> None:
        """See `Backend`."""
        for store in self._stores.pop(world, {}).values():
            store.reset()
        self._rooms.pop(world, None)
        self._notes.pop(world, None)
        self._logs.pop(world, None)

    def note(self, world: str, name: str) -> Note | None:
        """See `Backend`."""
        found = self._notes.get(world, {}).get(name)
        return None if found is None else Note(found[0], jsontext.loads(found[1]))

    def write_note(self, world: str, name: str, value: Json, *, expected: int | None = None) -> Note | None:
        """See `Backend`."""
        notes = self._notes.setdefault(world, {})
        version = notes[name][0] if name in notes else 0
        if expected not in (None, version):
            return None
        notes[name] = (version + 1, jsontext.dumps(value))
        return Note(version + 1, value)

    def log(self, world: str) -> Log:
        """See `Backend`."""
        return self._logs.setdefault(world, MemoryLog())

    def close(self) -> None:
        """See `Backend`."""
