"""Names as APIs spell them: `petId`, `pet_id` and `Pet-ID` are one word; `/pets/{id}` is about a pet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")
_ACRONYM_PLURAL: Final = re.compile(r"(ID|URL|URI|IP)s\b")
_IRREGULAR: Final[Mapping[str, str]] = {
    "people": "person", "children": "child", "statuses": "status", "aliases": "alias", "indices": "index",
    "analyses": "analysis", "series": "series", "news": "news", "movies": "movie", "cookies": "cookie",
}  # fmt: skip
_UNCOUNTED: Final = (
    "data",
    "metadata",
    "media",
    "information",
    "info",
    "software",
    "equipment",
    "content",
    "feedback",
)


@lru_cache(maxsize=8192)
def word(name: str) -> str:
    """Return a name without case, hyphens and underscores."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@lru_cache(maxsize=8192)
def words(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case."""
    return tuple(word.lower() for word in _WORD.findall(_ACRONYM_PLURAL.sub(r"\1S", name)))


def variables(path: str) -> list[str]:
    """Return the variables of a path template, in their order."""
    return re.findall(r"\{([^{}]+)\}", path)


def thing_of(path: str) -> str:
    """Return what a path is about: `/pets/{id}` and `/pets` are about a `pet`."""
    literals = [segment for segment in path.split("/") if segment and "{" not in segment]
    return singular(literals[-1]) if literals else ""


@lru_cache(maxsize=8192)
def singular(noun: str) -> str:
    """Return the singular of an English noun, as far as spelling tells; its case stays."""
    lower = noun.lower()
    for plural, single in _IRREGULAR.items():
        if lower.endswith(plural):
            return noun[: len(noun) - len(plural)] + (single if noun[-1].islower() else single.upper())
    if lower.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if lower.endswith(("sses", "shes", "ches", "xes")):
        return noun[:-2]
    if lower.endswith("s") and not lower.endswith(("ss", "us", "is", "as")) and len(noun) > 2:
        return noun[:-1]
    return noun


@lru_cache(maxsize=8192)
def plural(noun: str) -> str:
    """Return the plural of an English noun, as far as spelling tells; what is a plural already stays."""
    lower = noun.lower()
    if singular(lower) != lower or lower.endswith(_UNCOUNTED):
        return noun
    for many, single in _IRREGULAR.items():
        if lower == single or lower.endswith("_" + single):
            return noun[: len(noun) - len(single)] + many
    if lower.endswith("y") and lower[-2:-1] not in ("a", "e", "i", "o", "u", ""):
        return noun[:-1] + "ies"
    if lower.endswith(("ss", "x", "sh", "ch")):
        return noun + "es"
    if lower.endswith("s"):
        return noun
    return noun + "s"
