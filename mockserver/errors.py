"""Everything that this package raises on purpose.

    MockserverError
    ├── UsageError            a wrong flag, a taken port, a missing file: exit code 2
    ├── DocumentError         a document that cannot be read, or that cannot be served
    ├── PlanError             a plan file that has not the format
    │   └── PlanMisfit        a part of a plan that does not fit its document
    ├── HandlersError         a user's handlers module that cannot be loaded
    ├── FixtureError          a fixture that breaks its document
    ├── CannotGenerate        a schema for which no valid value was found
    ├── SchemaFault           a schema that cannot be compiled
    ├── RecordConflict        a unique key that is taken, or an id that was used before
    └── Refusal               a request that is answered with an error
        ├── StoreUnavailable  the place where the state is kept does not answer
        └── StoreFull         there is no room for more records

All but `Refusal` and `RecordConflict` are shown to a person as one message without a traceback. `Refusal` never
reaches a person: it becomes the declared error response of the operation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

Json = Any
"""A JSON value: dict, list, str, int, float, bool or None."""


class MockserverError(Exception):
    """Base of all errors of this package; its text is fit to be shown to a person."""


class UsageError(MockserverError):
    """The command was used in a way that cannot work."""


class DocumentError(MockserverError):
    """A document cannot be read or served."""


class PlanError(MockserverError):
    """A plan file does not have the format, or does not fit its document.

    Attributes:
        pointer: JSON pointer of the part in the plan, None where that is not known.
        reason: What was seen, without the place.
    """

    def __init__(self, message: str, pointer: str | None = None, reason: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer
        self.reason = reason


class PlanMisfit(PlanError):
    """A part of a plan has the format, and does not fit its document: it names what is not there.

    Its reason tells a near miss where there is one.
    """

    def __init__(self, source: object, pointer: str, reason: str) -> None:
        super().__init__(f"{source}: at {pointer or '/'}: {reason}", pointer, reason)


class HandlersError(MockserverError):
    """A handlers module cannot be loaded."""


class FixtureError(MockserverError):
    """A fixture breaks its document."""


class CannotGenerate(MockserverError):
    """No value that validates was found for a schema.

    Attributes:
        pointer: JSON pointer of the schema.
        reason: What stood in the way.
    """

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f"no valid value can be generated for {pointer}: {reason}")
        self.pointer = pointer
        self.reason = reason


class SchemaFault(MockserverError):
    """A schema cannot be compiled.

    Attributes:
        pointer: JSON pointer of the schema.
        reason: The compiler's words.
    """

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f"the schema at {pointer} cannot be compiled: {reason}")
        self.pointer = pointer
        self.reason = reason


class RecordConflict(MockserverError):
    """A record would share a unique key with a live one.

    Attributes:
        properties: The names of the key's properties.
        values: Their values.
    """

    def __init__(self, resource: str, properties: Sequence[str], values: Sequence[Json]) -> None:
        pairs = ", ".join(f"{name} {value!r}" for name, value in zip(properties, values, strict=True))
        super().__init__(f"another of {resource} has {pairs}")
        self.properties = tuple(properties)
        self.values = tuple(values)


class Violation(NamedTuple):
    """One broken rule of a document.

    Attributes:
        location: Where in the message, e.g. `("body", "items", 0, "name")`.
        rule: The JSON Schema keyword or the rule's name, e.g. `minLength`, `required`.
        message: A sentence for a person.
        value: What was seen; None when there is nothing to show.
        pointer: JSON pointer of the rule in the document.
    """

    location: tuple[str | int, ...]
    rule: str
    message: str
    value: Json = None
    pointer: str = ""

    def as_dict(self) -> dict[str, Json]:
        """Return the violation as a JSON object."""
        return {
            "location": list(self.location),
            "rule": self.rule,
            "message": self.message,
            "pointer": self.pointer,
        }

    def __str__(self) -> str:
        place = ".".join(str(part) for part in self.location)
        return f"{place}: {self.message}" if place else self.message


class RefusalKind(StrEnum):
    """Why a request is refused; the statuses that may answer it stand in `mocking.problems`."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    NOT_ACCEPTABLE = "not-acceptable"
    TIMEOUT = "timeout"
    GONE = "gone"
    CONFLICT = "conflict"
    WRONG_STATE = "wrong-state"
    DANGLING = "dangling"
    PRECONDITION = "precondition"
    TOO_LARGE = "too-large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type"
    FAULT = "fault"
    UNAVAILABLE = "unavailable"
    FULL = "full"


class Refusal(MockserverError):
    """A request that is answered with an error.

    Attributes:
        kind: Why.
        message: A sentence for the caller.
        violations: The broken rules, if it was judged by rules.
        status: A status code asked for by the plan or a handler, else None.
        headers: Headers that belong to the answer (`Allow`, `WWW-Authenticate`...).
    """

    def __init__(
        self,
        kind: RefusalKind,
        message: str,
        *,
        violations: Sequence[Violation] = (),
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.violations = tuple(violations)
        self.status = status
        self.headers = dict(headers or {})


class StoreUnavailable(Refusal):
    """The place where the state is kept does not answer, or is in use by too many; later it may."""

    def __init__(self, message: str) -> None:
        super().__init__(RefusalKind.UNAVAILABLE, message, headers={"Retry-After": "1"})


class StoreFull(Refusal):
    """There is no room for more records."""

    def __init__(self, message: str) -> None:
        super().__init__(RefusalKind.FULL, message)
