"""The store in Redis: shared by processes and machines.

A transaction reads under tokens, keeps its changes to itself, and hands them in by one script, which does nothing if a
token has changed: then it is begun again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from mockserver.errors import Json
from mockserver.mocking.store.by_id import ById
from mockserver.mocking.store.collection import Collection
from mockserver.mocking.store.declared import Declared
from mockserver.mocking.store.interface import (
    Dump,
    Interrupted,
    Key,
    Origin,
    Query,
    Record,
    Result,
    Selection,
    UniqueKeys,
    atomically,
)
from mockserver.mocking.store.overlay import Base, Found, Overlay, SeededBase
from mockserver.mocking.store.packing import pack_id
from mockserver.mocking.store.redis_base import Client, Gone, RedisBase, quoted, unpack_record
from mockserver.mocking.store.redis_commit import Commit
from mockserver.mocking.store.redis_scripts import FIND, RESET


class RedisStore(ById):
    """A `Store` in Redis.

    Args:
        client: The connection.
        prefix: What all keys begin with.
        world, document: Whose records these are.
        origin: Where its resources begin.
    """

    def __init__(self, client: Client, prefix: str, world: str, document: str, origin: Origin) -> None:
        self._client = client
        self._prefix = prefix
        self._world = world
        self._root = f"{prefix}:{world}:{quoted(document)}"
        self._document = quoted(document)
        self._declared = Declared(origin)
        self._open: dict[str, Overlay] | None = None
        self._tokens: dict[str, bytes] = {}

    def declare(self, resource: str, *, unique: UniqueKeys = ()) -> None:
        """See `Store`. Other keys are put in force by the next write."""
        self._declared.declare(resource, unique)

    @property
    def is_open(self) -> bool:
        """See `Store`."""
        return self._open is not None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Store`."""
        if self._open is None:
            self._open, self._tokens = {}, {}
            try:
                yield
                self._commit(self._open)
            finally:
                self._open = None
            return
        before = {name: overlay.copy() for name, overlay in self._open.items()}
        try:
            yield
        except BaseException:
            # What was only read until now stays read.
            self._open = {**{name: self._unchanged(name) for name in self._open}, **before}
            raise

    def _unchanged(self, resource: str) -> Overlay:
        assert self._open is not None
        overlay = self._open[resource]
        base = self._base(resource) if isinstance(overlay.base, _Restored) else overlay.base
        return Overlay(resource, base, overlay.unique)

    # Reading.

    def _found(self, resource: str, id: Key) -> Found | None:
        if self._open is not None:
            return self._overlay(resource).find(id)
        key = pack_id(id).encode()
        token, value = self._client.run(
            FIND, [f"{self._root}:v", f"{self._root}:r:{quoted(resource)}"], [quoted(resource), key]
        )
        if token is None:
            return SeededBase(self._declared.seeded(resource)).find(id)
        return None if value is None else unpack_record(key, value)

    def select(self, resource: str, query: Query) -> Selection:
        """See `Store`."""
        if self._open is not None:
            return self._overlay(resource).select(query)
        while True:
            try:
                base = self._written(resource, is_held=False)
                return self._declared.seeded(resource).select(query) if base is None else base.select(query)
            except Gone:
                continue

    def written(self) -> Sequence[str]:
        """See `Store`."""
        names = self._client.ask("HKEYS", f"{self._root}:v")
        known = {quoted(name): name for name in self._declared.unique}
        return [known[name.decode()] for name in sorted(names) if name.decode() in known]

    def dump(self, resources: Iterable[str] | None = None) -> Mapping[str, Dump]:
        """See `Store`."""
        names = list(self._declared.unique) if resources is None else resources
        return atomically(self, lambda: {name: self._dump(name) for name in names})

    def _dump(self, resource: str) -> Dump:
        overlay = self._overlay(resource)
        base = overlay.base
        if isinstance(base, RedisBase):
            live, deleted, counters = base.everything()
        else:
            assert isinstance(base, SeededBase)
            live, deleted = list(base.seeded.live.values()), list(base.seeded.deleted.values())
            counters = base.seeded.counters
        known = {record.id: (record, True) for record in live}
        known.update({record.id: (record, False) for record in deleted})
        known.update(overlay.records)
        ordered = sorted(known.values(), key=lambda found: found[0].sequence)
        return Dump(
            {record.id: record.data for record, is_live in ordered if is_live},
            {record.id: record.data for record, is_live in ordered if not is_live},
            {record.id: (record.sequence, record.version) for record, _ in ordered},
            {**counters, **overlay.counters},
        )

    # Writing: always in a transaction.

    def create(self, resource: str, id: Key, data: dict[str, Json]) -> Record:
        """See `Store`."""
        return self._within(lambda: self._overlay(resource).create(id, data))

    def update(
        self, resource: str, id: Key, data: dict[str, Json], *, expected_version: int | None = None
    ) -> Record | None:
        """See `Store`."""

        def update() -> Record | None:
            old = self.get(resource, id)
            if old is None or expected_version not in (None, old.version):
                return None
            return self._overlay(resource).update(old, data)

        return self._within(update)

    def delete(
        self,
        resource: str,
        id: Key,
        *,
        data: dict[str, Json] | None = None,
        expected_version: int | None = None,
    ) -> Record | None:
        """See `Store`."""

        def delete() -> Record | None:
            old = self.get(resource, id)
            if old is not None and expected_version in (None, old.version):
                self._overlay(resource).delete(old, data)
                return old
            return None

        return self._within(delete)

    def next_number(self, resource: str, counter: str) -> int:
        """See `Store`."""

        def count() -> int:
            overlay = self._overlay(resource)
            overlay.counters[counter] = overlay.counter(counter) + 1
            return overlay.counters[counter]

        return self._within(count)

    def advance(self, resource: str, counter: str, number: int) -> None:
        """See `Store`."""

        def advance() -> None:
            overlay = self._overlay(resource)
            if number > overlay.counter(counter):
                overlay.counters[counter] = number

        self._within(advance)

    def restore(self, dumps: Mapping[str, Dump]) -> None:
        """See `Store`."""

        def restore() -> None:
            assert self._open is not None
            for resource, dump in dumps.items():
                self._overlay(resource)
                fresh = Collection(resource, ())
                fresh.load(dump)
                unique = self._declared.unique.get(resource, ())
                self._open[resource] = Overlay(resource, _Restored(fresh), unique)

        self._within(restore)

    def reset(self) -> None:
        """See `Store`."""
        self._client.run(RESET, [], [self._root])
        self._declared.forget()

    def adopt(self, origin: Origin) -> None:
        """See `Store`."""
        self._declared.adopt(origin)

    def _within(self, work: Callable[[], Result]) -> Result:
        return work() if self._open is not None else atomically(self, work)

    # The parts of a transaction.

    def _written(self, resource: str, *, is_held: bool) -> RedisBase | None:
        try:
            return RedisBase(self._client, self._root, f"{self._prefix}:::clock", resource, is_held=is_held)
        except Gone:
            return None

    def _base(self, resource: str) -> Base:
        base = self._written(resource, is_held=True)
        token = b"" if base is None else base.token
        if self._tokens.setdefault(resource, token) != token:
            raise Interrupted
        return SeededBase(self._declared.seeded(resource)) if base is None else base

    def _overlay(self, resource: str) -> Overlay:
        """Return the changes of the transaction to a resource."""
        assert self._open is not None
        overlay = self._open.get(resource)
        if overlay is None:
            base = self._base(resource)
            unique = self._declared.unique.get(resource)
            if unique is None:
                unique = base.unique if isinstance(base, RedisBase) else ()
            overlay = self._open[resource] = Overlay(resource, base, unique)
        return overlay

    def _commit(self, overlays: Mapping[str, Overlay]) -> None:
        commit = Commit(self._prefix, self._world, self._document, self._root)
        for resource, token in self._tokens.items():
            base = overlays[resource].base if resource in overlays else None
            # An index that was made meanwhile has changed the token.
            commit.check(resource, base.token if isinstance(base, RedisBase) else token)
        for resource, overlay in overlays.items():
            commit.add(resource, overlay, is_new=isinstance(overlay.base, _Restored))
        if commit.is_needed and not commit.run(self._client):
            raise Interrupted


class _Restored(SeededBase):
    """A resource that is put in the place of all that was there."""
