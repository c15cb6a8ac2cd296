"""What every store does. Queries are plain data, so that a store may answer them from its own indexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from mockserver import jsontext
from mockserver.errors import Json

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
    """Everything in one resource of a store, for people and snapshots."""

    live: Mapping[Key, dict[str, Json]]
    deleted: Mapping[Key, dict[str, Json]] = field(default_factory=dict)


class Store(Protocol):
    """Records by resource. A deleted id is never given out again, and stays unknown."""

    def declare(self, resource: str, *, unique: UniqueKeys = ()) -> None:
        """Make a resource known, with the keys that no two live records may share.

        A known resource gets other keys; records that already share one stay.
        """
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

    def delete(self, resource: str, id: Key, *, data: dict[str, Json] | None = None) -> Record | None:
        """Delete a live record and return it; `data` is kept in its place for people who look."""
        ...

    def select(self, resource: str, query: Query) -> Selection:
        """Return the live records that a query asks for."""
        ...

    def next_number(self, counter: str) -> int:
        """Return 1, 2, 3... for each counter; a number is given out once."""
        ...

    def advance(self, counter: str, number: int) -> None:
        """Make a counter go on after `number`, if it is not there yet."""
        ...

    def dump(self) -> Mapping[str, Dump]:
        """Return everything, by resource."""
        ...

    def adopt(self, other: Store) -> None:
        """Take over the resources and counters of another store that are not known here.

        What was made of records for answers is forgotten: other rules may show them otherwise.
        """
        ...

    def copy(self) -> Store:
        """Return an independent store with the same content."""
        ...
