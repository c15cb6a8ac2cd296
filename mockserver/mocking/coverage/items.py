"""What can be exercised of a document, item by item."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from mockserver import jsontext
from mockserver.document.dialect import Direction
from mockserver.errors import Json


class Dimension(StrEnum):
    """The ways in which a document can be exercised; each has a percentage of its own."""

    OPERATIONS = "operations"
    PARAMETERS = "parameters"
    STATUSES = "statuses"
    MEDIA_TYPES = "media-types"
    REQUEST_SCHEMAS = "request-schemas"
    RESPONSE_SCHEMAS = "response-schemas"


OF_DIRECTION: Final = {
    Direction.REQUEST: Dimension.REQUEST_SCHEMAS,
    Direction.RESPONSE: Dimension.RESPONSE_SCHEMAS,
}

REQUEST: Final = "request"
"""The part of an operation that is its request; its answers have the name of their status."""

CALLED, GIVEN, LEFT_OUT, TAKEN, NOT_NULL = "called", "given", "left out", "taken", "not null"
VALUE: Final = "= "
"""What an item begins with that is one of the values that a schema lists; its JSON text follows."""
KIND: Final = "is "
"""What an item begins with that is one of the types that a schema lists; its name follows."""


class Item(NamedTuple):
    """One thing that can be exercised.

    Attributes:
        operation: The operation's id; "" for schemas, which many operations share.
        part: `request`, a declared status, or place and name of a parameter (`query.limit`); "" where there is none.
        pointer: JSON pointer of the schema, "" where it is not about one.
        what: `called`, `given`, `left out`, `taken`, `not null`, `= JSON`, `is TYPE`, a media type.
    """

    dimension: Dimension
    operation: str
    part: str = ""
    pointer: str = ""
    what: str = ""


def value(seen: Json) -> str:
    """Return the item of a value: numbers that are equal are the same (JSON Schema 2020-12 section 4.2.2)."""
    if isinstance(seen, float) and seen.is_integer():
        seen = int(seen)
    return VALUE + jsontext.dumps(seen, sort_keys=True).decode()
