"""OpenAPI 2.0 documents in the form of 3.0, so that nobody else needs to know the old one.

Schemas stay where they are (`/definitions/...`); operations, parameters, responses and security schemes are said anew.
OAS 2.0 section 5.2 describes the old form, 3.0.4 section 4.7 the new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.loading.origins import Origins
from mockserver.document.loading.repair import repair
from mockserver.document.structure import BUNDLED, METHODS
from mockserver.errors import Json

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
_JSON: Final = "application/json"

_STYLES: Final[Mapping[str, tuple[str, bool]]] = {
    "csv": ("form", False),
    "multi": ("form", True),
    "ssv": ("spaceDelimited", False),
    "pipes": ("pipeDelimited", False),
    "tsv": ("tabDelimited", False),
}
"""collectionFormat -> style and explode in a query; `csv` is `simple` elsewhere (OAS 2.0 section 5.2.9)."""

_SCHEMA_WORDS: Final = frozenset(
    {
        "type", "format", "items", "default", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
        "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "enum", "multipleOf", "title",
        "x-nullable", "x-faker", "allOf", "anyOf", "oneOf", "properties", "additionalProperties", "$ref",
    }
)  # fmt: skip
"""Words of a parameter, its items or a header that belong to its schema; the last ones are mistakes that mean well."""

_FLOWS: Final = {
    "implicit": "implicit",
    "password": "password",
    "application": "clientCredentials",
    "accessCode": "authorizationCode",
}

Report = Callable[[str, str, str], None]
"""Takes a pointer into the old document, what is wrong there, and what follows."""


def upgrade(root: dict[str, Any], origins: Origins, report: Report) -> dict[str, Any]:
    """Return a bundled document of OpenAPI 2.0 in the form of 3.0.

    Args:
        root: The document; its schemas are shared with the result.
        origins: Takes where things stood.
        report: Takes faults of the schemas of parameters.
    """
    return _Upgrade(root, origins, report).run()


class _Upgrade:
    def __init__(self, root: dict[str, Any], origins: Origins, report: Report) -> None:
        self._root = root
        self._origins = origins
        self._report = report

    def run(self) -> dict[str, Any]:
        root = self._root
        kept = {key: value for key, value in root.items() if key not in _REPLACED}
        base = root.get("basePath")
        result: dict[str, Any] = {**kept, "servers": [{"url": base if isinstance(base, str) else "/"}]}
        schemes = root.get("securityDefinitions")
        if isinstance(schemes, dict):
            found = {
                name: _scheme(self._follow(raw, "")[0])
                for name, raw in schemes.items()
                if isinstance(raw, dict)
            }
            result["components"] = {"securitySchemes": found}
            for name in found:
                self._moved(
                    ptr.join("/components/securitySchemes", name), ptr.join("/securityDefinitions", name)
                )
        bundled = root.get(BUNDLED)
        if isinstance(bundled, dict) and "schemas" in bundled:
            result[BUNDLED] = {"schemas": bundled["schemas"]}
        paths = root.get("paths")
        result["paths"] = {
            path: item if path.startswith("x-") else self._path_item(item, ptr.join("/paths", path))
            for path, item in (paths.items() if isinstance(paths, dict) else ())
        }
        return result

    def _moved(self, pointer: str, origin: str) -> None:
        self._origins.add(pointer, "", origin)

    def _follow(self, node: Json, pointer: str) -> tuple[dict[str, Any], str]:
        for _ in range(50):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                break
            try:
                pointer = ptr.of_reference(node["$ref"])
                node = ptr.lookup(self._root, pointer)
            except (KeyError, ValueError):
                return {}, pointer  # What it led to led nowhere itself: that was reported.
        return (node if isinstance(node, dict) else {}), pointer

    # Paths.

    def _path_item(self, raw: Json, here: str) -> dict[str, Any]:
        item, origin = self._follow(raw, here)
        if origin != here:
            self._moved(here, origin)
        shared = list(self._parameters(item, origin))
        result = {key: value for key, value in item.items() if key.startswith("x-")}
        for method in METHODS:
            if isinstance(item.get(method), dict):
                result[method] = self._operation(
                    item[method], ptr.join(here, method), ptr.join(origin, method), shared
                )
        return result

    def _parameters(self, owner: dict[str, Any], origin: str) -> Iterator[tuple[dict[str, Any], str]]:
        declared = owner.get("parameters")
        for index, raw in enumerate(declared if isinstance(declared, list) else ()):
            parameter, place = self._follow(raw, ptr.join(origin, "parameters", index))
            if parameter:
                yield parameter, place

    def _operation(
        self, node: dict[str, Any], here: str, origin: str, shared: Iterable[tuple[dict[str, Any], str]]
    ) -> dict[str, Any]:
        result = {
            key: value
            for key, value in node.items()
            if key not in ("parameters", "responses", "consumes", "produces", "schemes")
        }
        if origin != here:
            self._moved(here, origin)
        own = [*self._parameters(node, origin)]
        # As texts: what stands there may be anything.
        merged = {(str(item.get("in")), str(item.get("name"))): (item, at) for item, at in [*shared, *own]}
        parameters: list[dict[str, Any]] = []
        form: list[tuple[dict[str, Any], str]] = []
        consumes = _media_types(node, self._root, "consumes")
        for parameter, at in merged.values():
            kind = parameter.get("in")
            if kind == "body":
                result["requestBody"] = self._body(
                    parameter, consumes or [_JSON], ptr.join(here, "requestBody"), at
                )
            elif kind == "formData":
                form.append((parameter, at))
            else:
                place = ptr.join(here, "parameters", len(parameters))
                self._moved(place, at)
                self._moved(f"{place}/schema", at)
                parameters.append(self._parameter(parameter, at))
        if form and "requestBody" not in result:
            result["requestBody"] = self._form(form, consumes, ptr.join(here, "requestBody"))
        if parameters:
            result["parameters"] = parameters
        produces = _media_types(node, self._root, "produces") or [_JSON]
        responses = node.get("responses")
        if isinstance(responses, dict):
            result["responses"] = {
                status: raw
                if str(status).startswith("x-")
                else self._response(
                    raw, produces, ptr.join(here, "responses", status), ptr.join(origin, "responses", status)
                )
                for status, raw in responses.items()
            }
        return result

    # What clients send.

    def _schema(self, node: Mapping[str, Any], at: str) -> dict[str, Any]:
        """Return the schema that a parameter, a header or items of these say with their own words."""
        if isinstance(node.get("schema"), dict):
            return dict(node["schema"])  # a word of 3.0 that means well
        schema = {key: value for key, value in node.items() if key in _SCHEMA_WORDS}
        if "example" in node or "x-example" in node:
            schema["example"] = node.get("example", node.get("x-example"))
        repair(
            schema,
            lambda key, message, effect, _: self._report(ptr.join(at, key), f"{key}: {message}", effect),
        )
        if isinstance(schema.get("items"), dict):
            schema["items"] = self._schema(schema["items"], ptr.join(at, "items"))
        return schema

    def _parameter(self, node: dict[str, Any], at: str) -> dict[str, Any]:
        schema = self._schema(node, at)
        place = node.get("in")
        style, explode = _STYLES.get(str(node.get("collectionFormat")), _STYLES["csv"])
        if place != "query" and style == "form":
            style, explode = "simple", False
        result: dict[str, Any] = {
            key: node[key]
            for key in ("name", "in", "description", "required", "allowEmptyValue", "deprecated")
            if key in node
        }
        result["schema"] = schema
        if schema.get("type") == "array" or "collectionFormat" in node:
            result |= {"style": style, "explode": explode}
        example = node.get("x-example", node.get("example"))
        if example is not None:
            result["example"] = example
        return result

    def _body(self, node: dict[str, Any], consumes: list[str], here: str, at: str) -> dict[str, Any]:
        self._moved(here, at)
        examples = node.get("x-examples", node.get("x-example"))
        content: dict[str, Any] = {}
        for name in consumes:
            media: dict[str, Any] = {"schema": node.get("schema", {})}
            if isinstance(examples, dict) and name in examples:
                media["example"] = examples[name]
            elif examples is not None and not (isinstance(examples, dict) and set(examples) & set(consumes)):
                media["example"] = examples
            content[name] = media
            self._moved(ptr.join(here, "content", name), at)
        return {"required": node.get("required") is True, "content": content}

    def _form(
        self, parameters: list[tuple[dict[str, Any], str]], consumes: list[str], here: str
    ) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        encoding: dict[str, Any] = {}
        has_file = any(node.get("type") == "file" for node, _ in parameters)
        forms = [name for name in consumes if name.partition(";")[0].strip().lower() in (FORM, MULTIPART)]
        # Files need the form for files, whatever is declared.
        if has_file and MULTIPART not in forms:
            forms.append(MULTIPART)
        others = [name for name in consumes if name not in forms and name != "*/*"]
        names = [*(forms or [FORM, MULTIPART]), *others]
        for node, at in parameters:
            name = str(node.get("name", ""))
            properties[name] = self._schema(node, at)
            if properties[name].get("type") == "array":
                style, explode = _STYLES.get(str(node.get("collectionFormat")), _STYLES["csv"])
                encoding[name] = {"style": style, "explode": explode}
            for media in names:
                self._moved(ptr.join(here, "content", media, "schema", "properties", name), at)
        required = [str(node.get("name", "")) for node, _ in parameters if node.get("required") is True]
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        if required:
            schema["required"] = required
        described = {"schema": schema, "encoding": encoding} if encoding else {"schema": schema}
        self._moved(here, here.rpartition("/")[0])
        return {"required": bool(required), "content": dict.fromkeys(names, described)}

    # What servers answer.

    def _response(self, raw: Json, produces: list[str], here: str, at: str) -> dict[str, Any]:
        node, origin = self._follow(raw, at)
        if origin != here:
            self._moved(here, origin)
        result = {key: value for key, value in node.items() if key.startswith("x-") or key == "description"}
        headers = node.get("headers")
        if isinstance(headers, dict):
            result["headers"] = {
                name: self._header(header, *self._follow(header, ptr.join(origin, "headers", name)))
                for name, header in headers.items()
            }
        field = "examples" if "examples" in node else "x-examples"
        examples = node.get(field)
        examples = examples if isinstance(examples, dict) else {}
        schema = node.get("schema")
        content: dict[str, Any] = {}
        if schema is not None or examples:
            is_file = isinstance(schema, dict) and schema.get("format") == "binary" and produces == [_JSON]
            named = [name for name in examples if "/" in name and name not in produces]
            for name in [*(["application/octet-stream"] if is_file else produces), *named]:
                media: dict[str, Any] = {} if schema is None else {"schema": schema}
                content[name] = media
                self._moved(ptr.join(here, "content", name), origin)
                if name in examples:
                    media["example"] = examples[name]
                    self._moved(ptr.join(here, "content", name, "example"), ptr.join(origin, field, name))
            if content and examples and not any("/" in name for name in examples):
                # Neither media types nor names were asked for: the mapping is the example.
                next(iter(content.values()))["example"] = examples
        if content:
            result["content"] = content
        return result

    def _header(self, raw: Json, node: dict[str, Any], at: str) -> dict[str, Any]:
        style, explode = _STYLES.get(str(node.get("collectionFormat")), _STYLES["csv"])
        style = "simple" if style == "form" else style
        return {"schema": self._schema(node, at), "style": style, "explode": explode}


_REPLACED: Final = frozenset(
    {
        "paths", "parameters", "responses", "securityDefinitions", "host", "basePath", "schemes", "consumes",
        "produces", "components", "servers", BUNDLED,
    }
)  # fmt: skip


def _media_types(operation: Mapping[str, Any], root: Mapping[str, Any], field: str) -> list[str]:
    """Return what an operation consumes or produces: its own list, even an empty one, wins (OAS 2.0 section 5.2.6)."""
    declared = operation.get(field, root.get(field))
    if isinstance(declared, str):
        declared = [declared]
    return [name for name in declared if isinstance(name, str)] if isinstance(declared, list) else []


def _scheme(raw: Mapping[str, Any]) -> dict[str, Any]:
    kind = raw.get("type")
    if kind == "basic":
        return {"type": "http", "scheme": "basic"}
    if kind == "oauth2":
        flow = {key: value for key, value in raw.items() if key in ("authorizationUrl", "tokenUrl", "scopes")}
        return {"type": "oauth2", "flows": {_FLOWS.get(str(raw.get("flow")), "implicit"): flow}}
    return dict(raw)
