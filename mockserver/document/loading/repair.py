"""Mends schemas that break the rules of JSON Schema, keyword by keyword, so that all the rest of them still counts.

Real documents hold `type: any`, `required: true` and regexes of other languages. A schema with one of these would not
compile, and all that it says, and all that refers to it, would be lost.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from mockserver.document.validation import pattern_fault
from mockserver.errors import Json

Report = Callable[[str, str, str, bool], None]
"""Takes the keyword, what is wrong with it, what follows, and whether it was understood all the same."""

TYPES: Final = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
_SLOPPY_TYPES: Final[Mapping[str, tuple[str | None, str | None]]] = {
    **dict.fromkeys(("int", "long", "int32", "int64", "short"), ("integer", None)),
    **dict.fromkeys(("float", "double", "decimal", "numeric", "bigdecimal"), ("number", None)),
    "bool": ("boolean", None),
    **dict.fromkeys(("str", "text", "char", "enum"), ("string", None)),
    **dict.fromkeys(("datetime", "date-time", "timestamp"), ("string", "date-time")),
    **{name: ("string", name) for name in ("date", "uuid", "uri", "email", "password", "byte", "binary")},
    "url": ("string", "uri"),
    "file": ("string", "binary"),
    **dict.fromkeys(("list", "set", "collection"), ("array", None)),
    **dict.fromkeys(("dict", "map", "struct", "json", "hash"), ("object", None)),
    "none": ("null", None),
    **dict.fromkeys(("any", "mixed", "unknown", "anytype", "*", ""), (None, None)),
}
"""Names that are no types -> the type and format that are meant; None for any."""

_DROP: Final = object()
_IGNORED: Final = "the keyword is ignored"
_JS_REGEX: Final = re.compile(r"/(\^?.*?\$?)/([dgimsuvy]*)\Z", re.DOTALL)


class _Wrong(Exception):
    """A keyword's value cannot be used as it stands: a message, and what is used instead."""

    def __init__(self, message: str, value: Any = _DROP, effect: str = _IGNORED) -> None:
        super().__init__(message)
        self.value = value
        self.effect = effect


