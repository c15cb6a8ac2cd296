"""All worlds in one SQLite file: their stores, notes and logs."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver import jsontext
from mockserver.errors import Json
from mockserver.mocking.store.backend import Log, Note
from mockserver.mocking.store.database import Database
from mockserver.mocking.store.interface import Origin
from mockserver.mocking.store.rows import drop_collections
from mockserver.mocking.store.sqlite import SqliteStore


class SqliteLog:
    """A `Log` in a database."""

    def __init__(self, database: Database, world: str) -> None:
        self._database = database
        self._world = world

    def append(self, text: bytes, keep: int) -> int:
        """See `Log`."""
        with self._database.writing():
            row = self._database.run(
                "INSERT INTO logs (world, count) VALUES (?, 1)"
                " ON CONFLICT (world) DO UPDATE SET count = count + 1 RETURNING count",
                self._world,
            ).fetchone()
            number = int(row[0])
            self._database.run(
                "INSERT INTO texts (world, number, text) VALUES (?, ?, ?)", self._world, number, text
            )
            self._database.run(
                "DELETE FROM texts WHERE world = ? AND number <= ?", self._world, number - keep
            )
            return number

    def read(self, after: int = 0) -> Sequence[tuple[int, bytes]]:
        """See `Log`."""
        rows = self._database.run(
            "SELECT number, text FROM texts WHERE world = ? AND number > ? ORDER BY number",
            self._world,
            after,
        )
        return [(int(number), bytes(text)) for number, text in rows.fetchall()]

    def count(self) -> int:
        """See `Log`."""
        row = self._database.row("SELECT count FROM logs WHERE world = ?", self._world)
        return 0 if row is None else int(row[0])

    def clear(self) -> None:
        """See `Log`."""
        self._database.run("DELETE FROM texts WHERE world = ?", self._world)


class SqliteBackend:
    """A `Backend` in a database."""

    shared = True

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stores: dict[tuple[str, str], SqliteStore] = {}

    def open(self, world: str, document: str, origin: Origin) -> SqliteStore:
        """See `Backend`."""
        store = self._stores.get((world, document))
        if store is None:
            store = self._stores[world, document] = SqliteStore(self._database, world, document, origin)
        else:
            store.adopt(origin)
        return store

    def worlds(self) -> Sequence[str]:
        """See `Backend`."""
        rows = self._database.run(
            "SELECT world FROM collections UNION SELECT world FROM notes UNION SELECT world FROM logs"
        )
        return sorted(row[0] for row in rows.fetchall() if row[0])

    def drop(self, world: str) -> None:
        """See `Backend`."""
        with self._database.writing():
            rows = self._database.run("SELECT id FROM collections WHERE world = ?", world).fetchall()
            drop_collections(self._database, [row[0] for row in rows])
            for table in ("notes", "logs", "texts"):
                self._database.run(f"DELETE FROM {table} WHERE world = ?", world)
        for key in [key for key in self._stores if key[0] == world]:
            del self._stores[key]

    def note(self, world: str, name: str) -> Note | None:
        """See `Backend`."""
        row = self._database.row("SELECT version, value FROM notes WHERE world = ? AND name = ?", world, name)
        return None if row is None else Note(int(row[0]), jsontext.loads(row[1]))

    def write_note(self, world: str, name: str, value: Json, *, expected: int | None = None) -> Note | None:
        """See `Backend`."""
        with self._database.writing():
            note = self.note(world, name)
            version = 0 if note is None else note.version
            if expected not in (None, version):
                return None
            self._database.run(
                "INSERT INTO notes (world, name, version, value) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (world, name) DO UPDATE SET version = excluded.version, value = excluded.value",
                world,
                name,
                version + 1,
                jsontext.dumps(value),
            )
            return Note(version + 1, value)

    def log(self, world: str) -> Log:
        """See `Backend`."""
        return SqliteLog(self._database, world)

    def close(self) -> None:
        """See `Backend`."""
        self._database.close()
