"""Does the upstream not have a route, or not have a resource? Both are 404.

What is certain comes first: 501 is a missing route, and an operation that has once done something is no missing one.
Else the upstream is asked for two paths that nobody can have. What it says to both, as far as it says the same, is how
it speaks of missing routes; an answer that says something else was written by somebody who knows the route.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from mockserver import jsontext
from mockserver.document.media_types import essence_of, is_json
from mockserver.document.model import Operation
from mockserver.errors import Json

MISSING: Final = frozenset({404, 501})
BODY_LIMIT: Final = 64 * 1024
"""Bytes of an answer that are compared."""

KEEP_SECONDS: Final = 60.0
"""How long the upstream's way to speak of missing routes is remembered: servers are developed while we look."""

_DID_SOMETHING: Final = frozenset({400, 409, 410, 412, 415, 422})
_METHODS: Final = re.compile(rb"\b(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE)\b")


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, to be compared.

    Attributes:
        path: As it was asked for.
    """

    path: str
    status: int
    media_type: str
    body: bytes


Probe = Callable[[str], Awaitable[Said | None]]
"""Asks the upstream for a path; None where it does not answer."""


class Missing:
    """Knows which operations the upstream has.

    Attributes:
        mocked: How often the mock has answered instead, by operation id.
    """

    def __init__(self) -> None:
        self.mocked: Counter[str] = Counter()
        self._known: set[str] = set()
        self._samples: tuple[Said, Said] | None = None
        self._since: float | None = None

    def saw(self, operation: Operation, status: int) -> None:
        """Learn from an answer."""
        if 200 <= status < 300 or status in _DID_SOMETHING:
            self._known.add(operation.id)

    async def is_missing(self, operation: Operation, said: Said, probe: Probe, now: float) -> bool:
        """Return whether an answer says that the upstream does not have the operation.

        Args:
            operation: What was asked for.
            said: The answer.
            probe: Asks the upstream.
            now: In seconds.
        """
        if said.status == 501:
            return True
        if said.status not in MISSING or operation.id in self._known:
            return False
        samples = await self._ask(probe, now)
        if samples is None:
            # Nobody misses a resource where none is named.
            return "{" not in operation.path
        return _is_alike(said, *samples)

    async def _ask(self, probe: Probe, now: float) -> tuple[Said, Said] | None:
        if self._since is None or now - self._since > KEEP_SECONDS:
            self._since = now
            found = [await probe(f"/{secrets.token_hex(6)}/{secrets.token_hex(6)}") for _ in range(2)]
            first, second = found
            is_use = first is not None and second is not None and first.status == second.status == 404
            self._samples = (first, second) if is_use and first and second else None
        return self._samples


def _is_alike(said: Said, first: Said, second: Said) -> bool:
    """Return whether an answer says what both samples say, where these agree."""
    if essence_of(said.media_type) != essence_of(first.media_type):
        return False
    texts = [_without_place(one) for one in (said, first, second)]
    if is_json(said.media_type):
        try:
            return _agrees(*(jsontext.loads(text) for text in texts))
        except jsontext.JsonError:
            pass  # then as text
    return texts[1] != texts[2] or texts[0] == texts[1]


def _without_place(said: Said) -> bytes:
    """Return a body without what it says of the method and the path."""
    text = _METHODS.sub(b"METHOD", said.body)
    for path in {said.path, unquote(said.path)}:
        text = text.replace(path.encode("utf-8", "surrogateescape"), b"PATH")
    return text


def _agrees(value: Json, first: Json, second: Json) -> bool:
    if isinstance(first, dict) and isinstance(second, dict):
        return (
            isinstance(value, dict)
            and value.keys() == first.keys() == second.keys()
            and all(_agrees(value[name], first[name], second[name]) for name in first)
        )
    if first != second:
        return type(value) is type(first)  # a time, or the number of the request
    return bool(value == first)
