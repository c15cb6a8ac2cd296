"""The small sampler: a plain value for a plain schema, made without mockserver; the judge says whether it fits."""

from __future__ import annotations

from typing import Any

from corpus.files import DocumentProblem, Files, Node
from corpus.judge import REQUEST

TEXTS = {
    "date-time": "2026-01-02T03:04:05Z", "date": "2026-01-02", "time": "03:04:05Z", "duration": "P1D",
    "email": "ada@example.com", "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "uri": "https://example.com/a",
    "url": "https://example.com/a", "hostname": "example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
    "uuid4": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "byte": "c2FtcGxl", "uri-reference": "/a",
    "idn-email": "ada@example.com",
}  # fmt: skip
DEEPEST = 12


class NoSample(Exception):
    """The schema is too much for this sampler."""


class Sampler:
    """Makes values of a document's schemas, as small as they may be."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def value(self, node: Node, depth: int = 0) -> Any:
        """Return a value for a schema.

        Raises:
            NoSample: It is too much.
        """
        if depth > DEEPEST:
            raise NoSample
        schema = self.merged(node, depth)
        if "const" in schema:
            return schema["const"].value
        if "enum" in schema and isinstance(schema["enum"].value, list) and schema["enum"].value:
            return next((one for one in schema["enum"].value if one is not None), None)
        kind = schema["type"].value if "type" in schema else None
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), "null")
        if kind is None:
            kind = "object" if "properties" in schema else "array" if "items" in schema else "string"
        made = getattr(self, f"_{kind}", None)
        if made is None:
            raise NoSample
        return made(schema, depth)

    def merged(self, node: Node, depth: int) -> dict[str, Any]:
        """Return the keywords of a schema and its parts; of alternatives the first counts."""
        if depth > DEEPEST:
            raise NoSample
        try:
            node = self.files.follow(node)
        except DocumentProblem:
            raise NoSample from None
        if not isinstance(node.value, dict):
            return {}
        found: dict[str, Any] = {}
        parts = list(node.child("allOf").items())
        parts += [node.child(key, 0) for key in ("oneOf", "anyOf") if node.value.get(key)]
        for part in parts:
            self._add(found, self.merged(part, depth + 1))
        own: dict[str, Any] = {
            name: node.child(name) for name in node.value if name not in ("allOf", "oneOf", "anyOf")
        }
        own["properties"] = {
            name: node.child("properties", name) for name in node.value.get("properties") or ()
        }
        own["required"] = (
            list(node.value.get("required") or ()) if isinstance(node.value.get("required"), list) else []
        )
        self._add(found, own)
        for key in ("properties", "required"):
            if not found.get(key):
                found.pop(key, None)
        return found

    def _add(self, found: dict[str, Any], more: dict[str, Any]) -> None:
        properties = {**found.get("properties", {}), **more.get("properties", {})}
        required = [*found.get("required", ()), *more.get("required", ())]
        found |= more
        found |= {"properties": properties, "required": list(dict.fromkeys(required))}

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        value = {}
        for name in schema.get("required", ()):
            member = schema.get("properties", {}).get(name)
            if member is None:
                value[name] = "sample"
                continue
            if self.merged(member, depth + 1).get(REQUEST, Node("", "", False)).value is not True:
                value[name] = self.value(member, depth + 1)
        return value

    def _array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        count = schema["minItems"].value if "minItems" in schema else 1
        if count > 5:
            raise NoSample
        items = schema.get("items")
        return [] if items is None else [self.value(items, depth + 1) for _ in range(max(count, 1))]

    def _string(self, schema: dict[str, Any], depth: int) -> str:
        if "pattern" in schema or schema.get("format", Node("", "", "")).value not in (
            *TEXTS,
            "",
            "binary",
            "password",
        ):
            for key in ("example", "default"):
                if key in schema and isinstance(schema[key].value, str):
                    return schema[key].value
            raise NoSample
        text = TEXTS.get(str(schema["format"].value), "sample") if "format" in schema else "sample"
        shortest = schema["minLength"].value if "minLength" in schema else 0
        longest = schema["maxLength"].value if "maxLength" in schema else 10_000
        if isinstance(shortest, int) and len(text) < shortest:
            text = (text * (shortest // len(text) + 1))[:shortest]
        return text[:longest] if isinstance(longest, int) else text

    def _integer(self, schema: dict[str, Any], depth: int) -> int | float:
        value: int | float = 1
        if "multipleOf" in schema:
            value = schema["multipleOf"].value
        if "minimum" in schema and value < schema["minimum"].value:
            value = schema["minimum"].value + (schema.get("exclusiveMinimum", Node("", "", 0)).value is True)
        if "exclusiveMinimum" in schema and schema["exclusiveMinimum"].value is not True:
            value = max(value, schema["exclusiveMinimum"].value + 1)
        if "maximum" in schema and value > schema["maximum"].value:
            value = schema["maximum"].value
        return value

    _number = _integer

    def _file(self, schema: dict[str, Any], depth: int) -> str:
        return "sample"

    def _boolean(self, schema: dict[str, Any], depth: int) -> bool:
        return True

    def _null(self, schema: dict[str, Any], depth: int) -> None:
        return None
