"""The shape of an OpenAPI document: which field of which object holds which objects.

One table from the specifications (OAS 3.0.4, 3.1.1 and 3.2.0, section 4 each), so that no walk has to guess whether a
key is a field, a name chosen by the author, or a piece of data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from mockserver.document import pointer as ptr
from mockserver.errors import Json

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


@dataclass(frozen=True, slots=True)
class Map:
    """A mapping from names to objects of one kind."""

    of: str | Map


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of objects of one kind."""

    of: str


Shape = str | Map | ListOf

OBJECTS: Final[Mapping[str, Mapping[str, Shape]]] = {
    "document": {
        "paths": Map("path-item"),
        "webhooks": Map("path-item"),
        "components": "components",
    },
    "components": {
        "schemas": Map("schema"),
        "responses": Map("response"),
        "parameters": Map("parameter"),
        "requestBodies": Map("request-body"),
        "headers": Map("header"),
        "callbacks": Map(Map("path-item")),
        "pathItems": Map("path-item"),
        "mediaTypes": Map("media-type"),
    },
    "path-item": {
        **dict.fromkeys(METHODS, "operation"),
        "parameters": ListOf("parameter"),
        "additionalOperations": Map("operation"),
    },
    "operation": {
        "parameters": ListOf("parameter"),
        "requestBody": "request-body",
        "responses": Map("response"),
        "callbacks": Map(Map("path-item")),
    },
    "parameter": {"schema": "schema", "content": Map("media-type")},
    "header": {"schema": "schema", "content": Map("media-type")},
    "request-body": {"content": Map("media-type")},
    "response": {"headers": Map("header"), "content": Map("media-type")},
    "media-type": {"schema": "schema", "itemSchema": "schema", "encoding": Map("encoding")},
    "encoding": {"headers": Map("header")},
}

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
    return {
        key: map_schemas(value, change, fields[key], ptr.join(pointer, key)) if key in fields else value
        for key, value in node.items()
    }
