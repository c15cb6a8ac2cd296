"""The store in the memory of one process: dictionaries, and an index for each property that a query asked for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from mockserver.errors import Json, RecordConflict
from mockserver.mocking.store.interface import (
    Condition,
    Dump,
    Key,
    Query,
    Record,
    Selection,
    Store,
    UniqueKeys,
)
from mockserver.mocking.store.ordering import SortKey, at_path, comparable, place_key, position, predicate

Path = tuple[str, ...]
MAX_INDEXES: Final = 32
"""Properties of a resource that get an index; a question about another one looks at every record."""


class _Collection:
    """The records of one resource."""

    def __init__(self, name: str, unique: UniqueKeys) -> None:
        self.name = name
        self.unique: UniqueKeys = ()
        self.live: dict[Key, Record] = {}
        self.deleted: dict[Key, Record] = {}
        self.taken: list[dict[tuple[SortKey, ...], Key]] = []
        self.indexes: dict[Path, dict[SortKey, dict[Key, None]]] = {}
        self.sequence = 0
        self.keep_unique(unique)

    def keep_unique(self, unique: UniqueKeys) -> None:
        """Let no two live records share these keys from now on; of those that do, the oldest has the key."""
        self.unique = unique
        self.taken = [{} for _ in unique]
        for record in self.live.values():
            for number, key in self._unique_keys(record.data):
                if key is not None:
                    self.taken[number].setdefault(key, record.id)

    def copy(self) -> _Collection:
        other = _Collection(self.name, self.unique)
        # Records are never changed in place, so they can be shared; indexes are made anew when asked for.
        other.live = dict(self.live)
        other.deleted = dict(self.deleted)
        other.taken = [dict(keys) for keys in self.taken]
        other.sequence = self.sequence
        return other

    def _unique_keys(self, data: dict[str, Json]) -> Iterable[tuple[int, tuple[SortKey, ...] | None]]:
        for number, names in enumerate(self.unique):
            values = [data.get(name) for name in names]
            yield number, None if None in values else tuple(comparable(value) for value in values)

    def check_unique(self, id: Key, data: dict[str, Json]) -> None:
        for number, key in self._unique_keys(data):
            if key is not None and self.taken[number].get(key, id) != id:
                names = self.unique[number]
                raise RecordConflict(self.name, names, [data.get(name) for name in names])

    def add(self, record: Record) -> None:
        self.live[record.id] = record
        for number, key in self._unique_keys(record.data):
            if key is not None:
                self.taken[number][key] = record.id
        for path, index in self.indexes.items():
            index.setdefault(comparable(at_path(record.data, path)), {})[record.id] = None

    def remove(self, record: Record) -> None:
        for number, key in self._unique_keys(record.data):
            if key is not None and self.taken[number].get(key) == record.id:
                del self.taken[number][key]
        for path, index in self.indexes.items():
            value = comparable(at_path(record.data, path))
            ids = index[value]
            del ids[record.id]
            if not ids:
                del index[value]

    def has(self, path: Path) -> bool:
        """Return whether a property has an index, or may have one: what clients ask for is not bounded."""
        return path in self.indexes or len(self.indexes) < MAX_INDEXES

    def index(self, path: Path) -> dict[SortKey, dict[Key, None]]:
        """Return the index of a property, made at the first question about it."""
        index = self.indexes.get(path)
        if index is None:
            index = self.indexes[path] = {}
            for record in self.live.values():
                index.setdefault(comparable(at_path(record.data, path)), {})[record.id] = None
        return index

    def candidates(self, condition: Condition) -> Sequence[Record]:
        """Return the records that an `eq` condition admits, in order of creation."""
        index = self.index(condition.path)
        keys = dict.fromkeys(comparable(value) for value in condition.values)
        found = [self.live[id] for key in keys for id in index.get(key, ())]
        # An update moves an id to the end of its bucket.
        found.sort(key=lambda record: record.sequence)
        return found


class MemoryStore:
    """A `Store` that lives as long as its process. Not safe between threads: the server has one."""

    def __init__(self) -> None:
        self._collections: dict[str, _Collection] = {}
        self._counters: dict[str, int] = {}

    def declare(self, resource: str, *, unique: UniqueKeys = ()) -> None:
        """See `Store`."""
        collection = self._collections.get(resource)
        if collection is None:
            self._collections[resource] = _Collection(resource, unique)
        elif collection.unique != unique:
            collection.keep_unique(unique)

    def get(self, resource: str, id: Key) -> Record | None:
        """See `Store`."""
        return self._collections[resource].live.get(id)

    def last(self, resource: str, id: Key) -> Record | None:
        """See `Store`."""
        collection = self._collections[resource]
        return collection.live.get(id) or collection.deleted.get(id)

    def is_used(self, resource: str, id: Key) -> bool:
        """See `Store`."""
        collection = self._collections[resource]
        return id in collection.live or id in collection.deleted

    def create(self, resource: str, id: Key, data: dict[str, Json]) -> Record:
        """See `Store`."""
        collection = self._collections[resource]
        if id in collection.live or id in collection.deleted:
            raise RecordConflict(resource, ("id",), (id,))
        collection.check_unique(id, data)
        collection.sequence += 1
        record = Record(id, data, collection.sequence)
        collection.add(record)
        return record

    def update(
        self, resource: str, id: Key, data: dict[str, Json], *, expected_version: int | None = None
    ) -> Record | None:
        """See `Store`."""
        collection = self._collections[resource]
        old = collection.live.get(id)
        if old is None or expected_version not in (None, old.version):
            return None
        collection.check_unique(id, data)
        collection.remove(old)
        record = Record(id, data, old.sequence, old.version + 1)
        collection.add(record)
        return record

    def delete(self, resource: str, id: Key, *, data: dict[str, Json] | None = None) -> Record | None:
        """See `Store`."""
        collection = self._collections[resource]
        record = collection.live.get(id)
        if record is None:
            return None
        collection.remove(record)
        del collection.live[id]
        kept = record.data if data is None else data
        collection.deleted[id] = Record(id, kept, record.sequence, record.version + 1)
        return record

    def select(self, resource: str, query: Query) -> Selection:
        """See `Store`."""
        collection = self._collections[resource]
        records: Iterable[Record] = collection.live.values()
        total = len(collection.live)
        conditions = list(query.conditions)
        indexed = next(
            (item for item in conditions if item.operator == "eq" and collection.has(item.path)), None
        )
        if indexed is not None:
            conditions.remove(indexed)
            found = collection.candidates(indexed)
            records, total = found, len(found)
        if conditions:
            tests = [predicate(condition) for condition in conditions]
            matching = [record for record in records if all(test(record.data) for test in tests)]
            records, total = matching, len(matching)
        if query.order:
            records = _ordered(records, query.order)
        if query.after is None and query.before is None:
            start = min(query.offset, total)
            stop = None if query.limit is None else min(start + query.limit, total)
        else:
            records = list(records)
            start, stop = _window(records, query)
        return Selection(list(islice(records, start, stop)), total, start)

    def next_number(self, counter: str) -> int:
        """See `Store`."""
        number = self._counters.get(counter, 0) + 1
        self._counters[counter] = number
        return number

    def advance(self, counter: str, number: int) -> None:
        """See `Store`."""
        self._counters[counter] = max(self._counters.get(counter, 0), number)

    def dump(self) -> Mapping[str, Dump]:
        """See `Store`."""
        return {
            name: Dump(
                {id: record.data for id, record in collection.live.items()},
                {id: record.data for id, record in collection.deleted.items()},
            )
            for name, collection in self._collections.items()
        }

    def adopt(self, other: Store) -> None:
        """See `Store`.

        Raises:
            TypeError: The other store is of another kind.
        """
        if not isinstance(other, MemoryStore):
            raise TypeError(f"a store in memory cannot take over from a {type(other).__name__}")
        for collection in self._collections.values():
            for record in collection.live.values():
                record.rendered = None
        for name, collection in other._collections.items():
            if name not in self._collections:
                self._collections[name] = collection.copy()
        self._counters = {**other._counters, **self._counters}

    def copy(self) -> MemoryStore:
        """See `Store`."""
        other = MemoryStore()
        other._collections = {name: collection.copy() for name, collection in self._collections.items()}
        other._counters = dict(self._counters)
        return other


def _window(records: Sequence[Record], query: Query) -> tuple[int, int]:
    """Return from where to where the records go that stand after one place and before another."""
    key = place_key(query.order)

    def key_of(record: Record) -> Any:
        return key(position(record, query.order))

    low, high = 0, len(records)
    if query.after is not None:
        low = bisect_right(records, key(query.after), key=key_of)
    if query.before is not None:
        high = max(bisect_left(records, key(query.before), key=key_of), low)
    if query.after is None:
        high = max(high - query.offset, low)
        return low if query.limit is None else max(high - query.limit, low), high
    low = min(low + query.offset, high)
    return low, high if query.limit is None else min(low + query.limit, high)


def _ordered(records: Iterable[Record], order: tuple[tuple[Path, bool], ...]) -> list[Record]:
    newest_first = order[-1][1]
    result = sorted(records, key=lambda record: record.sequence, reverse=newest_first)
    for path, descending in reversed([item for item in order if item[0]]):
        # reverse=True keeps the order of equal elements, so ties stay in order of creation, newest first or last.
        result.sort(key=lambda record, path=path: comparable(at_path(record.data, path)), reverse=descending)  # type: ignore[misc]
    return result
