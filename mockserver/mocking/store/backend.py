"""What keeps the stores of all worlds does: stores, small documents, and logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mockserver.errors import Json
from mockserver.mocking.store.interface import Origin, Store


@dataclass(frozen=True, slots=True)
class Note:
    """A small JSON document that belongs to a world, e.g. its clock.

    Attributes:
        version: 1 when it is first written, one more each time.
    """

    version: int
    value: Json


class Log(Protocol):
    """Texts in the order in which they came, numbered from 1; only the last ones are kept."""

    def append(self, text: bytes, keep: int) -> int:
        """Add a text and return its number; of all only the last `keep` stay."""
        ...

    def read(self, after: int = 0) -> Sequence[tuple[int, bytes]]:
        """Return the texts that are kept and came after a number."""
        ...

    def count(self) -> int:
        """Return the number of the last text, 0 for none, also when it is no longer kept."""
        ...

    def clear(self) -> None:
        """Forget the texts; numbering goes on."""
        ...


class Backend(Protocol):
    """Where the stores of all worlds are, with what else must be known to all who serve them.

    Attributes:
        shared: Whether other processes may look at the same, so that nothing may be remembered here.
    """

    shared: bool

    def open(self, world: str, document: str, origin: Origin) -> Store:
        """Return the store of a document in a world; one that is there goes on with this origin (`Store.adopt`)."""
        ...

    def worlds(self) -> Sequence[str]:
        """Return the names of the worlds in which something was written, in the order of the alphabet."""
        ...

    def drop(self, world: str) -> None:
        """Forget a world: records, notes and log. Its open stores are as after a reset."""
        ...

    def note(self, world: str, name: str) -> Note | None:
        """Return a small document of a world."""
        ...

    def write_note(self, world: str, name: str, value: Json, *, expected: int | None = None) -> Note | None:
        """Write a small document; None if it has another version than expected by now (0: it is not there)."""
        ...

    def log(self, world: str) -> Log:
        """Return the journal of a world."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
