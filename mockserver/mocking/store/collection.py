"""The records of one resource in memory: dictionaries, and a sorted index for each kind of question that was asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from sortedcontainers import SortedList

from mockserver.errors import Json, RecordConflict
from mockserver.mocking.store.access import ALL, Index, Span, Window, select
from mockserver.mocking.store.interface import (
    Dump,
    Key,
    Query,
    Record,
    Seeded,
    Selection,
    UniqueKeys,
)
from mockserver.mocking.store.ordering import SortKey, comparable
from mockserver.mocking.store.sortkeys import sequence_in

MAX_INDEXES: Final = 32
"""Indexes of a resource; a question that needs another one looks at more records."""


class Collection:
    """The records of one resource."""

    def __init__(self, name: str, unique: UniqueKeys) -> None:
        self.name = name
        self.unique: UniqueKeys = ()
        self.live: dict[Key, Record] = {}
        self.deleted: dict[Key, Record] = {}
        self.taken: list[dict[tuple[SortKey, ...], Key]] = []
        self.indexes: dict[Index, SortedList[bytes]] = {}
        # By order of creation, as soon as there is an index.
        self._by_sequence: dict[int, Record] = {}
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
        if self.indexes:
            self._by_sequence[record.sequence] = record
        for index, entries in self.indexes.items():
            entries.add(index.entry(record))

    def remove(self, record: Record) -> None:
        """Take a record out of keys and indexes."""
        for number, key in self._unique_keys(record.data):
            if key is not None and self.taken[number].get(key) == record.id:
                del self.taken[number][key]
        self._by_sequence.pop(record.sequence, None)
        for index, entries in self.indexes.items():
            entries.remove(index.entry(record))

    # As a source of `access.select`.

    @property
    def walks(self) -> bool:
        """Yes: nobody writes while it is read."""
        return True

    @property
    def size(self) -> int:
        """How many live records there are."""
        return len(self.live)

    def select(self, query: Query) -> Selection:
        """Return the records that a query asks for.

        Raises:
            ValueError: An operator is unknown.
        """
        return select(self, query)

    def admits(self, index: Index) -> bool:
        """Return whether an index is there, or may be made."""
        return index in self.indexes or len(self.indexes) < MAX_INDEXES

    def count(self, index: Index, spans: Sequence[Span]) -> int:
        """Return how many records are in some stretches."""
        entries = self._entries(index)
        return sum(entries.bisect_left(high) - entries.bisect_left(low) for low, high in spans)

    def gather(self, index: Index, spans: Sequence[Span]) -> list[Record]:
        """Return all records in some stretches."""
        if not index.parts and spans == ALL:
            return list(self.live.values())
        return self._read(index, [self._ranks(index, span) for span in spans])

    def page(self, window: Window) -> tuple[Sequence[Record], int, int]:
        """Return the records of a window in the order wanted, the total, and the rank of the first."""
        index = window.index
        if not index.parts and window.part == ALL and not window.backwards:
            # In order of creation they lie there already.
            total = len(self.live)
            start, _, count = window.placed(total, total, total)
            return list(islice(self.live.values(), start, start + count)), total, start
        total = self.count(index, window.whole)
        later = 0 if window.later is None else self.count(index, window.later)
        ranks = [self._ranks(index, span) for span in window.part]
        start, skipped, count = window.placed(total, later, sum(high - low for low, high in ranks))
        backwards = window.backwards is not window.from_end
        found = self._read(index, _within(ranks, skipped, count, backwards=backwards))
        if window.backwards:
            found.reverse()
        return found, total, start

    def _ranks(self, index: Index, span: Span) -> tuple[int, int]:
        entries = self._entries(index)
        return entries.bisect_left(span[0]), entries.bisect_left(span[1])

    def _read(self, index: Index, ranks: Sequence[tuple[int, int]]) -> list[Record]:
        """Return the records between ranks of an index, in its order."""
        entries, records = self._entries(index), self._by_sequence
        return [records[sequence_in(entry)] for low, high in ranks for entry in entries.islice(low, high)]

    def _entries(self, index: Index) -> SortedList[bytes]:
        """Return an index, made at the first question about it."""
        entries = self.indexes.get(index)
        if entries is None:
            if not self.indexes:
                self._by_sequence = {record.sequence: record for record in self.live.values()}
            entries = self.indexes[index] = SortedList(map(index.entry, self.live.values()))
        return entries

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


def _within(
    ranks: Sequence[tuple[int, int]], skipped: int, count: int, *, backwards: bool
) -> list[tuple[int, int]]:
    """Return the ranks of so many entries, after some that are skipped from the beginning or the end."""
    result: list[tuple[int, int]] = []
    for low, high in reversed(ranks) if backwards else ranks:
        there = high - low
        size = max(min(there - skipped, count), 0)
        if size and backwards:
            result.insert(0, (high - skipped - size, high - skipped))
        elif size:
            result.append((low + skipped, low + skipped + size))
        count -= size
        skipped = max(skipped - there, 0)
    return result
