"""What the words of a property's name say about its items and its kind."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from mockserver.document.naming import singular

_CONTAINERS: Final = frozenset({"list", "array", "items", "collection", "set"})


def of_item(name: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words for one item of a list that has a name (`tags`, `tagList` -> `tag`)."""
    if len(name) > 1 and name[-1] in _CONTAINERS:
        name = name[:-1]
    return (*name[:-1], singular(name[-1])) if name else name


@lru_cache(maxsize=8192)
def endings(name: tuple[str, ...]) -> tuple[str, ...]:
    """Return the name and its endings, longest first: `("a", "b")` -> `("a_b", "b")`."""
    return tuple("_".join(name[start:]) for start in range(len(name)))
