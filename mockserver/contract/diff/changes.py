"""One change of a contract as it is told: what, where, whom it touches, why it matters, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mockserver.contract.describing import excerpt
from mockserver.contract.diff.nodes import Node
from mockserver.contract.diff.verdicts import Effect, Verdict
from mockserver.contract.findings import Finding, Says, placed
from mockserver.document.dialect import Direction
from mockserver.document.model import Document

_MEMBERS: Final = (
    "property-",
    "new-required-property",
    "new-optional-property",
    "required-property",
    "optional-property",
    "required-write-only-property",
    "optional-write-only-property",
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a document; `line` and `column` from 1, None where they are not known."""

    file: str
    pointer: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Attributes:
        id: Short name of the kind of change, as oasdiff has it where it knows the same.
        direction: Which way the message goes that it is about; None where it is about none.
        text: What changed, as a sentence without its subject, which is `place`.
        reason: Why the verdict is what it is.
        advice: What to do.
        operations: Those that it touches, e.g. `GET /pets`, as the old document has them, or the new one alone.
        location: Where in the messages of the first of them.
        old, new: Where the documents say so.
        kind, node, new_node, name, value: What `narrowing` asks: the kind of difference, the nodes that it is at, and
            the property or enum value that it is about.
        unused: Why it does not matter to those who were recorded; "" where it does, or nobody was.
    """

    id: str
    verdict: Verdict
    effect: Effect
    direction: Direction | None
    text: str
    reason: str
    advice: str
    operations: tuple[str, ...]
    location: tuple[str | int, ...]
    old: Spot
    new: Spot
    kind: str = ""
    node: Node = ()
    new_node: Node = ()
    name: str | None = None
    value: str | None = None
    unused: str = ""

    @property
    def place(self) -> str:
        """Where in a message, as people read it; "" for an operation as a whole."""
        return placed(self.location)

    @property
    def side(self) -> str:
        """`request`, `response` or "", for the start of a line; of webhooks the one that is meant there."""
        if self.direction is None:
            return ""
        hook = re.search("webhook-(request|response)", self.id)
        return f"webhook {hook[1]}" if hook else str(self.direction)

    def finding(self, old: Document, new: Document) -> Finding:
        """Return it in the words of all reports."""
        document, spot = (new, self.new) if self.new.pointer else (old, self.old)
        touched = f"\nTouches {told(self.operations)}." if len(self.operations) > 1 else ""
        where = f"{self.side} {self.place}: " if self.place else ""
        return Finding(
            self.id,
            self.verdict.level,
            f"{self.verdict.value.capitalize()}: {title_of(self.id)}",
            f"{where}{self.text}. {self.reason}{touched}",
            self.operations[0] if self.operations else "",
            location=(self.side, *self.location) if self.location else (),
            rule=self.text,
            says=Says(
                spot.pointer, excerpt(document, self.new.pointer or self.old.pointer), spot.file, spot.line
            ),
            advice=self.advice,
        )


def told(names: tuple[str, ...], most: int = 4) -> str:
    """Return some names in a sentence."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def title_of(identifier: str) -> str:
    """Return an id as words."""
    return identifier.replace("-", " ")


def id_of(kind: str, direction: Direction, scope: str, *, is_inner: bool, is_hidden: bool) -> str:
    """Return the id of a difference of schemas.

    Args:
        kind: See `Difference`.
        direction: Of the message.
        scope: `body`, `parameter` or `header`.
        is_inner: Whether it is below the schema of the message itself.
        is_hidden: Whether what it is at is left out of these messages.
    """
    own = "" if scope == "body" else f"{scope}-"
    mark = ""
    if is_hidden:
        mark = "read-only-" if direction is Direction.REQUEST else "write-only-"
    if kind.startswith("new-"):
        # The order of the words is oasdiff's: new-required-request-property.
        _, need, rest = kind.split("-", 2)
        return f"new-{need}-{direction}-{own}{rest}"
    if kind.startswith(_MEMBERS) and not kind.startswith("property-names"):
        need, found, rest = kind.partition("property-")
        return f"{direction}-{own}{mark}{need}{found}{rest}"
    place = f"{own}property" if is_inner else scope
    return f"{direction}-{mark if is_inner else ''}{place}-{kind}"


_ADVICE: Final = {
    (
        Verdict.BREAKING,
        Direction.REQUEST,
    ): "Keep taking what was valid, or give the change a new version or path.",
    (
        Verdict.BREAKING,
        Direction.RESPONSE,
    ): "Keep the answer within what was promised, or give the change a new version or path.",
    (Verdict.BREAKING, None): "Keep what there was beside the new, or announce its end first.",
    (Verdict.DANGEROUS, Direction.REQUEST): "Look at what clients send; `--used` does it for your own.",
    (
        Verdict.DANGEROUS,
        Direction.RESPONSE,
    ): "Look at what clients do with it; `--used` tells if yours get it.",
    (Verdict.DANGEROUS, None): "Tell clients before it changes.",
}
_BY_ID: Final = (
    (
        "removed-without-deprecation",
        "Mark it `deprecated` first, with an `x-sunset`, and remove it after that.",
    ),
    ("removed-before-sunset", "Wait until the sunset, or agree on an earlier one with the clients."),
    ("sunset-missing", "Add `x-sunset` with a date."),
    ("sunset", "Keep the sunset that was announced, or move it later."),
    ("new-required-", "Make it optional."),
    ("became-required", "Make it optional, with a default that does what was done before."),
    ("enum-value-added", "Clients should take unknown values; `x-extensible-enum` says so in the document."),
    ("security", "Keep what was enough beside the new requirement until all clients have moved."),
    ("parameter-removed", "Mark it `deprecated` first, and ignore it after that."),
    ("property-removed", "Mark it `deprecated` first."),
)
"""(part of an id, what to do)."""


def advice_of(identifier: str, verdict: Verdict, direction: Direction | None) -> str:
    """Return what to do about a change, "" for a safe one."""
    if verdict is Verdict.SAFE:
        return ""
    return next((text for part, text in _BY_ID if part in identifier), _ADVICE[verdict, direction])


def worst_first(changes: list[Change]) -> list[Change]:
    """Return changes by their verdicts, and otherwise in the order of the documents."""
    return sorted(changes, key=lambda change: change.verdict.rank)


def count(changes: tuple[Change, ...]) -> dict[Verdict, int]:
    """Return how many there are of each verdict, the worst first; what nobody used does not count."""
    return {
        verdict: sum(change.verdict is verdict and not change.unused for change in changes)
        for verdict in Verdict
    }
