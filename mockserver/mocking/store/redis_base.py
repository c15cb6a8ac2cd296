"""One resource in Redis: its keys, its records as bytes, and questions to it."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol
from urllib.parse import quote

from mockserver import jsontext
from mockserver.mocking.store import access
from mockserver.mocking.store.access import ALL, FAR, Index, Span, Window
from mockserver.mocking.store.collection import MAX_INDEXES
from mockserver.mocking.store.interface import Interrupted, Key, Query, Record, Selection, UniqueKeys
from mockserver.mocking.store.overlay import Found, owners_of
from mockserver.mocking.store.packing import id_of, index_of, pack_id, pack_index, record_of
from mockserver.mocking.store.redis_scripts import (
    ASK,
    BEGIN_INDEX,
    END_INDEX,
    FILL_INDEX,
    FIND,
    LOOK,
    PAGE,
)

HEAD: Final = struct.Struct(">QQB")
"""What a record begins with: sequence, version, and whether it is live."""
PIECE: Final = 1000
"""Records, or fields, that are sent at once."""


class Client(Protocol):
    """A connection to Redis. All methods raise `StoreUnavailable` where it does not answer."""

    def run(self, script: str, keys: Sequence[str], values: Sequence[Any] = (), *, again: bool = True) -> Any:
        """Run a script; once more when the connection was lost and it may be run `again`."""
        ...

    def ask(self, *command: Any) -> Any:
        """Run a command that may be run again."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


def quoted(name: str) -> str:
    """Return a name as it stands in keys, where colons part names."""
    return quote(name, safe="")


def pack_record(record: Record, *, is_live: bool) -> bytes:
    """Return a record as bytes."""
    return HEAD.pack(record.sequence, record.version, is_live) + jsontext.dumps(record.data)


def unpack_record(id: bytes, value: bytes) -> Found:
    """Return the record of some bytes, and whether it is live."""
    sequence, version, is_live = HEAD.unpack_from(value)
    return record_of(id_of(id.decode()), value[HEAD.size :], sequence, version), bool(is_live)


def member_of(index: Index, record: Record) -> bytes:
    """Return a record's member in the set of an index: its entry, its id, and the length of that."""
    id = pack_id(record.id).encode()
    return index.entry(record) + id + len(id).to_bytes(2, "big")


def unique_field(key: tuple[int, bytes]) -> bytes:
    """Return the field of a unique key."""
    return key[0].to_bytes(2, "big") + key[1]


class Gone(Exception):
    """A collection was dropped between two questions."""


