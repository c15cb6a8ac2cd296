"""Finds the line and column of a JSON pointer in the text of a document, for people who have to correct it.

Made when somebody asks: reading a document needs no positions, and keeping them would make it slower.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import yaml

from mockserver import jsontext
from mockserver.document import pointer as ptr

_TOKEN: Final = re.compile(r'\s*([{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+)', re.DOTALL)


class Position(NamedTuple):
    """A place in a text; both are counted from 1."""

    line: int
    column: int


@dataclass(slots=True)
class _Spot:
    """A value in a text: where it begins (for a member of an object: where its name does), and what is in it."""

    start: Any
    members: dict[str, _Spot] = field(default_factory=dict)


class Locator:
    """Positions in one text.

    A text that is neither JSON nor YAML has none.
    """

    def __init__(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace").removeprefix("\ufeff")
        self._position: Callable[[Any], Position]
        try:
            if text.lstrip()[:1] in ("{", "["):
                self._root = _json(text)
                self._position = _Lines(text)
                return
        except _NotJson:
            pass  # It may still be YAML, which has braces too.
        self._root = _yaml(text)
        self._position = lambda mark: Position(mark.line + 1, mark.column + 1)

    def find(self, pointer: str) -> Position | None:
        """Return where a pointer leads, as far as it leads; None where nothing is known."""
        if self._root is None:
            return None
        spot = self._root
        try:
            names = ptr.split(pointer)
        except ValueError:
            return None
        for name in names:
            following = spot.members.get(name)
            if following is None:
                break
            spot = following
        return self._position(spot.start)


class _Lines:
    """Turns offsets into positions."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer(r"\n|\r\n?", text))]

    def __call__(self, offset: int) -> Position:
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)


class _NotJson(Exception):
    """The text is no JSON."""


def _json(text: str) -> _Spot | None:
    """Return the tree of a JSON text, whose starts are offsets."""
    root: _Spot | None = None
    stack: list[tuple[_Spot, bool]] = []
    name: tuple[str, int] | None = None
    for start, piece in _tokens(text):
        if piece in ("}", "]"):
            if not stack:
                raise _NotJson
            stack.pop()
            name = None
        elif piece == ",":
            name = None
        elif piece == ":":
            continue
        elif stack and stack[-1][1] and name is None:
            name = (_unquoted(piece), start)
        else:
            spot = _Spot(start if name is None else name[1])
            if stack:
                owner, named = stack[-1]
                owner.members[name[0] if named and name else str(len(owner.members))] = spot
            elif root is None:
                root = spot
            name = name if piece not in ("{", "[") else None
            if piece in ("{", "["):
                stack.append((spot, piece == "{"))
    if stack:
        raise _NotJson
    return root


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() != end:
            raise _NotJson
        end = match.end()
        yield match.start(1), match[1]
    if text[end:].strip():
        raise _NotJson


def _unquoted(piece: str) -> str:
    if "\\" not in piece:
        return piece[1:-1]
    try:
        return str(jsontext.loads(piece))
    except jsontext.JsonError as error:
        raise _NotJson from error


def _yaml(text: str) -> _Spot | None:
    """Return the tree of a YAML text, whose starts are marks; made of events, which costs half of what nodes would."""
    try:
        return _Events(text).tree()
    except (yaml.YAMLError, ValueError, RecursionError, StopIteration):
        return None


class _Events:
    """Makes a tree of what the parser of YAML sees."""

    def __init__(self, text: str) -> None:
        self._events = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._anchors: dict[str, _Spot] = {}

    def tree(self) -> _Spot | None:
        for event in self._events:
            if not isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
                return None if isinstance(event, yaml.StreamEndEvent) else self._value(event)
        return None

    def _value(self, event: yaml.Event) -> _Spot:
        if isinstance(event, yaml.AliasEvent):
            return self._anchors.get(str(event.anchor)) or _Spot(event.start_mark)
        spot = _Spot(event.start_mark)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            self._anchors[event.anchor] = spot
        if isinstance(event, yaml.SequenceStartEvent):
            for number, item in enumerate(self._until(yaml.SequenceEndEvent)):
                spot.members[str(number)] = self._value(item)
        elif isinstance(event, yaml.MappingStartEvent):
            self._fill(spot)
        return spot

    def _fill(self, spot: _Spot) -> None:
        merged: dict[str, _Spot] = {}
        for key in self._until(yaml.MappingEndEvent):
            name = self._value(key)
            beginning = next(self._events)
            value = self._value(beginning)
            if not isinstance(key, yaml.ScalarEvent):
                continue
            if key.value == "<<" and not key.style:
                is_list = isinstance(beginning, yaml.SequenceStartEvent)
                for source in value.members.values() if is_list else [value]:
                    merged = {**source.members, **merged}
            else:
                spot.members[key.value] = _Spot(name.start, value.members)
        if merged:
            spot.members = {**merged, **spot.members}

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event
