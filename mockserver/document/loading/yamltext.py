"""YAML text into JSON values and back, as YAML 1.2's JSON schema says (section 10.2). The door to yaml.

No dates, no octal numbers and no booleans out of words: what JSON could not say stays text. Values are made from the
parser's events: PyYAML's nodes and constructors would cost several times as much.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

import yaml

from mockserver import jsontext
from mockserver.errors import Json

MAX_VALUES: Final = 5_000_000
"""Values that a document may hold once its anchors are in place; a few lines of YAML can mean billions."""

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?\Z")
_WORDS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_STARTS: Final = frozenset("-0123456789")
_TAGS: Final = {
    f"tag:yaml.org,2002:{name}": name for name in ("null", "bool", "int", "float", "str", "seq", "map")
}
_CONTAINER_TAGS: Final = {"seq": yaml.SequenceStartEvent, "map": yaml.MappingStartEvent}


class YamlError(ValueError):
    """Text that is no YAML, or says what JSON cannot say; its text is fit to be shown."""


def loads(text: str) -> Json:
    """Return the value of a YAML text; an anchor's value is copied wherever it is used.

    Raises:
        YamlError: It is not YAML, holds what JSON cannot say, or too much of it.
    """
    try:
        return _Reader(text).read()
    except yaml.YAMLError as error:
        raise YamlError(_message(error, text)) from error


class _Frame:
    """A list or mapping that is being read."""

    __slots__ = ("anchor", "key", "merged", "value")

    def __init__(self, value: Any, anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: str | None = None
        self.merged: list[tuple[Any, Any]] | None = None


_MERGE: Final = "\0merge"
"""Stands for the key `<<`; YAML text cannot hold a NUL."""


class _Reader:
    def __init__(self, text: str) -> None:
        parser: Any = yaml.CSafeLoader(text)
        self._next = parser.get_event
        self._frames: list[_Frame] = []
        self._anchors: dict[str, Json] = {}
        self._open: set[str] = set()
        self._count = 0
        self._result: Json = None

    def read(self) -> Json:
        documents = 0
        while (event := self._next()) is not None:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind is yaml.MappingStartEvent:
                self._open_container({}, event)
            elif kind is yaml.SequenceStartEvent:
                self._open_container([], event)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._close_container()
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise _error("but there is another document", event, "expected a single document")
            elif kind is yaml.StreamEndEvent:
                break
        return self._result

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        frame = self._frames[-1] if self._frames else None
        is_plain = event.implicit[0] and event.tag is None
        if frame is not None and frame.key is None and type(frame.value) is dict:
            frame.key = _MERGE if is_plain and event.value == "<<" else event.value
            if event.anchor is not None:
                self._anchors[event.anchor] = event.value
            return
        value = _plain(event) if is_plain else event.value if event.tag in (None, "!") else _tagged(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        self._add(value, event)

    def _open_container(self, value: Any, event: Any) -> None:
        if event.tag is not None and event.tag != "!":
            if _CONTAINER_TAGS.get(_TAGS.get(event.tag, "")) is not type(event):
                raise _unknown_tag(event)
        frames = self._frames
        if len(frames) >= jsontext.MAX_DEPTH:
            raise YamlError(f"it is nested more than {jsontext.MAX_DEPTH} levels deep")
        if frames and frames[-1].key is None and type(frames[-1].value) is dict:
            raise _error("found unhashable key", event)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
            self._open.add(event.anchor)
        frames.append(_Frame(value, event.anchor))

    def _close_container(self) -> None:
        frame = self._frames.pop()
        value = frame.value
        if frame.anchor is not None:
            self._open.discard(frame.anchor)
        if frame.merged is not None:
            own = dict(value)
            value.clear()
            for merged, event in frame.merged:
                # Of several the first wins.
                for one in reversed(merged) if isinstance(merged, list) else (merged,):
                    if not isinstance(one, dict):
                        raise _error("expected a mapping or list of mappings for merging", event)
                    value.update(one)
            value.update(own)
        self._add(value, None)

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = event.anchor
        if name not in self._anchors:
            raise _error(f"found undefined alias {name!r}", event)
        if name in self._open:
            raise YamlError("an anchor holds itself")
        value = self._anchors[name]
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.key is None and type(frame.value) is dict:
            if not isinstance(value, str):
                raise _error("found unhashable key", event)
            frame.key = value
            return
        self._add(self._copy(value, len(self._frames)), event)

    def _copy(self, value: Json, depth: int) -> Json:
        """Return a copy, so that what is done to one use of an anchor is not done to the others."""
        self._counted()
        if depth > jsontext.MAX_DEPTH:
            raise YamlError(f"it is nested more than {jsontext.MAX_DEPTH} levels deep")
        if isinstance(value, dict):
            return {key: self._copy(member, depth + 1) for key, member in value.items()}
        if isinstance(value, list):
            return [self._copy(member, depth + 1) for member in value]
        return value

    def _add(self, value: Json, event: Any) -> None:
        self._counted()
        if not self._frames:
            self._result = value
            return
        frame = self._frames[-1]
        holder = frame.value
        if type(holder) is list:
            holder.append(value)
            return
        key, frame.key = frame.key, None
        if key == _MERGE:
            frame.merged = [*(frame.merged or ()), (value, event)]
        else:
            holder[key] = value

    def _counted(self) -> None:
        self._count += 1
        if self._count > MAX_VALUES:
            raise YamlError(f"it has more than {MAX_VALUES} values once its anchors are in place")


def _plain(event: yaml.ScalarEvent) -> Json:
    text = event.value
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMBER_STARTS and _NUMBER.match(text):
        return _number(event)
    return text


def _tagged(event: yaml.ScalarEvent) -> Json:
    kind, text = _TAGS.get(event.tag or ""), event.value
    if kind == "str":
        return text
    if kind in ("null", "bool") and text in _WORDS and (_WORDS[text] is None) is (kind == "null"):
        return _WORDS[text]
    if kind in ("int", "float"):
        return _number(event)
    raise _unknown_tag(event)


def _number(event: yaml.ScalarEvent) -> int | float:
    """Return a number that JSON can say too."""
    text = event.value
    value: int | float
    try:
        value = int(text) if re.fullmatch(r"[-+]?[0-9]+", text) else float(text)
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        shown = text if len(text) < 40 else f"{text[:40]}..."
        raise _error(f"{shown} is no number of JSON", event)
    return value


def _unknown_tag(event: Any) -> yaml.YAMLError:
    return _error(f"could not determine a constructor for the tag {event.tag!r}", event)


def _error(problem: str, event: Any, context: str | None = None) -> yaml.YAMLError:
    mark = None if event is None else event.start_mark
    error: yaml.YAMLError = yaml.MarkedYAMLError(context, None, problem, mark)
    return error


def _message(error: Exception, text: str) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"{error.problem or error} (line {mark.line + 1}, column {mark.column + 1})"
    if isinstance(error, yaml.reader.ReaderError):
        # libyaml says neither line nor column of a character that YAML does not allow.
        found = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
        start = found.start() if found else 0
        line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
        return f"the character {text[start : start + 1]!r} is not allowed (line {line}, column {column})"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


class _Dumper(yaml.CSafeDumper):
    """Writes all values out: an alias is no JSON."""

    def ignore_aliases(self, data: Json) -> bool:
        """Return True."""
        return True


# YAML 1.1, which PyYAML writes, has no numbers like 1e5; YAML 1.2 has.
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER, sorted(_NUMBER_STARTS))


def dumps(value: Json) -> bytes:
    """Return a value as YAML in UTF-8; texts that YAML would take for something else are quoted."""
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000)
    return text.encode("utf-8", "replace")
