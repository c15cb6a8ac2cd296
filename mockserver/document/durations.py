"""Lengths of time as people write them: `5`, `500ms`, `2m`, `1h30m`, `PT5M`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from mockserver.errors import Json

EXPECTED: Final = "seconds, or a text such as 500ms, 5s, 2m, 1h30m, 1d or PT5M"
"""What messages say of a value that is none."""

_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_NUMBER: Final = r"(\d{1,15}(?:[.,]\d{1,9})?)"
_SHORT: Final = re.compile(_NUMBER + r"\s?(ms|s|m|h|d|w)")
_ISO: Final = re.compile(
    rf"P(?=[\dT])(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?",
    re.IGNORECASE,
)
"""ISO 8601 without years and months, whose length nobody knows."""


def duration(value: Json) -> timedelta | None:
    """Return the length of time that a value names, in whole milliseconds; None if it names none.

    A number, or a text that is one, is in seconds. Nothing is shorter than nothing.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = value if isinstance(value, str) else repr(value)
    milliseconds = _milliseconds(text.strip())
    if milliseconds is None:
        return None
    try:
        return timedelta(milliseconds=round(milliseconds))
    except (OverflowError, ValueError):
        return None


def _milliseconds(text: str) -> float | None:
    if re.fullmatch(_NUMBER, text) or re.fullmatch(r"\d{1,15}(?:\.\d+)?(?:e[+-]?\d{1,3})?", text):
        return float(text.replace(",", ".")) * 1000
    match = _ISO.fullmatch(text)
    if match is not None:
        parts = zip(match.groups(), ("w", "d", "h", "m", "s"), strict=True)
        return sum(_of(number, unit) for number, unit in parts if number)
    found = list(_SHORT.finditer(text.lower()))
    units = [item[2] for item in found]
    is_whole = re.sub(r"\s", "", "".join(item[0] for item in found)) == re.sub(r"\s", "", text.lower())
    if not found or not is_whole or len(set(units)) != len(units):
        return None
    return sum(_of(number, unit) for number, unit in (item.groups() for item in found))


def _of(number: str, unit: str) -> float:
    return float(number.replace(",", ".")) * _MS[unit]
