"""What a transaction has changed of a resource, before anybody else sees it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from mockserver.errors import Json, RecordConflict
from mockserver.mocking.store.access import part_of
from mockserver.mocking.store.interface import Key, Query, Record, Seeded, Selection, UniqueKeys
from mockserver.mocking.store.ordering import predicate
from mockserver.mocking.store.packing import unique_codes

Found = tuple[Record, bool]
"""A record, and whether it is live."""


class Base(Protocol):
    """A resource as it is before a transaction."""

    @property
    def sequence(self) -> int:
        """How many records there were."""
        ...

    def find(self, id: Key) -> Found | None:
        """Return a record."""
        ...

    def select(self, query: Query) -> Selection:
        """Return the live records that a query asks for."""
        ...

    def owner(self, number: int, code: bytes, unique: UniqueKeys) -> Key | None:
        """Return the id of the record that has a unique key."""
        ...

    def counter(self, name: str) -> int:
        """Return the last number of a counter."""
        ...


class SeededBase:
    """A resource as its origin has it, or as it is restored."""

    def __init__(self, seeded: Seeded) -> None:
        self.seeded = seeded
        self._owners: tuple[UniqueKeys, dict[tuple[int, bytes], Key]] | None = None

    @property
    def sequence(self) -> int:
        """See `Base`."""
        return self.seeded.sequence

    def find(self, id: Key) -> Found | None:
        """See `Base`."""
        record = self.seeded.live.get(id)
        if record is not None:
            return record, True
        record = self.seeded.deleted.get(id)
        return None if record is None else (record, False)

    def select(self, query: Query) -> Selection:
        """See `Base`."""
        return self.seeded.select(query)

    def owner(self, number: int, code: bytes, unique: UniqueKeys) -> Key | None:
        """See `Base`."""
        if self._owners is None or self._owners[0] != unique:
            self._owners = unique, owners_of(self.seeded.live.values(), unique)
        return self._owners[1].get((number, code))

    def counter(self, name: str) -> int:
        """See `Base`."""
        return self.seeded.counters.get(name, 0)


def owners_of(records: Iterable[Record], unique: UniqueKeys) -> dict[tuple[int, bytes], Key]:
    """Return which record has each unique key: of those that share one, the oldest."""
    owners: dict[tuple[int, bytes], Key] = {}
    for record in sorted(records, key=lambda record: record.sequence):
        for key in unique_codes(record.data, unique):
            owners.setdefault(key, record.id)
    return owners


class Overlay:
    """The changes of one transaction over a base.

    Attributes:
        base: What was there before.
        records: The records that were changed, as they are now.
        owners: Unique keys that were given to a record, or are free.
        counters: Counters that have counted on.
    """

    def __init__(self, resource: str, base: Base, unique: UniqueKeys) -> None:
        self._resource = resource
        self.base = base
        self.unique = unique
        self.sequence = base.sequence
        self.records: dict[Key, Found] = {}
        self.owners: dict[tuple[int, bytes], Key | None] = {}
        self.counters: dict[str, int] = {}

    def copy(self) -> Overlay:
        """Return the same changes, which go on by themselves."""
        other = Overlay(self._resource, self.base, self.unique)
        other.sequence = self.sequence
        other.records = dict(self.records)
        other.owners = dict(self.owners)
        other.counters = dict(self.counters)
        return other

    def find(self, id: Key) -> Found | None:
        """Return a record, and whether it is live."""
        found = self.records.get(id)
        return self.base.find(id) if found is None else found

    def select(self, query: Query) -> Selection:
        """Return the live records that a query asks for."""
        if not self.records:
            return self.base.select(query)
        found = self.base.select(Query(query.conditions)).records
        tests = [predicate(condition) for condition in query.conditions]
        records = [record for record in found if record.id not in self.records]
        records += [
            record
            for record, is_live in self.records.values()
            if is_live and all(test(record.data) for test in tests)
        ]
        return part_of(records, query)

    def create(self, id: Key, data: dict[str, Json]) -> Record:
        """See `Store`."""
        if self.find(id) is not None:
            raise RecordConflict(self._resource, ("id",), (id,))
        record = Record(id, data, self.sequence + 1)
        self._take(record)
        self.sequence += 1
        self.records[id] = (record, True)
        return record

    def update(self, old: Record, data: dict[str, Json]) -> Record:
        """Replace the data of a live record."""
        record = Record(old.id, data, old.sequence, old.version + 1)
        self._take(record, old)
        self.records[old.id] = (record, True)
        return record

    def delete(self, old: Record, data: dict[str, Json] | None) -> None:
        """Delete a live record."""
        self._give(old)
        kept = old.data if data is None else data
        self.records[old.id] = (Record(old.id, kept, old.sequence, old.version + 1), False)

    def counter(self, name: str) -> int:
        """Return the last number of a counter."""
        number = self.counters.get(name)
        return self.base.counter(name) if number is None else number

    def _owner(self, key: tuple[int, bytes]) -> Key | None:
        return self.owners[key] if key in self.owners else self.base.owner(*key, self.unique)

    def _take(self, record: Record, old: Record | None = None) -> None:
        keys = unique_codes(record.data, self.unique)
        for key in keys:
            if self._owner(key) not in (None, record.id):
                names = self.unique[key[0]]
                raise RecordConflict(self._resource, names, [record.data.get(name) for name in names])
        if old is not None:
            self._give(old)
        for key in keys:
            self.owners[key] = record.id

    def _give(self, record: Record) -> None:
        for key in unique_codes(record.data, self.unique):
            if self._owner(key) == record.id:
                self.owners[key] = None
