"""Reads HAR files (HTTP Archive 1.2), as browsers, proxies and test tools write them, into recorded exchanges.

The format: https://w3c.github.io/web-performance/specs/HAR/Overview.html. No writer keeps to all of it, and a file is
often cut short or half empty: each entry is read for itself, and what is of no use is said and passed over.
"""

from __future__ import annotations

import binascii
import json
import math
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote, urlsplit

from mockserver import jsontext
from mockserver.contract.har_entries import entries_of
from mockserver.contract.traffic import Recorded
from mockserver.document.media_types import FORM
from mockserver.document.messages.charsets import UnknownCharset, charset_of
from mockserver.errors import DocumentError, Json
from mockserver.mocking.judging import Message, Reply

Say = Callable[[str], object]
"""Is told a sentence about what cannot be used; it begins with the place."""

_HEAD: Final = 4096
"""Bytes in which a HAR file shows that it is one."""
_UNPACKED_LIMIT: Final = 2 * 1024**3
"""Bytes that a compressed file may have, unpacked."""
_OF_TRANSFER: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Headers about the body on its way: a HAR holds it as it was after that."""
_SAFE: Final = "/?&=%:@!$'()*+,;~[]-._|^`{}\"<>\\"
"""Characters of a URL that are left as they are; the others, spaces for one, are in no URL."""


def is_har(head: bytes) -> bool:
    """Return whether a file that begins like this is a HAR file."""
    start = head[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") and start[1:].lstrip().startswith(b'"log"')


def read(path: Path, say: Say = lambda text: None) -> Iterator[Recorded]:
    """Yield the exchanges of a HAR file in their order; a file may be larger than memory, an entry may not.

    Args:
        path: The file; one that is compressed with gzip is unpacked.
        say: Is told what cannot be used.

    Raises:
        DocumentError: The file cannot be read, or is no HAR.
    """
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise DocumentError(f"{path} is empty; a HAR file is a JSON object with `log.entries`")
            with closing(mmap(file.fileno(), 0, access=ACCESS_READ)) as data:
                yield from _parse(_plain(data, path), path, say)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError):
            raise DocumentError(f"cannot read {path}: {error.strerror or error}") from error
        raise


def _plain(data: mmap, path: Path) -> mmap | bytes:
    """Return a file without its compression, and in UTF-8."""
    head = data[:4]
    if head.startswith(b"\x1f\x8b"):
        machine = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            plain = machine.decompress(data, _UNPACKED_LIMIT)
        except zlib.error as error:
            raise DocumentError(f"{path} begins like a gzip file, and is none: {error}") from error
        if machine.unconsumed_tail:
            raise DocumentError(f"{path} is larger than {_UNPACKED_LIMIT} bytes when it is unpacked")
        return plain
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data[:].decode("utf-16", "replace").encode()
    if head.startswith(b"PK\x03\x04"):
        raise DocumentError(f"{path} is a ZIP file; unpack it, and name the .har file in it")
    return data


def _parse(data: mmap | bytes, path: Path, say: Say) -> Iterator[Recorded]:
    number = 0
    for text in entries_of(data, path, say):
        number += 1
        place = f"{path.name}:{number}"
        try:
            # Some writers put NaN where they did not measure, or half of a character: json reads that.
            try:
                raw = jsontext.loads(text)
            except jsontext.JsonError:
                raw = json.loads(text)
            found = _exchange(raw, place, path.parent, say)
        except (ValueError, TypeError, RecursionError) as error:
            say(f"{place}: {error or 'is nested too deep'}; it is passed over")
            continue
        if found is not None:
            yield found


def _exchange(raw: Json, place: str, folder: Path, say: Say) -> Recorded | None:
    """Return the exchange of an entry, None for one that is no exchange by HTTP."""
    request = _object(raw).get("request")
    if not isinstance(request, dict):
        raise ValueError("has no request")
    url = _text(request.get("url"))
    if not url.lower().startswith(("http://", "https://")):
        return None  # data:, blob:, ws:, chrome-extension:, about:
    parts = urlsplit(quote(url, safe=_SAFE + "#"))
    method = _text(request.get("method")).upper()
    if not method:
        raise ValueError("has no method")
    headers = _headers(request, "cookies")
    userinfo, at, host = parts.netloc.rpartition("@")
    if at and not any(name.lower() == b"authorization" for name, _ in headers):
        basic = binascii.b2a_base64(unquote(userinfo).encode(), newline=False)
        headers.append((b"Authorization", b"Basic " + basic))
    body, is_whole = _request_body(_object(request.get("postData")), request, headers, folder)
    message = Message(method, parts.path or "/", parts.query.encode(), tuple(headers), body, is_whole)
    reply = _reply(_object(raw.get("response")), method, place, folder, say)
    return Recorded(
        message,
        reply,
        f"{parts.scheme}://{host}",
        _instant(raw.get("startedDateTime")),
        _milliseconds(raw.get("time")),
        place,
        "har",
    )


def _reply(response: dict[str, Any], method: str, place: str, folder: Path, say: Say) -> Reply | None:
    status = response.get("status")
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        return None  # 0 or -1: blocked, cancelled, or the connection failed
    content = _object(response.get("content"))
    headers = [pair for pair in _headers(response, "") if _name(pair) not in _OF_TRANSFER]
    kind = _text(content.get("mimeType"))
    if kind and "/" in kind and not kind.startswith("x-unknown") and not _has(headers, "content-type"):
        headers.append((b"Content-Type", _bytes(kind)))
    body, is_whole = _content(content, _value_of(headers, "content-type") or kind, folder)
    if body and status == 304:
        # The browser has shown what it had kept; that is what its server would have sent again.
        status = 200
    if body is None:
        body, size = b"", content.get("size")
        nothing = method == "HEAD" or status in (204, 205, 304) or 300 <= status < 400
        is_whole = nothing or (size in (0, None) and _is_empty(response, size))
        if not is_whole:
            say(f"{place}: the file does not hold the body of the answer")
    return Reply(status, tuple(headers), body, is_whole)


def _is_empty(response: dict[str, Any], size: Json) -> bool:
    """Return whether an answer without text had none, as far as the entry tells."""
    length = _value_of(_headers(response, ""), "content-length")
    if length is not None:
        return length.strip() == "0"
    if response.get("_error"):
        return False
    return size == 0 or response.get("bodySize") in (0, None)


def _request_body(
    post: dict[str, Any], request: dict[str, Any], headers: list[tuple[bytes, bytes]], folder: Path
) -> tuple[bytes, bool]:
    kind = _value_of(headers, "content-type") or _text(post.get("mimeType"))
    coded = [pair for pair in headers if _name(pair) in _OF_TRANSFER]
    body, is_whole = _content(post, kind, folder)
    params = post.get("params")
    if not body and isinstance(params, list) and params:
        if FORM in kind.lower() or not kind:
            body, is_whole = _form(params), True
            kind = kind or FORM
        else:
            body, is_whole = b"", False  # parts without their files
    if body is None:
        size = request.get("bodySize")
        sent = _value_of(headers, "content-length")
        expected = sent if sent is not None else size
        body, is_whole = b"", expected in (None, 0, -1, "0")
    if body:
        # The text is as it was before it was compressed or chunked.
        for pair in coded:
            headers.remove(pair)
        if kind and not _has(headers, "content-type"):
            headers.append((b"Content-Type", _bytes(kind)))
    return body, is_whole


def _form(params: list[Json]) -> bytes:
    pairs = [(_text(item.get("name")), _text(item.get("value"))) for item in params if isinstance(item, dict)]
    return "&".join(f"{_coded(name)}={_coded(value)}" for name, value in pairs).encode()


def _coded(text: str) -> str:
    # Some writers decode the values, some do not: what is coded already stays.
    return text if "%" in text and unquote(text) != text and " " not in text else quote_plus(text)


def _content(content: dict[str, Any], kind: str, folder: Path) -> tuple[bytes | None, bool]:
    """Return a body and whether it is all of it; None where the entry holds no text."""
    beside = content.get("_file")
    if isinstance(beside, str) and beside:
        # Playwright puts bodies into files beside the HAR; a name alone leads nowhere else.
        try:
            return (folder / Path(beside).name).read_bytes(), True
        except OSError:
            return None, False
    text = content.get("text")
    if isinstance(text, dict | list):
        text = jsontext.dumps(text).decode()
    if not isinstance(text, str) or (not text and _is_positive(content.get("size"))):
        return None, False
    if _text(content.get("encoding")).lower() == "base64":
        try:
            return b64decode(text, validate=True), True
        except ValueError:
            pass  # Firefox says base64 of texts that are not (bug 1762313)
    try:
        charset = charset_of(kind) or "utf-8"
    except UnknownCharset:
        charset = "utf-8"
    try:
        return text.encode(charset), True
    except UnicodeError:
        return text.encode("utf-8", "replace"), True


def _headers(message: dict[str, Any], cookies: str) -> list[tuple[bytes, bytes]]:
    """Return the header fields of a message; the pseudo headers of HTTP/2 are none (RFC 9113 section 8.3)."""
    found: list[tuple[bytes, bytes]] = []
    raw = message.get("headers")
    for item in raw if isinstance(raw, list) else ():
        name, value = _text(_object(item).get("name")).strip(), _text(_object(item).get("value"))
        if name and not name.startswith(":"):
            # Chrome joins fields of one name, Set-Cookie above all, by line feeds.
            found += [(_bytes(name), _bytes(line.strip())) for line in value.split("\n")]
    if cookies and not _has(found, "cookie"):
        # Browsers leave the header out of what they call a safe export, and keep the cookies.
        kept = message.get(cookies)
        pairs = [_object(item) for item in kept] if isinstance(kept, list) else []
        text = "; ".join(
            f"{_text(pair.get('name'))}={_text(pair.get('value'))}" for pair in pairs if pair.get("name")
        )
        if text:
            found.append((b"Cookie", _bytes(text)))
    return found


def _name(pair: tuple[bytes, bytes]) -> str:
    return pair[0].decode("latin-1").lower()


def _has(headers: list[tuple[bytes, bytes]], name: str) -> bool:
    return any(_name(pair) == name for pair in headers)


def _value_of(headers: list[tuple[bytes, bytes]], name: str) -> str | None:
    return next((pair[1].decode("latin-1") for pair in headers if _name(pair) == name), None)


def _object(value: Json) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _is_positive(value: Json) -> bool:
    return isinstance(value, int | float) and value > 0


def _instant(value: Json) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _milliseconds(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) and value >= 0 else None
