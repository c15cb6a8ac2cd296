"""Values as request bodies: JSON, forms, multipart, text, bytes."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus, unquote

from corpus import styles
from corpus.reading import Media

BOUNDARY = "corpus-boundary-7d1"
KINDS = ("json", "form", "multipart", "text", "bytes")


def essence(media_type: str) -> str:
    """Return a media type without parameters, in lower case."""
    return media_type.split(";")[0].strip().lower()


def kind_of(media_type: str) -> str:
    """Return the kind of body, "" where nothing here writes it."""
    name = essence(media_type)
    if name.endswith("/json") or name.endswith("+json") or name in ("*/*", "application/*"):
        return "json"
    known = {"application/x-www-form-urlencoded": "form", "multipart/form-data": "multipart"}
    if name in known:
        return known[name]
    if name.endswith(("/xml", "+xml")) or name.startswith("multipart/"):
        return ""
    return "text" if name.startswith("text/") else "bytes"


def concrete(media_type: str) -> str:
    """Return a media type to send for one that may be a range."""
    name = essence(media_type)
    if name in ("*/*", "application/*"):
        return "application/json"
    return name.replace("*", {"text": "plain", "image": "png"}.get(name.split("/")[0], "octet-stream"))


def write(media: Media, value: Any) -> tuple[str, bytes]:
    """Return content type and bytes of a body.

    Raises:
        styles.NoText: The standard does not say how this is written.
    """
    kind = kind_of(media.name)
    if kind == "json":
        return concrete(media.name), json.dumps(value).encode()
    if kind == "form":
        return "application/x-www-form-urlencoded", _form(media, value).encode()
    if kind == "multipart":
        return f"multipart/form-data; boundary={BOUNDARY}", _multipart(media, value)
    return concrete(media.name), styles.scalar(value).encode()


def _form(media: Media, value: Any) -> str:
    if not isinstance(value, dict):
        raise styles.NoText("a form is an object")
    pairs: list[tuple[str, str]] = []
    for name, one in value.items():
        encoding = media.encoding.get(name, {})
        if "json" in str(encoding.get("contentType")) or (
            isinstance(one, dict) and not encoding.get("style")
        ):
            pairs.append((styles.encode(name), styles.encode(json.dumps(one))))
            continue
        style = encoding.get("style") or "form"
        explode = encoding.get("explode")
        pairs += styles.query(name, one, style, style == "form" if explode is None else bool(explode))
    return "&".join(f"{name}={quote_plus(unquote(text))}" for name, text in pairs)


def _multipart(media: Media, value: Any) -> bytes:
    if not isinstance(value, dict) or not value:
        raise styles.NoText("a multipart form is an object with members")
    parts = []
    for name, one in value.items():
        if any(character in name for character in '"\r\n') or not name.isascii():
            raise styles.NoText("a name that must be escaped")
        encoding = media.encoding.get(name, {})
        if encoding.get("style") and not isinstance(one, File):
            # A style counts here too where it is named (OAS 3.0.4 section 4.7.15).
            explode = encoding.get("explode", encoding["style"] == "form")
            if isinstance(one, dict) and explode and encoding["style"] == "form":
                raise styles.NoText("an object in parts of other names")
            for key, text in styles.query(name, one, encoding["style"], bool(explode)):
                parts.append(_part(unquote(key), unquote(text), ""))
            continue
        for item in one if isinstance(one, list) else [one]:
            parts.append(_part(name, item, str(media.encoding.get(name, {}).get("contentType") or "")))
    if not parts:
        raise styles.NoText("empty arrays are nothing")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


class File(str):
    """The text of a file, in a multipart form."""

    __slots__ = ()


def _part(name: str, value: Any, declared: str) -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"'
    declared = declared.split(",")[0].strip()
    declared = "" if "*" in declared else declared
    if isinstance(value, File):
        head += f'; filename="{name}.bin"\r\nContent-Type: {declared or "application/octet-stream"}'
        text: str = value
    elif isinstance(value, dict | list) or "json" in declared:
        head += f"\r\nContent-Type: {declared or 'application/json'}"
        text = json.dumps(value)
    else:
        head += f"\r\nContent-Type: {declared}" if declared else ""
        text = styles.scalar(value)
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n{text}\r\n".encode()
