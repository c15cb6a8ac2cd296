"""The shape of an OpenAPI document: which field of which object holds which objects.

One table from the specifications (OAS 2.0, 3.0.4, 3.1.1 and 3.2.0, section 4 each), so that no walk has to guess
whether a key is a field, a name chosen by the author, or a piece of data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mockserver.document import pointer as ptr
from mockserver.errors import Json

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")

STATUS: Final = re.compile(r"[1-5](?:[0-9]{2}|XX)|default")
"""Keys of the Responses Object (OAS 3.1.1 section 4.8.16)."""

BUNDLED: Final = "x-bundled"
"""Field of a normalised document that holds what stood in other files, or where no such object is expected."""


@dataclass(frozen=True, slots=True)
class Map:
    """A mapping from names to objects of one kind; those with statuses for names are the Responses Object."""

    of: str | Map
    by_status: bool = False


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of objects of one kind."""

    of: str


Shape = str | Map | ListOf

_COMPONENTS: Final[Mapping[str, Shape]] = {
    "schemas": Map("schema"),
    "responses": Map("response"),
    "parameters": Map("parameter"),
    "examples": Map("example"),
    "requestBodies": Map("request-body"),
    "headers": Map("header"),
    "securitySchemes": Map("security-scheme"),
    "links": Map("link"),
    "callbacks": Map(Map("path-item")),
    "pathItems": Map("path-item"),
    "mediaTypes": Map("media-type"),
}

OBJECTS: Final[Mapping[str, Mapping[str, Shape]]] = {
    "document": {
        "paths": Map("path-item"),
        "webhooks": Map("path-item"),
        "components": "components",
        # Of OpenAPI 2.0 only the schemas stay where they are, see `document.loading.swagger`.
        "definitions": Map("schema"),
        BUNDLED: "components",
    },
    "components": _COMPONENTS,
    "path-item": {
        **dict.fromkeys(METHODS, "operation"),
        "parameters": ListOf("parameter"),
        "additionalOperations": Map("operation"),
    },
    "operation": {
        "parameters": ListOf("parameter"),
        "requestBody": "request-body",
        "responses": Map("response", by_status=True),
        "callbacks": Map(Map("path-item")),
    },
    "parameter": {"schema": "schema", "content": Map("media-type"), "examples": Map("example")},
    "header": {"schema": "schema", "content": Map("media-type"), "examples": Map("example")},
    "request-body": {"content": Map("media-type")},
    "response": {"headers": Map("header"), "content": Map("media-type"), "links": Map("link")},
    "media-type": {
        "schema": "schema",
        "itemSchema": "schema",
        "encoding": Map("encoding"),
        "examples": Map("example"),
    },
    "encoding": {"headers": Map("header")},
    "example": {},
    "link": {},
    "security-scheme": {},
    "document-2": {
        "paths": Map("path-item-2"),
        "definitions": Map("schema"),
        "parameters": Map("parameter-2"),
        "responses": Map("response-2"),
        "securityDefinitions": Map("security-scheme"),
        BUNDLED: "components-2",
    },
    "components-2": {
        "schemas": Map("schema"),
        "parameters": Map("parameter-2"),
        "responses": Map("response-2"),
        "headers": Map("header-2"),
        "securitySchemes": Map("security-scheme"),
        "pathItems": Map("path-item-2"),
    },
    "path-item-2": {**dict.fromkeys(METHODS, "operation-2"), "parameters": ListOf("parameter-2")},
    "operation-2": {"parameters": ListOf("parameter-2"), "responses": Map("response-2", by_status=True)},
    "parameter-2": {"schema": "schema", "items": "schema"},
    "response-2": {"schema": "schema", "headers": Map("header-2")},
    "header-2": {"items": "schema"},
}

HOMES: Final[Mapping[str, str]] = {
    "schema": "schemas",
    "response": "responses",
    "parameter": "parameters",
    "example": "examples",
    "request-body": "requestBodies",
    "header": "headers",
    "security-scheme": "securitySchemes",
    "link": "links",
    "path-item": "pathItems",
    "media-type": "mediaTypes",
    "parameter-2": "parameters",
    "response-2": "responses",
    "header-2": "headers",
    "path-item-2": "pathItems",
}
"""Kind of object -> the field of `x-bundled` that holds such objects."""

SCHEMA_FIELDS: Final = frozenset(
    {
        "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
        "unevaluatedItems", "unevaluatedProperties", "additionalItems", "contentSchema",
    }
)  # fmt: skip
SCHEMA_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
SCHEMA_MAPS: Final = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
)


def shape_at(tokens: Sequence[str], root: str = "document") -> Shape | None:
    """Return the shape of what stands at the end of a pointer's tokens, None where no object is expected."""
    shape: Shape | None = root
    schema_map = False
    for token in tokens:
        if schema_map:
            schema_map = False
        elif isinstance(shape, Map | ListOf):
            shape = shape.of
        elif shape == "schema":
            if token in SCHEMA_MAPS or token in SCHEMA_LISTS:
                schema_map = True
            elif token not in SCHEMA_FIELDS:
                return None
        elif isinstance(shape, str):
            shape = OBJECTS[shape].get(token)
            if shape is None:
                return None
    return None if schema_map else shape


def map_schemas(
    node: Json, change: Callable[[Json, str], Json], shape: Shape = "document", pointer: str = ""
) -> Json:
    """Return a copy of a document in which `change(schema, pointer)` replaced each outermost Schema Object.

    What is no schema is copied by reference where it holds none.
    """
    if isinstance(shape, Map):
        if not isinstance(node, dict):
            return node
        return {
            key: map_schemas(value, change, shape.of, ptr.join(pointer, key)) for key, value in node.items()
        }
    if isinstance(shape, ListOf):
        if not isinstance(node, list):
            return node
        return [
            map_schemas(value, change, shape.of, ptr.join(pointer, index)) for index, value in enumerate(node)
        ]
    if shape == "schema":
        return change(node, pointer)
    if not isinstance(node, dict):
        return node
    fields = OBJECTS[shape]
    if not fields:
        return node
    return {
        key: map_schemas(value, change, fields[key], ptr.join(pointer, key)) if key in fields else value
        for key, value in node.items()
    }
