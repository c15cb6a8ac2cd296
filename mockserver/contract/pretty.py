"""JSON values for people: what is short stays in one line, what is deep can be left out."""

from __future__ import annotations

from typing import Any, Final

from mockserver import jsontext
from mockserver.errors import Json

WIDTH: Final = 88
"""Characters of a line, as long as values let themselves be broken."""


class _Left:
    """Stands for what is left out of a list or an object."""

    def __init__(self, text: str) -> None:
        self.text = text


def pretty(value: Json, *, width: int = WIDTH) -> str:
    """Return a value as JSON text of several lines."""
    return "\n".join(_lines(value, width))


def outlined(value: Json, *, lines: int, characters: int) -> str:
    """Return as much of a value, from its top down, as fits; `{...}` and `[...]` stand for the rest."""
    depth = jsontext.depth_of(value)
    while depth > 0:
        text = pretty(_cut(value, depth))
        if text.count("\n") < lines and len(text) <= characters:
            return text
        depth -= 1
    text = _one_line(value)
    return text if len(text) <= characters else f"{text[:characters]}..."


def _cut(value: Json, depth: int) -> Any:
    if isinstance(value, dict) and value:
        return {name: _cut(item, depth - 1) for name, item in value.items()} if depth else _Left("{...}")
    if isinstance(value, list) and value:
        return [_cut(item, depth - 1) for item in value] if depth else _Left("[...]")
    return value


def _lines(value: Any, width: int) -> list[str]:
    if not isinstance(value, dict | list) or not value:
        return [_scalar(value)]
    short = _one_line(value)
    if len(short) <= width:
        return [short]
    lines = []
    pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    for name, item in pairs:
        before = "  " if name is None else f"  {_scalar(name)}: "
        first, *more = _lines(item, width - len(before))
        lines += [f"{before}{first}", *(f"  {line}" for line in more)]
        lines[-1] += ","
    lines[-1] = lines[-1][:-1]
    marks = "{}" if isinstance(value, dict) else "[]"
    return [marks[0], *lines, marks[1]]


def _one_line(value: Any) -> str:
    if isinstance(value, dict) and value:
        return f"{{{', '.join(f'{_scalar(name)}: {_one_line(item)}' for name, item in value.items())}}}"
    if isinstance(value, list) and value:
        return f"[{', '.join(map(_one_line, value))}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    return value.text if isinstance(value, _Left) else jsontext.dumps(value).decode()
