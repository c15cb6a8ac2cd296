"""Reads the parameters of a request into typed values and judges them by the document (OAS 3.1.1 section 4.8.12).

All that can be known from the document is looked up once per operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, unquote_plus

from mockserver import jsontext
from mockserver.document.media_types import FORM, essence_of, is_json, is_xml
from mockserver.document.messages import xmltext
from mockserver.document.messages.coercion import Coercion
from mockserver.document.messages.fields import MAX_FIELDS, Fields, has_too_many, split_cookies, split_fields
from mockserver.document.messages.forms import FormReader
from mockserver.document.messages.style_reader import ABSENT, StyleError, StyleReader
from mockserver.document.messages.xmltree import XmlError
from mockserver.document.model import Operation, Parameter
from mockserver.document.validation import Schemas
from mockserver.errors import Json, Violation


class _Reader:
    """One parameter, with all that is known about it."""

    def __init__(self, parameter: Parameter, schemas: Schemas, claimed: frozenset[str]) -> None:
        self.parameter = parameter
        self.name = parameter.name
        self.place = parameter.place
        self.key = parameter.name.lower() if parameter.place == "header" else parameter.name
        self.coercion = Coercion.of(schemas, parameter.schema)
        self.validator = schemas.validator(parameter.schema) if parameter.schema else None
        self.default = ABSENT
        if parameter.schema:
            schema = schemas.at(parameter.schema)
            _, target = schemas.resolve(parameter.schema)
            for node in (schema, target):
                if isinstance(node, dict) and "default" in node:
                    self.default = node["default"]
                    break
            else:
                default = self.coercion.own("default")
                self.default = ABSENT if default is None else default
        self.style = StyleReader(
            parameter.name, parameter.place, parameter.style, parameter.explode, self.coercion, claimed
        )
        self._claimed = claimed
        self.form: FormReader | None = None
        self._schemas = schemas
        media_type = parameter.media_type
        if media_type is not None and essence_of(media_type) == FORM:
            self.form = FormReader(self.coercion, {})

    def _best(self, read: Callable[[StyleReader], Any]) -> Any:
        """Return what was sent, read as the branch of the schema that takes it, where branches differ in types."""
        value = read(self.style)
        if not isinstance(value, dict) or self.validator is None or self.validator.is_valid(value):
            return value
        parameter = self.parameter
        for coercion in self.coercion.alternatives():
            style = StyleReader(
                parameter.name, parameter.place, parameter.style, parameter.explode, coercion, self._claimed
            )
            other = read(style)
            if self.validator.is_valid(other):
                return other
        return value

    def judge(self, value: Json, violations: list[Violation]) -> None:
        if self.validator is not None and not self.validator.is_valid(value):
            violations += self.validator.violations(value, (self.place, self.name))

    def wrong(self, rule: str, message: str, value: Json = None) -> Violation:
        return Violation((self.place, self.name), rule, message, value, self.parameter.pointer)

    def content(self, text: str, violations: list[Violation]) -> Any:
        """Return the value of a parameter with `content`; its text is decoded already."""
        media_type = self.parameter.media_type or ""
        try:
            if is_json(media_type):
                return jsontext.loads(text)
            if is_xml(media_type):
                data = text.encode("utf-8", "replace")
                return xmltext.read(data, self._schemas, self.parameter.schema, "utf-8")
        except jsontext.JsonError:
            violations.append(self.wrong("json", "is not valid JSON", text))
            return ABSENT
        except XmlError as error:
            violations.append(self.wrong("xml", f"is not XML that is read: {error}", text))
            return ABSENT
        if self.form is not None:
            return self.form.read(split_fields(text.encode("utf-8", "replace"), violations, self.place))
        return self.coercion.scalar(text)

    def text(self, text: str, violations: list[Violation]) -> Any:
        """Return the value of a path or header parameter."""
        if self.parameter.media_type is not None:
            return self.content(unquote(text) if self.place == "path" else text, violations)
        try:
            return self._best(lambda style: style.of_text(text))
        except StyleError as error:
            violations.append(self.wrong(error.rule, str(error), text))
            return ABSENT

    def fields(self, fields: Fields, violations: list[Violation]) -> Any:
        """Return the value of a query or cookie parameter."""
        if self.parameter.media_type is not None:
            sent = fields.get(self.name)
            if sent is None:
                return ABSENT
            decode = unquote_plus if self.place == "query" else unquote
            return self.content(decode(sent[-1]), violations)
        try:
            return self._best(lambda style: style.of_fields(fields))
        except StyleError as error:
            violations.append(self.wrong(error.rule, str(error), fields.get(self.name)))
            return ABSENT

    def is_unused(self, fields: Fields) -> bool:
        """Return whether an empty value says that a parameter is not used (`allowEmptyValue`)."""
        return (
            self.parameter.allow_empty_value
            and fields.get(self.name) == [""]
            and not (self.validator is not None and self.validator.is_valid(""))
        )

    def cookies(self, jar: Fields, violations: list[Violation]) -> Any:
        """Return the value of a cookie parameter."""
        if self.parameter.media_type is None and self.parameter.style == "form" and self.parameter.explode:
            # The style puts `&` between the fields, where cookies have `;` (OAS 3.1.1 appendix D): both are read.
            if self.coercion.is_array or self.coercion.is_object:
                return self.fields(_apart(jar), violations)
        sent = jar.get(self.name)
        if sent is not None and len(sent) > 1 and not self.coercion.is_array and not self.coercion.is_object:
            # The first is the one with the longest path (RFC 6265 section 5.4).
            jar = Fields({self.name: sent[:1]})
        return self.fields(jar, violations)


def _apart(jar: Fields) -> Fields:
    """Return cookies whose values hold further fields, `a=1&b=2`, as those fields."""
    fields = Fields()
    fields.has_brackets = jar.has_brackets
    for name, texts in jar.items():
        for text in texts:
            first, *others = text.split("&", MAX_FIELDS)
            key, values = unquote(name), [first]
            for piece in others:
                label, separator, value = piece.partition("=")
                if separator:
                    fields.setdefault(key, []).append("&".join(values))
                    key, values = unquote(label), [value]
                else:
                    values.append(piece)  # a lone `&` belongs to the value
            fields.setdefault(key, []).append("&".join(values))
    return fields


@dataclass(slots=True)
class ParameterValues:
    """The typed parameters of one request, by place and name; header names in lower case.

    A parameter that is the whole query string (`querystring`) stands in `query` under its name.

    Attributes:
        filled: Place and name of those that were not sent, and have the value that they have by default.
    """

    path: dict[str, Json] = field(default_factory=dict)
    query: dict[str, Json] = field(default_factory=dict)
    header: dict[str, Json] = field(default_factory=dict)
    cookie: dict[str, Json] = field(default_factory=dict)
    filled: set[tuple[str, str]] = field(default_factory=set)


class ParameterReader:
    """Reads the parameters of one operation.

    Args:
        operation: The operation.
        schemas: The document's, for requests.
        reserved: Names of query fields that belong to something else, such as keys for security.
    """

    def __init__(self, operation: Operation, schemas: Schemas, reserved: Iterable[str] = ()) -> None:
        owned = {
            (parameter.place, parameter.name): _fields_of(parameter, schemas)
            for parameter in operation.parameters
        }

        def claimed(place: str, own: str) -> frozenset[str]:
            others = (names for (where, name), names in owned.items() if where == place and name != own)
            return frozenset(reserved).union(*others)

        readers = [
            _Reader(parameter, schemas, claimed(parameter.place, parameter.name))
            for parameter in operation.parameters
        ]
        self._path = [reader for reader in readers if reader.place == "path"]
        self._query = [reader for reader in readers if reader.place == "query"]
        self._header = [reader for reader in readers if reader.place == "header"]
        self._cookie = [reader for reader in readers if reader.place == "cookie"]
        self._whole = [reader for reader in readers if reader.place == "querystring"]
        self._is_empty = not readers

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
        if has_too_many(query):
            split_fields(query, violations)
            return values
        if self._is_empty:
            return values
        for reader in self._path:
            if reader.name in path:
                _take(
                    reader, reader.text(path[reader.name], violations), values.path, values.filled, violations
                )
        if self._query:
            fields = split_fields(query, violations) if query else Fields()
            for reader in self._query:
                if reader.parameter.allow_empty_value and reader.is_unused(fields):
                    if reader.default is not ABSENT:
                        values.query[reader.key] = reader.default
                        values.filled.add((reader.place, reader.key))
                    continue
                _take(reader, reader.fields(fields, violations), values.query, values.filled, violations)
        for reader in self._whole:
            _take(reader, _whole(reader, query, violations), values.query, values.filled, violations)
        for reader in self._header:
            text = header(reader.key)
            value = ABSENT if text is None else reader.text(text, violations)
            _take(reader, value, values.header, values.filled, violations)
        if self._cookie:
            jar = split_cookies(header("cookie") or "")
            for reader in self._cookie:
                _take(reader, reader.cookies(jar, violations), values.cookie, values.filled, violations)
        return values


def _whole(reader: _Reader, query: bytes, violations: list[Violation]) -> Any:
    """Return the value of a parameter that is the whole query string (OAS 3.2.0 section 4.12.4)."""
    if not query:
        return ABSENT
    text = query.decode("utf-8", "replace")
    return reader.content(text if reader.form is not None else unquote(text), violations)


def _fields_of(parameter: Parameter, schemas: Schemas) -> set[str]:
    """Return the names of the fields that a parameter is sent in."""
    names = {parameter.name}
    if parameter.style in ("form", "cookie") and parameter.explode and parameter.schema:
        coercion = Coercion.of(schemas, parameter.schema)
        if coercion.is_object:
            names |= set(coercion.properties())
    return names


def _take(
    reader: _Reader,
    value: Any,
    into: dict[str, Json],
    filled: set[tuple[str, str]],
    violations: list[Violation],
) -> None:
    if value is ABSENT:
        # "default" has no meaning for required parameters (OAS 2.0, Parameter Object).
        if reader.default is not ABSENT and not reader.parameter.required:
            into[reader.key] = reader.default
            filled.add((reader.place, reader.key))
        elif reader.parameter.required and not any(
            violation.location[:2] == (reader.place, reader.name) for violation in violations
        ):
            message = f"the {reader.place} parameter '{reader.name}' is required"
            violations.append(reader.wrong("required", message))
        return
    into[reader.key] = value
    reader.judge(value, violations)
