"""The head of an answer: where its body ends, and whether its connection stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mockserver.server.proxying.fields import Fields

_BODILESS: Final = frozenset({204, 304})


@dataclass(slots=True)
class Head:
    """The head of an answer.

    Attributes:
        fields: In their order, names as they were written.
        length: What `Content-Length` says; None where it says nothing, or nothing of the framing.
        is_chunked: Whether the body came in chunks.
        is_bodiless: Whether there is no body, whatever the fields say (RFC 9112 section 6.3).
    """

    status: int
    reason: bytes
    fields: Fields
    length: int | None
    is_chunked: bool
    is_bodiless: bool


def head_of(method: str, status: int, reason: bytes, fields: Fields) -> Head:
    """Return the head of an answer.

    Raises:
        ValueError: Its length cannot be understood.
    """
    lengths = {value for name, value in fields if name.lower() == b"content-length"}
    codings = b",".join(value for name, value in fields if name.lower() == b"transfer-encoding").lower()
    is_chunked = codings.rpartition(b",")[2].strip() == b"chunked"
    length = None
    if lengths and not codings:
        if len(lengths) > 1 or not next(iter(lengths)).isdigit():
            raise ValueError("its Content-Length is no number")
        length = int(next(iter(lengths)))
    bodiless = method == "HEAD" or status in _BODILESS
    if method == "CONNECT" and status < 300:
        bodiless = True  # what follows is another protocol (RFC 9110 section 9.3.6)
    return Head(status, reason, fields, length, is_chunked, bodiless)


def says_close(fields: Fields) -> bool:
    """Return whether the connection ends with the answer."""
    return any(name.lower() == b"connection" and b"close" in value.lower() for name, value in fields)


def kept_seconds(fields: Fields) -> float | None:
    """Return what `Keep-Alive: timeout=5` says, in seconds."""
    for name, value in fields:
        if name.lower() == b"keep-alive":
            for part in value.lower().split(b","):
                key, _, number = part.strip().partition(b"=")
                if key == b"timeout" and number.isdigit():
                    return float(number)
    return None
