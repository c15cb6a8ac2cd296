"""The backends on which the tests of stores run. A new one joins by one line in `BACKENDS`."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any, Final

from mockserver.mocking.store import Backend, MemoryBackend, MemoryStore, Store
from mockserver.mocking.store.database import Database
from mockserver.mocking.store.sqlite_backend import SqliteBackend
from mockserver.server.stores import open_backend
from mockserver.settings import Settings

from .redis_server import redis_server

UNIQUE: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "pets": (("chip",), ("owner", "name")),
    "owners": (),
}
"""The resources of the tests, with their unique keys."""

_numbers = count(1)


@contextmanager
def memory() -> Iterator[Backend]:
    """Give a backend in memory."""
    yield MemoryBackend()


@contextmanager
def sqlite() -> Iterator[Backend]:
    """Give a backend in a file."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(f"{folder}/state.db", isolation_level=None)
        backend = SqliteBackend(Database(connection, "state.db"))
        yield backend
        backend.close()


@contextmanager
def redis() -> Iterator[Backend]:
    """Give a backend in a server of our own."""
    with redis_server() as url:
        backend = open_backend(Settings(state=url, state_prefix=new_world()))
        yield backend
        backend.close()


BACKENDS: Final[dict[str, Callable[[], Any]]] = {"memory": memory, "sqlite": sqlite, "redis": redis}
"""Name -> context of a backend in which nothing is yet."""


def new_world() -> str:
    """Return a name that no world had before."""
    return f"w{next(_numbers)}"


def origin_of(seeds: Mapping[str, Mapping[Any, dict[str, Any]]] | None = None) -> MemoryStore:
    """Return an origin with these records by resource and id."""
    origin = MemoryStore()
    for resource, unique in UNIQUE.items():
        origin.declare(resource, unique=unique)
        for id, data in (seeds or {}).get(resource, {}).items():
            origin.create(resource, id, data)
    return origin


def opened(backend: Backend, world: str, origin: MemoryStore) -> Store:
    """Return the store of a world with the resources of the tests."""
    store = backend.open(world, "api", origin)
    for resource, unique in UNIQUE.items():
        store.declare(resource, unique=unique)
    return store
