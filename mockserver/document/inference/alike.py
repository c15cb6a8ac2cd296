"""Whether two schemas describe the same thing: a full and a compact view of it, what is sent and what is answered."""

from __future__ import annotations

from typing import Final

from mockserver.document.inference.view import View
from mockserver.document.inference.vocabulary import COMPACT
from mockserver.document.naming import singular, word, words

SHARE: Final = 0.6
"""Part of the smaller schema's properties that the larger one should have, too."""


class Likeness:
    """Compares the schemas of one document."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._names: dict[str, frozenset[str]] = {}
        self._stems: dict[str, tuple[str, ...]] = {}

    def names(self, pointer: str) -> frozenset[str]:
        """Return the names of a schema's properties, however they are spelled."""
        place = self._view.target(pointer)
        found = self._names.get(place)
        if found is None:
            found = self._names[place] = frozenset(word(name) for name in self._view.properties(place))
        return found

    def same(self, one: str, other: str) -> bool:
        """Return whether two schemas describe the same thing."""
        if self._view.target(one) == self._view.target(other):
            return True
        mine, yours = self.names(one), self.names(other)
        if not mine or not yours:
            return not mine and not yours and self._view.is_free(one) and self._view.is_free(other)
        smaller, larger = (mine, yours) if len(mine) <= len(yours) else (yours, mine)
        share = len(smaller & larger) / len(smaller)
        stems = self.stem(one), self.stem(other)
        if all(stems):
            if stems[0] == stems[1]:
                return share > 0
            # Things of one API have much in common: times, names, links. Names tell more.
            return share >= 0.9 and len(smaller) >= 4 and _is_part(stems[0], stems[1])
        return share >= SHARE and len(smaller & larger) >= min(2, len(smaller))

    def share(self, sent: str, record: str) -> float:
        """Return how much of what is sent are properties of the record, from 0 to 1."""
        mine = self.names(sent)
        return len(mine & self.names(record)) / len(mine) if mine else 0.0

    def stem(self, pointer: str) -> tuple[str, ...]:
        """Return the words of a schema's name that say what it is about; none for a schema without a name."""
        place = self._view.target(pointer)
        found = self._stems.get(place)
        if found is None:
            name = self._view.components.get(place, "")
            parts = [singular(part) for part in words(name)]
            found = self._stems[place] = tuple(part for part in parts if part not in COMPACT)
        return found


def _is_part(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return set(one) <= set(other) or set(other) <= set(one)
