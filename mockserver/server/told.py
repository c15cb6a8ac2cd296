"""The header in which the violations of an exchange are told: JSON, and not more of it than a field may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from mockserver import jsontext
from mockserver.errors import Json, Violation

LIMIT: Final = 2000
"""Bytes of the list; a single violation may take a little more."""

_MESSAGE_LIMIT: Final = 400
_PART_LIMIT: Final = 60
_DEPTH_LIMIT: Final = 16

_NOT_VISIBLE: Final = re.compile(r"[^\x20-\x7e]")


def violations_header(violations: Iterable[tuple[str, Violation]]) -> bytes:
    """Return a field value that lists violations; of those that are too many, only their number is told.

    Args:
        violations: Each with the message that it is of, "" where that goes without saying.
    """
    every = [_told(of, item) for of, item in violations]
    listed: list[Json] = list(every)
    text = _text(listed)
    while len(text) > LIMIT and len(listed) > 1:
        del listed[len(listed) // 2 :]
        text = _text([*listed, {"message": f"and {len(every) - len(listed)} more"}])
    return text


def _told(of: str, item: Violation) -> Json:
    location = [_short(part, _PART_LIMIT) for part in item.location[:_DEPTH_LIMIT]]
    told = {"location": location, "rule": item.rule, "message": _short(item.message, _MESSAGE_LIMIT)}
    return {"of": of, **told} if of else told


def _short(part: Json, limit: int) -> Json:
    """Return a text that is not longer than a limit: names and values are the client's choice."""
    return f"{part[:limit]}..." if isinstance(part, str) and len(part) > limit else part


def _text(listed: Json) -> bytes:
    """Return JSON in visible ASCII, which is all that a header holds (RFC 9110 section 5.5)."""
    return _NOT_VISIBLE.sub(_escaped, jsontext.dumps(listed).decode()).encode("ascii")


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
