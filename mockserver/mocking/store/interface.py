"""What every store does. Queries are plain data, so that a store may answer them from its own indexes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from mockserver import jsontext
from mockserver.errors import Json, StoreUnavailable

Result = TypeVar("Result")

Key = str | int
"""An id: text or whole number."""


class Record:
    """One stored thing. Its data is never changed in place: an update makes a new record.

    Attributes:
        id: Its id, unique for ever in its resource.
        version: 1 for a new record, one more at each update.
        sequence: Order of creation in its resource.
        rendered: What was made of it for answers, kept as long as the record lives; a memo, no state.
    """

    __slots__ = ("_data", "id", "rendered", "sequence", "text", "version")

    def __init__(self, id: Key, data: dict[str, Json], sequence: int, version: int = 1) -> None:
        self.id = id
        self._data: dict[str, Json] | None = data
        self.text: bytes | None = None
        self.sequence = sequence
        self.version = version
        self.rendered: dict[object, Any] | None = None

    @property
    def data(self) -> dict[str, Json]:
        """Its properties."""
        if self._data is None:
            self._data = jsontext.loads(self.text or b"{}")
        data: dict[str, Json] = self._data
        return data

    def pack(self, text: bytes) -> None:
        """Keep the data as JSON text, which takes a quarter of the memory, until somebody asks for it."""
        self.text = text
        self._data = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A test on one property.

    Attributes:
        path: Names from the record down to the property.
        operator: `eq` (any of the values), `ne` (none of them), `gt`, `ge`, `lt`, `le`; `contains` (text in text, item
            in list), `starts`, `ends` (of a text), `search` (text in any text at or below the path); these four in any
            case, and with any of the values; `exists` (neither absent nor null; the reverse with the value false).
        values: One value for the ordering operators, any number for the others.
    """

    path: tuple[str, ...]
    operator: str
    values: tuple[Json, ...]


Order = tuple[tuple[tuple[str, ...], bool], ...]
"""(path, descending) from the most important on; ties and nothing mean order of creation (newest first when the last
named order is descending). An empty path comes last, and is the order of creation itself."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in an order: that of a record, whether it is still there or not.

    Attributes:
        values: Its values at the paths of the order, those that are not empty.
        sequence: Its order of creation.
    """

    values: tuple[Json, ...]
    sequence: int


@dataclass(frozen=True, slots=True)
class Query:
    """Which records, in which order, which part of them.

    Attributes:
        order: See `Order`.
        offset: Skip so many of those between `after` and `before`.
        limit: At most so many; None for all.
        after: Only records that come later in the order than this place.
        before: Only records that come earlier in the order than this place. Without `after`, offset and limit count
            from its end: the last ones before it are wanted.
    """

    conditions: tuple[Condition, ...] = ()
    order: Order = ()
    offset: int = 0
    limit: int | None = None
    after: Position | None = None
    before: Position | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """The records asked for, in the order that was asked for.

    Attributes:
        total: How many match the conditions, whatever part of them is wanted.
        offset: How many of these come before the first record here (before where it would be, if there is none).
    """

    records: Sequence[Record]
    total: int
    offset: int = 0


UniqueKeys = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Dump:
    """Everything in one resource of a store, for people and snapshots.

    Attributes:
        live: Id -> data, in order of creation.
        deleted: Id -> what is kept of a deleted record.
        places: Id -> (sequence, version) of each; those that have none are new ones.
        counters: Counter -> the last number that it gave.
    """

    live: Mapping[Key, dict[str, Json]]
    deleted: Mapping[Key, dict[str, Json]] = field(default_factory=dict)
    places: Mapping[Key, tuple[int, int]] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)

    def records(self) -> Iterator[tuple[Record, bool]]:
        """Yield each record in order of creation, and whether it is live."""
        last = max((sequence for sequence, _ in self.places.values()), default=0)
        found: list[tuple[Record, bool]] = []
        for is_live, part in ((True, self.live), (False, self.deleted)):
            for id, data in part.items():
                if id in self.places:
                    sequence, version = self.places[id]
                else:
                    last += 1
                    sequence, version = last, 1
                found.append((Record(id, data, sequence, version), is_live))
        return iter(sorted(found, key=lambda item: item[0].sequence))


class Interrupted(Exception):
    """Somebody else wrote what a transaction had read: nothing of it was done, and it may be begun again."""


