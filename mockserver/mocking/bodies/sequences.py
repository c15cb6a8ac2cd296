"""Items one after the other (OAS 3.2.0 section 4.14.3): JSON Lines, JSON text sequences, event streams."""

from __future__ import annotations

from typing import Final

from mockserver import jsontext
from mockserver.errors import Json
from mockserver.mocking.bodies.form import Form, Written
from mockserver.mocking.bodies.texts import as_text

USUAL_COUNT: Final = 3
"""Items of a sequence where nobody says how many."""
_EVENT_FIELDS: Final = ("event", "id", "retry", "data")


def items_of(value: Json) -> list[Json]:
    """Return the items that a value stands for: those of a list, else the value alone."""
    return value if isinstance(value, list) else [value]


def json_lines(value: Json, form: Form) -> Written:
    """Write each item on a line of its own."""
    return Written(b"".join(jsontext.dumps(item) + b"\n" for item in items_of(value)), form.name)


def json_seq(value: Json, form: Form) -> Written:
    """Write each item between a record separator and a line feed (RFC 7464)."""
    return Written(b"".join(b"\x1e" + jsontext.dumps(item) + b"\n" for item in items_of(value)), form.name)


def event_stream(value: Json, form: Form) -> Written:
    """Write each item as an event (HTML, section 9.2.5).

    An object of the fields of an event (`data`, `event`, `id`, `retry`) is that event; all else is data.
    """
    return Written("".join(_event(item) for item in items_of(value)).encode("utf-8", "replace"), form.name)


def _event(item: Json) -> str:
    fields = (
        item
        if isinstance(item, dict) and "data" in item and not set(item) - set(_EVENT_FIELDS)
        else {"data": item}
    )
    lines: list[str] = []
    for name in _EVENT_FIELDS:
        if name not in fields or (fields[name] is None and name != "data"):
            continue
        for line in as_text(fields[name]).splitlines() or [""]:
            lines.append(f"{name}: {line}\n")
    return "".join([*lines, "\n"])
