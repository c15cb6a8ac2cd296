"""The words in a property's name, whatever its spelling: `firstName`, `first_name`, `First-Name`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")
_ACRONYM_PLURAL: Final = re.compile(r"(ID|URL|URI|IP)s\b")

_CONTAINERS: Final = frozenset({"list", "array", "items", "collection", "set"})


@lru_cache(maxsize=8192)
def words(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case."""
    return tuple(word.lower() for word in _WORD.findall(_ACRONYM_PLURAL.sub(r"\1S", name)))


@lru_cache(maxsize=8192)
def singular(noun: str) -> str:
    """Return the singular of an English noun in lower case, as far as spelling tells."""
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("sses", "shes", "ches", "xes")):
        return noun[:-2]
    if noun.endswith("s") and not noun.endswith(("ss", "us", "is", "as")) and len(noun) > 2:
        return noun[:-1]
    return noun


def of_item(name: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words for one item of a list that has a name (`tags`, `tagList` -> `tag`)."""
    if len(name) > 1 and name[-1] in _CONTAINERS:
        name = name[:-1]
    return (*name[:-1], singular(name[-1])) if name else name


@lru_cache(maxsize=8192)
def endings(name: tuple[str, ...]) -> tuple[str, ...]:
    """Return the name and its endings, longest first: `("a", "b")` -> `("a_b", "b")`."""
    return tuple("_".join(name[start:]) for start in range(len(name)))
