"""Bodies that were compressed on their way (RFC 9110 section 8.4): gzip and deflate, within the limit of a body."""

from __future__ import annotations

import zlib
from typing import Final

from mockserver.errors import Refusal, RefusalKind, Violation

CODINGS: Final = "gzip, deflate"
MAX_CODINGS: Final = 4
"""Codings one over the other that are undone."""


def decompressed(data: bytes, codings: str, limit: int) -> bytes:
    """Return a body with its content codings undone.

    Args:
        data: As it was sent.
        codings: The Content-Encoding field.
        limit: Bytes that the body may have, compressed or not: more are never held.

    Raises:
        Refusal: A coding is not known (415), the data is broken (400), or there is too much of it (413).
    """
    names = [name.strip().lower() for name in codings.split(",") if name.strip()]
    unknown = [name for name in names if name not in ("gzip", "x-gzip", "deflate", "identity")]
    if unknown or len(names) > MAX_CODINGS:
        seen = f"the content coding {unknown[0]!r}" if unknown else f"more than {MAX_CODINGS} content codings"
        raise Refusal(
            RefusalKind.UNSUPPORTED_MEDIA_TYPE,
            f"{seen} is not taken; {CODINGS} are",
            headers={"Accept-Encoding": CODINGS},
        )
    for name in reversed(names):
        if name != "identity" and data:
            data = _gunzip(data, limit) if name.endswith("gzip") else _inflate(data, limit)
    return data


def _gunzip(data: bytes, limit: int) -> bytes:
    """Return what one or more members of gzip hold (RFC 1952 section 2.2)."""
    pieces: list[bytes] = []
    left = limit
    while data:
        piece, data = _run(data, 16 + zlib.MAX_WBITS, left, limit)
        pieces.append(piece)
        left -= len(piece)
        if len(pieces) > 1000:
            raise _broken("it has more than 1000 members")
    return b"".join(pieces)


def _inflate(data: bytes, limit: int) -> bytes:
    # RFC 9110 means the zlib format; some senders leave its header out.
    has_header = data[0] & 0x0F == 8 and len(data) > 1 and (data[0] << 8 | data[1]) % 31 == 0
    piece, _ = _run(data, zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS, limit, limit)
    return piece


def _run(data: bytes, bits: int, left: int, limit: int) -> tuple[bytes, bytes]:
    machine = zlib.decompressobj(bits)
    try:
        piece = machine.decompress(data, left + 1)
    except zlib.error as error:
        raise _broken(str(error)) from error
    if len(piece) > left:
        raise Refusal(RefusalKind.TOO_LARGE, f"the body, decompressed, is larger than {limit} bytes")
    if not machine.eof:
        raise _broken("it is cut short")
    return piece, machine.unused_data


def _broken(reason: str) -> Refusal:
    message = f"is not what its Content-Encoding says: {reason}"
    violation = Violation(("body",), "encoding", message)
    return Refusal(RefusalKind.INVALID, str(violation), violations=[violation])
