"""JSON text: the door to orjson, and the way round what it cannot do."""

from __future__ import annotations

import json
from typing import Any

import orjson


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
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise JsonError(error.msg, error.lineno, error.colno) from error


def dumps(value: Any, *, sort_keys: bool = False, indent: bool = False) -> bytes:
    """Return a value as JSON text in UTF-8."""
    option = (orjson.OPT_SORT_KEYS if sort_keys else 0) | (orjson.OPT_INDENT_2 if indent else 0)
    try:
        return orjson.dumps(value, option=option)
    except TypeError:
        # Whole numbers beyond 64 bits, and texts with lone surrogates.
        text = json.dumps(value, sort_keys=sort_keys, indent=2 if indent else None, default=str)
        return text.encode("utf-8", "replace")
