"""Values of parameters as HTTP text, after OAS 3.1.1 sections 4.8.12.2 to 4.8.12.5; of 2.0 after collectionFormat."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

DELIMITERS = {
    "form": ",",
    "simple": ",",
    "spaceDelimited": "%20",
    "pipeDelimited": "%7C",
    "tabDelimited": "%09",
}
PLAIN = {"form": ",", "simple": ",", "spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}


class NoText(Exception):
    """The standard does not say how the value is written, or it could be read in two ways."""


def scalar(value: Any) -> str:
    """Return the text of a value that is no array and no object."""
    if value is None or isinstance(value, dict | list):
        raise NoText(f"{type(value).__name__} inside a parameter")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value)


def encode(text: str) -> str:
    """Percent-encode all but unreserved characters (RFC 3986 section 2.3)."""
    return quote(text, safe="")


def _texts(value: Any, style: str, *, joined: bool) -> list[str]:
    texts = [scalar(one) for one in value]
    if joined and any(not text or PLAIN.get(style, ",") in text or "=" in text for text in texts):
        raise NoText("an item holds the delimiter, or is empty")
    return texts


def query(
    name: str, value: Any, style: str, explode: bool, *, media: str | None = None
) -> list[tuple[str, str]]:
    """Return the pairs of a query string, encoded; also of a form and of cookies."""
    key = encode(name)
    if media is not None:
        return [(key, encode(json.dumps(value) if "json" in media else scalar(value)))]
    if style == "deepObject":
        return _brackets(name, value)
    if isinstance(value, list):
        if not value:
            raise NoText("an empty array is nothing")
        if explode:
            return [(key, encode(text)) for text in _texts(value, style, joined=False)]
        return [(key, DELIMITERS.get(style, ",").join(map(encode, _texts(value, style, joined=True))))]
    if isinstance(value, dict):
        if not value:
            raise NoText("an empty object is nothing")
        if explode and style in ("form", "cookie"):
            return [(encode(member), encode(scalar(one))) for member, one in value.items()]
        flat = [part for member, one in value.items() for part in (member, one)]
        return [(key, DELIMITERS.get(style, ",").join(map(encode, _texts(flat, style, joined=True))))]
    return [(key, encode(scalar(value)))]


def _brackets(name: str, value: Any) -> list[tuple[str, str]]:
    """Return the pairs of a deepObject; what is no flat object is written as everybody does, the standard is silent."""
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        pairs = [pair for member, one in members for pair in _brackets(f"{name}[{member}]", one)]
        if not pairs:
            raise NoText("an empty object is nothing")
        return pairs
    return [(encode(name), encode(scalar(value)))]


def path(name: str, value: Any, style: str, explode: bool, *, media: str | None = None) -> str:
    """Return what takes the place of `{name}`."""
    if media is not None:
        return encode(json.dumps(value) if "json" in media else scalar(value))
    prefix, separator = {
        "label": (".", "." if explode else ","),
        "matrix": (";", ";" if explode else ","),
    }.get(style, ("", ","))
    if isinstance(value, list):
        texts = [encode(text) for text in _texts(value, style, joined=True)]
        if style == "matrix":
            text = ";".join(f"{name}={one}" for one in texts) if explode else f"{name}={','.join(texts)}"
        else:
            text = separator.join(texts)
    elif isinstance(value, dict):
        names, texts = list(value), [encode(text) for text in _texts(value.values(), style, joined=True)]
        if explode:
            text = separator.join(f"{encode(one)}={text}" for one, text in zip(names, texts, strict=True))
        else:
            text = ",".join(part for pair in zip(map(encode, names), texts, strict=True) for part in pair)
            text = f"{name}={text}" if style == "matrix" else text
    else:
        text = encode(scalar(value))
        if style == "label" and "." in text:
            raise NoText("a dot in a label")
        text = f"{name}={text}" if style == "matrix" else text
    if not text or text in (".", ".."):
        raise NoText("an empty segment")
    return prefix + text


def header(value: Any, explode: bool, *, media: str | None = None) -> str:
    """Return the value of a header; nothing is percent-encoded there."""
    if media is not None and "json" in media:
        text = json.dumps(value)
    elif isinstance(value, list):
        text = ",".join(_texts(value, "simple", joined=True))
    elif isinstance(value, dict):
        texts = _texts(value.values(), "simple", joined=True)
        pairs = zip(value, texts, strict=True)
        text = ",".join(f"{name}={one}" for name, one in pairs) if explode else ",".join(sum(pairs, ()))
    else:
        text = scalar(value)
    if not text.isascii() or not text.isprintable() or text != text.strip() or not text:
        raise NoText("no text for a header")
    return text


def readings(texts: list[str], style: str) -> list[Any]:
    """Return each value that somebody could take texts for; a request is surely invalid where none fits."""
    found: list[Any] = []
    for text in texts:
        plain = [text]
        for one in (text, text.lower()):
            try:
                plain.append(json.loads(one))
            except ValueError:
                continue
        found += plain + [[one] for one in plain]
        if (delimiter := PLAIN.get(style, ",")) in text:
            found.append(text.split(delimiter))
    return found
