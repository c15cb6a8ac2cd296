"""The operations of an OpenAPI 2.0 document: its parameters are schemas themselves, its forms are parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from corpus.files import Node
from corpus.reading import IGNORED_HEADERS, Field, Media, Op, Reader, Reply

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
KEYWORDS = (
    "type", "format", "items", "enum", "default", "pattern", "uniqueItems", "multipleOf", "maximum", "minimum",
    "exclusiveMaximum", "exclusiveMinimum", "maxLength", "minLength", "maxItems", "minItems", "x-nullable",
)  # fmt: skip
COLLECTIONS = {
    "csv": ("simple", False), "ssv": ("spaceDelimited", False), "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False), "multi": ("form", True),
}  # fmt: skip
VENDOR_EXAMPLES = ("x-example", "example")


def plain(value: dict[str, Any]) -> dict[str, Any]:
    """Return the schema that a parameter, a header or an `items` of them is."""
    return {key: value[key] for key in KEYWORDS if key in value}


class LegacyReader(Reader):
    """Reads 2.0."""

    def operation(self, method: str, path: str, item: Node, node: Node) -> Op:
        parameters = self.parameters(item, node)
        fields = [
            self.field(name, place, one)
            for (place, name), one in parameters.items()
            if place in ("path", "query", "header")
            # Sent with the body, or by the client itself.
            and not (place == "header" and name.lower() in IGNORED_HEADERS)
        ]
        bodies: dict[str, Media] = {}
        required = False
        consumes = self.media_types(node, "consumes")
        form = {name: one for (place, name), one in parameters.items() if place == "formData"}
        for (place, _), one in parameters.items():
            if place == "body":
                schema = one.child("schema").reference if "schema" in one else None
                examples = list(self.examples(one))
                bodies = {
                    name: Media(name, schema, examples=tuple(examples))
                    for name in consumes or ["application/json"]
                }
                required = one.value.get("required") is True
        if form and not bodies:
            files = any(one.value.get("type") == "file" for one in form.values())
            names = [name for name in consumes if name.split(";")[0].strip() in FORMS]
            bodies = {name: self.form(name, form) for name in names or [FORMS[0 if files else 1]]}
            required = any(one.value.get("required") is True for one in form.values())
        return Op(
            method, path, tuple(fields), bodies, required,
            {status: self.answer(self.files.follow(one), node) for status, one in node.child("responses").members()},
            self.security(node),
            str(self.root.value.get("basePath") or "").rstrip("/"),
        )  # fmt: skip

    def media_types(self, node: Node, key: str) -> list[str]:
        declared = node.value.get(key, self.root.value.get(key))
        return [str(one) for one in declared] if isinstance(declared, list) else []

    def examples(self, node: Node) -> Iterator[Any]:
        for key in VENDOR_EXAMPLES:
            if key in node:
                yield node.value[key]
        several = node.value.get("x-examples")
        yield from several.values() if isinstance(several, dict) else ()

    def field(self, name: str, place: str, node: Node) -> Field:
        style, explode = COLLECTIONS.get(str(node.value.get("collectionFormat")), ("simple", False))
        if place == "query" and style == "simple":
            style = "form"
        return Field(
            name, place, node.value.get("required") is True or place == "path", plain(node.value), style, explode,
            None, tuple(self.examples(node)),
        )  # fmt: skip

    def form(self, media: str, form: dict[str, Node]) -> Media:
        schema = {
            "type": "object",
            "properties": {name: plain(one.value) for name, one in form.items()},
            "required": [name for name, one in form.items() if one.value.get("required") is True],
        }
        encoding = {}
        for name, one in form.items():
            if one.value.get("type") == "array":
                style, explode = COLLECTIONS.get(str(one.value.get("collectionFormat")), ("form", False))
                encoding[name] = {"style": "form" if style == "simple" else style, "explode": explode}
        return Media(media, schema, encoding=encoding)

    def answer(self, reply: Node, node: Node) -> Reply:
        content = {}
        if "schema" in reply:
            schema = reply.child("schema")
            is_file = isinstance(schema.value, dict) and schema.value.get("type") == "file"
            declared = reply.child("examples").value or {}
            produces = self.media_types(node, "produces") or (["*/*"] if is_file else ["application/json"])
            for name in produces:
                examples = (declared[name],) if isinstance(declared, dict) and name in declared else ()
                content[name] = Media(name, None if is_file else schema.reference, examples=examples)
        headers = {
            name: self.field(name, "header", one)
            for name, one in reply.child("headers").members()
            if isinstance(one.value, dict) and name.lower() != "content-type"
        }
        return Reply(content, headers)

    def schemes(self) -> Node:
        return self.root.child("securityDefinitions")
