"""The rows of one resource in an SQLite file: unique keys and entries of indexes, kept with its records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mockserver import jsontext
from mockserver.errors import RecordConflict
from mockserver.mocking.store.access import Index
from mockserver.mocking.store.database import SEQUENCE_BITS, Database
from mockserver.mocking.store.interface import Record, UniqueKeys
from mockserver.mocking.store.packing import id_of, index_of, record_of, unique_codes


@dataclass(frozen=True, slots=True)
class Rows:
    """A resource that was written to.

    Attributes:
        number: Of its row in `collections`.
        live: How many live records it has.
    """

    database: Database
    number: int
    sequence: int
    live: int
    unique: UniqueKeys

    def place(self, record: Record) -> int:
        """Return where a record is among those of all resources."""
        return place_of(self.number, record.sequence)

    def note_keys(self, records: Iterable[Record]) -> None:
        """Note the unique keys of records in order of creation; of those that share one, the oldest has it."""
        self.database.many(
            "INSERT OR IGNORE INTO uniques (collection, number, key, place) VALUES (?, ?, ?, ?)",
            (
                (self.number, number, key, self.place(record))
                for record in records
                for number, key in unique_codes(record.data, self.unique)
            ),
        )

    def take_keys(self, resource: str, record: Record, old: Record | None = None) -> None:
        """Give a record its unique keys, in place of those it had.

        Raises:
            RecordConflict: Another has one of them.
        """
        place = self.place(record)
        keys = unique_codes(record.data, self.unique)
        for number, key in keys:
            row = self.database.row(
                "SELECT place FROM uniques WHERE collection = ? AND number = ? AND key = ?",
                self.number,
                number,
                key,
            )
            if row is not None and row[0] != place:
                names = self.unique[number]
                raise RecordConflict(resource, names, [record.data.get(name) for name in names])
        if old is not None:
            self.give_keys(old)
        for number, key in keys:
            self.database.run(
                "INSERT INTO uniques (collection, number, key, place) VALUES (?, ?, ?, ?)",
                self.number,
                number,
                key,
                place,
            )

    def give_keys(self, record: Record) -> None:
        """Let go of the unique keys of a record."""
        for number, key in unique_codes(record.data, self.unique):
            self.database.run(
                "DELETE FROM uniques WHERE collection = ? AND number = ? AND key = ? AND place = ?",
                self.number,
                number,
                key,
                self.place(record),
            )

    def enter(self, record: Record, old: Record | None = None) -> None:
        """Put a record into the indexes, in the place of its old self."""
        place = self.place(record)
        for number, index in self._indexes():
            entry = index.entry(record)
            before = None if old is None else index.entry(old)
            if entry == before:
                continue
            if before is not None:
                self.database.run("DELETE FROM entries WHERE number = ? AND entry = ?", number, before)
            self.database.run(
                "INSERT INTO entries (number, entry, place) VALUES (?, ?, ?)", number, entry, place
            )

    def leave(self, record: Record) -> None:
        """Take a record out of the indexes."""
        for number, index in self._indexes():
            self.database.run(
                "DELETE FROM entries WHERE number = ? AND entry = ?", number, index.entry(record)
            )

    def _indexes(self) -> list[tuple[int, Index]]:
        rows = self.database.run("SELECT id, parts FROM indexes WHERE collection = ?", self.number)
        return [(row[0], index_of(row[1])) for row in rows.fetchall()]


def drop_collections(database: Database, numbers: Iterable[int]) -> None:
    """Delete collections with all that belongs to them."""
    for number in numbers:
        database.run(
            "DELETE FROM entries WHERE number IN (SELECT id FROM indexes WHERE collection = ?)", number
        )
        database.run("DELETE FROM records WHERE place BETWEEN ? AND ?", *places_of(number))
        for table in ("indexes", "uniques", "counters"):
            database.run(f"DELETE FROM {table} WHERE collection = ?", number)
        database.run("DELETE FROM collections WHERE id = ?", number)


def packed(unique: UniqueKeys) -> str:
    """Return unique keys as text."""
    return jsontext.dumps(unique).decode()


def place_of(collection: int, sequence: int) -> int:
    """Return where a record is among those of all resources."""
    return collection << SEQUENCE_BITS | sequence


def places_of(collection: int) -> tuple[int, int]:
    """Return the first and the last place of a collection."""
    return place_of(collection, 0), place_of(collection + 1, 0) - 1


def record_in(row: tuple[object, ...]) -> Record:
    """Return the record of a row that begins with place, id, version, data."""
    place, id, version, data = row[:4]
    assert isinstance(place, int)
    assert isinstance(id, str)
    assert isinstance(version, int)
    assert isinstance(data, bytes)
    return record_of(id_of(id), data, place & ((1 << SEQUENCE_BITS) - 1), version)
