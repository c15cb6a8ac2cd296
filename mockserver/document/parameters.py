"""Reads the parameters of a request into typed values and judges them by the document (OAS 3.1.1 section 4.8.12).

All that can be known from the document is looked up once per operation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.document.model import Operation, Parameter
from mockserver.document.validation import Schemas, Validator
from mockserver.errors import Json, Violation

DELIMITERS: Final = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|", "simple": ",", "label": ".", "matrix": ";"}
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,4000})$")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$")
_ABSENT: Final = object()
MAX_FIELDS: Final = 10_000
"""Fields of a query string or form that are read; more are refused."""


def _integer(text: str) -> Any:
    if _INTEGER.match(text):
        return int(text)
    number = _number(text)
    return int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 2**53 else _ABSENT


def _number(text: str) -> Any:
    if not _NUMBER.match(text):
        return _ABSENT
    if _INTEGER.match(text):
        return int(text)
    value = float(text)
    return _ABSENT if value in (float("inf"), float("-inf")) else value


def _boolean(text: str) -> Any:
    return {"true": True, "false": False}.get(text, _ABSENT)


def _null(text: str) -> Any:
    return None if text in ("", "null") else _ABSENT


SCALARS: Final[Mapping[str, Callable[[str], Any]]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "null": _null,
}
"""JSON type -> the value that a text stands for; texts stand for themselves."""


def types_of(schemas: Schemas, pointer: str, depth: int = 0) -> set[str]:
    """Return the JSON types that a schema names, through references and compositions; empty for any."""
    try:
        place, schema = schemas.resolve(pointer)
    except (KeyError, ValueError):
        return set()
    if not isinstance(schema, dict) or depth > 8:
        return set()
    kinds = schema.get("type")
    if isinstance(kinds, str):
        return {kinds}
    if isinstance(kinds, list):
        return {kind for kind in kinds if isinstance(kind, str)}
    samples = schema["enum"] if isinstance(schema.get("enum"), list) else [schema["const"]] if "const" in schema else []
    found = {_type_of(sample) for sample in samples}
    for keyword in ("allOf", "anyOf", "oneOf"):
        for index in range(len(schema.get(keyword, ()))):
            found |= types_of(schemas, ptr.join(place, keyword, index), depth + 1)
    if isinstance(schema.get("$ref"), str):
        try:
            found |= types_of(schemas, ptr.of_reference(schema["$ref"]), depth + 1)
        except ValueError:
            return found
    if not found and "properties" in schema:
        return {"object"}
    return found or ({"array"} if "items" in schema else set())


def _type_of(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


class Coercion:
    """Turns texts into the types of one schema."""

    __slots__ = ("_items", "_pointer", "_properties", "_schemas", "kinds", "scalars")

    def __init__(self, schemas: Schemas, pointer: str | None) -> None:
        self._schemas = schemas
        self._pointer = pointer
        self.kinds = types_of(schemas, pointer) if pointer else set()
        self.scalars = [SCALARS[kind] for kind in ("integer", "number", "boolean", "null") if kind in self.kinds]
        self._items: Coercion | None = None
        self._properties: dict[str, Coercion] = {}

    @property
    def is_array(self) -> bool:
        """Whether the value is a list."""
        return "array" in self.kinds

    @property
    def is_object(self) -> bool:
        """Whether the value is an object."""
        return "object" in self.kinds

    def scalar(self, text: str) -> Json:
        """Return the value that a text stands for; the text itself if it is of none of the types."""
        if not self.scalars:
            return text
        values = [value for read in self.scalars if (value := read(text)) is not _ABSENT]
        if not values:
            return text
        if "string" not in self.kinds and len(values) == 1:
            return values[0]
        # Several types may be meant: the first that the schema takes is.
        validator = self._validator()
        return next((value for value in values if validator is None or validator.is_valid(value)), text)

    def array(self, texts: Iterable[str]) -> list[Json]:
        """Return a list of values."""
        items = self.items()
        return [items.scalar(text) for text in texts]

    def items(self) -> Coercion:
        """Return the coercion of the items of a list."""
        if self._items is None:
            self._items = Coercion(self._schemas, self._find("items"))
        return self._items

    def property(self, name: str) -> Coercion:
        """Return the coercion of a property of an object."""
        if name not in self._properties:
            self._properties[name] = Coercion(self._schemas, self._find("properties", name))
        return self._properties[name]

    def properties(self) -> dict[str, str]:
        """Return the declared properties of an object, with the pointers of their schemas."""
        found: dict[str, str] = {}
        for place, schema in self._parts():
            declared = schema.get("properties")
            for name in declared if isinstance(declared, dict) else ():
                found.setdefault(name, ptr.join(place, "properties", name))
        return found

    def _find(self, *tokens: str) -> str | None:
        """Return the pointer of a part of the schema, looked for in its compositions too."""
        for place, schema in self._parts():
            node: Any = schema
            for token in tokens:
                node = node.get(token) if isinstance(node, dict) else None
            if isinstance(node, dict):
                return ptr.join(place, *tokens)
        return None

    def _parts(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the schema and those that it is composed of."""
        queue = [self._pointer] if self._pointer else []
        for _ in range(64):
            if not queue:
                return
            try:
                place, schema = self._schemas.resolve(queue.pop(0))
            except (KeyError, ValueError):
                continue
            if not isinstance(schema, dict):
                continue
            yield place, schema
            for keyword in ("allOf", "anyOf", "oneOf"):
                queue += [ptr.join(place, keyword, index) for index in range(len(schema.get(keyword, ())))]
            if isinstance(schema.get("$ref"), str) and schema["$ref"].startswith("#"):
                queue.append(ptr.of_reference(schema["$ref"]))

    def _validator(self) -> Validator | None:
        return self._schemas.validator(self._pointer) if self._pointer else None


