"""The records of one resource in memory: dictionaries, and an index for each property that a query asked for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

from mockserver.errors import Json, RecordConflict
from mockserver.mocking.store.interface import (
    Condition,
    Dump,
    Key,
    Query,
    Record,
    Seeded,
    Selection,
    UniqueKeys,
)
from mockserver.mocking.store.ordering import SortKey, at_path, comparable, place_key, position, predicate

Path = tuple[str, ...]
MAX_INDEXES: Final = 32
"""Properties of a resource that get an index; a question about another one looks at every record."""


class Collection:
    """The records of one resource."""

    def __init__(self, name: str, unique: UniqueKeys) -> None:
        self.name = name
        self.unique: UniqueKeys = ()
        self.live: dict[Key, Record] = {}
        self.deleted: dict[Key, Record] = {}
        self.taken: list[dict[tuple[SortKey, ...], Key]] = []
        self.indexes: dict[Path, dict[SortKey, dict[Key, None]]] = {}
        self.counters: dict[str, int] = {}
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

    def take_over(self, other: Seeded) -> None:
        """Take in all of another collection; to be called on an empty one."""
        # Records are never changed in place, so they can be shared; indexes are made anew when asked for.
        self.live = dict(other.live)
        self.deleted = dict(other.deleted)
        self.counters = dict(other.counters)
        self.sequence = other.sequence
        self.keep_unique(self.unique)

    def _unique_keys(self, data: dict[str, Json]) -> Iterable[tuple[int, tuple[SortKey, ...] | None]]:
        for number, names in enumerate(self.unique):
            values = [data.get(name) for name in names]
            yield number, None if None in values else tuple(comparable(value) for value in values)

    def check_unique(self, id: Key, data: dict[str, Json]) -> None:
        """Refuse data whose unique keys another record has.

        Raises:
            RecordConflict: A key is taken.
        """
        for number, key in self._unique_keys(data):
            if key is not None and self.taken[number].get(key, id) != id:
                names = self.unique[number]
                raise RecordConflict(self.name, names, [data.get(name) for name in names])

    def add(self, record: Record) -> None:
        """Take a record in, in place of one of the same id that was removed before."""
        self.live[record.id] = record
        for number, key in self._unique_keys(record.data):
            if key is not None:
                self.taken[number][key] = record.id
        for path, index in self.indexes.items():
            index.setdefault(comparable(at_path(record.data, path)), {})[record.id] = None

    def remove(self, record: Record) -> None:
        """Take a record out of keys and indexes."""
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

    def select(self, query: Query) -> Selection:
        """Return the records that a query asks for.

        Raises:
            ValueError: An operator is unknown.
        """
        records: Iterable[Record] = self.live.values()
        total = len(self.live)
        conditions = list(query.conditions)
        indexed = next((item for item in conditions if item.operator == "eq" and self.has(item.path)), None)
        if indexed is not None:
            conditions.remove(indexed)
            found = self.candidates(indexed)
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

    def load(self, dump: Dump) -> None:
        """Take in what was dumped; to be called on an empty collection."""
        for record, is_live in dump.records():
            if is_live:
                self.add(record)
            else:
                self.deleted[record.id] = record
            self.sequence = max(self.sequence, record.sequence)
        self.counters = dict(dump.counters)

    def restore_order(self) -> None:
        """Bring the records into the order of creation again, after one came back."""
        self.live = dict(sorted(self.live.items(), key=lambda item: item[1].sequence))


def dump_of(collection: Seeded) -> Dump:
    """Return everything in a collection."""
    live, deleted = collection.live, collection.deleted
    return Dump(
        {id: record.data for id, record in live.items()},
        {id: record.data for id, record in deleted.items()},
        {record.id: (record.sequence, record.version) for record in (*live.values(), *deleted.values())},
        dict(collection.counters),
    )


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
