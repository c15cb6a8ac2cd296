"""Reads schemas into forms (`forms`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Final, TypeGuard

from mockserver.contract.diff.forms import ATOMS, Bound, Form, atoms_of, identity
from mockserver.contract.diff.nodes import Node, is_remark, node_of, parts_of
from mockserver.document import pointer as ptr
from mockserver.document.dialect import HIDDEN, INTEGERS, MEANT_NULL
from mockserver.document.validation import Schemas
from mockserver.errors import Json

_HANDLED: Final = frozenset(
    {
        "type", "enum", "const", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "$ref", "format", "pattern",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
        "minItems", "maxItems", "uniqueItems", "items", "prefixItems", "contains", "minContains", "maxContains",
        "properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties",
        "maxProperties", "dependentRequired", "dependentSchemas", "contentEncoding", "contentMediaType",
        "contentSchema", "readOnly", "writeOnly", "nullable", "x-nullable", "definitions", "$defs",
        "unevaluatedItems", "unevaluatedProperties", MEANT_NULL,
    }
)  # fmt: skip
"""Keywords that have rules of their own; all others are compared as they are written."""


_COUNTS: Final = {
    "minLength": max, "maxLength": min, "minItems": max, "maxItems": min, "minProperties": max, "maxProperties": min,
    "minContains": max, "maxContains": min,
}  # fmt: skip
_TEXTS: Final = ("pattern", "format", "contentEncoding", "contentMediaType")
_NODES: Final = (
    "contains", "propertyNames", "not", "if", "then", "else", "contentSchema", "unevaluatedItems",
    "unevaluatedProperties",
)  # fmt: skip
_NAMED: Final = ("patternProperties", "dependentSchemas")
_MARKS: Final = (
    "deprecated", "default", "discriminator", "readOnly", "writeOnly", "title", "x-sunset", "x-stability-level",
    "x-extensible-enum",
)  # fmt: skip
_KINDS: Final[dict[str, str]] = {
    "minLength": "string", "maxLength": "string", "pattern": "string", "contentEncoding": "string",
    "contentMediaType": "string", "minItems": "array", "maxItems": "array", "minContains": "array",
    "maxContains": "array", "minProperties": "object", "maxProperties": "object",
}  # fmt: skip
"""Keyword -> the only type for which it says something (JSON Schema validation, section 6)."""
_ZERO: Final = frozenset({"minLength", "minItems", "minProperties"})
_SAME: Final = {
    "byte": ("contentEncoding", "base64"),
    "binary": ("contentMediaType", "application/octet-stream"),
}
"""Formats of OpenAPI 3.0 that 3.1 says by other keywords (OAS 3.1.1 section 4.8.24.6)."""


TOO_DEEP: Final = "nesting deeper than can be followed"
"""Stands for a keyword where a schema leads through too many others."""


class Forms:
    """The forms of the schemas of one document for one direction, each made once."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self._known: dict[Node, Form] = {}

    def node(self, *pointers: str) -> Node:
        """Return the node of some pointers."""
        return node_of(self.schemas, *pointers)

    def of(self, node: Node) -> Form:
        """Return the form of a node."""
        form = self._known.get(node)
        if form is None:
            # It stands here before it is whole: a union may lead back to it.
            form = self._known[node] = Form(node)
            try:
                _Reader(self, form).read()
            except RecursionError:
                # What it says is not known, so that it is never taken for the same as in another document.
                form = self._known[node] = Form(node, other={TOO_DEEP: str(id(self))})
        return form

    def holds(self, node: Node, value: Json) -> bool:
        """Return whether a value keeps all schemas of a node."""
        return all(self.schemas.validator(pointer).is_valid(value) for pointer in node)

    def hidden(self, node: Node) -> bool:
        """Return whether what stands at a node is left out of messages of this direction."""
        return self.of(node).marks.get(HIDDEN[self.schemas.direction]) is True


