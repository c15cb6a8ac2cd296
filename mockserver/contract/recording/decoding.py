"""Texts as somebody may have written them into other texts: percent-encoded, escaped as in JSON or HTML, in base64.

Each way back knows where each character stood, so that what is found can be replaced where it stands.
"""

from __future__ import annotations

import binascii
import html
import re
from collections.abc import Callable, Iterator
from typing import Final

_PERCENT: Final = r"(?:%[0-9A-Fa-f]{2})+"
_JSON: Final = r"\\u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})*|\\[\"\\/bfnrt']"
_HTML: Final = r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});"
_ESCAPE: Final = re.compile(f"({_PERCENT})|({_JSON})|({_HTML})")
_PLUS: Final = re.compile(r"\+")
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
LEVELS: Final = 4
"""Encodings one over the other that are undone."""

Mapped = tuple[str, list[int]]
"""A text, and for each of its characters, and its end, where it begins in the source."""


def readings(text: str) -> Iterator[Mapped]:
    """Yield what a text may stand for: itself, and what comes of undoing escapes, again and again."""
    places = list(range(len(text) + 1))
    yield text, places
    if "%" not in text and "\\" not in text and "&" not in text and "+" not in text:
        return
    current: Mapped = (text, places)
    for _ in range(LEVELS):
        if "+" in current[0]:
            # In queries a plus is a space, elsewhere it is itself.
            yield current[0].replace("+", " "), current[1]
        undone = _undone(current)
        if undone is None:
            return
        yield undone
        current = undone
    if "+" in current[0]:
        yield current[0].replace("+", " "), current[1]


def _undone(mapped: Mapped) -> Mapped | None:
    """Return a text with one level of escapes undone, None for one that has none."""
    text, places = mapped
    pieces: list[str] = []
    found: list[int] = []
    last = 0
    for match in _ESCAPE.finditer(text):
        decoded, widths = _decoded(match)
        if not decoded:
            continue
        pieces.append(text[last : match.start()])
        found += places[last : match.start()]
        pieces.append(decoded)
        at = match.start()
        for width in widths:
            found.append(places[at])
            at += width
        last = match.end()
    if last == 0:
        return None
    pieces.append(text[last:])
    found += places[last:]
    return "".join(pieces), found


def _decoded(match: re.Match[str]) -> tuple[str, list[int]]:
    """Return what an escape stands for, with the width of each character in the source."""
    if match[1]:
        data = bytes.fromhex(match[1].replace("%", ""))
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = data.decode("latin-1")
            return text, [3] * len(text)
        return text, [3 * len(char.encode()) for char in text]
    if match[2]:
        if match[2][1] == "u":
            units = bytes.fromhex(match[2].replace("\\u", ""))
            text = units.decode("utf-16-be", "replace")
            return text, [12 if ord(char) > 0xFFFF else 6 for char in text]
        return _SHORT.get(match[2][1], match[2][1]), [2]
    text = html.unescape(match[3])
    return ("", []) if text == match[3] or len(text) != 1 else (text, [len(match[3])])


# Base64.

_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]*(?:=|%3[Dd]){0,2}")
_ALPHABET: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-")
_MOST_BEFORE: Final = 4096
_MOST_AFTER: Final = 16 * 1024
"""Characters of a base64 text that are looked at before and after a find."""
_MOST_STARTS: Final = 16
"""Signs before a find after which a base64 text may begin."""


def cores(text: str) -> Iterator[str]:
    """Yield the characters that stand in any base64 text of what contains this text (RFC 4648 sections 4 and 5)."""
    for data in {text.encode("utf-8", "replace"), text.encode("latin-1", "replace")}:
        for before, skipped in ((0, 0), (1, 2), (2, 3)):
            coded = binascii.b2a_base64(b"\0" * before + data, newline=False).decode()
            core = coded[skipped : (before + len(data)) * 8 // 6]
            if len(core) >= 4:
                yield core
                yield core.replace("+", "-").replace("/", "_")


def base64_around(
    text: str, start: int, rewrite: Callable[[str], str], mask: Callable[[bytes], bytes]
) -> tuple[int, int, str] | None:
    """Rewrite what a base64 text holds.

    Args:
        text: In which it stands.
        start: Where one of its characters stands.
        rewrite: Returns a text without secrets.
        mask: Returns bytes, as many as there were, without secrets.

    Returns:
        Start, end and what comes in its place; None where nothing in it is to be rewritten.
    """
    left = start
    while left and text[left - 1] in _ALPHABET and start - left < _MOST_BEFORE:
        left -= 1
    match = _RUN.match(text, left, start + _MOST_AFTER)
    run = match[0] if match else ""
    body = run.rstrip("=") if "%" not in run else run[: run.index("%")]
    padding = run[len(body) :]
    # Of what is longer only a part is looked at, which has to stay as long as it is.
    is_part = len(run) >= _MOST_AFTER
    # Letters before it may not belong to it: a slash of a path, a word and a hyphen.
    near = start - left
    signs = [place + 1 for place in range(near) if body[place] in "/_-"][-_MOST_STARTS:]
    for offset in dict.fromkeys((0, 1, 2, 3, *signs, *range(max(0, near - 3), near + 1))):
        piece = body[offset:]
        piece = piece[: len(piece) - (len(piece) % 4 if is_part else len(piece) % 4 == 1)]
        data = _bytes(piece)
        if data is None:
            continue
        end = left + offset + len(piece) + len(padding)
        inner = _text(data)
        if inner is not None and not is_part:
            safe = rewrite(inner).encode("utf-8", "replace")
        else:
            safe = mask(data)
        if safe != data:
            return left + offset, end, _coded(safe, piece, padding)
    return None


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _bytes(piece: str) -> bytes | None:
    plain = piece.replace("-", "+").replace("_", "/")
    try:
        return binascii.a2b_base64(plain + "=" * (-len(plain) % 4))
    except binascii.Error:
        return None


def _coded(data: bytes, like: str, padding: str) -> str:
    coded = binascii.b2a_base64(data, newline=False).decode()
    if "-" in like or "_" in like:
        coded = coded.replace("+", "-").replace("/", "_")
    bare = coded.rstrip("=")
    missing = len(coded) - len(bare)
    return bare + ("%3D" * missing if "%" in padding else "=" * missing if padding else "")
