"""Forms: urlencoded (OAS 3.1.1 section 4.8.14.4) and multipart (RFC 7578, RFC 2046)."""

from __future__ import annotations

from typing import Final

from mockserver import jsontext
from mockserver.document.media_types import essence_of, is_json
from mockserver.document.messages.coercion import types_of
from mockserver.document.messages.forms import write_form
from mockserver.document.model import Encoding
from mockserver.document.shapes import Shape
from mockserver.errors import Json
from mockserver.mocking.bodies.form import Form, Written
from mockserver.mocking.bodies.samples import sample
from mockserver.mocking.bodies.texts import as_text
from mockserver.mocking.negotiation import concrete

_BOUNDARY: Final = "mockserver-7b1f3c9e"
_NO_ENCODING: Final = Encoding()


def urlencoded(value: Json, form: Form) -> Written:
    """Write an object as fields; other values as their text."""
    if not isinstance(value, dict):
        return Written(as_text(value).encode("utf-8", "replace"), form.name)
    encoding = form.media.encoding if form.media is not None else {}
    try:
        content = write_form(value, encoding)
    except ValueError:
        # A style that has no form for this value: what an answer holds is shown all the same.
        content = write_form(value, {})
    return Written(content, form.name)


def multipart(value: Json, form: Form) -> Written:
    """Write each property, or item, as a part; the boundary is always the same, unless a part contains it."""
    is_form = essence_of(form.name) == "multipart/form-data"
    parts: list[tuple[str, str, bytes]] = []
    members = value.items() if isinstance(value, dict) else [("", item) for item in _items(value)]
    for name, member in members:
        for item in member if isinstance(member, list) and is_form else [member]:
            kind, content = _part(name, item, form)
            parts.append((_disposition(name, kind) if is_form or name else "", kind, content))
    boundary = _BOUNDARY
    while any(boundary.encode() in content for _, _, content in parts):
        boundary += "-"
    body = bytearray()
    for disposition, kind, content in parts:
        body += f"--{boundary}\r\n".encode()
        if disposition:
            body += f"Content-Disposition: {disposition}\r\n".encode("utf-8", "replace")
        body += f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
        body += content + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    name = form.name if "boundary=" in form.name else f"{form.name}; boundary={boundary}"
    return Written(bytes(body), name)


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _disposition(name: str, kind: str) -> str:
    escaped = name.replace("%", "%25").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    is_file = essence_of(kind) not in ("text/plain", "application/json")
    return f'form-data; name="{escaped}"' + (f'; filename="{escaped}"' if is_file else "")


def _part(name: str, value: Json, form: Form) -> tuple[str, bytes]:
    """Return the media type of a part and its content (OAS 3.1.1 section 4.8.15.1.1)."""
    encoding = form.media.encoding.get(name, _NO_ENCODING) if form.media is not None else _NO_ENCODING
    declared = next((concrete(item.strip()) for item in encoding.content_types), "")
    kind = declared or _usual_kind(name, value, form)
    if isinstance(value, str) and not is_json(kind):
        found = sample(kind)
        is_binary = isinstance(found, bytes)
        return kind, found if is_binary and isinstance(found, bytes) else value.encode("utf-8", "replace")
    return kind, jsontext.dumps(value) if not isinstance(value, bytes) else value


def _usual_kind(name: str, value: Json, form: Form) -> str:
    if isinstance(value, dict | list):
        return "application/json"
    if isinstance(value, bytes):
        return "application/octet-stream"
    pointer = form.media.schema if form.media is not None else None
    if pointer is not None and isinstance(value, str):
        place = Shape(form.schemas, pointer).properties.get(name)
        if place is not None and is_file(form, place):
            return "application/octet-stream"
    return "text/plain; charset=utf-8"


def is_file(form: Form, pointer: str) -> bool:
    """Return whether a schema stands for bytes: `format: binary` of 3.0, `contentMediaType` of 3.1."""
    try:
        _, schema = form.schemas.resolve(pointer)
    except (KeyError, ValueError):
        return False
    if not isinstance(schema, dict):
        return False
    if schema.get("format") == "binary" or "contentMediaType" in schema:
        return types_of(form.schemas, pointer) <= {"string", "null"}
    return False
