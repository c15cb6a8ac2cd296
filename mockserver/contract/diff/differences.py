"""Differences at one place of two schemas, and what the rules that find them are handed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from mockserver import jsontext
from mockserver.contract.diff.forms import Form
from mockserver.contract.diff.nodes import Node
from mockserver.contract.diff.verdicts import Effect, Verdict
from mockserver.document import pointer as ptr
from mockserver.document.dialect import Direction
from mockserver.document.model import Document
from mockserver.errors import Json

SHOWN: Final = 60
"""Characters of a value that are shown."""


class At(NamedTuple):
    """Pointers of what says something in both documents, "" where nothing does."""

    old: str = ""
    new: str = ""


NOWHERE: Final = At()


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Attributes:
        kind: What it is; `name_of` makes the id of a change of it.
        text: What is different, as a sentence without a subject.
        name: The member of an object that it is about, None for the place itself.
        value: The value of an enum that it is about.
        at: What says it.
        verdict, reason: Where they do not follow from the effect.
    """

    kind: str
    effect: Effect
    text: str
    name: str | None = None
    value: str | None = None
    at: At = NOWHERE
    verdict: Verdict | None = None
    reason: str = ""


class Sight(Protocol):
    """What one document is to the rules: its forms, and whether a value is valid."""

    def of(self, node: Node) -> Form:
        """Return the form of a node."""

    def node(self, *pointers: str) -> Node:
        """Return the node of some pointers."""

    def holds(self, node: Node, value: Json) -> bool:
        """Return whether a value keeps all schemas of a node."""

    def hidden(self, node: Node) -> bool:
        """Return whether what stands at a node is left out of messages of this direction."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What rules know beside the two forms.

    Attributes:
        textual: Whether values are written as texts, in which any number is a string, too.
        old, new: The two documents.
        worst: The worst that is known of what lies between two nodes, None for no difference.
        lapsed: Whether a sunset is over; True where there is none.
    """

    direction: Direction
    textual: bool
    old: Sight
    new: Sight
    worst: Callable[[Node, Node], Verdict | None]
    lapsed: Callable[[Json], bool]

    @property
    def is_request(self) -> bool:
        """Whether the message goes to the server."""
        return self.direction is Direction.REQUEST


Rule = Callable[[Form, Form, Scene], Iterator[Difference]]
"""Yields the differences of one aspect; the children of a node are looked at by others."""


def shown(value: Json) -> str:
    """Return a JSON value as text that fits into a sentence."""
    text = jsontext.dumps(value).decode()
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def quoted(name: str) -> str:
    """Return a name as it stands in a sentence."""
    return f"'{name}'"


def raw(document: Document, pointer: str) -> dict[str, Any]:
    """Return the object at a pointer of a document, empty for anything else."""
    try:
        found = ptr.lookup(document.root, pointer)
    except (KeyError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
