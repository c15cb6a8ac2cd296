"""Media types that are sequences of values: JSON Lines, JSON text sequences, event streams (OAS 3.2.0 section 4.14)."""

from __future__ import annotations

import re
from typing import Final

from mockserver import jsontext
from mockserver.document.media_types import essence_of
from mockserver.errors import Json

EVENT_STREAM: Final = "text/event-stream"
_LINE_END: Final = re.compile(r"\r\n|\n|\r")


class SequenceError(ValueError):
    """An item that cannot be read.

    Attributes:
        index: Which one, counted from 0.
        reason: What is wrong.
    """

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(f"item {index} {reason}")
        self.index = index
        self.reason = reason


def _is_text_sequence(essence: str) -> bool:
    return essence == "application/json-seq" or essence.endswith("+json-seq")


def read(text: str, media_type: str) -> list[Json]:
    """Return the items of a sequence.

    Events are objects with the fields that they have: `event`, `data`, `id`, `retry`.

    Raises:
        SequenceError: An item is no JSON.
    """
    essence = essence_of(media_type)
    if essence == EVENT_STREAM:
        return _events(text)
    if _is_text_sequence(essence):
        # RFC 7464: each text has a record separator before it.
        pieces = text.split("\x1e")
        if pieces[0].strip():
            raise SequenceError(0, "does not begin with a record separator")
        pieces = pieces[1:]
    else:
        pieces = [line for line in _LINE_END.split(text) if line.strip()]
    items: list[Json] = []
    for index, piece in enumerate(pieces):
        try:
            items.append(jsontext.loads(piece))
        except jsontext.JsonError as error:
            raise SequenceError(index, f"is not valid JSON: {error.reason}") from error
    return items


def _events(text: str) -> list[Json]:
    """Return the events of a stream (HTML standard, section 9.2.6); the last needs no empty line behind it."""
    events: list[Json] = []
    fields: dict[str, str] = {}
    for line in [*_LINE_END.split(text.removeprefix("\ufeff")), ""]:
        if not line:
            if fields:
                events.append(fields)
                fields = {}
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            fields["data"] = f"{fields['data']}\n{value}" if "data" in fields else value
        elif name in ("event", "id", "retry"):
            fields[name] = value
    return list(events)