class Seeded(Protocol):
    """The records of one resource in an origin.

    Attributes:
        live: The live ones, in order of creation.
        deleted: What is kept of the others.
        counters: Counter -> the last number that it gave.
        sequence: How many there were.
    """

    live: dict[Key, Record]
    deleted: dict[Key, Record]
    counters: dict[str, int]
    sequence: int

    def select(self, query: Query) -> Selection:
        """Return the records that a query asks for."""
        ...


class Origin(Protocol):
    """Where the resources of a store begin: records that are seeded, and never written to.

    Stores of many worlds share one origin. A resource of it need not be made before somebody asks for it.
    """

    def has(self, resource: str) -> bool:
        """Return whether it knows a resource."""
        ...

    def collection(self, resource: str) -> Seeded:
        """Return the records of a resource, which are only to be read."""
        ...


class Store(Protocol):
    """Records by resource. A deleted id is never given out again, and stays unknown.

    A resource that nobody has written to is that of the store's origin; the first write takes it over.

    Any method may raise a `StoreUnavailable` where the store is not in this process.
    """

    def declare(self, resource: str, *, unique: UniqueKeys = ()) -> None:
        """Make a resource known, with the keys that no two live records may share.

        A known resource gets other keys; records that already share one stay.
        """
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Return a context in which all changes are made or, if it is left by an exception, none.

        Contexts nest; what an inner one takes back leaves the outer as it was. Nobody else sees what was not
        finished, and what was read stays true until the end. Use `atomically` for work that may be begun again.

        Raises:
            Interrupted: At the end of the outermost one, by stores that others write to as well.
        """
        ...

    @property
    def is_open(self) -> bool:
        """Whether a transaction is under way."""
        ...

    def get(self, resource: str, id: Key) -> Record | None:
        """Return a live record."""
        ...

    def last(self, resource: str, id: Key) -> Record | None:
        """Return a record as it is or, when it is deleted, as it was kept for people who look; None if it never was."""
        ...

    def is_used(self, resource: str, id: Key) -> bool:
        """Return whether an id is or ever was in use."""
        ...

    def create(self, resource: str, id: Key, data: dict[str, Json]) -> Record:
        """Store a new record.

        Raises:
            RecordConflict: The id was used before, or a unique key is taken.
            StoreFull: There is no room for more.
        """
        ...

    def update(
        self, resource: str, id: Key, data: dict[str, Json], *, expected_version: int | None = None
    ) -> Record | None:
        """Replace the data of a live record; None when there is none, or it has another version than expected.

        Raises:
            RecordConflict: A unique key is taken.
        """
        ...

    def delete(
        self,
        resource: str,
        id: Key,
        *,
        data: dict[str, Json] | None = None,
        expected_version: int | None = None,
    ) -> Record | None:
        """Delete a live record and return it; `data` is kept in its place for people who look.

        None when there is none, or it has another version than expected.
        """
        ...

    def select(self, resource: str, query: Query) -> Selection:
        """Return the live records that a query asks for.

        Raises:
            ValueError: An operator is unknown.
        """
        ...

    def next_number(self, resource: str, counter: str) -> int:
        """Return 1, 2, 3... for each counter of a resource; a number is given out once."""
        ...

    def advance(self, resource: str, counter: str, number: int) -> None:
        """Make a counter go on after `number`, if it is not there yet."""
        ...

    def written(self) -> Sequence[str]:
        """Return the resources that are no longer those of the origin."""
        ...

    def dump(self, resources: Iterable[str] | None = None) -> Mapping[str, Dump]:
        """Return everything of some resources, or of all that are known."""
        ...

    def restore(self, dumps: Mapping[str, Dump]) -> None:
        """Put what was dumped in the place of all that some resources have."""
        ...

    def reset(self) -> None:
        """Forget all that was written: back to the origin, and nothing is kept of ids and counters."""
        ...

    def adopt(self, origin: Origin) -> None:
        """Go on with another origin, e.g. that of a document which has changed.

        Resources that were written to stay as they are. The others are those of the new origin from now on, as far as
        it knows them. What was made of records for answers is forgotten: other rules may show them otherwise.
        """
        ...


MAX_ATTEMPTS: Final = 100
"""How often work is begun again that others interrupt; each time it is at least one of them that gets on."""


def atomically(store: Store, work: Callable[[], Result]) -> Result:
    """Do some work in a transaction, from the beginning again when it was interrupted, and return its result.

    Within another transaction it is that one which is begun again.

    Raises:
        StoreUnavailable: It was interrupted again and again.
    """
    if store.is_open:
        with store.transaction():
            return work()
    for _ in range(MAX_ATTEMPTS):
        try:
            with store.transaction():
                return work()
        except Interrupted:
            continue
    raise StoreUnavailable("the state is written to by too many at once")