def _shown(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _count(value: Json) -> Json:
    if isinstance(value, bool) or not isinstance(value, int | float):
        if isinstance(value, str) and value.isascii() and value.isdigit():
            raise _Wrong(f"{_shown(value)} is a text", int(value), "it is read as a number")
        raise _Wrong(f"{_shown(value)} is no whole number")
    if value < 0 or value != int(value):
        raise _Wrong(f"{_shown(value)} is no whole number from 0")
    return int(value)


def _number(value: Json) -> Json:
    if isinstance(value, bool) or not isinstance(value, int | float):
        try:
            number = float(value) if isinstance(value, str) else math.nan
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            raise _Wrong(f"{_shown(value)} is a text", int(number) if number == int(number) else number,
                         "it is read as a number")  # fmt: skip
        raise _Wrong(f"{_shown(value)} is no number")
    return value


def _divisor(value: Json) -> Json:
    number = _number(value)
    if number <= 0:
        raise _Wrong(f"{_shown(value)} is not greater than 0")
    return number


def _bound(value: Json) -> Json:
    return value if isinstance(value, bool) else _number(value)


def _flag(value: Json) -> Json:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        raise _Wrong(f"{_shown(value)} is a text", value == "true", "it is read as a boolean")
    raise _Wrong(f"{_shown(value)} is neither true nor false")


def _text(value: Json) -> Json:
    if not isinstance(value, str):
        raise _Wrong(f"{_shown(value)} is no text")
    return value


def _names(value: Json) -> Json:
    if isinstance(value, list):
        names = list(dict.fromkeys(name for name in value if isinstance(name, str)))
        if len(names) != len(value):
            raise _Wrong("the names are not all texts, or not all different", names, "the others count")
        return value
    raise _Wrong(f"{_shown(value)} is no list of names")


def _members(value: Json) -> Json:
    if not isinstance(value, list):
        raise _Wrong(f"{_shown(value)} is no list of values")
    if not value:
        raise _Wrong("the list is empty, so that nothing could be valid")
    return value


def _pattern(value: Json) -> Json:
    text = _text(value)
    literal = _JS_REGEX.match(text)
    if literal and (literal[1].startswith("^") or literal[1].endswith("$") or literal[2]):
        inner = f"(?i){literal[1]}" if "i" in literal[2] else literal[1]
        if pattern_fault(inner) is None:
            raise _Wrong(
                f"{_shown(value)} is written as a literal of JavaScript", inner, f"it is read as {inner}"
            )
    reason = pattern_fault(text)
    if reason is not None:
        raise _Wrong(
            f"{_shown(value)} is no regular expression: {reason}", effect="texts are not held against it"
        )
    return text


def _schema(value: Json) -> Json:
    if isinstance(value, dict | bool):
        return value
    raise _Wrong(f"{_shown(value)} is no schema")


def _schemas(value: Json) -> Json:
    if isinstance(value, dict):
        raise _Wrong("a list of schemas is expected", [value], "it is read as a list of one")
    if not isinstance(value, list):
        raise _Wrong(f"{_shown(value)} is no list of schemas")
    kept = [item for item in value if isinstance(item, dict | bool)]
    if not kept:
        raise _Wrong("there is no schema in the list")
    if len(kept) != len(value):
        raise _Wrong("not everything in the list is a schema", kept, "the others count")
    return value


def _schema_map(value: Json) -> Json:
    if not isinstance(value, dict):
        raise _Wrong(f"{_shown(value)} is no mapping from names to schemas")
    return value


def _pattern_map(value: Json) -> Json:
    kept = {key: member for key, member in _schema_map(value).items() if pattern_fault(key) is None}
    if len(kept) != len(value):
        wrong = next(key for key in value if key not in kept)
        raise _Wrong(
            f"{_shown(wrong)} is no regular expression: {pattern_fault(wrong)}", kept, "the others count"
        )
    return value


def _name_map(value: Json) -> Json:
    if not isinstance(value, dict):
        raise _Wrong(f"{_shown(value)} is no mapping from names to names")
    kept = {
        key: names
        for key, names in value.items()
        if isinstance(names, list) and all(isinstance(name, str) for name in names)
    }
    if len(kept) != len(value):
        raise _Wrong("not every member is a list of names", kept, "the others count")
    return value


def _discriminator(value: Json) -> Json:
    if isinstance(value, str):
        # OpenAPI 2.0 writes only the name.
        return {"propertyName": value}
    if not isinstance(value, dict) or not isinstance(value.get("propertyName"), str):
        raise _Wrong(f"{_shown(value)} names no property")
    if "mapping" in value and not isinstance(value["mapping"], dict):
        rest = {key: member for key, member in value.items() if key != "mapping"}
        raise _Wrong("its mapping is no mapping", rest, "the names of the schemas count")
    return value


_RULES: Final[Mapping[str, Callable[[Json], Json]]] = {
    "$ref": _text, "$dynamicRef": _text, "$id": _text, "$anchor": _text, "$dynamicAnchor": _text,
    "multipleOf": _divisor, "maximum": _number, "minimum": _number, "exclusiveMaximum": _bound,
    "exclusiveMinimum": _bound, "maxLength": _count, "minLength": _count, "maxItems": _count, "minItems": _count,
    "maxProperties": _count, "minProperties": _count, "maxContains": _count, "minContains": _count,
    "uniqueItems": _flag, "nullable": _flag, "x-nullable": _flag, "readOnly": _flag, "writeOnly": _flag,
    "deprecated": _flag, "required": _names, "enum": _members, "pattern": _pattern, "format": _text,
    "allOf": _schemas, "anyOf": _schemas, "oneOf": _schemas, "not": _schema, "if": _schema, "then": _schema,
    "else": _schema, "contains": _schema, "propertyNames": _schema, "additionalProperties": _schema,
    "unevaluatedItems": _schema, "unevaluatedProperties": _schema, "contentSchema": _schema,
    "properties": _schema_map, "patternProperties": _pattern_map, "$defs": _schema_map, "definitions": _schema_map,
    "dependentSchemas": _schema_map, "dependentRequired": _name_map, "discriminator": _discriminator,
    "contentEncoding": _text, "contentMediaType": _text,
}  # fmt: skip


def repair(schema: dict[str, Any], report: Report) -> None:
    """Mend a schema in place: its own keywords, not those of the schemas in it.

    What older dialects say in another way (`items` as a list, `dependencies`, boolean `exclusiveMinimum` beside its
    bound) is said in the new one.
    """
    for key in [key for key in schema if key in _RULES]:
        try:
            schema[key] = _RULES[key](schema[key])
        except _Wrong as wrong:
            report(key, str(wrong), wrong.effect, wrong.value is not _DROP)
            if wrong.value is _DROP:
                del schema[key]
            else:
                schema[key] = wrong.value
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        # The form of draft 4 and OpenAPI 3.0.
        if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) and bound in schema:
            schema[exclusive] = schema.pop(bound)
    if "type" in schema:
        _repair_type(schema, report)
    if "items" in schema or "prefixItems" in schema:
        _repair_items(schema, report)
    if "dependencies" in schema:
        _split_dependencies(schema, report)


