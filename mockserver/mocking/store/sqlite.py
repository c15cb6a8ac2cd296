"""The store in an SQLite file: survives its process, and is shared by those of one machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

from mockserver import jsontext
from mockserver.errors import Json, RecordConflict
from mockserver.mocking.store.access import Index, select
from mockserver.mocking.store.by_id import ById
from mockserver.mocking.store.collection import dump_of
from mockserver.mocking.store.database import Database
from mockserver.mocking.store.declared import Declared
from mockserver.mocking.store.interface import (
    Dump,
    Key,
    Origin,
    Query,
    Record,
    Selection,
    UniqueKeys,
)
from mockserver.mocking.store.packing import pack_id
from mockserver.mocking.store.rows import Rows, drop_collections, packed, place_of, places_of, record_in
from mockserver.mocking.store.tables import NeedsIndex, Table, add_index


class SqliteStore(ById):
    """A `Store` in a database.

    Args:
        database: The file.
        world, document: Whose records these are.
        origin: Where its resources begin.
    """

    def __init__(self, database: Database, world: str, document: str, origin: Origin) -> None:
        self._database = database
        self._name = (world, document)
        self._declared = Declared(origin)

    def declare(self, resource: str, *, unique: UniqueKeys = ()) -> None:
        """See `Store`. Other keys are put in force by the next write."""
        self._declared.declare(resource, unique)

    @property
    def is_open(self) -> bool:
        """See `Store`."""
        return self._database.is_writing

    def transaction(self) -> AbstractContextManager[None]:
        """See `Store`."""
        return self._database.writing()

    # Reading.

    def _found(self, resource: str, id: Key) -> tuple[Record, bool] | None:
        """Return a record, and whether it is live."""
        row = self._database.row(
            "SELECT r.place, r.id, r.version, r.data, r.live FROM collections c"
            " LEFT JOIN records r ON r.collection = c.id AND r.id = ?"
            " WHERE c.world = ? AND c.document = ? AND c.resource = ?",
            pack_id(id),
            *self._name,
            resource,
        )
        if row is None:
            seeded = self._declared.seeded(resource)
            record = seeded.live.get(id)
            if record is not None:
                return record, True
            record = seeded.deleted.get(id)
            return None if record is None else (record, False)
        return None if row[0] is None else (record_in(row), bool(row[4]))

    def select(self, resource: str, query: Query) -> Selection:
        """See `Store`."""
        while True:
            try:
                with self._database.reading():
                    mine = self._collection(resource)
                    if mine is None:
                        return self._declared.seeded(resource).select(query)
                    return select(Table(self._database, mine.number, mine.live), query)
            except NeedsIndex as need:
                with self._database.writing():
                    mine = self._collection(resource)
                    if mine is not None:
                        add_index(self._database, mine.number, need.index)

    def written(self) -> Sequence[str]:
        """See `Store`."""
        rows = self._database.run(
            "SELECT resource FROM collections WHERE world = ? AND document = ? ORDER BY id", *self._name
        )
        return [row[0] for row in rows]

    def dump(self, resources: Iterable[str] | None = None) -> Mapping[str, Dump]:
        """See `Store`."""
        with self._database.reading():
            written = self.written()
            names = dict.fromkeys([*self._declared.unique, *written]) if resources is None else resources
            return {
                name: self._dump(name) if name in written else dump_of(self._declared.seeded(name))
                for name in names
            }

    def _dump(self, resource: str) -> Dump:
        mine = self._collection(resource)
        assert mine is not None
        rows = self._database.run(
            "SELECT place, id, version, data, live FROM records WHERE place BETWEEN ? AND ? ORDER BY place",
            *places_of(mine.number),
        ).fetchall()
        records = [(record_in(row), bool(row[4])) for row in rows]
        counters = self._database.run(
            "SELECT name, value FROM counters WHERE collection = ?", mine.number
        ).fetchall()
        return Dump(
            {record.id: record.data for record, is_live in records if is_live},
            {record.id: record.data for record, is_live in records if not is_live},
            {record.id: (record.sequence, record.version) for record, _ in records},
            dict(counters),
        )

    def _collection(self, resource: str) -> Rows | None:
        row = self._database.row(
            "SELECT id, sequence, live, uniques FROM collections"
            " WHERE world = ? AND document = ? AND resource = ?",
            *self._name,
            resource,
        )
        if row is None:
            return None
        return Rows(self._database, row[0], row[1], row[2], tuple(map(tuple, jsontext.loads(row[3]))))

    # Writing: always in a transaction.

    def create(self, resource: str, id: Key, data: dict[str, Json]) -> Record:
        """See `Store`."""
        with self._database.writing():
            mine = self._to_write(resource)
            key = pack_id(id)
            known = self._database.row(
                "SELECT 1 FROM records WHERE collection = ? AND id = ?", mine.number, key
            )
            if known is not None:
                raise RecordConflict(resource, ("id",), (id,))
            record = Record(id, data, mine.sequence + 1)
            mine.take_keys(resource, record)
            self._database.run(
                "INSERT INTO records (place, collection, id, version, live, data) VALUES (?, ?, ?, 1, 1, ?)",
                place_of(mine.number, record.sequence),
                mine.number,
                key,
                jsontext.dumps(data),
            )
            mine.enter(record)
            self._database.run(
                "UPDATE collections SET sequence = ?, live = live + 1 WHERE id = ?",
                record.sequence,
                mine.number,
            )
            return record

    def update(
        self, resource: str, id: Key, data: dict[str, Json], *, expected_version: int | None = None
    ) -> Record | None:
        """See `Store`."""
        with self._database.writing():
            old = self.get(resource, id)
            if old is None or expected_version not in (None, old.version):
                return None
            mine = self._to_write(resource)
            record = Record(id, data, old.sequence, old.version + 1)
            mine.take_keys(resource, record, old)
            self._database.run(
                "UPDATE records SET version = ?, data = ? WHERE place = ?",
                record.version,
                jsontext.dumps(data),
                place_of(mine.number, record.sequence),
            )
            mine.enter(record, old)
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
        with self._database.writing():
            old = self.get(resource, id)
            if old is None or expected_version not in (None, old.version):
                return None
            mine = self._to_write(resource)
            place = place_of(mine.number, old.sequence)
            mine.give_keys(old)
            mine.leave(old)
            self._database.run(
                "UPDATE records SET version = ?, data = ?, live = 0 WHERE place = ?",
                old.version + 1,
                jsontext.dumps(old.data if data is None else data),
                place,
            )
            self._database.run("UPDATE collections SET live = live - 1 WHERE id = ?", mine.number)
            return old

    def next_number(self, resource: str, counter: str) -> int:
        """See `Store`."""
        with self._database.writing():
            mine = self._to_write(resource)
            row = self._database.run(
                "INSERT INTO counters (collection, name, value) VALUES (?, ?, 1)"
                " ON CONFLICT (collection, name) DO UPDATE SET value = value + 1 RETURNING value",
                mine.number,
                counter,
            ).fetchone()
            return int(row[0])

    def advance(self, resource: str, counter: str, number: int) -> None:
        """See `Store`."""
        if number <= 0:
            return
        with self._database.writing():
            self._database.run(
                "INSERT INTO counters (collection, name, value) VALUES (?, ?, ?)"
                " ON CONFLICT (collection, name) DO UPDATE SET value = max(value, excluded.value)",
                self._to_write(resource).number,
                counter,
                number,
            )

    def restore(self, dumps: Mapping[str, Dump]) -> None:
        """See `Store`."""
        with self._database.writing():
            for resource, dump in dumps.items():
                mine = self._collection(resource)
                if mine is not None:
                    drop_collections(self._database, [mine.number])
                self._fill(resource, list(dump.records()), dump.counters)

    def reset(self) -> None:
        """See `Store`."""
        with self._database.writing():
            rows = self._database.run(
                "SELECT id FROM collections WHERE world = ? AND document = ?", *self._name
            ).fetchall()
            drop_collections(self._database, [row[0] for row in rows])
        self._declared.forget()

    def adopt(self, origin: Origin) -> None:
        """See `Store`."""
        self._declared.adopt(origin)

    # The parts of a write.

    def _to_write(self, resource: str) -> Rows:
        """Return the collection of a resource, taken over from the origin, under the keys that hold now."""
        mine = self._collection(resource)
        if mine is None:
            seeded = self._declared.seeded(resource)
            records = [(record, True) for record in seeded.live.values()]
            records += [(record, False) for record in seeded.deleted.values()]
            mine = self._fill(resource, records, seeded.counters, seeded.sequence)
        unique = self._declared.unique.get(resource, mine.unique)
        if mine.unique != unique:
            mine = Rows(self._database, mine.number, mine.sequence, mine.live, unique)
            self._database.run("UPDATE collections SET uniques = ? WHERE id = ?", packed(unique), mine.number)
            self._database.run("DELETE FROM uniques WHERE collection = ?", mine.number)
            rows = self._database.run(
                "SELECT place, id, version, data FROM records"
                " WHERE place BETWEEN ? AND ? AND live ORDER BY place",
                *places_of(mine.number),
            ).fetchall()
            mine.note_keys([record_in(row) for row in rows])
        return mine

    def _fill(
        self,
        resource: str,
        records: Sequence[tuple[Record, bool]],
        counters: Mapping[str, int],
        sequence: int = 0,
    ) -> Rows:
        """Make the collection of a resource, with records of which it is said whether they are live."""
        unique = self._declared.unique.get(resource, ())
        live = [record for record, is_live in records if is_live]
        sequence = max([sequence, *(record.sequence for record, _ in records)])
        number = self._database.run(
            "INSERT INTO collections (world, document, resource, sequence, live, uniques)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            *self._name,
            resource,
            sequence,
            len(live),
            packed(unique),
        ).lastrowid
        assert number is not None
        mine = Rows(self._database, number, sequence, len(live), unique)
        self._database.many(
            "INSERT INTO records (place, collection, id, version, live, data) VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    place_of(number, record.sequence),
                    number,
                    pack_id(record.id),
                    record.version,
                    int(is_live),
                    jsontext.dumps(record.data),
                )
                for record, is_live in records
            ),
        )
        self._database.many(
            "INSERT INTO counters (collection, name, value) VALUES (?, ?, ?)",
            ((number, name, value) for name, value in counters.items()),
        )
        mine.note_keys(live)
        add_index(self._database, number, Index())
        return mine
