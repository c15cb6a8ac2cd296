"""Finds schemas that let nothing through, as far as one look at each tells. `(subject) -> faults`.

What only trying shows, the generator says (`mocking.generator`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document import words
from mockserver.document.checks.subject import Subject
from mockserver.document.model import Fault, Severity
from mockserver.errors import Json

TYPES: Final = frozenset({"null", "boolean", "object", "array", "number", "integer", "string"})
_SIZES: Final = (
    ("minLength", "maxLength", "string"),
    ("minItems", "maxItems", "array"),
    ("minProperties", "maxProperties", "object"),
)
_DEPTH: Final = 24
"""Levels of composition that are followed."""


def impossible(subject: Subject) -> Iterator[Fault]:
    """Schemas whose own keywords contradict each other."""
    root = subject.document.response_schemas.root
    for place in subject.each("schema"):
        try:
            schema = ptr.lookup(root, place.pointer)
        except (KeyError, ValueError):
            continue
        if not isinstance(schema, dict):
            continue
        reason = _bounds(schema) or _types(root, schema)
        if reason:
            yield Fault(
                place.pointer,
                "impossible",
                f"no value is valid: {reason}",
                f"nothing can be made up for it; used by {subject.touched(place.pointer)}",
                Severity.WARNING,
            )


def _bounds(schema: Mapping[str, Any]) -> str:
    """Return how the bounds of a schema exclude all values of its only type, "" if they do not."""
    kinds = _declared(schema)
    for low, high, kind in _SIZES:
        least, most = _number(schema.get(low)), _number(schema.get(high))
        if kinds == {kind} and least is not None and most is not None and least > most:
            return f"{low} {words.brief(schema[low])} is more than {high} {words.brief(schema[high])}"
    if kinds and kinds <= {"number", "integer"}:
        return _range(schema, whole="number" not in kinds)
    required = schema.get("required")
    most = _number(schema.get("maxProperties"))
    if (
        kinds == {"object"}
        and isinstance(required, list)
        and most is not None
        and len(set(map(str, required))) > most
    ):
        return f"{len(required)} properties are required, maxProperties is {most}"
    return ""


def _range(schema: Mapping[str, Any], *, whole: bool) -> str:
    low, high = _number(schema.get("minimum")), _number(schema.get("maximum"))
    above, below = _number(schema.get("exclusiveMinimum")), _number(schema.get("exclusiveMaximum"))
    least = max((item for item in (low, above) if item is not None), default=None)
    most = min((item for item in (high, below) if item is not None), default=None)
    if least is None or most is None:
        return ""
    open_ended = least == above or most == below
    if least > most or (least == most and open_ended):
        return f"the minimum {_plain(least)} and the maximum {_plain(most)} leave nothing between them"
    step = _number(schema.get("multipleOf")) or (Fraction(1) if whole else None)
    if step is not None and step > 0:
        if whole and step.denominator != 1:
            step = Fraction(step.numerator)  # the multiples of it that are whole
        first = math.floor(least / step) + 1 if least == above else math.ceil(least / step)
        last = math.ceil(most / step) - 1 if most == below else math.floor(most / step)
        if first > last:
            return f"no multiple of {_plain(step)} lies between {_plain(least)} and {_plain(most)}"
    return ""


def _number(value: Json) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Fraction(str(value)) if math.isfinite(value) else None


def _plain(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"


def _declared(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the types that a schema names, all of them where it names none."""
    kinds = schema.get("type")
    named = frozenset([kinds]) if isinstance(kinds, str) else frozenset(k for k in kinds if isinstance(k, str)) if (
        isinstance(kinds, list)
    ) else TYPES  # fmt: skip
    return named if named & TYPES else TYPES


def _types(root: Json, schema: Mapping[str, Any]) -> str:
    """Return which parts of an `allOf` exclude each other by their types, "" if none do."""
    parts = schema.get("allOf")
    if not isinstance(parts, list):
        return ""
    found: list[tuple[str, frozenset[str]]] = [("the schema itself", _widened(_declared(schema)))]
    found += [(f"allOf/{index}", _admitted(root, part, 0)) for index, part in enumerate(parts)]
    left = TYPES
    for name, kinds in found:
        if not left & kinds:
            return f"{name} asks for {_either(kinds)}, what stands beside it for {_either(left)}"
        left &= kinds
    return ""


def _either(kinds: frozenset[str]) -> str:
    shown = sorted(kinds - {"integer"} if "number" in kinds else kinds)
    return " or ".join(shown) or "nothing"


def _widened(kinds: frozenset[str]) -> frozenset[str]:
    return kinds | {"integer"} if "number" in kinds else kinds


def _admitted(root: Json, schema: Json, depth: int) -> frozenset[str]:
    """Return the types that a schema may let through; more than it does where that is hard to say."""
    if schema is False:
        return frozenset()
    if not isinstance(schema, dict) or depth > _DEPTH:
        return TYPES
    kinds = _widened(_declared(schema))
    reference = schema.get("$ref")
    if isinstance(reference, str):
        try:
            kinds &= _admitted(root, ptr.lookup(root, ptr.of_reference(reference)), depth + 1)
        except (KeyError, ValueError):
            return TYPES
    parts = schema.get("allOf")
    for part in parts if isinstance(parts, list) else ():
        kinds &= _admitted(root, part, depth + 1)
    for keyword in ("anyOf", "oneOf"):
        branches = schema.get(keyword)
        if isinstance(branches, list) and branches:
            kinds &= frozenset().union(*(_admitted(root, branch, depth + 1) for branch in branches))
    return kinds
