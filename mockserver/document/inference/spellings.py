"""Tables of names, each word as `naming.word` folds it."""

from __future__ import annotations


def known(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


def ranked(text: str) -> tuple[str, ...]:
    """Return the words of a text in their order, the first of which is wanted most."""
    return tuple(text.split())
