"""Does a request have what is wanted of it? And if not, what is the difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.errors import Json

_SHOWN: Final = 60
"""Characters of a value that a reason shows."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a request must have. A null is: it must not be there.

    Attributes:
        path, query, headers: By name; of a typed value, or of its text.
        body: A part of the body: of an object these members, of a list these items.
        has_body: Whether anything is asked of the body.
    """

    path: Mapping[str, Json] = field(default_factory=dict)
    query: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, Json] = field(default_factory=dict)
    body: Json = None
    has_body: bool = False

    def mismatches(self, sent: Sent) -> Iterator[str]:
        """Yield why a request is none of those."""
        for name, wanted in self.path.items():
            yield from _differing(f"path {name}", wanted, sent.path.get(name), None)
        for name, wanted in self.query.items():
            texts = sent.query_texts.get(name)
            yield from _differing(f"query {name}", wanted, sent.query.get(name) if texts else None, texts)
        for name, wanted in self.headers.items():
            text = sent.header(name.lower())
            yield from _differing(f"header {name}", wanted, text, None if text is None else [text])
        if self.has_body:
            yield from _differences("", self.body, sent.body)

    def save(self) -> dict[str, Json]:
        """Return it as a JSON object, without what asks nothing."""
        saved: dict[str, Json] = {
            name: dict(found)
            for name, found in (("path", self.path), ("query", self.query), ("headers", self.headers))
            if found
        }
        if self.has_body:
            saved["body"] = self.body
        return saved


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as stubs look at it.

    Attributes:
        path, query: Parameters as the document types them.
        query_texts: The query as it was sent.
        header: Returns a header by its name in lower case.
    """

    path: Mapping[str, Json]
    query: Mapping[str, Json]
    query_texts: Mapping[str, Sequence[str]]
    header: Callable[[str], str | None]
    body: Json


def differences(wanted: Json, found: Json, *, exact: bool = False) -> Iterator[str]:
    """Yield where a body has not what is wanted of it; with `exact`, also what it has besides.

    What is wanted may also be something that only knows to compare itself, as `unittest.mock.ANY` does.
    """
    yield from _differences("", wanted, found)
    if exact:
        yield from _extras("", wanted, found)


def _extras(place: str, wanted: Json, found: Json) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name, value in found.items():
            here = ptr.join(place, name)
            if name not in wanted:
                yield f"body {here} is there, and nobody expects it: {shown(value)}"
            else:
                yield from _extras(here, wanted[name], value)
    elif isinstance(wanted, list) and isinstance(found, list):
        for index, (value, item) in enumerate(zip(wanted, found, strict=False)):
            yield from _extras(ptr.join(place, str(index)), value, item)


def is_subset(wanted: Json, found: Json) -> bool:
    """Return whether a value has all that is wanted of it."""
    return next(_differences("", wanted, found), None) is None


def _differences(place: str, wanted: Json, found: Json) -> Iterator[str]:
    """Yield where a value has not what is wanted: of an object the members, of a list as many items, one by one."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name, value in wanted.items():
            here = ptr.join(place, name)
            if name not in found and value is not None:
                yield f"body {here} is not there"
            elif name in found:
                yield from _differences(here, value, found[name])
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, (value, item) in enumerate(zip(wanted, found, strict=True)):
            yield from _differences(ptr.join(place, str(index)), value, item)
    elif not _same(wanted, found):
        yield f"body {place or '/'} is {shown(found)}, not {shown(wanted)}"


def _differing(what: str, wanted: Json, value: Json, texts: Sequence[str] | None) -> Iterator[str]:
    """Yield why a parameter is not what is wanted: its value as the document types it, or its text."""
    if wanted is None:
        if value is not None or texts:
            yield f"{what} is there"
        return
    if value is None and not texts:
        yield f"{what} is not there"
        return
    spelled = _plain(wanted)
    if is_subset(wanted, value) or (texts is not None and spelled in texts) or spelled == _plain(value):
        return
    yield f"{what} is {shown(value if value is not None or not texts else texts[0])}, not {shown(wanted)}"


def _same(left: Json, right: Json) -> bool:
    # In Python true equals 1; in JSON it does not.
    is_number = isinstance(left, int | float)
    return bool(left == right) and (not is_number or isinstance(left, bool) == isinstance(right, bool))


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else jsontext.dumps(value).decode("utf-8", "replace")


def shown(value: Json) -> str:
    """Return a value as reasons show it."""
    text = jsontext.dumps(value).decode("utf-8", "replace")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
