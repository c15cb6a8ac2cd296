"""Values as bytes that sort as `ordering.comparable` does, for indexes that know only bytes.

No code is the beginning of another, so that codes in a row sort like tuples, and the complement of a code sorts
backwards.
"""

from __future__ import annotations

import math
from typing import Any, Final

from mockserver.errors import Json
from mockserver.mocking.store.ordering import comparable

TOP: Final = b"\xff"
"""Above all codes."""
_KINDS: Final = (b"\x10", b"\x20", b"\x30", b"\x40", b"\x50", b"\x60")
"""First byte of null, booleans, numbers, times, texts and all else."""
_COMPLEMENT: Final = bytes(255 - byte for byte in range(256))
_CHUNK: Final = 64
"""Bits of a number's digits that are written at once."""
_MIDDLE: Final = 1 << 15
_SEQUENCE_BYTES: Final = 8


def encoded(value: Json) -> bytes:
    """Return the code of a JSON value."""
    kind, key = comparable(value)
    first = _KINDS[kind]
    if kind == 0:
        return first
    if kind == 1:
        return first + (b"\x01" if key else b"\x00")
    if kind in (2, 3):
        return first + _number(key)
    raw: bytes = key.encode("utf-8", "surrogatepass") if kind == 4 else key
    return first + raw.replace(b"\x00", b"\x00\xff") + b"\x00\x00"


def _number(value: Any) -> bytes:
    """Return the code of a number: sign, exponent of 2, and digits, so that 1 and 1.0 are the same."""
    if isinstance(value, float):
        if math.isnan(value):
            return b"\x00"
        if math.isinf(value):
            return b"\x03" if value > 0 else b"\x01\x00"
        top, bottom = value.as_integer_ratio()
    else:
        top, bottom = value, 1
    if not top:
        return b"\x02\x00"
    size = abs(top)
    length = size.bit_length()
    # The value is 0.1... (binary) times two to this power; `bottom` is a power of two.
    exponent = length - bottom.bit_length() + 1 + _MIDDLE
    chunks = -(-length // _CHUNK)
    digits = (size << (chunks * _CHUNK - length)).to_bytes(chunks * 8, "big")
    code = bytearray(exponent.to_bytes(3, "big"))
    last = chunks - 1
    while last and not any(digits[last * 8 : last * 8 + 8]):
        last -= 1
    for number in range(last + 1):
        code += digits[number * 8 : number * 8 + 8]
        code.append(1 if number < last else 0)
    return b"\x02\x01" + bytes(code) if top > 0 else b"\x01\x01" + bytes(code).translate(_COMPLEMENT)


def complement(code: bytes) -> bytes:
    """Return a code that sorts the other way round."""
    return code.translate(_COMPLEMENT)


def after(code: bytes) -> bytes:
    """Return the first bytes beyond all that begin with a code."""
    kept = code.rstrip(b"\xff")
    return kept[:-1] + bytes((kept[-1] + 1,)) if kept else TOP


def kind_of(code: bytes) -> tuple[bytes, bytes]:
    """Return from where to where the codes of values of the same kind go."""
    return code[:1], after(code[:1])


def sequence_code(sequence: int) -> bytes:
    """Return the code of an order of creation."""
    return sequence.to_bytes(_SEQUENCE_BYTES, "big")


def sequence_in(entry: bytes) -> int:
    """Return the order of creation at the end of an entry of an index."""
    return int.from_bytes(entry[-_SEQUENCE_BYTES:], "big")