class _Reader:
    """One parameter, with all that is known about it."""

    def __init__(self, parameter: Parameter, schemas: Schemas) -> None:
        self.parameter = parameter
        self.name = parameter.name
        self.place = parameter.place
        self.key = parameter.name.lower() if parameter.place == "header" else parameter.name
        self.coercion = Coercion(schemas, parameter.schema)
        self.validator = schemas.validator(parameter.schema) if parameter.schema else None
        self.default = _ABSENT
        if parameter.schema:
            _, schema = schemas.resolve(parameter.schema)
            if isinstance(schema, dict) and "default" in schema:
                self.default = schema["default"]
        self.delimiter = DELIMITERS.get(parameter.style, ",")

    def judge(self, value: Json, violations: list[Violation]) -> None:
        if self.validator is not None and not self.validator.is_valid(value):
            violations += self.validator.violations(value, (self.place, self.name))

    def content(self, text: str, violations: list[Violation]) -> Json:
        """Return the value of a parameter with `content`."""
        if "json" not in (self.parameter.media_type or ""):
            return text
        try:
            return jsontext.loads(text)
        except jsontext.JsonError:
            violations.append(Violation((self.place, self.name), "json", "is not valid JSON", text, self.parameter.pointer))
            return _ABSENT

    def simple(self, text: str) -> Json:
        """Return the value of a parameter in the styles simple, label and matrix (path and header)."""
        coercion, style, explode = self.coercion, self.parameter.style, self.parameter.explode
        decode = unquote if self.place == "path" else str
        if style == "label":
            text = text.removeprefix(".")
        elif style == "matrix":
            text = text.removeprefix(";")
        separator = {"label": "." if explode else ",", "matrix": ";" if explode else ","}.get(style, ",")
        if coercion.is_array:
            if style == "matrix":
                if not explode:
                    text = text.partition("=")[2]
                parts = [part.partition("=")[2] if explode else part for part in text.split(separator)]
            else:
                parts = text.split(separator)
            return coercion.array(decode(part.strip() if self.place == "header" else part) for part in parts)
        if coercion.is_object:
            if style == "matrix" and not explode:
                text = text.partition("=")[2]
            parts = [decode(part) for part in text.split(separator)]
            if explode:
                pairs: Iterable[Sequence[str]] = [part.partition("=")[::2] for part in parts]
            else:
                pairs = list(zip(parts[::2], parts[1::2], strict=False))
            return {name: coercion.property(name).scalar(value) for name, value in pairs}
        if style == "matrix":
            text = text.partition("=")[2]
        return coercion.scalar(decode(text))

    def query(self, fields: Mapping[str, list[str]], violations: list[Violation]) -> Any:
        """Return the value of a query parameter."""
        coercion, style, explode = self.coercion, self.parameter.style, self.parameter.explode
        if style == "deepObject":
            return self._deep(fields)
        if coercion.is_object and style == "form" and explode and not coercion.is_array:
            found = {name: fields[name] for name in coercion.properties() if name in fields}
            if not found:
                return _ABSENT
            return {name: _of_field(coercion.property(name), texts) for name, texts in found.items()}
        texts = fields.get(self.name)
        if coercion.is_array:
            # Clients in several languages write `ids[]` for a list called `ids`.
            bracketed = fields.get(f"{self.name}[]")
            if bracketed:
                texts = [*(texts or []), *bracketed]
        if texts is None:
            return _ABSENT
        if self.parameter.media_type is not None:
            return self.content(unquote_plus(texts[-1]), violations)
        if coercion.is_array:
            if not explode:
                delimiter = self.delimiter
                texts = [part for text in texts for part in _split(text, delimiter)] if texts != [""] else []
            return coercion.array(unquote_plus(text) for text in texts)
        if len(texts) > 1:
            message = f"is given {len(texts)} times, but it is no list"
            violations.append(Violation((self.place, self.name), "duplicate", message, texts, self.parameter.pointer))
            return _ABSENT
        if coercion.is_object:
            parts = [unquote_plus(part) for part in _split(texts[0], self.delimiter)]
            return {
                name: coercion.property(name).scalar(value)
                for name, value in zip(parts[::2], parts[1::2], strict=False)
            }
        return coercion.scalar(unquote_plus(texts[0]))

    def _deep(self, fields: Mapping[str, list[str]]) -> Any:
        prefix = f"{self.name}["
        found: dict[str, Json] = {}
        for key, texts in fields.items():
            if key.startswith(prefix) and key.endswith("]"):
                names = key[len(prefix) : -1].split("][")
                coercion, target = self.coercion, found
                for name in names[:-1]:
                    coercion = coercion.property(name)
                    nested = target.setdefault(name, {})
                    if not isinstance(nested, dict):
                        break
                    target = nested
                else:
                    target[names[-1]] = _of_field(coercion.property(names[-1]), texts)
        return found or _ABSENT


