"""Schema Objects of any OpenAPI version as JSON Schema 2020-12, for requests or for responses.

OpenAPI 3.0 speaks a dialect of its own (`nullable`, boolean `exclusiveMinimum`, references without siblings);
3.1 and later speak JSON Schema. Pointers into the result are the same as into the document, so what a validator
says can be found again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.structure import SCHEMA_FIELDS, SCHEMA_LISTS, SCHEMA_MAPS, map_schemas
from mockserver.errors import Json

COMPOSITIONS: Final = ("allOf", "anyOf", "oneOf")
DATA: Final = frozenset({"default", "example", "examples", "enum", "const"})


INTEGERS: Final[Mapping[str, tuple[int, int]]] = {
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
}
"""Format -> the least and the greatest integer of it (OpenAPI format registry)."""
MEANT_NULL: Final = "x-meant-null"
"""Marks a null that is taken because the author means it, and that is not made up, because others refuse it."""

_DEPTH: Final = 8
"""References followed in search of a mark."""


class Direction(StrEnum):
    """Which way a message goes: it decides about `readOnly` and `writeOnly`."""

    REQUEST = "request"
    RESPONSE = "response"


HIDDEN: Final = {Direction.REQUEST: "readOnly", Direction.RESPONSE: "writeOnly"}
"""The mark of properties that need not be there in a message of this direction."""


def translate(root: dict[str, Json], *, legacy: bool, direction: Direction) -> dict[str, Json]:
    """Return a copy of a document whose schemas are JSON Schema, for one direction.

    Args:
        root: The whole document, not changed.
        legacy: True for OpenAPI 3.0, whose schemas are not JSON Schema.
        direction: In requests a required `readOnly` property may be left out, in responses a `writeOnly` one
            (OAS 3.0.4 section 4.7.24, 3.1.1 section 4.8.24).
    """
    hidden = HIDDEN[direction]

    def named(schema: Json, depth: int = 0) -> set[str]:
        """Return the properties that a schema, or one of which it is composed, marks as hidden."""
        if not isinstance(schema, dict) or depth > _DEPTH:
            return set()
        properties = schema.get("properties")
        found = {
            name
            for name, member in (properties.items() if isinstance(properties, dict) else ())
            if is_hidden(member)
        }
        parts = schema.get("allOf")
        for part in (*(parts if isinstance(parts, list) else ()), target(schema)):
            found |= named(part, depth + 1)
        return found

    def is_hidden(schema: Json, depth: int = 0) -> bool:
        if not isinstance(schema, dict) or depth > _DEPTH:
            return False
        return schema.get(hidden) is True or is_hidden(target(schema), depth + 1)

    def target(schema: dict[str, Json]) -> Json:
        reference = schema.get("$ref")
        try:
            return ptr.lookup(root, ptr.of_reference(reference)) if isinstance(reference, str) else None
        except (KeyError, ValueError):
            return None

    def change(schema: Json, _pointer: str) -> Json:
        return _translate(schema, frozenset(), legacy=legacy, named=named)

    result: dict[str, Json] = map_schemas(root, change)
    return result


def _translate(
    schema: Json, hidden: frozenset[str], *, legacy: bool, named: Callable[[Json], set[str]]
) -> Json:
    """Return a schema in the new dialect; `hidden` are the hidden properties of what it is a part of."""
    if not isinstance(schema, dict):
        return schema

    def child(value: Json) -> Json:
        return _translate(value, frozenset(), legacy=legacy, named=named)

    reference = schema.get("$ref")
    if legacy and isinstance(reference, str):
        # A Reference Object: "any sibling elements are ignored" (OAS 3.0.4 section 4.7.23).
        return {"$ref": reference}
    required = schema.get("required")
    if isinstance(required, list) or any(key in schema for key in COMPOSITIONS):
        hidden = hidden | named(schema)
    result: dict[str, Any] = {}
    for key, value in schema.items():
        if key in DATA:
            result[key] = value
        elif key in COMPOSITIONS and isinstance(value, list):
            # "required" here may speak of properties that are declared beside it.
            result[key] = [_translate(v, hidden, legacy=legacy, named=named) for v in value]
        elif key in SCHEMA_FIELDS:
            result[key] = [child(v) for v in value] if isinstance(value, list) else child(value)
        elif key in SCHEMA_LISTS and isinstance(value, list):
            result[key] = [child(v) for v in value]
        elif key in SCHEMA_MAPS and isinstance(value, dict):
            result[key] = {name: child(v) for name, v in value.items()}
        else:
            result[key] = value
    if isinstance(required, list) and hidden:
        result["required"] = [name for name in required if name not in hidden]
    if legacy:
        _modernise(result)
    name = result.get("format")
    if isinstance(name, str) and name in INTEGERS and result.get("type") != "string":
        _bound(result, *INTEGERS[name])
    return result


def _bound(schema: dict[str, Any], low: int, high: int) -> None:
    """Add the bounds that the format of an integer means; validators know formats of texts only."""
    for keyword, exclusive, bound, sign in (
        ("minimum", "exclusiveMinimum", low, -1),
        ("maximum", "exclusiveMaximum", high, 1),
    ):
        own = [schema[key] for key in (keyword, exclusive) if key in schema]
        if not any(isinstance(value, int | float) and sign * value <= sign * bound for value in own):
            schema[keyword] = bound


def _modernise(schema: dict[str, Any]) -> None:
    """Turn the keywords of OpenAPI 3.0 into those of JSON Schema 2020-12, in place."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        flag = schema.get(exclusive)
        if isinstance(flag, bool):
            del schema[exclusive]
            if flag and bound in schema:
                schema[exclusive] = schema.pop(bound)
    # `x-nullable` is what tools wrote before there was a word for it.
    marks = [schema.pop(word, False) for word in ("nullable", "x-nullable")]
    if True in marks:
        _admit_null(schema)


def _admit_null(schema: dict[str, Any]) -> None:
    kind = schema.get("type")
    enum = schema.get("enum")
    if isinstance(enum, list) and None not in enum:
        schema["enum"] = [*enum, None]
        schema[MEANT_NULL] = True
    if isinstance(kind, str):
        schema["type"] = [kind, "null"]
    # "nullable" beside a composition or an enum admits null too, as its authors mean it, although OAS 3.0.4 section
    # 4.7.24 says so only for a `type` in the same schema.
    if any(key in schema for key in ("allOf", "anyOf", "oneOf", "not")):
        composed = {key: schema.pop(key) for key in ("allOf", "anyOf", "oneOf", "not") if key in schema}
        schema["anyOf"] = [composed, {"type": "null", MEANT_NULL: True}]
