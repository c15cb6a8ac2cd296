"""The order of a list: what a request says of it, in any of the spellings that APIs have for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from mockserver.document import pointer as ptr
from mockserver.document.plan import ABSENT, OperationPlan
from mockserver.errors import Json
from mockserver.mocking import properties
from mockserver.mocking.resources import Rules
from mockserver.mocking.store import Order
from mockserver.mocking.values import Scope, Value

DIRECTIONS: Final[Mapping[str, bool]] = {
    "asc": False, "ascending": False, "ascend": False, "up": False, "1": False, "true": False, "oldest": False,
    "desc": True, "descending": True, "descend": True, "down": True, "-1": True, "false": True, "newest": True,
}  # fmt: skip
"""Spellings of directions -> whether that is descending."""
_SUFFIX: Final = re.compile(r"(.+?)(?:[\s:|.=,_-]+)(asc(?:end(?:ing)?)?|desc(?:end(?:ing)?)?)", re.IGNORECASE)
_CAMEL: Final = re.compile(r"(.+?)(Asc(?:ending)?|Desc(?:ending)?)")
_CALL: Final = re.compile(r"\s*(asc|desc)\s*\(\s*([^()]+?)\s*\)\s*", re.IGNORECASE)
_FIELDS: Final = (
    "field",
    "property",
    "name",
    "by",
    "column",
    "key",
    "sort",
    "sort_by",
    "sortBy",
    "attribute",
)
_WAYS: Final = ("direction", "order", "dir", "desc", "descending", "sort_order", "sortOrder")
Term = tuple[str, bool | None]
"""A name as it was written, and whether it is descending; None where that was not said."""


class Sorting:
    """How one operation's requests say the order of its list, compiled."""

    def __init__(self, plan: OperationPlan, rules: Rules) -> None:
        self._rules = rules
        self._kind = rules.kinds[plan.resource.name]
        self._names = plan.sort.names
        self._default: Order = tuple(
            (tuple(name.split(".")), descending) for name, descending in plan.sort.default
        )
        self._remembered: dict[str, tuple[tuple[str, ...], bool | None] | None] = {}

        def compiled(raw: Json, name: str) -> Value | None:
            place = ptr.join(plan.pointer, "sort", name)
            return None if raw is ABSENT else rules.compiler.compile(raw, None, place)

        self._pairs = compiled(plan.sort.pairs, "pairs")
        self._text = compiled(plan.sort.text, "text")
        self._by = compiled(plan.sort.by, "by")
        self._order = compiled(plan.sort.order, "order")

    def order(self, scope: Scope) -> Order:
        """Return the order that a request asks for, else the usual one; what it cannot mean is noted."""
        said = _direction(self._order(scope)) if self._order is not None else None
        found: list[tuple[tuple[str, ...], bool]] = []
        for term in self._terms(scope):
            path = self._path(term, scope)
            if path is not None:
                names, way = path
                found.append((names, bool(said if way is None else way)))
        if found:
            return tuple(found)
        if said is None:
            return self._default
        if not self._default:
            return (((), said),)
        return tuple((path, said) for path, _ in self._default)

    def _terms(self, scope: Scope) -> Iterator[Term]:
        pairs = self._pairs(scope) if self._pairs is not None else None
        if isinstance(pairs, list):
            for name, way in zip(pairs[::2], pairs[1::2], strict=False):
                yield str(name), bool(_direction(way))
        for value in (self._text, self._by):
            given = value(scope) if value is not None else None
            if given is not None and given != "":
                yield from self._read(given)

    def _read(self, given: Json) -> Iterator[Term]:
        if isinstance(given, str):
            whole = given.strip()
            if whole in self._names:
                yield whole, None
            else:
                yield from _parts(whole)
        elif isinstance(given, list):
            for item in given:
                yield from self._read(item)
        elif isinstance(given, dict):
            is_map = all(_direction(way) is not None for way in given.values())
            name = next((given[key] for key in _FIELDS if isinstance(given.get(key), str)), None)
            if name is not None and not is_map:
                ways = ((key, given[key]) for key in _WAYS if given.get(key) is not None)
                key, way = next(ways, ("", None))
                yield (
                    name,
                    way if key in ("desc", "descending") and isinstance(way, bool) else _direction(way),
                )
            else:
                yield from ((str(key), _direction(way)) for key, way in given.items())

    def _path(self, term: Term, scope: Scope) -> tuple[tuple[str, ...], bool | None] | None:
        """Return the property that a name means, with a direction that it says itself."""
        text, way = term
        if text in self._remembered:
            found = self._remembered[text]
        else:
            found = self._meant(text)
            if len(self._remembered) < 256:  # what clients write is not bounded
                self._remembered[text] = found
        if found is None:
            scope.note(f"sorting by {text[:60]!r} has no effect: {self._kind.name} have no such property")
            return None
        path, own = found
        return path, own if way is None else way is not bool(own)

    def _meant(self, text: str) -> tuple[tuple[str, ...], bool | None] | None:
        for name, way in readings(text):
            known = self._names.get(name) or self._folded().get(name.lower())
            if known is not None:
                backwards = known.startswith("-")
                path = properties.spelled(self._rules, self._kind, known.removeprefix("-"))
                if path is not None:
                    return path, not way if backwards else way
            path = properties.spelled(self._rules, self._kind, name)
            found = properties.find(self._rules, self._kind, path) if path is not None else None
            if path is not None and found is not None and not found.is_computed:
                is_far = len(path) > 1 and path[0] in self._kind.plan.references
                if not is_far:
                    return path, way
        return None

    def _folded(self) -> dict[str, str]:
        return {name.lower(): known for name, known in self._names.items()}


def _parts(text: str) -> Iterator[Term]:
    """Yield the parts of a list in a text; a direction alone is that of the part before it (`name,desc`)."""
    waiting: str | None = None
    for part in (*map(str.strip, text.split(",")), ""):
        if waiting is not None and part.lower() in ("asc", "desc"):
            yield waiting, part.lower() == "desc"
            waiting = None
            continue
        if waiting is not None:
            yield waiting, None
        waiting = part or None


def readings(text: str) -> Iterator[Term]:
    """Yield what a text may mean, the plainest reading first."""
    yield text, None
    if text[:1] in "+-" and len(text) > 1:
        yield text[1:].strip(), text[0] == "-"
    call = _CALL.fullmatch(text)
    if call is not None:
        yield call[2], call[1].lower() == "desc"
    suffixed = _SUFFIX.fullmatch(text) or _CAMEL.fullmatch(text)
    if suffixed is not None:
        yield suffixed[1], suffixed[2].lower().startswith("desc")
    if text[-1:] in "+-" and len(text) > 1:
        yield text[:-1], text[-1] == "-"
    name, mark, number = text.rpartition(":")
    if mark and number.strip() in ("1", "-1"):
        yield name, number.strip() == "-1"


def _direction(value: Json) -> bool | None:
    """Return whether a direction is descending; None for what is none."""
    if isinstance(value, bool):
        return not value
    return None if value is None else DIRECTIONS.get(str(value).strip().lower())
