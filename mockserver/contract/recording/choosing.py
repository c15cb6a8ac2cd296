"""What a person wants to be hidden besides what always is: the values of `--redact`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mockserver.document.naming import word
from mockserver.errors import Json, UsageError

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person wants to be hidden.

    Attributes:
        names: Names of fields, as `word` writes them.
        paths: JSONPaths into bodies (RFC 9535).
        patterns: Regular expressions; the first group is hidden, or all that is matched.
    """

    names: frozenset[str] = frozenset()
    paths: tuple[JSONPathQuery, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()

    def in_text(self, text: str) -> Iterator[str]:
        """Yield what the patterns find in a text."""
        for pattern in self.patterns:
            for match in pattern.finditer(text):
                found = match[1] if pattern.groups else match[0]
                if found:
                    yield found

    def in_body(self, body: Json) -> frozenset[Place]:
        """Return the places in a body that the paths lead to."""
        if not self.paths or not isinstance(body, dict | list):
            return frozenset()
        return frozenset(tuple(node.location) for path in self.paths for node in path.finditer(body))


def chosen(texts: Sequence[str]) -> Chosen:
    """Read what was given as `--redact`.

    Raises:
        UsageError: One of them is neither a name, a JSONPath nor a regular expression.
    """
    names: set[str] = set()
    paths: list[JSONPathQuery] = []
    patterns: list[re.Pattern[str]] = []
    for text in texts:
        if text.startswith("$"):
            paths.append(_path(text))
        elif len(text) > 2 and text.startswith("/") and text.endswith("/"):
            patterns.append(_pattern(text))
        elif word(text):
            names.add(word(text))
        else:
            raise UsageError(
                f"--redact {text!r} is no name of a field; a JSONPath begins with $, a regular expression stands "
                "between slashes: --redact '/EMP-[0-9]+/'"
            )
    return Chosen(frozenset(names), tuple(paths), tuple(patterns))


def _path(text: str) -> JSONPathQuery:
    import jsonpath_rfc9535 as jsonpath  # here, since few recordings need it

    try:
        return jsonpath.compile(text)
    except jsonpath.JSONPathError as error:
        raise UsageError(f"--redact {text!r} is no JSONPath (RFC 9535): {error}") from error


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text[1:-1])
    except re.error as error:
        raise UsageError(f"--redact {text} is no regular expression: {error}") from error
