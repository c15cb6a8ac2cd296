"""Ids, records, indexes and unique keys as the texts and bytes that stores outside of this process keep."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from mockserver import jsontext
from mockserver.errors import Json
from mockserver.mocking.store.access import Index
from mockserver.mocking.store.interface import Key, Record, UniqueKeys
from mockserver.mocking.store.sortkeys import encoded


def pack_id(id: Key) -> str:
    """Return an id as text: `5` and `"5"` are two."""
    return jsontext.dumps(id).decode()


def id_of(text: str) -> Key:
    """Return the id of a text."""
    id: Key = jsontext.loads(text)
    return id


def record_of(id: Key, text: bytes, sequence: int, version: int) -> Record:
    """Return a record whose data is read when somebody asks for it."""
    record = Record(id, {}, sequence, version)
    record.pack(text)
    return record


def pack_index(index: Index) -> str:
    """Return an index as text."""
    return jsontext.dumps(index.parts).decode()


@lru_cache(maxsize=1024)
def index_of(text: str) -> Index:
    """Return the index of a text."""
    parts: list[Any] = jsontext.loads(text)
    return Index(tuple((tuple(path), backwards) for path, backwards in parts))


def unique_codes(data: dict[str, Json], unique: UniqueKeys) -> list[tuple[int, bytes]]:
    """Return the number and code of each unique key of a record that is complete."""
    found: list[tuple[int, bytes]] = []
    for number, names in enumerate(unique):
        values = [data.get(name) for name in names]
        if None not in values:
            found.append((number, b"".join(map(encoded, values))))
    return found