def _split(text: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return re.split(r"%20|\+| ", text)
    return re.split(r"%7[cC]|\|", text) if delimiter == "|" else text.split(delimiter)


def _of_field(coercion: Coercion, texts: list[str]) -> Json:
    if coercion.is_array:
        return coercion.array(unquote_plus(text) for text in texts)
    return coercion.scalar(unquote_plus(texts[-1]))


@dataclass(slots=True)
class ParameterValues:
    """The typed parameters of one request, by place and name; header names in lower case."""

    path: dict[str, Json] = field(default_factory=dict)
    query: dict[str, Json] = field(default_factory=dict)
    header: dict[str, Json] = field(default_factory=dict)
    cookie: dict[str, Json] = field(default_factory=dict)


class ParameterReader:
    """Reads the parameters of one operation."""

    def __init__(self, operation: Operation, schemas: Schemas) -> None:
        readers = [_Reader(parameter, schemas) for parameter in operation.parameters]
        self._path = [reader for reader in readers if reader.place == "path"]
        self._query = [reader for reader in readers if reader.place == "query"]
        self._header = [reader for reader in readers if reader.place == "header"]
        self._cookie = [reader for reader in readers if reader.place == "cookie"]

    def read(
        self,
        path: Mapping[str, str],
        query: bytes,
        header: Callable[[str], str | None],
        violations: list[Violation],
    ) -> ParameterValues:
        """Return the typed values, defaults filled in, and append what is wrong to `violations`.

        Args:
            path: Raw, still percent-encoded texts of the path's variables.
            query: The query string as it was sent.
            header: Gives the value of a header by its name in lower case.
            violations: Takes each broken rule.
        """
        values = ParameterValues()
        for reader in self._path:
            if reader.name in path:
                self._take(reader, reader.simple(path[reader.name]), values.path, violations)
        if self._query:
            fields = split_fields(query, violations) if query else {}
            for reader in self._query:
                self._take(reader, reader.query(fields, violations), values.query, violations)
        for reader in self._header:
            text = header(reader.key)
            self._take(reader, _ABSENT if text is None else self._text(reader, text, violations), values.header, violations)
        if self._cookie:
            jar = _cookies(header("cookie") or "")
            for reader in self._cookie:
                found = jar.get(reader.name)
                value = _ABSENT if found is None else self._text(reader, found, violations)
                self._take(reader, value, values.cookie, violations)
        return values

    def _text(self, reader: _Reader, text: str, violations: list[Violation]) -> Any:
        return reader.content(text, violations) if reader.parameter.media_type is not None else reader.simple(text)

    def _take(self, reader: _Reader, value: Any, into: dict[str, Json], violations: list[Violation]) -> None:
        if value is _ABSENT:
            if reader.default is not _ABSENT:
                into[reader.key] = reader.default
            elif reader.parameter.required and not any(v.location[1:2] == (reader.name,) for v in violations):
                message = f"the {reader.place} parameter '{reader.name}' is required"
                violations.append(
                    Violation((reader.place, reader.name), "required", message, None, reader.parameter.pointer)
                )
            return
        into[reader.key] = value
        reader.judge(value, violations)


def split_fields(data: bytes, violations: list[Violation]) -> dict[str, list[str]]:
    """Split a query string or form into names and raw values, which are still percent-encoded."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    pieces = text.split("&", MAX_FIELDS)
    if len(pieces) > MAX_FIELDS:
        violations.append(Violation(("query",), "maxFields", f"there are more than {MAX_FIELDS} fields"))
        pieces = pieces[:MAX_FIELDS]
    fields: dict[str, list[str]] = {}
    for piece in pieces:
        if piece:
            name, _, value = piece.partition("=")
            fields.setdefault(unquote_plus(name), []).append(value)
    return fields


def _cookies(text: str) -> dict[str, str]:
    jar: dict[str, str] = {}
    for piece in text.split(";"):
        name, separator, value = piece.strip().partition("=")
        if separator:
            jar.setdefault(name, value.strip('"'))
    return jar
