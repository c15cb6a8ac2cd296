"""The calls that were made, to be looked at and asserted on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, overload

from mockserver.errors import Json, UsageError
from mockserver.mocking import expectations
from mockserver.mocking.calls import Call
from mockserver.mocking.expectations import Outcome, Wanted

__tracebackhide__ = True
UNSET: Final[Any] = type("Unset", (), {"__repr__": lambda self: "..."})()
"""Stands for an argument that nobody has given, where None is a value."""


class Calls(Sequence[Call]):
    """Calls in their order, as they were when they were asked for.

    `path`, `query`, `headers` and `body` of the assertions ask for a part: of an object these members, of a list as
    many items, one by one. With `exact=True`, query and body have nothing besides. A value may be anything that
    compares itself, such as `unittest.mock.ANY`. A header or parameter of None is one that was not sent.

    Args:
        name: Of their operation, for messages.
        calls: The calls.
        others: All other calls, for messages.
    """

    def __init__(self, name: str, calls: Sequence[Call], others: Sequence[Call] = ()) -> None:
        self._name = name
        self._calls = tuple(calls)
        self._others = tuple(others)

    @overload
    def __getitem__(self, index: int) -> Call: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Call]: ...

    def __getitem__(self, index: int | slice) -> Call | Sequence[Call]:
        """Return a call, or some; an index that is too high says what was called instead."""
        if isinstance(index, slice):
            return self._calls[index]
        if not -len(self._calls) <= index < len(self._calls):
            times = len(self._calls)
            raise IndexError(
                f"{self._name} was called {times} time{'' if times == 1 else 's'}, so there is no call [{index}]"
            )
        return self._calls[index]

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    def __repr__(self) -> str:
        listed = "".join(f"\n  {call}" for call in self._calls)
        return f"<{len(self._calls)} calls of {self._name}{listed}>"

    @property
    def count(self) -> int:  # type: ignore[override]
        """How many there are."""
        return len(self._calls)

    @property
    def last(self) -> Call:
        """The last one."""
        return self[-1]

    def assert_called(self) -> None:
        """There is at least one."""
        self._check(expectations.count(self._name, self._calls, self._others, least=1))

    def assert_called_once(self) -> None:
        """There is one."""
        self.assert_call_count(1)

    def assert_call_count(self, times: int) -> None:
        """There are so many."""
        self._check(expectations.count(self._name, self._calls, self._others, least=times, most=times))

    def assert_not_called(self) -> None:
        """There is none."""
        self._check(expectations.count(self._name, self._calls, self._others, most=0))

    def assert_any_call(
        self,
        *,
        body: Json = UNSET,
        query: Mapping[str, Json] | None = None,
        path: Mapping[str, Json] | None = None,
        headers: Mapping[str, Json] | None = None,
        exact: bool = False,
        times: int | None = None,
    ) -> None:
        """At least one of them is like this; with `times`, so many of them."""
        wanted = _wanted(body, query, path, headers, exact=exact)
        least = 1 if times is None else times
        self._check(
            expectations.count(self._name, self._calls, self._others, wanted=wanted, least=least, most=times)
        )

    def assert_called_with(
        self,
        *,
        body: Json = UNSET,
        query: Mapping[str, Json] | None = None,
        path: Mapping[str, Json] | None = None,
        headers: Mapping[str, Json] | None = None,
        exact: bool = False,
    ) -> None:
        """The last one is like this."""
        wanted = _wanted(body, query, path, headers, exact=exact)
        name = f"{self._name}, the last time," if len(self._calls) > 1 else self._name
        self._check(expectations.count(name, self._calls[-1:], self._others, wanted=wanted, least=1))

    def assert_called_once_with(
        self,
        *,
        body: Json = UNSET,
        query: Mapping[str, Json] | None = None,
        path: Mapping[str, Json] | None = None,
        headers: Mapping[str, Json] | None = None,
        exact: bool = False,
    ) -> None:
        """There is one, and it is like this."""
        wanted = _wanted(body, query, path, headers, exact=exact)
        self._check(
            expectations.count(
                self._name, self._calls, self._others, wanted=wanted, least=1, most=1, only=True
            )
        )

    def _check(self, outcome: Outcome) -> None:
        if not outcome.passed:
            raise AssertionError(outcome.message)


def _wanted(
    body: Json,
    query: Mapping[str, Json] | None,
    path: Mapping[str, Json] | None,
    headers: Mapping[str, Json] | None,
    *,
    exact: bool,
) -> Wanted:
    raw = {"query": query, "path": path, "headers": headers}
    given = {name: dict(value) for name, value in raw.items() if value is not None}
    if body is not UNSET:
        given["body"] = body
    if not given and not exact:
        raise UsageError("say what the call should have been like: body=, query=, path= or headers=")
    return Wanted.of(given, exact=exact)
