"""Values and a validator's messages in few words: nobody reads a dump of half a document."""

from __future__ import annotations

import re
from typing import Final

from mockserver import jsontext
from mockserver.errors import Json, Violation

LIMIT: Final = 140
"""Characters of a message; longer ones lose their middle."""

_KINDS: Final = {dict: "an object", list: "a list", str: "a text", bool: "a boolean", type(None): "null"}


def kind_of(value: Json) -> str:
    """Return what a value is: `an object`, `a text`..."""
    return _KINDS.get(type(value), "a number")


def brief(value: Json, limit: int = 40) -> str:
    """Return a short value as JSON, a long one with its middle left out, a composed one by its kind."""
    if isinstance(value, dict | list) and value:
        return kind_of(value)
    text = jsontext.dumps(value).decode()
    return text if len(text) <= limit else f"{text[: limit - 13]}...{text[-10:]}"


def shorten(message: str, limit: int = LIMIT) -> str:
    """Return a message in one line of bounded length."""
    message = " ".join(message.split())
    return message if len(message) <= limit else f"{message[: limit // 3]}...{message[-2 * limit // 3 :]}"


def sentence(violation: Violation) -> str:
    """Return what a violation says, the value that was seen in few words."""
    message, value = violation.message, violation.value
    if violation.rule in ("required", "additionalProperties", "unevaluatedProperties"):
        return message
    if violation.rule == "type":
        expected = re.search(r'is not of types? ("[\w", ]+)$', message)
        if expected:
            return f"{brief(value)} is not of type {expected[1].replace(chr(34), '')}"
    if value is not None and isinstance(value, dict | list | str):
        # The validator puts the whole value first.
        found = re.search(
            r"(is not |has |is too |does not |is longer |is shorter |is valid |should ).{0,200}\Z",
            message,
            re.DOTALL,
        )
        if found and found.start() > LIMIT // 2:
            return shorten(f"{brief(value)} {found[0]}")
    return shorten(message)


def place_in(location: tuple[str | int, ...]) -> str:
    """Return where in a value something is, as words to put before a message; empty for the value itself."""
    return f"at {'.'.join(str(part) for part in location)}: " if location else ""
