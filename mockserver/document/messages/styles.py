"""Styles of parameters: values into texts of HTTP (OAS 3.1.1 section 4.8.12.5, 3.2.0 section 4.12.6).

`style_reader` is the other direction, and reads what is written here. Beyond the tables of the standard, which end at
flat lists and objects: null is the text `null`; what a style has no form for, such as an object in a list, is JSON
text; under `deepObject` lists of scalars repeat the name and deeper ones have an index.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from mockserver.document.media_types import FORM, essence_of, is_json, is_xml
from mockserver.document.messages import xmltext
from mockserver.document.messages.fields import write_brackets
from mockserver.document.model import Parameter
from mockserver.document.validation import Schemas
from mockserver.errors import Json

Encode = Callable[[str], str]

DELIMITERS: Final = {"spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}
"""Style -> what stands between items; a comma in the others."""
_UNESCAPED: Final = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
RESERVED: Final = ":/?@!$'()*,;="
"""Reserved characters that `allowReserved` leaves as they are; `&`, `+`, `#`, `[` and `]` would mean something else."""
_NO_HEADER: Final = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_NO_COOKIE: Final = re.compile(r"[^\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]")
"""What is no cookie-octet (RFC 6265 section 4.1.1)."""


def text_of(value: Json) -> str:
    """Return the text of one value: a text itself, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def write_parameter(parameter: Parameter, value: Json, schemas: Schemas | None = None) -> str:
    """Return the text that stands for a value in its place of a request.

    In the path it is what stands instead of `{name}`; in the query (`querystring` too) it is fields such as
    `a=1&b=2`, in a header its value, in cookies a part of the Cookie field such as `a=1; b=2`. The text is encoded
    as its place needs it. "" means that nothing has to be sent, except in a header.

    Args:
        parameter: What is written.
        value: Any JSON value; whether the schema takes it is not asked.
        schemas: Needed for parameters with XML content.

    Raises:
        ValueError: The place or style has no form for this value: a line feed in a header, a delimiter in an item.
    """
    if parameter.media_type is not None:
        return _write_content(parameter, value, schemas)
    place, style, explode = parameter.place, parameter.style, parameter.explode
    # OpenAPI 2.0 has delimiters of other kinds in each place (section 5.2.9 there).
    if style in ("simple", "label", "matrix") or (style in DELIMITERS and place in ("path", "header")):
        return _write_text(parameter.name, value, style, explode, _encoder(parameter))
    if place == "header":
        raise ValueError(f"style {style} is not for a header")
    encode = _encoder(parameter)
    fields = write_fields(parameter.name, value, style, explode, encode)
    separator = "; " if place == "cookie" and style == "cookie" else "&"
    return separator.join(f"{name}={text}" for name, text in fields)


def _encoder(parameter: Parameter) -> Encode:
    place = parameter.place
    if place == "header":
        return _for_header
    if place == "cookie" and parameter.style == "cookie":
        return _for_cookie
    safe = RESERVED if parameter.allow_reserved else ""
    if place == "path":
        safe = safe.replace("/", "").replace("?", "")
    if parameter.style in ("simple", "label", "matrix") or not parameter.explode:
        # What the style itself puts between items may not stand in one.
        safe = safe.translate(str.maketrans("", "", ",;="))
    return percent_encoder(safe)


def percent_encoder(safe: str = "") -> Encode:
    """Return a function that percent-encodes all but unreserved characters and those of `safe` (RFC 3986)."""
    return lambda text: quote(text, safe=safe, errors="replace")


def _for_header(text: str) -> str:
    if _NO_HEADER.search(text) or text != text.strip(" \t"):
        raise ValueError(f"{text!r} cannot stand in a header")
    return text


def _for_cookie(text: str) -> str:
    if _NO_COOKIE.search(text):
        raise ValueError(f"{text!r} cannot stand in a cookie")
    return text


