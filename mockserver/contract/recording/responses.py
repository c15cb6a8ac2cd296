"""Answers that are no records: each once, and for no more requests than it must be told apart from others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from mockserver import jsontext
from mockserver.contract.recording.kept import Kept
from mockserver.errors import Json
from mockserver.mocking.canned import Place, plain
from mockserver.mocking.error_bodies import phrase

REPLAYED: Final = frozenset({400, 404, 409, 410, 412, 415, 422})
"""Errors that the request has caused, and will again; 401, 429, 503 and their like pass."""
_ORDER: Final = ("path", "query", "body", "cookie", "header")
"""Parts of a request, those that tell most about it first."""
_LONGEST: Final = 2000
"""Bytes of a value by which requests are told apart."""


@dataclass(frozen=True, slots=True)
class Response:
    """One canned response.

    Attributes:
        match: None for one that is for all requests, or for none until it is asked for.
        body: Bytes for what goes into a file of its own.
    """

    status: int
    name: str
    match: dict[Place, Json] | None
    media_type: str | None
    headers: dict[str, str]
    body: Json
    is_valid: bool


@dataclass(slots=True)
class _Request:
    """All that was answered to requests with the same values, by media type; the last answer counts."""

    values: dict[Place, bytes]
    raw: dict[Place, Json]
    answers: dict[str | None, Kept] = field(default_factory=dict)

    def key(self, places: Sequence[Place]) -> tuple[bytes, ...]:
        """Return the values at some places."""
        return tuple(self.values.get(place, b"") for place in places)

    @property
    def outcome(self) -> dict[str | None, bytes]:
        """What a client sees, by media type; errors are apart from what went well."""
        return {name if item.is_success else "!": _shown(item) for name, item in self.answers.items()}


class Responses:
    """Learns the answers of the operations that have no state."""

    def __init__(self) -> None:
        self._stateless: dict[str, list[Kept]] = {}
        self._planned: set[str] = set()
        self._errors: dict[str, list[Kept]] = {}

    def take(self, kept: Kept, *, has_state: bool, is_planned: bool = False) -> None:
        """Take an exchange.

        Args:
            kept: The exchange.
            has_state: Whether a mock answers the request from its records: then only its errors are kept.
            is_planned: Whether it answers others to the operation from them, whose answers this must not replace.
        """
        if is_planned:
            self._planned.add(kept.operation.id)
        if kept.status >= 400:
            self._errors.setdefault(kept.operation.id, []).append(kept)
        if not has_state and (kept.status < 400 or kept.status in REPLAYED):
            self._stateless.setdefault(kept.operation.id, []).append(kept)

    def all(self) -> dict[str, list[Response]]:
        """Return the responses of each operation, in a stable order."""
        found: dict[str, list[Response]] = {}
        for id in sorted({*self._stateless, *self._errors}):
            responses = list(_told_apart(self._stateless.get(id, []), is_planned=id in self._planned))
            responses += _named(self._errors.get(id, []))
            if responses:
                found[id] = responses
        return found


def _shown(kept: Kept) -> bytes:
    body = kept.raw.encode() if isinstance(kept.raw, str) else kept.raw
    if body is None:
        body = jsontext.dumps(kept.body, sort_keys=True)
    return f"{kept.status} {kept.media_type} ".encode() + body


def _values(kept: Kept) -> dict[Place, Json]:
    """Return what a request says, by its place."""
    request = kept.request
    found: dict[Place, Json] = {}
    for kind, values in (
        ("path", request.path), ("query", request.query), ("header", request.header), ("cookie", request.cookie),
    ):  # fmt: skip
        found.update(((kind, name), value) for name, value in values.items() if value is not None)
    if isinstance(request.body, dict):
        found.update((("body", name), value) for name, value in request.body.items() if value is not None)
    elif request.body is not None and not isinstance(request.body, bytes):
        found["body", ""] = request.body
    return found


def _told_apart(exchanges: Sequence[Kept], *, is_planned: bool) -> Iterable[Response]:
    """Yield the responses of one operation, each for as few values of requests as tell it from the others."""
    requests: dict[bytes, _Request] = {}
    for kept in exchanges:
        raw = _values(kept)
        values = {place: jsontext.dumps(plain(value), sort_keys=True) for place, value in raw.items()}
        values = {place: value for place, value in values.items() if len(value) <= _LONGEST}
        key = b"\0".join(f"{kind} {name} ".encode() + values[kind, name] for kind, name in sorted(values))
        request = requests.setdefault(key, _Request(values, raw))
        if kept.status < 400:
            # What went well once is what people want to see again.
            request.answers = {name: item for name, item in request.answers.items() if item.status < 400}
        elif any(item.status < 400 for item in request.answers.values()):
            continue
        request.answers[kept.media_type] = kept
    if not requests:
        return
    places = _telling(list(requests.values()), exchanges)
    if is_planned:
        asked = {place for request in requests.values() for place in request.values}
        places += sorted(place for place in asked if place not in places and place[0] in ("path", "query"))
    groups: dict[tuple[bytes, ...], _Request] = {}
    for request in requests.values():
        group = groups.setdefault(request.key(places), _Request(request.values, request.raw))
        # The last answer to requests that nothing tells apart is the one that counts.
        group.answers = {**group.answers, **request.answers}
    for group in groups.values():
        match = {place: group.raw.get(place) for place in places}
        for kept in group.answers.values():
            is_usual = not places and len(group.answers) == 1 and kept.is_success and not is_planned
            yield _response(kept, None if is_usual else match, "")


def _telling(requests: list[_Request], exchanges: Sequence[Kept]) -> list[Place]:
    """Return the places whose values tell the answers apart; no more than are needed."""
    outcomes = [(request, request.outcome) for request in requests]
    hidden = {place for kept in exchanges for place in kept.hides}
    names = dict.fromkeys(place for request in requests for place in sorted(request.values))
    counts = {name: len({request.values.get(name) for request in requests}) for name in names}
    places = [name for name in names if counts[name] > 1]
    # What is another one in each request is most often there to trace it.
    places.sort(key=lambda place: (place in hidden, _ORDER.index(place[0]), counts[place]))

    def conflicts(chosen: Sequence[Place]) -> bool:
        groups: dict[tuple[bytes, ...], dict[str | None, bytes]] = {}
        for request, outcome in outcomes:
            known = groups.setdefault(request.key(chosen), {})
            if known and ("!" in known) != ("!" in outcome):
                return True
            if any(known.setdefault(name, shown) != shown for name, shown in outcome.items()):
                return True
        return False

    # Those that tell least, and those that had secrets in them, are left out first.
    for place in reversed(places):
        rest = [other for other in places if other != place]
        if not conflicts(rest):
            places = rest
    return places


def _named(errors: Sequence[Kept]) -> Iterable[Response]:
    """Yield each kind of error once, under a name, for those who ask for it."""
    found: dict[tuple[int, str], Kept] = {}
    for kept in errors:
        found[kept.status, _code(kept.body)] = kept
    taken: set[str] = set()
    for (status, code), kept in found.items():
        base = _slug(phrase(status) or str(status))
        base = f"{base}-{_slug(code)}" if code and _slug(code) != base else base
        name = next(
            name
            for number in range(1, 10_000)
            if (name := base if number == 1 else f"{base}-{number}") not in taken
        )
        taken.add(name)
        yield _response(kept, None, name)


def _code(body: Json) -> str:
    """Return what an error says it is, beside its sentence for people."""
    within = body.get("error") if isinstance(body, dict) else None
    for value in (item for item in (body, within) if isinstance(item, dict)):
        for name in ("code", "type", "error_code", "errorCode"):
            code = value.get(name)
            if isinstance(code, str) and len(code) <= 60 and re.search("[a-zA-Z]", code):
                return code
    return ""


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "error"


def _response(kept: Kept, match: dict[Place, Json] | None, name: str) -> Response:
    body = kept.body if kept.raw is None else kept.raw
    return Response(kept.status, name, match, kept.media_type, dict(kept.headers), body, kept.is_valid)
