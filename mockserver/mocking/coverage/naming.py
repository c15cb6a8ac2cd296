"""What people call the items of coverage: places in values instead of JSON pointers, and sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Protocol, TypeVar

from mockserver.document import pointer as ptr
from mockserver.mocking.coverage.items import CALLED, GIVEN, KIND, LEFT_OUT, NOT_NULL, TAKEN, VALUE


class _HasLabel(Protocol):
    @property
    def what(self) -> str: ...

    @property
    def label(self) -> str: ...


_Named = TypeVar("_Named", bound=_HasLabel)

_LONGEST: Final = 60
_SENTENCES: Final = {
    CALLED: "never called",
    GIVEN: "never given",
    LEFT_OUT: "never left out",
    TAKEN: "never taken",
    NOT_NULL: "never anything but null",
}

_NAMED: Final = {
    "properties": ".{}",
    "oneOf": "(branch {})",
    "anyOf": "(branch {})",
    "prefixItems": "[{}]",
    "patternProperties": ".*",
    "allOf": "",
    "dependentSchemas": "",
}
"""Keyword after which a name or number follows -> how both are shown."""
_WORDS: Final = {"items": "[]", "additionalProperties": ".*"}


def missing(what: str) -> str:
    """Return that an item was never seen, in words."""
    if what.startswith(VALUE):
        text = what.removeprefix(VALUE)
        return f"never {text if len(text) <= _LONGEST else text[:_LONGEST] + '...'}"
    if what.startswith(KIND):
        return f"never of type {what.removeprefix(KIND)}"
    return _SENTENCES.get(what, f"never {what}")


def owner(pointer: str) -> tuple[str, str]:
    """Return whose schema a pointer leads into, and the place in it: `("Pet", "owner.name")`.

    It is a schema with a name, or the body or parameter of an operation that has one of its own.
    """
    tokens = ptr.split(pointer)
    if tokens[:2] == ["components", "schemas"] and len(tokens) > 2:
        return tokens[2], place(tokens[3:])
    if tokens[:1] == ["components"] and len(tokens) > 2:
        rest = tokens[3:]
        return f"{tokens[1]} {tokens[2]}", place(
            rest[rest.index("schema") + 1 :] if "schema" in rest else rest
        )
    if tokens[:1] == ["paths"] and len(tokens) > 2 and "schema" in tokens[3:]:
        at = tokens.index("schema", 3)
        part = "request" if tokens[3:4] == ["requestBody"] else " ".join(tokens[4:5])
        if tokens[3:4] == ["parameters"]:
            part = "parameter"
        return f"{tokens[2].upper()} {tokens[1]} {part}", place(tokens[at + 1 :])
    return pointer, ""


def place(tokens: list[str]) -> str:
    """Return a place in a value for the names along a pointer into its schema."""
    text = ""
    waiting = iter(tokens)
    for word in waiting:
        if word in _NAMED:
            following = next(waiting, "")
            if word in ("oneOf", "anyOf") and following.isdigit():
                text += f"(branch {int(following) + 1})"
            elif word == "properties":
                text += f".{following}" if text else following
            else:
                text += _NAMED[word].format(following)
        else:
            text += _WORDS.get(word, f"({word})")
    return text


def telling(items: Iterable[_Named]) -> list[_Named]:
    """Return items without those that follow from others: below what was never given, nothing was ever seen.

    Args:
        items: What was never seen, with their places.
    """
    listed = list(items)
    closed = {item.label for item in listed if item.what in (GIVEN, TAKEN)}
    return [
        item
        for item in listed
        if not any(place in closed for place in _above(item.label))
        and (item.what in (GIVEN, TAKEN) or item.label not in closed)
    ]


def _above(label: str) -> Iterator[str]:
    """Yield the places that a place is in, the whole first."""
    if label:
        yield ""
    for index, character in enumerate(label):
        if character in ".[(" and index:
            yield label[:index]