def _write_content(parameter: Parameter, value: Json, schemas: Schemas | None) -> str:
    media_type = parameter.media_type or ""
    encode = _encoder(parameter) if parameter.place != "cookie" else percent_encoder()
    if parameter.place == "querystring" and essence_of(media_type) == FORM:
        members = value.items() if isinstance(value, dict) else ()
        pairs = [
            pair for name, member in members for pair in write_fields(name, member, "form", True, encode)
        ]
        return "&".join(f"{name}={text}" for name, text in pairs)
    if is_xml(media_type):
        if schemas is None:
            raise ValueError(f"the schemas are needed to write {parameter.name!r} as XML")
        text = xmltext.write(value, schemas, parameter.schema).decode().replace("\n", " ")
    elif is_json(media_type):
        text = json.dumps(value, separators=(",", ":"))
    else:
        text = text_of(value)
    if parameter.place in ("query", "cookie"):
        return f"{encode(parameter.name)}={encode(text)}"
    return encode(text)


def _write_text(name: str, value: Json, style: str, explode: bool, encode: Encode) -> str:
    """Return a value in the styles simple, label and matrix."""
    if style == "label" and explode and isinstance(value, dict | list):
        inner = encode
        encode = lambda text: inner(text).replace(".", "%2E")  # noqa: E731 - the dot stands between items
    head = {"label": ".", "matrix": ";"}.get(style, "")
    label = quote(name, safe="")
    separator = {"label": ".", "matrix": ";"}.get(style, ",") if explode else ","
    delimiter = _UNESCAPED.get(style, ",")
    if style in DELIMITERS:
        separator = delimiter if encode is _for_header else DELIMITERS[style]
    if isinstance(value, dict):
        pieces = list(_pieces(value, encode, "=" if explode else separator, delimiter))
        text = separator.join(pieces)
        is_named = style == "matrix" and not explode
    elif isinstance(value, list):
        items = [_item(item, encode, delimiter) for item in value]
        is_named = style == "matrix" and not (explode and items)
        if style == "matrix" and explode:
            items = [f"{label}={item}" for item in items]
        text = separator.join(items)
    else:
        text = encode(text_of(value))
        is_named = style == "matrix"
    if is_named:
        text = f"{label}={text}" if text else label
    return head + text


def _item(value: Json, encode: Encode, delimiter: str) -> str:
    text = text_of(value)
    if delimiter in text and (delimiter in encode(text) or delimiter != ","):
        raise ValueError(f"{text!r} cannot be told from several items")
    return encode(text)


def _pieces(value: Mapping[str, Json], encode: Encode, between: str, delimiter: str) -> Iterator[str]:
    for key, member in value.items():
        if between in key and between in encode(key):
            raise ValueError(f"{key!r} cannot be told from a name with a value")
        yield _item(key, encode, delimiter) + between + _item(member, encode, delimiter)


def write_fields(name: str, value: Json, style: str, explode: bool, encode: Encode) -> list[tuple[str, str]]:
    """Return the fields, encoded, that stand for a value in the other styles: form, delimited, deepObject, cookie.

    Raises:
        ValueError: The style has no form for this value.
    """
    if style == "deepObject":
        return [(encode(key), encode(text_of(item))) for key, item in write_brackets(name, value)]
    if not isinstance(value, dict | list):
        return [(encode(name), encode(text_of(value)))]
    if explode:
        members: Iterable[tuple[str, Any]] = value.items() if isinstance(value, dict) else ((name, value),)
        return [
            (encode(key), encode(text_of(item)))
            for key, member in members
            for item in (member if isinstance(member, list) else [member])
        ]
    between, plain = DELIMITERS.get(style, ","), _UNESCAPED.get(style, ",")
    texts = [part for pair in value.items() for part in pair] if isinstance(value, dict) else value
    for text in map(text_of, texts):
        if plain in text and (style in _UNESCAPED or plain in encode(text)):
            raise ValueError(f"{text!r} cannot be told from several items")
    return [(encode(name), between.join(encode(text_of(text)) for text in texts))]
