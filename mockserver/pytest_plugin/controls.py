"""What can be done with one world of a mock server, wherever that server is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mockserver.errors import Json, UsageError
from mockserver.mocking.calls import Call

__tracebackhide__ = True


@dataclass(frozen=True, slots=True)
class Known:
    """An operation that is served."""

    document: str
    id: str
    method: str
    path: str


class Control(Protocol):
    """One world. JSON values are those of the control API; what cannot be done raises `UsageError`."""

    @property
    def operations(self) -> Sequence[Known]:
        """What is served."""

    @property
    def resources(self) -> Sequence[tuple[str, str]]:
        """Document and name of each resource."""

    def calls(self) -> Sequence[Call]:
        """Return all calls, the oldest first."""

    def count(self) -> int:
        """Return the number of the last call."""

    def order(self, stub: Mapping[str, Json]) -> Mapping[str, Json]:
        """Order a stub, and return it."""

    def stub(self, number: int) -> Mapping[str, Json] | None:
        """Return a stub, None where it is gone."""

    def remove_stub(self, number: int) -> None:
        """Forget a stub."""

    def records(self, document: str, resource: str) -> Sequence[dict[str, Json]]:
        """Return the records of a resource, in order of creation."""

    def record(self, document: str, resource: str, id: Json) -> dict[str, Json] | None:
        """Return a record, None where there is none."""

    def create(
        self, document: str, resource: str, data: Mapping[str, Json], *, force: bool
    ) -> dict[str, Json]:
        """Make a record, and return it."""

    def update(
        self, document: str, resource: str, id: Json, data: Mapping[str, Json], *, force: bool
    ) -> dict[str, Json]:
        """Change a record, and return it."""

    def delete(self, document: str, resource: str, id: Json) -> None:
        """Delete a record."""

    def clear(self, document: str, resource: str) -> None:
        """Delete all records of a resource."""

    def now(self) -> str:
        """Return the time, as RFC 3339 writes it."""

    def set_clock(self, mode: str, now: str | None) -> None:
        """Stop the clock (`frozen`) or let it run (`running`), maybe at or from an instant."""

    def advance(self, by: float | str) -> None:
        """Let time pass."""

    def snapshot(self) -> dict[str, Json]:
        """Return all that the world holds."""

    def restore(self, snapshot: Json, *, force: bool) -> None:
        """Make the world what a snapshot says."""

    def reset(self) -> None:
        """Go back to the beginning; the calls stay."""

    def harvest(self, since: int) -> None:
        """Tell whoever writes or counts calls of those after a number."""

    def forget(self) -> None:
        """Let the world go."""


def found(name: str, operations: Iterable[Known], document: str | None = None) -> Known:
    """Return the operation that an id, or a method and path such as `GET /pets/{id}`, names.

    Raises:
        UsageError: There is none, or more than one.
    """
    served = [item for item in operations if document in (None, item.document)]
    method, _, path = name.partition(" ")
    matching = [
        item
        for item in served
        if item.id == name or (path and (item.method, item.path) == (method.upper(), path.strip()))
    ]
    if len(matching) == 1:
        return matching[0]
    if matching:
        documents = ", ".join(item.document for item in matching)
        raise UsageError(f"{name!r} is in {documents}; say which by document=")
    names = [item.id for item in served] + [f"{item.method} {item.path}" for item in served]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    listed = f"; there are {', '.join(item.id for item in served)}" if len(served) <= 20 else ""
    raise UsageError(f"there is no operation {name!r}{hint}{listed}")
