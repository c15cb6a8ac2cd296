"""What schemas say about an array: how many items, and what holds for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mockserver.mocking.generator.nodes import Node

MANY: Final = 1 << 30
LONGEST: Final = 20_000
"""Items of the longest array that is made."""
USUAL: Final = (1, 3)
"""How many items an array has when nothing is said."""


class ArrayPlan:
    """What schemas say about an array.

    Attributes:
        low: The least number of items.
        high: The greatest number of items.
        is_unique: Whether no two items may be equal.
        contained: Schemas of which a number of items must match: pointer, least and greatest number.
        tuple_size: The number of items that have a schema by their place.
        says_items: Whether anything is said about the items at all.
    """

    def __init__(self, pieces: Mapping[str, Mapping[str, Any]]) -> None:
        self.low, self.high = 0, MANY
        self.is_unique = False
        self.contained: list[tuple[str, int, int]] = []
        self._prefixes: list[tuple[str, int]] = []
        self._items: list[tuple[str, int]] = []
        self._unevaluated: list[str] = []
        closed = False
        for pointer, piece in pieces.items():
            self.low = max(self.low, int(piece.get("minItems") or 0))
            if "maxItems" in piece:
                self.high = min(self.high, int(piece["maxItems"]))
            self.is_unique |= piece.get("uniqueItems") is True
            prefix = piece.get("prefixItems")
            length = len(prefix) if isinstance(prefix, list) else 0
            if length:
                self._prefixes.append((f"{pointer}/prefixItems", length))
            if piece.get("items") is False:
                self.high = min(self.high, length)
            elif "items" in piece:
                self._items.append((f"{pointer}/items", length))
            if piece.get("unevaluatedItems") is False:
                closed = True
            elif "unevaluatedItems" in piece:
                self._unevaluated.append(f"{pointer}/unevaluatedItems")
            if "contains" in piece:
                least = int(piece.get("minContains", 1))
                most = int(piece.get("maxContains", MANY))
                self.contained.append((f"{pointer}/contains", least, most))
        self.tuple_size = max((length for _, length in self._prefixes), default=0)
        self.says_items = bool(self._items or self._prefixes or self.contained)
        if closed and not self._items:
            self.high = min(self.high, self.tuple_size + sum(least for _, least, _ in self.contained))

    @property
    def is_possible(self) -> bool:
        """Whether the bounds leave room for an array that can be made."""
        needed = max(self.low, sum(least for _, least, _ in self.contained[:1]))
        return needed <= min(self.high, LONGEST)

    def count(self, number: int, *, lean: bool) -> int:
        """Return how many items to make, by a random number."""
        low = max(
            self.low,
            sum(least for _, least, _ in self.contained) + (self.tuple_size if self.contained else 0),
        )
        if lean:
            return min(low, self.high)
        if self.tuple_size and not self._items:
            return max(low, min(self.tuple_size, self.high))
        usual_low, usual_high = max(low, USUAL[0], self.tuple_size), max(low, USUAL[1], self.tuple_size)
        return max(low, min(usual_low + number % (usual_high - usual_low + 1), self.high))

    def child(self, index: int, count: int) -> Node:
        """Return what holds for the item at a place of an array with so many items."""
        parts = [f"{pointer}/{index}" for pointer, length in self._prefixes if index < length]
        parts += [pointer for pointer, length in self._items if index >= length]
        if not parts:
            parts += self._unevaluated
        excluded: list[str] = []
        # The last items are those that match `contains`, one schema after another.
        place = count
        for pointer, least, most in self.contained:
            if place - least <= index < place:
                parts.append(pointer)
            elif most < MANY:
                excluded.append(pointer)
            place -= least
        return Node(tuple(parts), tuple(excluded))
