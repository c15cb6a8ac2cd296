"""What rules about operations are handed, and what they yield."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mockserver.contract.diff.differences import At, Difference
from mockserver.contract.diff.lifecycle import Calendar
from mockserver.contract.diff.verdicts import Effect, Verdict
from mockserver.document.dialect import Direction
from mockserver.document.model import Document, Operation


@dataclass(frozen=True, slots=True)
class Ground:
    """The two documents, and what day it is."""

    old: Document
    new: Document
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Local:
    """A difference of two operations.

    Attributes:
        direction: Which message it is about, None for none of them.
        location: Where in the message, e.g. `("query", "limit")`.
    """

    difference: Difference
    direction: Direction | None = None
    location: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Schemas:
    """Two schemas of a message that are to be compared.

    Attributes:
        scope: `body`, `parameter` or `header`.
        old, new: Their pointers.
        textual: Whether their values are written as texts.
    """

    direction: Direction
    scope: str
    location: tuple[str | int, ...]
    old: str
    new: str
    textual: bool = False


Told = Local | Schemas
OperationRule = Callable[[Operation, Operation, Ground], Iterator[Told]]


def local(
    kind: str,
    effect: Effect,
    text: str,
    at: At,
    direction: Direction | None = None,
    location: tuple[str | int, ...] = (),
    *,
    verdict: Verdict | None = None,
    reason: str = "",
    name: str | None = None,
) -> Local:
    """Return a difference of two operations; its kind is the whole id."""
    difference = Difference(f"={kind}", effect, text, name, at=at, verdict=verdict, reason=reason)
    return Local(difference, direction, location)
