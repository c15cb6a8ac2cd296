"""An SQLite file with the state of all worlds: its tables, and transactions on its one connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from mockserver.errors import StoreFull, StoreUnavailable

APPLICATION_ID: Final = 0x4D6F636B
"""Says in the head of the file whose it is: `Mock`."""
FORMAT: Final = 1
"""Version of the tables; another one is not read."""
SEQUENCE_BITS: Final = 36
"""Of a record's place; those above name its collection."""

_TABLES: Final = """
CREATE TABLE collections (
  id INTEGER PRIMARY KEY AUTOINCREMENT, world TEXT NOT NULL, document TEXT NOT NULL, resource TEXT NOT NULL,
  sequence INTEGER NOT NULL, live INTEGER NOT NULL, uniques TEXT NOT NULL,
  UNIQUE (world, document, resource));
CREATE TABLE records (
  place INTEGER PRIMARY KEY, collection INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
  live INTEGER NOT NULL, data BLOB NOT NULL,
  UNIQUE (collection, id));
CREATE TABLE uniques (
  collection INTEGER NOT NULL, number INTEGER NOT NULL, key BLOB NOT NULL, place INTEGER NOT NULL,
  PRIMARY KEY (collection, number, key)) WITHOUT ROWID;
CREATE TABLE indexes (
  id INTEGER PRIMARY KEY AUTOINCREMENT, collection INTEGER NOT NULL, parts TEXT NOT NULL,
  UNIQUE (collection, parts));
CREATE TABLE entries (
  number INTEGER NOT NULL, entry BLOB NOT NULL, place INTEGER NOT NULL,
  PRIMARY KEY (number, entry)) WITHOUT ROWID;
CREATE TABLE counters (
  collection INTEGER NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
  PRIMARY KEY (collection, name)) WITHOUT ROWID;
CREATE TABLE notes (
  world TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (world, name)) WITHOUT ROWID;
CREATE TABLE logs (world TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE texts (
  world TEXT NOT NULL, number INTEGER NOT NULL, text BLOB NOT NULL,
  PRIMARY KEY (world, number)) WITHOUT ROWID;
"""


class StateFileError(Exception):
    """A file that is no state, or that of another version."""


class Database:
    """A connection in autocommit mode, used by one thread at a time.

    Args:
        connection: Its `isolation_level` is None.
        name: Of the file, for messages.

    Raises:
        StateFileError: The file holds something else.
        sqlite3.Error: It cannot be read or written.
    """

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._depth = 0
        self._prepare()

    def _prepare(self) -> None:
        connection = self._connection
        self._check()
        # Readers do not wait for the writer, and what was committed survives the death of the process. A loss of
        # power may take the last moments, but nothing is left half written.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not self._check():
                for statement in _TABLES.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            # Written each time, to find out whether the file may be written to.
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _check(self) -> bool:
        """Return whether the tables are there."""

        def number(name: str) -> int:
            return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])

        application, version = number("application_id"), number("user_version")
        tables = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not tables and not application:
            return False
        if application != APPLICATION_ID:
            raise StateFileError("it is the database of another program")
        if version != FORMAT:
            raise StateFileError(
                f"its format has version {version}, and this mockserver reads version {FORMAT}; "
                "use the mockserver that wrote it"
            )
        return True

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @property
    def is_writing(self) -> bool:
        """Whether a transaction is under way that may write."""
        return self._depth > 0

    def run(self, statement: str, *values: Any) -> sqlite3.Cursor:
        """Run a statement.

        Raises:
            StoreUnavailable: The file cannot be read or written now.
            StoreFull: The disk is full.
        """
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise self._refused(error) from error

    def many(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run a statement for each of some rows; for the errors see `run`."""
        try:
            self._connection.executemany(statement, rows)
        except sqlite3.Error as error:
            raise self._refused(error) from error

    def row(self, statement: str, *values: Any) -> tuple[Any, ...] | None:
        """Return the first row of a query."""
        found: tuple[Any, ...] | None = self.run(statement, *values).fetchone()
        return found

    def _refused(self, error: sqlite3.Error) -> StoreUnavailable | StoreFull:
        if "full" in str(error):
            return StoreFull(f"there is no room in the state file {self._name}: {error}")
        return StoreUnavailable(f"the state file {self._name} cannot be used now: {error}")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Give a transaction that alone may write; one within another may be taken back for itself."""
        name = f"level{self._depth}"
        self.run(f"SAVEPOINT {name}" if self._depth else "BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            self._end(f"ROLLBACK TO {name}" if self._depth else "ROLLBACK")
            if self._depth:
                self._end(f"RELEASE {name}")
            raise
        self._depth -= 1
        if self._depth:
            self.run(f"RELEASE {name}")
            return
        try:
            self.run("COMMIT")
        except BaseException:
            self._end("ROLLBACK")
            raise

    def _end(self, statement: str) -> None:
        # SQLite may have rolled back already, e.g. where the disk is full.
        if self._connection.in_transaction:
            self.run(statement)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Give a view on one moment."""
        if self._connection.in_transaction:
            yield
            return
        self.run("BEGIN")
        try:
            yield
        finally:
            self._end("COMMIT")
