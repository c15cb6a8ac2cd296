"""Names for conjunctions of schemas."""

from __future__ import annotations

from typing import NamedTuple


class Node(NamedTuple):
    """A conjunction of schemas, some of their branches chosen.

    Attributes:
        parts: Pointers of schemas that hold.
        excluded: Pointers of schemas that do not hold.
        choices: Pointers of groups of branches, with the number of the one that holds.
    """

    parts: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    choices: tuple[tuple[str, int], ...] = ()

    def choose(self, group: str, option: int) -> Node:
        """Return the node with one more branch chosen."""
        return Node(self.parts, self.excluded, (*self.choices, (group, option)))


class Group(NamedTuple):
    """Branches of which one is to be chosen."""

    pointer: str
    kind: str
    options: tuple[str, ...]
