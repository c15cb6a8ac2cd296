"""Reads the parameters of a request into typed values and judges them by the document (OAS 3.1.1 section 4.8.12).

All that can be known from the document is looked up once per operation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from mockserver import jsontext
from mockserver.document.coercion import Coercion
from mockserver.document.model import Operation, Parameter
from mockserver.document.validation import Schemas
from mockserver.errors import Json, Violation

DELIMITERS: Final = {
    "form": ",",
    "spaceDelimited": " ",
    "pipeDelimited": "|",
    "simple": ",",
    "label": ".",
    "matrix": ";",
}
_ABSENT: Final = object()
MAX_FIELDS: Final = 10_000
"""Fields of a query string or form that are read; more are refused."""


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
            return self.coercion.scalar(text)
        try:
            return jsontext.loads(text)
        except jsontext.JsonError:
            violations.append(
                Violation((self.place, self.name), "json", "is not valid JSON", text, self.parameter.pointer)
            )
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
            parts = [
                decode(part.strip() if self.place == "header" else part) for part in text.split(separator)
            ]
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
        if self.parameter.media_type is not None:
            sent = fields.get(self.name)
            return _ABSENT if sent is None else self.content(unquote_plus(sent[-1]), violations)
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
        if coercion.is_array:
            if not explode:
                delimiter = self.delimiter
                texts = [part for text in texts for part in _split(text, delimiter)] if texts != [""] else []
            return coercion.array(unquote_plus(text) for text in texts)
        if len(texts) > 1:
            message = f"is given {len(texts)} times, but it is no list"
            violations.append(
                Violation((self.place, self.name), "duplicate", message, texts, self.parameter.pointer)
            )
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
                if len(names) > 1 and not names[-1]:
                    names.pop()  # `filter[ids][]` for a list, as above
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
        self._is_empty = not readers
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
        if self._is_empty:
            return values
        for reader in self._path:
            if reader.name in path:
                self._take(reader, self._text(reader, path[reader.name], violations), values.path, violations)
        if self._query:
            fields = split_fields(query, violations) if query else {}
            for reader in self._query:
                self._take(reader, reader.query(fields, violations), values.query, violations)
        for reader in self._header:
            text = header(reader.key)
            self._take(
                reader,
                _ABSENT if text is None else self._text(reader, text, violations),
                values.header,
                violations,
            )
        if self._cookie:
            jar = _cookies(header("cookie") or "")
            for reader in self._cookie:
                found = jar.get(reader.name)
                value = _ABSENT if found is None else self._text(reader, found, violations)
                self._take(reader, value, values.cookie, violations)
        return values

    def _text(self, reader: _Reader, text: str, violations: list[Violation]) -> Any:
        if reader.parameter.media_type is None:
            return reader.simple(text)
        return reader.content(unquote(text) if reader.place == "path" else text, violations)

    def _take(self, reader: _Reader, value: Any, into: dict[str, Json], violations: list[Violation]) -> None:
        if value is _ABSENT:
            if reader.default is not _ABSENT:
                into[reader.key] = reader.default
            elif reader.parameter.required and not any(
                v.location[:2] == (reader.place, reader.name) for v in violations
            ):
                message = f"the {reader.place} parameter '{reader.name}' is required"
                violations.append(
                    Violation(
                        (reader.place, reader.name), "required", message, None, reader.parameter.pointer
                    )
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
