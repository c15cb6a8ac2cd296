"""Stubs, records and the clock of a mock server, as tests handle them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from mockserver.errors import Json, UsageError
from mockserver.pytest_plugin.controls import Control

__tracebackhide__ = True


class Stub:
    """An answer that was ordered.

    Attributes:
        operation: For which operation, None for all.
        is_optional: Whether it may stay unused.
    """

    def __init__(self, control: Control, ordered: Mapping[str, Json], *, optional: bool) -> None:
        self._control = control
        self._ordered = ordered
        self.number: int = ordered["id"]
        self.operation: str | None = ordered["operation"]
        self.is_optional = optional

    @property
    def hits(self) -> int:
        """How many requests it has answered."""
        found = self._control.stub(self.number)
        return 0 if found is None else int(found["hits"])

    def remove(self) -> None:
        """Let the usual answers come again."""
        self.is_optional = True
        self._control.remove_stub(self.number)

    def __str__(self) -> str:
        orders = [
            f"{name} {self._ordered[name]!r}"
            for name in ("status", "body", "delay_ms", "fault", "times")
            if self._ordered.get(name)
        ]
        match = self._ordered.get("match")
        asked = f" when {match}" if match else ""
        return f"{self.operation or 'all operations'}{asked}: {', '.join(orders) or 'headers'}"

    def __repr__(self) -> str:
        return f"<Stub {self.number} of {self}>"


class Records:
    """The live records of one resource: plain dicts in, plain dicts out."""

    def __init__(self, control: Control, document: str, resource: str) -> None:
        self._control = control
        self._document = document
        self._resource = resource

    def get(self, id: Json) -> dict[str, Json] | None:
        """Return a record by its id, None where there is none."""
        found = self._control.record(self._document, self._resource, id)
        return None if found is None else dict(found)

    def create(
        self, data: Mapping[str, Json] | None = None, *, force: bool = False, **members: Json
    ) -> dict[str, Json]:
        """Make a record and return it; what is left out is completed by plan and schema.

        Raises:
            UsageError: It breaks the schema (`force=True` takes it all the same), or its id is taken.
        """
        given = {**(data or {}), **members}
        return self._control.create(self._document, self._resource, given, force=force)

    def seed(self, records: Iterable[Mapping[str, Json]], *, force: bool = False) -> list[dict[str, Json]]:
        """Let there be these records and no others, and return them."""
        wanted = [dict(record) for record in records]
        self.clear()
        return [self.create(record, force=force) for record in wanted]

    def update(
        self, id: Json, data: Mapping[str, Json] | None = None, *, force: bool = False, **members: Json
    ) -> dict[str, Json]:
        """Change some properties of a record, and return it.

        Raises:
            UsageError: There is none, or it would break the schema (`force=True` takes it all the same).
        """
        given = {**(data or {}), **members}
        return self._control.update(self._document, self._resource, id, given, force=force)

    def delete(self, id: Json) -> None:
        """Delete a record, and what goes with it.

        Raises:
            UsageError: There is none.
        """
        self._control.delete(self._document, self._resource, id)

    def clear(self) -> None:
        """Delete all."""
        self._control.clear(self._document, self._resource)

    def list(self, **equal: Json) -> list[dict[str, Json]]:
        """Return the records whose properties have these values, in order of creation."""
        found = self._control.records(self._document, self._resource)
        return [
            dict(record) for record in found if all(record.get(key) == item for key, item in equal.items())
        ]

    def __iter__(self) -> Iterator[dict[str, Json]]:
        return iter(self.list())

    def __len__(self) -> int:
        return len(self._control.records(self._document, self._resource))

    def __contains__(self, id: object) -> bool:
        return self.get(id) is not None

    def __repr__(self) -> str:
        return f"<Records of {self._resource}>"


class MockClock:
    """The time in the world of a test. It runs with the machine's until it is frozen or moved."""

    def __init__(self, control: Control) -> None:
        self._control = control

    @property
    def now(self) -> datetime:
        """The time; asking does not move a clock that stands."""
        return datetime.fromisoformat(self._control.now())

    def freeze(self, at: datetime | str | None = None) -> None:
        """Stand still: at an instant, or where the clock is."""
        self._control.set_clock("frozen", _instant(at))

    def run(self, at: datetime | str | None = None) -> None:
        """Run on from an instant, or with the clock of the machine."""
        self._control.set_clock("running", _instant(at))

    def advance(self, by: timedelta | float | str) -> None:
        """Let time pass: a `timedelta`, seconds, or a text such as `5m` or `1h30m`."""
        self._control.advance(by.total_seconds() if isinstance(by, timedelta) else by)


def _instant(at: datetime | str | None) -> str | None:
    if isinstance(at, datetime):
        if at.tzinfo is None:
            raise UsageError(f"{at} has no time zone; say datetime(..., tzinfo=UTC)")
        return at.isoformat()
    return at
