"""Reads the body of a request into a JSON value and judges it by the document."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Final
from urllib.parse import unquote_plus

from mockserver import jsontext
from mockserver.document import xmltext
from mockserver.document.coercion import Coercion
from mockserver.document.media_types import essence_of, is_json, is_xml, matching
from mockserver.document.model import MediaType, Operation
from mockserver.document.parameters import split_fields
from mockserver.document.validation import Schemas, Validator
from mockserver.document.xmltree import XmlError
from mockserver.errors import Json, Refusal, RefusalKind, Violation

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
MAX_PARTS: Final = 1000
"""Parts of a multipart body that are read; more are refused."""


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
        self._media: dict[str, tuple[MediaType, Validator | None] | None] = {}
        self._defaults: dict[str, dict[str, Json]] = {}

    def read(self, data: bytes, content_type: str, violations: list[Violation]) -> Json:
        """Return the body's value, and append what is wrong to `violations`; None for no body.

        Raises:
            Refusal: The operation does not take this media type.
        """
        if not data:
            if self._required:
                violations.append(Violation(("body",), "required", "a body is required"))
            return None
        media, validator = self._for(content_type)
        name = media.name if "*" not in media.name else content_type
        if is_json(name):
            try:
                value = jsontext.loads(data)
            except jsontext.JsonError as error:
                message = f"is not valid JSON: {error.reason} (line {error.line}, column {error.column})"
                violations.append(Violation(("body",), "json", message))
                return None
        elif is_xml(name):
            try:
                value = xmltext.read(data, self._schemas, media.schema, _charset(content_type))
            except XmlError as error:
                violations.append(Violation(("body",), "xml", f"is not XML that is read: {error}"))
                return None
        elif essence_of(name) == FORM:
            value = self._form(data, media, violations)
        elif essence_of(name) == MULTIPART:
            value = self._multipart(data, content_type, media, violations)
        else:
            value = self._text(data, content_type, violations)
            if value is None:
                return None
        if validator is not None and not validator.is_valid(value):
            violations += validator.violations(value, ("body",))
        elif isinstance(value, dict) and not self._is_patch:
            for key, default in self._defaults[media.name].items():
                if key not in value:
                    value[key] = deepcopy(default)
        return value

    def _for(self, content_type: str) -> tuple[MediaType, Validator | None]:
        if content_type in self._media:
            found = self._media[content_type]
        else:
            found = self._find(content_type)
            if len(self._media) < 64:  # what clients send is not bounded, this table is
                self._media[content_type] = found
        if found is None:
            declared = ", ".join(self._content) or "no body"
            seen = content_type or "a body without Content-Type"
            message = f"{self._operation} does not take {seen}; it takes {declared}"
            raise Refusal(
                RefusalKind.UNSUPPORTED_MEDIA_TYPE, message, headers={"Accept": ", ".join(self._content)}
            )
        return found

    def _find(self, content_type: str) -> tuple[MediaType, Validator | None] | None:
        if content_type:
            media = matching(self._content, content_type)
        else:
            # RFC 9110 section 8.3: without Content-Type the recipient may guess; JSON is what most mean.
            media = next((media for name, media in self._content.items() if is_json(name)), None)
            media = media or self._content.get("*/*")
        if media is None:
            return None
        if media.name not in self._defaults:
            self._defaults[media.name] = self._property_defaults(media)
        return media, self._schemas.validator(media.schema) if self._is_judged(media) else None

    def _is_judged(self, media: MediaType) -> bool:
        """Return whether the schema can judge a body: not where it speaks of, say, the columns of CSV."""
        if not media.schema:
            return False
        if (
            is_json(media.name)
            or is_xml(media.name)
            or essence_of(media.name) in (FORM, MULTIPART)
            or "*" in media.name
        ):
            return True
        kinds = Coercion(self._schemas, media.schema).kinds
        return not kinds or "string" in kinds

    def _property_defaults(self, media: MediaType) -> dict[str, Json]:
        """Return the defaults that the body's properties declare."""
        if not media.schema:
            return {}
        coercion = Coercion(self._schemas, media.schema)
        found: dict[str, Json] = {}
        for name, pointer in coercion.properties().items():
            try:
                _, target = self._schemas.resolve(pointer)
                schema = self._schemas.at(pointer)
            except (KeyError, ValueError):
                continue
            for node in (schema, target):
                if isinstance(node, dict) and node.get("default") is not None:
                    found[name] = node["default"]
                    break
        return found

    def _form(self, data: bytes, media: MediaType, violations: list[Violation]) -> dict[str, Json]:
        coercion = Coercion(self._schemas, media.schema)
        result: dict[str, Any] = {}
        for key, texts in split_fields(data, violations).items():
            name = key.removesuffix("[]")
            inner = coercion.property(name)
            if inner.is_array:
                result[name] = inner.array(unquote_plus(text) for text in texts)
            elif len(texts) > 1:
                violations.append(
                    Violation(("body", name), "duplicate", f"is given {len(texts)} times, but it is no list")
                )
            else:
                result[name] = inner.scalar(unquote_plus(texts[0]))
        return result

    def _multipart(
        self, data: bytes, content_type: str, media: MediaType, violations: list[Violation]
    ) -> dict[str, Json]:
        """Return the parts of a form with files (RFC 7578): files and texts as text, JSON parts as values."""
        head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
        if data.count(b"\n--") > MAX_PARTS:
            # To take parts apart is slow: they are counted first.
            boundary = BytesParser(policy=HTTP).parsebytes(head).get_boundary("")
            if data.count(b"\n--" + boundary.encode("utf-8", "replace")) > MAX_PARTS:
                violations.append(Violation(("body",), "maxParts", f"there are more than {MAX_PARTS} parts"))
                return {}
        parsed = BytesParser(policy=HTTP).parsebytes(head + data)
        if not parsed.is_multipart():
            message = "has no parts between the declared boundaries"
            violations.append(Violation(("body",), "multipart", message))
            return {}
        coercion = Coercion(self._schemas, media.schema)
        found: dict[str, list[Json]] = {}
        for part in parsed.iter_parts():
            name = str(part.get_param("name", "", header="content-disposition")).removesuffix("[]")
            payload = part.get_payload(decode=True)
            content = payload if isinstance(payload, bytes) else b""
            inner = coercion.property(name)
            found.setdefault(name, []).append(
                self._part(content, inner.items() if inner.is_array else inner, part.get_content_type())
            )
        return {
            name: values if coercion.property(name).is_array else values[-1] for name, values in found.items()
        }

    def _part(self, content: bytes, coercion: Coercion, content_type: str) -> Json:
        if is_json(content_type) or coercion.is_object:
            try:
                return jsontext.loads(content)
            except jsontext.JsonError:
                pass  # it stays a text, and the schema says what is wrong with it
        try:
            return coercion.scalar(content.decode("utf-8"))
        except UnicodeDecodeError:
            return content.decode("latin-1")

    def _text(self, data: bytes, content_type: str, violations: list[Violation]) -> str | None:
        """Return a body that is neither JSON nor a form as text; bytes that are no text stand for themselves."""
        if not content_type.startswith("text/"):
            return data.decode("latin-1")
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            violations.append(Violation(("body",), "encoding", f"is not UTF-8 text (byte {error.start})"))
            return None


def _charset(content_type: str) -> str | None:
    """Return the charset that a Content-Type field names."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip():
            return value.strip().strip('"')
    return None
