"""What a transaction hands in to Redis: what must still be true, and what is to be written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mockserver import jsontext
from mockserver.mocking.store.access import Index
from mockserver.mocking.store.interface import Key, Record
from mockserver.mocking.store.overlay import Found, Overlay, SeededBase, owners_of
from mockserver.mocking.store.packing import pack_id, pack_index
from mockserver.mocking.store.redis_base import (
    PIECE,
    Client,
    RedisBase,
    member_of,
    pack_record,
    quoted,
    unique_field,
)
from mockserver.mocking.store.redis_scripts import COMMIT


class Commit:
    """The changes of one transaction as commands.

    Args:
        prefix, world, document, root: Parts of the keys; the document as it is quoted.
    """

    def __init__(self, prefix: str, world: str, document: str, root: str) -> None:
        self._prefix = prefix
        self._world = world
        self._document = document
        self._root = root
        self._checks: list[tuple[str, bytes]] = []
        self._drops: list[str] = []
        self._commands: list[list[Any]] = []
        self._written: list[str] = []

    @property
    def is_needed(self) -> bool:
        """Whether anything was read, so that there is something to check."""
        return bool(self._checks)

    def check(self, resource: str, token: bytes) -> None:
        """Have it looked that a resource still has a token; an empty one means that nobody has written to it."""
        self._checks.append((quoted(resource), token))

    def add(self, resource: str, overlay: Overlay, *, is_new: bool) -> None:
        """Have the changes of a resource written.

        Args:
            resource: Its name.
            overlay: The changes.
            is_new: Whether they are put in the place of all that is there.
        """
        if not (is_new or overlay.records or overlay.counters):
            return
        name = quoted(resource)
        if isinstance(overlay.base, RedisBase):
            self._change(name, overlay, overlay.base)
        else:
            assert isinstance(overlay.base, SeededBase)
            self._drops.append(name)
            self._fill(name, overlay, overlay.base)
        self._commands.append(
            [
                "HSET",
                self._key("m", name),
                "sequence",
                overlay.sequence,
                "unique",
                jsontext.dumps(overlay.unique),
            ]
        )
        self._hash("c", name, ((counter, number) for counter, number in overlay.counters.items()))
        self._written.append(name)

    def run(self, client: Client) -> bool:
        """Hand it in, and return whether it was done: all was as it had been read."""
        values: list[Any] = [len(self._checks)]
        for name, token in self._checks:
            values += [f"{self._root}:v", name, token]
        values.append(len(self._drops))
        for name in self._drops:
            values += [self._root, name]
        if self._written:
            self._commands.append(["SADD", f"{self._prefix}:{self._world}::d", self._document])
            self._commands.append(["SADD", f"{self._prefix}:::worlds", self._world])
        values.append(len(self._commands))
        for command in self._commands:
            values += [len(command), *command]
        values.append(len(self._written))
        for name in self._written:
            values += [f"{self._root}:v", name]
        # Not to be run again: the answer may have been lost after it was done.
        return bool(client.run(COMMIT, [f"{self._prefix}:::clock"], values, again=not self._written))

    def _key(self, kind: str, name: str) -> str:
        return f"{self._root}:{kind}:{name}"

    def _hash(self, kind: str, name: str, pairs: Iterable[tuple[Any, Any]]) -> None:
        flat = [item for pair in pairs for item in pair]
        for at in range(0, len(flat), 2 * PIECE):
            self._commands.append(["HSET", self._key(kind, name), *flat[at : at + 2 * PIECE]])

    def _change(self, name: str, overlay: Overlay, base: RedisBase) -> None:
        """Write over what is there."""
        changed = overlay.records
        self._hash(
            "r",
            name,
            (
                (pack_id(id), pack_record(record, is_live=is_live))
                for id, (record, is_live) in changed.items()
            ),
        )
        for id, (record, is_live) in changed.items():
            old = base.find(id) if record.version > 1 or not is_live else None
            before = old[0] if old is not None and old[1] else None
            for index in base.indexes:
                self._index(name, index, before, record if is_live else None)
        if overlay.unique != base.unique:
            live = {record.id: record for record in base.gather(Index(), ((b"", b"\xff"),))}
            live.update({id: record for id, (record, is_live) in changed.items() if is_live})
            gone = {id for id, (_, is_live) in changed.items() if not is_live}
            owners = owners_of((record for id, record in live.items() if id not in gone), overlay.unique)
            self._commands.append(["DEL", self._key("u", name)])
            self._own(name, owners.items())
            return
        self._own(name, ((key, id) for key, id in overlay.owners.items() if id is not None))
        free = [unique_field(key) for key, id in overlay.owners.items() if id is None]
        if free:
            self._commands.append(["HDEL", self._key("u", name), *free])

    def _index(self, name: str, index: Index, before: Record | None, now: Record | None) -> None:
        key = f"{self._key('i', name)}:{pack_index(index)}"
        old = None if before is None else member_of(index, before)
        new = None if now is None else member_of(index, now)
        if old == new:
            return
        if old is not None:
            self._commands.append(["ZREM", key, old])
        if new is not None:
            self._commands.append(["ZADD", key, 0, new])

    def _own(self, name: str, owners: Iterable[tuple[tuple[int, bytes], Key]]) -> None:
        self._hash("u", name, ((unique_field(key), pack_id(id)) for key, id in owners))

    def _fill(self, name: str, overlay: Overlay, base: SeededBase) -> None:
        """Write everything: what the resource began with, and what was changed since."""
        seeded = base.seeded
        records: dict[Key, Found] = {id: (record, True) for id, record in seeded.live.items()}
        records.update({id: (record, False) for id, record in seeded.deleted.items()})
        records.update(overlay.records)
        self._hash(
            "r",
            name,
            (
                (pack_id(id), pack_record(record, is_live=is_live))
                for id, (record, is_live) in records.items()
            ),
        )
        live = [record for record, is_live in records.values() if is_live]
        everything = Index()
        key = f"{self._key('i', name)}:{pack_index(everything)}"
        members = [item for record in live for item in (0, member_of(everything, record))]
        for at in range(0, len(members), 2 * PIECE):
            self._commands.append(["ZADD", key, *members[at : at + 2 * PIECE]])
        self._commands.append(["HSET", self._key("x", name), pack_index(everything), "1"])
        self._own(name, owners_of(live, overlay.unique).items())
        self._hash(
            "c",
            name,
            (
                (counter, number)
                for counter, number in seeded.counters.items()
                if counter not in overlay.counters
            ),
        )