class RedisBase:
    """A resource that was written to, as it is by its token.

    Args:
        root: What the keys of its store begin with.
        is_held: Whether nothing may change meanwhile; then another token is an interruption.

    Attributes:
        token: Of its last write.
        indexes: Which there are, and whether they are complete.
        unique: The unique keys that are in force.

    Raises:
        Gone: Nobody has written to it.
    """

    def __init__(self, client: Client, root: str, clock: str, resource: str, *, is_held: bool) -> None:
        self._client = client
        self._root = root
        self._clock = clock
        self._name = quoted(resource)
        self._is_held = is_held
        found = client.run(
            LOOK,
            [self.key("v"), self.key("x"), self.key("m"), self.index_key(Index())],
            [self._name],
        )
        if found[0] is None:
            raise Gone
        self.token: bytes = found[0]
        names = _pairs(found[1])
        self.indexes = {index_of(name.decode()): state == b"1" for name, state in names.items()}
        more = _pairs(found[2])
        self.sequence = int(more[b"sequence"])
        self.unique: UniqueKeys = tuple(map(tuple, jsontext.loads(more[b"unique"])))
        self.size = int(found[3])
        self._owners: dict[tuple[int, bytes], Key] | None = None
        self._waiting: Index | None = None

    def key(self, kind: str) -> str:
        """Return one of its keys; those of kind `v` belong to the whole store."""
        return f"{self._root}:v" if kind == "v" else f"{self._root}:{kind}:{self._name}"

    def index_key(self, index: Index) -> str:
        """Return the key of an index."""
        return f"{self.key('i')}:{pack_index(index)}"

    def _check(self, token: bytes | None) -> None:
        if self._is_held and token != self.token:
            raise Interrupted
        if token is None:
            raise Gone

    def find(self, id: Key) -> Found | None:
        """See `Base`."""
        key = pack_id(id).encode()
        token, value = self._client.run(FIND, [self.key("v"), self.key("r")], [self._name, key])
        self._check(token)
        return None if value is None else unpack_record(key, value)

    def owner(self, number: int, code: bytes, unique: UniqueKeys) -> Key | None:
        """See `Base`."""
        if unique != self.unique:
            if self._owners is None:
                self._owners = owners_of(self.gather(Index(), ALL), unique)
            return self._owners.get((number, code))
        token, id = self._client.run(
            ASK, [self.key("v"), self.key("u")], [self._name, unique_field((number, code))]
        )
        self._check(token)
        return None if id is None else id_of(id.decode())

    def counter(self, name: str) -> int:
        """See `Base`."""
        token, value = self._client.run(ASK, [self.key("v"), self.key("c")], [self._name, name])
        self._check(token)
        return int(value or 0)

    def everything(self) -> tuple[list[Record], list[Record], dict[str, int]]:
        """Return the live records, what is kept of the others, and the counters."""
        fields = _pairs(self._client.ask("HGETALL", self.key("r")))
        found = [unpack_record(id, value) for id, value in fields.items()]
        counters = _pairs(self._client.ask("HGETALL", self.key("c")))
        # Nothing has been written between these questions if the token is still the same at the end.
        self._check(self._client.ask("HGET", self.key("v"), self._name))
        return (
            [record for record, is_live in found if is_live],
            [record for record, is_live in found if not is_live],
            {name.decode(): int(number) for name, number in counters.items()},
        )

    def select(self, query: Query) -> Selection:
        """See `Base`."""
        while True:
            self._waiting = None
            try:
                return access.select(self, query)
            except _Incomplete:
                if self._waiting is None:
                    raise Gone from None
                self._make(self._waiting)

    # As a source of `access.select`.

    @property
    def walks(self) -> bool:
        """No: others may write between two pieces."""
        return False

    def admits(self, index: Index) -> bool:
        """See `Source`."""
        return index in self.indexes or len(self.indexes) < MAX_INDEXES

    def count(self, index: Index, spans: Sequence[Span]) -> int:
        """See `Source`."""
        return self._page(Window(index, tuple(spans), None, tuple(spans), 0, 0, False, False))[1]

    def gather(self, index: Index, spans: Sequence[Span]) -> list[Record]:
        """See `Source`."""
        return self._page(Window(index, (), None, tuple(spans), 0, FAR, False, False))[0]

    def page(self, window: Window) -> tuple[Sequence[Record], int, int]:
        """See `Source`."""
        return self._page(window)

    def _page(self, window: Window) -> tuple[list[Record], int, int]:
        index = window.index
        if not self.indexes.get(index):
            self._waiting = index
            raise _Incomplete
        values: list[Any] = [
            self._name,
            pack_index(index),
            int(window.backwards),
            int(window.from_end),
            window.offset,
            window.limit,
        ]
        for spans in (window.whole, window.later, window.part):
            values.append(-1 if spans is None else len(spans))
            values += [bound for span in spans or () for bound in span]
        keys = [self.key("v"), self.key("x"), self.index_key(index), self.key("r")]
        found = self._client.run(PAGE, keys, values)
        if found is None:
            self._check(None)
        self._check(found[0])
        records = [unpack_record(found[at], found[at + 1])[0] for at in range(3, len(found), 2)]
        if window.from_end:
            records.reverse()
        return records, int(found[1]), int(found[2])

    # Indexes.

    def _make(self, index: Index) -> None:
        """Make an index while others write; they keep it from the beginning on."""
        name = pack_index(index)
        tokens = self._client.run(
            BEGIN_INDEX, [self.key("v"), self.key("x"), self._clock], [self._name, name]
        )
        if tokens is None:
            self._check(None)
        self._check(tokens[0])
        self.token = tokens[1]
        cursor = 0
        while True:
            cursor, fields = self._client.ask("HSCAN", self.key("r"), cursor, "COUNT", PIECE)
            members: list[bytes] = []
            for id, value in _pairs(fields).items():
                record, is_live = unpack_record(id, value)
                if is_live:
                    members += [id, value[: HEAD.size], member_of(index, record)]
            if members:
                self._client.run(FILL_INDEX, [self.index_key(index), self.key("r")], members)
            cursor = int(cursor)
            if not cursor:
                break
        self._client.run(END_INDEX, [self.key("x")], [name])
        self.indexes[index] = True


class _Incomplete(Exception):
    """An index is needed that is not complete."""


def _pairs(flat: Sequence[bytes] | Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    if isinstance(flat, Mapping):
        return dict(flat)
    return dict(zip(flat[::2], flat[1::2], strict=True))
