"""Which requests go to the real server, and which to the mock: by what a person wrote about operations and paths."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase, translate
from typing import Final

from mockserver.document.model import Document, Operation
from mockserver.errors import UsageError

Matches = Callable[[Operation | None, str, str], bool]
"""Tells of an operation (None where the document has none), a method and a path whether they are meant."""

_METHOD: Final = re.compile(r"([A-Z]+) +(?=\S)")


class Choice:
    """Chooses between mock and real server.

    Without patterns all is real. What a pattern of `real` matches is real, whatever `mock` says; where there are only
    patterns of `real`, all else is mocked.

    Args:
        document: Whose operations are meant.
        mock: Patterns, see `pattern`.
        real: The same.

    Raises:
        UsageError: A pattern names what the document does not have, or is none.
    """

    def __init__(self, document: Document, mock: Sequence[str] = (), real: Sequence[str] = ()) -> None:
        self._mock = [pattern(text, document, "--mock") for text in mock]
        self._real = [pattern(text, document, "--real") for text in real]
        self.is_plain = not self._mock and not self._real

    def is_mock(self, operation: Operation | None, method: str, path: str) -> bool:
        """Return whether a request is answered by the mock."""
        if any(matches(operation, method, path) for matches in self._real):
            return False
        return not self._mock or any(matches(operation, method, path) for matches in self._mock)


def pattern(text: str, document: Document, option: str) -> Matches:
    """Return what a pattern means.

    `createPet` or `create*` is an operation id, `tag:pets` a tag, `/pets/*` a path as it is sent or as the document has
    it, with `*` for a segment and `**` for any, `re:^/pets/[0-9]+$` a regular expression for the path as it is sent.
    `POST /pets` asks for the method, too.

    Raises:
        UsageError: It names what the document does not have, or is no pattern.
    """
    method, rest = None, text
    if match := _METHOD.match(text):
        method, rest = match[1], text[match.end() :]
    if rest.startswith("re:"):
        return _of_method(method, _by_expression(rest[3:], f"{option} {text}"))
    if rest.startswith("/"):
        return _of_method(method, _by_path(rest))
    operations = document.operations.values()
    if rest.startswith("tag:"):
        tag = rest[4:]
        _known(text, option, tag, {name for operation in operations for name in operation.tags}, "tag")
        return _of_method(method, lambda operation, *_: operation is not None and tag in operation.tags)
    _known(text, option, rest, [operation.id for operation in operations], "operation")
    return _of_method(method, lambda operation, *_: operation is not None and fnmatchcase(operation.id, rest))


def _of_method(method: str | None, matches: Matches) -> Matches:
    if method is None:
        return matches
    return lambda operation, sent, path: sent == method and matches(operation, sent, path)


def _by_expression(expression: str, what: str) -> Matches:
    try:
        compiled = re.compile(expression)
    except re.error as error:
        raise UsageError(f"{what}: this is no regular expression: {error}") from error
    return lambda _operation, _method, path: compiled.search(path) is not None


def _by_path(glob: str) -> Matches:
    parts = re.split(r"(\*\*|\*)", glob)
    means = {"**": ".*", "*": "[^/]*"}
    compiled = re.compile("".join(means.get(part, re.escape(part)) for part in parts))

    def matches(operation: Operation | None, _method: str, path: str) -> bool:
        if compiled.fullmatch(path):
            return True
        return operation is not None and compiled.fullmatch(operation.path) is not None

    return matches


def _known(text: str, option: str, name: str, names: Iterable[str], kind: str) -> None:
    known = sorted(names)
    matching = re.compile(translate(name)) if kind == "operation" else re.compile(re.escape(name) + r"\Z")
    if any(matching.match(item) for item in known):
        return
    near = difflib.get_close_matches(name, known, 1)
    hint = f"; do you mean {near[0]!r}?" if near else ""
    raise UsageError(
        f"{option} {text}: the document has no {kind} {name!r}{hint} A pattern is an operation id, tag:NAME, "
        "a path that begins with a slash, or re:EXPRESSION"
    )
