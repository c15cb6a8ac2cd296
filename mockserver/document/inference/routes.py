"""Paths as inference reads them: nouns and variables; base, format and verb taken off."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from mockserver.document.inference.vocabulary import BASES, BULK, EXTENSIONS, GLUE, READING, VERBS
from mockserver.document.model import Operation
from mockserver.document.naming import singular, word, words
from mockserver.document.paths import split_template

_VERSION: Final = re.compile(r"v?\d+(\.\d+)*(alpha\d*|beta\d*)?|\d{4}-\d{2}-\d{2}", re.IGNORECASE)
_VARIABLE: Final = re.compile(r"\{([^{}]+)\}")
_VERB_AFTER_COLON: Final = re.compile(r"(.*):([A-Za-z][\w-]*)\Z")
_DOTTED: Final = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+")
_WITH_KEY: Final = re.compile(r"(\w+)\('?(\{[^{}]+\})'?\)")


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a path: a literal as it is written, or the name of a variable."""

    text: str
    is_variable: bool = False

    @property
    def key(self) -> str:
        """The same for spellings of one noun, and for all variables."""
        return "{}" if self.is_variable else noun(self.text)


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb in a path.

    Attributes:
        text: As it is written.
        role: What it asks for (`vocabulary.ROLES`), "" for one that only says `bulk`.
        bulk: Whether it asks for many records.
    """

    text: str
    role: str
    bulk: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """The path of one operation.

    Attributes:
        segments: What it leads to; what says nothing about that is left out.
        verb: What its last segment asks for, if that is a verb.
        key: The keys of the segments.
    """

    operation: Operation
    segments: tuple[Segment, ...]
    verb: Verb | None = None
    key: tuple[str, ...] = field(default=())

    @property
    def is_item(self) -> bool:
        """Whether it leads to one record, named by its last variable."""
        return bool(self.segments) and self.segments[-1].is_variable

    @property
    def place(self) -> tuple[str, ...]:
        """The key of the collection that it leads to or into."""
        return self.key[:-1] if self.is_item else self.key

    @property
    def variables(self) -> list[str]:
        """Its variables, in their order."""
        return [segment.text for segment in self.segments if segment.is_variable]


@lru_cache(maxsize=8192)
def noun(text: str) -> str:
    """Return a literal as a noun to compare: singular, without case and separators."""
    parts = words(text)
    return word(text) if not parts else "".join((*parts[:-1], singular(parts[-1])))


def routes(operations: Iterable[Operation]) -> list[Route]:
    """Return the routes of a document's operations, in their order."""
    read = [(operation, *_segments(operation.path)) for operation in operations]
    followed = {
        tuple(segment.key for segment in segments[:end])
        for _, segments, _ in read
        for end in range(1, len(segments))
        if segments[end].is_variable
    }
    return [_route(operation, segments, verb, followed) for operation, segments, verb in read]


def _segments(path: str) -> tuple[tuple[Segment, ...], str]:
    """Return the segments of a path, and the verb after a colon."""
    bare = split_template(path)[0]
    verb = ""
    if (match := _VERB_AFTER_COLON.fullmatch(bare)) and "{" not in match[2]:
        bare, verb = match[1], match[2]
    found: list[Segment] = []
    for text in bare.split("/"):
        if text:
            found += _parts(text)
    while len(found) > 1 and not found[0].is_variable and _is_base(found[0].text):
        del found[0]
    if len(found) == 2 and not any(part.is_variable for part in found) and found[0].text.lower() in BULK:
        found.reverse()  # /batch/objects as /objects/batch
    if len(found) == 2 and not any(part.is_variable for part in found) and found[0].text.lower() in BULK:
        found.reverse()  # /batch/objects as /objects/batch
    kept = [part for part in found if part.is_variable or not _VERSION.fullmatch(part.text)]
    return tuple(kept or found), verb


def _is_base(text: str) -> bool:
    return text.lower() in BASES or _VERSION.fullmatch(text) is not None


def _parts(text: str) -> list[Segment]:
    """Return the parts of what stands between two slashes: mostly one."""
    stem, dot, extension = text.rpartition(".")
    if (
        dot
        and stem
        and (extension.lower() in EXTENSIONS or extension in ("{format}", "{ext}", "{extension}"))
    ):
        text = stem
    if match := _WITH_KEY.fullmatch(text):  # OData: Users('{id}')
        return [Segment(match[1]), Segment(match[2][1:-1], is_variable=True)]
    names = _VARIABLE.findall(text)
    if names:
        return [Segment(name, is_variable=True) for name in names]
    if _DOTTED.fullmatch(text) and not _VERSION.fullmatch(text):
        return [Segment(part) for part in text.split(".")]
    return [Segment(text)]


def _route(
    operation: Operation, segments: tuple[Segment, ...], after_colon: str, followed: set[tuple[str, ...]]
) -> Route:
    verb: Verb | None = None
    if after_colon:
        verb = _verb(after_colon, segments)
        if verb is None:
            segments = (*segments, Segment(after_colon))  # an action like that of /orders/{id}/cancel
    elif len(segments) > 1 and not segments[-1].is_variable:
        key = tuple(segment.key for segment in segments)
        found = _verb(segments[-1].text, segments[:-1])
        if found and key not in followed and _suits(found, operation.method):
            verb, segments = found, segments[:-1]
    return Route(operation, segments, verb, tuple(segment.key for segment in segments))


def _suits(verb: Verb, method: str) -> bool:
    """Return whether a method may stand with a verb: what is read by DELETE, or changed by GET, is a noun."""
    if verb.role in READING:
        return method in ("GET", "POST", "HEAD", "QUERY", "PUT")
    return method != "HEAD"


def _verb(text: str, before: tuple[Segment, ...]) -> Verb | None:
    """Return the verb that a segment is: `create`, `findByStatus`, `bulk-delete`, `update-list-name` below lists."""
    parts = words(text)
    bulk = any(part in BULK for part in parts)
    rest = [part for part in parts if part not in BULK]
    if not rest:
        return Verb(text, "", bulk=True) if bulk else None
    role = VERBS.get(rest[0])
    if role is None:
        return None
    nouns = {singular(part) for segment in before if not segment.is_variable for part in words(segment.text)}
    if len(rest) > 1 and rest[1] not in GLUE and not nouns & {singular(part) for part in rest[1:]}:
        return None
    many = bulk or (role == "create" and any(part in ("list", "array") for part in rest[1:]))
    return Verb(text, role, many)
