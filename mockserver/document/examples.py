"""The examples that a document gives, wherever its version lets it write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.document import pointer as ptr
from mockserver.errors import Json


def examples_of(node: Mapping[str, Any], root: Json, schema: str | None) -> dict[str, Json]:
    """Return the examples of a media type, parameter or header, by name; nameless ones are called "", "1", "2"...

    Args:
        node: The object; its `examples` and `example` come first, then `x-example(s)`.
        root: The normalised document.
        schema: Pointer of its schema, whose own `examples` (JSON Schema) and `example` (OpenAPI) come last.
    """
    found: dict[str, Json] = {}
    declared = node.get("examples", node.get("x-examples"))
    for key, raw in declared.items() if isinstance(declared, dict) else ():
        example = _follow(raw, root)
        if isinstance(example, dict) and "examples" not in node:
            found[key] = example.get("value", example)
        elif isinstance(example, dict):
            for word in ("value", "dataValue"):  # OAS 3.2.0 section 4.19 has both
                if word in example:
                    found[key] = example[word]
                    break
    if isinstance(declared, list):
        found.update(_numbered(declared))
    for word in ("example", "x-example"):
        if word in node:
            found.setdefault("", node[word])
    if schema is not None and not found:
        found.update(_of_schema(root, schema))
    return found


def _of_schema(root: Json, pointer: str) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for _ in range(20):
        try:
            schema = ptr.lookup(root, pointer)
        except (KeyError, ValueError):
            break
        if not isinstance(schema, dict):
            break
        if "example" in schema:
            found.setdefault("", schema["example"])
        examples = schema.get("examples")
        if isinstance(examples, list):
            for name, value in _numbered(examples).items():
                found.setdefault(name, value)
        if found or not isinstance(schema.get("$ref"), str):
            break
        try:
            pointer = ptr.of_reference(schema["$ref"])
        except ValueError:
            break
    return found


def _numbered(examples: list[Json]) -> dict[str, Json]:
    return {str(index or ""): value for index, value in enumerate(examples)}


def _follow(node: Json, root: Json) -> Json:
    for _ in range(20):
        if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
            break
        try:
            node = ptr.lookup(root, ptr.of_reference(node["$ref"]))
        except (KeyError, ValueError):
            return None
    return node