class _Reader:
    """Fills one form."""

    def __init__(self, forms: Forms, form: Form) -> None:
        self.forms = forms
        self.form = form
        self.is_composed = False

    def read(self) -> None:
        form, node = self.form, self.form.node
        parts = parts_of(self.forms.schemas, node)
        form.nullable = parts.nullable
        form.groups = tuple(parts.groups)
        self.is_composed = len(parts.schemas) > 1
        for pointer, schema in parts.schemas:
            self._types(pointer, schema)
            self._values(pointer, schema)
            self._simple(pointer, schema)
            for mark in _MARKS:
                if mark in schema:
                    form.marks.setdefault(mark, schema[mark])
                    form.places.setdefault(mark, pointer)
        if parts.never:
            form.types, form.values = frozenset(), None
        self._nodes(parts.schemas)
        self._objects(parts.schemas)
        self._arrays(parts.schemas)
        self._plain_groups()
        self._settle()

    def _types(self, pointer: str, schema: dict[str, Any]) -> None:
        kind = schema.get("type")
        names = [kind] if isinstance(kind, str) else kind if isinstance(kind, list) else None
        if names is None:
            return
        known = [ATOMS[name] for name in names if isinstance(name, str) and name in ATOMS]
        self.form.types &= frozenset().union(*known)
        self.form.is_typed = True
        self.form.places.setdefault("type", pointer)

    def _values(self, pointer: str, schema: dict[str, Any]) -> None:
        listed = schema.get("enum")
        lists = [listed] if isinstance(listed, list) else []
        if "const" in schema:
            lists.append([schema["const"]])
            self.form.is_const = True
        for found in lists:
            unique = {identity(value): value for value in found if value is not None}
            if self.form.values is None:
                self.form.values = tuple(unique.values())
            else:
                self.form.values = tuple(value for value in self.form.values if identity(value) in unique)
            self.form.places.setdefault("enum" if found is listed else "const", pointer)

    def _simple(self, pointer: str, schema: dict[str, Any]) -> None:
        form, places = self.form, self.form.places
        for keyword, tighter in _COUNTS.items():
            value = schema.get(keyword)
            if _is_number(value):
                known = form.limits.get(keyword)
                form.limits[keyword] = value if known is None else tighter(known, value)
                places.setdefault(keyword, pointer)
        for keyword in _TEXTS:
            value = schema.get(keyword)
            if isinstance(value, str):
                name, text = _SAME.get(value, (keyword, value)) if keyword == "format" else (keyword, value)
                form.texts[name] = form.texts.get(name, frozenset()) | {text}
                places.setdefault(name, pointer)
                places.setdefault("format", pointer)
        format_bounds = INTEGERS.get(str(schema.get("format")), ())
        for keyword, is_low, exclusive in (
            ("minimum", True, False), ("exclusiveMinimum", True, True),
            ("maximum", False, False), ("exclusiveMaximum", False, True),
        ):  # fmt: skip
            value = schema.get(keyword)
            # What a format means is compared with formats.
            if _is_number(value) and value not in format_bounds:
                bound = Bound(value, exclusive)
                if is_low and (form.low is None or _above(bound, form.low)):
                    form.low = bound
                if not is_low and (form.high is None or _below(bound, form.high)):
                    form.high = bound
                places.setdefault("low" if is_low else "high", ptr.join(pointer, keyword))
        if _is_number(schema.get("multipleOf")):
            form.multiples |= {schema["multipleOf"]}
            places.setdefault("multipleOf", pointer)
        if schema.get("uniqueItems") is True:
            form.unique = True
            places.setdefault("uniqueItems", pointer)
        for keyword, value in schema.items():
            if keyword not in _HANDLED and not is_remark(keyword):
                form.other[keyword] = value
                places.setdefault(keyword, pointer)

    def _nodes(self, schemas: Iterable[tuple[str, dict[str, Any]]]) -> None:
        found: dict[str, list[str]] = {}
        named: dict[tuple[str, str], list[str]] = {}
        for pointer, schema in schemas:
            for keyword in _NODES:
                if keyword in schema:
                    found.setdefault(keyword, []).append(ptr.join(pointer, keyword))
                    self.form.places.setdefault(keyword, pointer)
            for keyword in _NAMED:
                members = schema.get(keyword)
                for name in members if isinstance(members, dict) else ():
                    named.setdefault((keyword, name), []).append(ptr.join(pointer, keyword, name))
                    self.form.places.setdefault(keyword, pointer)
        self.form.nodes = {keyword: self.forms.node(*pointers) for keyword, pointers in found.items()}
        self.form.named = {key: self.forms.node(*pointers) for key, pointers in named.items()}

    def _objects(self, schemas: list[tuple[str, dict[str, Any]]]) -> None:
        form = self.form
        objects = [item for item in schemas if any(key in item[1] for key in _OBJECTS)]
        names = {name: None for _, schema in objects for name in _names(schema, "properties")}
        for name in names:
            pointers = [*_declared(objects, name)]
            form.properties[name] = self.forms.node(*pointers)
            form.declared[name] = pointers[0]
        required: set[str] = set()
        others: list[str] = []
        for pointer, schema in objects:
            listed = schema.get("required")
            required.update(
                name for name in (listed if isinstance(listed, list) else ()) if isinstance(name, str)
            )
            if isinstance(listed, list):
                form.places.setdefault("required", pointer)
            if schema.get("additionalProperties", True) is not True:
                others.append(ptr.join(pointer, "additionalProperties"))
                form.places.setdefault("additionalProperties", pointer)
                form.closed |= schema["additionalProperties"] is False
            form.sealed |= schema.get("unevaluatedProperties") is False
            for name, listed in _items(schema, "dependentRequired"):
                if isinstance(listed, list):
                    form.dependent[name] = form.dependent.get(name, frozenset()) | frozenset(map(str, listed))
                    form.places.setdefault("dependentRequired", pointer)
        form.required = frozenset(required)
        form.sealed |= form.closed
        form.additional = () if form.closed else self.forms.node(*others)

    def _arrays(self, schemas: Iterable[tuple[str, dict[str, Any]]]) -> None:
        arrays = [item for item in schemas if "items" in item[1] or "prefixItems" in item[1]]
        length = max((len(_list(schema, "prefixItems")) for _, schema in arrays), default=0)
        for index in range(length):
            held = []
            for pointer, schema in arrays:
                if index < len(_list(schema, "prefixItems")):
                    held.append(ptr.join(pointer, "prefixItems", index))
                elif "items" in schema:
                    held.append(ptr.join(pointer, "items"))
            self.form.prefix.append(self.forms.node(*held))
        items = [ptr.join(pointer, "items") for pointer, schema in arrays if "items" in schema]
        node = self.forms.node(*items)
        if node:
            self.form.nodes["items"] = node
        for pointer, schema in arrays:
            for keyword in ("items", "prefixItems"):
                if keyword in schema:
                    self.form.places.setdefault(keyword, pointer)

    def _plain_groups(self) -> None:
        """Take compositions of values, or of mere types, for the lists that they are."""
        kept = []
        for group in self.form.groups:
            branches = [self.forms.of(self.forms.node(branch)) for branch in group.branches]
            lists = [branch.values for branch in branches]
            if all(values is not None for values in lists) and not any(b.groups for b in branches):
                values = [value for found in lists for value in found or ()]
                unique = {identity(value): value for value in values}
                if self.form.values is not None:
                    own = {identity(value) for value in self.form.values}
                    unique = {key: value for key, value in unique.items() if key in own}
                self.form.values = tuple(unique.values())
                self.form.places.setdefault("enum", group.pointer.rpartition("/")[0])
            elif all(_is_bare(branch) for branch in branches) and (
                group.keyword == "anyOf" or _apart([branch.types for branch in branches])
            ):
                self.form.types &= frozenset().union(*(branch.types for branch in branches))
                self.form.is_typed = True
                self.form.places.setdefault("type", group.pointer.rpartition("/")[0])
            else:
                kept.append(group)
        self.form.groups = tuple(kept)

    def _settle(self) -> None:
        """Leave out what says nothing beside the rest."""
        form = self.form
        if form.values is not None:
            # An enum beside a type that it does not keep takes nothing of it.
            form.values = tuple(value for value in form.values if atoms_of(value) <= form.types)
            if form.groups or form.nodes or len(form.node) > 1 or self.is_composed:
                # There are few, so that it can be asked which of them keep all the rest.
                form.values = tuple(value for value in form.values if self.forms.holds(form.node, value))
                form.groups = ()
            form.types = frozenset().union(*(atoms_of(value) for value in form.values))
            form.is_typed = True
        for keyword in [*form.limits]:
            is_idle = keyword in _ZERO and form.limits[keyword] == 0
            if _KINDS[keyword] not in form.types or is_idle:
                del form.limits[keyword]
        for keyword in [*form.texts]:
            if keyword in _KINDS and _KINDS[keyword] not in form.types:
                del form.texts[keyword]
        if not form.types & ATOMS["number"]:
            form.low = form.high = None
            form.multiples = frozenset()
        elif not form.types & {"fraction"}:
            form.low = _whole(form.low, 1)
            form.high = _whole(form.high, -1)
            form.multiples -= {1}
        if "array" not in form.types:
            form.prefix, form.unique = [], False
            form.nodes.pop("items", None)
            form.nodes.pop("contains", None)


