"""All worlds in one Redis, below one prefix: their stores, notes and logs. No other key is touched."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver import jsontext
from mockserver.errors import Json
from mockserver.mocking.store.backend import Log, Note
from mockserver.mocking.store.interface import Origin
from mockserver.mocking.store.redis_base import Client
from mockserver.mocking.store.redis_scripts import APPEND, FORGET, WRITE_NOTE
from mockserver.mocking.store.redis_store import RedisStore


class RedisLog:
    """A `Log` in Redis."""

    def __init__(self, client: Client, prefix: str, world: str) -> None:
        self._client = client
        self._world = world
        self._worlds = f"{prefix}:::worlds"
        self._root = f"{prefix}:{world}"

    def append(self, text: bytes, keep: int) -> int:
        """See `Log`."""
        keys = [f"{self._root}::k", f"{self._root}::l", self._worlds]
        return int(self._client.run(APPEND, keys, [text, keep, self._world], again=False))

    def read(self, after: int = 0) -> Sequence[tuple[int, bytes]]:
        """See `Log`."""
        found: list[tuple[int, bytes]] = []
        for item in self._client.ask("LRANGE", f"{self._root}::l", 0, -1):
            number, _, text = item.partition(b" ")
            if int(number) > after:
                found.append((int(number), text))
        return found

    def count(self) -> int:
        """See `Log`."""
        return int(self._client.ask("GET", f"{self._root}::k") or 0)

    def clear(self) -> None:
        """See `Log`."""
        self._client.ask("DEL", f"{self._root}::l")


class RedisBackend:
    """A `Backend` in Redis.

    Args:
        client: The connection.
        prefix: What all keys begin with.
    """

    shared = True

    def __init__(self, client: Client, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._stores: dict[tuple[str, str], RedisStore] = {}

    def open(self, world: str, document: str, origin: Origin) -> RedisStore:
        """See `Backend`."""
        store = self._stores.get((world, document))
        if store is None:
            store = RedisStore(self._client, self._prefix, world, document, origin)
            self._stores[world, document] = store
        else:
            store.adopt(origin)
        return store

    def worlds(self) -> Sequence[str]:
        """See `Backend`."""
        return sorted(name.decode() for name in self._client.ask("SMEMBERS", f"{self._prefix}:::worlds"))

    def drop(self, world: str) -> None:
        """See `Backend`."""
        self._client.run(FORGET, [f"{self._prefix}:::worlds"], [f"{self._prefix}:{world}", world])
        for key in [key for key in self._stores if key[0] == world]:
            del self._stores[key]

    def note(self, world: str, name: str) -> Note | None:
        """See `Backend`."""
        found = self._client.ask("HGET", f"{self._prefix}:{world}::n", name)
        if found is None:
            return None
        version, _, text = found.partition(b" ")
        return Note(int(version), jsontext.loads(text))

    def write_note(self, world: str, name: str, value: Json, *, expected: int | None = None) -> Note | None:
        """See `Backend`."""
        version = self._client.run(
            WRITE_NOTE,
            [f"{self._prefix}:{world}::n", f"{self._prefix}:::worlds"],
            [name, jsontext.dumps(value), "" if expected is None else expected, world],
            again=False,
        )
        return Note(int(version), value) if version else None

    def log(self, world: str) -> Log:
        """See `Backend`."""
        return RedisLog(self._client, self._prefix, world)

    def close(self) -> None:
        """See `Backend`."""
        self._client.close()