def _repair_type(schema: dict[str, Any], report: Report) -> None:
    value = schema["type"]
    if isinstance(value, str) and value in TYPES:
        return
    if isinstance(value, list) and value and all(isinstance(item, str) and item in TYPES for item in value):
        schema["type"] = list(dict.fromkeys(value))
        return
    found: dict[str, None] = {}
    is_any = False
    for item in value if isinstance(value, list) else (value,):
        name = item.strip().lower() if isinstance(item, str) else ("null" if item is None else "?")
        kind, format = (name, None) if name in TYPES else _SLOPPY_TYPES.get(name, ("?", None))
        if kind is None or kind == "?":
            is_any = True
            continue
        found[kind] = None
        if format is not None:
            schema.setdefault("format", format)
    if is_any or not found:
        del schema["type"]
        report("type", f"{_shown(value)} is no type of JSON Schema", "any type is taken", False)
    else:
        schema["type"] = next(iter(found)) if len(found) == 1 else list(found)
        if value != "file":  # a word of OpenAPI 2.0 (section 5.2.20.2)
            report(
                "type", f"{_shown(value)} is no type of JSON Schema", f"it is read as {schema['type']}", True
            )


def _repair_items(schema: dict[str, Any], report: Report) -> None:
    prefix = schema.get("prefixItems")
    if "prefixItems" in schema and (not isinstance(prefix, list) or not prefix):
        report("prefixItems", f"{_shown(prefix)} is no list of schemas", _IGNORED, False)
        del schema["prefixItems"]
    elif prefix is not None:
        schema["prefixItems"] = [item if isinstance(item, dict | bool) else {} for item in prefix]
    items = schema.get("items")
    if isinstance(items, list):
        # The form of draft 4 to 2019-09 (JSON Schema 2020-12, appendix on changes).
        del schema["items"]
        if items:
            schema.setdefault(
                "prefixItems", [item if isinstance(item, dict | bool) else {} for item in items]
            )
        rest = schema.pop("additionalItems", None)
        if isinstance(rest, dict | bool):
            schema["items"] = rest
    elif "items" in schema and not isinstance(items, dict | bool):
        report("items", f"{_shown(items)} is no schema", "any items are taken", False)
        del schema["items"]


def _split_dependencies(schema: dict[str, Any], report: Report) -> None:
    """Say draft 7's `dependencies` as `dependentRequired` and `dependentSchemas`."""
    dependencies = schema.pop("dependencies")
    if not isinstance(dependencies, dict):
        report("dependencies", f"{_shown(dependencies)} is no mapping", _IGNORED, False)
        return
    for name, value in dependencies.items():
        names = [value] if isinstance(value, str) else value
        if isinstance(names, list) and all(isinstance(item, str) for item in names):
            schema.setdefault("dependentRequired", {}).setdefault(name, names)
        elif isinstance(value, dict | bool):
            schema.setdefault("dependentSchemas", {}).setdefault(name, value)