_OBJECTS: Final = (
    "properties", "required", "additionalProperties", "patternProperties", "dependentRequired", "unevaluatedProperties",
)  # fmt: skip


def _declared(schemas: Iterable[tuple[str, dict[str, Any]]], name: str) -> Iterator[str]:
    """Yield the pointers of all that holds for a property."""
    for pointer, schema in schemas:
        is_named = name in _names(schema, "properties")
        if is_named:
            yield ptr.join(pointer, "properties", name)
        for pattern in _names(schema, "patternProperties"):
            if _matches(pattern, name):
                is_named = True
                yield ptr.join(pointer, "patternProperties", pattern)
        if not is_named and schema.get("additionalProperties", True) is not True:
            yield ptr.join(pointer, "additionalProperties")


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Callable[[str], Any]:
    try:
        return re.compile(pattern).search
    except (re.error, RecursionError, OverflowError):
        return lambda text: None


def _matches(pattern: str, name: str) -> bool:
    return _compiled(pattern)(name) is not None


def _is_bare(form: Form) -> bool:
    """Return whether a form says nothing but a type."""
    return form.is_typed and not (
        form.values is not None or form.limits or form.low or form.high or form.multiples or form.texts or form.unique
        or form.prefix or form.nodes or form.named or form.properties or form.required or form.additional
        or form.closed or form.dependent or form.groups or form.other or form.marks.get("title")
    )  # fmt: skip


def _apart(types: list[frozenset[str]]) -> bool:
    return sum(map(len, types)) == len(frozenset().union(*types))


def _above(left: Bound, right: Bound) -> bool:
    return (left.value, left.exclusive) > (right.value, right.exclusive)


def _below(left: Bound, right: Bound) -> bool:
    return (-left.value, left.exclusive) > (-right.value, right.exclusive)


def _whole(bound: Bound | None, step: int) -> Bound | None:
    """Return a bound of integers without exclusion: above 0 is 1 at least."""
    if bound is None or not float(bound.value).is_integer():
        return bound
    return Bound(int(bound.value) + step) if bound.exclusive else bound


def _is_number(value: Json) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _names(schema: dict[str, Any], keyword: str) -> list[str]:
    value = schema.get(keyword)
    return list(value) if isinstance(value, dict) else []


def _items(schema: dict[str, Any], keyword: str) -> list[tuple[str, Json]]:
    value = schema.get(keyword)
    return list(value.items()) if isinstance(value, dict) else []


def _list(schema: dict[str, Any], keyword: str) -> list[Json]:
    value = schema.get(keyword)
    return value if isinstance(value, list) else []
