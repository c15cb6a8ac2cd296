"""Requests as curl commands that send them again, byte for byte, in a POSIX-like shell with `$'...'` (bash, zsh)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

BODY_LIMIT: Final = 4096
"""Bytes of a body that a command shows."""

_OWN: Final = frozenset(("connection", "content-length", "transfer-encoding"))
"""Headers that curl sets itself, as they must be."""
_ESCAPES: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_GLOBS: Final = frozenset("[]{}")
_PLAIN: Final = re.compile(r"[\w@%+=:,./-]+\Z", re.ASCII)
_DOTS: Final = re.compile(r"/\.\.?(/|$|\?|#)")


def command(method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> str:
    """Return the command; of a long body only its beginning, and then a comment says so."""
    parts = ["curl", "-sS", "-i"]
    if method == "HEAD":
        parts.append("--head")
    elif method != ("POST" if body else "GET"):
        parts += ["-X", quoted(method)]
    if _GLOBS & set(url):
        parts.append("--globoff")
    if _DOTS.search(url):
        parts.append("--path-as-is")
    names = set()
    host = urlsplit(url).netloc if "://" in url else ""
    for name, value in headers:
        lowered = name.lower()
        names.add(lowered)
        if lowered in _OWN or (lowered, value) in (("host", host), ("accept", "*/*")):
            continue  # curl says the same.
        if lowered == "accept-encoding" and "gzip" in value:
            # Else an unreadable answer would fill the terminal.
            parts.append("--compressed")
            continue
        # An empty value would take the header away; curl has `;` for that.
        parts += ["-H", quoted(f"{name}: {value}" if value else f"{name};")]
    before = after = ""
    if body:
        if "content-type" not in names:
            # Else curl says that it is a form.
            parts += ["-H", "'Content-Type:'"]
        shown = body[:BODY_LIMIT]
        if b"\0" in shown:
            # No argument can hold a NUL.
            before = f"printf {quoted(_octal(shown))} | "
            parts += ["--data-binary", "@-"]
        else:
            parts += ["--data-raw", quoted(shown)]
        if len(shown) < len(body):
            after = f"  # only the first {len(shown)} bytes of a body of {len(body)}"
    return f"{before}{' '.join(parts)} {quoted(url)}{after}"


def quoted(text: str | bytes) -> str:
    """Return a text as one word of a shell, in one line; what cannot be seen is written as an escape.

    `##[` is, too: GitHub's runner would take it for a command in the log of a job.
    """
    text = text.decode("utf-8", "surrogateescape") if isinstance(text, bytes) else text
    if text.isprintable() and "##[" not in text:
        return text if _PLAIN.match(text) else "'" + text.replace("'", "'\\''") + "'"
    return "$'" + "".join(map(_escaped, text)).replace("##[", "\\043#[") + "'"


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    # Octal escapes end after three digits; hexadecimal ones would take a digit that follows.
    try:
        data = character.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        data = character.encode("utf-8", "surrogatepass")
    return "".join(f"\\{byte:03o}" for byte in data)


def _octal(body: bytes) -> str:
    """Return a body as a format of `printf`."""
    plain = {byte: chr(byte) for byte in range(0x20, 0x7F)} | {ord("\\"): r"\\", ord("%"): "%%"}
    return "".join(plain.get(byte, f"\\{byte:03o}") for byte in body)
