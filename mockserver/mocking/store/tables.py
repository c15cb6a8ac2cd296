"""One resource in an SQLite file as a source of queries, and the making of its indexes."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.mocking.store.access import ALL, Index, Span, Window
from mockserver.mocking.store.collection import MAX_INDEXES
from mockserver.mocking.store.database import SEQUENCE_BITS, Database
from mockserver.mocking.store.interface import Record
from mockserver.mocking.store.packing import id_of, index_of, pack_index, record_of

_RANGE = "number = ? AND entry >= ? AND entry < ?"
_MASK = (1 << SEQUENCE_BITS) - 1


class NeedsIndex(Exception):
    """A query is to be answered from an index that is still to be made."""

    def __init__(self, index: Index) -> None:
        super().__init__(index)
        self.index = index


class Table:
    """The records of one resource, within a transaction.

    Args:
        collection: Its number.
        live: How many live records it has.
    """

    def __init__(self, database: Database, collection: int, live: int) -> None:
        self._database = database
        self._collection = collection
        self.size = live
        self.walks = True
        rows = database.run("SELECT id, parts FROM indexes WHERE collection = ?", collection).fetchall()
        self._numbers: dict[Index, int] = {index_of(row[1]): row[0] for row in rows}

    def admits(self, index: Index) -> bool:
        """See `Source`."""
        return index in self._numbers or len(self._numbers) < MAX_INDEXES

    def _number(self, index: Index) -> int:
        number = self._numbers.get(index)
        if number is None:
            raise NeedsIndex(index)
        return number

    def count(self, index: Index, spans: Sequence[Span]) -> int:
        """See `Source`."""
        if spans == ALL:
            return self.size
        number = self._number(index)
        return sum(self._count(number, span) for span in spans)

    def _count(self, number: int, span: Span) -> int:
        row = self._database.row(f"SELECT count(*) FROM entries WHERE {_RANGE}", number, *span)
        return 0 if row is None else int(row[0])

    def gather(self, index: Index, spans: Sequence[Span]) -> list[Record]:
        """See `Source`."""
        number = self._number(index)
        return [record for span in spans for record in self._read(number, span, 0, -1, backwards=False)]

    def page(self, window: Window) -> tuple[Sequence[Record], int, int]:
        """See `Source`."""
        number = self._number(window.index)
        total = self.count(window.index, window.whole)
        later = part = total
        if window.later is not None:
            later = self.count(window.index, window.later)
        if window.part != window.whole:
            part = self.count(window.index, window.part)
        start, skipped, count = window.placed(total, later, part)
        backwards = window.backwards is not window.from_end
        found: list[Record] = []
        for span in reversed(window.part) if backwards else window.part:
            if len(window.part) > 1 and skipped:
                there = self._count(number, span)
                if there <= skipped:
                    skipped -= there
                    continue
            left = count - len(found)
            if left <= 0:
                break
            found += self._read(number, span, skipped, left, backwards=backwards)
            skipped = 0
        if window.from_end:
            found.reverse()
        return found, total, start

    def _read(self, number: int, span: Span, offset: int, limit: int, *, backwards: bool) -> list[Record]:
        order = "DESC" if backwards else "ASC"
        rows = self._database.run(
            "SELECT r.place, r.id, r.version, r.data FROM"
            f" (SELECT entry, place FROM entries WHERE {_RANGE} ORDER BY entry {order} LIMIT ? OFFSET ?) e"
            f" JOIN records r ON r.place = e.place ORDER BY e.entry {order}",
            number,
            *span,
            limit,
            offset,
        )
        return [
            record_of(id_of(id), data, place & _MASK, version) for place, id, version, data in rows.fetchall()
        ]


def add_index(database: Database, collection: int, index: Index) -> None:
    """Make an index of a collection, unless it is there."""
    number = database.run(
        "INSERT OR IGNORE INTO indexes (collection, parts) VALUES (?, ?)", collection, pack_index(index)
    )
    if not number.rowcount:
        return
    rows = database.run(
        "SELECT place, id, version, data FROM records WHERE place BETWEEN ? AND ? AND live",
        collection << SEQUENCE_BITS,
        ((collection + 1) << SEQUENCE_BITS) - 1,
    ).fetchall()
    entries = sorted(
        (index.entry(record_of(id, data, place & _MASK, version)), place) for place, id, version, data in rows
    )
    database.many(
        "INSERT INTO entries (number, entry, place) VALUES (?, ?, ?)",
        ((number.lastrowid, entry, place) for entry, place in entries),
    )
