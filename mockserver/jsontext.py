"""JSON text: the door to orjson, and the way round what it cannot do."""

from __future__ import annotations

import json
from typing import Any, Final

import orjson

MAX_DEPTH: Final = 200
"""Levels of nesting that are read (RFC 8259 section 9 allows a limit): deeper ones could not be written."""

_SHAPE: Final = bytes({91: 91, 123: 91}.get(byte, 48 if 48 <= byte <= 57 else 32) for byte in range(256))
"""Digits as `0`, brackets and braces that open as `[`, all else as a space."""
_MANY_DIGITS: Final = b"0" * 19
"""Whole numbers beyond 64 bits, which orjson would turn into fractions, have at least so many digits."""


class JsonError(ValueError):
    """Text that is not JSON (RFC 8259).

    Attributes:
        reason: What is wrong.
        line, column: Where, counted from 1.
    """

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"{reason} (line {line}, column {column})")
        self.reason = reason
        self.line = line
        self.column = column


def loads(data: bytes | str) -> Any:
    """Return the value of a JSON text.

    Raises:
        JsonError: It is none; also for NaN, invalid UTF-8 and nesting that is too deep.
    """
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise JsonError(error.msg, error.lineno, error.colno) from error
    shape = data.translate(_SHAPE)
    if shape.count(b"[") > MAX_DEPTH and depth_of(value) > MAX_DEPTH:
        raise JsonError(f"nested more than {MAX_DEPTH} levels deep", 1, 1)
    return json.loads(data) if _MANY_DIGITS in shape else value


def depth_of(value: Any) -> int:
    """Return how many levels of lists and objects a value has."""
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [member for item in level for member in (item.values() if isinstance(item, dict) else item)]
    return depth


def dumps(value: Any, *, sort_keys: bool = False, indent: bool = False, strict: bool = False) -> bytes:
    """Return a value as JSON text in UTF-8.

    Raises:
        TypeError: With `strict`, when a part of it is nothing that JSON can say; else it is written as Python shows it.
    """
    option = (orjson.OPT_SORT_KEYS if sort_keys else 0) | (orjson.OPT_INDENT_2 if indent else 0)
    try:
        # A copy: what orjson returns keeps the buffer that it wrote into, which is several times larger.
        return bytes(memoryview(orjson.dumps(value, option=option)))
    except TypeError:
        # Whole numbers beyond 64 bits, and texts with lone surrogates.
        text = json.dumps(
            value, sort_keys=sort_keys, indent=2 if indent else None, default=None if strict else str
        )
        return text.encode("utf-8", "replace")
