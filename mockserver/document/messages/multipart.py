"""Messages of several parts by schema and Encoding Objects: `multipart/form-data` (RFC 7578) and its kin (RFC 2046)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from email.message import Message
from email.parser import HeaderParser
from email.utils import collapse_rfc2231_value
from typing import Final

from mockserver import jsontext
from mockserver.document.media_types import essence_of, is_json, is_xml, matching
from mockserver.document.messages import xmltext
from mockserver.document.messages.charsets import (
    NotText,
    UnknownCharset,
    charset_of,
    decode,
    parameter_of,
    shortened,
)
from mockserver.document.messages.coercion import Coercion
from mockserver.document.messages.fields import Fields, Tree, brackets_of, plant, value_of
from mockserver.document.messages.style_reader import ABSENT, StyleError, StyleReader
from mockserver.document.messages.xmltree import XmlError
from mockserver.document.model import Encoding, Parameter
from mockserver.document.validation import Schemas
from mockserver.errors import Json, Violation

MAX_PARTS: Final = 1000
"""Parts of a message that are read; more are refused."""
MAX_HEAD_BYTES: Final = 8 * 1024
"""Bytes of the header fields of one part; more are refused."""
MAX_NESTING: Final = 4
"""Levels of parts in parts that are read."""
_PLAIN: Final = Encoding()


class MultipartError(ValueError):
    """A message that does not have the parts that it promises."""


@dataclass(slots=True)
class Part:
    """One part.

    Attributes:
        name: Of the property, None without one.
        content_type: As it was sent, "" for none.
        headers: By their names in lower case.
    """

    name: str | None
    filename: str | None
    content_type: str
    headers: Mapping[str, str]
    content: bytes


def split_parts(data: bytes, content_type: str) -> list[Part]:
    """Return the parts of a message (RFC 2046 section 5.1.1); what stands before the first and after the last is left.

    Raises:
        MultipartError: The boundary is missing, or the parts do not end.
    """
    boundary = parameter_of(content_type, "boundary")
    if not boundary:
        raise MultipartError("has no boundary in its Content-Type")
    mark = re.escape(boundary.encode("utf-8", "replace"))
    delimiter = re.compile(rb"(?:\A|\r?\n)--" + mark + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    parts: list[Part] = []
    begin: int | None = None
    for found in delimiter.finditer(data):
        if begin is not None:
            parts.append(_part(data[begin : found.start()]))
            if len(parts) > MAX_PARTS:
                raise MultipartError(f"has more than {MAX_PARTS} parts")
        if found.group(1):
            if begin is None:
                raise MultipartError("has no parts between the declared boundaries")
            return parts
        begin = found.end()
    if begin is None:
        raise MultipartError("has no parts between the declared boundaries")
    raise MultipartError("is cut short: its last boundary is missing")


def _part(text: bytes) -> Part:
    text = text.removeprefix(b"\r\n") if text.startswith(b"\r") else text.removeprefix(b"\n")
    if text.startswith((b"\r\n", b"\n")):
        head, content = b"", text.removeprefix(b"\r").removeprefix(b"\n")
    else:
        ends = [
            (place, size)
            for mark, size in ((b"\r\n\r\n", 4), (b"\n\n", 2))
            if (place := text.find(mark)) >= 0
        ]
        place, size = min(ends, default=(len(text), 0))
        head, content = text[:place], text[place + size :]
    if len(head) > MAX_HEAD_BYTES:
        raise MultipartError(f"has a part whose header fields are longer than {MAX_HEAD_BYTES} bytes")
    try:
        lines = head.decode("utf-8")
    except UnicodeDecodeError:
        lines = head.decode("latin-1")
    message = HeaderParser().parsestr(lines)
    if "content-disposition" in message:
        message.replace_header("content-disposition", shortened(str(message["content-disposition"])))
    encoding = str(message.get("content-transfer-encoding", "")).strip().lower()
    if encoding in ("base64", "quoted-printable"):
        content = _transferred(content, encoding)
    return Part(
        _parameter(message, "name"),
        _parameter(message, "filename"),
        str(message.get("content-type", "")),
        {name.lower(): str(value) for name, value in message.items()},
        content,
    )


def _parameter(message: Message, name: str) -> str | None:
    value = message.get_param(name, header="content-disposition")
    return None if value is None else collapse_rfc2231_value(value, errors="replace")


def _transferred(content: bytes, encoding: str) -> bytes:
    """Undo a transfer encoding: deprecated by RFC 7578 section 4.7, and still sent."""
    try:
        return binascii.a2b_base64(content) if encoding == "base64" else binascii.a2b_qp(content)
    except binascii.Error as error:
        raise MultipartError(f"has a part that is no {encoding}: {error}") from error


class PartsReader:
    """Reads the messages of one schema.

    An object has a part for each property, by name, and without names in the order of the properties; a list has one
    for each item. Files and other bytes are texts whose characters are the bytes.
    """

    def __init__(self, coercion: Coercion, encoding: Mapping[str, Encoding], schemas: Schemas) -> None:
        self._coercion = coercion
        self._encoding = encoding
        self._schemas = schemas
        self._styled = {
            name: _styled(name, declared, coercion.property(name))
            for name, declared in encoding.items()
            if declared.style is not None or declared.explode is not None
        }
        self._headers = {
            name: [_HeaderReader(header, schemas) for header in declared.headers.values()]
            for name, declared in encoding.items()
        }

    def read_list(
        self, parts: list[Part], violations: list[Violation], items: Coercion | None = None
    ) -> list[Json]:
        """Return the values of parts that are the items of a list; `items` is of all of them, if they are of one."""
        return [
            self._value(part, items or self._coercion.item(index), _PLAIN, ("body", index), violations)
            for index, part in enumerate(parts)
        ]

    def read(
        self, parts: list[Part], violations: list[Violation], *, are_named: bool = False
    ) -> dict[str, Json]:
        """Return the value of an object, and append what is wrong to `violations`; it is not yet judged.

        Args:
            parts: The parts.
            violations: Takes what is wrong.
            are_named: Whether each part needs a name, as in a form (RFC 7578 section 4.2).
        """
        found: dict[str, list[Json]] = {}
        deep: dict[str, Tree] = {}
        styled = {name: Fields() for name in self._styled}
        names = list(self._coercion.properties())
        parts = _with_charset(parts, names)
        for index, part in enumerate(parts):
            label = part.name
            if label is None:
                label = None if are_named else next((name for name in names if name not in found), None)
                if label is None:
                    violations.append(Violation(("body",), "multipart", f"part {index + 1} has no name"))
                    continue
            name, tokens = brackets_of(label)
            if label in names:
                name, tokens = label, []
            declared = self._encoding.get(name, _PLAIN)
            self._judge_part(part, name, declared, violations)
            # OAS 3.0.4 section 4.7.15 knows no styles here, 3.1 does: what a part says of itself goes before both.
            if name in self._styled and not is_json(part.content_type):
                fields = styled[name]
                fields.has_brackets = fields.has_brackets or bool(tokens)
                fields.setdefault(label, []).append(_text(part))
            elif len(tokens) > 1 or (tokens and not _is_item(tokens[0])):
                plant(deep, [name, *tokens], [_text(part)])
            else:
                inner = self._coercion.property(name)
                if inner.is_array or (tokens and not inner.kinds):
                    count = len(found.get(name, ()))
                    inner = inner.item(count)
                value = self._value(part, inner, declared, ("body", name), violations)
                found.setdefault(name, []).append(value)
        result: dict[str, Json] = {}
        for name, values in found.items():
            result[name] = self._joined(name, values, violations)
        for name, tree in deep.items():
            value = value_of(tree, self._coercion.property(name), str)
            if isinstance(value, dict) and isinstance(result.get(name), dict):
                value = {**result[name], **value}
            result[name] = value
        for name, fields in styled.items():
            self._add_styled(name, fields, result, violations)
        return result

    def _joined(self, name: str, values: list[Json], violations: list[Violation]) -> Json:
        inner = self._coercion.property(name)
        if not inner.is_array:
            if len(values) > 1 and inner.kinds:
                message = f"is given {len(values)} times, but it is no list"
                violations.append(Violation(("body", name), "duplicate", message))
            return values if len(values) > 1 and not inner.kinds else values[-1]
        if len(values) == 1:
            (value,) = values
            if isinstance(value, list) and not inner.items().is_array:
                return value  # a JSON part, or parts in a part, that is the whole list
            if inner.is_mixed and not inner.is_valid(values) and inner.is_valid(value):
                return value
        return values

    def _add_styled(
        self, name: str, fields: Fields, result: dict[str, Json], violations: list[Violation]
    ) -> None:
        try:
            value = self._styled[name].of_fields(fields)
        except StyleError as error:
            violations.append(Violation(("body", name), error.rule, str(error)))
            return
        if value is not ABSENT:
            result[name] = value

    def _judge_part(self, part: Part, name: str, declared: Encoding, violations: list[Violation]) -> None:
        """Judge the Content-Type and headers of a part."""
        if declared.content_types and part.content_type and not is_declared(part.content_type, declared):
            taken = ", ".join(declared.content_types)
            message = f"is {essence_of(part.content_type) or 'of no media type'}; it should be {taken}"
            violations.append(Violation(("body", name), "contentType", message, part.content_type))
        for header in self._headers.get(name, ()):
            header.judge(part, name, violations)

    def _value(
        self,
        part: Part,
        coercion: Coercion,
        declared: Encoding,
        place: tuple[str | int, ...],
        violations: list[Violation],
        depth: int = 0,
    ) -> Json:
        """Return the value of one part."""
        content_type = part.content_type
        if not content_type and len(declared.content_types) == 1:
            content_type = declared.content_types[0]
        essence = essence_of(content_type)
        if essence.startswith("multipart/") and part.content_type and depth < MAX_NESTING:
            try:
                inner = split_parts(part.content, part.content_type)
            except MultipartError as error:
                violations.append(Violation(place, "multipart", str(error)))
                return None
            if coercion.is_object:
                reader = PartsReader(coercion, {}, self._schemas)
                return reader.read(inner, violations)
            items = coercion.items() if coercion.is_array else coercion
            return [self._value(item, items, _PLAIN, place, violations, depth + 1) for item in inner]
        try:
            charset = charset_of(content_type)
            if is_json(content_type):
                text: bytes | str = decode(part.content, charset) if charset else part.content
                return jsontext.loads(text)
            if is_xml(content_type) and coercion.kinds - {"string"}:
                return xmltext.read(part.content, self._schemas, coercion.pointer, charset)
            is_text = not content_type or essence.startswith("text/") or charset is not None
            if not is_text and not (coercion.kinds - {"string", "null"}):
                return part.content.decode("latin-1")
            if part.filename is not None and coercion.own("format") == "binary":
                return part.content.decode("latin-1")
            return coercion.scalar(decode(part.content, charset))
        except UnknownCharset as error:
            violations.append(Violation(place, "charset", str(error)))
        except jsontext.JsonError as error:
            message = f"is not valid JSON: {error.reason} (line {error.line}, column {error.column})"
            violations.append(Violation(place, "json", message))
        except XmlError as error:
            violations.append(Violation(place, "xml", f"is not XML that is read: {error}"))
        except NotText:
            pass  # bytes without a Content-Type, which stand for themselves
        return part.content.decode("latin-1")


def _with_charset(parts: list[Part], names: Collection[str]) -> list[Part]:
    """Return parts, of which a part `_charset_` says the charset of texts that name none (RFC 7578 section 4.6)."""
    if "_charset_" in names:
        return parts
    said = next((part for part in parts if part.name == "_charset_"), None)
    if said is None:
        return parts
    content_type = f"text/plain; charset={said.content[:40].decode('latin-1').strip()}"
    return [
        replace(part, content_type=content_type) if not part.content_type and part.filename is None else part
        for part in parts
        if part is not said
    ]


def is_declared(content_type: str, declared: Encoding) -> bool:
    """Return whether a Content-Type is one of those that an encoding takes."""
    return matching(dict.fromkeys(declared.content_types, True), content_type) is True


def _is_item(token: str) -> bool:
    return not token or (token.isdecimal() and token.isascii())


def _text(part: Part) -> str:
    try:
        return decode(part.content, charset_of(part.content_type))
    except (UnknownCharset, NotText):
        return part.content.decode("latin-1")


def _styled(name: str, declared: Encoding, coercion: Coercion) -> StyleReader:
    style = declared.style or "form"
    explode = declared.explode if declared.explode is not None else style == "form"
    return StyleReader(name, "part", style, explode, coercion)


class _HeaderReader:
    """One header of the parts of a property."""

    def __init__(self, header: Parameter, schemas: Schemas) -> None:
        self._header = header
        self._name = header.name.lower()
        coercion = Coercion.of(schemas, header.schema)
        self._style = StyleReader(header.name, "header", "simple", header.explode, coercion)
        self._validator = schemas.validator(header.schema) if header.schema else None

    def judge(self, part: Part, name: str, violations: list[Violation]) -> None:
        place = ("body", name, self._header.name)
        text = part.headers.get(self._name)
        if text is None:
            if self._header.required:
                message = f"the header '{self._header.name}' of this part is required"
                violations.append(Violation(place, "required", message, None, self._header.pointer))
            return
        try:
            value = self._style.of_text(text.strip())
        except StyleError as error:
            violations.append(Violation(place, error.rule, str(error), text, self._header.pointer))
            return
        if self._validator is not None and not self._validator.is_valid(value):
            violations += self._validator.violations(value, place)
