"""Reads the body of a request into a JSON value and judges it by the document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final

from mockserver import jsontext
from mockserver.document.media_types import (
    FORM,
    essence_of,
    is_json,
    is_multipart,
    is_sequence,
    is_xml,
    matching,
)
from mockserver.document.messages import sequences, xmltext
from mockserver.document.messages.charsets import NotText, UnknownCharset, charset_of, decode
from mockserver.document.messages.coercion import Coercion
from mockserver.document.messages.fields import split_fields
from mockserver.document.messages.forms import FormReader
from mockserver.document.messages.multipart import MultipartError, PartsReader, split_parts
from mockserver.document.messages.xmltree import XmlError
from mockserver.document.model import MediaType, Operation
from mockserver.document.validation import Schemas, Validator
from mockserver.errors import Json, Refusal, RefusalKind, Violation

UNREAD: Final = object()
"""The body cannot be read; a violation says why."""
_MERGE_PATCH: Final = "application/merge-patch+json"
Read = Callable[[bytes, list[Violation], str], Any]


class BodyReader:
    """Reads the bodies of one operation."""

    def __init__(self, operation: Operation, schemas: Schemas) -> None:
        self._operation = operation
        self._schemas = schemas
        body = operation.request_body
        self.expected = body is not None
        self._required = body is not None and body.required
        # A patch says what to change (RFC 5789): what it leaves out stays as it is, and gets no default.
        self._is_patch = operation.method == "PATCH"
        self._content: Mapping[str, MediaType] = body.content if body else {}
        self._media: dict[str, _MediaReader | None] = {}

    def read(self, data: bytes, content_type: str, violations: list[Violation]) -> Json:
        """Return the body's value, and append what is wrong to `violations`; None for no body.

        Properties that the document marks `readOnly` are not judged: one that breaks a rule is left out.

        Raises:
            Refusal: The operation does not take this media type, or nobody knows its charset.
        """
        if not data:
            if self._required:
                violations.append(Violation(("body",), "required", "a body is required"))
            return None
        return self._for(content_type).read(data, violations, content_type)

    def _for(self, content_type: str) -> _MediaReader:
        # Each message of parts has a boundary of its own.
        key = essence_of(content_type) if is_multipart(content_type) else content_type
        if key in self._media:
            found = self._media[key]
        else:
            found = self._find(content_type)
            if len(self._media) < 64:  # what clients send is not bounded, this table is
                self._media[key] = found
        if found is None:
            declared = ", ".join(self._content) or "no body"
            seen = content_type or "a body without Content-Type"
            message = f"{self._operation} does not take {seen}; it takes {declared}"
            raise Refusal(
                RefusalKind.UNSUPPORTED_MEDIA_TYPE, message, headers={"Accept": ", ".join(self._content)}
            )
        return found

    def _find(self, content_type: str) -> _MediaReader | None:
        if content_type:
            media = matching(self._content, content_type)
        else:
            # RFC 9110 section 8.3: without Content-Type the recipient may guess; JSON is what most mean.
            media = next((media for name, media in self._content.items() if is_json(name)), None)
            media = media or self._content.get("*/*")
        if media is None:
            return None
        try:
            charset = charset_of(content_type)
        except UnknownCharset as error:
            raise Refusal(RefusalKind.UNSUPPORTED_MEDIA_TYPE, str(error)) from error
        name = media.name if "*" not in media.name else content_type
        return _MediaReader(media, name, charset, self._schemas, fills=not self._is_patch)


def guess(data: bytes, content_type: str) -> Json:
    """Return what a body that nobody judges can be read as: JSON, else a text; bytes stand for themselves."""
    if not data:
        return None
    try:
        return jsontext.loads(data)
    except jsontext.JsonError:
        pass
    try:
        return decode(data, charset_of(content_type))
    except (NotText, UnknownCharset):
        return data.decode("latin-1")


class _MediaReader:
    """Reads bodies of one Content-Type under one Media Type Object."""

    def __init__(
        self,
        media: MediaType,
        name: str,
        charset: str | None,
        schemas: Schemas,
        *,
        fills: bool,
    ) -> None:
        self._media = media
        self._charset = charset
        self._schemas = schemas
        self._coercion = Coercion.of(schemas, media.schema)
        self._essence = essence_of(name)
        self._validator: Validator | None = None
        self._items: Validator | None = None
        self._is_list = False
        self._form_reader = FormReader(self._coercion, media.encoding) if self._essence == FORM else None
        self._parts_reader = (
            PartsReader(self._coercion, media.encoding, schemas) if is_multipart(self._essence) else None
        )
        self._read = self._reading()
        fills = fills and self._essence != _MERGE_PATCH
        self._defaults: dict[str, Json] = (
            self._property_defaults() if fills and self._validator is not None else {}
        )

    def _reading(self) -> Read:
        """Choose how bodies are read, and by which schemas they are judged."""
        essence, media, kinds = self._essence, self._media, self._coercion.kinds
        validator = self._schemas.validator(media.schema) if media.schema else None
        self._validator = validator
        if is_sequence(essence) and (media.item_schema or kinds & {"array", "object"}):
            self._judge_items("array" in kinds)
            return self._sequence
        if is_json(essence):
            return self._json
        if is_xml(essence):
            return self._xml
        if essence == FORM:
            return self._form
        if is_multipart(essence) and essence != "multipart/form-data":
            self._is_list = media.item_schema is not None or "array" in kinds
            if self._is_list:
                self._judge_items("array" in kinds)
            return self._parts
        if is_multipart(essence):
            return self._parts
        if kinds & {"array", "object"} and "string" not in kinds:
            # A schema that speaks of more than a text, such as of the columns of CSV: JSON is judged, all else is not.
            self._validator = None
            return self._anything
        return self._text

    def _judge_items(self, is_whole: bool) -> None:
        """Judge each item by `itemSchema`; a `schema` that is of no list means the items, too."""
        media = self._media
        pointer = media.item_schema or (None if is_whole else media.schema)
        self._items = self._schemas.validator(pointer) if pointer else None
        if not is_whole:
            self._validator = None

    def read(self, data: bytes, violations: list[Violation], content_type: str) -> Json:
        """Return the value of a body, judged."""
        value = self._read(data, violations, content_type)
        if value is UNREAD:
            return None
        validator = self._validator
        if validator is not None and not validator.is_valid(value):
            value = self._judged(value, validator, violations)
        if self._items is not None:
            for index, item in enumerate(value):
                if not self._items.is_valid(item):
                    violations += self._items.violations(item, ("body", index))
        if self._defaults and isinstance(value, dict) and not violations:
            for key, default in self._defaults.items():
                if key not in value:
                    value[key] = deepcopy(default)
        return value

    def _judged(self, value: Json, validator: Validator, violations: list[Violation]) -> Json:
        """Append what is wrong with a value, and return it without the `readOnly` properties that break a rule."""
        found = validator.violations(value, ("body",))
        ignored = [place for item in found if (place := self._read_only(item.location[1:]))]
        for place in ignored:
            _leave_out(value, place)
        if ignored:
            if validator.is_valid(value):
                return value
            found = validator.violations(value, ("body",))
        violations += found
        return value

    def _read_only(self, location: tuple[str | int, ...]) -> tuple[str | int, ...]:
        """Return the place of the outermost `readOnly` property on the way to a place, () for none."""
        coercion = self._coercion
        for depth, token in enumerate(location, 1):
            coercion = coercion.item(token) if isinstance(token, int) else coercion.property(token)
            if isinstance(token, str) and coercion.own("readOnly") is True:
                return location[:depth]
        return ()

    def _property_defaults(self) -> dict[str, Json]:
        """Return the defaults, as far as they are valid, that the body's properties declare."""
        found: dict[str, Json] = {}
        for name in self._coercion.properties():
            inner = self._coercion.property(name)
            default = inner.own("default")
            if default is not None and inner.is_valid(default):
                found[name] = default
        return found

    # One way of reading each.

    def _json(self, data: bytes, violations: list[Violation], _content_type: str = "") -> Any:
        try:
            if self._charset is None or self._charset == "utf-8":
                return jsontext.loads(data)
            return jsontext.loads(decode(data, self._charset))
        except jsontext.JsonError as error:
            message = f"is not valid JSON: {error.reason} (line {error.line}, column {error.column})"
            violations.append(Violation(("body",), "json", message))
        except NotText as error:
            violations.append(Violation(("body",), "encoding", str(error)))
        return UNREAD

    def _xml(self, data: bytes, violations: list[Violation], _content_type: str = "") -> Any:
        try:
            return self._best(lambda coercion: xmltext.read_by(data, coercion, self._charset))
        except XmlError as error:
            violations.append(Violation(("body",), "xml", f"is not XML that is read: {error}"))
            return UNREAD

    def _form(self, data: bytes, violations: list[Violation], _content_type: str = "") -> Any:
        reader, encoding = self._form_reader, self._media.encoding
        assert reader is not None
        count = len(violations)
        fields = split_fields(data, violations, "body")
        if len(violations) > count:
            return UNREAD
        value = reader.read(fields, violations)
        if len(violations) > count:
            return value
        return self._other(value, lambda coercion: FormReader(coercion, encoding).read(fields, []))

    def _parts(self, data: bytes, violations: list[Violation], content_type: str) -> Any:
        reader, encoding = self._parts_reader, self._media.encoding
        assert reader is not None
        try:
            parts = split_parts(data, content_type)
        except MultipartError as error:
            violations.append(Violation(("body",), "multipart", str(error)))
            return UNREAD
        if self._is_list:
            pointer = self._media.item_schema
            items = Coercion.of(self._schemas, pointer) if pointer else None
            return reader.read_list(parts, violations, items)
        count = len(violations)
        is_form = self._essence == "multipart/form-data"
        value = reader.read(parts, violations, are_named=is_form)
        if len(violations) > count:
            return value
        return self._other(
            value, lambda coercion: PartsReader(coercion, encoding, self._schemas).read(parts, [])
        )

    def _sequence(self, data: bytes, violations: list[Violation], _content_type: str = "") -> Any:
        try:
            return sequences.read(decode(data, self._charset), self._essence)
        except sequences.SequenceError as error:
            violations.append(Violation(("body", error.index), "json", error.reason))
        except NotText as error:
            violations.append(Violation(("body",), "encoding", str(error)))
        return UNREAD

    def _anything(self, data: bytes, violations: list[Violation], _content_type: str = "") -> Any:
        try:
            value = jsontext.loads(data)
        except jsontext.JsonError:
            return self._text(data, violations)
        if self._media.schema and isinstance(value, dict | list):
            validator = self._schemas.validator(self._media.schema)
            if not validator.is_valid(value):
                value = self._judged(value, validator, violations)
        return value

    def _text(self, data: bytes, violations: list[Violation], _content_type: str = "") -> Any:
        """Return a body as text; bytes that are no text stand for themselves."""
        if self._charset is None and not self._essence.startswith("text/"):
            return self._coercion.scalar(data.decode("latin-1"))
        try:
            return self._coercion.scalar(decode(data, self._charset))
        except NotText as error:
            violations.append(Violation(("body",), "encoding", str(error)))
            return UNREAD

    # Branches.

    def _best(self, read: Callable[[Coercion], Json]) -> Json:
        return self._other(read(self._coercion), read)

    def _other(self, value: Json, read: Callable[[Coercion], Json]) -> Json:
        """Return a value, or what one of the branches of its schema makes of the body if that alone is valid."""
        if self._validator is None or self._validator.is_valid(value):
            return value
        for coercion in self._coercion.alternatives():
            other = read(coercion)
            if self._validator.is_valid(other):
                return other
        return value


def _leave_out(value: Json, place: tuple[str | int, ...]) -> None:
    """Take a property out of a value, if it is there."""
    for token in place[:-1]:
        try:
            value = value[token]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(value, dict):
        value.pop(place[-1], None)
